//! Whether predicted and observed shares agree.

use assist_metrics::words::percent;
use serde::{Deserialize, Serialize};

use super::contest::Contest;
use super::finding::FindingFigure;

/// Predicted probabilities of logistic regression beside what was observed on the test rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProbabilityCheck {
    /// What can be said.
    pub agreement: Agreement,
    /// The slope of the observed log-odds over the predicted ones, with its 95 % interval.
    pub slope: (f64, [f64; 2]),
    /// By how much the observed log-odds are higher than the predicted ones, with its 95 % interval.
    pub in_the_large: (f64, [f64; 2]),
    /// The expected calibration error.
    pub ece: Option<f64>,
    /// The mean, and the 95 % point, of that of a model that agrees perfectly, on so few rows.
    pub ece_if_calibrated: Option<[f64; 2]>,
}

/// How predicted and observed shares differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Agreement {
    /// They are not shown to differ.
    NotShownToDiffer,
    /// Probabilities are too high throughout.
    TooHigh,
    /// Probabilities are too low throughout.
    TooLow,
    /// Probabilities lie too far from the mean: high ones are too high and low ones too low.
    TooExtreme,
    /// Probabilities lie too near the mean.
    TooModerate,
}

impl ProbabilityCheck {
    pub(super) fn of(_contest: &Contest<'_>) -> Option<Self> {
        None
    }

    pub(super) fn text(&self) -> String {
        String::new()
    }

    pub(super) fn figures(&self) -> Vec<FindingFigure> {
        let ece = self.ece.map(percent);
        ece.into_iter().map(|ece| FindingFigure::new("expected calibration error", ece)).collect()
    }
}
