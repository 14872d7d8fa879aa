//! Two models on the same observations: is one better, or is it chance?

use serde::{Deserialize, Serialize};
use statrs::function::beta::beta_reg;

use crate::intervals::Z_975;

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
    /// `McNemar`'s exact test (1947, Psychometrika 12): the probability of so uneven a division if both were equally good.
    pub mcnemar_p: f64,
    /// Area under the ROC curve of `a` less that of `b`; absent with one class only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auc_difference: Option<f64>,
    /// Its 95 % interval by `DeLong`, `DeLong` and Clarke-Pearson (1988, Biometrics 44); absent where their estimate of the spread is
    /// zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auc_difference_ci: Option<[f64; 2]>,
}

/// Compares two models on the same observations.
pub fn paired_test(pairs: &[Pair]) -> PairedTest {
    let wrong = |pair: &Pair| pair.decisions.map(|decision| decision != (pair.label == 1));
    let (mut a_only_wrong, mut b_only_wrong) = (0, 0);
    for pair in pairs {
        match wrong(pair) {
            [true, false] => a_only_wrong += 1,
            [false, true] => b_only_wrong += 1,
            _ => {}
        }
    }
    let areas = delong(pairs);
    PairedTest {
        b_only_wrong,
        a_only_wrong,
        mcnemar_p: mcnemar(a_only_wrong, b_only_wrong),
        auc_difference: areas.map(|(difference, _)| difference),
        auc_difference_ci: areas
            .filter(|(_, error)| *error > 0.0)
            .map(|(difference, error)| [difference - Z_975 * error, difference + Z_975 * error]),
    }
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

    proptest! {
        /// Against a constant score the difference is the area less a half, with the error of a single area.
        #[test]
        fn one_model_alone_has_its_own_error(rows in prop::collection::vec((-4..4_i32, 0..2_u8), 4..60)) {
            let n1 = rows.iter().filter(|(_, label)| *label == 1).count();
            prop_assume!(n1 > 1 && rows.len() - n1 > 1);
            let pair = |(score, label): &(i32, u8)| Pair { scores: [f64::from(*score), 0.0], decisions: [false; 2], label: *label };
            let pairs: Vec<Pair> = rows.iter().map(pair).collect();
            let counts = rows.iter().map(|(score, label)| (f64::from(*score), [u32::from(label ^ 1), u32::from(*label)]));
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
