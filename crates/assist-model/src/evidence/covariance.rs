//! The covariance of the unpenalised estimate: the one place where its method is chosen.

use assist_score::EvidenceMethod;
use ndarray::{Array2, Axis};

use crate::likelihood::{Maximum, SINGULAR};
use crate::linalg::Cholesky;

/// The covariance of the coordinates that are `free`, in their order, and by which method.
///
/// # Errors
///
/// Why there is none.
pub(super) fn covariance(
    maximum: &Maximum,
    free: &[usize],
    observations: f64,
) -> Result<(EvidenceMethod, Array2<f64>), String> {
    let hessian = maximum.hessian.select(Axis(0), free).select(Axis(1), free);
    let factor = Cholesky::new(&hessian, SINGULAR)
        .map_err(|_| "the curvature of the likelihood leaves no digits for standard errors".to_owned())?;
    Ok((EvidenceMethod::InverseHessian, factor.inverse() / observations))
}
