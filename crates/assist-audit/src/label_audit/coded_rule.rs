//! A rule as a search has it: predicates on codes, and the outcomes for which it predicts class 1.

use super::formulas::formulas;
use super::literal::{Condition, Literal};
use super::rule::{LabelRule, Shape};
use crate::coded::{CodedColumn, CodedValues};

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

/// A rule as a search has it: one to three predicates, and for which of their outcomes it predicts class 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodedRule {
    pub(crate) predicates: Vec<Predicate>,
    /// Bit `o` is set where the rule predicts class 1 for outcome `o`, whose bit `i` is that of predicate `i`.
    pub(crate) table: u8,
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
    /// Whether the rule holds for a row, which is class 1 by it.
    pub(crate) fn holds(&self, columns: &[CodedColumn], row: usize) -> bool {
        let outcome = self.predicates.iter().enumerate().fold(0, |outcome, (at, predicate)| {
            let column = &columns[predicate.column];
            outcome | u8::from(predicate.holds(column, column.codes[row])) << at
        });
        self.table >> outcome & 1 == 1
    }

    /// The rule in words. `cuts` are the first and the last code of which each predicate's cut may be.
    pub(crate) fn in_words(&self, columns: &[CodedColumn], cuts: &[[u32; 2]]) -> Option<LabelRule> {
        let n = self.predicates.len();
        let formula = formulas(n).iter().find(|formula| formula.table == self.table)?;
        let literal =
            |at: usize| self.predicates[at].literal(columns, formula.negated >> at & 1 == 1, cuts.get(at).copied());
        let rule = LabelRule { literals: (0..n).map(literal).collect(), shape: formula.shape };
        Some(
            self.by_levels_left(columns)
                .filter(|_| rule.shape == Shape::All && formula.negated == 0b11)
                .unwrap_or(rule),
        )
    }

    /// A rule that excludes two of four levels of a column is written by the two that are left.
    fn by_levels_left(&self, columns: &[CodedColumn]) -> Option<LabelRule> {
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
            .then(|| LabelRule { literals: left.into_iter().map(literal).collect(), shape: Shape::Any })
    }
}
