//! Prediction: a batch of rows in, the same batch with its predictions out.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Builder, RecordBatch, StringArray, StringBuilder, UInt8Builder};
use arrow::datatypes::{DataType, Field, Schema};
use assist_data::{DateReading, ModelReadings, Place, RowPosition, Table};
use assist_score::{Model, Rejection, Scored};
use serde::{Deserialize, Serialize};

use crate::dataset::readings_of_model;
use crate::error::Error;
use crate::progress::{Stage, Watch, tell};
use crate::rows::FeatureColumns;

/// Rows that are scored at a time.
const BATCH_ROWS: usize = 4096;
/// Rejected rows that are described one by one.
const DESCRIBED: u64 = 5;
/// The columns that are added to a batch.
pub const ADDED_COLUMNS: [&str; 7] =
    ["outcome", "prediction", "probability", "raw_probability", "score", "outside_training_range", "rejection"];
/// The column that is added as well where predictions are explained.
pub const CONTRIBUTIONS_COLUMN: &str = "contributions";

/// What is asked of a prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct PredictSettings {
    /// Whether each prediction comes with what every feature adds to its score.
    pub explain: bool,
}

/// What became of the rows of a table.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct PredictSummary {
    /// Rows.
    pub rows: u64,
    /// Rows without a score.
    pub rejected: u64,
    /// Rows with a value beyond those of the training rows.
    pub outside_training_range: u64,
    /// The first of the rejected rows.
    pub first_rejected: Vec<(Place, Rejection)>,
}

/// Scores a batch: its columns, which are found by name, and behind them `outcome`, `prediction`, `probability`,
/// `raw_probability`, `score`, `outside_training_range` and `rejection` (and `contributions`, as JSON, where predictions are
/// explained). A row that the model rejects has nulls there and its reason in `rejection`.
///
/// # Errors
///
/// A column of the model that the batch does not have, or whose type no model takes; a column of the batch that would be added.
pub fn predict(model: &Model, batch: &RecordBatch, settings: PredictSettings) -> Result<RecordBatch, Error> {
    let schema = batch.schema();
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    check_added(&names, settings)?;
    let readings = readings_of_model(model, &[]);
    let positions = positions(model, &readings, &names, "the batch")?;
    let outcomes = outcomes(model, batch, &readings, &positions, settings)?;
    with_outcomes(batch, &outcomes, settings)
}

/// What takes a scored batch: its rows, and what became of each.
pub type TakeBatch<'a> = dyn FnMut(&RecordBatch, Vec<Result<Scored, Rejection>>) -> Result<(), Error> + 'a;

/// Scores the rows of a table batch by batch, and hands each batch with its outcomes to `sink`.
///
/// # Errors
///
/// Whatever is wrong with the table as a table, and what `sink` fails with. A row that the model rejects is no error.
pub fn predict_table(
    model: &Model,
    table: &Table,
    settings: PredictSettings,
    watch: Watch<'_>,
    sink: &mut TakeBatch<'_>,
) -> Result<PredictSummary, Error> {
    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let numeric: Vec<&str> = model.space().numeric.iter().map(|column| column.name.as_str()).collect();
    let readings = readings_of_model(model, &table.options().na);
    let positions = positions(model, &readings, &columns, &table.name())?;
    let readings = readings.for_table(table, &numeric)?;
    let mut summary = PredictSummary::default();
    for batch in table.batches(&columns, BATCH_ROWS)? {
        let batch = batch?;
        let outcomes = outcomes(model, &batch.record, &readings, &positions, settings)?;
        for (row, outcome) in (batch.first_row..).zip(&outcomes) {
            match outcome {
                Ok(scored) => {
                    summary.outside_training_range += u64::from(!scored.outside_training_range.is_empty());
                }
                Err(rejection) => {
                    summary.rejected += 1;
                    if summary.rejected <= DESCRIBED {
                        let place = table.place(RowPosition { source: batch.source, row });
                        summary.first_rejected.push((place, rejection.clone()));
                    }
                }
            }
        }
        summary.rows += outcomes.len() as u64;
        sink(&batch.record, outcomes)?;
        tell(watch, Stage::Scoring, summary.rows)?;
    }
    if summary.rows == 0 {
        return Err(assist_data::Error::NoRows(table.name()).into());
    }
    Ok(summary)
}

