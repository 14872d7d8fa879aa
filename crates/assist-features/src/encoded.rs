//! The rows of one part of a split, coded: learns the feature space on training rows, and makes the design of any rows.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use assist_data::Schema;
use assist_score::{CategoricalColumn, FeatureSpace, MISSING_LEVEL, NumericColumn, Target};
use rayon::prelude::*;

use crate::column::{Codes, as_code, as_index, with_codes, with_numbers};
use crate::counted::CountedRows;
use crate::design::{Binned, Design, Layout, NumericDesign, Segment};
use crate::error::Error;
use crate::merge;
use crate::missing::MissingPolicy;
use crate::uncounted::{UncountedNumbers, UncountedRows};

/// Rows, coded. Levels have no meaning yet: that comes from the [`FeatureSpace`] of the training rows.
#[derive(Debug, Clone)]
pub struct Encoded {
    pub(crate) schema: Schema,
    pub(crate) policy: MissingPolicy,
    pub(crate) target: Target,
    pub(crate) rows: Rows,
}

/// How rows are kept.
#[derive(Debug, Clone)]
pub(crate) enum Rows {
    /// Distinct rows with their counts.
    Counted(CountedRows),
    /// Each row, part by part.
    Uncounted(Vec<UncountedRows>),
}

/// A design, and what could not be part of it.
#[derive(Debug)]
pub struct DesignWithRejects {
    /// The rows that the feature space takes.
    pub design: Design,
    /// Observations of rows that it rejects: a level that no training row has, a number out of range, a missing cell.
    pub rejected: u64,
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
            Rows::Counted(rows) => rows.counts.iter().map(|counts| counts.map(u64::from)).fold([0, 0], add),
            Rows::Uncounted(parts) => parts.iter().map(|part| part.counts.totals()).fold([0, 0], add),
        }
    }

    /// Learns levels, ranges and means: what a model is trained with.
    ///
    /// # Errors
    ///
    /// A declared reference level that none of the rows has.
    pub fn learn_space(&self) -> Result<FeatureSpace, Error> {
        Self::learn_joint_space(&[self])
    }

    /// As [`learn_space`](Self::learn_space), on the rows of several parts of one table: what is looked at rather than trained on.
    ///
    /// # Errors
    ///
    /// As [`learn_space`](Self::learn_space).
    ///
    /// # Panics
    ///
    /// Without a part.
    pub fn learn_joint_space(parts: &[&Self]) -> Result<FeatureSpace, Error> {
        let first = parts.first().expect("at least one part");
        let numeric = first.schema.numeric.iter().enumerate().map(|(index, (name, role))| {
            let mut learnt = LearntNumbers::default();
            parts.iter().for_each(|part| learnt.join(&part.learn_numbers(index)));
            let learnt = learnt.finish();
            NumericColumn {
                unit: role.unit.clone(),
                integer: role.integer,
                min: role.min,
                max: role.max,
                fill_value: learnt.mean.filter(|_| first.policy == MissingPolicy::Level && learnt.any_missing),
                ..NumericColumn::new(name, learnt.low, learnt.high)
            }
        });
        let categorical = first.schema.categorical.iter().enumerate().map(|(index, (name, role))| {
            let mut levels: Vec<String> = parts.iter().flat_map(|part| part.levels_seen(index)).collect();
            levels.sort_unstable();
            levels.dedup();
            let mut learnt = CategoricalColumn::new(name, levels);
            // The missing level is never the reference by default: it would sort before most others.
            learnt.missing = (first.policy == MissingPolicy::Level).then(|| learnt.code(MISSING_LEVEL)).flatten();
            let first_real = u32::from(learnt.missing == Some(0));
            learnt.reference = match &role.reference {
                Some(reference) => learnt.code(reference).ok_or_else(|| Error::UnknownReference {
                    column: name.clone(),
                    reference: reference.clone(),
                    levels: learnt.levels.clone(),
                })?,
                None if learnt.levels.len() > 1 => first_real,
                None => 0,
            };
            Ok(learnt)
        });
        let categorical = categorical.collect::<Result<_, Error>>()?;
        Ok(FeatureSpace::new(first.target.clone(), first.schema.dropped.clone(), numeric.collect(), categorical))
    }

    /// The design of the rows in a feature space, identical rows merged while that pays.
    ///
    /// # Panics
    ///
    /// Where the space has other columns than the schema of the rows, or terms beyond those that its columns have of themselves:
    /// these cannot be fitted yet.
    pub fn design(self, space: &FeatureSpace) -> DesignWithRejects {
        self.build(space, Merging::WhilePaying)
    }

    /// As [`design`](Self::design), with no rows put together that were not counted together while reading.
    ///
    /// # Panics
    ///
    /// Where the space has other columns than the schema of the rows, or terms beyond those that its columns have of themselves:
    /// these cannot be fitted yet.
    pub fn design_by_row(self, space: &FeatureSpace) -> DesignWithRejects {
        self.build(space, Merging::Never)
    }

    fn build(self, space: &FeatureSpace, merging: Merging) -> DesignWithRejects {
        assert_eq!(space.numeric.len(), self.schema.numeric.len(), "the space has the schema's numeric columns");
        assert_eq!(space.categorical.len(), self.schema.categorical.len(), "and its categorical columns");
        let layout = Layout::new(space);
        let (segments, rejected) = match self.rows {
            Rows::Counted(rows) => {
                let takes =
                    |(values, column): (&Vec<f64>, &NumericColumn)| values.iter().map(|v| column.accepts(*v)).collect();
                let keep: Vec<Vec<bool>> = rows.numeric.iter().zip(&space.numeric).map(takes).collect();
                let codes = codes_in_space(rows.categorical.iter(), space);
                let (segment, rejected) = rows.into_segment(&layout, &keep, &codes);
                // Distinct numbers of one bin make equal rows of distinct ones.
                if layout.binned.is_empty() {
                    return DesignWithRejects {
                        design: Design { layout, segments: vec![segment], is_merged: true },
                        rejected,
                    };
                }
                (vec![segment], rejected)
            }
            Rows::Uncounted(parts) => {
                let built: Vec<(Segment, u64)> =
                    parts.into_par_iter().map(|part| uncounted_segment(part, space, &layout)).collect();
                let rejected = built.iter().map(|(_, rejected)| rejected).sum();
                (built.into_iter().map(|(segment, _)| segment).collect(), rejected)
            }
        };
        let merged = if merging == Merging::WhilePaying { merge::merged(&segments) } else { None };
        let is_merged = merged.is_some();
        let segments = merged.map_or(segments, |segment| vec![segment]);
        DesignWithRejects { design: Design { layout, segments, is_merged }, rejected }
    }

    fn learn_numbers(&self, column: usize) -> LearntNumbers {
        let mut learnt = LearntNumbers::default();
        match &self.rows {
            Rows::Counted(rows) => {
                for (value, count) in rows.numeric[column].iter().zip(rows.totals(column)) {
                    learnt.add(*value, count);
                }
            }
            Rows::Uncounted(parts) => {
                let of_part = |part: &UncountedRows| {
                    let mut learnt = LearntNumbers::default();
                    let numbers = &part.numeric[column];
                    with_numbers!(&numbers.values, values => {
                        for (row, value) in values.iter().enumerate() {
                            let [n0, n1] = part.counts.get(row);
                            let value = if numbers.is_missing(row) { f64::NAN } else { f64::from(*value) };
                            learnt.add(value, n0 + n1);
                        }
                    });
                    learnt
                };
                let of_parts: Vec<LearntNumbers> = parts.par_iter().map(of_part).collect();
                of_parts.into_iter().for_each(|part| learnt.join(&part));
            }
        }
        learnt
    }

    /// The levels that rows have, sorted by code point.
    fn levels_seen(&self, column: usize) -> Vec<String> {
        let mut levels: Vec<String> = Vec::new();
        match &self.rows {
            Rows::Counted(rows) => {
                let seen = rows.categorical[column].iter().zip(rows.totals(rows.numeric.len() + column));
                levels.extend(seen.filter(|(_, count)| *count > 0).map(|(level, _)| level.clone()));
            }
            Rows::Uncounted(parts) => {
                let seen: Vec<Vec<bool>> = parts.par_iter().map(|part| part.categorical[column].seen()).collect();
                for (part, seen) in parts.iter().zip(seen) {
                    let names = &part.categorical[column].levels;
                    levels.extend(names.iter().zip(seen).filter(|(_, seen)| *seen).map(|(name, _)| name.clone()));
                }
            }
        }
        levels.sort_unstable();
        levels.dedup();
        levels
    }
}

