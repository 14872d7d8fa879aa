//! The terms of a model: what each coefficient is multiplied with. A score is the intercept and the sum of them all.

use alloc::vec;
use alloc::vec::Vec;
use core::convert::Infallible;

use crate::columns::bin_among;

/// What one coefficient is multiplied with, as a function of a row.
///
/// `column` is always the column's place among [`FeatureSpace::column_names`](crate::FeatureSpace::column_names): the numeric
/// columns come first, the categorical ones follow.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Term {
    /// The number itself, `x - centre`. A missing number counts as its column's fill value.
    Slope {
        /// A numeric column.
        column: usize,
        /// What is taken from the number.
        centre: f64,
    },
    /// 1 where `low < x <= high`, else 0. A missing number lies in no interval.
    Cut {
        /// A numeric column.
        column: usize,
        /// The end that does not belong to the interval; none for all numbers up to `high`.
        low: Option<f64>,
        /// The end that does; none for all numbers above `low`.
        high: Option<f64>,
    },
    /// 1 where the column has this level, else 0.
    Level {
        /// A categorical column.
        column: usize,
        /// The level's place among those of the column.
        code: u32,
    },
    /// 1 where the number is missing, else 0.
    Missing {
        /// A numeric column that may be missing.
        column: usize,
    },
    /// A piecewise cubic polynomial of the number, which any element of a spline basis is. A missing number counts as its
    /// column's fill value.
    ///
    /// With `k` knots there are `k + 1` pieces: one up to the first knot, one up to each further knot (which still belongs to
    /// it), one above the last. A piece is `a + b d + c d^2 + e d^3`, its coefficients in this order, where `d` is the number
    /// less the knot on the left, and for the first piece less the first knot. Pieces that are linear beyond the ends have
    /// `c = e = 0` there.
    Basis {
        /// A numeric column.
        column: usize,
        /// Ascending, at least one.
        knots: Vec<f64>,
        /// One more than knots.
        pieces: Vec<[f64; 4]>,
    },
    /// The product of two or more terms: an interaction.
    Product {
        /// None of them is a product again.
        factors: Vec<Term>,
    },
}

/// An encoded cell as terms see it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TermCell {
    Number(f64),
    /// A missing number, and what it counts as.
    Missing(f64),
    Code(u32),
}

impl TermCell {
    fn number(self) -> f64 {
        match self {
            Self::Number(number) | Self::Missing(number) => number,
            Self::Code(code) => f64::from(code),
        }
    }
}

impl Term {
    /// The columns that it depends on, each once, in the order of its factors.
    pub fn columns(&self) -> Vec<usize> {
        match self {
            Self::Slope { column, .. }
            | Self::Cut { column, .. }
            | Self::Level { column, .. }
            | Self::Missing { column }
            | Self::Basis { column, .. } => vec![*column],
            Self::Product { factors } => {
                let mut columns = Vec::new();
                for column in factors.iter().flat_map(Self::columns) {
                    if !columns.contains(&column) {
                        columns.push(column);
                    }
                }
                columns
            }
        }
    }

    /// The factors of a product; any other term is its own only factor.
    pub fn factors(&self) -> &[Self] {
        match self {
            Self::Product { factors } => factors,
            other => core::slice::from_ref(other),
        }
    }

    /// Its value where its only column has a number, or misses one that counts as `number`; `None` for a level and for a
    /// product, whose columns are not one of numbers.
    pub fn of_number(&self, number: f64, is_missing: bool) -> Option<f64> {
        let cell = if is_missing { TermCell::Missing(number) } else { TermCell::Number(number) };
        match self {
            Self::Level { .. } | Self::Product { .. } => None,
            _ => self.value(&mut |_| Ok::<_, Infallible>(cell)).ok(),
        }
    }

    /// Its value in a row, whose cells are asked for by their column.
    pub(crate) fn value<E>(&self, cell: &mut dyn FnMut(usize) -> Result<TermCell, E>) -> Result<f64, E> {
        let indicator = |is_so: bool| if is_so { 1.0 } else { 0.0 };
        Ok(match self {
            Self::Slope { column, centre } => cell(*column)?.number() - centre,
            Self::Cut { column, low, high } => match cell(*column)? {
                TermCell::Number(number) => {
                    let is_above = low.is_none_or(|low| low < number);
                    indicator(is_above && high.is_none_or(|high| number <= high))
                }
                _ => 0.0,
            },
            Self::Level { column, code } => {
                indicator(matches!(cell(*column)?, TermCell::Code(found) if found == *code))
            }
            Self::Missing { column } => indicator(matches!(cell(*column)?, TermCell::Missing(_))),
            Self::Basis { column, knots, pieces } => polynomial(knots, pieces, cell(*column)?.number()),
            Self::Product { factors } => {
                let mut product = 1.0;
                for factor in factors {
                    product *= factor.value(cell)?;
                }
                product
            }
        })
    }
}

