//! Rules: conditions on columns, joined by AND and OR.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::coded::{CodedColumn, CodedValues};
use crate::words::number as shown;

/// A condition that a row's codes are put to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Predicate {
    pub(crate) column: usize,
    pub(crate) test: Test,
}

/// What is asked of a code. Missing numbers, which have the last code, are from no code on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Test {
    /// A number of this code or a later one.
    From(u32),
    /// This code: a level, or a missing number.
    Is(u32),
}

/// A rule as a search has it: one to three predicates, and for which of their outcomes it says class 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodedRule {
    pub(crate) predicates: Vec<Predicate>,
    /// Bit `o` is set where the rule says class 1 for outcome `o`, whose bit `i` is that of predicate `i`.
    pub(crate) table: u8,
}

/// How predicates, each of them or its negation, are joined: a formula that has each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Formula {
    pub(crate) table: u8,
    pub(crate) shape: Shape,
    /// Which predicates are negated, bit by bit.
    pub(crate) negated: u8,
}

/// The ways of joining.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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

/// A condition in the words of the table.
#[derive(Debug, Clone, PartialEq)]
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

/// A rule that says class 1 where it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// One to three conditions, in the order of the table's columns.
    pub literals: Vec<Literal>,
    /// How they are joined.
    pub shape: Shape,
}

impl Predicate {
    /// Whether it holds for a code of its column.
    #[inline]
    pub(crate) fn holds(self, column: &CodedColumn, code: u32) -> bool {
        match self.test {
            Test::From(from) => code >= from && column.values.n_numbers().is_none_or(|n| (code as usize) < n),
            Test::Is(is) => code == is,
        }
    }

    fn literal(self, columns: &[CodedColumn], is_negated: bool, cut: Option<[u32; 2]>) -> Literal {
        let column = &columns[self.column];
        let condition = match (&column.values, self.test) {
            (CodedValues::Numbers(values), Test::From(from)) => {
                let [first, last] = cut.unwrap_or([from, from]);
                let (low, high) = (values[first as usize - 1], values[last as usize]);
                let or_missing = values.last().is_some_and(|value| value.is_nan());
                if is_negated { Condition::Below { low, high, or_missing } } else { Condition::AtLeast { low, high } }
            }
            (CodedValues::Numbers(_), Test::Is(_)) if is_negated => Condition::NotMissing,
            (CodedValues::Numbers(_), Test::Is(_)) => Condition::Missing,
            (CodedValues::Levels(levels), Test::Is(code) | Test::From(code)) => {
                let level = levels[code as usize].clone();
                // The other one of two levels is named rather than denied.
                match levels.as_slice() {
                    [a, b] if is_negated => Condition::Is(if level == *a { b.clone() } else { a.clone() }),
                    _ if is_negated => Condition::IsNot(level),
                    _ => Condition::Is(level),
                }
            }
        };
        Literal {
            column: column.name.clone(),
            condition,
            no_row_between: cut.is_none_or(|[first, last]| first == last),
        }
    }
}

impl CodedRule {
    /// What the rule says of a row.
    pub(crate) fn says(&self, columns: &[CodedColumn], row: usize) -> bool {
        let outcome = self.predicates.iter().enumerate().fold(0, |outcome, (at, predicate)| {
            let column = &columns[predicate.column];
            outcome | u8::from(predicate.holds(column, column.codes[row])) << at
        });
        self.table >> outcome & 1 == 1
    }

    /// The rule in words. `cuts` are the first and the last code of which each predicate's cut may be.
    pub(crate) fn in_words(&self, columns: &[CodedColumn], cuts: &[[u32; 2]]) -> Option<Rule> {
        let n = self.predicates.len();
        let formula = formulas(n).iter().find(|formula| formula.table == self.table)?;
        let literal =
            |at: usize| self.predicates[at].literal(columns, formula.negated >> at & 1 == 1, cuts.get(at).copied());
        let rule = Rule { literals: (0..n).map(literal).collect(), shape: formula.shape };
        Some(
            self.by_levels_left(columns)
                .filter(|_| rule.shape == Shape::All && formula.negated == 0b11)
                .unwrap_or(rule),
        )
    }

