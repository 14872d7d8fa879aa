//! A condition of a rule in the words of the table, and as it is written and read.

use std::borrow::Cow;
use std::fmt;

use assist_metrics::words::number as shown;
use serde::{Deserialize, Serialize};

/// A condition in the words of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "WrittenLiteral", try_from = "WrittenLiteral")]
#[non_exhaustive]
pub struct Literal {
    /// The column.
    pub column: String,
    /// What its value must be.
    pub condition: Condition,
    /// Whether no row has a value within the interval of the cut; else the rule has as many exceptions wherever it lies there,
    /// because the other conditions decide.
    pub no_row_between: bool,
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Condition {
    /// At least a cut that is known only to lie in `(low, high]`.
    AtLeast {
        /// The greatest value below the cut.
        low: f64,
        /// The smallest value above it, or at it.
        high: f64,
    },
    /// Below such a cut; with `or_missing`, missing values count as well.
    Below {
        /// The greatest value below the cut.
        low: f64,
        /// The smallest value above it, or at it.
        high: f64,
        /// Whether a missing value fulfils the condition.
        or_missing: bool,
    },
    /// This level.
    Is(String),
    /// Any other level.
    IsNot(String),
    /// No value.
    Missing,
    /// Some value.
    NotMissing,
}

/// A condition as it stands in JSON. Which figures it has follows from the operator.
#[derive(Serialize, Deserialize)]
struct WrittenLiteral {
    column: String,
    operator: String,
    /// The end of the interval that the operator is applied to: written for readers, it follows from the interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    /// Present where there is a cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    no_row_between: Option<bool>,
    /// Present where it is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    or_missing: Option<bool>,
}

/// A condition in JSON whose operator does not go with its figures.
#[derive(Debug, thiserror::Error)]
#[error("the condition on `{column}` has the operator `{operator}`, but not what belongs to it")]
struct InconsistentLiteral {
    column: String,
    operator: String,
}

impl Literal {
    /// The operator, and where there is one the number it is applied to: of the two ends of the interval that a cut lies in, the
    /// rounder one.
    pub fn operator(&self) -> (&'static str, Option<f64>) {
        match &self.condition {
            Condition::AtLeast { low, high } if digits(*low) < digits(*high) => (">", Some(*low)),
            Condition::AtLeast { high, .. } => (">=", Some(*high)),
            Condition::Below { low, high, .. } if digits(*low) < digits(*high) => ("<=", Some(*low)),
            Condition::Below { high, .. } => ("<", Some(*high)),
            Condition::Is(_) => ("=", None),
            Condition::IsNot(_) => ("!=", None),
            Condition::Missing => ("is missing", None),
            Condition::NotMissing => ("is not missing", None),
        }
    }

    /// The condition in words, its cut, where it has one, above a number that `cut` picks of the interval `[low, high)`.
    pub(super) fn with_cut(&self, cut: impl Fn([f64; 2]) -> f64) -> String {
        let column = &name(&self.column);
        match self.condition {
            Condition::AtLeast { low, high } => format!("{column} > {}", shown(cut([low, high]))),
            Condition::Below { low, high, or_missing: false } => format!("{column} <= {}", shown(cut([low, high]))),
            Condition::Below { low, high, or_missing: true } => {
                format!("({column} <= {} OR {column} is missing)", shown(cut([low, high])))
            }
            _ => self.to_string(),
        }
    }

    /// The interval `(low, high]` that a cut is known to lie in.
    pub fn cut(&self) -> Option<[f64; 2]> {
        match self.condition {
            Condition::AtLeast { low, high } | Condition::Below { low, high, .. } => Some([low, high]),
            _ => None,
        }
    }
}

/// A column as it stands in a rule: quoted unless it is one word that could not be taken for a part of the rule.
fn name(column: &str) -> Cow<'_, str> {
    let is_word = column.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if is_word && !matches!(column, "" | "AND" | "OR" | "is") { column.into() } else { quoted(column).into() }
}

/// Text between quotation marks, its own doubled as in SQL.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Significant digits of a number.
pub(super) fn digits(number: f64) -> usize {
    let shown = format!("{number:e}");
    shown.split('e').next().unwrap_or("").chars().filter(char::is_ascii_digit).count()
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = &name(&self.column);
        match (&self.condition, self.operator()) {
            (Condition::Is(level) | Condition::IsNot(level), (operator, _)) => {
                write!(f, "{column} {operator} {}", quoted(level))
            }
            (Condition::Below { or_missing: true, .. }, (operator, Some(number))) => {
                write!(f, "({column} {operator} {} OR {column} is missing)", shown(number))
            }
            (_, (operator, Some(number))) => write!(f, "{column} {operator} {}", shown(number)),
            (_, (operator, None)) => write!(f, "{column} {operator}"),
        }
    }
}

