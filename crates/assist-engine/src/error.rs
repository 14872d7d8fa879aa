//! Why no query can take the counts.

use assist_export::Dialect;
use assist_score::{NumberStyle, shown};

use crate::fault::EngineFault;

/// Everything that can go wrong here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Settings that contradict each other.
    #[error(transparent)]
    Settings(#[from] assist_learn::Error),
    /// A name or a text that the engine cannot have.
    #[error("the query cannot be written for {dialect}: {limit}")]
    Dialect {
        /// The engine.
        dialect: String,
        /// What it cannot have.
        limit: String,
    },
    /// Nobody says which column holds the label.
    #[error("a query is made without a look at the table, and no column is named as its target")]
    NoTarget,
    /// Nobody says which label is class 1.
    #[error("a query is made without a look at the table, and nobody says which label of `{}` is the positive one", shown(.0))]
    NoPositive(String),
    /// Nobody says which columns are features.
    #[error("a query is made without a look at the table, and no column is declared a feature")]
    NoFeatures,
    /// A column that is to be a feature and something else.
    #[error("column `{}` is to be a feature, and it is the {what} as well", shown(.column))]
    FeatureTwice {
        /// The column.
        column: String,
        /// What else it is.
        what: &'static str,
    },
    /// A key that is the label.
    #[error("column `{}` holds the label, so rows cannot be divided by it", shown(.0))]
    KeyIsLabel(String),
    /// Numbers that are texts.
    #[error("the numbers of `{}` are declared as texts ({style}), which a query does not read", shown(.column))]
    WrittenNumbers {
        /// The column.
        column: String,
        /// How they are written.
        style: NumberStyle,
    },
    /// A column of dates, of which features are made.
    #[error("features are to be made of the dates of `{}`, and engines do that in ways of their own", shown(.0))]
    Dates(String),
    /// Rows that weigh different amounts.
    #[error("rows are to weigh what `{}` says, and a table of counts has no room for weights", shown(.0))]
    Weights(String),
    /// Rows that are divided by their times.
    #[error("rows are to be divided by the times of `{}`, and a query does not know the time from which on rows are test rows", shown(.0))]
    Times(String),
    /// Rows of one user that a training on the counts would divide.
    #[error("the rows of one `{}` are to stay together, and counts do not say which these are", shown(.0))]
    Groups(String),
    /// An engine without the function that divides the rows.
    #[error("the dialect `{0}` has no MD5 function, by which rows are divided")]
    NoHash(Dialect),
    /// An engine, or what it is asked.
    #[error(transparent)]
    Engine(#[from] EngineFault),
    /// A group is to be kept that nobody names.
    #[error("the column of the groups is to be kept, and none is named")]
    NoGroup,
}

impl From<assist_export::Error> for Error {
    fn from(error: assist_export::Error) -> Self {
        match error {
            assist_export::Error::Limit { format, limit } => Self::Dialect { dialect: format, limit },
            other => Self::Dialect { dialect: "this engine".to_owned(), limit: other.to_string() },
        }
    }
}
