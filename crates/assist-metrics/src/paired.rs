//! Two models on the same observations: is one better, or is it chance?

use serde::{Deserialize, Serialize};
use statrs::function::beta::beta_reg;
use statrs::function::erf::erfc;

use crate::clusters::difference_error;
use crate::intervals::Z_975;
use crate::student::{t_975, two_sided};

/// What two models predict for an observation, and what is true.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The score of each model.
    pub scores: [f64; 2],
    /// The decision of each model.
    pub decisions: [bool; 2],
    /// The label: 0 or 1.
    pub label: u8,
}

/// Two models compared: `a`, the first of each [`Pair`], and `b`, the second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PairedTest {
    /// Observations that `a` gets right and `b` wrong.
    pub b_only_wrong: u64,
    /// Observations that `b` gets right and `a` wrong.
    pub a_only_wrong: u64,
    /// `McNemar`'s exact test (1947, Psychometrika 12): the probability of so uneven a division if both were equally good. Of
    /// clusters the test that turns the sign of what each of them says, all ways alike; of many its normal approximation
    /// (Durkalski and others 2003, Statistics in Medicine 22).
    pub mcnemar_p: f64,
    /// Area under the ROC curve of `a` less that of `b`; absent with one class only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auc_difference: Option<f64>,
    /// Its 95 % interval by `DeLong`, `DeLong` and Clarke-Pearson (1988, Biometrics 44), of clusters by Obuchowski (1997,
    /// Biometrics 53); absent where their estimate of the spread is zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auc_difference_ci: Option<[f64; 2]>,
    /// The probability of so large a difference of the areas, either way, if there were none, by the same methods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auc_difference_p: Option<f64>,
}

/// Compares two models on the same observations, each of which is in one of the clusters, such as those of a user.
///
/// # Panics
///
/// With another number of clusters than of pairs.
pub fn paired_test_of_clusters(pairs: &[Pair], clusters: &[u32]) -> PairedTest {
    assert_eq!(pairs.len(), clusters.len(), "a cluster for each pair");
    let of_pairs = paired_test(pairs);
    let n_codes = clusters.iter().map(|cluster| *cluster as usize + 1).max().unwrap_or(0);
    // Of each cluster what only a gets right, less what only b does.
    let mut balance = vec![0_i64; n_codes];
    for (pair, cluster) in pairs.iter().zip(clusters) {
        match wrong(pair) {
            [false, true] => balance[*cluster as usize] += 1,
            [true, false] => balance[*cluster as usize] -= 1,
            _ => {}
        }
    }
    balance.retain(|balance| *balance != 0);
    let n = [0, 1].map(|label| pairs.iter().filter(|pair| pair.label == label).count());
    let areas = of_pairs.auc_difference.and_then(|difference| {
        let placements = [0, 1].map(|model| placements(pairs, model, n));
        let rows = pairs.iter().zip(clusters).zip(placements[0].iter().zip(&placements[1]));
        let rows = rows.map(|((pair, cluster), (a, b))| (*cluster, usize::from(pair.label == 1), a - b));
        let (error, n_clusters) = difference_error(rows, difference)?;
        let half = t_975(n_clusters - 1) * error;
        Some(([difference - half, difference + half], two_sided(difference / error, n_clusters - 1)))
    });
    PairedTest {
        mcnemar_p: turned_signs(&balance),
        auc_difference_ci: areas.map(|(interval, _)| interval),
        auc_difference_p: areas.map(|(_, p)| p).or_else(|| no_difference(of_pairs.auc_difference)),
        ..of_pairs
    }
}

/// Sums of turned signs that are counted out; beyond that they are as good as normal.
const MOST_SUMS: u64 = 1 << 24;

