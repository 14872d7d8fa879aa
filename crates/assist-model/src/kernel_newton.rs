//! The optimum of a fit with fewer rows than features, found in as many unknowns as rows: the coefficients are a combination
//! of the rows (the representer theorem), `w = P^-1 X' a`, and the scores are `K a` and the intercept. Every step is one
//! system of the rows (Rasmussen and Williams 2006, algorithm 3.1), and no step looks at the features.

use assist_features::{BLOCK_ROWS, Design};
use assist_score::logistic::Points;
use ndarray::Array1;

use crate::dual::Dual;
use crate::linalg::Cholesky;
use crate::logistic::fill;

/// Steps before the search is left to those of all features.
const MOST_STEPS: usize = 60;
/// Halvings of a step before it is given up.
const MAX_HALVINGS: u32 = 30;
/// What is left of the largest equation, beside its weight, that is nothing.
const ROUNDED: f64 = 1e-14;

/// What an observation of each class weighs in each row, and the loss there.
struct RowLosses {
    weights: Vec<[f64; 2]>,
}

/// What follows from the scores of all rows.
struct AtScores {
    loss: f64,
    /// The derivative of each row's loss.
    residual: Array1<f64>,
    /// The second derivative.
    curvature: Array1<f64>,
}

impl RowLosses {
    fn new(design: &Design, [w0, w1]: [f64; 2]) -> Self {
        let shards = design.fold(2, Vec::new, |rows: &mut Vec<[f64; 2]>, block, _| {
            let counts = block.n0.iter().zip(&block.n1).take(block.n_rows());
            rows.extend(counts.map(|(n0, n1)| [w0 * n0, w1 * n1]));
        });
        Self { weights: shards.concat() }
    }

    fn at(&self, scores: &Array1<f64>) -> AtScores {
        let mut loss = 0.0;
        let (mut residual, mut curvature) = (Vec::with_capacity(scores.len()), Vec::with_capacity(scores.len()));
        let mut points = Points::default();
        let scores = scores.to_vec();
        for (scores, weights) in scores.chunks(BLOCK_ROWS).zip(self.weights.chunks(BLOCK_ROWS)) {
            let mut block = [0.0; BLOCK_ROWS];
            block[..scores.len()].copy_from_slice(scores);
            fill(&block, &mut points);
            for (i, [s0, s1]) in weights.iter().enumerate() {
                let (p, q) = (points.probability[i], points.complement[i]);
                loss += s0 * points.loss_0[i] + s1 * points.loss_1[i];
                residual.push(s0 * p - s1 * q);
                curvature.push((s0 + s1) * p * q);
            }
        }
        AtScores { loss, residual: residual.into(), curvature: curvature.into() }
    }
}

impl Dual<'_> {
    /// Parameters at or near the optimum, from zero. `None` where a system has no answer.
    pub(crate) fn optimum(&self, class_weights: [f64; 2]) -> Option<Vec<f64>> {
        let losses = RowLosses::new(self.design(), class_weights);
        let kernel = self.kernel();
        let n = kernel.nrows();
        let largest: f64 = losses.weights.iter().map(|[s0, s1]| s0.max(*s1)).fold(0.0, f64::max);
        let (mut a, mut intercept) = (Array1::<f64>::zeros(n), 0.0);
        let mut through = Array1::<f64>::zeros(n);
        let mut here = losses.at(&through);
        let value = |a: &Array1<f64>, through: &Array1<f64>, loss: f64| 0.5 * a.dot(through) + loss;
        for _ in 0..MOST_STEPS {
            // At the optimum a = -residual, and the residuals add up to nothing where the intercept is free.
            let left = (&a + &here.residual).iter().fold(0.0_f64, |most, entry| most.max(entry.abs()));
            let unbalanced = if self.has_free_intercept() { here.residual.sum().abs() } else { 0.0 };
            if left.max(unbalanced) <= ROUNDED * largest {
                break;
            }
            let roots = here.curvature.mapv(f64::sqrt);
            let factor = Cholesky::new(&self.system(&roots), 0.0).ok()?;
            // (1 + D K)^-1 y = y - E (1 + E K E)^-1 E K y.
            let solve = |y: &Array1<f64>| {
                let inner = factor.solve(&(&roots * &kernel.dot(y)).to_vec());
                y - &(&roots * &Array1::from(inner))
            };
            let scores = &through + intercept;
            let whole = solve(&(&here.curvature * &scores - &here.residual));
            let (next, next_intercept) = if self.has_free_intercept() {
                let of_ones = solve(&here.curvature);
                let balance = whole.sum() / of_ones.sum();
                (whole - of_ones * balance, balance)
            } else {
                (whole, 0.0)
            };
            let (step, step_intercept) = (next - &a, next_intercept - intercept);
            let along = kernel.dot(&step);
            let before = value(&a, &through, here.loss);
            let mut length = 1.0;
            let mut halvings = 0;
            loop {
                let (next, next_through) = (&a + &(&step * length), &through + &(&along * length));
                let next_intercept = intercept + length * step_intercept;
                let there = losses.at(&(&next_through + next_intercept));
                if value(&next, &next_through, there.loss) <= before {
                    (a, through, intercept, here) = (next, next_through, next_intercept, there);
                    break;
                }
                length /= 2.0;
                halvings += 1;
                if halvings > MAX_HALVINGS {
                    return Some(self.parameters(&a, intercept));
                }
            }
        }
        Some(self.parameters(&a, intercept))
    }
}
