//! Rows of any table as values for the scorer.

use arrow::array::{Array, Float64Array, RecordBatch, StringArray};
use assist_data::{number_column, text_column};
use assist_score::{FeatureSpace, Value};

use crate::error::Error;

/// The feature columns of a batch, in the order of a feature space.
pub(crate) struct FeatureColumns {
    numeric: Vec<NumberCells>,
    categorical: Vec<StringArray>,
}

enum NumberCells {
    Text(StringArray),
    Number(Float64Array),
}

impl FeatureColumns {
    /// Takes the columns at `positions`: one for each of the space's columns.
    pub(crate) fn new(batch: &RecordBatch, space: &FeatureSpace, positions: &[usize]) -> Result<Self, Error> {
        let (numeric, categorical) = positions.split_at(space.numeric.len());
        let texts = |position: &usize| {
            text_column(batch.column(*position)).map_err(|problem| {
                let column = batch.schema().field(*position).name().clone();
                Error::ColumnType { column, problem }
            })
        };
        let numbers = |position: &usize| {
            let column = batch.column(*position);
            match number_column(column) {
                Ok(numbers) => Ok(NumberCells::Number(numbers)),
                Err(_) => texts(position).map(NumberCells::Text),
            }
        };
        Ok(Self {
            numeric: numeric.iter().map(numbers).collect::<Result<_, Error>>()?,
            categorical: categorical.iter().map(texts).collect::<Result<_, Error>>()?,
        })
    }

    /// The values of a row, into `values`.
    pub(crate) fn row<'a>(&'a self, row: usize, values: &mut Vec<Value<'a>>) {
        values.clear();
        for column in &self.numeric {
            values.push(match column {
                NumberCells::Text(cells) if cells.is_valid(row) => Value::Text(cells.value(row)),
                NumberCells::Number(cells) if cells.is_valid(row) => Value::Number(cells.value(row)),
                _ => Value::Missing,
            });
        }
        for column in &self.categorical {
            values.push(if column.is_valid(row) { Value::Text(column.value(row)) } else { Value::Missing });
        }
    }
}
