//! Rows of requests and their scores: one way for all protocols. A row that cannot be scored has a rejection; a text that is no
//! JSON has no rows.

use std::borrow::Cow;
use std::fmt;

use assist_learn::{Arm, RowReader};
use assist_score::{Reason, Rejection, Scored, Subject, Value, shown};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::holdout::Holdout;
use crate::served::Served;

/// So many names that were passed over are told.
const MOST_IGNORED: usize = 20;

/// What became of a row.
pub(crate) type RowResult = Result<Scored, Rejection>;

/// A row with the arm of its user, where there is an experiment.
#[derive(Debug)]
pub(crate) struct ScoredUser {
    pub(crate) result: RowResult,
    pub(crate) arm: Option<Arm>,
    /// Names that were passed over, since neither the model nor its training table has them.
    pub(crate) ignored: Vec<String>,
}

impl ScoredUser {
    /// Whether the user is to be helped, where some are held out: predicted 1, and not held out.
    pub(crate) fn help(&self) -> Option<bool> {
        let scored = self.result.as_ref().ok()?;
        self.arm.map(|arm| scored.prediction == 1 && arm == Arm::Helped)
    }
}

impl From<RowResult> for ScoredUser {
    fn from(result: RowResult) -> Self {
        Self { result, arm: None, ignored: Vec::new() }
    }
}

/// Scores rows with one model.
#[derive(Debug)]
pub(crate) struct RowScorer<'a> {
    served: &'a Served,
    /// Where texts are written in a way of the training table, or columns are made of others.
    reader: Option<RowReader<'a>>,
    explain: bool,
    holdout: Option<&'a Holdout>,
}

impl<'a> RowScorer<'a> {
    /// A scorer of rows for a model, with what every feature adds if that is asked for.
    pub(crate) fn new(served: &'a Served, explain: bool, holdout: Option<&'a Holdout>) -> Self {
        let reader = (!served.is_plain || explain).then(|| RowReader::new(&served.model));
        Self { served, reader, explain, holdout }
    }

    /// Scores a row that is a map from names to values.
    ///
    /// # Errors
    ///
    /// What is wrong with the text; a column that is given twice.
    pub(crate) fn row<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Result<ScoredUser, D::Error> {
        if self.reader.is_none() && self.holdout.is_none() {
            let mut ignored = Vec::new();
            let result = self.served.model.score_from_with(deserializer, |name| self.ignore(name, &mut ignored))?;
            return Ok(ScoredUser { result, arm: None, ignored });
        }
        let row = deserializer.deserialize_map(NamedCells { scorer: self })?;
        Ok(ScoredUser { ignored: row.ignored, ..self.named(&row.cells) })
    }

    /// All that is wrong with a row that is a map from names to values, in the order of the columns.
    ///
    /// # Errors
    ///
    /// As [`row`](Self::row).
    pub(crate) fn faults<'de, D: Deserializer<'de>>(&self, deserializer: D) -> Result<Vec<Rejection>, D::Error> {
        let NamedRow { cells, .. } = deserializer.deserialize_map(NamedCells { scorer: self })?;
        let of_key = self.holdout.and_then(|holdout| arm_of(holdout, &cells).err());
        let of_model = || cells.iter().filter(|(name, _)| self.has_column(name));
        let no_values = of_model().filter(|(_, cell)| *cell == Cell::NotOneValue).map(|(name, _)| not_one_value(name));
        let mut faults: Vec<Rejection> = of_key.into_iter().chain(no_values).collect();
        let reader = RowReader::new(&self.served.model);
        let of_values = reader.faults(of_model().map(|(name, cell)| (name.as_ref(), cell.value())));
        let is_new = |fault: &Rejection| !faults.iter().any(|known| known.subject == fault.subject);
        let of_values: Vec<Rejection> = of_values.into_iter().filter(is_new).collect();
        faults.extend(of_values);
        Ok(faults)
    }

    /// Notes a name that is passed over, unless the training table had it.
    fn ignore(&self, name: &str, ignored: &mut Vec<String>) {
        let space = self.served.space();
        let is_known = space.target.name == name || space.dropped.iter().any(|dropped| dropped == name);
        if !is_known && ignored.len() < MOST_IGNORED {
            ignored.push(name.to_owned());
        }
    }

    /// Scores a row of named cells.
    pub(crate) fn named(&self, cells: &[(Cow<'_, str>, Cell<'_>)]) -> ScoredUser {
        let arm = match self.holdout.map(|holdout| arm_of(holdout, cells)).transpose() {
            Ok(arm) => arm,
            Err(rejection) => return Err(rejection).into(),
        };
        let of_model = || cells.iter().filter(|(name, _)| self.has_column(name));
        if let Some((name, _)) = of_model().find(|(_, cell)| *cell == Cell::NotOneValue) {
            return Err(not_one_value(name)).into();
        }
        let result = self.values(of_model().map(|(name, cell)| (name.as_ref(), cell.value())));
        // Who has no prediction is in no arm.
        let arm = arm.filter(|_| result.is_ok());
        ScoredUser { result, arm, ignored: Vec::new() }
    }

