//! The figures that a finding rests on.

use serde::{Deserialize, Serialize};

/// A figure that a finding rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FindingFigure {
    /// What it is.
    pub name: String,
    /// The figure, as people read it.
    pub value: String,
}

impl FindingFigure {
    pub(super) fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}
