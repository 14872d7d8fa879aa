//! A model of a comparison with its figures.

use std::fmt;

use assist_metrics::Metrics;
use assist_metrics::words::{leaves, plural};
use serde::{Deserialize, Serialize};

use super::operating_point::Decisions;
use crate::unseen::UnseenRows;
use crate::wrong_slices::WrongSlice;

/// The models of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CandidateKind {
    /// The model that is on trial.
    LogisticRegression,
    /// A tree that grows until its leaves are pure.
    DecisionTree,
    /// The mean of many such trees on bootstrap samples.
    RandomForest,
    /// A tree of two levels of splits.
    #[serde(rename = "decision_tree_depth_2")]
    SmallTree,
    /// The baseline: always predicting the majority class.
    MajorityClass,
    /// The control: a tree that grows on permuted labels.
    #[serde(rename = "decision_tree_on_permuted_labels")]
    PermutedTree,
}

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

impl CandidateKind {
    /// The model in the middle of a sentence, with its article.
    pub fn in_sentence(self) -> &'static str {
        match self {
            Self::LogisticRegression => "logistic regression",
            Self::DecisionTree => "the decision tree",
            Self::RandomForest => "the random forest",
            Self::SmallTree => "a decision tree of depth 2",
            Self::MajorityClass => "the majority class",
            Self::PermutedTree => "a decision tree on permuted labels",
        }
    }
}

/// The title that heads a row of a table.
impl fmt::Display for CandidateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LogisticRegression => "logistic regression",
            Self::DecisionTree => "decision tree",
            Self::RandomForest => "random forest",
            Self::SmallTree => "decision tree of depth 2",
            Self::MajorityClass => "majority class",
            Self::PermutedTree => "decision tree on permuted labels",
        })
    }
}

impl ParameterKind {
    /// So many of them in words: `1 leaf`, `10 coefficients`.
    pub fn counted(self, n: usize) -> String {
        match self {
            Self::Coefficients => plural(n, "coefficient"),
            Self::Leaves => leaves(n),
            Self::Trees => plural(n, "tree"),
            Self::Share => plural(n, "parameter"),
        }
    }
}

impl Candidate {
    /// Its size in words: `10 coefficients`.
    pub fn size(&self) -> String {
        self.parameters_are.counted(self.parameters)
    }
}
