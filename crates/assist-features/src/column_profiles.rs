//! How the numbers of a design's columns are spread over a few bins: what a model keeps of its training rows.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use std::ops::Range;
use std::sync::Arc;

use assist_score::NumericProfile;
use rayon::prelude::*;

use crate::column::{NumericValues, with_numbers};
use crate::design::Design;
use crate::segment::{NumericDesign, Segment};

/// Bins of a column without cuts, at most: the tenths of which the usual bounds of a population stability index are known.
const MOST_BINS: usize = 10;
/// Rows that edges are learnt from. Where an edge lies makes no difference to what is counted, as long as it stays there.
const LOOKED_AT: usize = 1024;
/// Values that a column stored in bytes may have.
const SMALL_VALUES: usize = 256;
/// Rows that one thread counts at a time.
const CHUNK: usize = 1 << 14;

impl Design {
    /// For each numeric column of the space its observations in a few bins: those of its cuts, where it has some, else a bin for
    /// each value of a column of few, else bins of about equal counts. `code_counts` are the design's
    /// [`code_counts`](Self::code_counts).
    pub fn numeric_profiles(&self, code_counts: &[Vec<(Option<usize>, [u64; 2])>]) -> Vec<NumericProfile> {
        let mut profiles = vec![NumericProfile::default(); self.space().numeric.len()];
        for (binned, counts) in self.layout.binned.iter().zip(code_counts) {
            let mut counts: Vec<u64> = counts.iter().map(|(_, [n0, n1])| n0 + n1).collect();
            // Missing numbers have the code behind all others, where they are allowed.
            let missing = counts.split_off(binned.column.cuts.len() + 1).first().copied().unwrap_or(0);
            profiles[binned.place] = NumericProfile { edges: binned.column.cuts.clone(), counts, missing };
        }
        let of_unbinned = |(column, place): (usize, &usize)| (*place, self.profile_of(column));
        for (place, profile) in self.layout.unbinned.par_iter().enumerate().map(of_unbinned).collect::<Vec<_>>() {
            profiles[place] = profile;
        }
        profiles
    }

    /// The profile of a numeric column without cuts.
    fn profile_of(&self, column: usize) -> NumericProfile {
        let is_small = |segment: &Arc<Segment>| matches!(segment.numeric[column].values, NumericValues::U8(_));
        if self.segments_with_rows().all(is_small) {
            return self.profile_of_small(column);
        }
        let edges = edges(self.some_weighed_numbers(column), MOST_BINS, |last, _| last);
        let mut profile = NumericProfile { counts: vec![0; edges.len() + 1], edges, missing: 0 };
        let n_bins = profile.counts.len();
        let bins = &profile;
        let counts = self.counted(n_bins + 1, |segment, rows, counts| {
            let NumericDesign { values, missing } = &segment.numeric[column];
            with_numbers!(values, values => {
                for (row, value) in rows.clone().zip(&values[rows]) {
                    let [n0, n1] = segment.counts.get(row);
                    let is_missing = missing.as_ref().is_some_and(|missing| missing[row] == 1);
                    counts[if is_missing { n_bins } else { bins.bin(f64::from(*value)) }] += n0 + n1;
                }
            });
        });
        (profile.counts, profile.missing) = (counts[..n_bins].to_vec(), counts[n_bins]);
        profile
    }

    /// That of a column of small whole numbers, which are counted value by value.
    fn profile_of_small(&self, column: usize) -> NumericProfile {
        let counts = self.counted(SMALL_VALUES + 1, |segment, rows, counts| {
            let NumericDesign { values, missing } = &segment.numeric[column];
            let NumericValues::U8(values) = values else { return };
            for (row, value) in rows.clone().zip(&values[rows]) {
                let [n0, n1] = segment.counts.get(row);
                let is_missing = missing.as_ref().is_some_and(|missing| missing[row] == 1);
                counts[if is_missing { SMALL_VALUES } else { usize::from(*value) }] += n0 + n1;
            }
        });
        let (of_values, missing) = counts.split_at(SMALL_VALUES);
        let values = (0_u16..).map(f64::from).zip(of_values.iter().copied());
        let present: Vec<(f64, u64)> = values.filter(|(_, n)| *n > 0).collect();
        let edges = edges(present.clone(), MOST_BINS, |last, _| last);
        let mut profile = NumericProfile { counts: vec![0; edges.len() + 1], edges, missing: missing[0] };
        for (value, n) in present {
            let bin = profile.bin(value);
            profile.counts[bin] += n;
        }
        profile
    }

