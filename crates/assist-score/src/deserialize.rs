//! A row as self-describing formats give it, such as a JSON object: its cells are encoded while they are parsed, so nothing is
//! kept of the text.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::vec;
use core::cell::RefCell;
use core::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::Model;
use crate::outcome::{Scored, Value};
use crate::rejection::{Reason, Rejection, Subject};
use crate::row::ONE_OF_THE_LEVELS;

/// Rows of up to this many columns need no memory of their own.
const FEW_COLUMNS: usize = 16;

/// A cell of a row that is being parsed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cell {
    Absent,
    Number(f64),
    Code(u32),
    /// Rejected; why stands beside the cells.
    Rejected,
}

/// Of several columns that are rejected the first is named, in whatever order they come.
type FirstRejected = Option<(usize, Box<Rejection>)>;

/// No column of the model.
const UNKNOWN: usize = usize::MAX;

impl Model {
    /// Scores a row straight from a deserializer of a map from column names to values, such as that of a JSON object. Columns
    /// that the model does not know are passed over; one that is not there, null or an empty text is missing.
    ///
    /// ```
    /// # use assist_score::{FeatureSpace, Model, NumericColumn, Parameters, Target};
    /// # let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
    /// # let numeric = vec![NumericColumn::new("errors", 0.0, 4.0)];
    /// # let space = FeatureSpace::new(target, vec![], numeric, vec![]);
    /// # let parameters = Parameters { coefficients: vec![2.0], intercept: -3.0, ..Parameters::default() };
    /// # let model = Model::new(space, parameters).expect("they fit each other");
    /// let mut json = serde_json::Deserializer::from_str(r#"{"errors": 2, "name": "passed over"}"#);
    /// let scored = model.score_from(&mut json)??;
    /// assert_eq!(scored.score, 1.0);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What is wrong with the text: it is not such a map, or a column is given twice. Values that the model does not take are
    /// the inner error, a rejection.
    pub fn score_from<'de, D: Deserializer<'de>>(
        &self,
        deserializer: D,
    ) -> Result<Result<Scored, Rejection>, D::Error> {
        self.score_from_with(deserializer, |_| ())
    }

    /// As [`score_from`](Self::score_from), and tells the names that are passed over: a misspelt one leaves a column missing.
    ///
    /// # Errors
    ///
    /// As [`score_from`](Self::score_from).
    pub fn score_from_with<'de, D: Deserializer<'de>>(
        &self,
        deserializer: D,
        passed_over: impl FnMut(&str),
    ) -> Result<Result<Scored, Rejection>, D::Error> {
        deserializer.deserialize_map(Row { model: self, passed_over })
    }
}

struct Row<'m, F> {
    model: &'m Model,
    passed_over: F,
}

impl<'de, F: FnMut(&str)> Visitor<'de> for Row<'_, F> {
    type Value = Result<Scored, Rejection>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from column names to values")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        let space = self.model.space();
        let n_columns = space.n_columns();
        let mut few = [Cell::Absent; FEW_COLUMNS];
        let mut many = vec![Cell::Absent; if n_columns > FEW_COLUMNS { n_columns } else { 0 }];
        let cells = if n_columns > FEW_COLUMNS { many.as_mut_slice() } else { &mut few[..n_columns] };
        let mut rejected: FirstRejected = None;
        let (mut index, mut expected) = (UNKNOWN, 0);
        let (model, passed_over) = (self.model, &mut self.passed_over);
        while map.next_key_seed(Column { model, expected, index: &mut index, passed_over })?.is_some() {
            let Some(cell) = cells.get_mut(index) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if *cell != Cell::Absent {
                let name = space.column_name(index).unwrap_or("");
                return Err(A::Error::custom(format_args!("column `{name}` is given twice")));
            }
            map.next_value_seed(CellOf { model: self.model, index, cell, rejected: &mut rejected })?;
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

/// Finds the column that a key names. What is found is written to its place instead of being returned, because results of the
/// size of a word are what parsers pass on fastest.
struct Column<'a, F> {
    model: &'a Model,
    passed_over: &'a mut F,
    /// Keys mostly come in the order of the columns.
    expected: usize,
    index: &'a mut usize,
}

impl<'de, F: FnMut(&str)> DeserializeSeed<'de> for Column<'_, F> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<F: FnMut(&str)> Visitor<'_> for Column<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a column")
    }

    #[inline]
    fn visit_str<E>(self, name: &str) -> Result<(), E> {
        *self.index = self.model.column_index(name, self.expected).unwrap_or(UNKNOWN);
        if *self.index == UNKNOWN {
            (self.passed_over)(name);
        }
        Ok(())
    }
}

/// Encodes the cell of a column.
struct CellOf<'a> {
    model: &'a Model,
    index: usize,
    cell: &'a mut Cell,
    rejected: &'a mut FirstRejected,
}

impl CellOf<'_> {
    #[inline]
    fn take(self, value: Value<'_>) {
        match self.encode(value) {
            Ok(cell) => *self.cell = cell,
            Err(rejection) => self.reject(rejection),
        }
    }

    #[inline]
    fn encode(&self, value: Value<'_>) -> Result<Cell, Box<Rejection>> {
        match self.index.checked_sub(self.model.space().numeric.len()) {
            None => self.model.number(value, self.index).map(Cell::Number),
            Some(index) => self.model.code(value, index).map(Cell::Code),
        }
    }

    #[cold]
    fn reject_as_no_value(self) {
        let space = self.model.space();
        let expected = match space.numeric.get(self.index) {
            Some(column) => column.expected(),
            None => ONE_OF_THE_LEVELS.to_owned(),
        };
        let known = self.index.checked_sub(space.numeric.len()).and_then(|place| space.categorical.get(place));
        let known = known.map(|column| column.levels.clone()).unwrap_or_default();
        let subject = Subject::Column(space.column_name(self.index).unwrap_or("").to_owned());
        self.reject(Box::new(Rejection { subject, reason: Reason::NotOneValue, known, expected }));
    }

    #[cold]
    fn reject(self, rejection: Box<Rejection>) {
        *self.cell = Cell::Rejected;
        if self.rejected.as_ref().is_none_or(|(first, _)| self.index < *first) {
            *self.rejected = Some((self.index, rejection));
        }
    }
}

impl<'de> DeserializeSeed<'de> for CellOf<'_> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for CellOf<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a text, a truth value or nothing")
    }

    #[inline]
    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.take(if text.is_empty() { Value::Missing } else { Value::Text(text) });
        Ok(())
    }

    #[inline]
    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.take(Value::Number(number));
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.take(number.into());
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.take(number.into());
        Ok(())
    }

    fn visit_bool<E>(self, truth: bool) -> Result<(), E> {
        self.take(truth.into());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.take(Value::Missing);
        Ok(())
    }

    fn visit_none<E>(self) -> Result<(), E> {
        self.take(Value::Missing);
        Ok(())
    }

    /// The rest of the text is well formed, and of several rows the others have their scores.
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        self.reject_as_no_value();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.reject_as_no_value();
        Ok(())
    }
}
