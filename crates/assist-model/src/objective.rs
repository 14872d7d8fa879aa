//! The objective of a penalised, weighted logistic regression, and its derivatives.
//!
//! With `z = X w + b`, weights `s` of the observations (those of their class times their own) and labels `y` in {-1, 1}, the sum form is that of scikit-learn:
//!
//! ```text
//! F(w, b) = 1/2 (sum_j (unit_j w_j)^2 + [intercept penalised] b^2) + C sum_i s_i log(1 + exp(-y_i z_i))
//! ```
//!
//! The unit of a feature is its spread on the rows, or 1 (raw). What is minimised is the mean form `f = F / (C sum_i s_i)`, whose
//! scale depends neither on the rows nor on `C`. Vectors have `n_features + 1` entries, the intercept last. In a fit they are
//! *scaled*: `sd_j w_j`, and the intercept of the centred design. Without an intercept its entry is 0, and stays there.
#![allow(clippy::needless_range_loop, reason = "arrays that are walked in step are read best by their index")]

use std::sync::atomic::{AtomicU64, Ordering};

use assist_features::{BLOCK_ROWS, Block, BlockVector, ClusterMoments, Design, Moments, Sums};
use assist_score::logistic::Points;
use assist_score::{Intercept, ObjectiveForm};
use multiversion::multiversion;
use ndarray::Array2;

use crate::interrupt::Interrupt;
use crate::logistic::fill;
use crate::ridge::Ridge;
use crate::units::Units;

/// Strength of a penalty beside which no gradient of an intercept moves it.
const HELD: f64 = 1e30;