fn polynomial(knots: &[f64], pieces: &[[f64; 4]], number: f64) -> f64 {
    let at = bin_among(knots, number);
    // NaN has no piece.
    let (Some([a, b, c, e]), Some(origin)) = (pieces.get(at), knots.get(at.saturating_sub(1))) else {
        return f64::NAN;
    };
    let d = number - origin;
    a + d * (b + d * (c + d * e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(term: &Term, cells: &[TermCell]) -> f64 {
        let mut cell = |column: usize| cells.get(column).copied().ok_or(());
        term.value(&mut cell).expect("a cell for each column")
    }

    #[test]
    fn terms_are_what_their_docs_say() {
        use TermCell::{Code, Missing, Number};
        let slope = Term::Slope { column: 0, centre: 0.5 };
        let cut = |low, high| Term::Cut { column: 0, low, high };
        let level = Term::Level { column: 0, code: 2 };
        let missing = Term::Missing { column: 0 };
        for (term, cell, expected) in [
            (&slope, Number(2.0), 1.5),
            (&slope, Missing(7.0), 6.5),
            (&cut(Some(1.0), Some(2.0)), Number(1.0), 0.0),
            (&cut(Some(1.0), Some(2.0)), Number(2.0), 1.0),
            (&cut(None, Some(2.0)), Number(-1e300), 1.0),
            (&cut(Some(2.0), None), Number(1e300), 1.0),
            (&cut(Some(2.0), None), Missing(5.0), 0.0),
            (&level, Code(2), 1.0),
            (&level, Code(1), 0.0),
            (&missing, Missing(5.0), 1.0),
            (&missing, Number(5.0), 0.0),
        ] {
            assert_eq!(value(term, &[cell]), expected, "{term:?} of {cell:?}");
        }
        assert_eq!(cut(Some(1.0), None).of_number(3.0, false), Some(1.0));
        assert_eq!(missing.of_number(3.0, true), Some(1.0));
        assert_eq!(level.of_number(3.0, false), None);
        let product = Term::Product { factors: vec![slope, Term::Level { column: 1, code: 1 }] };
        assert_eq!(value(&product, &[Number(2.0), Code(1)]), 1.5);
        assert_eq!(value(&product, &[Number(2.0), Code(0)]), 0.0);
        assert_eq!(product.columns(), [0, 1]);
    }

    /// The cubic B-spline on the knots 0, 1, 2, 3, 4 (de Boor 1978), which is smooth, and 0 beyond them.
    #[test]
    fn a_basis_is_its_pieces() {
        let sixth = 1.0 / 6.0;
        let spline = Term::Basis {
            column: 0,
            knots: vec![0.0, 1.0, 2.0, 3.0, 4.0],
            pieces: vec![
                [0.0; 4],
                [0.0, 0.0, 0.0, sixth],
                [sixth, 0.5, 0.5, -0.5],
                [4.0 * sixth, 0.0, -1.0, 0.5],
                [sixth, -0.5, 0.5, -sixth],
                [0.0; 4],
            ],
        };
        for (number, expected) in
            [(-1.0, 0.0), (0.0, 0.0), (1.0, sixth), (1.5, 23.0 / 48.0), (2.0, 4.0 * sixth), (3.0, sixth), (9.0, 0.0)]
        {
            let found = value(&spline, &[TermCell::Number(number)]);
            assert!((found - expected).abs() < 1e-15, "{found} is not {expected} at {number}");
        }
        // Beyond the ends the pieces are in powers of the distance from the outermost knots.
        let line =
            Term::Basis { column: 0, knots: vec![1.0], pieces: vec![[5.0, 2.0, 0.0, 0.0], [5.0, 3.0, 0.0, 0.0]] };
        assert_eq!([-1.0, 1.0, 2.0].map(|x| value(&line, &[TermCell::Number(x)])), [1.0, 5.0, 8.0]);
        assert!(value(&line, &[TermCell::Missing(f64::NAN)]).is_nan());
    }
}
