//! Metrics of a classifier from its scores, or from its probabilities, and the labels.

use assist_metrics::{Error, Metrics};

/// Runs the example.
pub(crate) fn main() -> Result<(), Error> {
    let labels = [true, true, false, true, false, false];
    let metrics = Metrics::from_scores(&[2.1, 0.7, 0.2, -0.4, -1.3, -2.2], &labels)?;
    assert_eq!(metrics.confusion_matrix, [[2, 1], [1, 2]]);
    let metrics = Metrics::from_probabilities(&[0.9, 0.7, 0.6, 0.4, 0.2, 0.1], &labels)?;
    assert_eq!(metrics.roc_auc, Some(8.0 / 9.0));
    Ok(())
}
