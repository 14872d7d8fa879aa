//! What can be wrong with a table, always with its place and the value, and with advice on what to do.

use std::fmt;
use std::path::PathBuf;

use assist_score::Reason;

use crate::advice::{Advice, quoted};
use crate::split::subset::Subset;

/// What the fast path does not take. It has no messages of its own: whoever gets this reads with the strict reader, which is
/// authoritative and says what is wrong, if anything is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NeedsStrictReader;

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
    /// A level that was not declared or learnt.
    UnknownLevel {
        /// The level.
        level: String,
        /// The levels that are known.
        known: Vec<String>,
    },
    /// A NUL character inside a text.
    Nul,
    /// A type that is not number, text or boolean.
    Type(String),
}

impl fmt::Display for CellProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { reason, .. } => write!(f, "{reason}"),
            Self::UnknownLevel { level, .. } => write!(f, "unknown level `{level}`"),
            Self::Nul => f.write_str("the text contains a NUL character"),
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

/// Everything that can be wrong with a table, with what is declared of it, or with a split of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused; the message names the path.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A pattern or a list that names no file.
    #[error("no file matches `{0}`")]
    NoFile(String),
    /// An ending that no writer knows.
    #[error("cannot tell the format of `{0}` from its ending")]
    UnknownEnding(PathBuf),
    /// A binary file that its reader refuses.
    #[error("`{source_name}` is not a readable {format} file: {detail}")]
    Unreadable {
        /// The file.
        source_name: String,
        /// The format that its content or its ending shows.
        format: &'static str,
        /// The reader's own words.
        detail: String,
    },
    /// A file of no bytes or of blanks; a table of no record batches.
    #[error("`{0}` is empty")]
    EmptyFile(String),
    /// A header without rows.
    #[error("`{0}` has a header but no rows")]
    NoRows(String),
    /// A column that is needed and not there.
    #[error("column `{column}` is missing in `{source_name}`")]
    MissingColumn {
        /// The file.
        source_name: String,
        /// The column that is needed.
        column: String,
        /// The columns that there are.
        found: Vec<String>,
    },
    /// A record batch whose columns are not those of the first, in names, types or order.
    #[error("batch {batch} of `{source_name}` has other columns than the first one")]
    OtherColumns {
        /// The table.
        source_name: String,
        /// Which batch, the first being 1.
        batch: usize,
        /// The columns of the first batch, each with its type.
        expected: Vec<String>,
        /// The columns of this one.
        found: Vec<String>,
    },
    /// Two columns of one name.
    #[error("column `{column}` occurs twice in the header of `{source_name}`")]
    DuplicateColumn {
        /// The file.
        source_name: String,
        /// The doubled name.
        column: String,
    },
    /// A column without a name.
    #[error("column {position} of `{source_name}` has no name")]
    UnnamedColumn {
        /// The file.
        source_name: String,
        /// Which column, the first being 1.
        position: usize,
    },
    /// Bytes that are not UTF-8.
    #[error("{place} is not UTF-8 text{}", .cell.as_ref().map_or(String::new(), |cell| format!(": {cell}")))]
    NotUtf8 {
        /// Where.
        place: Place,
        /// Column and value, with a mark for each byte that cannot be read.
        cell: Option<String>,
    },
    /// A row with more or fewer cells than the header.
    #[error("{place} has {found} cells where the header has {expected}")]
    RowLength {
        /// Where.
        place: Place,
        /// Cells of the header.
        expected: u64,
        /// Cells of the row.
        found: u64,
    },
    /// A line that is not a JSON object with plain values.
    #[error("{place} is not a JSON object of plain values: {detail}")]
    Json {
        /// Where.
        place: Place,
        /// What the parser says.
        detail: String,
    },
    /// A cell that cannot be used.
    #[error("column `{column}` at {place}: {problem}")]
    Cell {
        /// Where.
        place: Place,
        /// The column.
        column: String,
        /// What is wrong.
        problem: CellProblem,
    },
    /// A column that is partly numbers and partly text.
    #[error(
        "column `{column}` mixes numbers and text: {numbers} of the first {cells} cells are numbers, but `{value}` at {place} is not"
    )]
    MixedColumn {
        /// The column.
        column: String,
        /// How many cells that were looked at are numbers.
        numbers: usize,
        /// How many cells were looked at.
        cells: usize,
        /// The first text.
        value: String,
        /// Where it is.
        place: Place,
    },
    /// A column with no value in the rows that its role is inferred from.
    #[error("column `{column}` has no value in the first {rows} rows, so its role cannot be inferred")]
    EmptyColumn {
        /// The column.
        column: String,
        /// How many rows were looked at.
        rows: usize,
    },
    /// Missing cells where none are allowed.
    #[error("{}", describe_missing(.0))]
    Missing(Vec<MissingCells>),
    /// A third label.
    #[error("column `{column}` has a third label `{value}` at {place}, after `{}` and `{}`", .seen[0], .seen[1])]
    ThirdLabel {
        /// The target column.
        column: String,
        /// The third label.
        value: String,
        /// Where it is.
        place: Place,
        /// The two labels before it.
        seen: [String; 2],
    },
    /// A label that the model does not know.
    #[error("column `{column}` has label `{value}` at {place}, but the model knows `{}` and `{}`", .known[0], .known[1])]
    UnknownLabel {
        /// The target column.
        column: String,
        /// The label.
        value: String,
        /// Where it is.
        place: Place,
        /// The labels of the model.
        known: [String; 2],
    },
    /// All rows have the same label.
    #[error("all {rows} rows of `{source_name}` have label `{label}` in column `{column}`; two classes are needed")]
    OneClass {
        /// The table.
        source_name: String,
        /// The target column.
        column: String,
        /// The only label.
        label: String,
        /// How many rows.
        rows: u64,
    },
    /// The stated positive label does not occur in the data.
    #[error("the positive label `{positive}` does not occur in column `{column}`, which has `{}`", .labels.join("`, `"))]
    PositiveNotFound {
        /// The target column.
        column: String,
        /// What was stated.
        positive: String,
        /// The labels that there are.
        labels: Vec<String>,
    },
    /// No target column was given.
    #[error("no target column was given")]
    NoTarget {
        /// The columns to choose from.
        columns: Vec<String>,
    },
    /// The target is declared as a feature or dropped.
    #[error("column `{column}` is the target, and cannot be dropped or declared as a feature as well")]
    TargetTwice {
        /// The target.
        column: String,
    },
    /// Nothing is left to learn from.
    #[error("no feature column is left besides the target and the dropped columns")]
    NoFeatures,
    /// A schema that cannot be used.
    #[error("schema `{path}`: {detail}")]
    Schema {
        /// The schema file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// A test size outside (0, 1).
    #[error("the test size must lie between 0 and 1, not {0}")]
    TestSize(f64),
    /// A class too small to split.
    #[error("a class has {0} row(s), but a split needs at least 2 of each")]
    TooFewOfClass(u64),
    /// A table too small to split.
    #[error("the {subset} subset would have {count} row(s) for 2 classes")]
    TooFewRows {
        /// The subset that is too small.
        subset: Subset,
        /// The rows that it would have.
        count: u64,
    },
    /// Folds that cannot be made.
    #[error("{n_folds} folds cannot be made of {} rows of class 0 and {} of class 1", .class_counts[0], .class_counts[1])]
    Folds {
        /// How many were asked for.
        n_folds: u8,
        /// Rows of each class.
        class_counts: [u64; 2],
    },
    /// More rows than a split can index.
    #[error("{0} rows are more than the 4,294,967,295 that a split can index")]
    TooManyRows(u64),
    /// A column whose files have types that no common one holds.
    #[error("column `{column}` of `{source_name}` has type {found}, which cannot be put together with {before}")]
    NoCommonType {
        /// The column.
        column: String,
        /// The file.
        source_name: String,
        /// Its type there.
        found: String,
        /// The type that it has in the files before.
        before: String,
    },
    /// A column of a type that a format cannot hold.
    #[error("column `{column}` has type {found}, which {format} cannot hold")]
    FormatWithoutType {
        /// The column.
        column: String,
        /// Its type.
        found: String,
        /// The format that was to be written.
        format: &'static str,
    },
    /// Rows that a format refuses.
    #[error("the rows cannot be written as {format}: {detail}")]
    Rows {
        /// The format.
        format: &'static str,
        /// The writer's own words.
        detail: String,
    },
    /// A writer failed.
    #[error("`{path}` cannot be written: {detail}")]
    Write {
        /// The file.
        path: PathBuf,
        /// The writer's own words.
        detail: String,
    },
}

