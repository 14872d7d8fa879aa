//! What can be wrong with columns that are given in memory.

use std::fmt;

use assist_data::{Advice, quoted};
use assist_score::Reason;

/// The two kinds of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Columns of numbers.
    Numbers,
    /// Columns of categories.
    Categories,
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Numbers => "numbers",
            Self::Categories => "categories",
        })
    }
}

/// What is wrong with columns that were given in memory. Rows are counted from 1.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InputFault {
    /// No features.
    #[error("no column was given, neither of numbers nor of categories")]
    NoColumn,
    /// Nothing was observed.
    #[error("neither labels nor counts were given")]
    NoOutcome,
    /// Labels and counts at once.
    #[error("both labels and counts were given")]
    TwoOutcomes,
    /// Columns of no rows, or rows that were never seen.
    #[error("nothing was observed: there are no rows, or all their counts are zero")]
    NoRows,
    /// A column without a name.
    #[error("a column of {0} has no name")]
    NoName(ColumnKind),
    /// Two columns, or a column and the target, of one name.
    #[error("the name `{0}` is given twice, to two columns or to a column and the target")]
    NameTwice(String),
    /// A column with more or fewer rows than were observed.
    #[error("column `{column}` has {found} rows, but there are labels or counts of {expected}")]
    Length {
        /// The column.
        column: String,
        /// Its rows.
        found: usize,
        /// Rows of the labels or counts.
        expected: usize,
    },
    /// A number that is not allowed.
    #[error("column `{column}` in row {row}: {reason}")]
    Number {
        /// The column.
        column: String,
        /// The first such row.
        row: usize,
        /// What is wrong.
        reason: Reason,
        /// What a number must be, in words.
        expected: String,
    },
    /// A level that was not declared.
    #[error("column `{column}` in row {row}: unknown level `{level}`")]
    UnknownLevel {
        /// The column.
        column: String,
        /// The first such row.
        row: usize,
        /// The level.
        level: String,
        /// The declared levels.
        levels: Vec<String>,
    },
    /// A NUL character inside a text.
    #[error("column `{column}` in row {row}: a text with a NUL character")]
    Nul {
        /// The column.
        column: String,
        /// The first such row.
        row: usize,
    },
    /// Missing cells where none are allowed.
    #[error("column `{column}` has {cells} missing, the first in row {row}", cells = if *cells == 1 { "1 cell".to_owned() } else { format!("{cells} cells") })]
    Missing {
        /// The column.
        column: String,
        /// How many cells are missing.
        cells: usize,
        /// The first such row.
        row: usize,
    },
    /// What is no weight of a row.
    #[error("the weight `{column}` of row {row} is {value}, and no number from 0 up")]
    Weight {
        /// What the weights are called.
        column: String,
        /// The first such row.
        row: usize,
        /// What it is.
        value: f64,
    },
    /// Cut points are sought by counts, which weights are not.
    #[error("bins are found by counting rows, which have weights here")]
    WeightedBins,
    /// All observations have one label.
    #[error("all {observations} observations have the label `{label}`; two classes are needed")]
    OneClass {
        /// The only label.
        label: String,
        /// How many observations there are.
        observations: u64,
    },
    /// A range that holds no number, or whose ends are not finite.
    #[error("the range of column `{column}` is empty or not finite: {low} to {high}")]
    Range {
        /// The column.
        column: String,
        /// Smallest allowed number.
        low: f64,
        /// Largest allowed number.
        high: f64,
    },
    /// Something is said of a column that was not given, or the model has no such column.
    #[error("there is no column of {kind} called `{column}`")]
    UnknownColumn {
        /// The column.
        column: String,
        /// Its kind.
        kind: ColumnKind,
        /// The columns of that kind that there are.
        known: Vec<String>,
    },
    /// A column of the model that was not given.
    #[error("the model has a column of {kind} called `{column}`, which was not given")]
    AbsentColumn {
        /// The column.
        column: String,
        /// Its kind.
        kind: ColumnKind,
    },
    /// A target that is not the model's.
    #[error("the target is `{given}`, but the model's is `{known}`")]
    OtherTarget {
        /// What was given: name and labels.
        given: String,
        /// What the model has.
        known: String,
    },
}

impl InputFault {
    /// What to do about it, where there is something to say.
    pub fn advice(&self) -> Option<Advice> {
        Some(match self {
            Self::NoColumn => "give at least one column of numbers or of categories".into(),
            Self::NoOutcome => "give one label a row, or how often each row was seen with either label".into(),
            Self::TwoOutcomes => "give one of the two".into(),
            Self::NoRows => "give at least one row of either class".into(),
            Self::NoName(_) => "name every column".into(),
            Self::NameTwice(_) => "rename one of the two".into(),
            Self::Length { .. } => "give every column one value a row".into(),
            Self::Number { column, expected, .. } => {
                format!("column `{column}` takes {expected}; a missing number is NaN").into()
            }
            Self::UnknownLevel { levels, .. } => format!("the declared levels are {}", quoted(levels)).into(),
            Self::Missing { .. } => Advice::AllowMissing,
            Self::Weight { .. } => "give every row a weight, 0 where it is not to count".into(),
            Self::WeightedBins => "leave out the bins or the weights".into(),
            Self::OneClass { .. } => "give rows of both classes".into(),
            Self::Range { .. } => "state the smaller end first".into(),
            Self::UnknownColumn { known, .. } if !known.is_empty() => {
                format!("the columns of that kind are {}", quoted(known)).into()
            }
            Self::AbsentColumn { .. } => "give every column of the model".into(),
            Self::OtherTarget { .. } | Self::UnknownColumn { .. } | Self::Nul { .. } => return None,
        })
    }
}
