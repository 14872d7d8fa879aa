//! What a column was found to be, why it is no feature if it is none, and how both are told.

use std::collections::BTreeMap;
use std::fmt;

use assist_score::shown;
use serde::{Deserialize, Serialize};

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ColumnRole {
    /// The label, or one of the columns of counts.
    Target,
    /// It says how much each row weighs.
    Weight,
    /// It says when each row was recorded, and rows are divided by that.
    Time,
    /// Every present cell is a number, in one style of writing.
    Number,
    /// Every present cell is a spelling of true or false.
    TruthValue,
    /// A text that is no other role.
    Level,
    /// Every present cell is a date or a time, in one form.
    Date,
    /// It names or counts rows or users.
    Identifier,
    /// Text with blanks, more than half of it distinct.
    FreeText,
    /// One value in all rows.
    Constant,
    /// No value in any row.
    Empty,
    /// Values of a type that no feature has: lists, records, bytes.
    Unusable,
    /// It was asked to be left out, and not looked at.
    Dropped,
}

impl fmt::Display for ColumnRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Target => "target",
            Self::Weight => "weight",
            Self::Time => "time",
            Self::Number => "number",
            Self::TruthValue => "truth value",
            Self::Level => "level",
            Self::Date => "date",
            Self::Identifier => "identifier",
            Self::FreeText => "free text",
            Self::Constant => "constant",
            Self::Empty => "empty",
            Self::Unusable => "unusable",
            Self::Dropped => "dropped",
        })
    }
}

/// Who decided what a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DecidedBy {
    /// It was stated, as a setting or in a schema.
    Declaration,
    /// Its cells and its name.
    Detection,
}

/// Why a column is no feature though nobody asked for that.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum LeftOutReason {
    /// It has the name of an identifier, and its values are those of one.
    IdentifierName,
    /// Its numbers are those of the rows.
    RowNumbers,
    /// Nearly every cell is another one.
    Distinct {
        /// Distinct cells.
        distinct: u64,
        /// Cells that are there.
        cells: u64,
    },
    /// Text with blanks, more than half of it distinct.
    FreeText {
        /// Distinct cells.
        distinct: u64,
        /// Cells that are there.
        cells: u64,
    },
    /// All rows have this value.
    Constant(String),
    /// No row has a value.
    Empty,
    /// Dates, of which nobody said what to make.
    Date,
    /// Numbers with one unit in some files and another in others.
    Units,
    /// A type that no feature has.
    Type(String),
}

impl LeftOutReason {
    /// What a column with this reason is.
    pub fn role(&self) -> ColumnRole {
        match self {
            Self::IdentifierName | Self::RowNumbers | Self::Distinct { .. } => ColumnRole::Identifier,
            Self::FreeText { .. } => ColumnRole::FreeText,
            Self::Constant(_) => ColumnRole::Constant,
            Self::Empty => ColumnRole::Empty,
            Self::Date => ColumnRole::Date,
            Self::Units | Self::Type(_) => ColumnRole::Unusable,
        }
    }

    /// Whether a column with this reason can be made a feature by asking for it.
    pub fn can_be_kept(&self) -> bool {
        !matches!(self, Self::Empty | Self::Constant(_) | Self::Units | Self::Type(_))
    }
}

impl fmt::Display for LeftOutReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IdentifierName => f.write_str("an identifier by its name"),
            Self::RowNumbers => f.write_str("an identifier: it numbers the rows"),
            Self::Distinct { distinct, cells } => {
                write!(f, "an identifier: {distinct} of {cells} cells are distinct")
            }
            Self::FreeText { distinct, cells } => write!(f, "free text: {distinct} of {cells} cells are distinct"),
            Self::Constant(value) => write!(f, "constant: every cell is `{value}`"),
            Self::Empty => f.write_str("empty"),
            Self::Date => f.write_str("dates"),
            Self::Units => f.write_str("numbers whose unit is not the same in all files, such as two currencies"),
            Self::Type(kind) => write!(f, "of the type {kind}, of which no feature can be made"),
        }
    }
}

/// A column that is no feature though nobody asked for that.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// The column.
    pub column: String,
    /// Why.
    pub reason: LeftOutReason,
}

/// What was found of a column, in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnFound {
    /// Its name.
    pub name: String,
    /// What it is.
    pub role: ColumnRole,
    /// Who decided that.
    pub decided_by: DecidedBy,
    /// How its numbers are written, where not plainly: `1.234,5`, `$1,234.5`, `12.5%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    /// The form of its dates, as `strftime` writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_form: Option<String>,
    /// Texts that stand for missing cells in it, and how often each occurs in the rows that were looked at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing_markers: BTreeMap<String, u64>,
    /// Why it is no feature, where that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
}

/// The columns that were left out, as the end of a message.
pub(crate) fn left_out_words(left_out: &[LeftOut]) -> String {
    const SHOWN: usize = 8;
    if left_out.is_empty() {
        return String::new();
    }
    let each: Vec<String> =
        left_out.iter().take(SHOWN).map(|left| format!("`{}` ({})", shown(&left.column), left.reason)).collect();
    let more = match left_out.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("; left out: {}{more}", each.join(", "))
}
