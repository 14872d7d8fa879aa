//! Supervised cut points: where the share of class 1 jumps, a number is worth more as a step than as a slope.
//!
//! Fayyad and Irani (1993), "Multi-interval discretization of continuous-valued attributes for classification learning"
//! (IJCAI): an interval is cut where the class entropy that is left is least, and only if the bits that this saves are more
//! than those that describe the cut (their minimum description length criterion). A pure interval saves nothing, and is never
//! cut. What differs from the paper is the order: the cut that saves most is made first, so that a bound on the number of bins
//! leaves out the least.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use std::ops::Range;

use assist_score::FeatureSpace;
use rayon::prelude::*;

use crate::column::{as_index, with_codes, with_numbers};
use crate::encoded::Encoded;
use crate::error::Error;
use crate::rows::Rows;
use crate::segment::{Count, Counts, are_narrow};
use crate::uncounted_rows::UncountedRows;

/// Bins of a column at most, that of missing numbers not counted: more are no longer read at a glance.
const MOST_BINS: usize = 8;

/// A value, and how often it was seen with label 0 and with label 1.
type Seen<N> = (f64, [N; 2]);

impl Encoded {
    /// As [`learn_space`](Self::learn_space), with the cut points that the labels of the rows ask for: those of Fayyad and
    /// Irani (1993), "Multi-interval discretization of continuous-valued attributes for classification learning", by entropy
    /// and minimum description length, at most seven a column. A cut is the lower of the two values between which it lies.
    /// Missing cells do not take part. Declared cuts stay. A numeric column for which no cut pays stays a number.
    ///
    /// # Errors
    ///
    /// As [`learn_space`](Self::learn_space).
    pub fn learn_space_with_bins(&self) -> Result<FeatureSpace, Error> {
        let mut space = self.learn_space()?;
        let is_narrow = are_narrow(self.class_counts().iter().sum());
        // One column after the other: the distinct values of all at once may take more memory than the rows.
        for (index, column) in space.numeric.iter_mut().enumerate().filter(|(_, column)| !column.is_binned()) {
            column.cuts = if is_narrow {
                cut_points(&self.values_seen(index, Counts::get_narrow))
            } else {
                cut_points(&self.values_seen(index, Counts::get))
            };
        }
        Ok(space)
    }

    /// The distinct values of a numeric column, ascending.
    fn values_seen<N: Count>(
        &self,
        column: usize,
        counts_of: impl Fn(&Counts, usize) -> [N; 2] + Sync,
    ) -> Vec<Seen<N>> {
        let none = [N::default(); 2];
        match &self.rows {
            Rows::Counted(rows) => {
                let mut seen: Vec<Seen<N>> = rows.numeric[column].iter().map(|value| (*value, none)).collect();
                with_codes!(&rows.digits[column], digits => {
                    for (row, digit) in digits.iter().enumerate() {
                        add(&mut seen[as_index(*digit)].1, counts_of(&rows.counts, row));
                    }
                });
                // The values of both subsets of a split are there, and a last NaN stands for missing ones.
                seen.retain(|(value, counts)| !value.is_nan() && *counts != none);
                seen
            }
            Rows::Uncounted(partitions) => {
                let of_partition = |rows: &UncountedRows| {
                    let numbers = &rows.numeric[column];
                    let mut seen: Vec<Seen<N>> = Vec::new();
                    with_numbers!(&numbers.values, values => {
                        let present = values.iter().enumerate().filter(|(row, _)| !numbers.is_missing(*row));
                        // -0 is 0.
                        seen.extend(present.map(|(row, value)| (f64::from(*value) + 0.0, counts_of(&rows.counts, row))));
                    });
                    seen.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
                    merge_equal(&mut seen);
                    seen
                };
                let of_partitions: Vec<Vec<Seen<N>>> = partitions.par_iter().map(of_partition).collect();
                let mut seen = of_partitions.concat();
                seen.par_sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
                merge_equal(&mut seen);
                seen
            }
        }
    }
}