impl Error {
    /// What to do about it, where there is something to say.
    pub fn advice(&self) -> Option<Advice> {
        Some(match self {
            Self::NoFile(_) => "check the path; a pattern such as `logs/*.parquet` must match at least one file".into(),
            Self::UnknownEnding(_) => "end the name in .csv, .tsv, .parquet, .arrow or .jsonl".into(),
            Self::Unreadable { .. } => "the file is cut off, damaged or of another kind; write or fetch it again".into(),
            Self::EmptyFile(_) | Self::NoRows(_) => "give a table with a header and at least one row".into(),
            Self::MissingColumn { column, found, .. } => match found.iter().find(|name| similar(name, column)) {
                Some(close) => format!("there is a column `{close}`; names must match exactly").into(),
                None if found.len() == 1 && found[0].contains([';', '\t', '|']) => {
                    format!("the only column is `{}`: write the file with commas between cells", found[0]).into()
                }
                None => format!("the columns are {}", quoted(found)).into(),
            },
            Self::OtherColumns { expected, found, .. } => {
                format!("the first one has {}, this one has {}", quoted(expected), quoted(found)).into()
            }
            Self::DuplicateColumn { .. } => "rename one of the two, or remove it".into(),
            Self::UnnamedColumn { .. } => {
                "name it in the header, or remove it; pandas writes such a column unless it is given `index=False`".into()
            }
            Self::NotUtf8 { .. } => "save the file as UTF-8; a compressed or binary file must be unpacked first".into(),
            Self::RowLength { found, expected, .. } if found > expected => {
                "a cell that holds a comma must stand in double quotes".into()
            }
            Self::RowLength { .. } => "the row is cut off, or a double quote before it is never closed".into(),
            Self::Json { .. } => "each line must be one object such as {\"error_count\": 2, \"device_type\": \"Phone\"}".into(),
            Self::Cell { problem, column, .. } => match problem {
                CellProblem::Number { reason: Reason::NotANumber(_), expected } => format!(
                    "column `{column}` takes {expected}; leave the cell empty if the value is missing, or declare the column categorical in a schema"
                )
                .into(),
                CellProblem::Number { reason: Reason::NotFinite(_), expected } => {
                    format!("column `{column}` takes {expected}; leave the cell empty if the value is missing").into()
                }
                CellProblem::Number { expected, .. } => {
                    format!("column `{column}` takes {expected}, as the schema declares it").into()
                }
                CellProblem::UnknownLevel { known, .. } => format!("the known levels are {}", quoted(known)).into(),
                CellProblem::Nul => "the file is damaged or in another encoding; save it as UTF-8".into(),
                CellProblem::Type(_) => Advice::DropColumn(column.clone()),
            },
            Self::MixedColumn { column, .. } => format!(
                "correct the cell, or say what the column is in a schema: `[numeric.{column}]` or `[categorical.{column}]`"
            )
            .into(),
            Self::EmptyColumn { column, .. } => Advice::DropOrDeclare(column.clone()),
            Self::Missing(cells) if cells.iter().all(|cells| cells.is_label) => Advice::DropUnlabelled,
            Self::Missing(_) => Advice::AllowMissing,
            Self::ThirdLabel { column, .. } => {
                format!("the target must have two labels; is `{column}` the right column?").into()
            }
            Self::UnknownLabel { .. } => "evaluate on a table with the labels that the model was trained on".into(),
            Self::OneClass { .. } => "give rows of both classes".into(),
            Self::PositiveNotFound { labels, .. } => Advice::ChoosePositive(labels.clone()),
            Self::NoTarget { columns } => Advice::NameTarget(columns.clone()),
            Self::TargetTwice { column } => format!("take `{column}` out of the dropped and declared columns").into(),
            Self::NoFeatures => "drop fewer columns".into(),
            Self::Schema { .. } => "`data/assistance.schema.toml` shows how a schema is written".into(),
            Self::TestSize(_) => "0.2 keeps a fifth of the rows for testing".into(),
            Self::Folds { .. } => "ask for at least 2 folds and at most as many as the smaller class has rows".into(),
            Self::TooFewOfClass(_) => "give more rows of that class".into(),
            Self::TooFewRows { .. } => "give more rows, or another test size".into(),
            Self::NoCommonType { .. } => "take the files one by one, or give the column one type in all of them".into(),
            Self::FormatWithoutType { .. } => "write Parquet or Arrow, or leave the column out of the table".into(),
            Self::Io(_) | Self::TooManyRows(_) | Self::Rows { .. } | Self::Write { .. } => return None,
        })
    }
}

fn similar(a: &str, b: &str) -> bool {
    let letters =
        |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase() };
    letters(a) == letters(b)
}

fn describe_missing(columns: &[MissingCells]) -> String {
    let each: Vec<String> = columns
        .iter()
        .map(|missing| {
            let cells = if missing.cells == 1 { "cell" } else { "cells" };
            format!("column `{}` has {} missing {cells}, the first at {}", missing.column, missing.cells, missing.first)
        })
        .collect();
    each.join("; ")
}
