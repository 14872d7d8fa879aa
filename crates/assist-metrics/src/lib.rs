//! Exact metrics of a binary classifier: every figure is a sum over (score, n0, n1), where n0 and n1 say how often a score
//! was given to an observation of class 0 and of class 1.
//!
//! From plain scores and labels in one line; from probabilities by [`Metrics::from_probabilities`].
//!
//! ```
//! use assist_metrics::Metrics;
//!
//! let metrics = Metrics::from_scores(&[2.0, 0.5, -0.3, -1.0], &[true, true, true, false])?;
//! assert_eq!(metrics.accuracy, Some(0.75));
//! assert_eq!(metrics.confusion_matrix, [[1, 0], [1, 2]]);
//! assert_eq!(metrics.roc_auc, Some(1.0));
//! # Ok::<(), assist_metrics::Error>(())
//! ```
//!
//! A figure that is not defined, such as the precision of a class that is never predicted, is absent, with the reason. Scores
//! that many observations share are given once, with their counts:
//!
//! ```
//! use assist_metrics::{Figure, ScoreCounts, evaluate};
//! use assist_score::Correction;
//!
//! let plain = Correction::Affine { slope: 1.0, shift: 0.0 };
//! let scores = ScoreCounts::new([(2.0, [0, 3]), (0.5, [1, 1]), (-1.0, [4, 1])]);
//! let metrics = evaluate(&scores, plain, 0.0);
//! assert_eq!(metrics.confusion_matrix, [[4, 1], [1, 4]]);
//! assert_eq!(metrics.roc_auc, Some((3.0 * 5.0 + 4.0 + 0.5 + 2.0) / 25.0));
//!
//! let one_class = evaluate(&ScoreCounts::new([(2.0, [0, 3])]), plain, 0.0);
//! assert_eq!(one_class.roc_auc, None);
//! assert_eq!(one_class.why_undefined(Figure::RocAuc), Some("there is no observation of class 0"));
//! ```

mod areas;
mod bootstrap;
mod calibrated_ece;
mod calibration;
mod calibration_check;
mod calibration_line;
mod clusters;
mod curves;
mod drift;
mod error;
mod figure;
mod fit_context;
mod homogeneity;
mod intervals;
mod level_sums;
mod metrics;
mod paired;
mod probability;
mod ranking;
mod sample;
mod scores;
mod share_difference;
mod slices;
mod student;
mod thresholds;
mod weighted;
pub mod words;

pub use bootstrap::bootstrap;
pub use calibrated_ece::CalibratedEce;
pub use calibration::{fit_isotonic, fit_isotonic_weighted, fit_sigmoid, fit_sigmoid_weighted};
pub use calibration_check::check_calibration_weighted;
pub use calibration_line::LineParameter;
pub use clusters::{ClusterScore, ClusteredScores, wilson_of_clusters};
pub use curves::{
    NetBenefit, PrecisionRecallPoint, RocPoint, ThresholdPoint, decision_curve, decision_curve_weighted,
    precision_recall_curve, probability_histogram, recall_at_false_positive_rate, roc_curve, threshold_curve,
};
pub use drift::{
    Cells, DRIFT_LEVEL, DriftSize, DriftTest, LARGE_PSI, MODERATE_PSI, detectable_psi, drift_test,
    population_stability_index,
};
pub use error::Error;
pub use figure::{Figure, Undefined, UnknownFigure};
pub use fit_context::{FitContext, UnpenalisedFigures};
pub use homogeneity::{HomogeneityMethod, holm};
pub use intervals::{IntervalMethod, Intervals, UnknownMethod, share_variance, wilson, zero_error_bound};
pub use level_sums::{LevelSums, Measure};
pub use metrics::{ClassReport, ClassReports, Metrics, evaluate};
pub use paired::{Pair, PairedTest, paired_test, paired_test_of_clusters};
pub use probability::{ProbabilityMetrics, ReliabilityBin};
pub use ranking::{Auc, average_precision, roc_auc};
pub use sample::Sample;
pub use scores::{ScoreCount, ScoreCounts};
pub use share_difference::{ShareDifference, observations_needed};
pub use slices::{CalibrationGap, Gap, Homogeneity, LevelFigure, Slice, SliceScores, Slices, slices};
pub use thresholds::{
    OperatingPoint, ThresholdRule, at_threshold, at_threshold_weighted, best_threshold, best_threshold_weighted,
};
pub use weighted::{WeightedScore, WeightedScores, evaluate_weighted};

/// The examples of the README run with the other ones.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
