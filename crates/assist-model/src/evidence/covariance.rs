//! The covariance of the unpenalised estimate: the one place where its method is chosen.

use assist_features::Design;
use assist_score::EvidenceMethod;
use ndarray::{Array2, Axis};

use crate::likelihood::{Maximum, SINGULAR};
use crate::linalg::Cholesky;
use crate::objective::Objective;

/// The covariance of the coordinates that are `free`, in their order, and by which method: the inverse Hessian, or where rows are
/// grouped the sandwich of clusters (CR1).
///
/// # Errors
///
/// Why there is none.
pub(super) fn covariance(
    design: &Design,
    maximum: &Maximum,
    free: &[usize],
) -> Result<(EvidenceMethod, Array2<f64>), String> {
    let of_free = |matrix: &Array2<f64>| matrix.select(Axis(0), free).select(Axis(1), free);
    let observations = design.class_counts().iter().sum::<u64>() as f64;
    let factor = Cholesky::new(&of_free(&maximum.hessian), SINGULAR)
        .map_err(|_| "the curvature of the likelihood leaves no digits for standard errors".to_owned())?;
    let inverse = factor.inverse() / design.class_totals().iter().sum::<f64>();
    let has_intercept = free.last() == Some(&design.n_features());
    let Some(clusters) = Objective::of_likelihood(design, has_intercept).cluster_outer(&maximum.parameters) else {
        if design.is_weighted() {
            return Err("rows have weights, under which the inverse Hessian is no covariance".to_owned());
        }
        return Ok((EvidenceMethod::InverseHessian, inverse));
    };
    let (g, k) = (clusters.n_clusters as f64, free.len() as f64);
    if clusters.n_clusters < 2 || observations <= k {
        return Err("all rows are of one group, which says nothing of how groups differ".to_owned());
    }
    let correction = g / (g - 1.0) * (observations - 1.0) / (observations - k);
    let sandwich = inverse.dot(&of_free(&clusters.matrix)).dot(&inverse) * correction;
    // Products round differently on either side of the diagonal.
    Ok((EvidenceMethod::Cluster, (&sandwich + &sandwich.t()) / 2.0))
}
