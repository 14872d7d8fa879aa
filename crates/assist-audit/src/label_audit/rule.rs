//! Rules: conditions on columns, joined by AND and OR.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::literal::Literal;

/// The ways of joining.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Shape {
    /// All conditions hold; one alone counts as this.
    All,
    /// At least one condition holds.
    Any,
    /// One condition holds, and one of the two others: `a AND (b OR c)`. The place of `a` among the three.
    AndAny(u8),
    /// One condition holds, or both others: `a OR (b AND c)`. The place of `a` among the three.
    OrAll(u8),
}

/// A rule that predicts class 1 where it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LabelRule {
    /// One to three conditions, in the order of the table's columns.
    pub literals: Vec<Literal>,
    /// How they are joined.
    pub shape: Shape,
}

impl fmt::Display for LabelRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let literals = &self.literals;
        let join = |word: &str, among: &dyn Fn(usize) -> bool| {
            let named = literals.iter().enumerate().filter(|(at, _)| among(*at));
            named.map(|(_, literal)| literal.to_string()).collect::<Vec<_>>().join(&format!(" {word} "))
        };
        match self.shape {
            Shape::All => f.write_str(&join("AND", &|_| true)),
            Shape::Any => f.write_str(&join("OR", &|_| true)),
            Shape::AndAny(outer) => {
                let outer = usize::from(outer);
                write!(f, "{} AND ({})", literals[outer], join("OR", &|at| at != outer))
            }
            Shape::OrAll(outer) => {
                let outer = usize::from(outer);
                write!(f, "{} OR ({})", literals[outer], join("AND", &|at| at != outer))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::literal::Condition;
    use super::*;

    fn at_least(column: &str, low: f64, high: f64) -> Literal {
        Literal { column: column.into(), condition: Condition::AtLeast { low, high }, no_row_between: true }
    }

    #[test]
    fn every_shape_has_its_words() {
        let is =
            |level: &str| Literal { column: "d".into(), condition: Condition::Is(level.into()), no_row_between: true };
        let literals = vec![at_least("a", 2.0, 3.0), is("Make it"), at_least("b", 9.0, 10.0)];
        let shown = |shape| LabelRule { literals: literals.clone(), shape }.to_string();
        assert_eq!(shown(Shape::All), "a >= 3 AND d = \"Make it\" AND b >= 10");
        assert_eq!(shown(Shape::Any), "a >= 3 OR d = \"Make it\" OR b >= 10");
        assert_eq!(shown(Shape::AndAny(1)), "d = \"Make it\" AND (a >= 3 OR b >= 10)");
        assert_eq!(shown(Shape::OrAll(2)), "b >= 10 OR (a >= 3 AND d = \"Make it\")");
    }
}
