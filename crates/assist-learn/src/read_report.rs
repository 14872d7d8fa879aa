//! What was missing in a table, and what came of it: part of every document.

use std::collections::BTreeMap;

use assist_features::{Encoded, LabelScan};
use assist_score::FeatureSpace;
use serde::{Deserialize, Serialize};

use crate::warning::Warning;

/// What was missing in a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ReadReport {
    /// The columns with missing cells, and of each the observations without a value, of rows that have a label.
    pub missing_cells: BTreeMap<String, u64>,
    /// Rows that were left out because they have no label.
    pub unlabelled_rows: u64,
    /// Rows that were left out because a cell is missing; they have a label.
    pub dropped_rows: u64,
}

impl ReadReport {
    /// `subsets` are all rows that were kept.
    pub(crate) fn new(labels: &LabelScan<'_>, subsets: &[&Encoded]) -> Self {
        let mut missing_cells: BTreeMap<String, u64> = labels.lost_cells().into_iter().collect();
        for (column, cells) in subsets.iter().flat_map(|subset| subset.missing_cells()) {
            *missing_cells.entry(column).or_default() += cells;
        }
        Self { missing_cells, unlabelled_rows: labels.unlabelled_rows(), dropped_rows: labels.dropped_rows() }
    }

    /// The columns with missing cells, those with most first.
    pub fn most_missing(&self) -> Vec<(&str, u64)> {
        let mut columns: Vec<(&str, u64)> =
            self.missing_cells.iter().map(|(column, cells)| (column.as_str(), *cells)).collect();
        columns.sort_by_key(|(_, cells)| std::cmp::Reverse(*cells));
        columns
    }

    /// What has to be said of rows that were left out, and of columns that lost their variety with them.
    pub(crate) fn warnings_of(&self, labels: &LabelScan<'_>, space: &FeatureSpace) -> Vec<Warning> {
        let columns = labels.flattened_columns(space);
        let any = !columns.is_empty();
        let flattened = any.then(|| Warning::ColumnsFlattened { columns, missing: labels.lost_cells() });
        self.warnings().chain(flattened).collect()
    }

    /// What has to be said of rows that were left out.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = Warning> {
        let unlabelled = (self.unlabelled_rows > 0).then_some(Warning::RowsUnlabelled(self.unlabelled_rows));
        let columns = || self.most_missing().into_iter().map(|(column, cells)| (column.to_owned(), cells)).collect();
        let dropped =
            (self.dropped_rows > 0).then(|| Warning::RowsLeftOut { rows: self.dropped_rows, columns: columns() });
        unlabelled.into_iter().chain(dropped)
    }
}
