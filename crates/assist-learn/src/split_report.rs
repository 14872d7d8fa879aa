//! How rows were split, as a training writes it and a report reads it again.

use assist_data::{KeyPurpose, Schema};
use serde::{Deserialize, Serialize};

use crate::division::{GroupsReport, TimeReport};
use crate::evaluated::Evaluated;
use crate::settings::{Settings, SplitSettings};
use crate::split_method::SplitMethod;

/// How rows were split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SplitReport {
    /// How test rows were drawn.
    pub method: SplitMethod,
    /// The seed.
    pub seed: u32,
    /// The share of test rows that was asked for.
    pub test_size: f64,
    /// Training rows.
    pub train_rows: u64,
    /// Test rows, rejected ones included.
    pub test_rows: u64,
    /// Training rows of class 0 and class 1.
    pub train_class_counts: [u64; 2],
    /// Test rows of class 0 and class 1 that have a score.
    pub test_class_counts: [u64; 2],
    /// The column that says on which side rows are: by the hash of its values, or in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The groups, where rows are divided by whole ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<GroupsReport>,
    /// The times, where rows are divided by these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeReport>,
    /// Test rows that equal a training row in all feature columns, whatever their labels. Absent in files of older programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equal_rows: Option<u64>,
    /// What the training rows of class 0 and class 1 weigh, where rows have weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_class_totals: Option<[f64; 2]>,
    /// What the test rows of class 0 and class 1 that have a score weigh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_class_totals: Option<[f64; 2]>,
}

impl SplitReport {
    /// Of the figures of the training and the test rows.
    pub(crate) fn new(settings: &Settings, schema: &Schema, of_subsets: [&Evaluated; 2]) -> Self {
        let [train, test] = of_subsets;
        let support = |of: &Evaluated| [of.metrics.report.negative.support, of.metrics.report.positive.support];
        let totals = |of: &Evaluated| {
            of.metrics.weighted_confusion_matrix.map(|matrix| matrix.map(|[negative, positive]| negative + positive))
        };
        let SplitSettings { method, test_size, seed } = settings.split;
        let by_key = matches!(method, SplitMethod::Hash | SplitMethod::Stated);
        Self {
            method: match method {
                SplitMethod::Sklearn | SplitMethod::Selection if settings.counts => SplitMethod::Hypergeometric,
                method => method,
            },
            key: schema.group.as_ref().filter(|_| by_key).map(|role| role.column.clone()),
            seed,
            test_size,
            train_rows: train.metrics.rows,
            test_rows: test.metrics.rows + test.rejected_rows,
            train_class_counts: support(train),
            test_class_counts: support(test),
            groups: None,
            time: None,
            equal_rows: None,
            train_class_totals: totals(train),
            test_class_totals: totals(test),
        }
    }

    /// How test rows were chosen.
    pub fn in_words(&self) -> String {
        match &self.time {
            Some(TimeReport { column, train_until, test_from, .. }) => {
                format!(
                    "the latest rows by `{column}`: training rows up to {train_until}, test rows from {test_from} on"
                )
            }
            None => match (self.method, &self.key) {
                (SplitMethod::Hash, Some(key)) => format!("by the hash of `{key}`, seed {}", self.seed),
                (SplitMethod::Stated, Some(key)) => format!("as column `{key}` says"),
                (method, _) => format!("{method}, seed {}", self.seed),
            },
        }
    }

    /// The same for rows that were divided by their groups or their times.
    pub(crate) fn divided(mut self, groups: Option<GroupsReport>, times: Option<TimeReport>) -> Self {
        self.method = match (self.method, &groups, &times) {
            (_, _, Some(_)) => SplitMethod::Time,
            (SplitMethod::Hash, ..) => SplitMethod::Hash,
            (_, Some(_), None) => SplitMethod::Groups,
            (method, None, None) => method,
        };
        (self.groups, self.time) = (groups, times);
        self
    }

    /// What the values of the column are for that divides the rows, where one does.
    pub(crate) fn key_purpose(&self) -> KeyPurpose {
        let seed = self.seed;
        match (self.method, &self.groups) {
            (SplitMethod::Stated, _) => KeyPurpose::Sides,
            (SplitMethod::Hash, Some(_)) => KeyPurpose::HashedGroups { seed },
            (SplitMethod::Hash, None) => KeyPurpose::HashedRows { seed },
            _ => KeyPurpose::Groups,
        }
    }
}
