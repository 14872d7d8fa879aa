//! The roles of the columns, whoever declared them: a schema file, options, or the data itself.

use assist_score::NumericColumn;
use serde::{Deserialize, Serialize};

/// The two columns of a table of counts.
pub const COUNT_COLUMNS: [&str; 2] = ["n0", "n1"];

/// What is declared of a column of numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumericRole {
    /// Smallest allowed value.
    pub min: Option<f64>,
    /// Largest allowed value.
    pub max: Option<f64>,
    /// Whether only whole numbers are allowed. Default: no.
    #[serde(default)]
    pub integer: bool,
    /// Unit, for people.
    pub unit: Option<String>,
}

impl NumericRole {
    /// The role of the columns of counts: whole numbers from 0 to 2^32 - 1.
    pub fn of_counts() -> Self {
        Self { min: Some(0.0), max: Some(f64::from(u32::MAX)), integer: true, unit: None }
    }

    /// The rules for a number of the column: those that a model applies, before there is a model.
    pub fn rules(&self) -> NumericColumn {
        NumericColumn { integer: self.integer, min: self.min, max: self.max, ..NumericColumn::new("", 0.0, 0.0) }
    }
}

/// What is declared of a column of categories.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoricalRole {
    /// The only levels that are allowed. Default: those of the training rows.
    pub levels: Option<Vec<String>>,
    /// The level without a feature of its own. Default: the first in sorted order.
    pub reference: Option<String>,
}

/// Which kind of label column a table has.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum LabelRole {
    /// One column with two labels; one row is one observation.
    Column {
        /// Its name.
        name: String,
        /// The label that is class 1, where it was stated.
        positive: Option<String>,
    },
    /// Two columns `n0` and `n1`: how often the row was seen with label 0 and with label 1.
    Counts {
        /// The name under which the target is spoken of.
        name: String,
        /// The label (`0` or `1`) that is class 1, where it was stated.
        positive: Option<String>,
    },
    /// No label is read.
    None,
}

/// The roles of a table's columns, complete and checked against its header.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// The label.
    pub label: LabelRole,
    /// Columns that are no features, as far as the table has them.
    pub dropped: Vec<String>,
    /// Columns of numbers, in the file's order.
    pub numeric: Vec<(String, NumericRole)>,
    /// Columns of categories, in the file's order.
    pub categorical: Vec<(String, CategoricalRole)>,
}

impl Schema {
    /// The names of the feature columns: numeric ones first, then categorical ones.
    pub fn feature_columns(&self) -> impl Iterator<Item = &str> {
        self.numeric.iter().map(|(name, _)| name.as_str()).chain(self.categorical.iter().map(|(name, _)| name.as_str()))
    }

    /// The names of the columns that hold the label: one, [`COUNT_COLUMNS`], or none.
    pub fn label_columns(&self) -> Vec<&str> {
        match &self.label {
            LabelRole::Column { name, .. } => vec![name],
            LabelRole::Counts { .. } => COUNT_COLUMNS.to_vec(),
            LabelRole::None => vec![],
        }
    }

    /// The label that is class 1, where it was stated of a column of labels.
    pub fn positive(&self) -> Option<&str> {
        match &self.label {
            LabelRole::Column { positive, .. } => positive.as_deref(),
            LabelRole::Counts { .. } | LabelRole::None => None,
        }
    }

    /// The name of the target, where there is one.
    pub fn target(&self) -> Option<&str> {
        match &self.label {
            LabelRole::Column { name, .. } | LabelRole::Counts { name, .. } => Some(name),
            LabelRole::None => None,
        }
    }
}
