//! The objective of a penalised, weighted logistic regression, and its derivatives.
//!
//! With `z = X w + b`, weights `s` of the observations and labels `y` in {-1, 1}, the sum form is that of scikit-learn:
//!
//! ```text
//! F(w, b) = 1/2 (|w|^2 + [intercept_penalised] b^2) + C sum_i s_i log(1 + exp(-y_i z_i))
//! ```
//!
//! What is minimised is the mean form `f = F / (C sum_i s_i)`, whose scale depends neither on the rows nor on `C`. Vectors
//! have `n_features + 1` entries, the intercept last.
#![allow(clippy::needless_range_loop, reason = "arrays that are walked in step are read best by their index")]

use std::sync::atomic::{AtomicU64, Ordering};

use assist_features::{BLOCK_ROWS, Block, BlockVector, Design, Moments, Sums};
use assist_score::logistic::Points;
use multiversion::multiversion;
use ndarray::Array2;

use crate::logistic::fill;

/// A fit's objective over the rows of a design.
#[derive(Debug)]
pub struct Objective<'a> {
    design: &'a Design,
    class_weights: [f64; 2],
    /// Strength of the penalty on each coordinate in the sum form divided by `C`: `1 / C`, or 0.
    l2_strength: Vec<f64>,
    total_weight: f64,
    evaluations: AtomicU64,
}

/// Value and gradient of the mean objective at a point.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ObjectiveValue {
    /// The mean objective.
    pub value: f64,
    /// Its gradient.
    pub gradient: Vec<f64>,
}

impl ObjectiveValue {
    /// The largest absolute entry of the gradient.
    pub fn gradient_max_norm(&self) -> f64 {
        // `max` would pass over a NaN.
        self.gradient.iter().fold(0.0, |norm, g| if g.abs() > norm || g.is_nan() { g.abs() } else { norm })
    }
}

/// What a pass adds up over some rows: of the two matrices the first `N`, the Hessian and the middle of the sandwich estimator.
struct Gathered<const N: usize> {
    loss: f64,
    gradient: Sums,
    moments: Moments<N>,
    points: Points,
}

impl<'a> Objective<'a> {
    /// The objective on a design. `l2` is the strength `1 / C` of the penalty, 0 for none.
    pub fn new(design: &'a Design, class_weights: [f64; 2], l2: f64, intercept_penalised: bool) -> Self {
        let [n0, n1] = design.class_counts();
        let mut l2_strength = vec![l2; design.n_features() + 1];
        if !intercept_penalised {
            l2_strength[design.n_features()] = 0.0;
        }
        let total_weight = class_weights[0] * n0 as f64 + class_weights[1] * n1 as f64;
        Self { design, class_weights, l2_strength, total_weight, evaluations: AtomicU64::new(0) }
    }

