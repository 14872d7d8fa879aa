//! The forms that a model can have.

use core::fmt;

use serde::{Deserialize, Serialize};

/// What kind of model it is. All are coefficients of terms, a threshold of the score and a map to a probability, and are scored
/// alike; they differ in how they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Form {
    /// A logistic regression: each column has terms of itself, and the score is a log-odds.
    #[default]
    Logistic,
    /// A scorecard: integer points on a few terms, and a probability for each total.
    Card,
    /// A rule of a few conditions, as points that are above the threshold where it holds.
    Rule,
}

impl Form {
    /// Whether coefficients are points, which only the additional terms of a space have.
    pub fn has_points(self) -> bool {
        self != Self::Logistic
    }
}

/// As settings have it: `logistic`, `card`, `rule`.
impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Logistic => "logistic",
            Self::Card => "card",
            Self::Rule => "rule",
        })
    }
}
