//! Learns the feature space on rows: levels, ranges, means. What no training row has is not known to a model.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use assist_score::{CategoricalColumn, FeatureSpace, MISSING_LEVEL, NumericColumn, Target};
use rayon::prelude::*;

use crate::column::with_numbers;
use crate::encoded::Encoded;
use crate::error::Error;
use crate::rare::{are_crowded, joined, may_be_crowded, pooled_column};
use crate::rare_levels::RareLevels;
use crate::rows::Rows;
use crate::uncounted_rows::UncountedRows;

impl Encoded {
    /// Learns levels, ranges and means: what a model is trained with. Rare levels are one where that [is
    /// asked](Self::with_rare).
    ///
    /// # Errors
    ///
    /// A declared reference level that none of the rows has; a class whose rows weigh nothing.
    pub fn learn_space(&self) -> Result<FeatureSpace, Error> {
        // What weighs nothing teaches nothing.
        let weighing = self.weighing();
        if let Some(column) = self.schema.weight_column()
            && let Some(class) = weighing.class_counts().iter().position(|n| *n == 0)
        {
            let Target { negative, positive, .. } = &self.target;
            let (column, label) = (column.to_owned(), if class == 0 { negative } else { positive }.clone());
            return Err(Error::WeightlessClass { column, label });
        }
        let mut space = Self::learn_joint_space(&[&weighing])?;
        for (index, column) in space.numeric.iter_mut().enumerate() {
            column.cuts = weighing.declared_cuts(index);
        }
        Ok(space)
    }

    /// The declared cuts of a numeric column, but for those with which a bin would have no rows.
    fn declared_cuts(&self, column: usize) -> Vec<f64> {
        let cuts = &self.schema.numeric[column].1.cuts;
        if cuts.is_empty() {
            return Vec::new();
        }
        let mut is_seen = vec![false; cuts.len() + 1];
        let mut see = |value: f64| is_seen[cuts.partition_point(|cut| *cut < value)] |= !value.is_nan();
        match &self.rows {
            Rows::Counted(rows) if rows.n_rows() == 0 => {}
            Rows::Counted(rows) => {
                // The values of both subsets of a split are there.
                let totals = rows.totals(column);
                let values = rows.numeric[column].iter().zip(totals).filter(|(_, n)| *n > 0);
                values.for_each(|(value, _)| see(*value));
            }
            Rows::Uncounted(partitions) => {
                for rows in partitions {
                    (0..rows.n_rows()).for_each(|row| see(rows.numeric[column].get(row)));
                }
            }
        }
        let last = is_seen.iter().rposition(|is_seen| *is_seen).unwrap_or(0);
        let needed = cuts.iter().zip(is_seen).take(last);
        needed.filter(|(_, is_seen)| *is_seen).map(|(cut, _)| *cut).collect()
    }

    /// As [`learn_space`](Self::learn_space), on all rows of several subsets of one table, those that weigh nothing among them:
    /// what is looked at rather than trained on.
    ///
    /// # Errors
    ///
    /// As [`learn_space`](Self::learn_space).
    ///
    /// # Panics
    ///
    /// Without a subset.
    pub fn learn_joint_space(subsets: &[&Self]) -> Result<FeatureSpace, Error> {
        let first = subsets.first().expect("at least one subset");
        let numeric = first.schema.numeric.iter().enumerate().map(|(index, (name, role))| {
            let mut learnt = LearntNumbers::default();
            subsets.iter().for_each(|subset| learnt.join(&subset.learn_numbers(index)));
            let learnt = learnt.finish();
            NumericColumn {
                unit: role.unit.clone(),
                integer: role.integer,
                min: role.min,
                max: role.max,
                fill_value: learnt.mean.filter(|_| first.policy.is_learnt() && learnt.any_missing),
                ..NumericColumn::new(name, learnt.low, learnt.high)
            }
        });
        let categorical = first.schema.categorical.iter().enumerate().map(|(index, (name, role))| {
            let mut learnt = Self::learn_levels(subsets, index, name, role.reference.as_deref());
            learnt.missing = first.policy.is_learnt().then(|| learnt.known_code(MISSING_LEVEL)).flatten();
            // Neither the missing nor the rare level is the reference by default: they would sort before most others.
            let stands_for_others = |code: &u32| Some(*code) == learnt.missing || Some(*code) == learnt.rare;
            let first_real = (0..).take(learnt.levels.len()).find(|code| !stands_for_others(code));
            learnt.reference = match &role.reference {
                Some(reference) => learnt.known_code(reference).ok_or_else(|| Error::UnknownReference {
                    column: name.clone(),
                    reference: reference.clone(),
                    levels: learnt.levels.clone(),
                })?,
                None => first_real.or(learnt.rare).unwrap_or(0),
            };
            Ok(learnt)
        });
        let categorical = categorical.collect::<Result<_, Error>>()?;
        Ok(FeatureSpace::new(first.target.clone(), first.schema.dropped.clone(), numeric.collect(), categorical))
    }