    /// The same objective on a sample of the rows, the penalty in the same proportion to the rows.
    pub(crate) fn on_sample<'s>(&self, sample: &'s Design) -> Objective<'s> {
        let mut of_sample = Objective::new(sample, self.class_weights, 0.0, true);
        let share = of_sample.total_weight / self.total_weight;
        of_sample.l2_strength = self.l2_strength.iter().map(|strength| strength * share).collect();
        of_sample
    }

    /// The rows and their counts.
    pub(crate) fn design(&self) -> &'a Design {
        self.design
    }

    /// How many coordinates there are: the features and the intercept.
    pub fn n_parameters(&self) -> usize {
        self.l2_strength.len()
    }

    /// The sum of the weights of all observations.
    pub fn total_weight(&self) -> f64 {
        self.total_weight
    }

    /// How many passes over the rows there were.
    pub fn evaluations(&self) -> u64 {
        self.evaluations.load(Ordering::Relaxed)
    }

    /// Whether every coordinate is penalised.
    pub fn is_strongly_convex(&self) -> bool {
        self.l2_strength.iter().all(|strength| *strength > 0.0)
    }

    /// Value and gradient in one pass.
    ///
    /// # Panics
    ///
    /// Where `parameters` has another length.
    pub fn evaluate(&self, parameters: &[f64]) -> ObjectiveValue {
        self.pass::<0>(parameters).0
    }

    /// Value, gradient and Hessian.
    ///
    /// # Panics
    ///
    /// Where `parameters` has another length.
    pub fn evaluate_with_hessian(&self, parameters: &[f64]) -> (ObjectiveValue, Array2<f64>) {
        let (evaluation, [hessian]) = self.pass(parameters);
        (evaluation, self.penalised(hessian))
    }

    /// Value, gradient, Hessian, and `sum_i s_i^2 (y_i - p_i)^2 x_i x_i'`, the middle of the sandwich estimator.
    pub(crate) fn evaluate_with_matrices(&self, parameters: &[f64]) -> (ObjectiveValue, Array2<f64>, Array2<f64>) {
        let (evaluation, [hessian, outer]) = self.pass(parameters);
        (evaluation, self.penalised(hessian), outer)
    }

    /// The Hessian at zero, which needs no exponentials: a quarter of every weight.
    pub(crate) fn hessian_at_zero(&self) -> Array2<f64> {
        let [w0, w1] = self.class_weights.map(|weight| weight / 4.0);
        let gathered = self.design.fold(
            self.design.n_moments(),
            || self.design.no_moments(),
            |moments, block, _| {
                let mut quarter = [0.0; BLOCK_ROWS];
                for (entry, (n0, n1)) in quarter.iter_mut().zip(block.n0.iter().zip(&block.n1)) {
                    *entry = w0 * n0 + w1 * n1;
                }
                block.add_moments([&quarter], moments);
            },
        );
        let [matrix] = self.design.moment_matrices(gathered);
        self.penalised(matrix)
    }

    /// Whether every observation is on its own side of `z = 0`: then a multiple of the parameters fits still better, and
    /// without a penalty there is no finite optimum.
    pub(crate) fn is_separated_by(&self, parameters: &[f64]) -> bool {
        let vector = self.design.coded_vector(parameters);
        let shards = self.design.fold(
            1,
            || true,
            |separated, block, _| {
                if *separated {
                    let z = block.matvec(&vector);
                    let counts = block.n0.iter().zip(&block.n1).take(block.n_rows());
                    *separated =
                        z.iter().zip(counts).all(|(z, (n0, n1))| (*n0 == 0.0 || *z < 0.0) && (*n1 == 0.0 || *z > 0.0));
                }
            },
        );
        shards.into_iter().all(|separated| separated)
    }

    /// The first bin or level whose rows all have one class: without a penalty its coefficient has no finite optimum. A
    /// reference is reported through the intercept's index.
    pub(crate) fn one_class_feature(&self) -> Option<usize> {
        let levels = self.design.code_counts();
        let of_one_class = levels.iter().flatten().find(|(_, counts)| counts.contains(&0));
        of_one_class.map(|(feature, _)| feature.unwrap_or(self.design.n_features()))
    }

    /// The penalty added to a matrix of second derivatives, in the mean form.
    fn penalised(&self, mut hessian: Array2<f64>) -> Array2<f64> {
        for (j, strength) in self.l2_strength.iter().enumerate() {
            hessian[[j, j]] += strength;
        }
        hessian /= self.total_weight;
        hessian
    }

    /// Value and gradient, and the first `N` of: the Hessian without the penalty and not divided by the weights, and the middle
    /// of the sandwich estimator.
    fn pass<const N: usize>(&self, parameters: &[f64]) -> (ObjectiveValue, [Array2<f64>; N]) {
        self.count_evaluation();
        let (design, weights) = (self.design, self.class_weights);
        let vector = design.coded_vector(parameters);
        let start = || Gathered {
            loss: 0.0,
            gradient: design.no_sums(),
            moments: design.no_moments(),
            points: Points::default(),
        };
        let n_sums = design.n_features() + N * design.n_moments();
        let shards = design.fold(n_sums, start, |gathered: &mut Gathered<N>, block, _| {
            fill(&block.matvec(&vector), &mut gathered.points);
            let mut residual = [0.0; BLOCK_ROWS];
            gathered.loss += losses_and_residuals(block, &gathered.points, weights, &mut residual);
            block.add_transpose_matvec(&residual, &mut gathered.gradient);
            let mut factors = [[0.0; BLOCK_ROWS]; N];
            for (factors, compute) in factors.iter_mut().zip([curvatures, squared_residuals]) {
                compute(block, &gathered.points, weights, factors);
            }
            if N > 0 {
                block.add_moments(factors.each_ref(), &mut gathered.moments);
            }
        });
        let (mut loss, mut gradients, mut moments) = (0.0, Vec::new(), Vec::new());
        for shard in shards {
            loss += shard.loss;
            gradients.push(shard.gradient);
            moments.push(shard.moments);
        }
        let value = self.with_penalty(loss, design.column_sums(&gradients), parameters);
        (value, design.moment_matrices(moments))
    }

    /// The mean objective from the weighted sum of the losses and its derivatives: the penalty is added to both.
    pub(crate) fn with_penalty(&self, mut loss: f64, mut gradient: Vec<f64>, parameters: &[f64]) -> ObjectiveValue {
        for ((entry, strength), parameter) in gradient.iter_mut().zip(&self.l2_strength).zip(parameters) {
            loss += 0.5 * strength * parameter * parameter;
            *entry = (*entry + strength * parameter) / self.total_weight;
        }
        ObjectiveValue { value: loss / self.total_weight, gradient }
    }

    /// What an observation of class 0 and one of class 1 weigh.
    pub(crate) fn class_weights(&self) -> [f64; 2] {
        self.class_weights
    }

    /// What the penalty adds to the diagonal of the sum of the second derivatives.
    pub(crate) fn strengths(&self) -> &[f64] {
        &self.l2_strength
    }

    /// Notes a pass over the rows.
    pub(crate) fn count_evaluation(&self) {
        self.evaluations.fetch_add(1, Ordering::Relaxed);
    }
}

