//! Test rows that a model cannot know by heart.

use serde::{Deserialize, Serialize};

/// Test rows whose combination of values no training row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnseenRows {
    /// How many observations of them there are.
    pub rows: u64,
    /// How many of these are judged wrongly.
    pub errors: u64,
}
