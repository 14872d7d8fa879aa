//! What goes into the scorer and what comes out of it.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::rejection::Rejection;

/// One cell of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// No value.
    Missing,
    /// A number, or the level that it is written as in a categorical column: `3` for 3.0.
    Number(f64),
    /// A truth value: 0 or 1 in a numeric column, and in a categorical one the level `true` or `false`, in whatever spelling the
    /// model has.
    Truth(bool),
    /// A text: the level of a categorical column, where truth values and whole numbers may be spelt in another way than the
    /// model does, or a number that is still to be read.
    Text(&'a str),
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Value<'_> {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

/// The nearest number of 64 bits, which is the same one up to 2^53.
impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number as f64)
    }
}

/// The nearest number of 64 bits, which is the same one up to 2^53.
impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number as f64)
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Truth(truth)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

/// What became of a row, in the form that goes over the wire: a map with `outcome` as its first key. In Rust it is a
/// `Result<Scored, Rejection>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Outcome {
    /// The row has a score.
    Scored(Scored),
    /// The row has none, and this is why.
    Rejected(Rejection),
}

impl From<Result<Scored, Rejection>> for Outcome {
    fn from(result: Result<Scored, Rejection>) -> Self {
        match result {
            Ok(scored) => Self::Scored(scored),
            Err(rejection) => Self::Rejected(rejection),
        }
    }
}

impl From<Outcome> for Result<Scored, Rejection> {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Scored(scored) => Ok(scored),
            Outcome::Rejected(rejection) => Err(rejection),
        }
    }
}

/// A scored row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// 1 where the score is above the model's threshold (0 unless another was chosen), else 0; a tie is class 0.
    pub prediction: u8,
    /// Probability of class 1 after correction to the base rate of the training rows (or a stated one).
    pub probability: f64,
    /// Probability of class 1 as the fit has it. Under class weights it stands for a world with other class shares.
    pub raw_probability: f64,
    /// The linear predictor: intercept plus contributions, on the logit scale.
    pub score: f64,
    /// Numeric columns whose value lies outside what the training rows had: the model extrapolates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside_training_range: Vec<String>,
    /// What each feature adds to the score, if it was asked for: with the intercept they sum up to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contributions: Vec<Contribution>,
}

/// What one feature adds to the score of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// The feature's name; `intercept` for the intercept.
    pub feature: String,
    /// Coefficient times value.
    pub value: f64,
}