    /// Counts of some cells over all rows, which are counted in chunks side by side.
    fn counted(&self, n_cells: usize, count: impl Fn(&Segment, Range<usize>, &mut [u64]) + Sync) -> Vec<u64> {
        let chunks = self.segments_with_rows().flat_map(|segment| {
            let n_rows = segment.n_rows();
            (0..n_rows).step_by(CHUNK).map(move |start| (segment, start..(start + CHUNK).min(n_rows)))
        });
        let counted = chunks.collect::<Vec<_>>().into_par_iter().map(|(segment, rows)| {
            let mut counts = vec![0; n_cells];
            count(segment, rows, &mut counts);
            counts
        });
        counted.reduce(
            || vec![0; n_cells],
            |mut all, part| {
                all.iter_mut().zip(part).for_each(|(all, part)| *all += part);
                all
            },
        )
    }

    /// A segment without rows has no columns either.
    fn segments_with_rows(&self) -> impl Iterator<Item = &Arc<Segment>> {
        self.segments.iter().filter(|segment| segment.n_rows() > 0)
    }

    /// Some numbers of a numeric column without cuts, with their observations.
    fn some_weighed_numbers(&self, column: usize) -> Vec<(f64, u64)> {
        let step = self.n_rows().div_ceil(LOOKED_AT).max(1);
        let mut numbers = Vec::with_capacity(self.n_rows().min(LOOKED_AT) + self.segments.len());
        for segment in &self.segments {
            let Some(NumericDesign { values, missing }) = segment.numeric.get(column) else { continue };
            let is_present = |row: &usize| missing.as_ref().is_none_or(|missing| missing[*row] == 0);
            numbers.extend((0..segment.n_rows()).step_by(step).filter(is_present).map(|row| {
                let [n0, n1] = segment.counts.get(row);
                (values.get(row), n0 + n1)
            }));
        }
        numbers
    }
}

/// Edges of bins of some values, each with its observations: a bin for each value where there are no more values than bins, else
/// bins of about equal counts. A value of many observations has a bin of its own, and the others share what it leaves. `edge` says
/// where between two neighbouring values a bin ends.
pub fn edges(mut values: Vec<(f64, u64)>, most_bins: usize, edge: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    values.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
    values.dedup_by(|(next, of_next), (kept, of_kept)| {
        let is_same = next == kept;
        if is_same {
            *of_kept += *of_next;
        }
        is_same
    });
    let mut left = values.iter().map(|(_, n)| *n as f64).sum::<f64>();
    let (mut bins, mut in_bin, mut edges) = (most_bins.max(1) as f64, 0.0, Vec::new());
    let is_few = values.len() <= most_bins;
    for pair in values.windows(2) {
        in_bin += pair[0].1 as f64;
        if is_few || (bins > 1.0 && in_bin * bins >= left) {
            edges.push(edge(pair[0].0, pair[1].0));
            (left, bins, in_bin) = (left - in_bin, bins - 1.0, 0.0);
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64], most_bins: usize) -> Vec<f64> {
        edges(values.iter().map(|value| (*value, 1)).collect(), most_bins, |last, _| last)
    }

    #[test]
    fn few_values_have_a_bin_each_and_many_share_them_evenly() {
        assert_eq!(of(&[3.0, 1.0, 2.0, 1.0], 10), [1.0, 2.0]);
        let many: Vec<f64> = (0..100).rev().map(f64::from).collect();
        assert_eq!(of(&many, 10), [9.0, 19.0, 29.0, 39.0, 49.0, 59.0, 69.0, 79.0, 89.0]);
        assert!(of(&[], 10).is_empty() && of(&[7.0; 50], 10).is_empty());
    }

    /// Nine tenths are 0: the bins of the others are as fine as if these were all.
    #[test]
    fn a_frequent_value_leaves_the_bins_to_the_others() {
        let values: Vec<(f64, u64)> = [(0.0, 900)].into_iter().chain((1..=90).map(|n| (f64::from(n), 1))).collect();
        let edges = edges(values, 10, f64::midpoint);
        assert_eq!(edges, [0.5, 10.5, 20.5, 30.5, 40.5, 50.5, 60.5, 70.5, 80.5]);
    }
}
