//! From the values of a row to numbers and codes, or to the reason why there are none.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;

use crate::columns::{CategoricalColumn, NumericColumn};
use crate::level_codes::LevelCodes;
use crate::number_style::NumberStyle;
use crate::outcome::Value;
use crate::rejection::{Reason, Rejection, Subject};
use crate::space::FeatureSpace;
use crate::spelling::level_of_number;
use crate::text::{parse_number, shown};

/// What makes the usual value of each column quick to take. Whatever is not usual is left to the columns themselves.
#[derive(Debug, Clone)]
pub(crate) struct RowEncoder {
    bounds: Vec<Bounds>,
    /// The levels of each categorical column, for look-ups.
    level_codes: Vec<LevelCodes>,
    /// The columns, numeric and categorical, sorted by name.
    by_name: Vec<u32>,
}

/// What a number must be, with all ends closed.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    low: f64,
    high: f64,
    is_whole: bool,
}

/// An encoded row: one number for each numeric column (NaN where it is missing), one code for each categorical one.
#[derive(Debug, Default)]
pub(crate) struct EncodedRow {
    pub(crate) numbers: Vec<f64>,
    pub(crate) codes: Vec<u32>,
}

impl RowEncoder {
    pub(crate) fn new(space: &FeatureSpace) -> Self {
        let bounds = space.numeric.iter().map(|column| Bounds {
            low: column.min.unwrap_or(f64::MIN),
            high: column.max.unwrap_or(f64::MAX),
            is_whole: column.integer,
        });
        let names: Vec<&str> = space.column_names().collect();
        let mut by_name: Vec<u32> = (0..).zip(&names).map(|(index, _)| index).collect();
        by_name.sort_unstable_by_key(|index| names[*index as usize]);
        let level_codes = space.categorical.iter().map(|column| LevelCodes::new(&column.levels)).collect();
        Self { bounds: bounds.collect(), level_codes, by_name }
    }

    /// The number of a cell of a numeric column. A rejection is boxed, so that what nearly always happens stays small.
    #[inline]
    pub(crate) fn number(&self, value: Value<'_>, column: usize, space: &FeatureSpace) -> Result<f64, Box<Rejection>> {
        let bounds = &self.bounds[column];
        if let Value::Number(number) = value
            && number >= bounds.low
            && number <= bounds.high
            && (!bounds.is_whole || is_surely_whole(number))
        {
            return Ok(number);
        }
        encode_number(value, &space.numeric[column]).map_err(Box::new)
    }

    /// The code of a cell of a categorical column; `column` is its place among these.
    #[inline]
    pub(crate) fn code(&self, value: Value<'_>, column: usize, space: &FeatureSpace) -> Result<u32, Box<Rejection>> {
        if let Value::Text(text) = value
            && let Some(code) = self.level_codes[column].code(text)
        {
            return Ok(code);
        }
        encode_level(value, &space.categorical[column]).map_err(Box::new)
    }

    /// The index of a column among [`FeatureSpace::column_names`]; `expected` is looked at first.
    pub(crate) fn column_index(&self, name: &str, expected: usize, space: &FeatureSpace) -> Option<usize> {
        if space.column_name(expected) == Some(name) {
            return Some(expected);
        }
        let found = self.by_name.binary_search_by(|index| space.column_name(*index as usize).cmp(&Some(name))).ok()?;
        Some(self.by_name[found] as usize)
    }
}

/// What a value of a categorical column must be.
pub(crate) const ONE_OF_THE_LEVELS: &str = "one of the known levels, spelt as they are";

/// All cells of a row, one for each of the space's columns.
pub(crate) fn encode_row(row: &[Value<'_>], space: &FeatureSpace) -> Result<EncodedRow, Rejection> {
    let mut encoded = EncodedRow::default();
    let (numbers, levels) = row.split_at(space.numeric.len());
    for (value, column) in numbers.iter().zip(&space.numeric) {
        encoded.numbers.push(encode_number(*value, column)?);
    }
    for (value, column) in levels.iter().zip(&space.categorical) {
        encoded.codes.push(encode_level(*value, column)?);
    }
    Ok(encoded)
}

/// The rejection of a row with more or fewer values than there are columns.
#[cold]
pub(crate) fn wrong_length(length: usize, space: &FeatureSpace) -> Rejection {
    Rejection {
        subject: Subject::Row,
        reason: Reason::WrongLength(length, space.n_columns()),
        known: space.column_names().map(ToString::to_string).collect(),
        expected: "one value for each column".to_owned(),
    }
}

/// Whether a number is whole, by one instruction each way; `false` also for whole ones that are too large for that.
#[inline]
fn is_surely_whole(number: f64) -> bool {
    #[expect(clippy::cast_possible_truncation, reason = "what does not fit gives another number")]
    let truncated = number as i64;
    truncated as f64 == number && truncated != i64::MAX
}

fn encode_number(value: Value<'_>, column: &NumericColumn) -> Result<f64, Rejection> {
    let reject = |reason| Rejection {
        subject: Subject::Column(column.name.clone()),
        reason,
        known: Vec::new(),
        expected: column.expected(),
    };
    let number = match value {
        Value::Missing if column.fill_value.is_some() => return Ok(f64::NAN),
        Value::Missing => return Err(reject(Reason::Missing)),
        Value::Number(number) => number,
        Value::Truth(truth) => f64::from(u8::from(truth)),
        // Nearly all texts are plain numbers.
        Value::Text(text) => match parse_number(text) {
            Ok(number) => number,
            Err(_) => return column.read(text, NumberStyle::default()).map_err(reject),
        },
    };
    column.check(number).map_err(reject)?;
    Ok(number)
}

fn encode_level(value: Value<'_>, column: &CategoricalColumn) -> Result<u32, Rejection> {
    let reject = |reason| Rejection {
        subject: Subject::Column(column.name.clone()),
        reason,
        known: column.levels.clone(),
        expected: ONE_OF_THE_LEVELS.to_owned(),
    };
    let of_text = |text: &str| column.code(text).ok_or_else(|| reject(Reason::UnknownLevel(shown(text))));
    match value {
        Value::Missing => column.missing.ok_or_else(|| reject(Reason::Missing)),
        Value::Number(number) if number.is_finite() => {
            let level = level_of_number(number);
            column.code(&level).ok_or_else(|| {
                let are_numbers = has_numbers(column);
                reject(if are_numbers { Reason::UnknownLevel(level) } else { Reason::NotText(number) })
            })
        }
        Value::Number(number) => Err(reject(Reason::NotText(number))),
        Value::Truth(truth) => of_text(if truth { "true" } else { "false" }),
        Value::Text(text) => of_text(text),
    }
}

/// Whether the levels of a column are numbers, at least in part. They sort before letters, and behind `(missing)` and `(rare)`.
fn has_numbers(column: &CategoricalColumn) -> bool {
    column.levels.iter().take(3).any(|level| parse_number(level).is_ok())
}
