//! What was found out about a table while it was read: how its files are written, what its columns are, and which of them are
//! no features.

use std::collections::BTreeMap;

use assist_data::{ColumnFound, ColumnRole, DecidedBy, FileSyntax, Schema, Table};
use assist_features::{Encoded, LabelScan};
use assist_metrics::words::count;
use assist_score::{FeatureSpace, shown};
use serde::{Deserialize, Serialize};

use crate::warning::Warning;

/// One user has at most one in so many rows.
const LARGEST_USER: u64 = 20;

/// What was found out about a table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ReadReport {
    /// How each file is written.
    pub files: Vec<FileSyntax>,
    /// Texts that stand for missing cells in every column, as stated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub na: Vec<String>,
    /// What every column is, in the order of the table.
    pub columns: Vec<ColumnFound>,
    /// Columns that are no features though nobody asked for that.
    pub left_out: Vec<LeftOutColumn>,
    /// The column whose equal values make rows one group, where rows are grouped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupColumn>,
    /// A column whose values repeat as those of users do, where rows are not grouped and nobody said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may_group: Option<String>,
    /// Missing cells of each feature that has some, labelled rows alone.
    pub missing_cells: BTreeMap<String, u64>,
    /// Rows that were left out because they have no label.
    pub rows_without_label: u64,
    /// Rows that were left out because a cell is missing; they have a label.
    pub rows_with_missing_cells: u64,
}

/// A column that groups rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GroupColumn {
    /// Its name.
    pub column: String,
    /// Whether that was stated, or found.
    pub decided_by: DecidedBy,
    /// How many groups there are.
    pub groups: u64,
}

/// A column that is no feature though nobody asked for that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LeftOutColumn {
    /// Its name.
    pub column: String,
    /// Why, in words.
    pub reason: String,
    /// Whether it can be made a feature by asking for it.
    pub can_be_kept: bool,
}

impl ReadReport {
    /// What is worth a line when a table has been read: files that are not written in the usual way, numbers written for
    /// people, cells that are missing, columns that were left out. Rows that were left out are told of by warnings.
    pub fn lines(&self) -> Vec<String> {
        const SHOWN: usize = 6;
        let listed = |all: Vec<String>| {
            let more = match all.len().saturating_sub(SHOWN) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("{}{more}", all.into_iter().take(SHOWN).collect::<Vec<_>>().join(", "))
        };
        let mut lines: Vec<String> =
            self.files.iter().filter(|file| !file.is_plain()).map(ToString::to_string).collect();
        if lines.len() > SHOWN {
            let more = lines.split_off(SHOWN).len();
            lines.push(format!("and {more} more files that are not written in the usual way"));
        }
        let styled = self.columns.iter().filter_map(|c| Some(format!("`{}` ({})", shown(&c.name), c.style.as_ref()?)));
        let styled: Vec<String> = styled.collect();
        if !styled.is_empty() {
            lines.push(format!("numbers written for people: {}", listed(styled)));
        }
        let missing: Vec<String> = self
            .most_missing()
            .into_iter()
            .map(|(name, cells)| format!("`{}` {}", shown(name), count(cells)))
            .collect();
        if !missing.is_empty() {
            lines.push(format!("missing cells: {}", listed(missing)));
        }
        let dates = self.columns.iter().filter(|c| c.role == ColumnRole::Date && c.left_out.is_none());
        let dates: Vec<String> = dates.map(|c| format!("`{}`", shown(&c.name))).collect();
        if !dates.is_empty() {
            lines.push(format!("features made of dates: {}; times without a zone are taken as UTC", listed(dates)));
        }
        if let Some(GroupColumn { column, decided_by, groups }) = &self.group {
            let found = match decided_by {
                DecidedBy::Detection => ", an identifier whose values repeat",
                _ => "",
            };
            lines.push(format!("rows of one `{}` stay together ({} groups{found})", shown(column), count(*groups)));
        }
        let left: Vec<String> =
            self.left_out.iter().map(|left| format!("`{}` ({})", shown(&left.column), left.reason)).collect();
        if !left.is_empty() {
            lines.push(format!("no features: {}", listed(left)));
        }
        lines
    }

    pub(crate) fn new(table: &Table, schema: &Schema, na: &[String]) -> Self {
        let left_out = schema.left_out.iter().map(|left| LeftOutColumn {
            column: left.column.clone(),
            reason: left.reason.to_string(),
            can_be_kept: left.reason.can_be_kept(),
        });
        Self {
            files: table.syntax(),
            na: na.to_vec(),
            columns: schema.columns.clone(),
            left_out: left_out.collect(),
            group: None,
            may_group: schema.may_group.clone(),
            missing_cells: BTreeMap::new(),
            rows_without_label: 0,
            rows_with_missing_cells: 0,
        }
    }

    /// The same with what was missing, and by what rows are grouped; `subsets` are all rows that were kept.
    #[must_use]
    pub(crate) fn with_labels(mut self, labels: &LabelScan<'_>, subsets: &[&Encoded]) -> Self {
        self.missing_cells = labels.lost_cells().into_iter().collect();
        for (column, cells) in subsets.iter().flat_map(|subset| subset.missing_cells()) {
            *self.missing_cells.entry(column).or_default() += cells;
        }
        let group = labels.groups().zip(labels.schema().group.as_ref());
        self.group = group.map(|(groups, role)| GroupColumn {
            column: role.column.clone(),
            decided_by: role.decided_by,
            groups: groups.groups().len() as u64,
        });
        // A value that a twentieth of the rows have is nobody's name.
        self.may_group = self.may_group.take().filter(|column| {
            let mut of_values: BTreeMap<String, u64> = BTreeMap::new();
            for (value, rows) in subsets.iter().flat_map(|subset| subset.level_totals(column)) {
                *of_values.entry(value).or_default() += rows;
            }
            let all: u64 = of_values.values().sum();
            of_values.values().all(|rows| rows.saturating_mul(LARGEST_USER) <= all)
        });
        self.rows_without_label = labels.unlabelled_rows();
        self.rows_with_missing_cells = labels.dropped_rows();
        self
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
        let unlabelled = (self.rows_without_label > 0).then_some(Warning::RowsUnlabelled(self.rows_without_label));
        let columns = self.most_missing().into_iter().map(|(column, cells)| (column.to_owned(), cells));
        let (rows, columns) = (self.rows_with_missing_cells, columns.collect());
        let may_group = self.may_group.clone().map(Warning::MayBeGroups);
        unlabelled.into_iter().chain((rows > 0).then_some(Warning::RowsLeftOut { rows, columns })).chain(may_group)
    }
}
