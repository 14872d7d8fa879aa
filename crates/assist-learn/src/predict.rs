//! Prediction: a batch of rows in, the same batch with its predictions out.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use assist_data::{DateReading, ModelReadings, Place, RawBatch, RowPosition, Table};
use assist_score::{Model, Rejection, Scored};
use serde::{Deserialize, Serialize};

use crate::added_columns::{AddedColumns, ContributionCells, RowOutcome};
use crate::dataset::readings_of_model;
use crate::error::Error;
use crate::one_row::in_terms_of_dates;
use crate::ordered_batches::ordered_batches;
use crate::progress::{Stage, Watch, tell};
use crate::rows::FeatureColumns;

/// Rejected rows that are described one by one.
const DESCRIBED: usize = 5;

/// What is asked of a prediction.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct PredictSettings {
    /// Whether each prediction comes with what every feature adds to its score.
    pub explain: bool,
    /// What the names of the added columns begin with. Without it that is nothing, or, beside a column of such a name, the
    /// first of `assist_`, `assist_2_` ... with which no name is taken.
    pub prefix: Option<String>,
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
    /// What the names of the added columns begin with, where columns were added.
    pub prefix: String,
}

/// Scores a batch: its columns, which are found by name, and behind them `outcome`, `prediction`, `probability`,
/// `raw_probability`, `score`, `outside_training_range` and `rejection` (and `contributions`, as JSON, where predictions are
/// explained), under the prefix that the settings say. A row that the model rejects has nulls there and its reason in
/// `rejection`.
///
/// # Errors
///
/// A column of the model that the batch does not have, or whose type no model takes; a column of the batch that has the
/// name of an added one with the stated prefix.
pub fn predict(model: &Model, batch: &RecordBatch, settings: &PredictSettings) -> Result<RecordBatch, Error> {
    let schema = batch.schema();
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let contributions = settings.explain.then_some(ContributionCells::Text);
    let added = AddedColumns::beside(&names, settings.prefix.as_deref(), contributions)?;
    let readings = readings_of_model(model, &[]);
    let positions = positions(model, &readings, &names, "the batch")?;
    let outcomes = outcomes(model, batch, &readings, &positions, settings)?;
    with_added(batch, &added.cells(&outcomes)?, &schema_with_added(&schema, &added))
}

/// What takes a scored batch: its rows, and what became of each.
pub type TakeBatch<'a> = dyn FnMut(&RecordBatch, Vec<Result<Scored, Rejection>>) -> Result<(), Error> + 'a;

/// Scores the rows of a table batch by batch, on all cores, and hands each batch with its outcomes to `sink`, in their order.
///
/// # Errors
///
/// Whatever is wrong with the table as a table, and what `sink` fails with. A row that the model rejects is no error.
pub fn predict_table(
    model: &Model,
    table: &Table,
    settings: &PredictSettings,
    watch: Watch<'_>,
    sink: &mut TakeBatch<'_>,
) -> Result<PredictSummary, Error> {
    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let work = |batch: &RawBatch, outcomes: Vec<RowOutcome>| Ok((batch.record.clone(), outcomes));
    score_table(model, table, &columns, settings, watch, work, |scored| {
        scored.into_iter().try_for_each(|(record, outcomes)| sink(&record, outcomes))
    })
}

/// Scores the rows of a table, does `work` with each batch and its outcomes, all on all cores, and hands what that makes to
/// `take`, in the order of the rows.
pub(crate) fn score_table<T: Send>(
    model: &Model,
    table: &Table,
    columns: &[&str],
    settings: &PredictSettings,
    watch: Watch<'_>,
    work: impl Fn(&RawBatch, Vec<RowOutcome>) -> Result<T, Error> + Sync,
    mut take: impl FnMut(Vec<T>) -> Result<(), Error>,
) -> Result<PredictSummary, Error> {
    let numeric: Vec<&str> = model.space().numeric.iter().map(|column| column.name.as_str()).collect();
    let readings = readings_of_model(model, &table.options().na);
    let positions = positions(model, &readings, columns, &table.name())?;
    let readings = readings.for_table(table, &numeric)?;
    let mut summary = PredictSummary::default();
    ordered_batches(
        table,
        columns,
        |batch, _| {
            let readings = readings.in_file(batch.source);
            let outcomes = outcomes(model, &batch.record, &readings, &positions, settings)?;
            Ok((Tally::of(batch, &outcomes), work(batch, outcomes)?))
        },
        |made| {
            let mut all = Vec::with_capacity(made.len());
            for (tally, rows) in made {
                tally.add_to(&mut summary, |at| table.place(at));
                all.push(rows);
            }
            take(all)?;
            tell(watch, Stage::Scoring, summary.rows)
        },
    )?;
    if summary.rows == 0 {
        return Err(assist_data::Error::NoRows(table.name()).into());
    }
    Ok(summary)
}