/// A fit's objective over the rows of a design.
#[derive(Debug)]
pub struct Objective<'a> {
    design: &'a Design,
    class_weights: [f64; 2],
    /// The squares that the penalty adds, in the sum form divided by `C`.
    ridge: Ridge,
    strengths: Vec<f64>,
    /// What each coordinate is multiplied with to be a coefficient of the design.
    scales: Vec<f64>,
    has_intercept: bool,
    total_weight: f64,
    evaluations: AtomicU64,
    /// Ends what goes from point to point.
    interrupt: Interrupt,
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
    /// The objective on a design whose coordinates are the coefficients of its features, in raw units. `l2` is the strength
    /// `1 / C` of the penalty, 0 for none.
    pub fn new(design: &'a Design, class_weights: [f64; 2], l2: f64, intercept_penalised: bool) -> Self {
        let n_features = design.n_features();
        let alone = [vec![0.0; n_features], vec![1.0]].concat();
        let ridge = Ridge::new(vec![l2; n_features], intercept_penalised.then_some((l2, alone)));
        Self::with(design, class_weights, ridge, vec![1.0; n_features + 1], true)
    }

    /// Minus the mean log-likelihood of a design, without weights and penalty, with or without an intercept.
    pub(crate) fn of_likelihood(design: &'a Design, has_intercept: bool) -> Self {
        let n_features = design.n_features();
        let ridge = Ridge::new(vec![0.0; n_features], None);
        Self::with(design, [1.0, 1.0], ridge, vec![1.0; n_features + 1], has_intercept)
    }

    /// The objective of a fit, on the centred design of its units, whose coordinates are scaled.
    pub(crate) fn in_units(
        design: &'a Design,
        class_weights: [f64; 2],
        units: &Units,
        l2: f64,
        ObjectiveForm { penalty_units, intercept, .. }: ObjectiveForm,
        holds_constants: bool,
    ) -> Self {
        let of_unit = |(unit, is_constant): (&f64, &bool)| {
            let weight = l2 * unit * unit;
            // Nothing draws it away from zero, so that any strength holds it there exactly.
            if holds_constants && *is_constant && weight == 0.0 { 1.0 } else { weight }
        };
        let weights = units.penalty_units(penalty_units).iter().zip(units.are_constant()).map(of_unit).collect();
        let raw_intercept = || {
            let of_features = units.raw_intercept().into_iter().zip(units.scales());
            of_features.map(|(derivative, scale)| derivative * scale).collect()
        };
        let of_intercept = (intercept == Intercept::Penalised).then(|| (l2, raw_intercept()));
        let ridge = Ridge::new(weights, of_intercept);
        Self::with(design, class_weights, ridge, units.scales(), intercept != Intercept::None)
    }

    fn with(design: &'a Design, class_weights: [f64; 2], ridge: Ridge, scales: Vec<f64>, has_intercept: bool) -> Self {
        let [total_0, total_1] = design.class_totals();
        let total_weight = class_weights[0] * total_0 + class_weights[1] * total_1;
        let mut strengths = ridge.diagonal();
        if let Some(last) = strengths.last_mut().filter(|_| !has_intercept) {
            *last = HELD;
        }
        let (evaluations, interrupt) = (AtomicU64::new(0), Interrupt::default());
        Self { design, class_weights, ridge, strengths, scales, has_intercept, total_weight, evaluations, interrupt }
    }

    /// The same objective on a sample of the rows, the penalty in the same proportion to the rows.
    pub(crate) fn on_sample<'s>(&self, sample: &'s Design) -> Objective<'s> {
        let (ridge, scales) = (&self.ridge, self.scales.clone());
        let [n0, n1] = sample.class_counts();
        let total_weight = self.class_weights[0] * n0 as f64 + self.class_weights[1] * n1 as f64;
        let ridge = ridge.times(total_weight / self.total_weight);
        Objective::with(sample, self.class_weights, ridge, scales, self.has_intercept).ended_by(self.interrupt.clone())
    }

    /// The same objective, on which solvers stop when a flag is raised.
    pub(crate) fn ended_by(self, interrupt: Interrupt) -> Self {
        Self { interrupt, ..self }
    }

    /// Whether solvers are to stop.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupt.is_raised()
    }

    /// The rows and their counts.
    pub(crate) fn design(&self) -> &'a Design {
        self.design
    }

    /// How many coordinates there are: the features and the intercept.
    pub fn n_parameters(&self) -> usize {
        self.ridge.n_coordinates()
    }

    /// The sum of the weights of all observations.
    pub fn total_weight(&self) -> f64 {
        self.total_weight
    }

    /// Whether there is an intercept. Without one its coordinate is 0, and alone in its row of every matrix.
    pub(crate) fn has_intercept(&self) -> bool {
        self.has_intercept
    }

    /// The squares that the penalty adds, in the sum form divided by `C`.
    pub(crate) fn ridge(&self) -> &Ridge {
        &self.ridge
    }

    /// What each coordinate is multiplied with to be a coefficient of the design.
    pub(crate) fn scales(&self) -> &[f64] {
        &self.scales
    }

    /// The coefficients of the design that some coordinates are.
    pub(crate) fn coefficients(&self, parameters: &[f64]) -> Vec<f64> {
        parameters.iter().zip(&self.scales).map(|(entry, scale)| entry * scale).collect()
    }

    /// How many passes over the rows there were.
    pub fn evaluations(&self) -> u64 {
        self.evaluations.load(Ordering::Relaxed)
    }

    /// Whether every coordinate is penalised.
    pub fn is_strongly_convex(&self) -> bool {
        self.ridge.is_everywhere()
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
        (evaluation, self.penalised(hessian), self.in_coordinates(outer))
    }

    /// `sum_g u_g u_g'`, the middle of the sandwich estimator of clusters at coefficients of the design and over them: `u_g = sum_i
    /// s_i (p_i - y_i) x_i` over the rows of cluster `g`. `None` where rows are not grouped.
    pub(crate) fn cluster_outer(&self, coefficients: &[f64]) -> Option<ClusterMoments> {
        let vector = self.design.coded_vector(coefficients);
        let mut moments = self.design.cluster_moments(|block, residual| {
            let mut points = Points::default();
            fill(&block.matvec(&vector), &mut points);
            losses_and_residuals(block, &points, self.class_weights, residual);
        })?;
        if !self.has_intercept {
            let intercept = self.design.n_features();
            moments.matrix.row_mut(intercept).fill(0.0);
            moments.matrix.column_mut(intercept).fill(0.0);
        }
        Some(moments)
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
        let vector = self.design.coded_vector(&self.coefficients(parameters));
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

    /// A matrix over the coefficients of the design as one over the coordinates.
    fn in_coordinates(&self, mut matrix: Array2<f64>) -> Array2<f64> {
        for ((i, j), entry) in matrix.indexed_iter_mut() {
            *entry *= self.scales[i] * self.scales[j];
        }
        if !self.has_intercept {
            let intercept = self.design.n_features();
            matrix.row_mut(intercept).fill(0.0);
            matrix.column_mut(intercept).fill(0.0);
        }
        matrix
    }

    /// The second derivatives by the coefficients, as those by the coordinates with the penalty's, in the mean form.
    fn penalised(&self, hessian: Array2<f64>) -> Array2<f64> {
        let mut hessian = self.in_coordinates(hessian);
        self.ridge.add_hessian(&mut hessian);
        hessian /= self.total_weight;
        if !self.has_intercept {
            let intercept = self.design.n_features();
            hessian[[intercept, intercept]] = 1.0;
        }
        hessian
    }

    /// Value and gradient, and the first `N` of: the Hessian without the penalty and not divided by the weights, and the middle
    /// of the sandwich estimator.
    fn pass<const N: usize>(&self, parameters: &[f64]) -> (ObjectiveValue, [Array2<f64>; N]) {
        self.count_evaluation();
        let (design, weights) = (self.design, self.class_weights);
        let vector = design.coded_vector(&self.coefficients(parameters));
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

    /// The mean objective from the weighted sum of the losses and its derivatives by the coefficients: the penalty is added to
    /// both.
    pub(crate) fn with_penalty(&self, mut loss: f64, mut gradient: Vec<f64>, parameters: &[f64]) -> ObjectiveValue {
        gradient.iter_mut().zip(&self.scales).for_each(|(entry, scale)| *entry *= scale);
        if !self.has_intercept {
            gradient[self.design.n_features()] = 0.0;
        }
        loss += self.ridge.add_gradient(parameters, &mut gradient);
        gradient.iter_mut().for_each(|entry| *entry /= self.total_weight);
        ObjectiveValue { value: loss / self.total_weight, gradient }
    }

    /// What an observation of class 0 and one of class 1 weigh.
    pub(crate) fn class_weights(&self) -> [f64; 2] {
        self.class_weights
    }

    /// What the penalty adds to the diagonal of the sum of the second derivatives; of an intercept that is held, so much that
    /// no step moves it.
    pub(crate) fn strengths(&self) -> &[f64] {
        &self.strengths
    }

    /// Notes a pass over the rows.
    pub(crate) fn count_evaluation(&self) {
        self.evaluations.fetch_add(1, Ordering::Relaxed);
    }
}

/// The first bin or level whose rows all have one class: without a penalty its coefficient has no finite optimum. A reference is
/// reported through the index behind the features. `code_counts` are those of a design.
pub(crate) fn one_class_feature(code_counts: &[Vec<(Option<usize>, [u64; 2])>], n_features: usize) -> Option<usize> {
    let of_one_class = code_counts.iter().flatten().find(|(_, counts)| counts.contains(&0));
    of_one_class.map(|(feature, _)| feature.unwrap_or(n_features))
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
    let [squares_0, squares_1] = block.squared_weights();
    for i in 0..BLOCK_ROWS {
        let (r0, r1) = (w0 * points.probability[i], w1 * points.complement[i]);
        squared[i] = squares_0[i] * r0 * r0 + squares_1[i] * r1 * r1;
    }
}