/// For each categorical column the code in the space of each of its levels.
fn codes_in_space<'a>(levels: impl Iterator<Item = &'a Vec<String>>, space: &FeatureSpace) -> Vec<Vec<Option<u32>>> {
    levels
        .zip(&space.categorical)
        .map(|(levels, known)| levels.iter().map(|level| known.code_of_cell(level)).collect())
        .collect()
}

fn uncounted_segment(mut part: UncountedRows, space: &FeatureSpace, layout: &Layout) -> (Segment, u64) {
    let codes = codes_in_space(part.categorical.iter().map(|column| &column.levels), space);
    let rejected = reject(&mut part, space, &codes);
    let n_rows = part.n_rows();
    let bins = layout.binned.iter().map(|Binned { place, column }| {
        let numbers = &part.numeric[*place];
        with_numbers!(&numbers.values, values => {
            let bins = values.iter().enumerate().map(|(row, value)| {
                column.bin(if numbers.is_missing(row) { f64::NAN } else { f64::from(*value) })
            });
            Codes::collect(column.n_bins(), bins.map(as_code))
        })
    });
    let bins: Vec<Codes> = bins.collect();
    let numeric = layout.plain.iter().zip(&layout.fills).map(|(place, fill)| {
        let column = std::mem::take(&mut part.numeric[*place]);
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
    let levels = part.categorical.iter().zip(&codes).zip(&space.categorical).map(|((column, codes), known)| {
        let codes: Vec<u32> = codes.iter().map(|code| code.unwrap_or(0)).collect();
        with_codes!(&column.codes, of_rows => {
            Codes::collect(known.levels.len(), of_rows.iter().map(|code| codes[as_index(*code)]))
        })
    });
    let columns: Vec<Codes> = bins.into_iter().chain(levels).collect();
    (Segment { numeric, groups: layout.grouped(&columns, n_rows), counts: part.counts }, rejected)
}

/// Leaves out the rows that the space does not take, and counts their observations.
fn reject(part: &mut UncountedRows, space: &FeatureSpace, codes: &[Vec<Option<u32>>]) -> u64 {
    let has_rules = |column: &NumericColumn| column.integer || column.min.is_some() || column.max.is_some();
    let may_reject_number = part
        .numeric
        .iter()
        .zip(&space.numeric)
        .any(|(numbers, column)| has_rules(column) || !numbers.missing.is_empty() && column.fill_value.is_none());
    let lacks =
        |codes: &[Option<u32>], seen: Vec<bool>| codes.iter().zip(seen).any(|(code, seen)| seen && code.is_none());
    let may_reject_level = part.categorical.iter().zip(codes).any(|(column, codes)| lacks(codes, column.seen()));
    if !may_reject_number && !may_reject_level {
        return 0;
    }
    let is_taken = |row: &u32| {
        let row = *row as usize;
        let takes = |(numbers, column): (&UncountedNumbers, &NumericColumn)| {
            column.accepts(if numbers.is_missing(row) { f64::NAN } else { numbers.values.get(row) })
        };
        part.numeric.iter().zip(&space.numeric).all(takes)
            && part.categorical.iter().zip(codes).all(|(c, codes)| codes[c.codes.get(row) as usize].is_some())
    };
    let n_rows = u32::try_from(part.n_rows()).expect("rows were counted with 32 bits");
    let (kept, left): (Vec<u32>, Vec<u32>) = (0..n_rows).partition(is_taken);
    if left.is_empty() {
        return 0;
    }
    let rejected = left.iter().flat_map(|row| part.counts.get(*row as usize)).sum();
    for column in &mut part.numeric {
        column.values = column.values.select(&kept);
        if !column.missing.is_empty() {
            column.missing = kept.iter().map(|row| u8::from(column.is_missing(*row as usize))).collect();
        }
    }
    for column in &mut part.categorical {
        column.codes = column.codes.select(&kept);
    }
    part.counts = part.counts.select(&kept);
    rejected
}

struct LearntNumbers {
    low: f64,
    high: f64,
    sum: f64,
    n: u64,
    mean: Option<f64>,
    any_missing: bool,
}

impl Default for LearntNumbers {
    fn default() -> Self {
        Self { low: f64::INFINITY, high: f64::NEG_INFINITY, sum: 0.0, n: 0, mean: None, any_missing: false }
    }
}

impl LearntNumbers {
    #[inline]
    fn add(&mut self, value: f64, count: u64) {
        if count == 0 {
            return;
        }
        if value.is_nan() {
            self.any_missing = true;
            return;
        }
        self.low = self.low.min(value);
        self.high = self.high.max(value);
        self.sum += count as f64 * value;
        self.n += count;
    }

    fn join(&mut self, other: &Self) {
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        self.sum += other.sum;
        self.n += other.n;
        self.any_missing |= other.any_missing;
    }

    fn finish(mut self) -> Self {
        if self.n > 0 {
            self.mean = Some(self.sum / self.n as f64);
        } else {
            (self.low, self.high, self.mean) = (0.0, 0.0, Some(0.0));
        }
        self
    }
}
