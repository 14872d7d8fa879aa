//! A finding of the verdict: what it is about, its words, and the figures that these rest on.

use serde::{Deserialize, Serialize};

use super::statement::Statement;

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

impl From<Statement> for Finding {
    fn from(statement: Statement) -> Self {
        Self { about: statement.topic(), text: statement.text(), figures: statement.figures(), statement }
    }
}

/// What a finding is about, in the order in which they are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Topic {
    /// What to do, and how sure that is.
    Recommendation,
    /// What was asked.
    Asked,
    /// Whether models decide better than the majority class, and which does.
    Deciding,
    /// How well scores rank users.
    Ranking,
    /// Bends and interactions that logistic regression lacks.
    Shape,
    /// What one column alone predicts.
    SingleColumn,
    /// Whether the label is a formula of the columns.
    Label,
    /// Whether the decision tree memorises.
    Memorising,
    /// Whether predicted and observed shares agree.
    Calibration,
    /// Where logistic regression is most wrong.
    Segments,
    /// Columns without evidence of an effect.
    Columns,
    /// Classes that the features separate.
    Separation,
}