/// The cut points that labels ask for, of distinct ascending values with how often each was seen with label 0 and with label 1: those
/// of [`Encoded::learn_space_with_bins`]. A cut is the lower of the two values between which it lies.
pub fn supervised_cuts(seen: &[(f64, [u64; 2])]) -> Vec<f64> {
    cut_points(seen)
}

fn add<N: Count>(sum: &mut [N; 2], [n0, n1]: [N; 2]) {
    sum[0] += n0;
    sum[1] += n1;
}

/// Each of the sorted values once.
fn merge_equal<N: Count>(seen: &mut Vec<Seen<N>>) {
    seen.dedup_by(|(value, counts), (kept, sum)| {
        let is_equal = value == kept;
        if is_equal {
            add(sum, *counts);
        }
        is_equal
    });
}

/// Neighbouring values that are not cut so far.
struct Interval {
    values: Range<usize>,
    /// The best cut that pays.
    cut: Option<Cut>,
}

#[derive(Debug, Clone, Copy)]
struct Cut {
    /// The first value behind the cut.
    at: usize,
    /// Bits of the labels that it saves.
    saved: f64,
}

/// The cuts of distinct ascending values.
fn cut_points<N: Count>(seen: &[Seen<N>]) -> Vec<f64> {
    let interval = |values: Range<usize>| Interval { cut: best_cut(seen, values.clone()), values };
    let mut intervals = vec![interval(0..seen.len())];
    while intervals.len() < MOST_BINS {
        let cuts = intervals.iter().enumerate().filter_map(|(index, interval)| Some((index, interval.cut?)));
        let Some((index, Cut { at, .. })) = cuts.max_by(|(_, a), (_, b)| a.saved.total_cmp(&b.saved)) else { break };
        let Range { start, end } = intervals[index].values;
        intervals.splice(index..=index, [interval(start..at), interval(at..end)]);
    }
    let ends = intervals.iter().map(|interval| interval.values.end);
    ends.take(intervals.len() - 1).map(|end| seen[end - 1].0).collect()
}

/// The cut of an interval that saves most, if it pays.
fn best_cut<N: Count>(seen: &[Seen<N>], values: Range<usize>) -> Option<Cut> {
    let mut all = [0_u64, 0];
    seen[values.clone()].iter().for_each(|(_, counts)| add(&mut all, counts.map(Into::into)));
    let mut left = [0, 0];
    let mut best: Option<([u64; 2], Cut)> = None;
    for (at, (_, counts)) in (values.start + 1..values.end).zip(&seen[values]) {
        add(&mut left, counts.map(Into::into));
        let saved = saved_bits(all, left);
        if best.is_none_or(|(_, best)| saved > best.saved) {
            best = Some((left, Cut { at, saved }));
        }
    }
    best.filter(|(left, cut)| cut.saved > price(all, *left)).map(|(_, cut)| cut)
}

/// The bits of the labels, `N Ent(S)`: what it takes to state them where only their shares are known.
fn bits([n0, n1]: [u64; 2]) -> f64 {
    let [n0, n1] = [n0 as f64, n1 as f64];
    let of_class = |n: f64| if n > 0.0 { -n * (n / (n0 + n1)).log2() } else { 0.0 };
    of_class(n0) + of_class(n1)
}

fn rest([n0, n1]: [u64; 2], left: [u64; 2]) -> [u64; 2] {
    [n0 - left[0], n1 - left[1]]
}

/// What knowing the side saves, `N Gain`.
fn saved_bits(all: [u64; 2], left: [u64; 2]) -> f64 {
    bits(all) - bits(left) - bits(rest(all, left))
}

