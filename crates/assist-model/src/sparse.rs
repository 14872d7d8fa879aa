//! L1 and elastic net: proximal Newton steps, whose quadratic problems are solved by coordinate descent over the Hessian
//! (Friedman, Hastie and Tibshirani 2010). The intercept is never part of the L1 penalty.

use ndarray::{Array2, Axis};

use crate::certificate::{is_reached, newton_decrement};
use crate::interrupt::INTERRUPTED;
use crate::newton::NewtonResult;
use crate::objective::{Objective, ObjectiveValue};

/// Sufficient decrease, as in the other solvers' line search.
const ARMIJO: f64 = 1e-4;
/// Halvings of a step before it is given up.
const MAX_HALVINGS: u32 = 30;
/// Rounds of coordinate descent for one step.
pub(crate) const MAX_ROUNDS: usize = 10_000;
/// Steps within the tolerance of the gradient that may still be needed for the certificate.
const MOST_NEAR: u32 = 4;
/// A step after which less than this share of the distance is left comes much nearer.
const NEARER: f64 = 0.5;
/// A step is solved to this share of what is missing from the optimum.
pub(crate) const INNER: f64 = 1e-4;

/// The entries of the smallest subgradient of `f + sum_j strength_j |w_j|`: zero where no change of a coordinate lowers it.
/// `strengths` are those of the features; the intercept has none.
pub(crate) fn subgradient(gradient: &[f64], parameters: &[f64], strengths: &[f64]) -> Vec<f64> {
    let of = |((g, w), strength): ((&f64, &f64), &f64)| {
        if *w == 0.0 { shrunk(*g, *strength) } else { g + strength * w.signum() }
    };
    gradient.iter().zip(parameters).zip(strengths.iter().chain([&0.0])).map(of).collect()
}

/// The Newton decrement of the smallest subgradient, over the coordinates that are not held at zero.
pub(crate) fn decrement(hessian: &Array2<f64>, subgradient: &[f64], parameters: &[f64]) -> Option<f64> {
    let moves = |j: &usize| parameters[*j] != 0.0 || subgradient[*j] != 0.0;
    let moving: Vec<usize> = (0..parameters.len()).filter(moves).collect();
    let of_moving: Vec<f64> = moving.iter().map(|j| subgradient[*j]).collect();
    newton_decrement(&hessian.select(Axis(0), &moving).select(Axis(1), &moving), &of_moving)
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

/// Minimises `f + sum_j strength_j |w_j|` over all coordinates, the intercept outside the second term.
pub(crate) fn minimise(
    objective: &Objective<'_>,
    start: &[f64],
    strengths: &[f64],
    target: f64,
    max_iter: u64,
) -> NewtonResult {
    let mut parameters = start.to_vec();
    let (mut evaluation, mut hessian) = objective.evaluate_with_hessian(&parameters);
    let (mut iterations, mut near, mut before) = (0, 0, f64::INFINITY);
    let termination = loop {
        let from_optimum = missing(&evaluation, &parameters, strengths);
        let is_certain = || {
            let left = subgradient(&evaluation.gradient, &parameters, strengths);
            let decrement = decrement(&hessian, &left, &parameters);
            decrement.is_some_and(|decrement| is_reached(from_optimum, target, decrement, evaluation.value))
        };
        if from_optimum == 0.0 || from_optimum <= target && is_certain() {
            break "proximal Newton: the subgradient is within the tolerance";
        }
        // Rounding may hide what is left, but not while steps come much nearer.
        near += u32::from(from_optimum <= target && from_optimum > NEARER * before);
        before = from_optimum;
        if near > MOST_NEAR {
            break "proximal Newton: no step lowers the objective any further";
        }
        if objective.is_interrupted() {
            break INTERRUPTED;
        }
        if iterations >= max_iter {
            break "proximal Newton: the maximum number of iterations is reached";
        }
        iterations += 1;
        let whole = descend(&hessian, &evaluation.gradient, &parameters, strengths, INNER * from_optimum);
        let evaluate = |at: &[f64]| objective.evaluate_with_hessian(at);
        let found = step_towards(&whole, &parameters, &evaluation, strengths, evaluate);
        let Some(next) = found else { break "proximal Newton: no step lowers the objective any further" };
        (parameters, evaluation, hessian) = next;
    };
    NewtonResult { parameters, iterations, termination }
}

/// The largest entry of the smallest subgradient.
pub(crate) fn missing(evaluation: &ObjectiveValue, w: &[f64], strengths: &[f64]) -> f64 {
    subgradient(&evaluation.gradient, w, strengths).iter().fold(0.0, |most, g| most.max(g.abs()))
}

/// The point on the way from `w` to `whole`, as far as halving leaves it, at which the penalised objective is low enough, with
/// what `evaluate` finds there; `None` where there is none.
pub(crate) fn step_towards<C>(
    whole: &[f64],
    w: &[f64],
    here: &ObjectiveValue,
    strengths: &[f64],
    evaluate: impl Fn(&[f64]) -> (ObjectiveValue, C),
) -> Option<(Vec<f64>, ObjectiveValue, C)> {
    let size = |w: &[f64]| size(w, strengths);
    let from_optimum = missing(here, w, strengths);
    let step: Vec<f64> = whole.iter().zip(w).map(|(next, w)| next - w).collect();
    let slope = here.gradient.iter().zip(&step).map(|(g, s)| g * s).sum::<f64>() + size(whole) - size(w);
    let value = here.value + size(w);
    let mut length = 1.0;
    for _ in 0..MAX_HALVINGS {
        // The whole step has exact zeros; sums with rounding would lose them.
        let next: Vec<f64> =
            if length == 1.0 { whole.to_vec() } else { w.iter().zip(&step).map(|(w, s)| w + length * s).collect() };
        let (there, curvature) = evaluate(&next);
        let is_lower = there.value + size(&next) <= value + ARMIJO * length * slope;
        // Where rounding hides the decrease of the value, the subgradient still tells the better point.
        if is_lower || length == 1.0 && missing(&there, &next, strengths) < from_optimum {
            return Some((next, there, curvature));
        }
        length /= 2.0;
    }
    None
}

/// The sum of the absolute coefficients, each times its strength.
pub(crate) fn size(w: &[f64], strengths: &[f64]) -> f64 {
    w.iter().zip(strengths).map(|(w, strength)| strength * w.abs()).sum()
}

/// The minimum of `g'(v - w) + (v - w)'H(v - w) / 2 + sum_j strength_j |v_j|` over `v`, coordinate by coordinate. The intercept has no
/// penalty here, so it is eliminated first, which centres the columns: far from zero they would all go its way.
fn descend(hessian: &Array2<f64>, gradient: &[f64], w: &[f64], strengths: &[f64], tolerance: f64) -> Vec<f64> {
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
            let next = shrunk(v[j] - slopes[j] / curvature, strengths[j] / curvature);
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
        let found = subgradient(&[0.3, -0.3, 0.1, -0.2], &[0.0, 0.0, 2.0, 5.0], &[0.2; 3]);
        for (found, expected) in found.into_iter().zip([0.1, -0.1, 0.3, -0.2]) {
            assert!((found - expected).abs() < 1e-15);
        }
        assert_eq!(subgradient(&[0.1, 0.0], &[0.0, 0.0], &[0.2]), [0.0, 0.0]);
    }
}
