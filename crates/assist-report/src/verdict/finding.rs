//! A finding of the verdict: what it is about, its words, and the figures that these rest on.

use serde::{Deserialize, Serialize};

use super::finding_figure::FindingFigure;
use super::statement::Statement;
use super::topic::Topic;

/// A sentence or two of the verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is about.
    pub about: Topic,
    /// The words.
    pub text: String,
    /// The figures that the words rest on.
    pub figures: Vec<FindingFigure>,
    /// The same, typed.
    pub statement: Statement,
}

impl From<Statement> for Finding {
    fn from(statement: Statement) -> Self {
        Self { about: statement.topic(), text: statement.text(), figures: statement.figures(), statement }
    }
}
