//! The difference of two shares, with its uncertainty.

use std::f64::consts::SQRT_2;

use crate::intervals::{Z_975, wilson};

/// The normal quantile of 80 % power.
const Z_80: f64 = 0.841_621_233_572_914_3;

/// The 95 % interval of `hits[0] / n[0] - hits[1] / n[1]`, for independent observations: Newcombe's hybrid of two Wilson intervals
/// (1998, Statistics in Medicine 17, method 10). `None` where one of the two has no observations.
///
/// ```
/// // Newcombe's example (b): 9 of 10 and 3 of 10.
/// let [low, high] = assist_metrics::difference_interval([9, 3], [10, 10]).expect("both have observations");
/// assert!((low - 0.1705).abs() < 5e-5 && (high - 0.8090).abs() < 5e-5);
/// ```
pub fn difference_interval(hits: [u64; 2], n: [u64; 2]) -> Option<[f64; 2]> {
    let (first, second) = (wilson(hits[0], n[0])?, wilson(hits[1], n[1])?);
    let [p1, p2] = [0, 1].map(|arm| hits[arm] as f64 / n[arm] as f64);
    let difference = p1 - p2;
    let low = difference - (p1 - first[0]).hypot(second[1] - p2);
    let high = difference + (first[1] - p1).hypot(p2 - second[0]);
    Some([low.max(-1.0), high.min(1.0)])
}

/// How many observations each of two groups of equal size needs, so that a difference between these shares is told from none in
/// four of five samples, at a two-sided level of 5 %: the normal approximation with the pooled variance under no difference. `None`
/// where there is no difference.
pub fn observations_for_power(p1: f64, p2: f64) -> Option<u64> {
    let (difference, mean) = (p1 - p2, f64::midpoint(p1, p2));
    if difference == 0.0 || !difference.is_finite() {
        return None;
    }
    let under_none = Z_975 * SQRT_2 * (mean * (1.0 - mean)).sqrt();
    let under_difference = Z_80 * (p1 * (1.0 - p1) + p2 * (1.0 - p2)).sqrt();
    let needed = ((under_none + under_difference) / difference).powi(2).ceil();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates, and is not negative")]
    Some(needed as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the paper, table II, method 10.
    #[test]
    fn intervals_are_those_of_the_paper() {
        for (hits, n, expected) in [
            ([56, 48], [70, 80], [0.0524, 0.3339]),
            ([9, 3], [10, 10], [0.1705, 0.8090]),
            ([6, 2], [7, 7], [0.0582, 0.8062]),
            ([5, 0], [56, 29], [-0.0381, 0.1926]),
            ([0, 0], [10, 20], [-0.1611, 0.2775]),
            ([0, 0], [10, 10], [-0.2775, 0.2775]),
            ([10, 0], [10, 20], [0.6791, 1.0]),
            ([10, 0], [10, 10], [0.6075, 1.0]),
        ] {
            let found = difference_interval(hits, n).expect("both have observations");
            let is_near = (0..2).all(|end| (found[end] - expected[end]).abs() < 6e-5);
            assert!(is_near, "{hits:?} of {n:?}: {found:?}");
        }
        assert_eq!(difference_interval([0, 0], [0, 5]), None);
    }

    /// `statsmodels.stats.power.NormalIndPower` rests on another variance; these are by hand.
    #[test]
    fn rarer_differences_need_more() {
        assert_eq!(observations_for_power(0.5, 0.4), Some(388));
        assert_eq!(observations_for_power(0.4, 0.5), Some(388));
        assert!(observations_for_power(0.5, 0.49) > Some(38_000));
        assert_eq!(observations_for_power(0.3, 0.3), None);
    }
}