impl From<Literal> for WrittenLiteral {
    fn from(literal: Literal) -> Self {
        let (operator, value) = literal.operator();
        let cut = literal.cut();
        Self {
            operator: operator.to_owned(),
            value,
            low: cut.map(|[low, _]| low),
            high: cut.map(|[_, high]| high),
            no_row_between: cut.map(|_| literal.no_row_between),
            or_missing: matches!(literal.condition, Condition::Below { or_missing: true, .. }).then_some(true),
            level: match literal.condition {
                Condition::Is(level) | Condition::IsNot(level) => Some(level),
                _ => None,
            },
            column: literal.column,
        }
    }
}

impl TryFrom<WrittenLiteral> for Literal {
    type Error = InconsistentLiteral;

    fn try_from(written: WrittenLiteral) -> Result<Self, InconsistentLiteral> {
        let WrittenLiteral { column, operator, low, high, level, no_row_between, or_missing, .. } = written;
        let condition = match (operator.as_str(), low.zip(high), level) {
            (">" | ">=", Some((low, high)), None) => Condition::AtLeast { low, high },
            ("<" | "<=", Some((low, high)), None) => {
                Condition::Below { low, high, or_missing: or_missing.unwrap_or(false) }
            }
            ("=", None, Some(level)) => Condition::Is(level),
            ("!=", None, Some(level)) => Condition::IsNot(level),
            ("is missing", None, None) => Condition::Missing,
            ("is not missing", None, None) => Condition::NotMissing,
            _ => return Err(InconsistentLiteral { column, operator }),
        };
        Ok(Self { column, condition, no_row_between: no_row_between.unwrap_or(true) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_least(column: &str, low: f64, high: f64) -> Literal {
        Literal { column: column.into(), condition: Condition::AtLeast { low, high }, no_row_between: true }
    }

    #[test]
    fn a_cut_is_told_by_the_rounder_end_of_its_interval() {
        let shown = |low, high| at_least("x", low, high).to_string();
        assert_eq!(shown(60.0, 61.0), "x > 60");
        assert_eq!(shown(2.0, 3.0), "x >= 3");
        assert_eq!(shown(0.123, 0.5), "x >= 0.5");
        assert_eq!(shown(1e6, 1_000_001.0), "x > 1000000");
        let below = Literal {
            column: "x".into(),
            condition: Condition::Below { low: 60.0, high: 61.0, or_missing: false },
            no_row_between: true,
        };
        assert_eq!(below.to_string(), "x <= 60");
    }

    #[test]
    fn names_that_could_be_taken_for_a_part_of_the_rule_are_quoted() {
        let named = |column: &str| Literal { column: column.into(), ..at_least("x", 2.0, 3.0) }.to_string();
        assert_eq!(
            ["time_s", "Zeit-Größe", "time s", "a >= 3 OR b", "OR", "12\""].map(named),
            [
                "time_s >= 3",
                "Zeit-Größe >= 3",
                "\"time s\" >= 3",
                "\"a >= 3 OR b\" >= 3",
                "\"OR\" >= 3",
                "\"12\"\"\" >= 3"
            ]
        );
    }

    #[test]
    fn every_condition_is_read_back() {
        let conditions = [
            Condition::AtLeast { low: 2.0, high: 3.0 },
            Condition::Below { low: 60.0, high: 61.5, or_missing: false },
            Condition::Below { low: 0.1, high: 0.3, or_missing: true },
            Condition::Is("Watch".into()),
            Condition::IsNot("Watch".into()),
            Condition::Missing,
            Condition::NotMissing,
        ];
        for condition in conditions {
            let literal = Literal { column: "x".into(), condition, no_row_between: true };
            let text = serde_json::to_string(&literal).expect("JSON");
            assert_eq!(serde_json::from_str::<Literal>(&text).expect("a condition"), literal, "{text}");
        }
        let text = serde_json::to_string(&at_least("x", 2.0, 3.0)).expect("JSON");
        let written = r#"{"column":"x","operator":">=","value":3.0,"low":2.0,"high":3.0,"no_row_between":true}"#;
        assert_eq!(text, written);
        assert!(serde_json::from_str::<Literal>(r#"{"column":"x","operator":"=","low":2.0,"high":3.0}"#).is_err());
    }
}
