//! Exact metrics from scores and counts: every figure is a sum over (score, n0, n1), where n0 and n1 say how often a score
//! was given to an observation of class 0 and of class 1.
//!
//! A figure that is not defined, such as the precision of a class that is never predicted, is absent, with the reason.
//!
//! ```
//! use assist_eval::{ScoreCounts, evaluate};
//! use assist_score::Correction;
//!
//! let plain = Correction::Affine { slope: 1.0, shift: 0.0 };
//! let scores = ScoreCounts::new([(2.0, [0, 3]), (0.5, [1, 1]), (-1.0, [4, 1])]);
//! let metrics = evaluate(&scores, plain, 0.0);
//! assert_eq!(metrics.confusion_matrix, [[4, 1], [1, 4]]);
//! assert_eq!(metrics.accuracy, Some(0.8));
//! assert_eq!(metrics.roc_auc, Some((3.0 * 5.0 + 4.0 + 0.5 + 2.0) / 25.0));
//!
//! let one_class = evaluate(&ScoreCounts::new([(2.0, [0, 3])]), plain, 0.0);
//! assert_eq!(one_class.roc_auc, None);
//! assert_eq!(one_class.undefined["roc_auc"], "there is no observation of class 0");
//! ```

mod bootstrap;
mod calibration;
mod cross_validation;
mod metrics;
mod ranking;
mod scores;
mod slices;
mod thresholds;

pub use bootstrap::bootstrap;
pub use calibration::{isotonic, sigmoid};
pub use cross_validation::{PathPoint, Scoring, c_path, chosen, out_of_fold};
pub use metrics::{ClassReport, Intervals, Metrics, ProbabilityMetrics, ReliabilityBin, evaluate, wilson};
pub use ranking::{Auc, average_precision, roc_auc};
pub use scores::{ScoreCount, ScoreCounts};
pub use slices::{CalibrationGap, Gap, Slice, Slices, slices};
pub use thresholds::{NetBenefit, Operating, Rule, at_threshold, best_threshold, decision_curve};
