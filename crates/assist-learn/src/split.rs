//! Splitting: training and test rows of a table, every column kept.

use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use assist_data::{
    Bits, Format, GroupRole, LabelRole, ReadyRows, Schema, Selection, Subset, Table, TableWriter, TestRows, TypedTable,
    check_output, label_reading, sklearn_split,
};
use assist_features::{LabelScan, MissingPolicy};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::dataset::scan;
use crate::division::{Division, TimeReport};
use crate::error::Error;
use crate::paths::lossy;
use crate::progress::{Stage, Watch, tell};
use crate::reordered::{NO_PLACE, Reordered};
use crate::settings::{Settings, SplitSettings};
use crate::split_method::{DivisionFault, SplitMethod};

/// The rows of a table in two subsets, in the order in which the method gives them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Subsets {
    /// Training rows.
    pub train: RecordBatch,
    /// Test rows.
    pub test: RecordBatch,
    /// Rows that are in neither, because they have no label.
    pub unlabelled_rows: u64,
}

/// Where the subsets of a table were written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SplitFiles {
    /// How test rows were drawn.
    pub method: SplitMethod,
    /// The seed.
    pub seed: u32,
    /// The share of test rows that was asked for.
    pub test_size: f64,
    /// The format of the files: the input's, where files are written in it.
    #[serde(default)]
    pub format: String,
    /// The training rows.
    pub train: SubsetFile,
    /// The test rows.
    pub test: SubsetFile,
    /// Rows that are in neither file, because they have no label.
    #[serde(default)]
    pub unlabelled_rows: u64,
    /// The column that says on which side rows are: by the hash of its values, or in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The column whose equal values make rows one group, where whole groups were divided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The times, where rows were divided by these; rows that are left out are in neither file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeReport>,
}

/// A subset in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SubsetFile {
    /// The file.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// Its rows.
    pub rows: u64,
}

/// The label alone: the other columns are carried over as they are.
fn schema_of_label(table: &Table, name: String, settings: &Settings) -> Result<Schema, Error> {
    let na = [table.options().na.as_slice(), &settings.roles.table.na].concat();
    let reading = label_reading(table, &name, na.into())?;
    let label = LabelRole::Column { name, positive: settings.roles.positive.clone(), reading };
    let mut schema = Schema::new(label, Vec::new(), Vec::new());
    let key = |role: GroupRole| role.for_purpose(settings.key_purpose());
    schema.group = settings.roles.group(table)?.map(key);
    schema.time = settings.roles.time(table)?;
    Ok(schema)
}

/// Splits a table as a training would, stratified by the label. Of the settings, target, positive label and split are looked
/// at. Only the label has to be usable; the other columns are carried over as they are. A row without a label is in neither
/// subset. Both are in memory; [`write_split`] needs less.
///
/// # Errors
///
/// No target; a label that is not one of two; a table too small to split.
pub fn split(table: &Table, settings: &Settings, watch: Watch<'_>) -> Result<Subsets, Error> {
    let NewOrder { of_rows, n_train, unlabelled_rows, .. } = new_order(table, settings, watch)?;
    let typed = TypedTable::new(table, written_format(table))?;
    let mut subsets = [Vec::new(), Vec::new()];
    Reordered::read(table, &typed, &of_rows)?.for_each_batch(n_train, |is_test, rows| {
        subsets[usize::from(is_test)].extend(rows);
        Ok(())
    })?;
    let [train, test] = subsets.map(|rows| concat_batches(typed.schema(), &rows));
    Ok(Subsets { train: train?, test: test?, unlabelled_rows })
}

/// As [`split`], into `train.EXT` and `test.EXT`, in the table's format: CSV or JSON lines of what is text (a sheet, say),
/// else Parquet or Arrow. Neither file appears before both are written. Memory grows with the rows by no more than nine bytes
/// each, and is four while they are written; what else they need waits in a temporary file.
///
/// # Errors
///
/// As [`split`]; a table that is one of the two files; the operating system's.
pub fn write_split(table: &Table, settings: &Settings, folder: &Path, watch: Watch<'_>) -> Result<SplitFiles, Error> {
    let format = written_format(table);
    let paths = ["train", "test"].map(|name| folder.join(format!("{name}.{}", format.ending())));
    paths.iter().try_for_each(|path| check_output(path, &table.paths()))?;
    let NewOrder { of_rows, n_train, n_test, unlabelled_rows, group, time } = new_order(table, settings, watch)?;
    let typed = TypedTable::new(table, format)?;
    let create = |path: &PathBuf| TableWriter::create(path, format, typed.schema());
    let mut writers = [create(&paths[0])?, create(&paths[1])?];
    Reordered::read(table, &typed, &of_rows)?.for_each_batch(n_train, |is_test, rows| {
        let ready: Result<Vec<ReadyRows>, _> = rows.into_par_iter().map(|rows| ReadyRows::new(format, rows)).collect();
        Ok(writers[usize::from(is_test)].append(ready?)?)
    })?;
    writers.into_iter().try_for_each(TableWriter::finish)?;
    let SplitSettings { method, test_size, seed } = settings.split;
    let method = match (&time, &group) {
        (Some(_), _) => SplitMethod::Time,
        (None, Some(_)) if method != SplitMethod::Hash => SplitMethod::Groups,
        _ => method,
    };
    let by_key = matches!(method, SplitMethod::Hash | SplitMethod::Stated);
    let key = settings.roles.split_key.clone().or_else(|| group.clone()).filter(|_| by_key);
    let [train, test] = paths;
    let train = SubsetFile { path: train, rows: n_train as u64 };
    let test = SubsetFile { path: test, rows: n_test as u64 };
    let format = format.name().to_owned();
    Ok(SplitFiles { method, seed, test_size, format, train, test, unlabelled_rows, key, group, time })
}

