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

use std::cell::Cell;

use assist_features::Design;
use ndarray::Array2;

/// A fit's objective over the rows of a design.
#[derive(Debug)]
pub struct Objective<'a> {
    design: &'a Design,
    class_weights: [f64; 2],
    /// Strength of the penalty on each coordinate in the sum form divided by `C`: `1 / C`, or 0.
    l2_strength: Vec<f64>,
    total_weight: f64,
    evaluations: Cell<u64>,
}

/// Value and gradient of the mean objective at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The mean objective.
    pub value: f64,
    /// Its gradient.
    pub gradient: Vec<f64>,
}

impl Evaluation {
    /// The largest absolute entry of the gradient.
    pub fn gradient_max_norm(&self) -> f64 {
        // `max` would pass over a NaN.
        self.gradient.iter().fold(0.0, |norm, g| if g.abs() > norm || g.is_nan() { g.abs() } else { norm })
    }
}

/// One observation's loss with label 0 and label 1, and the probability of label 1, from `z`.
#[derive(Debug, Clone, Copy)]
struct Pointwise {
    loss_0: f64,
    loss_1: f64,
    probability: f64,
    complement: f64,
}

impl Pointwise {
    fn at(z: f64) -> Self {
        let e = (-z.abs()).exp();
        let l = e.ln_1p();
        let (near, far) = (1.0 / (1.0 + e), e / (1.0 + e));
        let (probability, complement) = if z >= 0.0 { (near, far) } else { (far, near) };
        Self { loss_0: z.max(0.0) + l, loss_1: (-z).max(0.0) + l, probability, complement }
    }
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
        Self { design, class_weights, l2_strength, total_weight, evaluations: Cell::new(0) }
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
        self.evaluations.get()
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
    pub fn evaluate(&self, parameters: &[f64]) -> Evaluation {
        self.pass(parameters, |_, _| {})
    }

    /// Value, gradient and Hessian.
    ///
    /// # Panics
    ///
    /// Where `parameters` has another length.
    pub fn evaluate_with_hessian(&self, parameters: &[f64]) -> (Evaluation, Array2<f64>) {
        let mut curvature = vec![0.0; self.design.n_rows()];
        let evaluation = self.pass(parameters, |row, value| curvature[row] = value);
        (evaluation, self.hessian_from(&curvature))
    }

    /// The Hessian at zero, which needs no exponentials: a quarter of every weight.
    pub(crate) fn hessian_at_zero(&self) -> Array2<f64> {
        let [w0, w1] = self.class_weights;
        let quarter = |[n0, n1]: &[u64; 2]| (w0 * *n0 as f64 + w1 * *n1 as f64) / 4.0;
        let curvature: Vec<f64> = self.design.counts().iter().map(quarter).collect();
        self.hessian_from(&curvature)
    }

    /// `sum_i s_i^2 (y_i - p_i)^2 x_i x_i'`, the middle of the sandwich estimator.
    pub(crate) fn score_outer_product(&self, parameters: &[f64]) -> Array2<f64> {
        let [w0, w1] = self.class_weights;
        let z = self.design.matvec(parameters);
        let squared: Vec<f64> = z
            .iter()
            .zip(self.design.counts())
            .map(|(z, [n0, n1])| {
                let point = Pointwise::at(*z);
                let (r0, r1) = (w0 * point.probability, w1 * point.complement);
                *n0 as f64 * r0 * r0 + *n1 as f64 * r1 * r1
            })
            .collect();
        self.design.sandwich(&squared)
    }

    /// Whether every observation is on its own side of `z = 0`: then a multiple of the parameters fits still better, and
    /// without a penalty there is no finite optimum.
    pub(crate) fn is_separated_by(&self, parameters: &[f64]) -> bool {
        let on_its_side = |(z, [n0, n1]): (&f64, &[u64; 2])| (*n0 == 0 || *z < 0.0) && (*n1 == 0 || *z > 0.0);
        self.design.matvec(parameters).iter().zip(self.design.counts()).all(on_its_side)
    }

    /// The first feature whose rows with value 1 (levels and indicators) all have one class: without a penalty its
    /// coefficient has no finite optimum. A reference level is reported through the intercept's index.
    pub(crate) fn one_class_feature(&self) -> Option<usize> {
        let counts = self.design.counts();
        for column in self.design.categorical() {
            let mut by_level = vec![[0_u64; 2]; column.feature_of_level.len()];
            for (row, [n0, n1]) in counts.iter().enumerate() {
                let level = &mut by_level[column.codes.get(row) as usize];
                level[0] += n0;
                level[1] += n1;
            }
            if let Some(level) = by_level.iter().position(|counts| counts.contains(&0)) {
                return Some(column.feature_of_level[level].unwrap_or(self.design.n_features()));
            }
        }
        None
    }

    fn hessian_from(&self, curvature: &[f64]) -> Array2<f64> {
        let mut hessian = self.design.sandwich(curvature);
        for (j, strength) in self.l2_strength.iter().enumerate() {
            hessian[[j, j]] += strength;
        }
        hessian /= self.total_weight;
        hessian
    }

    fn pass(&self, parameters: &[f64], mut curvature: impl FnMut(usize, f64)) -> Evaluation {
        self.evaluations.set(self.evaluations.get() + 1);
        let [w0, w1] = self.class_weights;
        let counts = self.design.counts();
        let mut gradient = vec![0.0; self.n_parameters()];
        let (mut z, mut residual) = (Vec::new(), Vec::new());
        let mut loss = 0.0;
        for rows in self.design.blocks() {
            z.resize(rows.len(), 0.0);
            residual.resize(rows.len(), 0.0);
            self.design.matvec_block(parameters, rows.clone(), &mut z);
            let mut block_loss = 0.0;
            for ((row, z), residual) in rows.clone().zip(&z).zip(&mut residual) {
                let [n0, n1] = counts[row];
                let (s0, s1) = (w0 * n0 as f64, w1 * n1 as f64);
                let point = Pointwise::at(*z);
                block_loss += s0 * point.loss_0 + s1 * point.loss_1;
                *residual = s0 * point.probability - s1 * point.complement;
                curvature(row, (s0 + s1) * point.probability * point.complement);
            }
            loss += block_loss;
            self.design.add_transpose_matvec_block(&residual, rows, &mut gradient);
        }
        for ((entry, strength), parameter) in gradient.iter_mut().zip(&self.l2_strength).zip(parameters) {
            loss += 0.5 * strength * parameter * parameter;
            *entry = (*entry + strength * parameter) / self.total_weight;
        }
        Evaluation { value: loss / self.total_weight, gradient }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out with 50 digits.
    #[test]
    fn losses_are_right_at_zero_and_at_the_extremes() {
        for (z, loss_0, loss_1) in [
            (0.0, std::f64::consts::LN_2, std::f64::consts::LN_2),
            (1.0, 1.313_261_687_518_222_8, 0.313_261_687_518_222_8),
            (40.0, 40.0, 4.248_354_255_291_589e-18),
            (-40.0, 4.248_354_255_291_589e-18, 40.0),
            (800.0, 800.0, 0.0),
            (-800.0, 0.0, 800.0),
        ] {
            let point = Pointwise::at(z);
            for (found, expected) in [(point.loss_0, loss_0), (point.loss_1, loss_1)] {
                assert!((found - expected).abs() <= 1e-15 * expected.abs(), "{z}: {found} is not {expected}");
            }
            assert!((point.probability + point.complement - 1.0).abs() < 1e-15);
        }
    }
}
