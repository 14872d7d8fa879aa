//! The covariance of the unpenalised estimate: the one place where its method is chosen.

use assist_features::Design;
use assist_score::EvidenceMethod;
use ndarray::{Array2, Axis};

use crate::likelihood::{Maximum, SINGULAR};
use crate::linalg::Cholesky;
use crate::objective::Objective;

/// The covariance of an estimate.
pub(super) struct Covariance {
    pub(super) method: EvidenceMethod,
    /// Over the coordinates that are free, in their order.
    pub(super) matrix: Array2<f64>,
    /// On how many independent units of one weight it rests: observations, as many as those of different weights are worth
    /// (Kish 1965), or groups.
    pub(super) units: f64,
}

/// The covariance of the coordinates that are `free`: the inverse Hessian; where rows have weights the sandwich of rows (HC0); where
/// they are grouped the sandwich of clusters (CR1).
///
/// # Errors
///
/// Why there is none.
pub(super) fn covariance(design: &Design, maximum: &Maximum, free: &[usize]) -> Result<Covariance, String> {
    let of_free = |matrix: &Array2<f64>| matrix.select(Axis(0), free).select(Axis(1), free);
    let observations = design.class_counts().iter().sum::<u64>() as f64;
    let factor = Cholesky::new(&of_free(&maximum.hessian), SINGULAR)
        .map_err(|_| "the curvature of the likelihood leaves no digits for standard errors".to_owned())?;
    let inverse = factor.inverse() / design.class_totals().iter().sum::<f64>();
    let sandwich = |middle: &Array2<f64>, correction: f64| {
        let matrix = inverse.dot(&of_free(middle)).dot(&inverse) * correction;
        // Products round differently on either side of the diagonal.
        (&matrix + &matrix.t()) / 2.0
    };
    let has_intercept = free.last() == Some(&design.n_features());
    let likelihood = Objective::of_likelihood(design, has_intercept);
    let rows = if design.is_weighted() { effective_rows(design) } else { observations };
    if let Some(clusters) = likelihood.cluster_outer(&maximum.parameters) {
        let (g, k) = (clusters.n_clusters as f64, free.len() as f64);
        if clusters.n_clusters < 2 || observations <= k {
            return Err("all rows are of one group, which says nothing of how groups differ".to_owned());
        }
        let correction = g / (g - 1.0) * (observations - 1.0) / (observations - k);
        let matrix = sandwich(&clusters.matrix, correction);
        return Ok(Covariance { method: EvidenceMethod::Cluster, matrix, units: g.min(rows) });
    }
    if design.is_weighted() {
        let (.., outer) = likelihood.evaluate_with_matrices(&maximum.parameters);
        return Ok(Covariance { method: EvidenceMethod::Sandwich, matrix: sandwich(&outer, 1.0), units: rows });
    }
    Ok(Covariance { method: EvidenceMethod::InverseHessian, matrix: inverse, units: rows })
}

/// As many rows of one weight tell as much of a mean.
fn effective_rows(design: &Design) -> f64 {
    let (sum, squares) = design.weights().fold((0.0, 0.0), |(sum, squares), row| {
        (sum + row.sums.iter().sum::<f64>(), squares + row.squares.iter().sum::<f64>())
    });
    sum * sum / squares
}