/// The format in which the rows of a table are written again: its own, where there is a writer for it.
fn written_format(table: &Table) -> Format {
    match table.format() {
        format @ (Format::Csv { .. } | Format::Parquet | Format::ArrowIpc | Format::JsonLines) => format,
        _ => Format::Csv { delimiter: b',' },
    }
}

/// Where the rows of a table go.
struct NewOrder {
    /// The place of each of the table's rows among the training rows and behind them the test rows, in the order in which the
    /// method gives them; [`NO_PLACE`] for rows that are in neither.
    of_rows: Vec<u32>,
    n_train: usize,
    n_test: usize,
    unlabelled_rows: u64,
    /// The column by which rows are grouped, where they are.
    group: Option<String>,
    /// The times, where rows are divided by these.
    time: Option<TimeReport>,
}

fn new_order(table: &Table, settings: &Settings, watch: Watch<'_>) -> Result<NewOrder, Error> {
    let Some(name) = settings.roles.target.clone() else {
        return Err(assist_data::Error::NoTarget { columns: table.columns().to_vec() }.into());
    };
    let schema = schema_of_label(table, name, settings)?;
    let labels = scan(table, &schema, MissingPolicy::Auto, None, watch)?;
    let (mut time, mut n_left_out) = (None, 0);
    let (train, test) = match Division::of_whole(&labels, settings.split)? {
        Some(Division::Times(division)) => {
            time = division.report(schema.time.as_ref());
            n_left_out = time.as_ref().map_or(0, |time| time.left_out);
            let [train, test] = division.sides().map(|side| selected(&labels, side));
            (train, test)
        }
        Some(Division::Groups(are_test)) => labels.rows_of_groups(&are_test)?,
        Some(Division::Rows(test)) => {
            let train = without(&test);
            (selected(&labels, &train), selected(&labels, &test))
        }
        None => rows(&labels, settings.split)?,
    };
    let group = labels.groups().and(schema.group.as_ref()).map(|group| group.column.clone());
    let unlabelled_rows = labels.unlabelled_rows();
    drop(labels);
    tell(watch, Stage::ReadingRows, 0)?;
    let n_rows = train.len() + test.len() + usize::try_from(unlabelled_rows + n_left_out).unwrap_or(0);
    let mut of_rows = vec![NO_PLACE; n_rows];
    for (place, row) in (0_u32..).zip(train.iter().chain(&test)) {
        of_rows[*row as usize] = place;
    }
    Ok(NewOrder { of_rows, n_train: train.len(), n_test: test.len(), unlabelled_rows, group, time })
}

/// The other rows of those that have a label.
fn without(rows: &TestRows) -> TestRows {
    let TestRows::Observations(of_class) = rows else { return TestRows::None };
    TestRows::Observations(of_class.each_ref().map(|taken| {
        let mut others = Bits::default();
        (0..taken.len()).for_each(|row| others.push(!taken.get(row)));
        others
    }))
}

/// The places in the table of some of its rows that have a label.
fn selected(scan: &LabelScan<'_>, rows: &TestRows) -> Vec<u32> {
    let TestRows::Observations(of_class) = rows else { return Vec::new() };
    let (mut places, mut seen, mut row) = (Vec::new(), [0; 2], 0);
    scan.for_each_row(|label| {
        if let Some(class) = label.map(usize::from) {
            if of_class[class].get(seen[class]) {
                places.push(row);
            }
            seen[class] += 1;
        }
        row += 1;
    });
    places
}

/// Rows of the training and of the test subset, in the order in which the method gives them.
fn rows(scan: &LabelScan<'_>, split: SplitSettings) -> Result<(Vec<u32>, Vec<u32>), Error> {
    // The place in the table of each row that has a label.
    let (mut labels, mut places) = (Vec::new(), Vec::new());
    let mut row = 0;
    scan.for_each_row(|label| {
        if let Some(label) = label {
            labels.push(label);
            places.push(row);
        }
        row += 1;
    });
    let placed = |rows: Vec<u32>| rows.into_iter().map(|row| places[row as usize]).collect();
    match split.method {
        SplitMethod::Sklearn => {
            let split = sklearn_split(&labels, split.test_size, split.seed)?;
            Ok((placed(split.train), placed(split.test)))
        }
        SplitMethod::Groups => Err(DivisionFault::NoGroups.into()),
        SplitMethod::Time => Err(DivisionFault::NoTimes.into()),
        SplitMethod::Hash => Err(DivisionFault::NoKey.into()),
        SplitMethod::Stated => Err(DivisionFault::NoSides.into()),
        SplitMethod::Selection | SplitMethod::Hypergeometric => {
            let mut selection = Selection::new(scan.label_counts(), split.test_size, split.seed)?;
            let (mut train, mut test) = (Vec::new(), Vec::new());
            for (row, label) in (0..).zip(labels) {
                match selection.assign(label) {
                    Subset::Training => train.push(row),
                    Subset::Test => test.push(row),
                }
            }
            Ok((placed(train), placed(test)))
        }
    }
}
