//! A model of a comparison with its figures.

use assist_metrics::Metrics;
use assist_metrics::words::{leaves, plural};
use serde::{Deserialize, Serialize};

use super::candidate_kind::CandidateKind;
use super::operating_point::Decisions;
use crate::unseen::UnseenRows;
use crate::wrong_slices::WrongSlice;

/// What the size of a model counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ParameterKind {
    /// Coefficients, the intercept among them.
    Coefficients,
    /// Leaves of a tree.
    Leaves,
    /// Trees of a forest.
    Trees,
    /// The share of a class.
    Share,
    /// Conditions of a rule.
    Conditions,
    /// Lines of a card.
    Lines,
}

/// A model with its figures on both subsets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Candidate {
    /// What it is.
    pub name: CandidateKind,
    /// On the training rows; for the control with the permuted labels that it was grown on.
    pub train: Metrics,
    /// On the test rows, with their true labels.
    pub test: Metrics,
    /// What it decides at the threshold that is chosen for every model in the same way: what models are compared by.
    pub decisions: Decisions,
    /// Its size: coefficients with the intercept, leaves, trees of a forest, one share.
    pub parameters: usize,
    /// What the parameters are.
    pub parameters_are: ParameterKind,
    /// Test rows whose combination of values no training row has, and how many of them it gets wrong at its own threshold.
    pub unseen_rows: UnseenRows,
    /// Where it is most wrong among the test rows.
    pub slices: Vec<WrongSlice>,
    /// What each column is worth to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub importances: Vec<Importance>,
    /// Accuracy on the test rows if a corrected probability above a half were predicted positive; other than
    /// the accuracy where class weights or a threshold move decisions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_at_half: Option<f64>,
}

/// What a column is worth to a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Importance {
    /// The column.
    pub column: String,
    /// The column's share of what all splits of a tree reduce Gini's impurity by; absent for other models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impurity: Option<f64>,
    /// By how much the accuracy on test rows falls when the column's values are exchanged among them: the mean over some
    /// permutations (Breiman 2001).
    pub permutation: f64,
}

impl ParameterKind {
    /// So many of them in words: `1 leaf`, `10 parameters`.
    pub fn counted(self, n: usize) -> String {
        match self {
            Self::Coefficients | Self::Share => plural(n, "parameter"),
            Self::Leaves => leaves(n),
            Self::Trees => plural(n, "tree"),
            Self::Conditions => plural(n, "condition"),
            Self::Lines => plural(n, "line"),
        }
    }
}

impl Candidate {
    /// Its size in words: `10 parameters`.
    pub fn size(&self) -> String {
        self.parameters_are.counted(self.parameters)
    }
}
