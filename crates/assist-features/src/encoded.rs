//! The rows of one subset of a split, coded, and the design of them in a feature space.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use assist_data::{Bits, Schema};
use assist_score::{FeatureSpace, NumericColumn, Target};
use rayon::prelude::*;

use crate::column::{Codes, as_code, as_index, with_codes, with_numbers};
use crate::design::Design;
use crate::layout::{Binned, Layout};
use crate::level_codes::LevelCodes;
use crate::merge;
use crate::missing::MissingPolicy;
use crate::rare_levels::RareLevels;
use crate::rejects::{RejectedBy, Rejects};
use crate::rows::Rows;
use crate::segment::{NumericDesign, Segment};
use crate::uncounted_rows::{UncountedNumbers, UncountedRows};
use crate::weights::Weights;

/// Rows, coded. Levels have no meaning yet: that comes from the [`FeatureSpace`] of the training rows.
#[derive(Debug, Clone)]
pub struct Encoded {
    pub(crate) schema: Schema,
    pub(crate) policy: MissingPolicy,
    pub(crate) target: Target,
    pub(crate) rows: Rows,
    /// Levels with fewer observations are pooled in the space that is learnt.
    pub(crate) rare: RareLevels,
}

/// A design, and what could not go into it.
#[derive(Debug)]
#[non_exhaustive]
pub struct DesignWithRejects {
    /// The rows that the feature space accepts.
    pub design: Design,
    /// Observations of rows that it rejects: a level that no training row has, a number out of range, a missing cell.
    pub rejected: u64,
    /// The columns that reject them, those that reject most first.
    pub rejected_by: Vec<RejectedBy>,
}

/// Whether identical rows are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Merging {
    WhilePaying,
    Never,
}

impl Encoded {
    /// How many observations of each class there are: 0 the negative, 1 the positive one.
    pub fn class_counts(&self) -> [u64; 2] {
        let add = |[n0, n1]: [u64; 2], [a, b]: [u64; 2]| [n0 + a, n1 + b];
        match &self.rows {
            Rows::Counted(rows) => rows.counts.totals(),
            Rows::Uncounted(partitions) => partitions.iter().map(|rows| rows.counts.totals()).fold([0, 0], add),
        }
    }

    /// Which of the table's groups rows are of: one bit for each of `n_groups`; none is set where rows are not grouped.
    pub fn clusters(&self, n_groups: usize) -> Bits {
        let mut clusters = Bits::zeros(n_groups);
        if let Rows::Uncounted(partitions) = &self.rows {
            let codes = partitions.iter().flat_map(|rows| &rows.clusters);
            codes.for_each(|code| clusters.set(*code as usize));
        }
        clusters
    }

    /// Observations of each level of a categorical column, in no order; of none where there is no such column.
    pub fn level_totals(&self, column: &str) -> BTreeMap<String, u64> {
        let mut totals = BTreeMap::new();
        let Some(place) = self.schema.categorical.iter().position(|(name, _)| name == column) else { return totals };
        match &self.rows {
            Rows::Counted(rows) if rows.n_rows() == 0 => {}
            Rows::Counted(rows) => {
                let of_levels = rows.totals(self.schema.numeric.len() + place);
                totals.extend(rows.categorical[place].iter().cloned().zip(of_levels));
            }
            Rows::Uncounted(partitions) => {
                for rows in partitions {
                    let levels = &rows.categorical[place];
                    let mut of_codes = vec![0_u64; levels.levels.len()];
                    for row in 0..rows.n_rows() {
                        of_codes[levels.codes.get(row) as usize] += rows.counts.get(row).into_iter().sum::<u64>();
                    }
                    for (level, n) in levels.levels.iter().zip(of_codes).filter(|(_, n)| *n > 0) {
                        *totals.entry(level.clone()).or_default() += n;
                    }
                }
            }
        }
        totals
    }

    /// The columns with missing cells, numeric ones first, and of each the observations without a value.
    pub fn missing_cells(&self) -> Vec<(String, u64)> {
        let names = self.schema.feature_columns().enumerate();
        names.map(|(column, name)| (name.to_owned(), self.rows.missing_of(column))).filter(|(_, n)| *n > 0).collect()
    }

