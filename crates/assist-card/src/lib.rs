//! The optimal integer scorecard: at most five lines with integer points, the least log-loss, and a proof of it.
//!
//! ```
//! use assist_card::{Candidates, CardSettings, Proof, optimal_card};
//!
//! // Two candidates and, by row, how many observations are of class 0 and of class 1.
//! let columns = vec![vec![false, true, false, true], vec![false, false, true, true]];
//! let table = Candidates::new(columns, vec![[80, 20], [50, 50], [60, 40], [20, 80]])?;
//! let card = optimal_card(&table, &CardSettings::default(), &|| false, &|_| ())?;
//! assert_eq!(card.proof, Proof::Optimal { tolerance: 1e-7 });
//! assert!(card.lines.len() == 2 && card.slope > 0.0);
//! # Ok::<(), assist_card::Error>(())
//! ```

mod best;
mod candidates;
mod card;
mod closer_look;
mod control;
mod dual_bound;
mod error;
mod everything;
mod fit;
mod incumbent;
mod integer_points;
mod intersections;
mod longer;
mod optimal;
mod pair_filter;
mod restricted;
mod saturated;
mod search;
mod settings;
mod support;

pub use candidates::Candidates;
pub use card::{Card, Line, Proof};
pub use error::{Error, Missing};
pub use optimal::optimal_card;
pub use settings::{CardSettings, MOST_CANDIDATES, MOST_PROVEN_LINES, Progress};

/// The examples of the README run with the other ones.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
