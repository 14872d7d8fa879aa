//! Why a row gets no score: which column is at fault, what is wrong with its value, and what the model takes instead.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A row that gets no score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rejection {
    /// What is at fault: a column, or the row as a whole. On the wire it is `column`.
    #[serde(rename = "column")]
    pub subject: Subject,
    /// What is wrong with its value.
    pub reason: Reason,
    /// What the model knows: the levels of a categorical column; the columns, where these are at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<String>,
    /// What a value of this column must be, in words.
    pub expected: String,
}

/// What a rejection is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The row as a whole. On the wire it is the text `(row)`.
    Row,
    /// The column of this name.
    Column(String),
}

impl Subject {
    /// The column at fault, if it is one.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Row => None,
            Self::Column(name) => Some(name),
        }
    }
}

/// What stands for the row on the wire.
const ROW: &str = "(row)";

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.column().unwrap_or(ROW))
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Ok(if name == ROW { Self::Row } else { Self::Column(name) })
    }
}

impl core::error::Error for Rejection {}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Subject::Row => write!(f, "the row as a whole: {}", self.reason),
            Subject::Column(name) => write!(f, "column `{name}`: {}", self.reason),
        }
    }
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// A level that no training row had.
    UnknownLevel(String),
    /// No value, and the model has not learnt what that means.
    Missing,
    /// A text that is not a number.
    NotANumber(String),
    /// A text that is not a date: the text, and the form of dates, as `strftime` writes it, or nothing where there is none.
    NotADate(String, String),
    /// NaN, an infinity, or a number too large for 64 bits.
    NotFinite(String),
    /// A fraction where only whole numbers are allowed.
    NotWhole(f64),
    /// Smaller than the declared minimum.
    BelowMinimum(f64, f64),
    /// Larger than the declared maximum.
    AboveMaximum(f64, f64),
    /// A number where a level is expected.
    NotText(f64),
    /// Values so large that the score is not a finite number.
    Overflow,
    /// The row has not as many values as the model has columns: got, wanted.
    WrongLength(usize, usize),
    /// A value under a name that no column of the model has.
    UnknownColumn,
    /// Two values under one name.
    GivenTwice,
    /// A list or a map where one value is expected.
    NotOneValue,
    /// In the words of a newer version; only ever read, never found here.
    Other(String),
}

const MISSING: &str = "missing value";
const OVERFLOW: &str = "the values are too large to be scored";
const UNKNOWN_COLUMN: &str = "the model has no such column";
const GIVEN_TWICE: &str = "given twice";
const NOT_ONE_VALUE: &str = "a list or a map is no value";

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownLevel(level) => write!(f, "unknown level `{level}`"),
            Self::Missing => f.write_str(MISSING),
            Self::NotANumber(text) => write!(f, "`{text}` is not a number"),
            Self::NotADate(text, form) if form.is_empty() => write!(f, "`{text}` is no date"),
            Self::NotADate(text, form) => write!(f, "`{text}` is no date of the form `{form}`"),
            Self::NotFinite(text) => write!(f, "`{text}` is not a finite number"),
            Self::NotWhole(number) => write!(f, "{number} is not a whole number"),
            Self::BelowMinimum(number, minimum) => write!(f, "{number} is below the minimum {minimum}"),
            Self::AboveMaximum(number, maximum) => write!(f, "{number} is above the maximum {maximum}"),
            Self::NotText(number) => write!(f, "{number} is a number where a level is expected"),
            Self::Overflow => f.write_str(OVERFLOW),
            Self::WrongLength(got, wanted) => write!(f, "{got} values for {wanted} columns"),
            Self::UnknownColumn => f.write_str(UNKNOWN_COLUMN),
            Self::GivenTwice => f.write_str(GIVEN_TWICE),
            Self::NotOneValue => f.write_str(NOT_ONE_VALUE),
            Self::Other(words) => f.write_str(words),
        }
    }
}

/// On the wire a reason is its words.
impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_words(&String::deserialize(deserializer)?))
    }
}

