//! Splitting: training and test rows of a table, every column kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use assist_data::{
    LabelRole, Schema, Selection, Subset, Table, TableWriter, check_output, label_reading, sklearn_split, text_column,
};
use assist_features::{LabelScan, MissingPolicy};
use serde::{Deserialize, Serialize};

use crate::dataset::scan;
use crate::error::Error;
use crate::paths::lossy;
use crate::progress::{Stage, Watch, tell};
use crate::settings::{Settings, SplitMethod, SplitSettings};

/// Rows that are read at a time.
const BATCH_ROWS: usize = 8192;

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
    /// The training rows.
    pub train: SubsetFile,
    /// The test rows.
    pub test: SubsetFile,
    /// Rows that are in neither file, because they have no label.
    #[serde(default)]
    pub unlabelled_rows: u64,
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
    let reading =
        label_reading(table, &name, [table.options().na.as_slice(), &settings.roles.table.na].concat().into())?;
    let label = LabelRole::Column { name, positive: settings.roles.positive.clone(), reading };
    Ok(Schema::new(label, Vec::new(), Vec::new()))
}

/// Splits a table as a training would, stratified by the label. Of the settings, target, positive label and split are looked
/// at. Only the label has to be usable; the other columns are carried over as they are. A row without a label is in neither
/// subset.
///
/// # Errors
///
/// No target; a label that is not one of two; a table too small to split.
pub fn split(table: &Table, settings: &Settings, watch: Watch<'_>) -> Result<Subsets, Error> {
    let Some(name) = settings.roles.target.clone() else {
        return Err(assist_data::Error::NoTarget { columns: table.columns().to_vec() }.into());
    };
    let schema = schema_of_label(table, name, settings)?;
    let labels = scan(table, &schema, MissingPolicy::Auto, None, watch)?;
    let (train, test) = rows(&labels, settings.split)?;
    tell(watch, Stage::ReadingRows, 0)?;
    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let batches: Vec<RecordBatch> =
        table.batches(&columns, BATCH_ROWS)?.map(|batch| batch.map(|batch| batch.record)).collect::<Result<_, _>>()?;
    let all = concat(&batches)?;
    let take = |rows: Vec<u32>| take_record_batch(&all, &UInt32Array::from(rows));
    Ok(Subsets { train: take(train)?, test: take(test)?, unlabelled_rows: labels.unlabelled_rows() })
}

/// As [`split`], into `train.EXT` and `test.EXT` in the table's format. Neither file appears before both are written.
///
/// # Errors
///
/// As [`split`]; a table that is one of the two files; the operating system's.
pub fn write_split(table: &Table, settings: &Settings, folder: &Path, watch: Watch<'_>) -> Result<SplitFiles, Error> {
    let format = table.format();
    for name in ["train", "test"] {
        check_output(&folder.join(format!("{name}.{}", format.ending())), &table.paths())?;
    }
    let Subsets { train, test, unlabelled_rows } = split(table, settings, watch)?;
    let write = |name: &str, rows: &RecordBatch| -> Result<(TableWriter, SubsetFile), Error> {
        let path = folder.join(format!("{name}.{}", format.ending()));
        let mut writer = TableWriter::create(&path, format, &rows.schema())?;
        writer.write(rows)?;
        Ok((writer, SubsetFile { path, rows: rows.num_rows() as u64 }))
    };
    let ((train_writer, train), (test_writer, test)) = (write("train", &train)?, write("test", &test)?);
    train_writer.finish()?;
    test_writer.finish()?;
    let SplitSettings { method, test_size, seed } = settings.split;
    Ok(SplitFiles { method, seed, test_size, train, test, unlabelled_rows })
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
        SplitMethod::Selection => {
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

/// All rows in one batch. Files of different types (a CSV beside a Parquet file) become text.
fn concat(batches: &[RecordBatch]) -> Result<RecordBatch, Error> {
    let schema = batches[0].schema();
    if batches.iter().all(|batch| batch.schema().fields() == schema.fields()) {
        return Ok(concat_batches(&schema, batches)?);
    }
    let as_text = |batch: &RecordBatch| -> Result<RecordBatch, Error> {
        let names = batch.schema();
        let columns = names.fields().iter().zip(batch.columns()).map(|(field, column)| {
            let text =
                text_column(column).map_err(|problem| Error::ColumnType { column: field.name().clone(), problem })?;
            Ok((field.name().clone(), Arc::new(text) as ArrayRef, true))
        });
        let columns: Vec<_> = columns.collect::<Result<_, Error>>()?;
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    };
    let texts: Vec<RecordBatch> = batches.iter().map(as_text).collect::<Result<_, _>>()?;
    Ok(concat_batches(&texts[0].schema(), &texts)?)
}
