//! The roles of the columns, whoever declared them: a schema file, options, or the data itself.

use std::sync::Arc;

use assist_draw::MOST_OBSERVATIONS;
use assist_score::{NumberStyle, NumericColumn};
use serde::{Deserialize, Serialize};

use crate::cell_reading::{LabelReading, LevelReading, NumberReading};
use crate::column_role::{ColumnFound, DecidedBy, LeftOut};
use crate::dates::in_words;

/// The two columns of a table of counts.
pub const COUNT_COLUMNS: [&str; 2] = ["n0", "n1"];

/// What is declared of a column of numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumericRole {
    /// Smallest allowed value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest allowed value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Whether only whole numbers are allowed. Default: no.
    #[serde(default, skip_serializing_if = "is_false")]
    pub integer: bool,
    /// Unit, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Where one bin ends and the next begins, ascending: with cuts each bin has an effect of its own instead of the number. A cut
    /// belongs to the bin that it ends. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<f64>,
    /// How its numbers are written. Default: as the cells show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<NumberStyle>,
    /// How its cells are read, once that is decided.
    #[serde(skip)]
    pub reading: NumberReading,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_false(value: &bool) -> bool {
    !value
}

impl NumericRole {
    /// The role of the columns of counts: whole numbers from 0 to 2^53 - 1, the last one that no other is read as.
    pub fn of_counts() -> Self {
        Self { min: Some(0.0), max: Some((MOST_OBSERVATIONS - 1) as f64), integer: true, ..Self::default() }
    }

    /// The role of a column of weights: numbers that are not negative.
    pub fn of_weights(reading: NumberReading) -> Self {
        Self { min: Some(0.0), reading, ..Self::default() }
    }

    /// A number that stands for all of a bin where values are counted: for each cut one that belongs to the bin that it ends, and last
    /// one of the bin beyond the last cut. Empty without cuts.
    pub fn of_bins(&self) -> Vec<f64> {
        let whole = |number: f64| if self.integer { number.floor() } else { number };
        let beyond = self.cuts.last().map(|last| {
            let next = whole(*last) + 1.0;
            self.max.filter(|max| max > last).map_or(next, |max| max.min(next))
        });
        self.cuts.iter().map(|cut| whole(*cut)).chain(beyond).collect()
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<Vec<String>>,
    /// The level without a feature of its own. Default: the first in sorted order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// How its cells are read, once that is decided.
    #[serde(skip)]
    pub reading: LevelReading,
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
        /// How its cells are read.
        reading: LabelReading,
    },
    /// Two columns `n0` and `n1`: how often the row was seen with label 0 and with label 1.
    Counts {
        /// The name under which the target is spoken of.
        name: String,
        /// The label (`0` or `1`) that is class 1, where it was stated.
        positive: Option<String>,
        /// What class 0 is called, where whoever counted knows it.
        negative: Option<String>,
    },
    /// No label is read.
    None,
}

/// The column whose equal values make rows one group: those of one user. Or that which says on which side of the split rows are.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GroupRole {
    /// The column.
    pub column: String,
    /// How its cells are read: those that are missing name no group.
    pub reading: LevelReading,
    /// Whether that was stated, or found.
    pub decided_by: DecidedBy,
    /// What its values are for.
    pub purpose: KeyPurpose,
}

/// What the values of a column of keys are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum KeyPurpose {
    /// Rows with the same value are one group.
    #[default]
    Groups,
    /// The same, and the hash of the value says on which side of the split the group is.
    HashedGroups {
        /// The seed of the split.
        seed: u32,
    },
    /// The hash of the value says on which side of the split a row is; apart from that each row is for itself.
    HashedRows {
        /// The seed of the split.
        seed: u32,
    },
    /// The value itself is the side: `train` or `test`.
    Sides,
}

impl KeyPurpose {
    /// Whether rows with the same value are one group.
    pub fn is_grouping(self) -> bool {
        matches!(self, Self::Groups | Self::HashedGroups { .. })
    }
}

impl GroupRole {
    /// The column of this name, and which texts stand for missing cells beside an empty one.
    pub fn new(column: impl Into<String>, na: Arc<[String]>) -> Self {
        let reading = LevelReading { na, ..LevelReading::default() };
        Self { column: column.into(), reading, decided_by: DecidedBy::Declaration, purpose: KeyPurpose::Groups }
    }

    /// The same, decided in some way. Default: stated.
    #[must_use]
    pub fn decided_by(mut self, decided_by: DecidedBy) -> Self {
        self.decided_by = decided_by;
        self
    }

    /// The same for another purpose. Default: rows with the same value are one group.
    #[must_use]
    pub fn for_purpose(mut self, purpose: KeyPurpose) -> Self {
        self.purpose = purpose;
        self
    }
}

