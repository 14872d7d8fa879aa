//! Splits and folds of a table of counts, drawn in the time of its rows.
//!
//! How many of a row's observations go where is drawn row by row, given what the rows before it took: all together that is the
//! multivariate hypergeometric law, the one that a stratified split of the observations themselves has.

use assist_draw::{Random, WithoutReplacement};
use rand_mt::Mt;

use crate::error::Error;
use crate::split::folds::fold_sizes;
use crate::split::shares::subset_counts;
use crate::split::test_rows::TestRows;

/// Test rows of a table of counts, given as the observations of each class that each row stands for. Of each class there are
/// as many as in [`sklearn_test_rows`](crate::sklearn_test_rows) of the table with every observation written out, and every set
/// of them is as likely as any other.
///
/// # Errors
///
/// A test size outside (0, 1), fewer than two observations of a class, a subset with fewer observations than classes.
pub fn counted_test_rows(rows: &[[u64; 2]], test_size: f64, seed: u32) -> Result<TestRows, Error> {
    let class_counts = totals(rows);
    let wanted = subset_counts(class_counts, test_size, &mut Mt::new(seed))?.test;
    Ok(TestRows::Counts(sample(rows, wanted, &mut Random::new(u64::from(seed)))))
}

/// The folds of a cross-validation of a table of counts, one after the other. They have as many observations of each class as
/// those of [`stratified_folds`](crate::stratified_folds).
#[derive(Debug, Clone)]
pub struct CountedFolds {
    /// What no fold has taken so far.
    left: Vec<[u64; 2]>,
    sizes: std::vec::IntoIter<[u64; 2]>,
    random: Random,
}

impl CountedFolds {
    /// Folds of the training rows: of `rows` less those in `test_rows`, if these are counts of the same rows.
    ///
    /// # Errors
    ///
    /// Fewer than two folds, or a class with fewer observations than folds.
    pub fn new(rows: &[[u64; 2]], test_rows: &TestRows, n_folds: u8, seed: u32) -> Result<Self, Error> {
        let mut left = rows.to_vec();
        if let TestRows::Counts(test) = test_rows {
            left.iter_mut().zip(test).for_each(|(row, test)| *row = [row[0] - test[0], row[1] - test[1]]);
        }
        let first_class = left.iter().find_map(|row| row.iter().position(|n| *n > 0)).unwrap_or(0);
        let sizes = fold_sizes(totals(&left), first_class, n_folds)?.into_iter();
        Ok(Self { left, sizes, random: Random::new(u64::from(seed)) })
    }
}

impl Iterator for CountedFolds {
    type Item = TestRows;

    /// The rows of the next fold.
    fn next(&mut self) -> Option<TestRows> {
        let fold = sample(&self.left, self.sizes.next()?, &mut self.random);
        self.left.iter_mut().zip(&fold).for_each(|(left, fold)| *left = [left[0] - fold[0], left[1] - fold[1]]);
        Some(TestRows::Counts(fold))
    }
}

fn totals(rows: &[[u64; 2]]) -> [u64; 2] {
    rows.iter().fold([0, 0], |[n0, n1], [a, b]| [n0 + a, n1 + b])
}