/// The probability that the sum of some numbers, each with its sign or the opposite one at the toss of a coin, is as far from zero
/// as it is. Of ones alone it is [`mcnemar`].
fn turned_signs(balance: &[i64]) -> f64 {
    let sum = balance.iter().sum::<i64>().unsigned_abs();
    let total: u64 = balance.iter().map(|balance| balance.unsigned_abs()).sum();
    if sum == 0 {
        return 1.0;
    }
    if total.saturating_mul(balance.len() as u64) > MOST_SUMS {
        let squares: f64 = balance.iter().map(|balance| (*balance as f64).powi(2)).sum();
        let z = sum as f64 / squares.sqrt();
        return erfc(z / std::f64::consts::SQRT_2);
    }
    // The chance that those with a turned sign add up to so much; the sum is then the total less twice that.
    let n = usize::try_from(total).unwrap_or(0);
    let mut chances = vec![0.0; n + 1];
    chances[0] = 1.0;
    let mut end = 0;
    for size in balance.iter().map(|balance| usize::try_from(balance.unsigned_abs()).unwrap_or(0)) {
        end += size;
        for at in (0..=end).rev() {
            let turned = if at >= size { chances[at - size] } else { 0.0 };
            chances[at] = f64::midpoint(chances[at], turned);
        }
    }
    let far = usize::try_from((total - sum) / 2).unwrap_or(0);
    (2.0 * chances[..=far].iter().sum::<f64>()).min(1.0)
}

/// Which of the two models is wrong.
fn wrong(pair: &Pair) -> [bool; 2] {
    pair.decisions.map(|decision| decision != (pair.label == 1))
}

/// Compares two models on the same observations.
pub fn paired_test(pairs: &[Pair]) -> PairedTest {
    let (mut a_only_wrong, mut b_only_wrong) = (0, 0);
    for pair in pairs {
        match wrong(pair) {
            [true, false] => a_only_wrong += 1,
            [false, true] => b_only_wrong += 1,
            _ => {}
        }
    }
    let areas = delong(pairs);
    let spread = areas.filter(|(_, error)| *error > 0.0);
    PairedTest {
        b_only_wrong,
        a_only_wrong,
        mcnemar_p: mcnemar(a_only_wrong, b_only_wrong),
        auc_difference: areas.map(|(difference, _)| difference),
        auc_difference_ci: spread.map(|(difference, error)| [difference - Z_975 * error, difference + Z_975 * error]),
        auc_difference_p: spread
            .map(|(difference, error)| erfc((difference / error).abs() / std::f64::consts::SQRT_2))
            .or_else(|| no_difference(areas.map(|(difference, _)| difference))),
    }
}

/// Where no spread can be estimated there is no test, but areas that are equal do not differ.
fn no_difference(difference: Option<f64>) -> Option<f64> {
    difference.filter(|difference| *difference == 0.0).map(|_| 1.0)
}

/// Twice the probability that of `b + c` fair coins at most `min(b, c)` show heads, at most 1.
pub(crate) fn mcnemar(b: u64, c: u64) -> f64 {
    let (few, n) = (b.min(c), b + c);
    if b == c {
        return 1.0;
    }
    // P(Bin(n, 1/2) <= k) is the regularised incomplete beta function at 1/2 of n - k and k + 1.
    (2.0 * beta_reg((n - few) as f64, few as f64 + 1.0, 0.5)).min(1.0)
}

/// The difference of the areas and its standard error.
fn delong(pairs: &[Pair]) -> Option<(f64, f64)> {
    let n1 = pairs.iter().filter(|pair| pair.label == 1).count();
    let n0 = pairs.len() - n1;
    if n0 == 0 || n1 == 0 {
        return None;
    }
    let placements = [0, 1].map(|model| placements(pairs, model, [n0, n1]));
    let difference: Vec<f64> = placements[0].iter().zip(&placements[1]).map(|(a, b)| a - b).collect();
    let mut mean = 0.0;
    let mut variance = 0.0;
    for (label, n) in [(0, n0), (1, n1)] {
        let of_class = || pairs.iter().zip(&difference).filter(|(pair, _)| pair.label == label).map(|(_, d)| *d);
        mean = of_class().sum::<f64>() / n as f64;
        // Of a single observation no variance is known: the sum is NaN, and there is no interval.
        variance += of_class().map(|d| (d - mean).powi(2)).sum::<f64>() / (n as f64 - 1.0) / n as f64;
    }
    Some((mean, variance.sqrt()))
}

