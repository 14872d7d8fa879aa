//! Samples of tables of counts, row by row: each row's count is drawn given what the rows before it took, so that all together
//! have the multivariate hypergeometric law (without replacement) or the multinomial law (with replacement).

use crate::random::Random;
use crate::urn::{binomial, hypergeometric};

/// A sample without replacement: every observation at most once, each set of them as likely as any other.
#[derive(Debug, Clone)]
pub struct WithoutReplacement {
    left: u64,
    wanted: u64,
}

impl WithoutReplacement {
    /// A sample of `wanted` of `total` observations; of all, where these are not more.
    pub fn new(total: u64, wanted: u64) -> Self {
        Self { left: total, wanted: wanted.min(total) }
    }

    /// How many of the next row's `count` observations are in the sample.
    ///
    /// # Panics
    ///
    /// Where rows have more observations than there are.
    #[inline]
    pub fn next(&mut self, count: u64, random: &mut Random) -> u64 {
        let drawn = if self.wanted == self.left {
            count
        } else if self.wanted == 0 {
            0
        } else {
            hypergeometric(self.left, count, self.wanted, random)
        };
        assert!(count <= self.left, "rows have no more observations than there are");
        self.left -= count;
        self.wanted -= drawn;
        drawn
    }
}

/// A sample with replacement: each draw is any of the observations.
#[derive(Debug, Clone)]
pub struct WithReplacement {
    left: u64,
    wanted: u64,
}

impl WithReplacement {
    /// `wanted` draws from `total` observations.
    pub fn new(total: u64, wanted: u64) -> Self {
        Self { left: total, wanted }
    }

    /// How many of the draws are of the next row, which has `count` observations.
    ///
    /// # Panics
    ///
    /// Where rows have more observations than there are.
    #[inline]
    pub fn next(&mut self, count: u64, random: &mut Random) -> u64 {
        if count == 0 || self.wanted == 0 {
            self.left -= count;
            return 0;
        }
        let drawn = binomial(self.wanted, count, self.left, random);
        self.left -= count;
        self.wanted -= drawn;
        drawn
    }
}