impl Reason {
    /// What is wrong, in words without the value, for whoever must not be told it.
    ///
    /// ```
    /// use assist_score::Reason;
    ///
    /// assert_eq!(Reason::UnknownLevel("Tablet".into()).kind(), "unknown level");
    /// ```
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UnknownLevel(_) => "unknown level",
            Self::Missing => MISSING,
            Self::NotANumber(_) => "not a number",
            Self::NotADate(..) => "not a date",
            Self::NotFinite(_) => "not a finite number",
            Self::NotWhole(_) => "not a whole number",
            Self::BelowMinimum(..) => "below the minimum",
            Self::AboveMaximum(..) => "above the maximum",
            Self::NotText(_) => "a number where a level is expected",
            Self::Overflow => OVERFLOW,
            Self::WrongLength(..) => "not one value for each column",
            Self::UnknownColumn => UNKNOWN_COLUMN,
            Self::GivenTwice => GIVEN_TWICE,
            Self::NotOneValue => NOT_ONE_VALUE,
            Self::Other(_) => "rejected",
        }
    }

    /// The reason whose words these are. Words of no known reason stay as they are.
    fn from_words(words: &str) -> Self {
        match words {
            MISSING => return Self::Missing,
            OVERFLOW => return Self::Overflow,
            UNKNOWN_COLUMN => return Self::UnknownColumn,
            GIVEN_TWICE => return Self::GivenTwice,
            NOT_ONE_VALUE => return Self::NotOneValue,
            _ => {}
        }
        let between = |start: &str, end: &str| words.strip_prefix(start)?.strip_suffix(end).map(ToOwned::to_owned);
        let number = |end: &str| words.strip_suffix(end)?.parse::<f64>().ok();
        let numbers = |middle: &str| {
            let (first, second) = words.split_once(middle)?;
            Some((first.parse::<f64>().ok()?, second.parse::<f64>().ok()?))
        };
        let lengths = || {
            let (got, wanted) = words.strip_suffix(" columns")?.split_once(" values for ")?;
            Some((got.parse().ok()?, wanted.parse().ok()?))
        };
        let date = || {
            let (text, form) = words.strip_prefix('`')?.rsplit_once("` is no date")?;
            let form = if form.is_empty() { form } else { form.strip_prefix(" of the form `")?.strip_suffix('`')? };
            Some((text.to_owned(), form.to_owned()))
        };
        between("unknown level `", "`")
            .map(Self::UnknownLevel)
            .or_else(|| between("`", "` is not a number").map(Self::NotANumber))
            .or_else(|| between("`", "` is not a finite number").map(Self::NotFinite))
            .or_else(|| date().map(|(text, form)| Self::NotADate(text, form)))
            .or_else(|| number(" is not a whole number").map(Self::NotWhole))
            .or_else(|| number(" is a number where a level is expected").map(Self::NotText))
            .or_else(|| numbers(" is below the minimum ").map(|(number, bound)| Self::BelowMinimum(number, bound)))
            .or_else(|| numbers(" is above the maximum ").map(|(number, bound)| Self::AboveMaximum(number, bound)))
            .or_else(|| lengths().map(|(got, wanted)| Self::WrongLength(got, wanted)))
            .unwrap_or_else(|| Self::Other(words.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    #[test]
    fn every_reason_is_known_again_by_its_words() {
        for reason in [
            Reason::UnknownLevel("a` is not a number".into()),
            Reason::UnknownLevel(String::new()),
            Reason::Missing,
            Reason::NotANumber("unknown level `x`".into()),
            Reason::NotFinite("NaN".into()),
            Reason::NotADate("soon".into(), "%d.%m.%Y".into()),
            Reason::NotADate("soon".into(), String::new()),
            Reason::NotWhole(-1e-300),
            Reason::BelowMinimum(-0.1, 0.0),
            Reason::AboveMaximum(1e300, 1.5),
            Reason::NotText(7.25),
            Reason::Overflow,
            Reason::WrongLength(2, 3),
            Reason::UnknownColumn,
            Reason::GivenTwice,
            Reason::NotOneValue,
            Reason::Other("too early in the day".into()),
        ] {
            assert_eq!(Reason::from_words(&reason.to_string()), reason);
        }
    }

    proptest! {
        #[test]
        fn texts_and_numbers_come_back(text in ".{0,20}", a in any::<f64>(), b in any::<f64>()) {
            prop_assume!(!a.is_nan() && !b.is_nan());
            for reason in [
                Reason::UnknownLevel(text.clone()),
                Reason::NotANumber(text.clone()),
                Reason::NotFinite(text.clone()),
                Reason::NotText(a),
                Reason::BelowMinimum(a, b),
            ] {
                prop_assert_eq!(Reason::from_words(&reason.to_string()), reason);
            }
        }
    }
}
