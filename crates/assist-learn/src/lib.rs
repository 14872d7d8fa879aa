//! Learn from a table of user interactions which users need assistance: checked settings go in, a typed result comes out.
//!
//! This crate is the product as a library; the command-line program, and whatever else stands between a person and it, only
//! asks and prints. Nothing here prints, exits, or reads arguments or the environment.
//!
//! ```
//! use assist_learn::{PredictSettings, Settings, Table, predict, train, unwatched};
//!
//! let rows = (0..200).map(|i| (i % 5, ["Phone", "Watch"][i % 2], i % 5 + i % 4 / 2 > 3));
//! let rows: String = rows.map(|(errors, device, help)| format!("{errors},{device},{help}\n")).collect();
//! let table = Table::from_csv_text("users.csv", &format!("errors,device,help\n{rows}"))?;
//!
//! let trained = train(&table, &Settings::new("help"), &unwatched)?;
//! assert!(trained.report.test.metrics.roc_auc > Some(0.9));
//!
//! let folder = tempfile::tempdir()?;
//! trained.save(folder.path())?;
//! let model = assist_learn::load(folder.path())?;
//! let batch = table.batches(&["device", "errors"], 100)?.next().expect("a batch")?.record;
//! let scored = predict(&model, &batch, &PredictSettings::default())?;
//! assert_eq!(scored.schema().field(3).name(), "prediction");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod added_columns;
mod all_rows;
mod breakdown;
mod coefficients;
mod compare;
mod converged;
mod cost;
mod counts;
mod cross_validation;
mod dataset;
mod division;
mod effects;
mod engine_report;
mod equal_rows;
mod error;
mod evaluate;
mod evaluated;
mod explain;
mod few_rows;
mod fit_columns;
mod flips;
mod forms;
mod influence;
mod inspect;
mod interaction_shape;
mod levels;
mod log_records;
mod monitor;
mod one_row;
mod ordered_batches;
mod paths;
mod penalty_kind;
mod predict;
mod prediction_sink;
mod prediction_stream;
mod progress;
mod read_report;
mod rejected;
mod reordered;
mod report;
mod row_scores;
mod row_values;
mod rows;
mod saved;
mod score_columns;
mod settings;
mod split;
mod split_method;
mod split_report;
mod summed;
mod term_tests;
mod train;
mod train_report;
mod training_folds;
mod training_profile;
mod training_rows;
mod tune;
mod warning;

