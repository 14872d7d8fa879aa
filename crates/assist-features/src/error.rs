//! What can go wrong between a table and its design.

use assist_data::{Advice, NeedsStrictReader};

use crate::fault::InputFault;

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
    /// A text is spelt as the level that stands for missing ones.
    #[error("column `{column}` has the text `(missing)`, which is the name of the level for missing cells")]
    ReservedLevel {
        /// The column.
        column: String,
    },
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
    /// More rows than an index of 32 bits counts.
    #[error("the table has more than 4,294,967,295 rows")]
    TooManyRows,
    /// Nothing is left to learn from.
    #[error("no row is left: every one has a missing cell")]
    NoRowLeft,
}

impl Error {
    /// What to do about it, where there is something to say.
    pub fn advice(&self) -> Option<Advice> {
        match self {
            Self::Data(error) => error.advice(),
            Self::Input(fault) => fault.advice(),
            Self::ReservedLevel { column } => Some(format!("spell that value of `{column}` differently").into()),
            Self::UnknownReference { levels, .. } => Some(format!("the levels are `{}`", levels.join("`, `")).into()),
            Self::TooManyRows => Some("train on a sample of the rows".into()),
            Self::NoRowLeft => Some(Advice::LearnMissing),
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
