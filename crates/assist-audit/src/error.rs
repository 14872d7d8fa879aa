//! What can go wrong.

/// Why a tree could not be grown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The crate that grows trees refused.
    #[error("the decision tree could not be grown: {0}")]
    Tree(String),
}
