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
//!
//! And what is to be said of a model: [`audit()`] finds the rule behind a label, [`compare`] puts a model beside trees, a forest
//! and controls, [`verdict()`] makes sentences of both, and [`Report`] a page.
//!
//! ```
//! use assist_data::{SchemaFile, Table, TestRows};
//! use assist_eval::{CodedRows, audit};
//! use assist_features::{MissingPolicy, LabelScan};
//!
//! let rows = (0..400).map(|i| (i % 5, i * 7 % 97)).map(|(e, t)| format!("{e},{t},{}\n", u8::from(e > 2 || t > 60)));
//! let table = Table::from_csv_text("users.csv", &format!("errors,time,help\n{}", rows.collect::<String>()))?;
//! let schema = SchemaFile { target: Some("help".into()), ..SchemaFile::default() }.resolve(&table, false)?;
//! let observations = LabelScan::read(&table, &schema, MissingPolicy::Error, None)?;
//! let [train, test] = observations.encode(&TestRows::none())?;
//! let space = train.learn_space()?;
//! let (train, test) = (train.design(&space).design, test.design(&space).design);
//!
//! let audit = audit(&CodedRows::new(&space, &train, &test), &train, &test)?;
//! assert_eq!(audit.rule.as_deref(), Some("errors >= 3 OR time > 60"));
//! assert!(audit.is_exact());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod audit;
mod bootstrap;
mod calibration;
mod coded;
mod comparison;
mod metrics;
mod paired;
mod profile;
mod ranking;
mod report;
mod sample;
mod scores;
mod slices;
mod thresholds;
mod trees;
mod verdict;
pub mod words;
mod wrong_slices;

pub use audit::{Audit, Condition, Literal, PermutedControl, Rule as LabelRule, Shape, UnseenRows, audit};
pub use bootstrap::bootstrap;
pub use calibration::{isotonic, sigmoid};
pub use coded::{CodedColumn, CodedRows, CodedValues};
pub use comparison::{
    Candidate, Comparison, DECISION_TREE, Importance, LOGISTIC_REGRESSION, MAJORITY, PERMUTED_TREE, RANDOM_FOREST,
    SMALL_TREE, Settings as ComparisonSettings, compare,
};
pub use metrics::{ClassReport, Intervals, Metrics, ProbabilityMetrics, ReliabilityBin, evaluate, wilson};
pub use paired::{Pair, PairedTest, paired_test};
pub use profile::{ColumnProfile, Profile, ValuesProfile, profile};
pub use ranking::{Auc, average_precision, roc_auc};
pub use report::{Coefficient, Report};
pub use scores::{ScoreCount, ScoreCounts};
pub use slices::{CalibrationGap, Gap, Slice, Slices, slices};
pub use thresholds::{NetBenefit, Operating, Rule, at_threshold, best_threshold, decision_curve};
pub use trees::{Error as TreeError, Forest, MOST_LEVELS, Tree};
pub use verdict::{Finding, Topic, title, verdict};
pub use wrong_slices::{HeatMap, WrongSlice, heat_map, wrong_slices};
