//! Newton steps in as many unknowns as there are rows, where these are fewer than the features: `(P + X'DX) s = g` is solved
//! through `K = X P^-1 X'`, which is made once for a fit (Woodbury's identity). A penalty on every coefficient makes it
//! possible; the intercept, a column of ones, need not be penalised.

use assist_features::Design;
use ndarray::{Array1, Array2, ArrayView1, s};

use crate::curvature::Curvature;
use crate::linalg::{Cholesky, product};
use crate::objective::Objective;

/// Rows up to which a system of them is solved.
const MOST_ROWS: usize = 2048;
/// Cells of the features as a dense matrix up to which it is made.
const MOST_CELLS: usize = 1 << 24;
/// Features whose products are added up at a time.
const FEATURES: usize = 1024;

/// What the steps of a fit share.
pub(crate) struct Dual<'d> {
    design: &'d Design,
    /// The strength of the penalty on each coordinate, the intercept last.
    strengths: Vec<f64>,
    /// The sum of the weights of all observations.
    total: f64,
    /// `X P^-1 X'`, the ones of the intercept included where it is penalised.
    kernel: Array2<f64>,
}

impl<'d> Dual<'d> {
    /// `None` where it does not pay, or where a coefficient has no penalty.
    pub(crate) fn new(objective: &Objective<'d>) -> Option<Self> {
        let design = objective.design();
        let (n_rows, n_features) = (design.n_rows(), design.n_features());
        let strengths = objective.strengths().to_vec();
        let is_small = n_rows < n_features && n_rows <= MOST_ROWS && n_rows * n_features <= MOST_CELLS;
        let is_penalised = strengths[..n_features].iter().all(|strength| *strength > 0.0);
        if !(is_small && is_penalised) {
            return None;
        }
        let mut x = design.dense_rows(&(0..n_rows).collect::<Vec<_>>());
        let roots: Array1<f64> = strengths[..n_features].iter().map(|strength| strength.sqrt().recip()).collect();
        x *= &roots;
        let mut kernel = Array2::zeros((n_rows, n_rows));
        for start in (0..n_features).step_by(FEATURES) {
            let some = x.slice(s![.., start..(start + FEATURES).min(n_features)]);
            kernel += &product(some, some.t());
        }
        if strengths[n_features] > 0.0 {
            kernel += strengths[n_features].recip();
        }
        let is_finite = kernel.iter().all(|entry| entry.is_finite());
        is_finite.then_some(Self { design, strengths, total: objective.total_weight(), kernel })
    }

    pub(crate) fn design(&self) -> &'d Design {
        self.design
    }

    pub(crate) fn kernel(&self) -> &Array2<f64> {
        &self.kernel
    }

    /// Whether there is an intercept that the penalty leaves alone.
    pub(crate) fn has_free_intercept(&self) -> bool {
        self.strengths.last().is_some_and(|strength| *strength == 0.0)
    }

    /// `P^-1 h`, 0 for what is not penalised.
    fn divided(&self, sum: &[f64]) -> Vec<f64> {
        let entries = sum.iter().zip(&self.strengths);
        entries.map(|(h, strength)| if *strength > 0.0 { h / strength } else { 0.0 }).collect()
    }

    /// The parameters whose scores are `K a` and a free intercept.
    pub(crate) fn parameters(&self, a: &Array1<f64>, free_intercept: f64) -> Vec<f64> {
        let mut parameters = self.divided(&self.design.transpose_matvec(&a.to_vec()));
        if let Some(entry) = parameters.last_mut().filter(|_| self.has_free_intercept()) {
            *entry = free_intercept;
        }
        parameters
    }

    /// `1 + E K E` for the roots of the curvatures.
    pub(crate) fn system(&self, roots: &Array1<f64>) -> Array2<f64> {
        let mut matrix = &self.kernel * roots;
        matrix.rows_mut().into_iter().zip(roots).for_each(|(mut row, root)| row *= *root);
        matrix.diag_mut().iter_mut().for_each(|entry| *entry += 1.0);
        matrix
    }

    /// The Newton step for a gradient of the mean objective. `None` where rounding leaves none.
    pub(crate) fn step(&self, curvature: &Curvature<'_, '_>, gradient: &[f64]) -> Option<Vec<f64>> {
        let intercept = gradient.len() - 1;
        let is_free = self.has_free_intercept();
        // With E the roots of the curvatures, h the gradient of the sum, s the step and q = X s its change of the scores:
        // (1 + E K E) E q = E (X P^-1 h + [intercept is free] s_0), and s = P^-1 (h - X' E E q).
        let roots: Array1<f64> = curvature.of_rows().iter().map(|d| d.max(0.0).sqrt()).collect();
        let factor = Cholesky::new(&self.system(&roots), 0.0).ok()?;
        let sum: Vec<f64> = gradient.iter().map(|g| g * self.total).collect();
        let scores = Array1::from(self.design.matvec(&self.divided(&sum)));
        let mut along = Array1::from(factor.solve(&(&scores * &roots).to_vec()));
        let mut of_intercept = 0.0;
        if is_free {
            // The intercept's own equation: the changes of the scores, weighted, add up to its part of the gradient.
            let ones = Array1::from(factor.solve(&roots.to_vec()));
            let roots: ArrayView1<'_, f64> = roots.view();
            of_intercept = (sum[intercept] - roots.dot(&along)) / roots.dot(&ones);
            along.scaled_add(of_intercept, &ones);
        }
        let pulled = self.design.transpose_matvec(&(&along * &roots).to_vec());
        let rest: Vec<f64> = sum.iter().zip(&pulled).map(|(h, pulled)| h - pulled).collect();
        let mut step = self.divided(&rest);
        if is_free {
            step[intercept] = of_intercept;
        }
        step.iter().all(|entry| entry.is_finite()).then_some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_in_the_rows_is_the_newton_step() {
        let cell = |row: usize, column: usize| ((row * 37 + column * 101) as f64).sin() + column as f64 / 10.0;
        let cells: Vec<Vec<f64>> = (0..40).map(|column| (0..23).map(|row| cell(row, column)).collect()).collect();
        let names: Vec<String> = (0..40).map(|column| format!("x{column}")).collect();
        let columns = names.iter().zip(&cells);
        let builder = columns.fold(Design::builder(), |builder, (name, cells)| builder.number(name, cells));
        let y: Vec<bool> = (0..23).map(|row| row * 7 % 5 > 2).collect();
        let design = builder.labels(&y).build().expect("usable");
        for (l2, is_penalised) in [(1.0, true), (0.01, false), (30.0, false)] {
            let objective = Objective::new(&design, [1.3, 0.8], l2, is_penalised);
            let dual = Dual::new(&objective).expect("more features than rows");
            let at: Vec<f64> = (0..41).map(|j| f64::from(j).cos() / 10.0).collect();
            let (here, curvature) = objective.evaluate_with_curvature(&at);
            let (_, hessian) = objective.evaluate_with_hessian(&at);
            let exact = Cholesky::new(&hessian, 0.0).expect("definite").solve(&here.gradient);
            let found = dual.step(&curvature, &here.gradient).expect("a step");
            for (found, exact) in found.iter().zip(&exact) {
                assert!((found - exact).abs() <= 1e-9 * (1.0 + exact.abs()), "{found} is not {exact}");
            }
            let optimum = dual.optimum([1.3, 0.8]).expect("an optimum");
            let there = objective.evaluate(&optimum);
            assert!(there.gradient_max_norm() <= 1e-11, "{:?}", there.gradient);
        }
    }
}
