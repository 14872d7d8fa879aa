//! The terms beyond those of the columns, curves and interactions, as dense columns of a design: computed from the numbers and
//! codes of a block when it is loaded, and never stored.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use std::ops::Range;

use assist_score::Term;
use assist_score::logistic::BlockVector;

use crate::column::{as_index, with_codes, with_numbers};
use crate::layout::{AdditionalTerm, Factor, Layout};
use crate::segment::Segment;

impl AdditionalTerm {
    /// The values of some rows of a segment; 0 behind the last.
    pub(crate) fn load(&self, segment: &Segment, rows: Range<usize>, layout: &Layout, column: &mut BlockVector) {
        let n_rows = rows.len();
        column[..n_rows].fill(1.0);
        column[n_rows..].fill(0.0);
        for factor in &self.factors {
            factor.multiply(segment, rows.clone(), layout, &mut column[..n_rows]);
        }
    }

    /// The value of a row.
    pub(crate) fn of_row(&self, segment: &Segment, row: usize, layout: &Layout) -> f64 {
        let mut value = [1.0];
        self.factors.iter().for_each(|factor| factor.multiply(segment, row..row + 1, layout, &mut value));
        value[0]
    }
}

impl Factor {
    fn multiply(&self, segment: &Segment, rows: Range<usize>, layout: &Layout, product: &mut [f64]) {
        match self {
            Self::Number { column, term } => {
                let numbers = &segment.numeric[*column];
                let fill = layout.fills[*column].unwrap_or(f64::NAN);
                let missing = numbers.missing.as_ref().map(|missing| &missing[rows.clone()]);
                let of_number = |number: f64, is_missing: bool| match term {
                    Term::Slope { centre, .. } => number - centre,
                    term => term.of_number(number, is_missing).unwrap_or(f64::NAN),
                };
                with_numbers!(&numbers.values, values => {
                    for (at, (entry, value)) in product.iter_mut().zip(&values[rows.clone()]).enumerate() {
                        let is_missing = missing.is_some_and(|missing| missing[at] == 1);
                        *entry *= of_number(if is_missing { fill } else { f64::from(*value) }, is_missing);
                    }
                });
            }
            Self::Code { group, values } => {
                with_codes!(&segment.groups[*group], codes => {
                    for (entry, code) in product.iter_mut().zip(&codes[rows.clone()]) {
                        *entry *= values[as_index(*code)];
                    }
                });
            }
        }
    }
}
