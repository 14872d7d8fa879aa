//! The very rows of scikit-learn's `train_test_split(..., stratify=y, random_state=seed)`.

use rand_mt::Mt;

use crate::error::Error;
use crate::split::draws::{DRAWS, draw_down, index, shuffle, skip_draws};
use crate::split::shares::subset_counts;
use crate::split::test_rows::{Bits, TestRows};

/// The training rows and the test rows of a table, in the order in which the method gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The training rows.
    pub train: Vec<u32>,
    /// The test rows.
    pub test: Vec<u32>,
}

/// The split of scikit-learn's `train_test_split(rows, test_size=test_size, stratify=classes, random_state=seed)`, row
/// for row: `ceil(test_size * n)` test rows, class counts by `_approximate_mode`, then NumPy's legacy MT19937 (one
/// permutation of each class in sorted order of the labels, one of the training rows, one of the test rows).
///
/// `classes` has the class of each row, 0 for the label that sorts first. Time and memory grow with the rows (4 bytes a
/// row for the result and as much while it is made).
///
/// # Errors
///
/// A test size outside (0, 1), more than 2^32 - 1 rows, a class with fewer than two rows, a subset with fewer rows than
/// classes.
pub fn sklearn_split(classes: &[u8], test_size: f64, seed: u32) -> Result<Split, Error> {
    let n1 = classes.iter().filter(|class| **class == 1).count() as u64;
    let n0 = classes.len() as u64 - n1;
    check_rows([n0, n1])?;
    let mut generator = Mt::new(seed);
    let counts = subset_counts([n0, n1], test_size, &mut generator)?;
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for class in 0..2_u8 {
        let rows = (0..).zip(classes).filter(|(_, of_row)| **of_row == class).map(|(row, _): (u32, _)| row);
        let mut permuted: Vec<u32> = rows.collect();
        shuffle(&mut permuted, &mut generator);
        let n_train = index(counts.train[usize::from(class)]);
        let n_test = index(counts.test[usize::from(class)]);
        train.extend_from_slice(&permuted[..n_train]);
        test.extend_from_slice(&permuted[n_train..n_train + n_test]);
    }
    shuffle(&mut train, &mut generator);
    shuffle(&mut test, &mut generator);
    Ok(Split { train, test })
}

/// The test rows of [`sklearn_split`], without their order: about a third of the draws and of the memory (4 bytes a
/// row of the larger class while it is made).
///
/// A permutation fills its end first, and the test rows of a class are the end of its permutation: only those swaps are
/// made, and the remaining draws of the first class are counted off. What is drawn after the second class's test rows
/// decides nothing but an order.
///
/// # Errors
///
/// As [`sklearn_split`].
pub fn sklearn_test_rows(class_counts: [u64; 2], test_size: f64, seed: u32) -> Result<TestRows, Error> {
    check_rows(class_counts)?;
    let mut generator = Mt::new(seed);
    let counts = subset_counts(class_counts, test_size, &mut generator)?;
    let mut of_class = [Bits::default(), Bits::default()];
    for class in 0..2 {
        let n = index(class_counts[class]);
        let n_test = index(counts.test[class]);
        let n_train = index(counts.train[class]);
        // Rows in neither subset exist only if both counts were rounded down, which `subset_counts` does not do.
        let mut permuted: Vec<u32> = (0..=u32::MAX).take(n).collect();
        let mut last = n;
        let mut targets = [0_u32; DRAWS];
        while last > n_train && last > 1 {
            let wanted = DRAWS.min(last - n_train).min(last - 1);
            draw_down(last, &mut targets[..wanted], &mut generator);
            for target in &targets[..wanted] {
                last -= 1;
                permuted.swap(last, *target as usize);
            }
        }
        let mut test = Bits::zeros(n);
        permuted[n_train..n_train + n_test].iter().for_each(|row| test.set(*row as usize));
        of_class[class] = test;
        if class == 0 {
            drop(permuted);
            skip_draws(last, &mut generator);
        }
    }
    Ok(TestRows::Observations(of_class))
}

/// Rows are numbered with 32 bits.
fn check_rows([n0, n1]: [u64; 2]) -> Result<(), Error> {
    let rows = n0.saturating_add(n1);
    u32::try_from(rows).map(drop).map_err(|_| Error::TooManyRows(rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `train_test_split(np.arange(n), test_size=.., stratify=y, random_state=..)` of scikit-learn 1.9.1; in the second and
    /// third case both classes have the same remainder, so that chance decides.
    #[test]
    fn small_splits_are_those_of_scikit_learn() {
        let split = sklearn_split(&[0, 1, 1, 0, 1, 1, 0, 1, 1, 1], 0.3, 7).expect("a split");
        assert_eq!((split.train, split.test), (vec![1, 7, 2, 4, 3, 6, 8], vec![9, 5, 0]));
        let tied: Vec<u8> = [0, 1].repeat(10);
        let split = sklearn_split(&tied, 0.25, 3).expect("a split");
        assert_eq!(split.train, [18, 7, 17, 19, 10, 12, 5, 4, 1, 9, 2, 14, 13, 8, 3]);
        assert_eq!(split.test, [15, 6, 11, 0, 16]);
        let split = sklearn_split(&tied, 0.35, 11).expect("a split");
        assert_eq!(split.train, [3, 10, 4, 17, 15, 12, 6, 18, 16, 7, 13, 8, 5]);
        assert_eq!(split.test, [19, 9, 11, 2, 14, 1, 0]);
    }

    #[test]
    fn what_cannot_be_split_is_refused() {
        for (classes, size, message) in [
            (&[0, 1, 1, 1][..], 0.5, "a class has 1 row(s), but a split needs at least 2 of each"),
            (&[0, 0, 1, 1], 0.1, "the test subset would have 1 row(s) for 2 classes"),
            (&[0, 0, 1, 1], 0.9, "the training subset would have 0 row(s) for 2 classes"),
            (&[0, 0, 1, 1], 1.0, "the test size must lie between 0 and 1, not 1"),
            (&[0, 0, 1, 1], f64::NAN, "the test size must lie between 0 and 1, not NaN"),
        ] {
            assert_eq!(sklearn_split(classes, size, 42).expect_err("refused").to_string(), message);
        }
    }

    proptest! {
        #[test]
        fn test_rows_are_those_of_the_whole_split(
            classes in prop::collection::vec(0..2_u8, 20..3000), size in 0.05..0.95, seed: u32
        ) {
            let ones = classes.iter().filter(|class| **class == 1).count();
            let counts = [(classes.len() - ones) as u64, ones as u64];
            let (expected, rows) = match (sklearn_split(&classes, size, seed), sklearn_test_rows(counts, size, seed)) {
                (Ok(split), Ok(rows)) => (split.test, rows),
                (split, rows) => {
                    let refusals = (split.err().map(|e| e.to_string()), rows.err().map(|e| e.to_string()));
                    prop_assert!(refusals.0.is_some());
                    prop_assert_eq!(refusals.0, refusals.1);
                    return Ok(());
                }
            };
            let TestRows::Observations(of_class) = rows else { unreachable!("one bit an observation") };
            let mut seen = [0_usize; 2];
            let mut test = Vec::new();
            for (row, class) in (0..).zip(&classes) {
                let class = usize::from(*class);
                if of_class[class].get(seen[class]) {
                    test.push(row);
                }
                seen[class] += 1;
            }
            let mut expected = expected;
            expected.sort_unstable();
            prop_assert_eq!(test, expected);
        }
    }
}
