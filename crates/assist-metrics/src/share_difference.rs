//! Two shares of independent observations: their difference, and how many observations would show it.

use serde::{Deserialize, Serialize};

use crate::intervals::{Z_975, wilson_of};

/// The 80 % point of the normal distribution: the power that sizes are worked out for.
const Z_80: f64 = 0.841_621_233_572_914_3;

/// The difference of two shares.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShareDifference {
    /// The first share less the second one.
    pub value: f64,
    /// Its 95 % interval by Newcombe's hybrid score method (1998, Statistics in Medicine 17, method 10).
    pub interval: [f64; 2],
}

impl ShareDifference {
    /// Of shares of so many observations, which need not be whole numbers. `None` without observations of either.
    pub fn new([share_a, n_a]: [f64; 2], [share_b, n_b]: [f64; 2]) -> Option<Self> {
        let is_share = |share: f64, n: f64| (0.0..=1.0).contains(&share) && n > 0.0 && n.is_finite();
        if !is_share(share_a, n_a) || !is_share(share_b, n_b) {
            return None;
        }
        let ([low_a, high_a], [low_b, high_b]) = (wilson_of(share_a, n_a), wilson_of(share_b, n_b));
        let value = share_a - share_b;
        let low = value - (share_a - low_a).hypot(high_b - share_b);
        let high = value + (high_a - share_a).hypot(share_b - low_b);
        Some(Self { value, interval: [low.max(-1.0), high.min(1.0)] })
    }

    /// Of counts: hits among observations.
    pub fn of_counts([hits_a, n_a]: [u64; 2], [hits_b, n_b]: [u64; 2]) -> Option<Self> {
        let share = |hits: u64, n: u64| [hits as f64 / n as f64, n as f64];
        Self::new(share(hits_a, n_a), share(hits_b, n_b))
    }

    /// Whether the interval leaves out 0.
    pub fn is_clear(&self) -> bool {
        self.interval[0] > 0.0 || self.interval[1] < 0.0
    }
}

/// How many observations a first and a second sample need, so that a two-sided test at 5 % finds a difference of two shares in 80 % of
/// tables, where the second sample is `ratio` times as large as the first (Fleiss, Levin and Paik 2003, section 4.4, without a
/// correction for continuity). `None` for equal shares or a ratio that is none.
///
/// ```
/// use assist_metrics::observations_needed;
///
/// assert_eq!(observations_needed(0.6, 0.5, 1.0), Some([388, 388]));
/// ```
pub fn observations_needed(share_a: f64, share_b: f64, ratio: f64) -> Option<[u64; 2]> {
    let difference = share_a - share_b;
    let are_shares = [share_a, share_b].iter().all(|share| (0.0..=1.0).contains(share));
    if !are_shares || difference == 0.0 || ratio <= 0.0 || !ratio.is_finite() {
        return None;
    }
    let spread = |share: f64| share * (1.0 - share);
    let mean = (share_a + ratio * share_b) / (1.0 + ratio);
    let of_no_difference = Z_975 * ((ratio + 1.0) * spread(mean)).sqrt();
    let of_this = Z_80 * (ratio * spread(share_a) + spread(share_b)).sqrt();
    let n = (of_no_difference + of_this).powi(2) / (ratio * difference * difference);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and a cast saturates")]
    let whole = |n: f64| n.ceil() as u64;
    Some([whole(n), whole(n * ratio)])
}

#[cfg(test)]
mod tests {
    use assist_draw::Random;

    use super::*;

    fn rounded(hits: [u64; 2], of: [u64; 2]) -> [f64; 2] {
        let found = ShareDifference::of_counts([hits[0], of[0]], [hits[1], of[1]]).expect("observations");
        found.interval.map(|end| (end * 1e4).round() / 1e4)
    }

    /// Newcombe (1998), table II, method 10.
    #[test]
    fn intervals_are_those_of_newcombe() {
        assert_eq!(rounded([56, 48], [70, 80]), [0.0524, 0.3339]);
        assert_eq!(rounded([9, 3], [10, 10]), [0.1705, 0.8090]);
        assert_eq!(rounded([5, 0], [56, 29]), [-0.0381, 0.1926]);
        assert_eq!(rounded([0, 0], [10, 10]), [-0.2775, 0.2775]);
        assert_eq!(ShareDifference::of_counts([0, 0], [1, 2]), None);
        assert_eq!(ShareDifference::new([1.5, 3.0], [0.5, 3.0]), None);
    }

    /// Of differences that are drawn 95 % of the intervals hold the one that they are drawn from, whether samples are small or uneven.
    #[test]
    fn intervals_hold_what_is_drawn() {
        let mut random = Random::new(11);
        let mut hits = |n: u64, share: f64| (0..n).filter(|_| random.between_0_and_1() < share).count() as u64;
        for ([n_a, n_b], [a, b]) in [([40, 40], [0.3, 0.5]), ([300, 60], [0.62, 0.7]), ([25, 200], [0.1, 0.1])] {
            let tables = 2000;
            let held = (0..tables).filter(|_| {
                let found = ShareDifference::of_counts([hits(n_a, a), n_a], [hits(n_b, b), n_b]);
                let [low, high] = found.expect("observations").interval;
                (low..=high).contains(&(a - b))
            });
            let share = held.count() as f64 / f64::from(tables);
            assert!((0.935..=0.975).contains(&share), "{share} of {n_a} and {n_b}");
        }
    }

    /// As many observations as are said to be needed find the difference in about 80 % of tables.
    #[test]
    fn sizes_have_the_power_that_they_are_for() {
        let mut random = Random::new(5);
        for (a, b, ratio) in [(0.6, 0.5, 1.0), (0.7, 0.55, 0.25)] {
            let [n_a, n_b] = observations_needed(a, b, ratio).expect("a difference");
            let mut hits = |n: u64, share: f64| (0..n).filter(|_| random.between_0_and_1() < share).count() as u64;
            let tables = 2000;
            let found = (0..tables).filter(|_| {
                let found = ShareDifference::of_counts([hits(n_a, a), n_a], [hits(n_b, b), n_b]);
                found.is_some_and(|found| found.interval[0] > 0.0)
            });
            let share = found.count() as f64 / f64::from(tables);
            assert!((0.77..=0.83).contains(&share), "{share} of {n_a} and {n_b}");
        }
        assert_eq!([observations_needed(0.5, 0.5, 1.0), observations_needed(0.5, 0.4, 0.0)], [None, None]);
    }
}
