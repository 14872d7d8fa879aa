//! Splitting rows into a training and a test part, each with the class shares of the whole.
//!
//! [`sklearn_split`] draws the very rows of scikit-learn's `train_test_split(..., stratify=y, random_state=seed)`.
//! [`Selection`] decides row by row in one pass, for tables that are streamed.

use rand_mt::Mt;

use crate::error::Error;
use crate::test_rows::{Bits, TestRows};

/// Rows of a training and of a test part, in the order in which the method gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Rows of the training part.
    pub train: Vec<u32>,
    /// Rows of the test part.
    pub test: Vec<u32>,
}

/// A part of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Part {
    Train,
    Test,
}

/// How many rows of each class go into each part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PartCounts {
    train: [u64; 2],
    test: [u64; 2],
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
/// A test size outside (0, 1), a class with fewer than two rows, a part with fewer rows than classes.
pub fn sklearn_split(classes: &[u8], test_size: f64, seed: u32) -> Result<Split, Error> {
    let n1 = classes.iter().filter(|class| **class == 1).count() as u64;
    let n0 = classes.len() as u64 - n1;
    let mut generator = Mt::new(seed);
    let counts = part_counts([n0, n1], test_size, &mut generator)?;
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

/// The test part of [`sklearn_split`], without the order of its rows: about a third of the draws and of the memory (4 bytes a
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
    let mut generator = Mt::new(seed);
    let counts = part_counts(class_counts, test_size, &mut generator)?;
    let mut of_class = [Bits::default(), Bits::default()];
    for class in 0..2 {
        let n = index(class_counts[class]);
        let n_test = index(counts.test[class]);
        let n_train = index(counts.train[class]);
        // Rows in neither part exist only if both counts were rounded down, which `part_counts` does not do.
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
    Ok(TestRows::new(of_class))
}

/// The folds of scikit-learn's `StratifiedKFold(n_folds, shuffle=True, random_state=seed)`: for each class the fold of each of
/// its rows, in their order. `first_class` is the class of the first row.
///
/// # Errors
///
/// Fewer than two folds, or a class with fewer rows than folds.
pub fn stratified_folds(
    class_counts: [u64; 2],
    first_class: usize,
    n_folds: u8,
    seed: u32,
) -> Result<[Vec<u8>; 2], Error> {
    let fewest = class_counts[0].min(class_counts[1]);
    if n_folds < 2 || fewest < u64::from(n_folds) {
        return Err(Error::Folds { n_folds, class_counts });
    }
    let mut generator = Mt::new(seed);
    let mut folds = [Vec::new(), Vec::new()];
    // Every n-th row of the rows sorted by class goes to a fold, classes in the order of their first rows.
    let mut before = 0;
    for class in [first_class, 1 - first_class] {
        let n = index(class_counts[class]);
        let of_class = &mut folds[class];
        for fold in 0..usize::from(n_folds) {
            let rows = (before..before + n).filter(|row| row % usize::from(n_folds) == fold).count();
            of_class.extend(std::iter::repeat_n(u8::try_from(fold).unwrap_or(u8::MAX), rows));
        }
        shuffle(of_class, &mut generator);
        before += n;
    }
    Ok(folds)
}

/// Draws that are made before the swaps they stand for, so that the swaps need not wait for each other.
const DRAWS: usize = 256;

/// The draws of a shuffle of `n` items for its last places, from the end.
fn draw_down(n: usize, targets: &mut [u32], generator: &mut Mt) {
    let mut done = 0;
    while done < targets.len() {
        let bound = u32::try_from(n - 1 - done).expect("rows were checked to fit 32 bits");
        let draw = generator.next_u32() & (u32::MAX >> bound.leading_zeros());
        // A draw above the bound is overwritten by the next: without a branch that would be wrong every fourth time.
        targets[done] = draw;
        done += usize::from(draw <= bound);
    }
}

/// Passes over the draws of a shuffle of `n` items.
fn skip_draws(n: usize, generator: &mut Mt) {
    let mut bound = u32::try_from(n).expect("rows were checked to fit 32 bits").saturating_sub(1);
    while bound > 0 {
        let mask = u32::MAX >> bound.leading_zeros();
        while bound > mask >> 1 {
            bound -= u32::from(generator.next_u32() & mask <= bound);
        }
    }
}

/// An exact stratified split in one sequential pass (selection sampling, Knuth, The Art of Computer Programming 2,
/// algorithm 3.4.2S, within each class). It needs the class counts beforehand and 20 bytes of memory, and gives the same
/// class counts as [`sklearn_split`], but other rows.
#[derive(Debug, Clone)]
pub struct Selection {
    generator: Mt,
    rows_left: [u64; 2],
    test_left: [u64; 2],
}

impl Selection {
    /// A split of `class_counts` rows.
    ///
    /// # Errors
    ///
    /// As [`sklearn_split`].
    pub fn new(class_counts: [u64; 2], test_size: f64, seed: u32) -> Result<Self, Error> {
        let mut generator = Mt::new(seed);
        let counts = part_counts(class_counts, test_size, &mut generator)?;
        Ok(Self { generator, rows_left: class_counts, test_left: counts.test })
    }

    /// The part of the next row, which is of class `class`. Rows beyond the announced counts go to the training part.
    pub fn assign(&mut self, class: u8) -> Part {
        let class = usize::from(class.min(1));
        if self.rows_left[class] == 0 {
            return Part::Train;
        }
        // 53 random bits over the rows left: the chance of a row is exact to 2^-53.
        let draw = (self.generator.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0;
        let is_test = draw * (self.rows_left[class] as f64) < self.test_left[class] as f64;
        self.rows_left[class] -= 1;
        if is_test {
            self.test_left[class] -= 1;
            Part::Test
        } else {
            Part::Train
        }
    }
}

fn part_counts(class_counts: [u64; 2], test_size: f64, generator: &mut Mt) -> Result<PartCounts, Error> {
    if !(test_size > 0.0 && test_size < 1.0) {
        return Err(Error::TestSize(test_size));
    }
    let rows = class_counts[0] + class_counts[1];
    if u32::try_from(rows).is_err() {
        return Err(Error::TooManyRows(rows));
    }
    if let Some(smallest) = class_counts.iter().min().filter(|count| **count < 2) {
        return Err(Error::TooFewOfClass(*smallest));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the row count")]
    let n_test = (test_size * rows as f64).ceil() as u64;
    let n_train = rows.saturating_sub(n_test);
    for (part, count) in [("training", n_train), ("test", n_test)] {
        if count < 2 {
            return Err(Error::TooFewRows { part, count });
        }
    }
    let train = approximate_mode(class_counts, n_train, generator);
    let remaining = [class_counts[0] - train[0], class_counts[1] - train[1]];
    let test = approximate_mode(remaining, n_test, generator);
    Ok(PartCounts { train, test })
}

/// scikit-learn's `_approximate_mode`: `n_draws` shared out in proportion to `counts`, what is left by descending
/// remainder, ties by lot. The order of operations matters: 4085 / 14000 * 11200 is 3267.9999999999995.
fn approximate_mode(counts: [u64; 2], n_draws: u64, generator: &mut Mt) -> [u64; 2] {
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

/// NumPy's legacy `RandomState.shuffle`: Fisher-Yates from the end, each index by masked rejection.
fn shuffle<T>(items: &mut [T], generator: &mut Mt) {
    for last in (1..items.len()).rev() {
        let bound = u32::try_from(last).expect("rows were checked to fit 32 bits");
        items.swap(last, draw_up_to(bound, generator));
    }
}

fn draw_up_to(bound: u32, generator: &mut Mt) -> usize {
    let mask = u32::MAX >> bound.leading_zeros();
    loop {
        let draw = generator.next_u32() & mask;
        if draw <= bound {
            return draw as usize;
        }
    }
}

fn index(count: u64) -> usize {
    usize::try_from(count).expect("rows were checked to fit 32 bits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `StratifiedKFold(3, shuffle=True, random_state=7).split(y, y)` of scikit-learn 1.9.1 for the classes
    /// 1 0 1 1 0 0 1 1 0 1 1 0 1: the folds of the rows of class 0, then of class 1.
    #[test]
    fn folds_are_those_of_scikit_learn() {
        let folds = stratified_folds([5, 8], 1, 3, 7).expect("enough rows");
        assert_eq!(folds, [vec![2, 2, 1, 0, 0], vec![0, 1, 0, 2, 1, 0, 1, 2]]);
        assert!(stratified_folds([2, 8], 0, 3, 7).is_err() && stratified_folds([5, 8], 0, 1, 7).is_err());
    }

    /// `train_test_split(np.arange(n), test_size=.., stratify=y, random_state=..)` of scikit-learn 1.9.1; in the second and
    /// third case both classes have the same remainder, so that the lot decides.
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
            (&[0, 0, 1, 1], 0.1, "the test part would have 1 row(s) for 2 classes"),
            (&[0, 0, 1, 1], 0.9, "the training part would have 0 row(s) for 2 classes"),
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
            let mut seen = [0_usize; 2];
            let mut test = Vec::new();
            for (row, class) in (0..).zip(&classes) {
                let class = usize::from(*class);
                if rows.is_test(class, seen[class]) {
                    test.push(row);
                }
                seen[class] += 1;
            }
            let mut expected = expected;
            expected.sort_unstable();
            prop_assert_eq!(test, expected);
        }

        #[test]
        fn both_methods_part_the_rows_with_the_same_class_counts(
            classes in prop::collection::vec(0..2_u8, 20..400), size in 0.1..0.9, seed: u32
        ) {
            let ones = classes.iter().filter(|class| **class == 1).count();
            prop_assume!(ones >= 2 && classes.len() - ones >= 2);
            let split = sklearn_split(&classes, size, seed).expect("a split");
            let mut all: Vec<u32> = split.train.iter().chain(&split.test).copied().collect();
            all.sort_unstable();
            prop_assert!(all.iter().copied().eq(0..u32::try_from(classes.len()).expect("short")));
            let count = |rows: &[u32], class| rows.iter().filter(|row| classes[**row as usize] == class).count();

            let mut selection = Selection::new([(classes.len() - ones) as u64, ones as u64], size, seed).expect("a split");
            let mut selected = [0, 0];
            for class in &classes {
                selected[usize::from(*class)] += usize::from(selection.assign(*class) == Part::Test);
            }
            prop_assert_eq!([count(&split.test, 0), count(&split.test, 1)], selected);
        }
    }

    /// Each row is as likely as any other to be selected, in whatever order the classes come.
    #[test]
    fn selection_has_no_favourites() {
        let classes: Vec<u8> = (0..50).map(|row| u8::from(row % 3 != 0)).collect();
        let mut hits = vec![0_u32; classes.len()];
        let runs = 20_000;
        for seed in 0..runs {
            let mut selection = Selection::new([17, 33], 0.2, seed).expect("a split");
            for (class, hit) in classes.iter().zip(&mut hits) {
                *hit += u32::from(selection.assign(*class) == Part::Test);
            }
        }
        for (row, hit) in hits.iter().enumerate() {
            // 3 of 17 rows of class 0, 7 of 33 of class 1; six standard deviations.
            let share = if classes[row] == 0 { 3.0 / 17.0 } else { 7.0 / 33.0 };
            let deviation = (share * (1.0 - share) / f64::from(runs)).sqrt();
            assert!((f64::from(*hit) / f64::from(runs) - share).abs() < 6.0 * deviation, "row {row}: {hit}");
        }
    }
}