/// What became of the rows of a batch.
pub(crate) struct Tally {
    rows: u64,
    rejected: u64,
    outside_training_range: u64,
    first_rejected: Vec<(RowPosition, Rejection)>,
}

impl Tally {
    pub(crate) fn of(batch: &RawBatch, outcomes: &[RowOutcome]) -> Self {
        let is_outside = |outcome: &&RowOutcome| outcome.as_ref().is_ok_and(|s| !s.outside_training_range.is_empty());
        let rejected = (batch.first_row..).zip(outcomes).filter_map(|(row, outcome)| {
            let rejection = outcome.as_ref().err()?;
            Some((RowPosition { source: batch.source, row }, rejection))
        });
        Self {
            rows: outcomes.len() as u64,
            rejected: rejected.clone().count() as u64,
            outside_training_range: outcomes.iter().filter(is_outside).count() as u64,
            first_rejected: rejected.take(DESCRIBED).map(|(at, rejection)| (at, rejection.clone())).collect(),
        }
    }

    /// Adds what became of the rows to that of others; `place` says where a row stands.
    pub(crate) fn add_to(self, summary: &mut PredictSummary, place: impl Fn(RowPosition) -> Place) {
        summary.rows += self.rows;
        summary.rejected += self.rejected;
        summary.outside_training_range += self.outside_training_range;
        let missing = DESCRIBED.saturating_sub(summary.first_rejected.len());
        let described = self.first_rejected.into_iter().take(missing);
        summary.first_rejected.extend(described.map(|(at, rejection)| (place(at), rejection)));
    }
}

/// The columns of a table, and behind them those of the prediction.
pub(crate) fn schema_with_added(schema: &SchemaRef, added: &AddedColumns) -> SchemaRef {
    let added = added.fields().into_iter().map(Arc::new);
    let fields: Vec<FieldRef> = schema.fields().iter().cloned().chain(added).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// A batch's columns, and behind them those of the prediction.
pub(crate) fn with_added(batch: &RecordBatch, added: &[ArrayRef], schema: &SchemaRef) -> Result<RecordBatch, Error> {
    let columns = batch.columns().iter().chain(added).cloned().collect();
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

/// What becomes of each row of a batch, whose columns of the model are at `positions`.
pub(crate) fn outcomes(
    model: &Model,
    batch: &RecordBatch,
    readings: &ModelReadings,
    positions: &[usize],
    settings: &PredictSettings,
) -> Result<Vec<RowOutcome>, Error> {
    let cells = FeatureColumns::new(batch, readings, positions)?;
    let mut outcomes = Vec::with_capacity(batch.num_rows());
    let mut values = Vec::new();
    for row in 0..batch.num_rows() {
        cells.row(row, &mut values);
        let outcome = if settings.explain { model.explain(&values) } else { model.score(&values) };
        outcomes.push(outcome.map_err(|rejection| in_terms_of_dates(rejection, model, readings)));
    }
    Ok(outcomes)
}

/// Where the columns that the model's features are read from are among others.
pub(crate) fn positions(
    model: &Model,
    readings: &ModelReadings,
    columns: &[&str],
    source: &str,
) -> Result<Vec<usize>, Error> {
    let place_of: HashMap<&str, usize> = columns.iter().enumerate().map(|(place, column)| (*column, place)).collect();
    let position = |name: &str| {
        place_of.get(name).copied().ok_or_else(|| {
            let found = columns.iter().map(|column| (*column).to_owned()).collect();
            assist_data::Error::MissingColumn { source_name: source.to_owned(), column: name.to_owned(), found }.into()
        })
    };
    source_columns(model, readings).map(position).collect()
}

/// The columns that the model's features are read from, in their order: a date may be read for several.
pub(crate) fn source_columns<'a>(model: &'a Model, readings: &'a ModelReadings) -> impl Iterator<Item = &'a str> {
    let dates = readings.numbers.iter().map(|reading| &reading.date);
    let dates = dates.chain(readings.levels.iter().map(|reading| &reading.date));
    let of_column =
        |(name, date): (&'a str, &'a Option<DateReading>)| date.as_ref().map_or(name, |date| date.source.as_str());
    model.space().column_names().zip(dates).map(of_column)
}
