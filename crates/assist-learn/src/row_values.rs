//! The rows of a table as a model takes them: for those who do with values what scoring alone does not.

use arrow::array::RecordBatch;
use assist_data::{ModelReadings, RawBatch, Table};
use assist_score::{Model, Value};

use crate::dataset::readings_of_model;
use crate::error::Error;
use crate::ordered_batches::ordered_batches;
use crate::predict::positions;
use crate::progress::{Stage, Watch, tell};
use crate::rows::FeatureColumns;

/// Hands the values of each row to `take`, in the order of the rows; of a row those of the model's columns, in their order. What a
/// model rejects is handed on as it is.
///
/// # Errors
///
/// Whatever is wrong with the table as a table.
pub fn row_values(
    model: &Model,
    table: &Table,
    watch: Watch<'_>,
    take: &mut dyn FnMut(&[Value<'_>]),
) -> Result<(), Error> {
    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let numeric: Vec<&str> = model.space().numeric.iter().map(|column| column.name.as_str()).collect();
    let readings = readings_of_model(model, &table.options().na);
    let positions = positions(model, &readings, &columns, &table.name())?;
    let readings = readings.for_table(table, &numeric)?;
    let mut rows = 0;
    let as_it_is = |batch: &RawBatch, _| Ok((batch.record.clone(), readings.in_file(batch.source).into_owned()));
    ordered_batches(table, &columns, as_it_is, |batches: Vec<(RecordBatch, ModelReadings)>| {
        for (batch, readings) in batches {
            let cells = FeatureColumns::new(&batch, &readings, &positions)?;
            let mut values = Vec::new();
            for row in 0..batch.num_rows() {
                cells.row(row, &mut values);
                take(&values);
            }
            rows += batch.num_rows() as u64;
        }
        tell(watch, Stage::Scoring, rows)
    })?;
    if rows == 0 {
        return Err(assist_data::Error::NoRows(table.name()).into());
    }
    Ok(())
}