pub use added_columns::{ADDED_COLUMNS, CONTRIBUTIONS_COLUMN};
pub use arrow;
pub use assist_audit::{
    Audit, Candidate, CandidateKind, CandidatePair, ColumnProfile, Comparison, Decisions, Importance, Literal, Profile,
    ProposedTerm, Role, SingleColumn, StepsBesideProduct, TermTest, TermTests, TermsNotTested, ThresholdChoice,
    UnseenRows, ValuesProfile, WrongSlice,
};
pub use assist_data::Error as DataError;
pub use assist_data::{
    Advice, CategoricalRole, CellProblem, ColumnFound, ColumnRole, DatePart, DateRole, DecidedBy, Encoding, FileSyntax,
    Format, FoundLabels, Generator, LabelLaw, MissingCells, NumericRole, OTHER_LABELS, Place, Position, SchemaFile,
    Table, TableOptions, TableWriter, WholeFile, check_output, is_standard_output, nearest, quoted,
    remove_files_under_way,
};
pub use assist_features::{MissingPolicy, PooledLevels, RejectReason, RejectedBy, RejectedLevel, Remainder};
pub use assist_metrics::{
    CalibratedEce, CalibrationGap, ClassReport, ClassReports, DriftSize, Figure, FitContext, Gap, Homogeneity,
    HomogeneityMethod, IntervalMethod, Intervals, LevelFigure, LineParameter, Measure, Metrics, NetBenefit,
    OperatingPoint, PairedTest, ProbabilityMetrics, ReliabilityBin, ShareDifference, Slice, Slices, UnpenalisedFigures,
    words,
};
pub use assist_model::Error as ModelError;
pub use assist_model::{Covariance, InferenceLevel, Interrupt, Solver};
pub use assist_report::{
    Action, Contradiction, Curve, CurvePoint, Finding, FindingFigure, InfluentialCell, InfluentialRow,
    InteractionEffect, InteractionEffects, ShapeFound, Statement, Topic, contradictions,
};
pub use assist_score::{
    CategoricalColumn, ClassWeight, Contribution, Decides, FactorTest, FactorTests, FeatureSpace, Form, Intercept,
    Model, NumberStyle, NumericColumn, Outcome, Penalty, PenaltyUnits, RARE_LEVEL, Reason, Recipe, Rejection, Scored,
    Subject, Target, Term, Value, canonical_level, is_unprintable, parse_number, printable, shown, shown_within,
};
pub use breakdown::{Breakdown, BreakdownStep, StepOf, breakdown};
pub use coefficients::{
    Coefficient, CoefficientEvidence, Coefficients, Effect, EvidenceFigures, EvidenceSummary, FACTOR_TEST_METHOD,
    FIRTH_TEST_METHOD, FactorTestReport, InferenceReport, SeparationKind, SeparationReport, Uncertainty,
    WALD_TEST_METHOD, coefficients,
};
pub use compare::{CompareSettings, ComparisonReport, compare};
pub use counts::{Counts, CountsReport, counts, write_counts};
pub use cross_validation::{PathPoint, Scoring};
pub use division::{GroupsReport, SPLIT_COLUMN, TimeReport};
pub use engine_report::{EngineReport, EngineWay, LabelClasses, StatedRoles};
pub use error::{Error, NotConverged};
pub use evaluate::{EvaluateSettings, Evaluation, evaluate};
pub use evaluated::Evaluated;
pub use explain::{Explanation, FEWEST_ROWS_A_PARAMETER, Indicators, SIGNIFICANCE, explain, references};
pub use fit_columns::{ColumnRoles, FittedColumns, fit_columns};
pub use flips::{ChangedValue, Flip, Flips, Reach, flips};
pub use forms::{CardReport, FormReport, RuleReport, TermPoints, TotalFigures, totals};
pub use inspect::{Inspection, inspect};
pub use log_records::{LogRecord, PredictionRecord, TruthRecord, read_log_records, write_log_records};
pub use monitor::{
    Arm, BaseRateShift, CellShares, ColumnDrift, Drift, HelpEffect, JudgedBy, JudgedOutcomes, LoggedPrediction,
    MeanProbability, MonitorFinding, MonitorReport, MonitorSettings, MonitorTopic, OutcomeReport, OutsideRange,
    monitor, monitor_outcomes,
};
pub use one_row::{AskedColumn, RowReader};
pub use penalty_kind::{PenaltyKind, PenaltySetting};
pub use predict::{PredictSettings, PredictSummary, TakeBatch, predict, predict_table};
pub use prediction_sink::{PredictionSink, write_predictions};
pub use prediction_stream::write_predictions_of;
pub use progress::{Progress, Stage, Watch, unwatched};
pub use read_report::{GroupColumn, LeftOutColumn, ReadReport};
pub use report::{CARD_FILE, PAGE_FILE, Pages, WrittenReport, report};
pub use row_values::row_values;
pub use saved::{MODEL_FOLDER_FILES, check_model_folder, load, other_models, report_page, save, train_report};
pub use score_columns::{ColumnScores, score_columns};
pub use settings::{
    CLASS_WEIGHT_EXPECTED, CalibrationMethod, CalibrationSettings, FitSettings, Settings, SplitSettings,
    class_weight_of,
};
pub use split::{SplitFiles, SubsetFile, Subsets, split, write_split};
pub use split_method::{DivisionFault, SplitMethod};
pub use split_report::SplitReport;
pub use summed::{SUMS_OF_GROUPS, ScoreCount, SummedTraining};
pub use train::{Trained, train};
pub use train_report::{
    AllRowsReport, DataReport, FitFigures, REPORT_FILE, SCORE_CARD_FILE, SampleFigures, SplitFit, ThresholdReport,
    TrainReport,
};
pub use training_rows::{NotTold, SketchMethod, TrainingRows};
pub use tune::{ChosenOn, Goal, TuneSettings, Tuning, tune};
pub use warning::{GridEdge, HeldCoefficient, Warning};

/// The examples of the README run with the other ones.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

/// That of the repository as well.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod readme_of_the_repository {}
