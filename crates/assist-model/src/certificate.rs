//! When a fit has converged: the Newton decrement, which does not depend on the units of any column.

use ndarray::Array2;

use crate::linalg::Cholesky;

/// The largest decrement of a fit that has converged, beside the larger of 1 and the mean objective. 1e-12 would leave 1e-6 in
/// the length that the Hessian measures.
const LARGEST: f64 = 1e-20;
/// Solvers go on to this share of it, because they know the decrement by a Hessian that is not quite the last one.
const MARGIN: f64 = 0.25;

/// The Newton decrement `g' H^-1 g / 2`: what the quadratic approximation of the objective has left to lose. `None` where the
/// Hessian is singular.
pub(crate) fn newton_decrement(hessian: &Array2<f64>, gradient: &[f64]) -> Option<f64> {
    Some(decrement_of(&Cholesky::new(hessian, 0.0).ok()?, gradient))
}

/// The same with the factor of a Hessian.
pub(crate) fn decrement_of(factor: &Cholesky, gradient: &[f64]) -> f64 {
    let mut half = gradient.to_vec();
    factor.solve_lower(&mut half);
    0.5 * half.iter().map(|entry| entry * entry).sum::<f64>()
}

/// Whether a decrement is what is asked of a fit with this mean objective.
fn is_small(decrement: f64, value: f64) -> bool {
    decrement <= LARGEST * value.abs().max(1.0)
}

/// Whether a fit with this decrement and this mean objective has converged. `size` is the sum of its absolute scaled coefficients,
/// about that of the terms that scores are sums of: where it is so large that rounding a score by its last digit costs more than is
/// asked, no more is asked.
pub(crate) fn is_certified(decrement: f64, value: f64, size: f64) -> bool {
    let rounding = f64::EPSILON * size;
    is_small(decrement, value) || decrement <= 0.5 * rounding * rounding
}

/// Whether a solver need not go on: the gradient is within its target, and the decrement is well within what a certificate asks.
pub(crate) fn is_reached(gradient_max_norm: f64, target: f64, decrement: f64, value: f64) -> bool {
    gradient_max_norm <= target && is_small(decrement / MARGIN, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::arr2;

    #[test]
    fn a_decrement_is_what_a_quadratic_has_left_to_lose() {
        // 2 x^2 + y^2 / 2 at (1, 3) lies 2 + 4.5 above its minimum.
        let found = newton_decrement(&arr2(&[[4.0, 0.0], [0.0, 1.0]]), &[4.0, 3.0]).expect("definite");
        assert!((found - 6.5).abs() < 1e-14);
        assert_eq!(newton_decrement(&arr2(&[[1.0, 1.0], [1.0, 1.0]]), &[1.0, 0.0]), None);
    }

    #[test]
    fn the_certificate_grows_with_the_objective_and_with_what_rounding_hides() {
        assert!(is_small(1e-20, 0.5) && !is_small(1.1e-20, 0.5) && is_small(4e-20, 4.0));
        assert!(!is_certified(f64::NAN, 1.0, 1.0));
        assert!(!is_certified(2e-20, 0.5, 100.0) && is_certified(2e-20, 0.5, 1e7));
    }
}
