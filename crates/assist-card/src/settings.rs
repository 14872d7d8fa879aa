//! What a search is asked for, and what it tells on its way.

use std::time::Duration;

use crate::error::Error;

/// At most so many lines have a proof; longer cards have a bound.
pub const MOST_PROVEN_LINES: usize = 5;
/// At most so many candidates are ever searched.
pub const MOST_CANDIDATES: usize = 120;
/// Longer cards are not sought.
pub(crate) const MOST_LINES: usize = 20;
/// Larger points are not sought.
pub(crate) const MOST_POINTS: u32 = 100;

/// What is sought.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct CardSettings {
    /// At most so many lines, 1 to 20 (5 by default). Up to [`MOST_PROVEN_LINES`] the card is proven optimal.
    pub lines: usize,
    /// Points are integers from minus this to this, without 0 (5 by default, at most 100).
    pub points: u32,
    /// Each label counts as the other one by this share (`1e-4` by default, above 0 and below 0.5): the loss that is
    /// minimised is the one on labels mixed so. It keeps `a` and `b` of a card that separates finite, and does not
    /// depend on how many observations there are.
    pub smoothing: f64,
    /// What is proven: no card is better by more than this share of the loss (`1e-7` by default, `1e-10` to 0.5).
    pub tolerance: f64,
    /// At most so many candidates are searched, the strongest by themselves: 5 to [`MOST_CANDIDATES`], which is the default.
    pub candidates: usize,
    /// The search ends after this time with the best card so far and a bound (no limit by default).
    pub time_limit: Option<Duration>,
}

impl Default for CardSettings {
    fn default() -> Self {
        Self { lines: 5, points: 5, smoothing: 1e-4, tolerance: 1e-7, candidates: MOST_CANDIDATES, time_limit: None }
    }
}

impl CardSettings {
    /// At most so many lines (5 by default).
    #[must_use]
    pub fn with_lines(self, lines: usize) -> Self {
        Self { lines, ..self }
    }

    /// Points from `-points` to `points` (5 by default).
    #[must_use]
    pub fn with_points(self, points: u32) -> Self {
        Self { points, ..self }
    }

    /// The share by which each label counts as the other one (`1e-4` by default).
    #[must_use]
    pub fn with_smoothing(self, smoothing: f64) -> Self {
        Self { smoothing, ..self }
    }

    /// The share of the loss within which the card is proven optimal (`1e-7` by default).
    #[must_use]
    pub fn with_tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// At most so many candidates, the strongest by themselves ([`MOST_CANDIDATES`] by default).
    #[must_use]
    pub fn with_candidates(self, candidates: usize) -> Self {
        Self { candidates, ..self }
    }

    /// The longest that the search may take (no limit by default).
    #[must_use]
    pub fn with_time_limit(self, time_limit: Duration) -> Self {
        Self { time_limit: Some(time_limit), ..self }
    }

    /// The settings, if each is in its range.
    pub(crate) fn checked(self) -> Result<Self, Error> {
        let out = |setting, range| Err(Error::Setting { setting, range });
        if !(1..=MOST_LINES).contains(&self.lines) {
            return out("lines", "1 to 20");
        }
        if !(1..=MOST_POINTS).contains(&self.points) {
            return out("points", "1 to 100");
        }
        if !(self.smoothing > 0.0 && self.smoothing < 0.5) {
            return out("smoothing", "above 0 and below 0.5");
        }
        if !(5..=MOST_CANDIDATES).contains(&self.candidates) {
            return out("candidates", "5 to 120");
        }
        if !(self.tolerance >= 1e-10 && self.tolerance <= 0.5) {
            return out("tolerance", "1e-10 to 0.5");
        }
        Ok(self)
    }
}

/// How far a search is. It is told from several threads, in no order.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Pairs of first candidates that have been dealt with.
    pub pairs_done: usize,
    /// Pairs of first candidates in all.
    pub pairs: usize,
    /// Mean log-loss of the best card so far, in nats.
    pub loss: f64,
}