/// Refuses columns that the prediction would add.
pub(crate) fn check_added(columns: &[&str], settings: PredictSettings) -> Result<(), Error> {
    let mut added = ADDED_COLUMNS.into_iter().chain(settings.explain.then_some(CONTRIBUTIONS_COLUMN));
    match added.find(|added| columns.contains(added)) {
        Some(column) => Err(Error::AddedColumn(column.to_owned())),
        None => Ok(()),
    }
}

/// A batch's columns, and behind them those of the prediction.
pub(crate) fn with_outcomes(
    batch: &RecordBatch,
    outcomes: &[Result<Scored, Rejection>],
    settings: PredictSettings,
) -> Result<RecordBatch, Error> {
    let n = outcomes.len();
    let mut names: Vec<&str> = Vec::with_capacity(n);
    let mut prediction = UInt8Builder::with_capacity(n);
    let mut figures = [(); 3].map(|()| Float64Builder::with_capacity(n));
    let mut outside = StringBuilder::new();
    let mut rejection = StringBuilder::new();
    let mut contributions = StringBuilder::new();
    for outcome in outcomes {
        let (scored, reason) = match outcome {
            Ok(scored) => (Some(scored), None),
            Err(rejection) => (None, Some(rejection.to_string())),
        };
        names.push(if scored.is_some() { "scored" } else { "rejected" });
        prediction.append_option(scored.map(|s| s.prediction));
        let values = scored.map(|s| [s.probability, s.raw_probability, s.score]);
        for (index, builder) in figures.iter_mut().enumerate() {
            builder.append_option(values.map(|values| values[index]));
        }
        let beyond = scored.map(|s| s.outside_training_range.join(", ")).filter(|names| !names.is_empty());
        outside.append_option(beyond);
        rejection.append_option(reason);
        let explained = scored
            .filter(|s| !s.contributions.is_empty())
            .map(|s| serde_json::to_string(&s.contributions))
            .transpose()?;
        contributions.append_option(explained);
    }
    let [mut probability, mut raw, mut score] = figures;
    let mut fields: Vec<Field> = batch.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
    let added: [ArrayRef; 7] = [
        Arc::new(StringArray::from(names)),
        Arc::new(prediction.finish()),
        Arc::new(probability.finish()),
        Arc::new(raw.finish()),
        Arc::new(score.finish()),
        Arc::new(outside.finish()),
        Arc::new(rejection.finish()),
    ];
    for (name, column) in ADDED_COLUMNS.into_iter().zip(added) {
        fields.push(Field::new(name, column.data_type().clone(), true));
        columns.push(column);
    }
    if settings.explain {
        fields.push(Field::new(CONTRIBUTIONS_COLUMN, DataType::Utf8, true));
        columns.push(Arc::new(contributions.finish()));
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// What becomes of each row of a batch, whose columns of the model are at `positions`.
fn outcomes(
    model: &Model,
    batch: &RecordBatch,
    readings: &ModelReadings,
    positions: &[usize],
    settings: PredictSettings,
) -> Result<Vec<Result<Scored, Rejection>>, Error> {
    let cells = FeatureColumns::new(batch, readings, positions)?;
    let mut outcomes = Vec::with_capacity(batch.num_rows());
    let mut values = Vec::new();
    for row in 0..batch.num_rows() {
        cells.row(row, &mut values);
        outcomes.push(if settings.explain { model.explain(&values) } else { model.score(&values) });
    }
    Ok(outcomes)
}

/// Where the columns that the model's features are read from are among others.
fn positions(model: &Model, readings: &ModelReadings, columns: &[&str], source: &str) -> Result<Vec<usize>, Error> {
    let place_of: HashMap<&str, usize> = columns.iter().enumerate().map(|(place, column)| (*column, place)).collect();
    let dates = readings.numbers.iter().map(|reading| &reading.date);
    let dates = dates.chain(readings.levels.iter().map(|reading| &reading.date));
    let position = |(name, date): (&str, &Option<DateReading>)| {
        let name = date.as_ref().map_or(name, |date| date.source.as_str());
        place_of.get(name).copied().ok_or_else(|| {
            let found = columns.iter().map(|column| (*column).to_owned()).collect();
            assist_data::Error::MissingColumn { source_name: source.to_owned(), column: name.to_owned(), found }.into()
        })
    };
    model.space().column_names().zip(dates).map(position).collect()
}
