//! Random draws of counts, in a time that does not depend on how large the counts are.
//!
//! ```
//! use assist_draw::{Random, WithoutReplacement};
//!
//! let rows = [2_000_000_000, 5, 999];
//! let mut random = Random::new(42);
//! let mut sample = WithoutReplacement::new(rows.iter().sum(), 1_000_000);
//! let drawn = rows.map(|count| sample.next(count, &mut random));
//! assert_eq!(drawn.iter().sum::<u64>(), 1_000_000);
//! ```

mod factorials;
mod hat;
mod random;
mod sample;
mod urn;

pub use factorials::ln_choose;
pub use random::Random;
pub use sample::{WithReplacement, WithoutReplacement};
pub use urn::{binomial, hypergeometric};

/// So many are told apart by a float: sums of counts up to here are exact, and so are the draws.
pub const MOST_OBSERVATIONS: u64 = 1 << 53;

/// The examples of the README run with the other ones.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