/// So many observations of each class.
fn sample(rows: &[[u64; 2]], wanted: [u64; 2], random: &mut Random) -> Vec<[u64; 2]> {
    let all = totals(rows);
    let mut of_class = [0, 1].map(|class| WithoutReplacement::new(all[class], wanted[class]));
    rows.iter().map(|row| [0, 1].map(|class| of_class[class].next(row[class], random))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::folds::stratified_folds;
    use crate::split::sklearn::sklearn_test_rows;
    use proptest::prelude::*;

    fn counts(rows: &TestRows) -> &[[u64; 2]] {
        let TestRows::Counts(counts) = rows else { panic!("counts") };
        counts
    }

    #[test]
    fn billions_are_split_at_once_and_to_the_last_one() {
        let rows = [[1_999_999_999, 1], [1_000_000_000, 1_000_000_000], [7, 1_999_999_993]];
        let test_rows = counted_test_rows(&rows, 0.2, 42).expect("a split");
        // 600,000,001.2 and 600,000,000 of the 1,200,000,000: floor, and the rest by remainder.
        assert_eq!(test_rows.class_counts().iter().sum::<u64>(), 1_200_000_000);
        assert!(test_rows.class_counts()[0].abs_diff(600_000_001) <= 1, "{:?}", test_rows.class_counts());
        for (row, test) in rows.iter().zip(counts(&test_rows)) {
            for (n, n_test) in row.iter().zip(test) {
                let (n, n_test) = (*n as f64, *n_test as f64);
                assert!(n_test <= n && (n_test - 0.2 * n).abs() <= 6.0 * (0.16 * n).sqrt() + 1.0, "{n_test} of {n}");
            }
        }
        let folds: Vec<TestRows> = CountedFolds::new(&rows, &test_rows, 5, 42).expect("folds").collect();
        assert_eq!(folds.len(), 5);
        for (row, (all, test)) in rows.iter().zip(counts(&test_rows)).enumerate() {
            let of_folds: u64 = folds.iter().map(|fold| counts(fold)[row].iter().sum::<u64>()).sum();
            assert_eq!(of_folds, all[0] + all[1] - test[0] - test[1]);
        }
    }

    proptest! {
        /// As many of each class as there would be if every observation were a row, in the test rows and in each fold.
        #[test]
        fn classes_are_those_of_the_table_written_out(
            rows in prop::collection::vec([0..9_u64, 0..9_u64], 1..30), size in 0.1..0.9, seed: u32
        ) {
            let all = totals(&rows);
            let (drawn, written) = (counted_test_rows(&rows, size, seed), sklearn_test_rows(all, size, seed));
            let (Ok(drawn), Ok(written)) = (&drawn, &written) else {
                prop_assert_eq!(drawn.map_err(|e| e.to_string()), written.map_err(|e| e.to_string()));
                return Ok(());
            };
            prop_assert_eq!(drawn.class_counts(), written.class_counts());
            prop_assert!(rows.iter().zip(counts(drawn)).all(|(row, test)| test[0] <= row[0] && test[1] <= row[1]));
            prop_assert_eq!(drawn, &counted_test_rows(&rows, size, seed).expect("again"));
            let folds = CountedFolds::new(&rows, drawn, 3, seed);
            let Ok(folds) = folds else { return Ok(()) };
            let of_train = [0, 1].map(|class| all[class] - drawn.class_counts()[class]);
            let sizes: Vec<[u64; 2]> = folds.map(|fold| fold.class_counts()).collect();
            let expected = [0, 1].map(|first| {
                let of_class = stratified_folds(of_train, first, 3, seed).expect("folds");
                let size = |class: usize, fold: u8| of_class[class].iter().filter(|of| **of == fold).count() as u64;
                (0..3).map(|fold| [size(0, fold), size(1, fold)]).collect::<Vec<_>>()
            });
            prop_assert!(expected.contains(&sizes), "{sizes:?} is none of {expected:?}");
        }
    }

    /// Every observation has the same chance: 2,000 splits of a small table, by the variance and mean of each cell.
    #[test]
    fn two_thousand_splits_have_the_law_of_a_stratified_split() {
        let rows = [[4, 1], [6, 9], [0, 20], [10, 0]];
        let mut seen = vec![[[0_u32; 21]; 2]; rows.len()];
        for seed in 0..2000 {
            for (seen, drawn) in seen.iter_mut().zip(counts(&counted_test_rows(&rows, 0.3, seed).expect("a split"))) {
                (0..2).for_each(|class| seen[class][usize::try_from(drawn[class]).expect("few")] += 1);
            }
        }
        // 20 and 30 observations, of which 6 and 9 are test rows.
        let (mut sum, mut degrees) = (0.0, 0.0);
        for (row, seen) in rows.iter().zip(&seen) {
            for (class, (all, test)) in [(20, 6), (30, 9)].into_iter().enumerate() {
                let choose = assist_draw::ln_choose;
                let n = row[class];
                let mut rest = (0.0, 0.0);
                for x in 0..=n.min(test) {
                    let p = (choose(n, x) + choose(all - n, test - x) - choose(all, test)).exp();
                    rest = (rest.0 + f64::from(seen[class][usize::try_from(x).expect("few")]), rest.1 + 2000.0 * p);
                    if rest.1 >= 5.0 {
                        sum += (rest.0 - rest.1).powi(2) / rest.1;
                        degrees += 1.0;
                        rest = (0.0, 0.0);
                    }
                }
                degrees -= 1.0;
            }
        }
        assert!(degrees > 10.0 && sum < degrees + 4.0 * f64::sqrt(2.0 * degrees), "chi-square {sum} at {degrees}");
    }
}
