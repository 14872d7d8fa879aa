//! A row as self-describing formats give it, such as a JSON object: its cells are encoded while they are parsed, so nothing is
//! kept of the text.

use alloc::boxed::Box;
use alloc::vec;
use core::cell::RefCell;
use core::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};

use crate::model::Model;
use crate::outcome::{Outcome, Rejection, Value};

/// Rows of up to this many columns need no memory of their own.
const FEW_COLUMNS: usize = 16;

/// A cell of a row that is being parsed.
#[derive(Debug, Clone, Copy)]
enum Cell {
    Absent,
    Number(f64),
    Code(u32),
    /// Rejected; why stands beside the cells.
    Rejected,
}

type Parsed = Result<Cell, Box<Rejection>>;

impl Model {
    /// Scores a row straight from a deserializer of a map from column names to values, such as that of a JSON object. Columns
    /// that the model does not know are passed over; one that is not there, null or an empty text is missing.
    ///
    /// ```
    /// # use assist_score::{FeatureSpace, Model, NumericColumn, Outcome, Parameters, Target, Training};
    /// # let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
    /// # let numeric = vec![NumericColumn::new("errors", 0.0, 4.0)];
    /// # let space = FeatureSpace { target, dropped: vec![], numeric, categorical: vec![] };
    /// # let parameters = Parameters { coefficients: vec![2.0], intercept: -3.0, training: Training::default() };
    /// # let model = Model::new(space, parameters).expect("they fit each other");
    /// let mut json = serde_json::Deserializer::from_str(r#"{"errors": 2, "name": "passed over"}"#);
    /// let Outcome::Scored(scored) = model.score_from(&mut json)? else { panic!() };
    /// assert_eq!(scored.score, 1.0);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What is wrong with the text: it is no such map, or a column is given twice. Values that the model does not take are no
    /// error but a rejection.
    pub fn score_from<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Result<Outcome, D::Error> {
        deserializer.deserialize_map(Row { model: self })
    }
}

struct Row<'m> {
    model: &'m Model,
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = Outcome;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from column names to values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outcome, A::Error> {
        let space = self.model.space();
        let n_columns = space.n_columns();
        let mut few = [Cell::Absent; FEW_COLUMNS];
        let mut many = vec![Cell::Absent; if n_columns > FEW_COLUMNS { n_columns } else { 0 }];
        let cells = if n_columns > FEW_COLUMNS { many.as_mut_slice() } else { &mut few[..n_columns] };
        // Of several columns that are rejected the first is named, in whatever order they come.
        let mut rejected: Option<(usize, Box<Rejection>)> = None;
        let mut expected = 0;
        while let Some(column) = map.next_key_seed(Column { model: self.model, expected })? {
            let Some(index) = column else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if !matches!(cells[index], Cell::Absent) {
                let name = space.column_names().nth(index).unwrap_or("");
                return Err(A::Error::custom(format_args!("column `{name}` is given twice")));
            }
            cells[index] = map.next_value_seed(CellOf { model: self.model, index })?.unwrap_or_else(|rejection| {
                if rejected.as_ref().is_none_or(|(first, _)| index < *first) {
                    rejected = Some((index, rejection));
                }
                Cell::Rejected
            });
            expected = index + 1;
        }
        let n_numeric = space.numeric.len();
        let rejected = RefCell::new(rejected);
        let why = || rejected.take().map(|(_, why)| why).expect("noted beside its cell");
        Ok(self.model.score_cells(
            |index| match cells[index] {
                Cell::Number(number) => Ok(number),
                Cell::Rejected => Err(why()),
                _ => self.model.number(Value::Missing, index),
            },
            |index| match cells[n_numeric + index] {
                Cell::Code(code) => Ok(code),
                Cell::Rejected => Err(why()),
                _ => self.model.code(Value::Missing, index),
            },
        ))
    }
}

/// Finds the column that a key names.
struct Column<'m> {
    model: &'m Model,
    /// Keys mostly come in the order of the columns.
    expected: usize,
}

impl<'de> DeserializeSeed<'de> for Column<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Column<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a column")
    }

    #[inline]
    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.model.column_index(name, self.expected))
    }
}

/// Encodes the cell of a column.
struct CellOf<'m> {
    model: &'m Model,
    index: usize,
}

impl CellOf<'_> {
    fn encode(&self, value: Value<'_>) -> Parsed {
        match self.index.checked_sub(self.model.space().numeric.len()) {
            None => self.model.number(value, self.index).map(Cell::Number),
            Some(index) => self.model.code(value, index).map(Cell::Code),
        }
    }
}

impl<'de> DeserializeSeed<'de> for CellOf<'_> {
    type Value = Parsed;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Parsed, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for CellOf<'_> {
    type Value = Parsed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a text, a truth value or nothing")
    }

    #[inline]
    fn visit_str<E>(self, text: &str) -> Result<Parsed, E> {
        Ok(self.encode(if text.is_empty() { Value::Missing } else { Value::Text(text) }))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Parsed, E> {
        Ok(self.encode(Value::Number(number)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Parsed, E> {
        Ok(self.encode(Value::Number(number as f64)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Parsed, E> {
        Ok(self.encode(Value::Number(number as f64)))
    }

    /// Truth values are levels in two spellings, depending on the file that a model was trained on; among numbers they are
    /// 0 and 1.
    fn visit_bool<E>(self, truth: bool) -> Result<Parsed, E> {
        if self.index < self.model.space().numeric.len() {
            return Ok(self.encode(Value::Number(if truth { 1.0 } else { 0.0 })));
        }
        let spellings = if truth { ["true", "True"] } else { ["false", "False"] };
        let first = self.encode(Value::Text(spellings[0]));
        Ok(if first.is_ok() { first } else { self.encode(Value::Text(spellings[1])) })
    }

    fn visit_unit<E>(self) -> Result<Parsed, E> {
        Ok(self.encode(Value::Missing))
    }

    fn visit_none<E>(self) -> Result<Parsed, E> {
        Ok(self.encode(Value::Missing))
    }
}