/// For each observation the share of those of the other class that a model puts on the right side of it, ties by half.
fn placements(pairs: &[Pair], model: usize, [n0, n1]: [usize; 2]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    let score = |at: usize| pairs[at].scores[model];
    order.sort_unstable_by(|a, b| score(*a).total_cmp(&score(*b)));
    let mut placements = vec![0.0; pairs.len()];
    let mut below = [0_usize; 2];
    for ties in order.chunk_by(|a, b| score(*a) == score(*b)) {
        let ones = ties.iter().filter(|at| pairs[**at].label == 1).count();
        let here = [ties.len() - ones, ones];
        for at in ties {
            placements[*at] = if pairs[*at].label == 1 {
                (below[0] as f64 + here[0] as f64 / 2.0) / n0 as f64
            } else {
                ((n1 - below[1] - here[1]) as f64 + here[1] as f64 / 2.0) / n1 as f64
            };
        }
        below = [below[0] + here[0], below[1] + here[1]];
    }
    placements
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranking::roc_auc;
    use crate::scores::ScoreCounts;
    use proptest::prelude::*;

    /// Exact values: 2 * sum of the binomial coefficients up to k, over 2^n.
    #[test]
    fn mcnemar_is_the_sign_test() {
        assert_eq!(mcnemar(0, 0), 1.0);
        assert!((mcnemar(1, 5) - 2.0 * 7.0 / 64.0).abs() < 1e-14);
        assert!((mcnemar(6, 0) - 2.0 / 64.0).abs() < 1e-15);
        assert!((mcnemar(301, 0).log2() + 300.0).abs() < 1e-9);
    }

    /// Two clusters of three and one of two, all for one model: of the eight ways to turn signs two are as uneven.
    #[test]
    fn clusters_are_turned_as_a_whole() {
        assert!((turned_signs(&[3, 3, 2]) - 2.0 / 8.0).abs() < 1e-15);
        // 3 - 3 + 2 and 3 + 3 - 2 and their opposites, beside the extremes, are at least 2 from zero: all eight.
        assert_eq!(turned_signs(&[3, -3, 2]), 1.0);
        assert_eq!(turned_signs(&[]), 1.0);
        // By the normal law: 2,000 clusters of 200 that agree in all but 910.
        let many: Vec<i64> = (0..2000).map(|i| if i < 910 { -200 } else { 200 }).collect();
        let expected = erfc(180.0 / 2000_f64.sqrt() / std::f64::consts::SQRT_2);
        assert!((turned_signs(&many) - expected).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn clusters_of_one_are_observations(b in 0..40_u64, c in 0..40_u64) {
            let balance: Vec<i64> = (0..b).map(|_| 1).chain((0..c).map(|_| -1)).collect();
            prop_assert!((turned_signs(&balance) - mcnemar(b, c)).abs() < 1e-12);
        }

        #[test]
        fn observations_that_are_eight_times_there_say_no_more(
            rows in prop::collection::vec((-4..4_i32, -4..4_i32, 0..2_u8), 4..30)
        ) {
            let pair = |(a, b, label): &(i32, i32, u8)| Pair {
                scores: [f64::from(*a), f64::from(*b)], decisions: [*a > 0, *b > 0], label: *label,
            };
            let once: Vec<Pair> = rows.iter().map(pair).collect();
            let often: Vec<Pair> = once.iter().flat_map(|pair| [*pair; 8]).collect();
            let clusters: Vec<u32> = (0..).zip(&once).map(|(cluster, _)| cluster).collect();
            let of_often: Vec<u32> = clusters.iter().flat_map(|cluster| [*cluster; 8]).collect();
            let [a, b] = [paired_test_of_clusters(&once, &clusters), paired_test_of_clusters(&often, &of_often)];
            prop_assert!((a.mcnemar_p - b.mcnemar_p).abs() < 1e-9);
            prop_assert!((a.mcnemar_p - paired_test(&once).mcnemar_p).abs() < 1e-9);
            prop_assert_eq!(a.auc_difference_ci.is_some(), b.auc_difference_ci.is_some());
            if let (Some(a), Some(b)) = (a.auc_difference_ci, b.auc_difference_ci) {
                prop_assert!((a[0] - b[0]).abs() < 1e-9 && (a[1] - b[1]).abs() < 1e-9);
            }
            if let (Some(p), Some([low, high])) = (a.auc_difference_p, a.auc_difference_ci) {
                prop_assert!((p < 0.05) == (low > 0.0 || high < 0.0) || (p - 0.05).abs() < 1e-9, "{p} beside {low} to {high}");
            }
        }

        /// Against a constant score the difference is the area less a half, with the error of a single area.
        #[test]
        fn one_model_alone_has_its_own_error(rows in prop::collection::vec((-4..4_i32, 0..2_u8), 4..60)) {
            let n1 = rows.iter().filter(|(_, label)| *label == 1).count();
            prop_assume!(n1 > 1 && rows.len() - n1 > 1);
            let pair = |(score, label): &(i32, u8)| Pair { scores: [f64::from(*score), 0.0], decisions: [false; 2], label: *label };
            let pairs: Vec<Pair> = rows.iter().map(pair).collect();
            let counts = rows.iter().map(|(score, label)| (f64::from(*score), [u64::from(label ^ 1), u64::from(*label)]));
            let auc = roc_auc(&ScoreCounts::new(counts)).expect("both classes");
            let (difference, error) = delong(&pairs).expect("both classes");
            prop_assert!((difference - (auc.value - 0.5)).abs() < 1e-12);
            prop_assert!((error - auc.std_error.unwrap_or(0.0)).abs() < 1e-12);
        }

        /// The error from the definition: covariances of both models' placements, each the mean over all of the other class.
        #[test]
        fn two_models_have_the_error_of_their_covariances(
            rows in prop::collection::vec((-4..4_i32, -4..4_i32, 0..2_u8), 4..60)
        ) {
            let of_class = |class: u8| rows.iter().filter(|(_, _, label)| *label == class).collect::<Vec<_>>();
            let (zeros, ones) = (of_class(0), of_class(1));
            let pair = |(a, b, label): &(i32, i32, u8)| Pair {
                scores: [f64::from(*a), f64::from(*b)], decisions: [false; 2], label: *label,
            };
            let found = delong(&rows.iter().map(pair).collect::<Vec<_>>());
            let Some((_, error)) = found else {
                prop_assert!(zeros.is_empty() || ones.is_empty());
                return Ok(());
            };
            if zeros.len() < 2 || ones.len() < 2 {
                prop_assert!(error.is_nan(), "one observation has no spread: {error}");
                return Ok(());
            }
            let above = |one: i32, zero: i32| f64::from(u8::from(one > zero)) + f64::from(u8::from(one == zero)) / 2.0;
            let covariance = |x: &[f64], y: &[f64]| {
                let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
                let (of_x, of_y) = (mean(x), mean(y));
                x.iter().zip(y).map(|(x, y)| (x - of_x) * (y - of_y)).sum::<f64>() / (x.len() as f64 - 1.0)
            };
            let mut variance = 0.0;
            let n = [zeros.len() as f64, ones.len() as f64];
            let of_ones = [0, 1].map(|model| ones.iter().map(|one| {
                zeros.iter().map(|zero| if model == 0 { above(one.0, zero.0) } else { above(one.1, zero.1) }).sum::<f64>() / n[0]
            }).collect::<Vec<f64>>());
            let of_zeros = [0, 1].map(|model| zeros.iter().map(|zero| {
                ones.iter().map(|one| if model == 0 { above(one.0, zero.0) } else { above(one.1, zero.1) }).sum::<f64>() / n[1]
            }).collect::<Vec<f64>>());
            for ([a, b], n) in [(&of_zeros, n[0]), (&of_ones, n[1])] {
                variance += (covariance(a, a) + covariance(b, b) - 2.0 * covariance(a, b)) / n;
            }
            prop_assert!((error * error - variance).abs() < 1e-12, "{} is not {variance}", error * error);
        }

        #[test]
        fn exchanging_the_models_turns_the_sign(
            rows in prop::collection::vec((-4..4_i32, -4..4_i32, 0..2_u8), 4..60)
        ) {
            let pair = |(a, b, label): &(i32, i32, u8)| Pair {
                scores: [f64::from(*a), f64::from(*b)], decisions: [*a > 0, *b > 0], label: *label,
            };
            let pairs: Vec<Pair> = rows.iter().map(pair).collect();
            let turned: Vec<Pair> = pairs.iter().map(|p| Pair {
                scores: [p.scores[1], p.scores[0]], decisions: [p.decisions[1], p.decisions[0]], ..*p
            }).collect();
            let (one, other) = (paired_test(&pairs), paired_test(&turned));
            prop_assert_eq!((one.a_only_wrong, one.mcnemar_p), (other.b_only_wrong, other.mcnemar_p));
            if let (Some(one), Some(other)) = (one.auc_difference, other.auc_difference) {
                prop_assert!((one + other).abs() < 1e-12);
            }
        }
    }
}
