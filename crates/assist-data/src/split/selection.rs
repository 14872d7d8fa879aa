//! A split that is decided row by row, for tables that are streamed.

use rand_mt::Mt;

use crate::error::Error;
use crate::split::shares::subset_counts;
use crate::split::subset::Subset;

/// An exact stratified split in one sequential pass (selection sampling, Knuth, The Art of Computer Programming 2,
/// algorithm 3.4.2S, within each class). It needs the class counts beforehand and 20 bytes of memory, and gives the same
/// class counts as [`sklearn_split`](crate::sklearn_split), but other rows.
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
    /// A test size outside (0, 1), a class with fewer than two rows, a subset with fewer rows than classes.
    pub fn new(class_counts: [u64; 2], test_size: f64, seed: u32) -> Result<Self, Error> {
        let mut generator = Mt::new(seed);
        let counts = subset_counts(class_counts, test_size, &mut generator)?;
        Ok(Self { generator, rows_left: class_counts, test_left: counts.test })
    }

    /// The subset of the next row, which is of class `class`. Rows beyond the announced counts are training rows.
    pub fn assign(&mut self, class: u8) -> Subset {
        let class = usize::from(class.min(1));
        if self.rows_left[class] == 0 {
            return Subset::Training;
        }
        // 53 random bits over the rows left: the chance of a row is exact to 2^-53.
        let draw = (self.generator.next_u64() >> 11) as f64 / 9_007_199_254_740_992.0;
        let is_test = draw * (self.rows_left[class] as f64) < self.test_left[class] as f64;
        self.rows_left[class] -= 1;
        if is_test {
            self.test_left[class] -= 1;
            Subset::Test
        } else {
            Subset::Training
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::sklearn::sklearn_split;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_methods_split_the_rows_with_the_same_class_counts(
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
                selected[usize::from(*class)] += usize::from(selection.assign(*class) == Subset::Test);
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
                *hit += u32::from(selection.assign(*class) == Subset::Test);
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
