//! What can be wrong with a table, always with its place and the value, and with advice on what to do.

use std::path::{Path, PathBuf};

use assist_score::shown;

use crate::advice::quoted;
use crate::column_role::{LeftOut, left_out_words};
use crate::fault::counted;
use crate::group_fault::GroupFault;
use crate::row_length::RowLengthCause;
use crate::split::subset::Subset;
use crate::store_fault::StoreFault;
use crate::time_fault::TimeFault;

pub use crate::fault::{CellProblem, FoundLabels, MissingCells, Place, Position};

/// What the fast path does not take. It has no messages of its own: whoever gets this reads with the strict reader, which is
/// authoritative and says what is wrong, if anything is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NeedsStrictReader;

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
    /// What is wrong with a table in an object store.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// A folder without a file that could be a table.
    #[error("the folder `{0}` has no table in it")]
    EmptyFolder(String),
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
    /// More bytes than are taken.
    #[error("`{source_name}` is too large: {detail}")]
    TooLarge {
        /// The file.
        source_name: String,
        /// How large it is.
        detail: String,
    },
    /// An archive of several files, or of none.
    #[error("`{source_name}` is an archive {}", describe_files(files))]
    SeveralFiles {
        /// The archive.
        source_name: String,
        /// The files in it.
        files: Vec<String>,
    },
    /// A sheet that a workbook does not have; no sheet at all.
    #[error("{}", describe_sheet(source_name, sheet))]
    UnknownSheet {
        /// The workbook.
        source_name: String,
        /// The sheet that was asked for; empty where any would do.
        sheet: String,
        /// The sheets that there are.
        found: Vec<String>,
    },
    /// Statements of how tables are written that no table fits.
    #[error("{0}")]
    Options(String),
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
        /// Which columns of a file have it, the first being 1.
        positions: Option<[usize; 2]>,
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
        /// The encoding that the bytes are likely to be, if they are text.
        likely: Option<&'static str>,
    },
    /// Bytes that are not UTF-16 in a file that is otherwise.
    #[error("{place} is not UTF-16 text, as the file is up to there")]
    NotUtf16 {
        /// Where.
        place: Place,
    },
    /// Text in an encoding that is not read.
    #[error("`{0}` is UTF-32 text")]
    Utf32(String),
    /// A statement of how a table is written that its file contradicts.
    #[error("{stated}, but in `{source_name}` {found}")]
    Contradiction {
        /// The file.
        source_name: String,
        /// What is stated.
        stated: String,
        /// What the file has.
        found: String,
    },
    /// A column that is needed, of a file whose first line looks like a row and not like a header.
    #[error("column `{column}` is missing: {place} looks like data, so there is no header")]
    NoHeader {
        /// Where a header would be.
        place: Place,
        /// The column that is needed.
        column: String,
        /// The names that the columns have instead.
        found: Vec<String>,
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
        /// What the row is likely to be.
        cause: RowLengthCause,
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
        /// How many distinct texts there are, up to 4.
        texts: usize,
    },
    /// Missing cells where none are allowed.
    #[error("{}", describe_missing(.0))]
    Missing(Vec<MissingCells>),
    /// A target that is not two-valued.
    #[error("column `{column}` of `{source_name}` {found}; a target has two")]
    NotTwoLabels {
        /// The table.
        source_name: String,
        /// The target column.
        column: String,
        /// What it has.
        found: FoundLabels,
    },
    /// Labels that are the same but for case and outer blanks.
    #[error("labels of column `{column}` in `{source_name}` differ only in case or outer blanks: {}", describe_spellings(.spellings))]
    LabelSpellings {
        /// The table.
        source_name: String,
        /// The target column.
        column: String,
        /// The labels that are the same, each with its rows, the one with most rows first.
        spellings: Vec<Vec<(String, u64)>>,
    },
    /// No row has a label.
    #[error("none of the {rows} rows of `{source_name}` has a label in column `{column}`")]
    NoLabels {
        /// The table.
        source_name: String,
        /// The target column.
        column: String,
        /// How many rows there are.
        rows: u64,
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
    /// All rows that have a label have the same one.
    #[error("{}; two classes are needed", describe_one_class(source_name, column, label, *rows, *unlabelled))]
    OneClass {
        /// The table.
        source_name: String,
        /// The target column.
        column: String,
        /// The only label.
        label: String,
        /// How many rows have it.
        rows: u64,
        /// How many rows have none.
        unlabelled: u64,
    },
    /// The stated positive label does not occur in the data.
    #[error("the positive label `{positive}` does not occur in column `{column}`, which has {}", quoted(.labels))]
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
    #[error("column `{column}` is the target, and cannot be dropped, kept or declared as a feature as well")]
    TargetTwice {
        /// The target.
        column: String,
    },
    /// A column of weights that is something else as well.
    #[error("column `{0}` holds the weights, and cannot be the target, dropped, kept or declared as a feature as well")]
    WeightTwice(String),
    /// Nothing is left to learn from.
    #[error("no feature column is left besides the target and the dropped columns{}", left_out_words(.left_out))]
    NoFeatures {
        /// The columns that were left out, each with the reason.
        left_out: Vec<LeftOut>,
    },
    /// A column that nobody can make a feature of.
    #[error("column `{column}` cannot be kept as a feature: {reason}")]
    CannotKeep {
        /// The column.
        column: String,
        /// Why not.
        reason: String,
    },
    /// A column declared as numbers that holds texts.
    #[error("column `{column}` is declared numeric, but `{value}` at {place} is no number, as are most of its cells")]
    NoNumbers {
        /// The column.
        column: String,
        /// The first cell that is no number.
        value: String,
        /// Where it is.
        place: Place,
        /// Whether all of them are dates.
        are_dates: bool,
    },
    /// A column declared as dates that holds others.
    #[error(
        "column `{column}` is declared as dates, but {}",
        .first.as_ref().map_or("holds none".to_owned(), |(value, place)| format!("`{value}` at {place} is none"))
    )]
    NoDates {
        /// The column.
        column: String,
        /// A cell that is no date, and where it is.
        first: Option<(String, Place)>,
    },
    /// Dates that can be read in two ways.
    #[error("the dates of column `{column}` can be read as `{}` and as `{}`", .forms[0], .forms[1])]
    AmbiguousDate {
        /// The column.
        column: String,
        /// The two forms, as `strftime` writes them.
        forms: [String; 2],
    },
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
    /// Groups that cannot be divided.
    #[error(transparent)]
    Groups(#[from] GroupFault),
    /// Times that rows cannot be divided by.
    #[error(transparent)]
    Times(#[from] TimeFault),
    /// More rows than a split can index.
    #[error("{0} rows are more than the 4,294,967,295 that a split can index")]
    TooManyRows(u64),
    /// An output that would destroy what is read.
    #[error("{} is one of the inputs{}", named(.output, "standard output"), also_named(.output, .input))]
    OutputIsInput {
        /// The output as it was named.
        output: PathBuf,
        /// The input as it was named.
        input: PathBuf,
    },
    /// What somebody else has put where a file is to be written, in a folder where everybody may write.
    #[error("`{}` belongs to somebody else, in a folder where everybody may write", .0.display())]
    NotYours(PathBuf),
    /// A file that nobody may write.
    #[error("`{}` is write-protected", .0.display())]
    ReadOnly(PathBuf),
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
    /// The error of a spool, which is full, or cannot be written.
    #[cfg(feature = "tables")]
    pub(crate) fn of_spool(source_name: &str, error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::FileTooLarge {
            return Self::TooLarge { source_name: source_name.to_owned(), detail: error.to_string() };
        }
        Self::Io(error)
    }
}

/// A path in a message, where `-` stands for a stream.
fn named(path: &Path, stream: &str) -> String {
    if path.as_os_str() == "-" { stream.to_owned() } else { format!("`{}`", path.display()) }
}

/// The other name of a file that has two.
fn also_named(output: &Path, input: &Path) -> String {
    if output == input { String::new() } else { format!(", {}", named(input, "standard input")) }
}

fn describe_files(files: &[String]) -> String {
    if files.is_empty() {
        return "without a file".to_owned();
    }
    format!("of {} files, {}: only one can be the table", files.len(), quoted(files))
}

fn describe_sheet(source_name: &str, sheet: &str) -> String {
    if sheet.is_empty() {
        return format!("`{source_name}` has no sheet");
    }
    format!("`{source_name}` has no sheet `{}`", shown(sheet))
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

fn describe_spellings(spellings: &[Vec<(String, u64)>]) -> String {
    spellings.iter().map(|same| counted(same, same.len())).collect::<Vec<_>>().join("; ")
}

fn describe_one_class(source: &str, column: &str, label: &str, rows: u64, unlabelled: u64) -> String {
    let label = shown(label);
    match unlabelled {
        0 => format!("all {rows} rows of `{source}` have label `{label}` in column `{column}`"),
        _ => format!(
            "all {rows} rows of `{source}` that have a label in column `{column}` have label `{label}`, and {unlabelled} have none"
        ),
    }
}
