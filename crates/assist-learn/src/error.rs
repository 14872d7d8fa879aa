//! Why there is no result, and what would help.

use std::path::PathBuf;

use assist_data::{Advice, nearest, quoted};
use assist_features::RejectedBy;
use assist_metrics::words::{count, plural};
use assist_score::{Form, shown};

use crate::penalty_kind::{PenaltyKind, PenaltySetting};
use crate::rejected;
use crate::split_method::DivisionFault;

/// Everything that can go wrong between settings and a result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A table is at fault.
    #[error(transparent)]
    Data(#[from] assist_data::Error),
    /// No design can be made of a table.
    #[error(transparent)]
    Features(#[from] assist_features::Error),
    /// No model can be fitted, saved or loaded.
    #[error(transparent)]
    Model(assist_model::Error),
    /// Trees that cannot be grown.
    #[error(transparent)]
    Trees(#[from] assist_audit::Error),
    /// The operating system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A way of drawing rows that does not go with what they are.
    #[error(transparent)]
    Division(#[from] DivisionFault),
    /// The caller stopped the work.
    #[error("the work was cancelled")]
    Cancelled,
    /// A setting outside its range.
    #[error("{name} must be {expected}, not {value}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed.
        expected: &'static str,
    },
    /// More users can be helped than there are.
    #[error("a capacity of {} is more than the {} users there are", count(*capacity), count(*users))]
    Capacity {
        /// How many can be helped.
        capacity: u64,
        /// How many there are.
        users: u64,
    },
    /// A setting that the penalty knows nothing of.
    #[error("{setting} has no effect with the penalty `{penalty}`")]
    WithoutEffect {
        /// The setting.
        setting: PenaltySetting,
        /// The penalty that was asked for.
        penalty: PenaltyKind,
        /// The penalties with which it has an effect.
        penalties: &'static [PenaltyKind],
    },
    /// A setting that only a logistic regression has.
    #[error("{setting} has no effect with the form `{form}`")]
    OfLogisticRegression {
        /// The setting.
        setting: &'static str,
        /// The form that was asked for.
        form: Form,
    },
    /// A setting that only a card has.
    #[error("{setting} has no effect with the form `{form}`")]
    OfCard {
        /// The setting.
        setting: &'static str,
        /// The form that was asked for.
        form: Form,
    },
    /// No card can be sought.
    #[error(transparent)]
    Card(#[from] assist_card::Error),
    /// No candidate tells anything of the label.
    #[error(
        "no card is better than always predicting the same probability: no bin or level tells anything of the label"
    )]
    NoCard,
    /// No rule that was tried tells anything.
    #[error(
        "no rule of up to three conditions is right for more training rows than always predicting the majority class: {wrong} of {rows} are of the other class"
    )]
    NoUsefulRule {
        /// Training rows that the best rule gets wrong.
        wrong: u64,
        /// Training rows.
        rows: u64,
    },
    /// Rows in which no rule can be sought: they have one class only, or no columns.
    #[error("no rule can be sought: the training rows need both classes and at least one column")]
    NoRule,
    /// A setting that a training on sums cannot follow.
    #[error("{0} cannot be had from sums")]
    NotFromSums(&'static str),
    /// A setting that only a training looks at.
    #[error("{0} has an effect in training alone")]
    TrainingAlone(&'static str),
    /// A column of a type that no feature has.
    #[error("column `{}` holds {found}, which is neither a number nor a text", shown(.column))]
    NoFeature {
        /// The column.
        column: String,
        /// Its type.
        found: String,
    },
    /// A feature that has the name of a column of counts.
    #[error("the feature `{}` has the name of a column of the table of counts", shown(.0))]
    ColumnOfCounts(String),
    /// Work that would pass over the weights of rows.
    #[error("{0} does not know weights of rows")]
    Unweighted(&'static str),
    /// A form of models that would pass over the weights of rows.
    #[error("a {form} does not know weights of rows, and rows are to weigh what column `{}` says", shown(.column))]
    UnweightedForm {
        /// The form.
        form: Form,
        /// The column of the weights.
        column: String,
    },
    /// Strengths to choose from for a penalty that has none.
    #[error("the penalty `{0}` has no strength to choose")]
    NoStrength(PenaltyKind),
    /// The fit ended away from its optimum.
    #[error("{0}")]
    NotConverged(Box<NotConverged>),
    /// A fit to all folds but one that did not converge, so that it says nothing of the one left out.
    #[error(
        "the fit without fold {fold} did not converge for C = {c}: the gradient's largest entry is {gradient_max_norm:.1e}; {termination}"
    )]
    FoldNotConverged {
        /// The fold that was left out, counted from 1.
        fold: usize,
        /// Inverse strength of the penalty.
        c: f64,
        /// Max-norm of the mean gradient.
        gradient_max_norm: f64,
        /// Why the solver stopped.
        termination: String,
    },
    /// Scores of unseen rows that do not rise with the share of class 1.
    #[error(
        "no calibration can be learnt: on rows that a fit did not see, higher scores do not mean a larger share of class 1"
    )]
    NoCalibration,
    /// A fold that does not define the figure that folds are judged by.
    #[error("a fold does not define the figure that the folds are judged by")]
    UndefinedScoring,
    /// No threshold meets a condition.
    #[error("no threshold meets the condition on {0}")]
    NoThreshold(&'static str),
    /// A column of numbers to slice by.
    #[error("`{column}` is a column of numbers, and slices are made by level")]
    NumericSlice {
        /// The column.
        column: String,
        /// The columns that can be sliced by.
        columns: Vec<String>,
    },
    /// The label to slice by.
    #[error("`{0}` is the label, and slices are made by what is known of users")]
    LabelSlice(String),
    /// A column to slice by that the table does not have.
    #[error("there is no column `{column}` to slice by")]
    UnknownSlice {
        /// The column.
        column: String,
        /// The columns of the table.
        columns: Vec<String>,
    },
    /// Rows without a score, where none are allowed.
    #[error("{}", rejected_rows(*rows, by))]
    Rejected {
        /// How many.
        rows: u64,
        /// The columns that reject them; none where values are too large.
        by: Vec<RejectedBy>,
    },
    /// Too many test rows without a score.
    #[error(
        "{} of {} test rows {} rejected, so figures of the others would say little; at fault: {}",
        count(*rows), count(*of), if *rows == 1 { "is" } else { "are" }, rejected::at_fault(by)
    )]
    TestRowsRejected {
        /// How many.
        rows: u64,
        /// Of how many test rows.
        of: u64,
        /// The columns that reject them, those that reject most first.
        by: Vec<RejectedBy>,
        /// What would help.
        advice: Option<Advice>,
    },
    /// Another table than the one that a model was trained on.
    #[error(
        "`{table}` is not the table that the model was trained on: that one had {} and {} rows of class 0 and class 1, this one has {} and {}",
        .trained[0], .trained[1], .found[0], .found[1]
    )]
    OtherTable {
        /// The table.
        table: String,
        /// Rows of each class that the model was trained and tested on.
        trained: [u64; 2],
        /// Rows of each class of this table.
        found: [u64; 2],
    },
    /// As many rows of each class as the model was trained and tested on, but others, or in another order.
    #[error("`{0}` is not the table that the model was trained on: its test rows have other predictions or labels")]
    OtherRows(String),
    /// A page under the name of the model card that is written beside it.
    #[error("the page cannot be `{}`, which is the model card beside it", .0.display())]
    PageIsCard(PathBuf),
    /// A page that is a device or a pipe, so that there is no place for the model card beside it.
    #[error("the page cannot be `{}`: the model card is written beside it", .0.display())]
    PageIsOutlet(PathBuf),
    /// A model with a curve of a number that it cuts into bins as well.
    #[error(
        "the model has a curve of a number that it cuts into bins as well, which this version scores and explains but cannot evaluate on tables"
    )]
    CurveOfBins,
    /// The file that says how rows were split is missing.
    #[error("`{}` is missing, which says how the rows were split", .0.display())]
    NoTrainReport(PathBuf),
    /// The file that says how rows were split cannot be read.
    #[error("`{}` cannot be read: {detail}", .path.display())]
    UnreadableTrainReport {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        detail: String,
    },
    /// The report of a training that is not that of the model.
    #[error(
        "the training report `metrics.json` is that of another model: it tells of `{}`, and the model is `{}`",
        short_id(.of_report), short_id(.of_model)
    )]
    OtherTrainReport {
        /// What names the model that the report tells of.
        of_report: String,
        /// What names the model.
        of_model: String,
    },
    /// The `[fit]` of a schema file asks for what there is not.
    #[error("the schema's `[fit]`: {0}")]
    SchemaFit(String),
    /// The intercept is stated in two ways.
    #[error("the intercept is stated twice: as `intercept` and as `intercept_penalised`")]
    InterceptTwice,
    /// A column of the input that a prediction would add.
    #[error("the input has a column `{0}` already, which the prediction would add")]
    AddedColumn(String),
    /// A column whose type no model takes.
    #[error("column `{column}` has {problem}")]
    ColumnType {
        /// The column.
        column: String,
        /// Its type, in words.
        problem: assist_data::CellProblem,
    },
    /// Arrow refuses to put columns together.
    #[error("the rows cannot be put together: {0}")]
    Arrow(String),
    /// A report that cannot be written as JSON.
    #[error("the report cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// A fit that ended away from its optimum.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NotConverged {
    /// Iterations that were made.
    pub iterations: u64,
    /// Largest entry of the mean objective's gradient.
    pub gradient_max_norm: f64,
    /// The tolerance that was asked for.
    pub tolerance: f64,
    /// Why the solver stopped.
    pub termination: String,
    /// Features that separate the classes by a linear program's certificate, and whether completely.
    pub separation: Option<(Vec<String>, bool)>,
    /// What would help.
    pub advice: Advice,
}

