//! Standard errors of the coefficients, by the method that fits the fit.

use assist_score::StandardErrors;
use ndarray::Array2;

use crate::linalg::{Cholesky, quadratic_forms};

/// A coefficient's uncertainty by Wald's method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wald {
    /// The standard error.
    pub std_error: f64,
    /// Value over standard error.
    pub z: f64,
    /// Two-sided, from the normal distribution.
    pub p_value: f64,
    /// Lower end of the 95 % interval.
    pub ci_low: f64,
    /// Upper end of the 95 % interval.
    pub ci_high: f64,
}

/// The 97.5 % point of the normal distribution.
const Z_975: f64 = 1.959_963_984_540_054;

impl Wald {
    /// The uncertainty of `value`; `None` where the standard error is not a positive number.
    pub fn new(value: f64, std_error: f64) -> Option<Self> {
        if !(std_error > 0.0 && std_error.is_finite()) {
            return None;
        }
        let z = value / std_error;
        let p_value = libm::erfc(z.abs() / std::f64::consts::SQRT_2);
        let half = Z_975 * std_error;
        Some(Self { std_error, z, p_value, ci_low: value - half, ci_high: value + half })
    }
}

/// The standard errors from the mean Hessian `A` at the optimum. Without weights and penalty the inverse Hessian; else, with
/// the middle matrix `outer`, the sandwich
/// `A^-1 B A^-1` with `A = H + penalty` and `B = sum s^2 (y - p)^2 x x'` (HC0), because the inverse Hessian alone is wrong
/// under class weights. `None` where the Hessian is singular.
pub(crate) fn standard_errors(
    hessian: &Array2<f64>,
    outer: Option<&Array2<f64>>,
    total_weight: f64,
    pivot_tolerance: f64,
) -> Option<StandardErrors> {
    let inverse = Cholesky::new(hessian, pivot_tolerance).ok()?.inverse() / total_weight;
    let (method, variances) = match outer {
        None => ("inverse_hessian", inverse.diag().to_vec()),
        Some(outer) => ("sandwich_hc0", quadratic_forms(&inverse, outer)),
    };
    let values: Vec<f64> = variances.iter().map(|variance: &f64| variance.sqrt()).collect();
    let valid = values.iter().all(|value| value.is_finite());
    valid.then(|| StandardErrors { method: method.to_owned(), values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wald_interval_is_that_of_the_tables() {
        let wald = Wald::new(1.959_963_984_540_054, 1.0).expect("a standard error");
        assert!((wald.p_value - 0.05).abs() < 1e-15 && wald.ci_low.abs() < 1e-15);
        assert_eq!(Wald::new(1.0, 0.0), None);
    }
}
