//! Why a model is not exported, or an export not verified.

/// Everything that can go wrong here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The model has no name.
    #[error(transparent)]
    Model(#[from] assist_score::Error),
    /// A term or a map that this version does not know how to print.
    #[error("the model has a part that cannot be exported: {0}")]
    UnknownTerm(String),
    /// The target cannot hold the model.
    #[error("the model cannot be exported as {format}: {limit}")]
    Limit {
        /// The target.
        format: String,
        /// Which limit is passed, and by what.
        limit: String,
    },
    /// Two models that do not take the same columns cannot be compared.
    #[error("the two models do not take the same columns: {0}")]
    OtherColumns(String),
    /// Rows that are not those of one table cannot be compared.
    #[error("{0} rows cannot be compared with {1}")]
    OtherRows(usize, usize),
    /// A file of the temporary folder.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// A runtime was there, but did not do its work.
    #[error("`{program}` failed: {message}")]
    Runtime {
        /// The program.
        program: String,
        /// The end of what it said.
        message: String,
    },
    /// The caller wanted no more.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    pub(crate) fn limit(format: &dyn std::fmt::Display, limit: impl Into<String>) -> Self {
        Self::Limit { format: format.to_string(), limit: limit.into() }
    }
}