    fn learn_numbers(&self, column: usize) -> LearntNumbers {
        let mut learnt = LearntNumbers::default();
        match &self.rows {
            Rows::Counted(rows) => {
                for (value, count) in rows.numeric[column].iter().zip(rows.totals(column)) {
                    learnt.add(*value, count as f64);
                }
            }
            Rows::Uncounted(partitions) => {
                let of_partition = |rows: &UncountedRows| {
                    let mut learnt = LearntNumbers::default();
                    let (numbers, weights) = (&rows.numeric[column], rows.weights.as_deref());
                    with_numbers!(&numbers.values, values => {
                        for (row, value) in values.iter().enumerate() {
                            let [n0, n1] = rows.counts.get(row);
                            let value = if numbers.is_missing(row) { f64::NAN } else { f64::from(*value) };
                            let n = (n0 + n1) as f64;
                            learnt.add(value, weights.map_or(n, |weights| n * weights[row]));
                        }
                    });
                    learnt
                };
                let of_partitions: Vec<LearntNumbers> = partitions.par_iter().map(of_partition).collect();
                of_partitions.into_iter().for_each(|other| learnt.join(&other));
            }
        }
        learnt
    }

    /// A column of the levels that the rows of all subsets have.
    fn learn_levels(subsets: &[&Self], column: usize, name: &str, reference: Option<&str>) -> CategoricalColumn {
        let counted = || joined(subsets.iter().flat_map(|subset| subset.level_rows(column)).collect());
        match subsets.iter().map(|subset| subset.rare).find(|rare| *rare != RareLevels::Apart) {
            Some(RareLevels::Below(fewest)) => return pooled_column(name, counted(), fewest, reference),
            Some(RareLevels::WhereCrowded) => {
                let n_levels = subsets.iter().map(|subset| subset.levels_seen(column).len()).sum();
                let n_observed = subsets.iter().flat_map(|subset| subset.class_counts()).sum();
                if may_be_crowded(n_levels, n_observed) {
                    let levels = counted();
                    let fewest = if are_crowded(&levels) { 2 } else { 0 };
                    return pooled_column(name, levels, fewest, reference);
                }
            }
            Some(RareLevels::Apart) | None => {}
        }
        let mut levels: Vec<String> = subsets.iter().flat_map(|subset| subset.levels_seen(column)).collect();
        levels.sort_unstable();
        levels.dedup();
        CategoricalColumn::new(name, levels)
    }

    /// The levels that rows have, sorted by code point.
    fn levels_seen(&self, column: usize) -> Vec<String> {
        let mut levels: Vec<String> = Vec::new();
        match &self.rows {
            Rows::Counted(rows) => {
                let seen = rows.categorical[column].iter().zip(rows.totals(rows.numeric.len() + column));
                levels.extend(seen.filter(|(_, count)| *count > 0).map(|(level, _)| level.clone()));
            }
            Rows::Uncounted(partitions) => {
                let seen: Vec<Vec<bool>> = partitions.par_iter().map(|rows| rows.categorical[column].seen()).collect();
                for (rows, seen) in partitions.iter().zip(seen) {
                    let names = &rows.categorical[column].levels;
                    levels.extend(names.iter().zip(seen).filter(|(_, seen)| *seen).map(|(name, _)| name.clone()));
                }
            }
        }
        levels.sort_unstable();
        levels.dedup();
        levels
    }
}

/// What is learnt of a numeric column.
struct LearntNumbers {
    low: f64,
    high: f64,
    sum: f64,
    n: f64,
    mean: Option<f64>,
    any_missing: bool,
}

impl Default for LearntNumbers {
    fn default() -> Self {
        Self { low: f64::INFINITY, high: f64::NEG_INFINITY, sum: 0.0, n: 0.0, mean: None, any_missing: false }
    }
}

impl LearntNumbers {
    #[inline]
    fn add(&mut self, value: f64, weight: f64) {
        if weight == 0.0 {
            return;
        }
        if value.is_nan() {
            self.any_missing = true;
            return;
        }
        self.low = self.low.min(value);
        self.high = self.high.max(value);
        self.sum += weight * value;
        self.n += weight;
    }

    fn join(&mut self, other: &Self) {
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        self.sum += other.sum;
        self.n += other.n;
        self.any_missing |= other.any_missing;
    }

    fn finish(mut self) -> Self {
        if self.n > 0.0 {
            self.mean = Some(self.sum / self.n);
        } else {
            (self.low, self.high, self.mean) = (0.0, 0.0, Some(0.0));
        }
        self
    }
}