    /// The rows that weigh something: where all do, these are the very rows.
    pub(crate) fn weighing(&self) -> Cow<'_, Self> {
        let is_weightless = |rows: &UncountedRows| rows.weights.iter().flatten().any(|weight| *weight == 0.0);
        match &self.rows {
            Rows::Uncounted(partitions) if partitions.iter().any(is_weightless) => {
                let weighing = |rows: &UncountedRows| {
                    let weights = rows.weights.iter().flatten();
                    let kept: Vec<u32> = (0..).zip(weights).filter(|(_, w)| **w > 0.0).map(|(row, _)| row).collect();
                    rows.select(&kept)
                };
                let rows = Rows::Uncounted(partitions.par_iter().map(weighing).collect());
                let Self { schema, policy, target, rare, .. } = self;
                let (schema, target) = (schema.clone(), target.clone());
                Cow::Owned(Self { schema, policy: *policy, target, rows, rare: *rare })
            }
            _ => Cow::Borrowed(self),
        }
    }

    /// The design of the rows in a feature space, identical rows merged while that pays.
    ///
    /// # Panics
    ///
    /// Where the space has other columns than the schema of the rows, or an additional slope or basis of a column with cuts.
    pub fn design(self, space: &FeatureSpace) -> DesignWithRejects {
        self.build(space, Merging::WhilePaying)
    }

    /// As [`design`](Self::design), with no rows put together that were not counted together while reading.
    ///
    /// # Panics
    ///
    /// Where the space has other columns than the schema of the rows, or an additional slope or basis of a column with cuts.
    pub fn design_by_row(self, space: &FeatureSpace) -> DesignWithRejects {
        self.build(space, Merging::Never)
    }

    fn build(self, space: &FeatureSpace, merging: Merging) -> DesignWithRejects {
        assert_eq!(space.numeric.len(), self.schema.numeric.len(), "the space has the schema's numeric columns");
        assert_eq!(space.categorical.len(), self.schema.categorical.len(), "and its categorical columns");
        let layout = Layout::new(space);
        let codes_of = LevelCodes::new(space);
        let mut is_merged = false;
        let (mut segments, rejects) = match self.rows {
            Rows::Counted(rows) => {
                let takes =
                    |(values, column): (&Vec<f64>, &NumericColumn)| values.iter().map(|v| column.accepts(*v)).collect();
                let keep: Vec<Vec<bool>> = rows.numeric.iter().zip(&space.numeric).map(takes).collect();
                let codes = codes_of.each(rows.categorical.iter());
                // Counted rows are distinct, but for numbers of one bin and levels of one code, which make equal rows.
                is_merged = layout.binned.is_empty() && codes.iter().all(|codes| are_distinct(codes));
                let (segment, rejects) = rows.into_segment(&layout, &keep, &codes);
                (vec![segment], rejects)
            }
            Rows::Uncounted(partitions) => {
                let built: Vec<(Segment, Rejects)> =
                    partitions.into_par_iter().map(|rows| uncounted_segment(rows, &codes_of, space, &layout)).collect();
                let (segments, of_partitions): (Vec<Segment>, Vec<Rejects>) = built.into_iter().unzip();
                let mut rejects = Rejects::default();
                of_partitions.into_iter().for_each(|of_partition| rejects.join(of_partition));
                (segments, rejects)
            }
        };
        // Equal rows of two groups are two rows.
        let is_grouped = segments.iter().any(|segment| segment.clusters.is_some());
        if !is_merged
            && !is_grouped
            && merging == Merging::WhilePaying
            && let Some(merged) = merge::merged(&segments)
        {
            (segments, is_merged) = (vec![merged], true);
        }
        let weight_column = self.schema.weight_column().map(str::to_owned);
        let design = Design { weight_column, ..Design::new(Arc::new(space.clone()), layout, segments, is_merged) };
        DesignWithRejects {
            design,
            rejected: rejects.rows,
            rejected_by: rejects.by_column(self.schema.feature_columns()),
        }
    }
}

/// Whether no two levels of a column, of those that the space takes, have one code there: rare ones do, and such as are spelt
/// in two ways.
fn are_distinct(codes: &[Option<u32>]) -> bool {
    let mut taken: Vec<u32> = codes.iter().copied().flatten().collect();
    let n_taken = taken.len();
    taken.sort_unstable();
    taken.dedup();
    taken.len() == n_taken
}