/// The column that says when each row was recorded: a number that rises with time, or a date.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TimeRole {
    /// The column.
    pub column: String,
    /// How its cells are read: as numbers, or as seconds since 1970-01-01.
    pub reading: NumberReading,
}

impl TimeRole {
    /// The column of this name, whose cells are read so.
    pub fn new(column: impl Into<String>, reading: NumberReading) -> Self {
        Self { column: column.into(), reading }
    }

    /// The role of its cells.
    pub(crate) fn numeric(&self) -> NumericRole {
        NumericRole { reading: self.reading.clone(), ..NumericRole::default() }
    }

    /// A time in words.
    pub fn in_words(&self, time: f64) -> String {
        #[expect(clippy::cast_possible_truncation, reason = "seconds are whole")]
        let moment = || in_words(time as i64);
        if self.reading.date.is_some() { moment() } else { time.to_string() }
    }
}

/// The roles of a table's columns, complete and checked against its header.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Schema {
    /// The label.
    pub label: LabelRole,
    /// The column by which rows are grouped, where they are.
    pub group: Option<GroupRole>,
    /// A column that is a feature and whose values repeat as those of users do, where nothing groups the rows.
    pub may_group: Option<String>,
    /// The column of the weights of the rows, where they have some.
    pub weight: Option<(String, NumericRole)>,
    /// The column of the times of the rows, where they are divided by these.
    pub time: Option<TimeRole>,
    /// Columns that are no features: those that were asked to be none, then those that were left out.
    pub dropped: Vec<String>,
    /// Columns of numbers, in the file's order.
    pub numeric: Vec<(String, NumericRole)>,
    /// Columns of categories, in the file's order.
    pub categorical: Vec<(String, CategoricalRole)>,
    /// Columns that were left out though nobody asked for that.
    pub left_out: Vec<LeftOut>,
    /// What was found of every column of the table, in the file's order.
    pub columns: Vec<ColumnFound>,
}

impl Schema {
    /// The roles of the columns that are read, and nothing said of others.
    pub fn new(
        label: LabelRole,
        numeric: Vec<(String, NumericRole)>,
        categorical: Vec<(String, CategoricalRole)>,
    ) -> Self {
        let (dropped, left_out, columns) = (Vec::new(), Vec::new(), Vec::new());
        let (group, may_group, weight, time) = (None, None, None, None);
        Self { label, group, may_group, weight, time, dropped, numeric, categorical, left_out, columns }
    }

    /// The names of the feature columns: numeric ones first, then categorical ones.
    pub fn feature_columns(&self) -> impl Iterator<Item = &str> {
        self.numeric.iter().map(|(name, _)| name.as_str()).chain(self.categorical.iter().map(|(name, _)| name.as_str()))
    }

    /// The columns that the features are read from, in their order: a date may be read for several.
    pub fn source_columns(&self) -> impl Iterator<Item = &str> {
        let numeric = self.numeric.iter().map(|(name, role)| (name, &role.reading.date));
        let categorical = self.categorical.iter().map(|(name, role)| (name, &role.reading.date));
        numeric.chain(categorical).map(|(name, date)| date.as_ref().map_or(name.as_str(), |date| date.source.as_str()))
    }

    /// The columns that are read, in their order: those of features, of the weights, of the time, of the group, of the label.
    pub fn read_columns(&self) -> impl Iterator<Item = &str> {
        self.source_columns().chain(self.weight_column()).chain(self.row_columns())
    }

    /// The columns that a first reading needs, the last of [`read_columns`](Self::read_columns): by these rows are divided.
    pub fn row_columns(&self) -> impl Iterator<Item = &str> {
        let time = self.time.as_ref().map(|time| time.column.as_str());
        let group = self.group.as_ref().map(|group| group.column.as_str());
        time.into_iter().chain(group).chain(self.label_columns())
    }

    /// The names of the columns that hold the label: one, [`COUNT_COLUMNS`], or none.
    pub fn label_columns(&self) -> Vec<&str> {
        match &self.label {
            LabelRole::Column { name, .. } => vec![name],
            LabelRole::Counts { .. } => COUNT_COLUMNS.to_vec(),
            LabelRole::None => vec![],
        }
    }

    /// The name of the column of weights, where there is one.
    pub fn weight_column(&self) -> Option<&str> {
        self.weight.as_ref().map(|(name, _)| name.as_str())
    }

    /// The label that is class 1, where it was stated of a column of labels.
    pub fn positive(&self) -> Option<&str> {
        match &self.label {
            LabelRole::Column { positive, .. } => positive.as_deref(),
            LabelRole::Counts { .. } | LabelRole::None => None,
        }
    }

    /// How the cells of the target are read.
    pub fn label_reading(&self) -> LabelReading {
        match &self.label {
            LabelRole::Column { reading, .. } => reading.clone(),
            _ => LabelReading::default(),
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
