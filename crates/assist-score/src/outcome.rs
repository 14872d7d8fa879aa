//! What goes into the scorer and what comes out of it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::Serialize;

/// One cell of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// No value.
    Missing,
    /// A number. For a categorical column it is rejected: a level is text.
    Number(f64),
    /// A text: the level of a categorical column, or a number that is still to be read.
    Text(&'a str),
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Outcome {
    /// The row has a score.
    Scored(Scored),
    /// The row has none, and this is why.
    Rejected(Rejection),
}

/// A scored row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scored {
    /// 1 where `score > 0`, else 0; a tie is class 0.
    pub prediction: u8,
    /// Probability of class 1 after correction to the base rate of the training rows (or a stated one).
    pub probability: f64,
    /// Probability of class 1 as the fit has it. Under class weights it stands for a world with other class shares.
    pub raw_probability: f64,
    /// The linear predictor: intercept plus contributions, on the logit scale.
    pub score: f64,
    /// Numeric columns whose value lies outside what the training rows had: the model extrapolates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outside_training_range: Vec<String>,
    /// What each feature adds to the score, if it was asked for: with the intercept they sum up to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contributions: Vec<Contribution>,
}

/// What one feature adds to the score of a row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    /// The feature's name; `intercept` for the intercept.
    pub feature: String,
    /// Coefficient times value.
    pub value: f64,
}

/// A row that gets no score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rejection {
    /// The column at fault.
    pub column: String,
    /// What is wrong with its value.
    pub reason: Reason,
    /// The levels that the model knows, for a categorical column.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<String>,
    /// What a value of this column must be, in words.
    pub expected: String,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// A level that no training row had.
    UnknownLevel(String),
    /// No value, and the model has not learnt what that means.
    Missing,
    /// A text that is no number.
    NotANumber(String),
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
    /// Values so large that the score is no finite number.
    Overflow,
    /// The row has not as many values as the model has columns: got, wanted.
    WrongLength(usize, usize),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownLevel(level) => write!(f, "unknown level `{level}`"),
            Self::Missing => f.write_str("missing value"),
            Self::NotANumber(text) => write!(f, "`{text}` is not a number"),
            Self::NotFinite(text) => write!(f, "`{text}` is not a finite number"),
            Self::NotWhole(number) => write!(f, "{number} is not a whole number"),
            Self::BelowMinimum(number, minimum) => write!(f, "{number} is below the minimum {minimum}"),
            Self::AboveMaximum(number, maximum) => write!(f, "{number} is above the maximum {maximum}"),
            Self::NotText(number) => write!(f, "{number} is a number where a level is expected"),
            Self::Overflow => f.write_str("the values are too large to be scored"),
            Self::WrongLength(got, wanted) => write!(f, "{got} values for {wanted} columns"),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column `{}`: {}", self.column, self.reason)
    }
}

/// Reads a number as every part of the project reads it: decimal or scientific notation with surrounding blanks allowed.
///
/// # Errors
///
/// [`Reason::NotANumber`], or [`Reason::NotFinite`] for `NaN`, `inf` and what overflows 64 bits, such as `1e400`.
pub fn parse_number(text: &str) -> Result<f64, Reason> {
    match text.trim_ascii().parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(Reason::NotFinite(shown(text))),
        Err(_) => Err(Reason::NotANumber(shown(text))),
    }
}

/// A value as a message may show it: at most 60 characters, so that no message carries a whole file, and control
/// characters escaped, so that none reaches a terminal.
pub fn shown(text: &str) -> String {
    let mut short = String::new();
    for (index, letter) in text.chars().enumerate() {
        if index == 60 {
            short.push('…');
            break;
        }
        if letter.is_control() {
            short.extend(letter.escape_default());
        } else {
            short.push(letter);
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn numbers_are_read_or_refused_with_their_text() {
        assert_eq!(parse_number(" 3.5e1 "), Ok(35.0));
        assert_eq!(parse_number("abc"), Err(Reason::NotANumber("abc".into())));
        for text in ["NaN", "inf", "-Infinity", "1e400"] {
            assert_eq!(parse_number(text), Err(Reason::NotFinite(text.into())));
        }
        assert_eq!(parse_number(""), Err(Reason::NotANumber(String::new())));
    }

    #[test]
    fn a_message_never_carries_more_than_a_short_value() {
        assert_eq!(shown("a\0b\u{1b}[31m"), "a\\u{0}b\\u{1b}[31m");
        let long = "x".repeat(10_000);
        let message = parse_number(&long).map_err(|reason| reason.to_string());
        assert!(message.is_err_and(|text| text.len() < 100));
    }
}