    /// A rule that excludes two of four levels of a column is told by the two that are left.
    fn by_levels_left(&self, columns: &[CodedColumn]) -> Option<Rule> {
        let [Predicate { column: a, test: Test::Is(one) }, Predicate { column: b, test: Test::Is(other) }] =
            self.predicates.as_slice()
        else {
            return None;
        };
        let CodedValues::Levels(levels) = &columns[*a].values else { return None };
        let is_left = |code: &u32| code != one && code != other;
        let left: Vec<u32> = (0..).take(levels.len()).filter(is_left).collect();
        let literal = |code: u32| Predicate { column: *a, test: Test::Is(code) }.literal(columns, false, None);
        (a == b && left.len() == 2)
            .then(|| Rule { literals: left.into_iter().map(literal).collect(), shape: Shape::Any })
    }
}

/// All formulas of one to three predicates that have each once.
///
/// # Panics
///
/// With another number of predicates.
pub(crate) fn formulas(n: usize) -> &'static [Formula] {
    static ALL: LazyLock<[Vec<Formula>; 3]> = LazyLock::new(|| [1, 2, 3].map(made));
    &ALL[n - 1]
}

fn made(n: usize) -> Vec<Formula> {
    let outcomes = 0..1_u8 << n;
    let mut formulas = Vec::new();
    for negated in outcomes.clone() {
        let mut shapes = vec![Shape::All];
        if n > 1 {
            shapes.push(Shape::Any);
        }
        if n == 3 {
            shapes.extend((0..3).flat_map(|outer| [Shape::AndAny(outer), Shape::OrAll(outer)]));
        }
        for shape in shapes {
            let holds = |outcome: u8| {
                let of = |at: usize| (outcome ^ negated) >> at & 1 == 1;
                let others = |outer: u8| (0..3).filter(move |at| *at != usize::from(outer));
                match shape {
                    Shape::All => (0..n).all(of),
                    Shape::Any => (0..n).any(of),
                    Shape::AndAny(outer) => of(outer.into()) && others(outer).any(of),
                    Shape::OrAll(outer) => of(outer.into()) || others(outer).all(of),
                }
            };
            let table =
                outcomes.clone().filter(|outcome| holds(*outcome)).fold(0, |table, outcome| table | 1 << outcome);
            formulas.push(Formula { table, shape, negated });
        }
    }
    formulas
}

impl Rule {
    /// The columns that the rule looks at, each once.
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = self.literals.iter().map(|literal| literal.column.as_str()).collect();
        columns.dedup();
        columns
    }
}

impl fmt::Display for Rule {
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

impl Serialize for Literal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let (operator, value) = self.operator();
        map.serialize_entry("column", &self.column)?;
        map.serialize_entry("operator", operator)?;
        if let Some(value) = value {
            map.serialize_entry("value", &value)?;
        }
        match &self.condition {
            Condition::AtLeast { low, high } | Condition::Below { low, high, .. } => {
                map.serialize_entry("low", low)?;
                map.serialize_entry("high", high)?;
            }
            Condition::Is(level) | Condition::IsNot(level) => map.serialize_entry("level", level)?,
            Condition::Missing | Condition::NotMissing => {}
        }
        if self.cut().is_some() {
            map.serialize_entry("no_row_between", &self.no_row_between)?;
        }
        if let Condition::Below { or_missing: true, .. } = self.condition {
            map.serialize_entry("or_missing", &true)?;
        }
        map.end()
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
    fn every_shape_has_its_words() {
        let is =
            |level: &str| Literal { column: "d".into(), condition: Condition::Is(level.into()), no_row_between: true };
        let literals = vec![at_least("a", 2.0, 3.0), is("Make it"), at_least("b", 9.0, 10.0)];
        let shown = |shape| Rule { literals: literals.clone(), shape }.to_string();
        assert_eq!(shown(Shape::All), "a >= 3 AND d = \"Make it\" AND b >= 10");
        assert_eq!(shown(Shape::Any), "a >= 3 OR d = \"Make it\" OR b >= 10");
        assert_eq!(shown(Shape::AndAny(1)), "d = \"Make it\" AND (a >= 3 OR b >= 10)");
        assert_eq!(shown(Shape::OrAll(2)), "b >= 10 OR (a >= 3 AND d = \"Make it\")");
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
    fn there_are_four_eight_and_sixty_four_formulas() {
        for (n, count) in [(1, 2), (2, 8), (3, 64)] {
            let mut tables: Vec<u8> = formulas(n).iter().map(|formula| formula.table).collect();
            tables.sort_unstable();
            tables.dedup();
            assert_eq!(tables.len(), count, "all of them differ");
        }
    }
}
