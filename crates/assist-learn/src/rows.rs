//! Rows of any table as values for the scorer.

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use assist_data::{
    CellProblem, LevelReading, ModelReadings, NumberReading, moment_column, number_column, text_column, weekday,
};
use assist_score::Value;

use crate::error::Error;

/// The feature columns of a batch, in the order of a feature space.
pub(crate) struct FeatureColumns {
    numeric: Vec<NumberCells>,
    categorical: Vec<LevelCells>,
}

/// Cells of a categorical column.
enum LevelCells {
    Plain(StringArray),
    /// The dictionary's place of each cell, and its levels, which are read once each.
    Coded {
        places: Vec<usize>,
        column: ArrayRef,
        levels: StringArray,
    },
}

impl LevelCells {
    fn value(&self, row: usize) -> Value<'_> {
        let (levels, place) = match self {
            Self::Plain(levels) => (levels, row),
            Self::Coded { column, .. } if column.is_null(row) => return Value::Missing,
            Self::Coded { places, levels, .. } => (levels, places[row]),
        };
        if levels.is_valid(place) { Value::Text(levels.value(place)) } else { Value::Missing }
    }
}

/// Cells of a numeric column: its numbers, and where it is one of texts, those that are no numbers.
struct NumberCells {
    numbers: Float64Array,
    texts: Option<StringArray>,
}

impl FeatureColumns {
    /// Takes the columns at `positions`: one for each of the readings.
    pub(crate) fn new(batch: &RecordBatch, readings: &ModelReadings, positions: &[usize]) -> Result<Self, Error> {
        let (numeric, categorical) = positions.split_at(readings.numbers.len());
        let fault = |position: usize, problem: CellProblem| {
            let column = batch.schema().field(position).name().clone();
            Error::ColumnType { column, problem }
        };
        let numbers = numeric.iter().zip(&readings.numbers).map(|(position, reading)| {
            numbers_of(batch.column(*position), reading).map_err(|problem| fault(*position, problem))
        });
        let levels = categorical.iter().zip(&readings.levels).map(|(position, reading)| {
            cells_of(batch.column(*position), reading).map_err(|problem| fault(*position, problem))
        });
        Ok(Self { numeric: numbers.collect::<Result<_, Error>>()?, categorical: levels.collect::<Result<_, Error>>()? })
    }

    /// The values of a row, into `values`.
    pub(crate) fn row<'a>(&'a self, row: usize, values: &mut Vec<Value<'a>>) {
        values.clear();
        for NumberCells { numbers, texts } in &self.numeric {
            values.push(match texts {
                _ if numbers.is_valid(row) => Value::Number(numbers.value(row)),
                Some(texts) if texts.is_valid(row) => Value::Text(texts.value(row)),
                _ => Value::Missing,
            });
        }
        values.extend(self.categorical.iter().map(|cells| cells.value(row)));
    }
}

fn numbers_of(column: &ArrayRef, reading: &NumberReading) -> Result<NumberCells, CellProblem> {
    if let Some(date) = &reading.date
        && let Ok(moments) = moment_column(column)
    {
        let numbers = moments.iter().map(|moment| moment.and_then(|moment| date.part.number(moment))).collect();
        return Ok(NumberCells { numbers, texts: None });
    }
    if reading.date.is_none()
        && let Ok(numbers) = number_column(column)
    {
        // What stands for a missing number is the same in every format.
        let any_missing = numbers.iter().flatten().any(|number| reading.is_missing(number));
        let present = |number: Option<f64>| number.filter(|number| !reading.is_missing(*number));
        let numbers = if any_missing { numbers.iter().map(present).collect() } else { numbers };
        return Ok(NumberCells { numbers, texts: None });
    }
    let texts = text_column(column)?;
    let mut numbers = Vec::with_capacity(texts.len());
    // A text that is no number stays as it is, and the scorer says what is wrong with it.
    let mut refused: Vec<Option<&str>> = Vec::new();
    for (row, text) in texts.iter().enumerate() {
        numbers.push(match text.map(|text| reading.number(text)) {
            Some(Ok(number)) => number,
            Some(Err(_)) => {
                refused.resize(row, None);
                refused.push(text);
                None
            }
            None => None,
        });
    }
    if !refused.is_empty() {
        refused.resize(texts.len(), None);
    }
    let texts = (!refused.is_empty()).then(|| refused.into_iter().collect());
    Ok(NumberCells { numbers: numbers.into(), texts })
}

fn cells_of(column: &ArrayRef, reading: &LevelReading) -> Result<LevelCells, CellProblem> {
    if !matches!(column.data_type(), DataType::Dictionary(..)) {
        return levels_of(column, reading).map(LevelCells::Plain);
    }
    let coded = column.as_any_dictionary();
    let levels = levels_of(coded.values(), reading)?;
    // Without values there is no cell to look up either.
    let places = if levels.is_empty() { Vec::new() } else { coded.normalized_keys() };
    Ok(LevelCells::Coded { places, column: column.clone(), levels })
}

fn levels_of(column: &ArrayRef, reading: &LevelReading) -> Result<StringArray, CellProblem> {
    if reading.date.is_some()
        && let Ok(moments) = moment_column(column)
    {
        return Ok(moments.iter().map(|moment| moment.map(weekday)).collect());
    }
    let texts = text_column(column)?;
    if reading.date.is_none() && reading.na.is_empty() {
        // Spellings are the scorer's business.
        return Ok(texts);
    }
    let level = |text: Option<&str>| match text.map(|text| reading.level(text)) {
        Some(Ok(level)) => level.map(std::borrow::Cow::into_owned),
        Some(Err(_)) => text.map(str::to_owned),
        None => None,
    };
    Ok(texts.iter().map(level).collect())
}
