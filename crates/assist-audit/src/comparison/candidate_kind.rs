//! Which models a comparison has.

use std::fmt;

use serde::{Deserialize, Serialize};

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
    /// The rule of the training rows, as points.
    Rule,
    /// An integer scorecard.
    Card,
    /// The baseline: always predicting the majority class.
    MajorityClass,
    /// The control: a tree that grows on permuted labels.
    #[serde(rename = "decision_tree_on_permuted_labels")]
    PermutedTree,
}

impl CandidateKind {
    /// The model in the middle of a sentence, with its article.
    pub fn in_sentence(self) -> &'static str {
        match self {
            Self::LogisticRegression => "logistic regression",
            Self::DecisionTree => "the decision tree",
            Self::RandomForest => "the random forest",
            Self::SmallTree => "a decision tree of depth 2",
            Self::Rule => "the rule",
            Self::Card => "the scorecard",
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
            Self::Rule => "rule",
            Self::Card => "scorecard",
            Self::MajorityClass => "majority class",
            Self::PermutedTree => "decision tree on permuted labels",
        })
    }
}
