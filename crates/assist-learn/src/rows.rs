//! Rows of any table as values for the scorer.

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use assist_data::{CellProblem, number_column, text_column};
use assist_score::{FeatureSpace, Value};

use crate::error::Error;

/// The feature columns of a batch, in the order of a feature space.
pub(crate) struct FeatureColumns {
    numeric: Vec<NumberCells>,
    categorical: Vec<TextCells>,
}

enum NumberCells {
    Text(TextCells),
    Number(Float64Array),
}

enum TextCells {
    Plain(StringArray),
    /// The dictionary's place of each cell, and its texts, which are made once each.
    Coded {
        places: Vec<usize>,
        column: ArrayRef,
        texts: StringArray,
    },
}

impl TextCells {
    fn new(column: &ArrayRef) -> Result<Self, CellProblem> {
        if !matches!(column.data_type(), DataType::Dictionary(..)) {
            return text_column(column).map(Self::Plain);
        }
        let coded = column.as_any_dictionary();
        let texts = text_column(coded.values())?;
        // Without values there is no cell to look up either.
        let places = if texts.is_empty() { Vec::new() } else { coded.normalized_keys() };
        Ok(Self::Coded { places, column: column.clone(), texts })
    }

    fn value(&self, row: usize) -> Value<'_> {
        let (texts, place) = match self {
            Self::Plain(texts) => (texts, row),
            Self::Coded { column, .. } if column.is_null(row) => return Value::Missing,
            Self::Coded { places, texts, .. } => (texts, places[row]),
        };
        if texts.is_valid(place) { Value::Text(texts.value(place)) } else { Value::Missing }
    }
}

impl FeatureColumns {
    /// Takes the columns at `positions`: one for each of the space's columns.
    pub(crate) fn new(batch: &RecordBatch, space: &FeatureSpace, positions: &[usize]) -> Result<Self, Error> {
        let (numeric, categorical) = positions.split_at(space.numeric.len());
        let texts = |position: &usize| {
            TextCells::new(batch.column(*position)).map_err(|problem| {
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
                NumberCells::Text(cells) => cells.value(row),
                NumberCells::Number(cells) if cells.is_valid(row) => Value::Number(cells.value(row)),
                NumberCells::Number(_) => Value::Missing,
            });
        }
        values.extend(self.categorical.iter().map(|cells| cells.value(row)));
    }
}