/// What a cut has to save: `log2(N - 1)` bits for its place, and `log2(3^k - 2) - (k Ent(S) - k1 Ent(S1) - k2 Ent(S2))` for
/// the classes on either side, of which there are `k`, `k1` and `k2` (section 3 of the paper, all of it times `N`).
fn price(all: [u64; 2], left: [u64; 2]) -> f64 {
    let n = |[n0, n1]: [u64; 2]| n0 as f64 + n1 as f64;
    let n_classes = |counts: [u64; 2]| f64::from(u8::from(counts[0] > 0) + u8::from(counts[1] > 0));
    let of_side = |counts: [u64; 2]| n_classes(counts) * bits(counts) / n(counts);
    let of_classes = (3_f64.powf(n_classes(all)) - 2.0).log2();
    (n(all) - 1.0).log2() + of_classes - (of_side(all) - of_side(left) - of_side(rest(all, left)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Observations of each value from 0 on, with these counts.
    fn cuts_of(counts: impl IntoIterator<Item = [u32; 2]>) -> Vec<f64> {
        cut_points(&(0..).map(f64::from).zip(counts).collect::<Vec<Seen<u32>>>())
    }

    fn noise(value: u32) -> [u32; 2] {
        let random = (value.wrapping_mul(2_654_435_769) >> 16) % 7;
        [10 + random, 16 - random]
    }

    #[test]
    fn a_threshold_is_one_cut_that_belongs_to_the_lower_side() {
        let rule = |value: u32| if value > 60 { [0, 9] } else { [4, 0] };
        assert_eq!(cuts_of((0..120).map(rule)), [60.0]);
        // The upper side is pure and stays whole; the lower one is noise.
        let noisy_below = |value: u32| if value > 60 { [0, 26] } else { noise(value) };
        assert_eq!(cuts_of((0..120).map(noisy_below)), [60.0]);
    }

    #[test]
    fn a_pure_bin_stays_however_narrow() {
        let rule = |value: u32| if value == 30 { [0, 400] } else { [13, 13] };
        assert_eq!(cuts_of((0..60).map(rule)), [29.0, 30.0]);
    }

    #[test]
    fn where_nothing_is_to_be_learnt_nothing_is_cut() {
        assert!(cuts_of((0..300).map(noise)).is_empty());
        assert!(cuts_of([[5, 0], [7, 0]]).is_empty() && cuts_of([[5, 7]]).is_empty() && cuts_of([]).is_empty());
    }

    #[test]
    fn two_jumps_are_two_cuts_and_many_are_seven() {
        let two = |value: u32| {
            if value < 20 {
                [90, 10]
            } else if value < 50 {
                [50, 50]
            } else {
                [10, 90]
            }
        };
        assert_eq!(cuts_of((0..80).map(two)), [19.0, 49.0]);
        // Twelve stretches of classes in turn, the first ones with more observations: these cuts save most.
        let turns = |value: u32| if (value / 10).is_multiple_of(2) { [1000 - value, 0] } else { [0, 1000 - value] };
        let cuts = cuts_of((0..120).map(turns));
        assert_eq!(cuts.len(), MOST_BINS - 1);
        assert!(cuts.iter().all(|cut| cut % 10.0 == 9.0), "{cuts:?}");
    }

    /// By hand: four of each class apart save 8 bits, and cost `log2 7 + log2 7 - 2`. With one of four on the wrong side
    /// `8 (1 - Ent(1/4))` bits are saved, with `Ent(1/4) = 2 - 0.75 log2 3`, and both sides have both classes.
    #[test]
    fn bits_and_prices_are_those_by_hand() {
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
        close(saved_bits([4, 4], [4, 0]), 8.0);
        close(price([4, 4], [4, 0]), 2.0 * 7_f64.log2() - 2.0);
        assert_eq!(cuts_of([[4, 0], [0, 4]]), [0.0]);
        let quarter = 2.0 - 0.75 * 3_f64.log2();
        close(saved_bits([4, 4], [3, 1]), 8.0 * (1.0 - quarter));
        close(price([4, 4], [3, 1]), 2.0 * 7_f64.log2() - (2.0 - 4.0 * quarter));
        assert!(cuts_of([[3, 1], [1, 3]]).is_empty(), "1.51 bits are less than 6.86");
    }
}
