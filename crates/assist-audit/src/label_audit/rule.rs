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

impl LabelRule {
    /// The rule in words whose cuts lie where a model has them: `cut` picks one of each interval `[low, high)`.
    pub fn with_cuts(&self, cut: impl Fn([f64; 2]) -> f64) -> String {
        self.joined(|literal| literal.with_cut(&cut))
    }

    fn joined(&self, told: impl Fn(&Literal) -> String) -> String {
        let join = |word: &str, among: &dyn Fn(usize) -> bool| {
            let named = self.literals.iter().enumerate().filter(|(at, _)| among(*at));
            named.map(|(_, literal)| told(literal)).collect::<Vec<_>>().join(&format!(" {word} "))
        };
        let outer = |outer: u8| told(&self.literals[usize::from(outer)]);
        match self.shape {
            Shape::All => join("AND", &|_| true),
            Shape::Any => join("OR", &|_| true),
            Shape::AndAny(one) => format!("{} AND ({})", outer(one), join("OR", &|at| at != usize::from(one))),
            Shape::OrAll(one) => format!("{} OR ({})", outer(one), join("AND", &|at| at != usize::from(one))),
        }
    }
}

impl fmt::Display for LabelRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.joined(Literal::to_string))
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
        let rule = LabelRule { literals: literals.clone(), shape: Shape::OrAll(0) };
        assert_eq!(rule.with_cuts(|[low, _]| low), "a > 2 OR (d = \"Make it\" AND b > 9)");
        assert_eq!(shown(Shape::All), "a >= 3 AND d = \"Make it\" AND b >= 10");
        assert_eq!(shown(Shape::Any), "a >= 3 OR d = \"Make it\" OR b >= 10");
        assert_eq!(shown(Shape::AndAny(1)), "d = \"Make it\" AND (a >= 3 OR b >= 10)");
        assert_eq!(shown(Shape::OrAll(2)), "b >= 10 OR (a >= 3 AND d = \"Make it\")");
    }
}