    /// Scores a row of named values, all of which are the model's columns.
    fn values<'t>(&self, values: impl IntoIterator<Item = (&'t str, Value<'t>)>) -> RowResult {
        let model = &self.served.model;
        let Some(reader) = &self.reader else { return model.score_named(values) };
        let row = reader.values(values)?;
        let scored = if self.explain { model.explain(&row) } else { model.score(&row) };
        scored.map_err(|rejection| reader.in_terms_of_columns(rejection))
    }

    /// Whether the model has a column of this name.
    pub(crate) fn has_column(&self, name: &str) -> bool {
        match &self.reader {
            Some(reader) => reader.has_column(name),
            None => self.served.space().column_names().any(|column| column == name),
        }
    }

    /// Whether something is made of a column of this name: the model has it, or it names users who may be held out.
    pub(crate) fn takes(&self, name: &str) -> bool {
        self.has_column(name) || self.holdout.is_some_and(|holdout| holdout.column() == name)
    }

    /// The column that names users, where some are held out.
    pub(crate) fn key(&self) -> Option<&str> {
        self.holdout.map(Holdout::column)
    }
}

/// The arm of a user. A number is the text that it is written as, and spaces around a text count for nothing: 17, "17" and " 17 " are
/// one user.
fn arm_of(holdout: &Holdout, cells: &[(Cow<'_, str>, Cell<'_>)]) -> Result<Arm, Rejection> {
    let rejected = |reason| Rejection {
        subject: Subject::Column(holdout.column().to_owned()),
        reason,
        known: Vec::new(),
        expected: "what names the user: some users are held out, always the same ones".to_owned(),
    };
    let cell = cells.iter().find(|(name, _)| name == holdout.column()).map(|(_, cell)| cell);
    match cell {
        Some(Cell::Text(user)) if !user.trim().is_empty() => Ok(holdout.arm_of(user.trim())),
        Some(Cell::Number(user)) => Ok(holdout.arm_of(&user.to_string())),
        Some(Cell::Truth(user)) => Ok(holdout.arm_of(&user.to_string())),
        Some(Cell::NotOneValue) => Err(rejected(Reason::NotOneValue)),
        _ => Err(rejected(Reason::Missing)),
    }
}

fn not_one_value(name: &str) -> Rejection {
    Rejection {
        subject: Subject::Column(shown(name)),
        reason: Reason::NotOneValue,
        known: Vec::new(),
        expected: "a number, a text, a truth value or nothing".to_owned(),
    }
}

/// A row, for a list of rows.
impl<'de> DeserializeSeed<'de> for &RowScorer<'_> {
    type Value = ScoredUser;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<ScoredUser, D::Error> {
        self.row(deserializer)
    }
}

/// A value of JSON, kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'de> {
    Missing,
    Number(f64),
    Truth(bool),
    Text(Cow<'de, str>),
    /// A list or a map.
    NotOneValue,
}

impl Cell<'_> {
    /// As the scorer takes it; a list or a map as nothing, which who asks has refused.
    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Self::Number(number) => Value::Number(*number),
            Self::Truth(truth) => Value::Truth(*truth),
            Self::Text(text) if !text.is_empty() => Value::Text(text),
            _ => Value::Missing,
        }
    }
}

/// A row as it was sent.
struct NamedRow<'de> {
    /// The cells of the columns that the model has.
    cells: Vec<(Cow<'de, str>, Cell<'de>)>,
    /// Names of others.
    ignored: Vec<String>,
}

/// Reads a row.
struct NamedCells<'s, 'a> {
    scorer: &'s RowScorer<'a>,
}

impl<'de> Visitor<'de> for NamedCells<'_, '_> {
    type Value = NamedRow<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from column names to values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut cells: Vec<(Cow<'de, str>, Cell<'de>)> = Vec::with_capacity(self.scorer.served.space().n_columns());
        let mut ignored = Vec::new();
        while let Some(name) = map.next_key_seed(Text)? {
            if !self.scorer.takes(&name) {
                self.scorer.ignore(&name, &mut ignored);
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if cells.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom(format_args!("column `{}` is given twice", shown(&name))));
            }
            let cell = map.next_value_seed(AnyCell)?;
            cells.push((name, cell));
        }
        Ok(NamedRow { cells, ignored })
    }
}

/// A text that is borrowed where it can be.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a column")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// Any value of JSON as a cell.
pub(crate) struct AnyCell;

impl<'de> DeserializeSeed<'de> for AnyCell {
    type Value = Cell<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyCell {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a text, a truth value or nothing")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Cell::Truth(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Cell::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Cell::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Cell::Number(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cell::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cell::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Cell::Missing)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Cell::Missing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell::NotOneValue)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::NotOneValue)
    }
}

impl<'de: 'a, 'a> serde::Deserialize<'de> for Cell<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyCell)
    }
}
