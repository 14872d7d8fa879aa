//! Splits and folds by time: what is learnt from earlier rows is put to later ones.
//!
//! Rows of one time stay together, on the earlier side. Where rows are grouped, those of a group that has earlier rows are not
//! put to what was learnt from these.

use crate::error::Error;
use crate::split::test_rows::{Bits, TestRows};
use crate::time_fault::TimeFault;

/// The classes of rows, in the table's order.
#[derive(Debug, Clone)]
pub enum RowClasses {
    /// One observation each: 1 for the label that sorts last.
    Single(Bits),
    /// So many observations of each class.
    Counts(Vec<[u64; 2]>),
}

/// The rows of a table with their times.
#[derive(Debug, Clone)]
pub struct Timeline {
    times: Vec<f64>,
    classes: RowClasses,
    groups: Option<Vec<u32>>,
    /// The different times, ascending, each with its observations.
    moments: Vec<(f64, u64)>,
}

/// A split by time.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TimeSplit {
    /// The latest time of a training row.
    pub until: f64,
    /// The earliest time of a test row.
    pub from: f64,
    /// The training rows: all up to that time.
    pub train: TestRows,
    /// The test rows: all later ones, but for those of groups that have training rows.
    pub test: TestRows,
    /// Observations of later rows that are left out, because their groups have training rows.
    pub left_out: u64,
}

/// A fold of a cross-validation that goes on in time: it is judged by what was learnt from all folds before it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TimeFold {
    /// Its rows, for the folds after it to be judged by.
    pub rows: TestRows,
    /// Those of them that it is judged by: of groups that no fold before it has.
    pub judged: TestRows,
}