/// The weighted loss of a block, and the derivative of each row's loss with respect to its `z`.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn losses_and_residuals(
    block: &Block<'_>,
    points: &Points,
    [w0, w1]: [f64; 2],
    residual: &mut BlockVector,
) -> f64 {
    const LANES: usize = 16;
    let mut lanes = [0.0; LANES];
    for start in (0..BLOCK_ROWS).step_by(LANES) {
        for lane in 0..LANES {
            let i = start + lane;
            let (s0, s1) = (w0 * block.n0[i], w1 * block.n1[i]);
            lanes[lane] += s0 * points.loss_0[i] + s1 * points.loss_1[i];
            residual[i] = s0 * points.probability[i] - s1 * points.complement[i];
        }
    }
    lanes.iter().sum()
}

/// The second derivative of each row's loss.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn curvatures(block: &Block<'_>, points: &Points, [w0, w1]: [f64; 2], curvature: &mut BlockVector) {
    for i in 0..BLOCK_ROWS {
        curvature[i] = (w0 * block.n0[i] + w1 * block.n1[i]) * points.probability[i] * points.complement[i];
    }
}

/// The sum of the squared derivatives of each row's observations.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn squared_residuals(block: &Block<'_>, points: &Points, [w0, w1]: [f64; 2], squared: &mut BlockVector) {
    for i in 0..BLOCK_ROWS {
        let (r0, r1) = (w0 * points.probability[i], w1 * points.complement[i]);
        squared[i] = block.n0[i] * r0 * r0 + block.n1[i] * r1 * r1;
    }
}
