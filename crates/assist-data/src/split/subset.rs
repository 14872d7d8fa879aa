//! The two subsets of a split.

use std::fmt;

/// A subset of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subset {
    /// The rows that a model is trained on.
    Training,
    /// The rows that it is evaluated on.
    Test,
}

impl fmt::Display for Subset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Training => "training",
            Self::Test => "test",
        })
    }
}