impl Timeline {
    /// Of rows with these times, classes and, where rows are grouped, codes of groups.
    ///
    /// # Panics
    ///
    /// Where there are not as many of each, or a time is no number.
    pub fn new(times: Vec<f64>, classes: RowClasses, groups: Option<Vec<u32>>) -> Self {
        let n_rows = match &classes {
            RowClasses::Single(bits) => bits.len(),
            RowClasses::Counts(counts) => counts.len(),
        };
        assert_eq!(n_rows, times.len(), "a time for each row");
        assert!(groups.as_ref().is_none_or(|groups| groups.len() == n_rows), "a group for each row");
        assert!(!times.iter().any(|time| time.is_nan()), "times are numbers");
        let mut timeline = Self { times, classes, groups, moments: Vec::new() };
        let mut moments: Vec<(f64, u64)> = (0..n_rows).map(|row| (timeline.times[row], timeline.rows(row))).collect();
        moments.retain(|(_, observations)| *observations > 0);
        moments.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        moments.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 += next.1;
            }
            is_same
        });
        timeline.moments = moments;
        timeline
    }

    /// The latest rows as test rows: those after the earliest `1 - test_size` of the observations. Rows of the same time as the
    /// last of these are training rows too, so the test subset may be smaller than asked.
    ///
    /// # Errors
    ///
    /// A test size outside (0, 1), no later row, no row of a new group, a class that one side lacks.
    pub fn split(&self, test_size: f64) -> Result<TimeSplit, Error> {
        if !(test_size > 0.0 && test_size < 1.0) {
            return Err(Error::TestSize(test_size));
        }
        let all: u64 = self.moments.iter().map(|(_, n)| n).sum();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below the observations")]
        let n_test = (test_size * all as f64).ceil() as u64;
        let too_few = || Error::from(TimeFault::NoLaterRows { times: self.moments.len() });
        let last = self.last_of(all - n_test.min(all)).ok_or_else(too_few)?;
        let [(until, _), (from, _)] = *self.moments.get(last..last + 2).ok_or_else(too_few)? else {
            return Err(too_few());
        };
        let is_before = |row: usize| self.times[row] <= until;
        let known = self.groups_of(is_before);
        let train = self.selected(is_before);
        let test = self.selected(|row| !is_before(row) && self.is_new(&known, row));
        let [n_train, n_test] = [&train, &test].map(TestRows::class_counts);
        let later = all - n_train.iter().sum::<u64>();
        if n_test == [0, 0] {
            return Err(TimeFault::NoNewGroups { rows: later }.into());
        }
        for (counts, is_later) in [(n_train, false), (n_test, true)] {
            if let Some(class) = counts.iter().position(|n| *n == 0) {
                return Err(TimeFault::ClassOnOneSide { class, is_later }.into());
            }
        }
        Ok(TimeSplit { until, from, train, test, left_out: later - n_test.iter().sum::<u64>() })
    }

    /// The training rows of a split in folds that follow each other, one more than is asked for, because nothing comes before
    /// the first: those of scikit-learn's `TimeSeriesSplit(n_folds)`, but that rows of one time stay together.
    ///
    /// # Errors
    ///
    /// Fewer than two folds; a fold without rows that it can be judged by, or with one class up to it.
    pub fn folds(&self, split: &TimeSplit, n_folds: u8) -> Result<Vec<TimeFold>, Error> {
        let past: Vec<u64> =
            self.moments.iter().take_while(|(time, _)| *time <= split.until).map(|(_, n)| *n).collect();
        let fault = || Error::from(TimeFault::Folds { folds: n_folds, times: past.len() });
        if n_folds < 2 {
            return Err(Error::Folds { n_folds, class_counts: split.train.class_counts() });
        }
        let (all, n_parts) = (past.iter().sum::<u64>(), u128::from(n_folds) + 1);
        let mut folds = Vec::new();
        let mut after = f64::NEG_INFINITY;
        let mut so_far = [0; 2];
        for part in 1..=n_parts {
            let share = u64::try_from(u128::from(all) * part / n_parts).expect("at most all");
            let until = self.moments[self.last_of(share).ok_or_else(fault)?].0.min(split.until);
            let known = self.groups_of(|row| self.times[row] <= after);
            let is_of_fold = |row: usize| self.times[row] > after && self.times[row] <= until;
            let rows = self.selected(is_of_fold);
            let judged = self.selected(|row| is_of_fold(row) && self.is_new(&known, row));
            if judged.is_none() {
                return Err(fault());
            }
            so_far = [0, 1].map(|class| so_far[class] + rows.class_counts()[class]);
            if so_far.contains(&0) {
                return Err(fault());
            }
            folds.push(TimeFold { rows, judged });
            after = until;
        }
        Ok(folds)
    }

    /// Where the time stands that the observation of this number, counted from 1 in the order of time, has.
    fn last_of(&self, observation: u64) -> Option<usize> {
        let mut before = 0;
        self.moments.iter().position(|(_, n)| {
            before += n;
            before >= observation && observation > 0
        })
    }

    /// Observations of a row.
    fn rows(&self, row: usize) -> u64 {
        match &self.classes {
            RowClasses::Single(_) => 1,
            RowClasses::Counts(counts) => counts[row][0] + counts[row][1],
        }
    }

    /// The observations of some rows.
    fn selected(&self, is_selected: impl Fn(usize) -> bool) -> TestRows {
        match &self.classes {
            RowClasses::Single(classes) => {
                let mut of_class = [Bits::default(), Bits::default()];
                (0..classes.len()).for_each(|row| of_class[usize::from(classes.get(row))].push(is_selected(row)));
                TestRows::Observations(of_class)
            }
            RowClasses::Counts(counts) => TestRows::Counts(
                counts.iter().enumerate().map(|(row, n)| if is_selected(row) { *n } else { [0; 2] }).collect(),
            ),
        }
    }

    /// The groups that some rows are of; no bits where rows are not grouped.
    fn groups_of(&self, is_selected: impl Fn(usize) -> bool) -> Bits {
        let Some(groups) = &self.groups else { return Bits::default() };
        let mut known = Bits::zeros(groups.iter().max().map_or(0, |last| *last as usize + 1));
        let selected = groups.iter().enumerate().filter(|(row, _)| is_selected(*row));
        selected.for_each(|(_, group)| known.set(*group as usize));
        known
    }

    fn is_new(&self, known: &Bits, row: usize) -> bool {
        self.groups.as_ref().is_none_or(|groups| !known.get(groups[row] as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn classes(of_rows: &[u8]) -> RowClasses {
        let mut bits = Bits::default();
        of_rows.iter().for_each(|class| bits.push(*class == 1));
        RowClasses::Single(bits)
    }

    /// Which rows are selected, by their places in the table.
    fn places(rows: &TestRows, of_rows: &[u8]) -> Vec<usize> {
        let TestRows::Observations(of_class) = rows else { panic!("single observations") };
        let mut seen = [0; 2];
        let is_selected = |class: &u8| {
            let class = usize::from(*class);
            seen[class] += 1;
            of_class[class].get(seen[class] - 1)
        };
        let selected: Vec<bool> = of_rows.iter().map(is_selected).collect();
        (0..selected.len()).filter(|row| selected[*row]).collect()
    }

    #[test]
    fn rows_of_one_time_stay_on_the_earlier_side() {
        let of_rows = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1];
        let times = vec![9.0, 8.0, 7.0, 7.0, 7.0, 7.0, 3.0, 2.0, 1.0, 1.0];
        let split = Timeline::new(times, classes(&of_rows), None).split(0.5).expect("a split");
        assert_eq!((split.until, split.from, split.left_out), (7.0, 8.0, 0));
        assert_eq!(places(&split.test, &of_rows), [0, 1]);
        assert_eq!(places(&split.train, &of_rows), [2, 3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn a_group_is_tested_only_where_it_is_new() {
        let of_rows = [0, 1, 0, 1, 0, 1, 0, 1];
        let times = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        let groups = vec![0, 0, 1, 1, 0, 2, 2, 1];
        let split = Timeline::new(times, classes(&of_rows), Some(groups)).split(0.5).expect("a split");
        assert_eq!((places(&split.test, &of_rows), split.left_out), (vec![5, 6], 2));
    }

    #[test]
    fn what_time_cannot_divide_is_refused() {
        let message = |times: Vec<f64>, of_rows: &[u8], groups: Option<Vec<u32>>| {
            Timeline::new(times, classes(of_rows), groups).split(0.5).expect_err("refused").to_string()
        };
        let one = message(vec![2.0; 4], &[0, 1, 0, 1], None);
        assert!(one.starts_with("the rows have 1 different time,"), "{one}");
        let known = message(vec![1.0, 2.0, 3.0, 4.0], &[0, 1, 0, 1], Some(vec![0, 1, 1, 0]));
        assert!(known.starts_with("all 2 later rows are of groups"), "{known}");
        let pure = message(vec![1.0, 2.0, 3.0, 4.0], &[0, 0, 0, 1], None);
        assert!(pure.starts_with("none of the earlier rows is of class 1"), "{pure}");
        let pure = message(vec![1.0, 2.0, 3.0, 4.0], &[0, 1, 0, 0], None);
        assert!(pure.starts_with("none of the later rows is of class 1"), "{pure}");
        assert!(message(Vec::new(), &[], None).contains("0 different times"));
    }

    #[test]
    fn billions_of_observations_are_divided_by_rows() {
        let counts = vec![[4_000_000_000, 1], [1, 3_000_000_000], [2_000_000_000, 7]];
        let split = Timeline::new(vec![1.0, 2.0, 3.0], RowClasses::Counts(counts), None).split(0.25).expect("a split");
        assert_eq!(split.test, TestRows::Counts(vec![[0, 0], [0, 0], [2_000_000_000, 7]]));
    }

    proptest! {
        #[test]
        fn what_is_learnt_from_comes_before_what_it_is_put_to(
            rows in prop::collection::vec((0..60_i32, 0..2_u8, 0..9_u32), 8..120), size in 0.1..0.6, by_group: bool
        ) {
            let of_rows: Vec<u8> = rows.iter().map(|row| row.1).collect();
            let times: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let groups = by_group.then(|| rows.iter().map(|row| row.2).collect());
            let timeline = Timeline::new(times.clone(), classes(&of_rows), groups);
            let Ok(split) = timeline.split(size) else { return Ok(()) };
            let (train, test) = (places(&split.train, &of_rows), places(&split.test, &of_rows));
            prop_assert!(train.iter().all(|row| times[*row] <= split.until));
            prop_assert!(test.iter().all(|row| times[*row] >= split.from) && split.until < split.from);
            prop_assert_eq!((train.len() + test.len()) as u64 + split.left_out, rows.len() as u64);
            // No later row could have been a test row as well.
            prop_assert!((test.len() as u64 + split.left_out) as f64 <= (size * rows.len() as f64).ceil());
            let shares_group = |a: usize, b: usize| by_group && rows[a].2 == rows[b].2;
            prop_assert!(!test.iter().any(|a| train.iter().any(|b| shares_group(*a, *b))));
            let Ok(folds) = timeline.folds(&split, 3) else { return Ok(()) };
            prop_assert_eq!(folds.len(), 4);
            let mut before: Vec<usize> = Vec::new();
            for fold in &folds {
                let (of_fold, judged) = (places(&fold.rows, &of_rows), places(&fold.judged, &of_rows));
                prop_assert!(judged.iter().all(|row| of_fold.contains(row)));
                prop_assert!(of_fold.iter().all(|a| before.iter().all(|b| times[*b] < times[*a])));
                prop_assert!(!judged.iter().any(|a| before.iter().any(|b| shares_group(*a, *b))));
                before.extend(of_fold);
            }
            before.sort_unstable();
            prop_assert_eq!(before, train);
        }
    }
}
