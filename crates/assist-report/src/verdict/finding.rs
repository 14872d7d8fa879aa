//! A finding of the verdict: what it is about, and its words.

use serde::{Deserialize, Serialize};

/// A sentence or two of the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// What it is about.
    pub about: Topic,
    /// The words.
    pub text: String,
}

/// What a finding is about, in the order in which they are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Topic {
    /// What to do.
    Recommendation,
    /// Whether the label is a formula of the columns.
    Label,
    /// The best model on test rows.
    Best,
    /// Whether the decision tree memorises.
    Memorising,
    /// Logistic regression beside the others.
    LogisticRegression,
    /// Where logistic regression is most wrong.
    Slice,
    /// Columns without evidence of an effect.
    Columns,
    /// Classes that the features separate.
    Separation,
}
