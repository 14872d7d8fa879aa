//! L1 and elastic net: proximal Newton steps, whose quadratic problems are solved by coordinate descent over the Hessian
//! (Friedman, Hastie and Tibshirani 2010). The intercept is never part of the L1 penalty.

use ndarray::Array2;

use crate::newton::NewtonResult;
use crate::objective::{Objective, ObjectiveValue};

/// Sufficient decrease, as in the other solvers' line search.
pub(crate) const ARMIJO: f64 = 1e-4;
/// Halvings of a step before it is given up.
pub(crate) const MAX_HALVINGS: u32 = 30;
/// Rounds of coordinate descent for one step.
pub(crate) const MAX_ROUNDS: usize = 10_000;
/// A step is solved to this share of what is missing from the optimum.
pub(crate) const INNER: f64 = 1e-4;

/// The entries of the smallest subgradient of `f + strength |w|`: zero where no change of a coordinate lowers it.
pub(crate) fn subgradient(gradient: &[f64], parameters: &[f64], strength: f64) -> Vec<f64> {
    let intercept = parameters.len() - 1;
    let of = |(j, (g, w)): (usize, (&f64, &f64))| {
        if j == intercept {
            *g
        } else if *w == 0.0 {
            shrunk(*g, strength)
        } else {
            g + strength * w.signum()
        }
    };
    gradient.iter().zip(parameters).enumerate().map(of).collect()
}

/// `value` nearer to zero by `by`, and zero, never -0, where it is no further away.
pub(crate) fn shrunk(value: f64, by: f64) -> f64 {
    if value > by {
        value - by
    } else if value < -by {
        value + by
    } else {
        0.0
    }
}

/// Minimises `f + strength |w|` over all coordinates, the intercept outside the second term.
pub(crate) fn minimise(
    objective: &Objective<'_>,
    start: &[f64],
    strength: f64,
    target: f64,
    max_iter: u64,
) -> NewtonResult {
    let size = |w: &[f64]| strength * w[..w.len() - 1].iter().map(|w| w.abs()).sum::<f64>();
    let missing = |evaluation: &ObjectiveValue, w: &[f64]| {
        subgradient(&evaluation.gradient, w, strength).iter().fold(0.0, |most: f64, g| most.max(g.abs()))
    };
    let mut parameters = start.to_vec();
    let (mut evaluation, mut hessian) = objective.evaluate_with_hessian(&parameters);
    let mut iterations = 0;
    let termination = loop {
        let from_optimum = missing(&evaluation, &parameters);
        if from_optimum <= target {
            break "proximal Newton: the subgradient is within the tolerance";
        }
        if iterations >= max_iter {
            break "proximal Newton: the maximum number of iterations is reached";
        }
        iterations += 1;
        let whole = descend(&hessian, &evaluation.gradient, &parameters, strength, INNER * from_optimum);
        let step: Vec<f64> = whole.iter().zip(&parameters).map(|(next, w)| next - w).collect();
        let slope =
            evaluation.gradient.iter().zip(&step).map(|(g, s)| g * s).sum::<f64>() + size(&whole) - size(&parameters);
        let value = evaluation.value + size(&parameters);
        let mut length = 1.0;
        let mut found = None;
        for _ in 0..MAX_HALVINGS {
            // The whole step has exact zeros; sums with rounding would lose them.
            let next: Vec<f64> = if length == 1.0 {
                whole.clone()
            } else {
                parameters.iter().zip(&step).map(|(w, s)| w + length * s).collect()
            };
            let (at_next, hessian) = objective.evaluate_with_hessian(&next);
            let is_lower = at_next.value + size(&next) <= value + ARMIJO * length * slope;
            // Where rounding hides the decrease of the value, the subgradient still tells the better point.
            if is_lower || length == 1.0 && missing(&at_next, &next) < from_optimum {
                found = Some((next, at_next, hessian));
                break;
            }
            length /= 2.0;
        }
        let Some(next) = found else { break "proximal Newton: no step lowers the objective any further" };
        (parameters, evaluation, hessian) = next;
    };
    NewtonResult { parameters, iterations, termination }
}

/// The minimum of `g'(v - w) + (v - w)'H(v - w) / 2 + strength |v|` over `v`, coordinate by coordinate. The intercept has no
/// penalty here, so it is eliminated first, which centres the columns: far from zero they would all go its way.
fn descend(hessian: &Array2<f64>, gradient: &[f64], w: &[f64], strength: f64, tolerance: f64) -> Vec<f64> {
    let mut v = w.to_vec();
    let intercept = w.len() - 1;
    let with_intercept = hessian.row(intercept).to_vec();
    let pivot = with_intercept[intercept];
    let centred = Array2::from_shape_fn((intercept, intercept), |(i, j)| {
        hessian[[i, j]] - with_intercept[i] * with_intercept[j] / pivot
    });
    // The gradient of the smooth part at v, where the intercept is at its best.
    let mut slopes: Vec<f64> =
        (0..intercept).map(|j| gradient[j] - with_intercept[j] * gradient[intercept] / pivot).collect();
    for _ in 0..MAX_ROUNDS {
        let mut largest = 0.0_f64;
        for j in 0..intercept {
            let curvature = centred[[j, j]];
            // A constant column has none but what the penalty gives it, and rounding may leave less.
            if curvature <= f64::EPSILON * hessian[[j, j]] {
                continue;
            }
            let next = shrunk(v[j] - slopes[j] / curvature, strength / curvature);
            let change = next - v[j];
            if change != 0.0 {
                v[j] = next;
                slopes.iter_mut().zip(centred.row(j)).for_each(|(slope, h)| *slope += change * h);
                largest = largest.max(change.abs() * curvature);
            }
        }
        if largest <= tolerance {
            break;
        }
    }
    let pull: f64 = (0..intercept).map(|j| with_intercept[j] * (v[j] - w[j])).sum();
    v[intercept] = w[intercept] - (gradient[intercept] + pull) / pivot;
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subgradient_of_a_zero_is_what_the_penalty_does_not_hold() {
        let found = subgradient(&[0.3, -0.3, 0.1, -0.2], &[0.0, 0.0, 2.0, 5.0], 0.2);
        for (found, expected) in found.into_iter().zip([0.1, -0.1, 0.3, -0.2]) {
            assert!((found - expected).abs() < 1e-15);
        }
        assert_eq!(subgradient(&[0.1, 0.0], &[0.0, 0.0], 0.2), [0.0, 0.0]);
    }
}
