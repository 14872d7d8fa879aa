//! Fits of many features: from when on no square of the features is made, what is left out then, and what is refused because
//! it would not fit into memory.

use assist_features::Design;
use assist_score::Penalty;

use crate::choices::{Covariance, InferenceLevel, Solver};
use crate::error::{Error, SquareFor};
use crate::memory;
use crate::penalty::Method;
use crate::settings::LogisticRegression;

/// Parameters up to which a fit makes their square: 32 MiB a matrix, and a second or two of work.
const MOST_SQUARED: usize = 2048;
/// Parameters up to which it does where there are fewer distinct rows than parameters.
const MOST_BEYOND_ROWS: usize = 512;
/// Squares that a fit has at a time, those that a factorisation copies included.
const SQUARES_OF_A_FIT: u64 = 8;
/// Squares that tests of columns and effects have at a time.
const SQUARES_OF_INFERENCE: u64 = 14;
/// Dense matrices of rows by features that Firth's penalty has at a time, and squares.
const FIRTH: [u64; 2] = [4, 8];

/// Whether there are so many features that their square is made only where it is asked for.
pub(crate) fn is_large(design: &Design) -> bool {
    let parameters = design.n_features() + 1;
    parameters > MOST_SQUARED || parameters > MOST_BEYOND_ROWS && parameters > design.n_rows()
}

/// Why a figure is absent of a fit without a square.
pub(crate) fn reason_of_absence(parameters: usize, rows: usize) -> String {
    format!(
        "{parameters} parameters and {rows} distinct rows: above {MOST_SQUARED} parameters, or {MOST_BEYOND_ROWS} where there are fewer rows than parameters, no square of the parameters is made unless such figures are asked for"
    )
}

impl LogisticRegression {
    /// What asks for a square of the features, whatever its size.
    pub(crate) fn square_for(&self) -> Option<SquareFor> {
        let method = self.penalty_facts().method;
        if self.penalty == Penalty::None {
            Some(SquareFor::NoPenalty)
        } else if method == Method::FisherScoring {
            Some(SquareFor::Firth)
        } else if self.inference == InferenceLevel::Full {
            Some(SquareFor::Inference)
        } else if self.covariance != Covariance::Auto && method == Method::Smooth {
            Some(SquareFor::StandardErrors)
        } else {
            (self.solver == Solver::Newton && method == Method::Smooth).then_some(SquareFor::Newton)
        }
    }

    /// Whether the objective is minimised without a Hessian.
    pub(crate) fn solves_without_square(&self, design: &Design) -> bool {
        let needs_one = [SquareFor::NoPenalty, SquareFor::Firth, SquareFor::Newton];
        is_large(design) && !self.square_for().is_some_and(|what| needs_one.contains(&what))
    }

    /// Refuses what cannot be done before any work: more features than rows without a penalty, squares that do not fit into
    /// memory.
    pub(crate) fn check_size(&self, design: &Design) -> Result<(), Error> {
        if !is_large(design) {
            return Ok(());
        }
        let (rows, features) = (design.n_rows(), design.n_features());
        if self.penalty == Penalty::None && rows <= features {
            return Err(Error::FewerRowsThanFeatures { rows, features });
        }
        let Some(what) = self.square_for() else { return Ok(()) };
        let needed = needed_bytes(what, rows as u64, features as u64 + 1);
        let available = memory::available();
        if needed > available {
            return Err(Error::Memory { what, features, needed, available });
        }
        Ok(())
    }
}

/// About how many bytes squares take.
fn needed_bytes(what: SquareFor, rows: u64, parameters: u64) -> u64 {
    let [dense, squares] = match what {
        SquareFor::Firth => FIRTH,
        SquareFor::Inference => [0, SQUARES_OF_INFERENCE],
        SquareFor::NoPenalty | SquareFor::StandardErrors | SquareFor::Newton => [0, SQUARES_OF_A_FIT],
    };
    let cells = dense.saturating_mul(rows).saturating_add(squares.saturating_mul(parameters));
    cells.saturating_mul(parameters).saturating_mul(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_of_a_million_takes_terabytes() {
        assert_eq!(needed_bytes(SquareFor::NoPenalty, 10, 1_000_000), 64_000_000_000_000);
        assert_eq!(needed_bytes(SquareFor::Firth, 1000, 100), (4 * 1000 + 8 * 100) * 100 * 8);
        assert_eq!(needed_bytes(SquareFor::Inference, u64::MAX, u64::MAX), u64::MAX);
    }

    #[test]
    fn what_asks_for_a_square_is_named() {
        let default = LogisticRegression::default();
        assert_eq!(default.square_for(), None);
        assert_eq!(default.clone().with_penalty(Penalty::L1).square_for(), None);
        assert_eq!(default.clone().with_penalty(Penalty::None).square_for(), Some(SquareFor::NoPenalty));
        assert_eq!(default.clone().with_penalty(Penalty::Firth).square_for(), Some(SquareFor::Firth));
        assert_eq!(default.clone().with_covariance(Covariance::Hc1).square_for(), Some(SquareFor::StandardErrors));
        assert_eq!(default.clone().with_inference(InferenceLevel::Full).square_for(), Some(SquareFor::Inference));
        assert_eq!(default.with_solver(Solver::Newton).square_for(), Some(SquareFor::Newton));
    }
}
