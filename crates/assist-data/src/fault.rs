//! What an error is made of: the place, and what is wrong with a cell, a column, a label.

use std::fmt;

use assist_score::{Reason, shown};

/// Where in the input something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as it was named, or `standard input`.
    pub source: String,
    /// Where in it.
    pub position: Position,
}

/// Where in a file something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Position {
    /// Line of a text file, the first being 1.
    Line(u64),
    /// Row of a binary file or of record batches, the first being 1.
    Row(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Position::Line(line) => write!(f, "line {line} of `{}`", self.source),
            Position::Row(row) => write!(f, "row {row} of `{}`", self.source),
        }
    }
}

/// What is wrong with one cell.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum CellProblem {
    /// Text where a number is expected, or a number that is not allowed.
    Number {
        /// What is wrong with it.
        reason: Reason,
        /// What it should be, in words.
        expected: String,
    },
    /// What is no weight of a row.
    Weight(Reason),
    /// A row without a time, where rows are divided by their times.
    NoTime,
    /// A text that names no side of the split, where the column has to.
    NoSide {
        /// The text, empty where the cell is missing.
        value: String,
    },
    /// A level that was not declared or learnt.
    UnknownLevel {
        /// The level.
        level: String,
        /// The levels that are known.
        known: Vec<String>,
    },
    /// A text that is no date in the form of the column.
    Date {
        /// The text.
        value: String,
        /// The form, as `strftime` writes it.
        form: String,
    },
    /// A NUL character inside a text.
    Nul,
    /// A type that is not number, text or boolean.
    Type(String),
    /// Texts so long that some thousand of them are more than 2 GiB.
    TooLong,
}

impl fmt::Display for CellProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weight(Reason::BelowMinimum(value, _)) => write!(f, "the weight {value} is negative"),
            Self::Weight(Reason::Missing) => f.write_str("the weight is missing"),
            Self::NoTime => f.write_str("the time is missing, by which rows are divided"),
            Self::NoSide { value } if value.is_empty() => f.write_str("the side of the split is missing"),
            Self::NoSide { value } => write!(f, "`{value}` is no side of a split, which is `train` or `test`"),
            Self::Number { reason, .. } | Self::Weight(reason) => write!(f, "{reason}"),
            Self::UnknownLevel { level, .. } => write!(f, "unknown level `{level}`"),
            Self::Date { value, form } => write!(f, "`{value}` is no date of the form `{form}`"),
            Self::Nul => f.write_str("the text contains a NUL character"),
            Self::TooLong => f.write_str("the texts here are longer than 2 GiB together"),
            Self::Type(name) => write!(f, "type {name} is not supported, only numbers, text and booleans are"),
        }
    }
}

/// The missing cells of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct MissingCells {
    /// The column.
    pub column: String,
    /// How many cells are missing.
    pub cells: u64,
    /// Where the first one is.
    pub first: Place,
    /// Whether the column is the label, which no policy can fill in.
    pub is_label: bool,
}

/// The labels of a target that is not two-valued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundLabels {
    /// Some of them with their rows, those with most rows first.
    pub labels: Vec<(String, u64)>,
    /// How many there are.
    pub distinct: usize,
    /// Whether that is all, or only those of the rows that were looked at.
    pub is_all: bool,
    /// Whether all of them are numbers.
    pub are_numbers: bool,
}

/// So many numbers may be the names of classes; more are measured.
pub(crate) const FEW_NUMBERS: usize = 20;
/// So many labels are named with their rows.
const NAMED_LABELS: usize = 5;

impl fmt::Display for FoundLabels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.is_all { "" } else { "more than " };
        let what = if self.are_numbers { "different numbers" } else { "labels" };
        write!(f, "has {more}{} {what}: {}", self.distinct, counted(&self.labels, self.distinct))
    }
}

/// Labels with their rows: `a` (12 rows), `b` (3) and 2 more.
pub(crate) fn counted(labels: &[(String, u64)], distinct: usize) -> String {
    let each = labels.iter().take(NAMED_LABELS).enumerate().map(|(index, (label, rows))| match (index, rows) {
        (0, 1) => format!("`{}` (1 row)", shown(label)),
        (0, _) => format!("`{}` ({rows} rows)", shown(label)),
        _ => format!("`{}` ({rows})", shown(label)),
    });
    let text = each.collect::<Vec<_>>().join(", ");
    match distinct.saturating_sub(NAMED_LABELS) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}
