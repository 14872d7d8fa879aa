//! How many rows of each class go into each subset of a split: the class shares of the whole, as near as whole rows allow.

use rand_mt::Mt;

use crate::error::Error;
use crate::split::draws::{index, shuffle};
use crate::split::subset::Subset;

/// How many rows of each class go into each subset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SubsetCounts {
    pub(crate) train: [u64; 2],
    pub(crate) test: [u64; 2],
}

/// Of `class_counts` rows so many in each subset. Draws from `generator` only where both classes have the same remainder.
///
/// # Errors
///
/// A test size outside (0, 1), a class with fewer than two rows, a subset with fewer rows than classes.
pub(crate) fn subset_counts(class_counts: [u64; 2], test_size: f64, generator: &mut Mt) -> Result<SubsetCounts, Error> {
    if !(test_size > 0.0 && test_size < 1.0) {
        return Err(Error::TestSize(test_size));
    }
    let rows = class_counts[0] + class_counts[1];
    if let Some(smallest) = class_counts.iter().min().filter(|count| **count < 2) {
        return Err(Error::TooFewOfClass(*smallest));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the row count")]
    let n_test = (test_size * rows as f64).ceil() as u64;
    let n_train = rows.saturating_sub(n_test);
    for (subset, count) in [(Subset::Training, n_train), (Subset::Test, n_test)] {
        if count < 2 {
            return Err(Error::TooFewRows { subset, count });
        }
    }
    let train = approximate_mode(class_counts, n_train, generator);
    let remaining = [class_counts[0] - train[0], class_counts[1] - train[1]];
    let test = approximate_mode(remaining, n_test, generator);
    Ok(SubsetCounts { train, test })
}

/// scikit-learn's `_approximate_mode`: `n_draws` shared out in proportion to `counts`, what is left by descending
/// remainder, ties at random. The order of operations matters: 4085 / 14000 * 11200 is 3267.9999999999995.
fn approximate_mode(counts: [u64; 2], n_draws: u64, generator: &mut Mt) -> [u64; 2] {
    if u32::try_from(counts[0] + counts[1]).is_err() {
        return exact_mode(counts, n_draws, generator);
    }
    let total = (counts[0] + counts[1]) as f64;
    let continuous = counts.map(|count| count as f64 / total * n_draws as f64);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the row count")]
    let mut shares = continuous.map(|share| share as u64);
    let remainder = [continuous[0] - continuous[0].floor(), continuous[1] - continuous[1].floor()];
    let mut left = n_draws - (shares[0] + shares[1]);
    if left == 0 {
        return shares;
    }
    if remainder[0].to_bits() == remainder[1].to_bits() {
        // `choice(inds, size, replace=False)` is the head of a permutation of both.
        let mut tied = [0_usize, 1];
        shuffle(&mut tied, generator);
        for class in tied.into_iter().take(index(left)) {
            shares[class] += 1;
        }
        return shares;
    }
    // The choice among one costs no draw.
    let larger = usize::from(remainder[1] > remainder[0]);
    for class in [larger, 1 - larger] {
        if left > 0 {
            shares[class] += 1;
            left -= 1;
        }
    }
    shares
}

/// The same in whole numbers, for tables that scikit-learn would not split: floats lose whole observations of large ones.
fn exact_mode(counts: [u64; 2], n_draws: u64, generator: &mut Mt) -> [u64; 2] {
    let total = u128::from(counts[0] + counts[1]);
    let products = counts.map(|count| u128::from(count) * u128::from(n_draws));
    #[expect(clippy::cast_possible_truncation, reason = "no more than there are draws")]
    let mut shares = products.map(|product| (product / total) as u64);
    let remainders = products.map(|product| product % total);
    // The remainders add up to nothing or to one draw.
    if shares[0] + shares[1] < n_draws {
        let mut order = [0_usize, 1];
        if remainders[0] == remainders[1] {
            shuffle(&mut order, generator);
        }
        let larger = if remainders[0] == remainders[1] { order[0] } else { usize::from(remainders[1] > remainders[0]) };
        shares[larger] += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_sharing_agree() {
        for seed in 0..300_u32 {
            let counts = [2 + u64::from(seed * 37 % 101), 3 + u64::from(seed * 53 % 211)];
            let n_draws = (counts[0] + counts[1]) * u64::from(1 + seed % 9) / 10;
            let of = |share: fn([u64; 2], u64, &mut Mt) -> [u64; 2]| share(counts, n_draws, &mut Mt::new(seed));
            assert_eq!(of(approximate_mode), of(exact_mode), "{counts:?} {n_draws}");
        }
    }

    #[test]
    fn large_tables_are_shared_out_to_the_last_observation() {
        let all = [(1 << 52) + 1, (1 << 52) - 3];
        let SubsetCounts { train, test } = subset_counts(all, 0.2, &mut Mt::new(1)).expect("a split");
        assert_eq!([train[0] + test[0], train[1] + test[1]], all);
        let n_test = 1_801_439_850_948_199;
        assert!((test[0] + test[1]).abs_diff(n_test) <= 1 && test[0].abs_diff(n_test / 2) <= 2, "{test:?}");
    }
}
