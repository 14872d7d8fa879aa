//! What can go wrong between a table and its design.

use std::fmt;

use assist_data::{Advice, MOST_OBSERVATIONS, NeedsStrictReader};
use assist_score::shown;

use crate::fault::InputFault;
use crate::term_fault::AddedTermFault;

/// Why no design could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The table is at fault.
    #[error(transparent)]
    Data(#[from] assist_data::Error),
    /// Columns in memory are at fault.
    #[error(transparent)]
    Input(#[from] InputFault),
    /// Curves or interactions that cannot be.
    #[error(transparent)]
    Term(#[from] AddedTermFault),
    /// A declared reference level that no training row has.
    #[error("the reference level `{reference}` of column `{column}` does not occur in the training rows")]
    UnknownReference {
        /// The column.
        column: String,
        /// The level that was declared.
        reference: String,
        /// The levels that there are.
        levels: Vec<String>,
    },
    /// A class whose training rows weigh nothing.
    #[error(
        "the weights in `{}` of the training rows with label `{}` are all 0; two classes are needed",
        shown(column),
        shown(label)
    )]
    WeightlessClass {
        /// What the weights are called.
        column: String,
        /// The label.
        label: String,
    },
    /// More rows than an index of 32 bits counts.
    #[error("the table has more than 4,294,967,295 rows")]
    TooManyRows,
    /// Counts of rows that add up to more than a float tells apart.
    #[error(
        "{place}: the counts up to here add up to {observations} observations, more than {MOST_OBSERVATIONS}, up to which sums are exact"
    )]
    TooManyObservations {
        /// The first row with which they do.
        place: String,
        /// How often it and the rows before it were seen.
        observations: u64,
    },
    /// A table that is not the same when it is read a second time.
    #[error("`{}` changed while it was read", shown(.0))]
    Changed(String),
    /// Nothing is left to learn from.
    #[error("no row is left: every one has a missing cell")]
    NoRowLeft,
    /// Leaving out rows with missing cells takes a class or the table away.
    #[error("leaving out {rows} rows with missing cells leaves {left}; most are missing in {}", most_missing(columns))]
    LeftOutTooMany {
        /// Rows that are left out for a missing cell.
        rows: u64,
        /// What is left.
        left: Remainder,
        /// The columns with their missing cells, those with most first.
        columns: Vec<(String, u64)>,
    },
}

/// What leaving out rows leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remainder {
    /// No row.
    NoRow,
    /// Too few rows of a class.
    FewOfClass {
        /// The label.
        label: String,
        /// How many.
        rows: u64,
    },
    /// Too few rows to split.
    FewRows(u64),
}

impl fmt::Display for Remainder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRow => f.write_str("none"),
            Self::FewOfClass { label, rows: 0 } => write!(f, "no row with label `{}`", shown(label)),
            Self::FewOfClass { label, rows: 1 } => write!(f, "only 1 row with label `{}`", shown(label)),
            Self::FewOfClass { label, rows } => write!(f, "only {rows} rows with label `{}`", shown(label)),
            Self::FewRows(rows) => write!(f, "only {rows} rows"),
        }
    }
}

/// The columns that cost the most rows, each with its missing cells.
pub(crate) fn most_missing(columns: &[(String, u64)]) -> String {
    const NAMED: usize = 5;
    let named = columns.iter().take(NAMED).map(|(column, cells)| format!("`{}` ({cells})", shown(column)));
    let named = named.collect::<Vec<_>>().join(", ");
    match columns.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more columns"),
    }
}

impl Error {
    /// Whether so many rows can be numbered with 32 bits.
    pub(crate) fn check_rows(rows: u64) -> Result<(), Self> {
        u32::try_from(rows).map(drop).map_err(|_| Self::TooManyRows)
    }

    /// What to do about it, where there is something to say.
    pub fn advice(&self) -> Option<Advice> {
        match self {
            Self::Data(error) => error.advice(),
            Self::Input(fault) => fault.advice(),
            Self::Term(fault) => fault.advice(),
            Self::UnknownReference { levels, .. } => Some(format!("the levels are `{}`", levels.join("`, `")).into()),
            Self::WeightlessClass { .. } => Some("give rows of each class weights above 0".into()),
            Self::TooManyRows => Some("train on a sample of the rows".into()),
            Self::TooManyObservations { .. } => Some("divide all counts by the same number".into()),
            Self::Changed(_) => Some("wait until nothing writes to it, and try again".into()),
            Self::NoRowLeft | Self::LeftOutTooMany { .. } => Some(Advice::LearnMissing),
        }
    }
}

/// Why a pass over rows ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The fast path does not take the table.
    NeedsStrictReader,
    /// More combinations of values than are counted in a table.
    TooManyCells,
    /// Something is wrong with the table.
    Failed(Error),
}

impl From<NeedsStrictReader> for Stop {
    fn from(_: NeedsStrictReader) -> Self {
        Self::NeedsStrictReader
    }
}

impl From<assist_data::Error> for Stop {
    fn from(error: assist_data::Error) -> Self {
        Self::Failed(error.into())
    }
}
