//! How terms are stored since version 4. The form is frozen: a new kind of factor needs a section of another tag.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Inconsistency};
use crate::space::FeatureSpace;
use crate::terms::Term;

/// All that a score is the sum of.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredTerms {
    intercept: f64,
    terms: Vec<StoredTerm>,
}

/// A term as the list of its factors, one of them for any term but a product. So a list of lists is as deep as it gets, however
/// a file may have been damaged.
#[derive(Serialize, Deserialize)]
struct StoredTerm {
    coefficient: f64,
    factors: Vec<StoredFactor>,
}

/// A term that is not a product. New kinds need a section of another tag.
#[derive(Serialize, Deserialize)]
enum StoredFactor {
    Slope { column: u32, centre: f64 },
    Cut { column: u32, low: Option<f64>, high: Option<f64> },
    Level { column: u32, code: u32 },
    Missing { column: u32 },
    Basis { column: u32, knots: Vec<f64>, pieces: Vec<[f64; 4]> },
}

impl StoredTerms {
    /// The terms of a space with their coefficients.
    pub(super) fn new(space: &FeatureSpace, intercept: f64, coefficients: &[f64]) -> Result<Self, Error> {
        let stored = space.terms().into_iter().zip(coefficients).map(|(term, coefficient)| {
            let factors = term.factors().iter().map(stored_factor).collect::<Option<_>>();
            Some(StoredTerm { coefficient: *coefficient, factors: factors? })
        });
        let terms = stored.collect::<Option<_>>().ok_or(Error::Unencodable)?;
        Ok(Self { intercept, terms })
    }

    /// Intercept and coefficients. The terms begin with those of the columns, and the rest is the space's.
    pub(super) fn restore(self, space: &mut FeatureSpace) -> Result<(f64, Vec<f64>), Error> {
        let Self { intercept, terms: stored } = self;
        let mut coefficients = Vec::with_capacity(stored.len());
        let mut terms = Vec::with_capacity(stored.len());
        for StoredTerm { coefficient, factors } in stored {
            coefficients.push(coefficient);
            let mut factors: Vec<Term> = factors.into_iter().map(Term::from).collect();
            terms.push(match factors.pop() {
                Some(only) if factors.is_empty() => only,
                last => Term::Product { factors: factors.into_iter().chain(last).collect() },
            });
        }
        let of_columns = space.terms();
        if !terms.starts_with(&of_columns) {
            return Err(Error::Inconsistent(Inconsistency::OtherTerms));
        }
        space.additional = terms.split_off(of_columns.len());
        Ok((intercept, coefficients))
    }
}

/// A factor as it is stored. There is none for a product, nor for a place beyond 32 bits.
fn stored_factor(term: &Term) -> Option<StoredFactor> {
    let place = |column: usize| u32::try_from(column).ok();
    Some(match term {
        Term::Slope { column, centre } => StoredFactor::Slope { column: place(*column)?, centre: *centre },
        Term::Cut { column, low, high } => StoredFactor::Cut { column: place(*column)?, low: *low, high: *high },
        Term::Level { column, code } => StoredFactor::Level { column: place(*column)?, code: *code },
        Term::Missing { column } => StoredFactor::Missing { column: place(*column)? },
        Term::Basis { column, knots, pieces } => {
            StoredFactor::Basis { column: place(*column)?, knots: knots.clone(), pieces: pieces.clone() }
        }
        Term::Product { .. } => return None,
    })
}

impl From<StoredFactor> for Term {
    fn from(stored: StoredFactor) -> Self {
        match stored {
            StoredFactor::Slope { column, centre } => Self::Slope { column: column as usize, centre },
            StoredFactor::Cut { column, low, high } => Self::Cut { column: column as usize, low, high },
            StoredFactor::Level { column, code } => Self::Level { column: column as usize, code },
            StoredFactor::Missing { column } => Self::Missing { column: column as usize },
            StoredFactor::Basis { column, knots, pieces } => Self::Basis { column: column as usize, knots, pieces },
        }
    }
}
