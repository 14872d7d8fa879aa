//! The names of figures. They are the paths at which a figure stands in the JSON of an evaluation, and so the keys of what is
//! said about it: intervals, their methods, and why it is not defined.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A figure of an evaluation, in the order of the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[non_exhaustive]
pub enum Figure {
    /// Share of right decisions.
    Accuracy,
    /// Average precision.
    AveragePrecision,
    /// Mean of the recalls of both classes.
    BalancedAccuracy,
    /// Brier score of the raw probability.
    Brier,
    /// Log-loss of the raw probability.
    LogLoss,
    /// Brier score of the corrected probability.
    CorrectedBrier,
    /// The expected calibration error that right probabilities would show.
    EceIfCalibrated,
    /// The intercept of the calibration line with a slope of 1.
    CalibrationInTheLarge,
    /// The intercept of the calibration line.
    CalibrationIntercept,
    /// Log-loss of the corrected probability.
    CorrectedLogLoss,
    /// The slope of the calibration line.
    CalibrationSlope,
    /// F1 of class 0.
    NegativeF1,
    /// Precision of class 0.
    NegativePrecision,
    /// Recall of class 0.
    NegativeRecall,
    /// F1 of class 1.
    PositiveF1,
    /// Precision of class 1.
    PositivePrecision,
    /// Recall of class 1.
    PositiveRecall,
    /// Area under the ROC curve.
    RocAuc,
}

/// What an evaluation does not define: a figure, or only its interval. In the order of the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[non_exhaustive]
pub enum Undefined {
    /// The figure.
    Figure(Figure),
    /// The interval of a figure that is defined.
    Interval(Figure),
}

/// A name that no figure has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no figure `{0}`")]
pub struct UnknownFigure(String);

/// Before the name of a figure in that of its interval.
const INTERVAL: &str = "intervals.";

impl Figure {
    /// All figures, in the order of their names.
    pub const ALL: [Self; 18] = [
        Self::Accuracy,
        Self::AveragePrecision,
        Self::BalancedAccuracy,
        Self::Brier,
        Self::LogLoss,
        Self::CorrectedBrier,
        Self::EceIfCalibrated,
        Self::CalibrationInTheLarge,
        Self::CalibrationIntercept,
        Self::CorrectedLogLoss,
        Self::CalibrationSlope,
        Self::NegativeF1,
        Self::NegativePrecision,
        Self::NegativeRecall,
        Self::PositiveF1,
        Self::PositivePrecision,
        Self::PositiveRecall,
        Self::RocAuc,
    ];

    /// The path of the figure in the JSON of an evaluation: `report.1.recall`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::AveragePrecision => "average_precision",
            Self::BalancedAccuracy => "balanced_accuracy",
            Self::Brier => "brier",
            Self::LogLoss => "log_loss",
            Self::CorrectedBrier => "probability.brier",
            Self::EceIfCalibrated => "probability.ece_if_calibrated",
            Self::CalibrationInTheLarge => "probability.in_the_large",
            Self::CalibrationIntercept => "probability.intercept",
            Self::CorrectedLogLoss => "probability.log_loss",
            Self::CalibrationSlope => "probability.slope",
            Self::NegativeF1 => "report.0.f1",
            Self::NegativePrecision => "report.0.precision",
            Self::NegativeRecall => "report.0.recall",
            Self::PositiveF1 => "report.1.f1",
            Self::PositivePrecision => "report.1.precision",
            Self::PositiveRecall => "report.1.recall",
            Self::RocAuc => "roc_auc",
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Figure> for String {
    fn from(figure: Figure) -> Self {
        figure.name().to_owned()
    }
}

impl TryFrom<String> for Figure {
    type Error = UnknownFigure;

    fn try_from(name: String) -> Result<Self, UnknownFigure> {
        Self::ALL.into_iter().find(|figure| figure.name() == name).ok_or(UnknownFigure(name))
    }
}

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Figure(figure) => figure.fmt(f),
            Self::Interval(figure) => write!(f, "{INTERVAL}{figure}"),
        }
    }
}

impl From<Undefined> for String {
    fn from(undefined: Undefined) -> Self {
        undefined.to_string()
    }
}

impl TryFrom<String> for Undefined {
    type Error = UnknownFigure;

    fn try_from(name: String) -> Result<Self, UnknownFigure> {
        match name.strip_prefix(INTERVAL) {
            Some(figure) => figure.to_owned().try_into().map(Self::Interval),
            None => name.try_into().map(Self::Figure),
        }
    }
}

impl From<Figure> for Undefined {
    fn from(figure: Figure) -> Self {
        Self::Figure(figure)
    }
}

impl Ord for Undefined {
    fn cmp(&self, other: &Self) -> Ordering {
        self.to_string().cmp(&other.to_string())
    }
}

impl PartialOrd for Undefined {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_names_and_each_is_read_back() {
        assert!(Figure::ALL.is_sorted() && Figure::ALL.is_sorted_by_key(|figure| figure.name()));
        for figure in Figure::ALL {
            assert_eq!(Figure::try_from(String::from(figure)), Ok(figure));
            let interval = Undefined::Interval(figure);
            assert_eq!(Undefined::try_from(interval.to_string()), Ok(interval));
        }
        assert!(Undefined::from(Figure::Brier) < Undefined::Interval(Figure::Accuracy));
        assert_eq!(Figure::try_from("recall".to_owned()), Err(UnknownFigure("recall".into())));
    }
}
