//! What a label audit found, as it is written and read.

use serde::{Deserialize, Serialize};

use super::literal::Literal;
use super::rule::{LabelRule, Shape};
use crate::single_columns::SingleColumn;
use crate::unseen::UnseenRows;

/// A rule with more exceptions than this share of the smaller class does not reproduce the label.
const MOST_EXCEPTIONS: f64 = 0.01;
/// What the audit found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Audit {
    /// Whether a rule reproduces the label: at most 1 % of the smaller class are exceptions, and random labels would hardly ever
    /// have such a rule.
    pub rule_found: bool,
    /// The rule, in words: class 1 where it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Observations that were looked at.
    pub rows: u64,
    /// Observations of the class that has fewer.
    pub smaller_class: u64,
    /// Observations whose label the rule gets wrong. Without a rule, those of the best one that was tried.
    pub exceptions: u64,
    /// Observations for which the rule predicts class 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support: Option<u64>,
    /// The conditions.
    pub literals: Vec<Literal>,
    /// How they are joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// Rules of the same size on other columns with as few exceptions among the training rows: the columns say the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_rules: Vec<String>,
    /// Where no rule is found: the best one that was tried, for which [`exceptions`](Self::exceptions) are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_rule: Option<String>,
    /// Some of the exceptions, with their values and their label.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptional_rows: Vec<String>,
    /// What each column tells of the label by itself, on test rows: the one that ranks them best first. Absent without test rows of
    /// both classes, and in files of older programs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub single_columns: Vec<SingleColumn>,
    /// Logarithm to base 10 of a bound on the probability that random labels have a rule of this size with so few exceptions among
    /// the training rows: the number of rules times the number of labels near one of them, over the number of all labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log10_chance: Option<f64>,
    /// The rule that the training rows alone give, put to test rows whose values never occur in training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unseen_rows: Option<UnseenRows>,
    /// The rule that the training rows alone give, for use as a model. Absent in files of older programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_rule: Option<TrainingRule>,
    /// The same on permuted labels: what memorising looks like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permuted_control: Option<PermutedControl>,
    /// What the search left out.
    pub not_searched: Vec<String>,
    /// Seconds that the audit took.
    pub seconds: f64,
}

/// A rule, and how the training rows agree with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainingRule {
    /// The rule: class 1 where it holds.
    pub rule: LabelRule,
    /// Training observations whose label it gets wrong.
    pub exceptions: u64,
    /// Those of the rule with the fewest: more conditions than the labels pay for may win some by chance.
    pub fewest_exceptions: u64,
    /// Training observations.
    pub rows: u64,
    /// Whether it reproduces the label: at most 1 % of the smaller class are exceptions, and random labels would hardly ever have
    /// such a rule.
    pub reproduces_label: bool,
    /// What the search left out. Where that is nothing, no rule of up to three conditions has fewer than the fewest exceptions.
    pub not_searched: Vec<String>,
}

/// A decision tree, and the search for rules, on labels that were given out at random.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PermutedControl {
    /// Whether the search finds a rule; it should not.
    pub rule_found: bool,
    /// Leaves of a tree that grows until every leaf has one class only.
    pub leaves: usize,
    /// Observations that it was grown on.
    pub train_rows: usize,
    /// Its accuracy on these, with their permuted labels.
    pub train_accuracy: f64,
    /// Its accuracy on test rows, with their true labels.
    pub test_accuracy: f64,
}

impl Audit {
    /// Whether the rule has no exception.
    pub fn is_exact(&self) -> bool {
        self.rule_found && self.exceptions == 0
    }

    /// The rule itself, where one was found.
    pub fn label_rule(&self) -> Option<LabelRule> {
        Some(LabelRule { literals: self.literals.clone(), shape: self.shape? })
    }

    /// The columns that the rule looks at, each once.
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = self.literals.iter().map(|literal| literal.column.as_str()).collect();
        columns.dedup();
        columns
    }
}

/// One exception is forgiven in any case: the bound on chance guards against rules that few rows allow.
pub(crate) fn most_exceptions([n0, n1]: [u64; 2]) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let share = (MOST_EXCEPTIONS * n0.min(n1) as f64) as u64;
    share.max(1)
}
