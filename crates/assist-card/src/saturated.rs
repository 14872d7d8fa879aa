//! The loss of five features if each of their 32 cells had a probability of its own: no card on them goes below it.
//!
//! Where features separate the classes well, Newton steps from three of them lead too far to bound anything, and this
//! does. With `p` the share of class 1 in a cell and `s` the smoothing, the entropy of the smoothed share is at least
//! `(1 - 2 s) h(p) + 2 s ln 2`, as `h` is concave. So whole counts are all that logarithms are needed of, and those are
//! kept in a table. No cell has less than the entropy of the smoothing itself.

use crate::candidates::Table;
use crate::pair_filter::greatest;

/// Counts up to here have their logarithm in a table.
const MOST_KEPT: usize = 1 << 19;
const TWO_TO_52_BITS: u64 = 1 << 52;
const TWO_TO_52: f64 = TWO_TO_52_BITS as f64;
/// Room for rounding, as a share of the loss.
const SLACK: f64 = 1e-10;

/// Bounds by saturated cells.
pub(crate) struct Saturated {
    /// `n ln n`.
    kept: Vec<f64>,
    /// Entropy of a cell of one class, by observation.
    pure: f64,
    /// `1 - 2 s` and `2 s ln 2`.
    of_plain: f64,
    of_mixing: f64,
}

impl Saturated {
    pub(crate) fn new(table: &Table, smoothing: f64) -> Self {
        let observations: u64 = table.classes.iter().sum();
        let most = usize::try_from(observations).map_or(MOST_KEPT, |observations| observations.min(MOST_KEPT));
        let mut kept = vec![0.0];
        kept.extend((1..=most).map(|n| n as f64 * (n as f64).ln()));
        let pure = -(smoothing * smoothing.ln() + (1.0 - smoothing) * (-smoothing).ln_1p());
        Self { kept, pure, of_plain: 1.0 - 2.0 * smoothing, of_mixing: 2.0 * smoothing * std::f64::consts::LN_2 }
    }

    /// At least this is the loss, in nats over all observations, of `n` observations a cell with `ones` of class 1.
    pub(crate) fn bound(&self, n: &[f64; 32], ones: &[f64; 32]) -> f64 {
        let mut loss = 0.0;
        for (&n, &ones) in n.iter().zip(ones) {
            // Smoothed shares are between the smoothing and one less it. An empty cell and one of a class come out right.
            let entropy = self.times_log(n) - self.times_log(ones) - self.times_log(n - ones);
            loss += greatest(self.pure * n, self.of_plain * entropy + self.of_mixing * n);
        }
        loss * (1.0 - SLACK)
    }

    #[inline(always)]
    fn times_log(&self, count: f64) -> f64 {
        if count >= MOST_KEPT as f64 {
            return count * count.ln();
        }
        // The lowest bits of a whole number that is added to 2^52 are the number, which is quicker to tell than by a cast.
        let whole = (count + TWO_TO_52).to_bits() & (TWO_TO_52_BITS - 1);
        let kept = usize::try_from(whole).ok().and_then(|whole| self.kept.get(whole));
        kept.copied().expect("counts up to all observations are kept, or up to the most")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::Candidates;

    #[test]
    fn it_is_close_to_the_entropy_and_not_above() {
        let candidates = Candidates::new(vec![vec![true, false]], vec![[600_000, 2], [1, 400]]).expect("a table");
        let table = Table::new(&candidates, 5, 1e-4).expect("a feature");
        let saturated = Saturated::new(&table, 1e-4);
        for (n, ones) in [(7.0, 0.0), (7.0, 7.0), (9.0, 4.0), (600_000.0, 17.0), (500_000.0, 499_999.0), (2.0, 1.0)] {
            let mut cells = [[0.0; 32]; 2];
            (cells[0][3], cells[1][3]) = (n, ones);
            let share: f64 = (ones + 1e-4 * (n - 2.0 * ones)) / n;
            let exact = -n * (share * share.ln() + (1.0 - share) * (1.0 - share).ln());
            let bound = saturated.bound(&cells[0], &cells[1]);
            assert!(bound <= exact && bound >= 0.5 * exact, "{bound} for {exact}");
        }
    }
}