fn uncounted_segment(
    mut rows: UncountedRows,
    codes_of: &LevelCodes<'_>,
    space: &FeatureSpace,
    layout: &Layout,
) -> (Segment, Rejects) {
    let codes = codes_of.each(rows.categorical.iter().map(|column| &column.levels));
    let rejects = reject(&mut rows, space, &codes);
    let n_rows = rows.n_rows();
    let bins = layout.binned.iter().map(|Binned { place, column }| {
        let numbers = &rows.numeric[*place];
        with_numbers!(&numbers.values, values => {
            let bins = values.iter().enumerate().map(|(row, value)| {
                column.bin(if numbers.is_missing(row) { f64::NAN } else { f64::from(*value) })
            });
            Codes::collect(column.n_bins(), bins.map(as_code))
        })
    });
    let bins: Vec<Codes> = bins.collect();
    let numeric = layout.unbinned.iter().zip(&layout.fills).map(|(place, fill)| {
        let column = std::mem::take(&mut rows.numeric[*place]);
        NumericDesign {
            values: column.values,
            missing: fill.map(|_| {
                let mut missing = column.missing;
                missing.resize(n_rows, 0);
                missing
            }),
        }
    });
    let numeric = numeric.collect();
    let levels = rows.categorical.iter().zip(&codes).zip(&space.categorical).map(|((column, codes), known)| {
        let codes: Vec<u32> = codes.iter().map(|code| code.unwrap_or(0)).collect();
        with_codes!(&column.codes, of_rows => {
            Codes::collect(known.levels.len(), of_rows.iter().map(|code| codes[as_index(*code)]))
        })
    });
    let columns: Vec<Codes> = bins.into_iter().chain(levels).collect();
    let clusters = (!rows.clusters.is_empty()).then_some(rows.clusters);
    let (counts, weights) = (rows.counts, rows.weights.map(Weights::Each));
    (Segment { numeric, groups: layout.grouped(&columns, n_rows), counts, clusters, weights }, rejects)
}

/// Leaves out the rows that the space does not take, and counts their observations.
fn reject(rows: &mut UncountedRows, space: &FeatureSpace, codes: &[Vec<Option<u32>>]) -> Rejects {
    let mut rejects = Rejects::new(rows.numeric.len() + rows.categorical.len());
    let has_rules = |column: &NumericColumn| column.integer || column.min.is_some() || column.max.is_some();
    let may_reject_number = rows
        .numeric
        .iter()
        .zip(&space.numeric)
        .any(|(numbers, column)| has_rules(column) || !numbers.missing.is_empty() && column.fill_value.is_none());
    let lacks =
        |codes: &[Option<u32>], seen: Vec<bool>| codes.iter().zip(seen).any(|(code, seen)| seen && code.is_none());
    let may_reject_level = rows.categorical.iter().zip(codes).any(|(column, codes)| lacks(codes, column.seen()));
    if !may_reject_number && !may_reject_level {
        return rejects;
    }
    let is_taken = |row: &u32| {
        let row = *row as usize;
        let takes = |(numbers, column): (&UncountedNumbers, &NumericColumn)| column.accepts(numbers.get(row));
        rows.numeric.iter().zip(&space.numeric).all(takes)
            && rows.categorical.iter().zip(codes).all(|(c, codes)| codes[c.codes.get(row) as usize].is_some())
    };
    let n_rows = u32::try_from(rows.n_rows()).expect("rows were counted with 32 bits");
    let (kept, left): (Vec<u32>, Vec<u32>) = (0..n_rows).partition(is_taken);
    if left.is_empty() {
        return rejects;
    }
    for row in left.iter().map(|row| *row as usize) {
        let observations = rows.counts.get(row).into_iter().sum();
        rejects.rows += observations;
        for (place, (numbers, column)) in rows.numeric.iter().zip(&space.numeric).enumerate() {
            if !column.accepts(numbers.get(row)) {
                rejects.add_number(place, numbers.get(row), observations);
            }
        }
        for (place, (levels, codes)) in (rows.numeric.len()..).zip(rows.categorical.iter().zip(codes)) {
            let code = levels.codes.get(row);
            if codes[code as usize].is_none() {
                rejects.add_code(place, code, observations);
            }
        }
    }
    for (place, column) in (rows.numeric.len()..).zip(&rows.categorical) {
        rejects.name_codes(place, &column.levels);
    }
    *rows = rows.select(&kept);
    rejects
}
