//! What findings are about.

use serde::{Deserialize, Serialize};

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