impl std::fmt::Display for NotConverged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the fit did not converge in {}: the gradient's largest entry is {:.1e}, the tolerance {:.1e}; {}",
            plural(usize::try_from(self.iterations).unwrap_or(usize::MAX), "iteration"),
            self.gradient_max_norm,
            self.tolerance,
            self.termination
        )?;
        if let Some((features, is_complete)) = &self.separation {
            let kind = if *is_complete { "completely" } else { "quasi-completely" };
            write!(
                f,
                "; a linear program certifies that the classes are {kind} separated by `{}`",
                features.join("`, `")
            )?;
        }
        Ok(())
    }
}

impl Error {
    /// What would help, where there is something to say.
    pub fn advice(&self) -> Option<Advice> {
        Some(match self {
            Self::Data(error) => return error.advice(),
            Self::Features(error) => return error.advice(),
            Self::Model(error) => return error.advice(),
            Self::Division(fault) => fault.advice(),
            Self::WithoutEffect { penalties, .. } => {
                let names: Vec<String> = penalties.iter().map(|penalty| format!("`{penalty}`")).collect();
                format!("leave it out, or choose the penalty {}", names.join(" or ")).into()
            }
            Self::OfLogisticRegression { .. } => "leave it out, or choose the form `logistic`".into(),
            Self::OfCard { .. } => "leave it out, or choose the form `card`".into(),
            Self::NotFromSums(_) => "leave it out; or let the table of counts be taken, from which all is learnt".into(),
            Self::TrainingAlone(_) => "leave it at its default here".into(),
            Self::ColumnOfCounts(column) => Advice::DropColumn(column.clone()),
            Self::Unweighted(_) => {
                "leave it out, or let every row count the same: drop the column of weights instead of weighing by it".into()
            }
            Self::UnweightedForm { .. } => {
                "choose the form `logistic`, or let every row count the same: drop the column of weights instead of weighing by it"
                    .into()
            }
            Self::NoStrength(_) => "choose the penalty `l2`, `l1` or `elastic-net`".into(),
            Self::NotConverged(fit) => fit.advice.clone(),
            Self::FoldNotConverged { .. } => Advice::EaseFolds,
            Self::NoCalibration => Advice::NoCalibration,
            Self::UndefinedScoring => Advice::OtherScoring,
            Self::NumericSlice { columns, .. } => format!("columns to slice by: {}", quoted(columns)).into(),
            Self::UnknownSlice { column, columns } => match nearest(column, columns) {
                Some(near) => format!("did you mean `{near}`? Columns to slice by: {}", quoted(columns)).into(),
                None => format!("columns to slice by: {}", quoted(columns)).into(),
            },
            Self::Rejected { .. } => Advice::AllowRejected,
            Self::TestRowsRejected { advice, .. } => return advice.clone(),
            Self::PageIsCard(_) | Self::PageIsOutlet(_) => "give the page another name, such as `report.html`".into(),
            Self::CurveOfBins => "evaluate it with the version that trained it".into(),
            Self::OtherRows(_) | Self::OtherTable { .. } => {
                "give the table that the model was trained on, or train again on this one".into()
            }
            Self::NoTrainReport(_) | Self::UnreadableTrainReport { .. } => {
                "train again: the file is written beside the model".into()
            }
            Self::OtherTrainReport { .. } => {
                "train again, which writes both, or restore the files of one training".into()
            }
            Self::InterceptTwice => "state `intercept` alone: `free`, `penalised` or `none`".into(),
            Self::NoFeature { column, .. } => {
                format!("make numbers or texts of column `{}`, or leave it out", shown(column)).into()
            }
            Self::AddedColumn(_) => "choose another prefix for the names of the added columns".into(),
            Self::Trees(_)
            | Self::NoRule
            | Self::NoUsefulRule { .. }
            | Self::NoCard
            | Self::Card(_)
            | Self::SchemaFit(_)
            | Self::Io(_)
            | Self::Cancelled
            | Self::LabelSlice(_)
            | Self::Setting { .. }
            | Self::Capacity { .. }
            | Self::NoThreshold(_)
            | Self::ColumnType { .. }
            | Self::Arrow(_)
            | Self::Json(_) => return None,
        })
    }
}

impl From<assist_model::Error> for Error {
    fn from(error: assist_model::Error) -> Self {
        match error {
            assist_model::Error::Interrupted => Self::Cancelled,
            other => Self::Model(other),
        }
    }
}

impl From<assist_score::Error> for Error {
    fn from(error: assist_score::Error) -> Self {
        Self::Model(error.into())
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(error: arrow::error::ArrowError) -> Self {
        match error {
            arrow::error::ArrowError::IoError(_, error) => Self::Io(error),
            other => Self::Arrow(other.to_string()),
        }
    }
}

/// As much of a model's name as tells it from others, for people.
pub(crate) fn short_id(model_id: &str) -> String {
    model_id.chars().take(16).collect()
}

fn rejected_rows(rows: u64, by: &[RejectedBy]) -> String {
    let (subject, verb) = if rows == 1 { ("1 row".to_owned(), "is") } else { (format!("{} rows", count(rows)), "are") };
    if by.is_empty() {
        let verb = if rows == 1 { "has" } else { "have" };
        return format!("{subject} {verb} values that are too large to be scored");
    }
    format!("{subject} {verb} rejected by the model; at fault: {}", rejected::at_fault(by))
}
