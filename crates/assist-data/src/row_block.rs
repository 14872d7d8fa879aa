//! Some rows at a time, coded: what the fast path hands on, and what anything else that counts or lists rows may make of
//! its own. No type of Arrow is named here.

/// The code of a missing cell; values and levels begin at 1.
pub const MISSING: u32 = 0;
/// The class of a row whose label is missing.
pub const NO_LABEL: u8 = 2;

/// Which columns are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// Features and labels.
    All,
    /// Labels alone, and the times and the keys of groups where rows have some.
    Labels,
}

/// Some rows of a partition, validated.
#[derive(Debug)]
pub struct RowBlock<'a> {
    /// How many rows there are.
    pub n_rows: usize,
    /// The numeric columns, in the order of [`Schema::numeric`](crate::Schema::numeric).
    pub numbers: Vec<NumberCells<'a>>,
    /// The categorical columns, in the order of [`Schema::categorical`](crate::Schema::categorical).
    pub categories: Vec<LevelCells<'a>>,
    /// What each row weighs, where the table has weights; NaN where it is missing.
    pub weights: Option<&'a [f64]>,
    /// The time of each row, where rows are divided by these; NaN where it is missing.
    pub times: Option<&'a [f64]>,
    /// The labels.
    pub labels: LabelCells<'a>,
    /// The names of the labels so far, in the order of their first occurrence in the partition.
    pub label_names: &'a [String],
    /// The key of each row's group, where rows are grouped: [`group_key`](crate::group_key) of its name, or
    /// [`NO_GROUP`](crate::NO_GROUP).
    pub groups: Option<&'a [u64]>,
}

/// Cells of a numeric column: finite, and in their declared range.
#[derive(Debug, Clone, Copy)]
pub enum NumberCells<'a> {
    /// One number a row; NaN where it is missing.
    Each(&'a [f64]),
    /// One code a row; [`MISSING`], or the index of its value. Within a partition a code keeps its value.
    Coded {
        /// One a row.
        codes: &'a [u32],
        /// The distinct values; the first stands for a missing one.
        values: &'a [f64],
    },
}

/// Cells of a categorical column. Within a partition a code keeps its level.
#[derive(Debug, Clone, Copy)]
pub struct LevelCells<'a> {
    /// One a row: [`MISSING`], or the index of its level.
    pub codes: &'a [u32],
    /// The distinct levels; the first stands for a missing one.
    pub levels: &'a [String],
}

/// The labels of the rows of a block.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum LabelCells<'a> {
    /// The index of each row's label among the labels of its partition, in the order of their first occurrence; [`NO_LABEL`].
    Single(&'a [u8]),
    /// How often each row was seen with label 0 and label 1.
    Counts(&'a [[u64; 2]]),
}
