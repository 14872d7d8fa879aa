//! How the cells of a training table were read: what a later table is read by where its own cells leave it open.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::number_style::NumberStyle;

/// How the cells of a training table were read. It is stored with the model and is no part of its identity: the same table
/// written in two ways gives the same model. The scorer takes plain values and knows nothing of it.
///
/// What a newer version records besides is passed over, and what an older one did not record is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Texts that stood for missing cells in every column.
    pub na: Vec<String>,
    /// The columns whose numbers are not plain, with the style that these are written in.
    pub numbers: Vec<(String, NumberStyle)>,
    /// The columns that were made of others, such as the weekday of a date.
    pub derived: Vec<Derived>,
    /// The columns that were left out of the features, each with the reason in words.
    pub left_out: Vec<(String, String)>,
    /// The column whose equal values made rows one group, where rows were grouped.
    pub group: Option<String>,
}

/// A column that was made of another one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derived {
    /// The name that the model knows.
    pub name: String,
    /// The column of the table that it is made of.
    pub source: String,
    /// Which part of the source it is: `days`, `weekday`, `hour`.
    pub part: String,
    /// How the source is written, as `strftime` says it: `%Y-%m-%d`.
    pub form: String,
}

impl Reading {
    /// The style that the numbers of a column are written in: plain where nothing else is recorded.
    pub fn number_style(&self, column: &str) -> NumberStyle {
        let recorded = self.numbers.iter().find(|(name, _)| name == column);
        recorded.map_or_else(NumberStyle::default, |(_, style)| *style)
    }

    /// Whether there is nothing to record.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
