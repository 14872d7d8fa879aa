//! What was found out about a table while it was read: how its files are written, what its columns are, and which of them are
//! no features.

use std::collections::BTreeMap;

use assist_data::{ColumnFound, FileSyntax, Schema, Table};
use serde::{Deserialize, Serialize};

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
    /// Missing cells of each feature that has some, labelled rows alone.
    pub missing_cells: BTreeMap<String, u64>,
    /// Rows that were left out because they have no label.
    pub rows_without_label: u64,
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
            missing_cells: BTreeMap::new(),
            rows_without_label: 0,
        }
    }
}
