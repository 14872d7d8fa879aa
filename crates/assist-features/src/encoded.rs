//! All rows of a table, coded: learns the feature space on the training rows, and makes the design of any part of the rows.

use assist_data::Schema;
use assist_score::{CategoricalColumn, FeatureSpace, MISSING_LEVEL, NumericColumn, Target};

use crate::column::{Codes, NumericValues};
use crate::design::Design;
use crate::encoder::MissingPolicy;
use crate::error::Error;
use crate::merge::{Merger, Row};

/// All rows of a table, coded. Levels have no meaning yet: that comes from the [`FeatureSpace`] of the training rows.
#[derive(Debug)]
pub struct Encoded {
    pub(crate) schema: Schema,
    pub(crate) policy: MissingPolicy,
    pub(crate) numeric: Vec<Numbers>,
    pub(crate) categorical: Vec<CodedColumn>,
    pub(crate) labels: Labels,
    pub(crate) label_names: [String; 2],
    pub(crate) positive_class: usize,
    pub(crate) target: String,
    pub(crate) dropped_rows: u64,
    pub(crate) n_rows: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) values: NumericValues,
    /// Rows without a value; their stored value is 0. Ascending.
    pub(crate) missing: Vec<u32>,
}

#[derive(Debug, Clone)]
pub(crate) enum Labels {
    Single(Vec<u8>),
    Counts(Vec<[u64; 2]>),
}

/// A column of levels; a feature space gives the codes their order.
#[derive(Debug)]
pub(crate) struct CodedColumn {
    pub(crate) codes: Codes,
    pub(crate) names: Vec<String>,
}

/// Rows of a part, each with how often it was seen with either class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRows {
    rows: Vec<(u32, [u64; 2])>,
}

/// A design, and what could not be part of it.
#[derive(Debug)]
pub struct Built {
    /// The rows that the feature space takes.
    pub design: Design,
    /// Observations of rows that it rejects: a level that no training row has, a number out of range, a missing cell.
    pub rejected: u64,
}

impl Encoded {
    /// How many rows the table has, dropped ones not counted.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Rows that were left out because a cell was missing.
    pub fn dropped_rows(&self) -> u64 {
        self.dropped_rows
    }

    /// How many observations of each class there are: 0 the negative, 1 the positive one.
    pub fn class_counts(&self) -> [u64; 2] {
        PartRows::all(self).class_counts()
    }

    /// The class of every observation, 0 for the label that sorts first: what a split is stratified by. A table of counts
    /// is taken as the table with each row written out as often as it was seen, label 0 first: a byte an observation.
    ///
    /// # Errors
    ///
    /// More observations than an index of 32 bits counts.
    pub fn classes(&self) -> Result<Vec<u8>, Error> {
        let [n0, n1] = self.class_counts();
        if u32::try_from(n0 + n1).is_err() {
            return Err(assist_data::Error::TooManyRows(n0 + n1).into());
        }
        Ok(match &self.labels {
            Labels::Single(classes) => classes.clone(),
            Labels::Counts(counts) => {
                let repeated =
                    |class, count: u64| std::iter::repeat_n(class, usize::try_from(count).unwrap_or(usize::MAX));
                counts.iter().flat_map(|[n0, n1]| repeated(0, *n0).chain(repeated(1, *n1))).collect()
            }
        })
    }

    /// The rows that the observations `picked` (indices into [`classes`](Self::classes)) belong to. For plain tables their
    /// order is kept; for tables of counts rows come in the table's order.
    pub fn part(&self, picked: &[u32]) -> PartRows {
        match &self.labels {
            Labels::Single(classes) => {
                PartRows { rows: picked.iter().map(|row| (*row, self.oriented(one(classes[*row as usize])))).collect() }
            }
            Labels::Counts(counts) => {
                let mut sorted = picked.to_vec();
                sorted.sort_unstable();
                let mut rest = sorted.as_slice();
                let (mut rows, mut end) = (Vec::new(), 0);
                for (row, count) in (0..).zip(counts) {
                    let mut in_part = [0, 0];
                    for class in 0..2 {
                        end += count[class];
                        let taken = rest.partition_point(|picked| u64::from(*picked) < end);
                        in_part[class] = taken as u64;
                        rest = &rest[taken..];
                    }
                    if in_part != [0, 0] {
                        rows.push((row, self.oriented(in_part)));
                    }
                }
                PartRows { rows }
            }
        }
    }

    /// Counts by sorted label, turned into counts by class.
    fn oriented(&self, [first, second]: [u64; 2]) -> [u64; 2] {
        if self.positive_class == 1 { [first, second] } else { [second, first] }
    }

    /// Learns levels, ranges and means on some rows: those of the training part.
    ///
    /// # Errors
    ///
    /// A declared reference level that none of the rows has.
    pub fn learn_space(&self, part: &PartRows) -> Result<FeatureSpace, Error> {
        let numeric = self.schema.numeric.iter().zip(&self.numeric).map(|((name, role), column)| {
            let learnt = column.learn(part);
            NumericColumn {
                unit: role.unit.clone(),
                integer: role.integer,
                min: role.min,
                max: role.max,
                fill: learnt.mean.filter(|_| self.policy == MissingPolicy::Level && learnt.any_missing),
                ..NumericColumn::new(name, learnt.low, learnt.high)
            }
        });
        let categorical = self.schema.categorical.iter().zip(&self.categorical).map(|((name, role), column)| {
            let mut seen = vec![false; column.names.len()];
            part.rows.iter().for_each(|(row, _)| seen[column.codes.get(*row as usize) as usize] = true);
            let mut levels: Vec<String> =
                column.names.iter().zip(&seen).filter(|(_, seen)| **seen).map(|(name, _)| name.clone()).collect();
            levels.sort_unstable();
            let mut learnt = CategoricalColumn::new(name, levels);
            // The missing level is never the reference by default: it would sort before most others.
            learnt.missing = (self.policy == MissingPolicy::Level).then(|| learnt.code(MISSING_LEVEL)).flatten();
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
        Ok(FeatureSpace {
            target: Target {
                name: self.target.clone(),
                negative: self.label_names[1 - self.positive_class].clone(),
                positive: self.label_names[self.positive_class].clone(),
            },
            dropped: self.schema.dropped.clone(),
            numeric: numeric.collect(),
            categorical: categorical.collect::<Result<_, Error>>()?,
        })
    }

    /// The design of some rows in a feature space, identical rows merged while that pays.
    ///
    /// # Panics
    ///
    /// Where the space has other columns than the schema of the rows.
    pub fn design(&self, space: &FeatureSpace, part: &PartRows) -> Built {
        self.build(space, part, Merger::new(Design::empty(space), fills(space)))
    }

    /// As [`design`](Self::design), with one row of the design for each row of the part, in its order: for code that wants
    /// a dense matrix beside the rows of the table.
    ///
    /// # Panics
    ///
    /// Where the space has other columns than the schema of the rows.
    pub fn design_by_row(&self, space: &FeatureSpace, part: &PartRows) -> Built {
        self.build(space, part, Merger::without_merging(Design::empty(space), fills(space)))
    }

    fn build(&self, space: &FeatureSpace, part: &PartRows, mut merger: Merger) -> Built {
        assert_eq!(space.numeric.len(), self.numeric.len(), "the space has the schema's numeric columns");
        assert_eq!(space.categorical.len(), self.categorical.len(), "the space has the schema's categorical columns");
        let code_in_space: Vec<Vec<Option<u32>>> = self
            .categorical
            .iter()
            .zip(&space.categorical)
            .map(|(column, known)| column.names.iter().map(|name| known.code_of_cell(name)).collect())
            .collect();
        let is_missing: Vec<Vec<bool>> = self.numeric.iter().map(|column| column.missing_mask(self.n_rows)).collect();
        let mut encoded = Row::default();
        let mut rejected = 0;
        'rows: for (row, counts) in &part.rows {
            let row = *row as usize;
            encoded.numbers.clear();
            encoded.codes.clear();
            for ((column, missing), known) in self.numeric.iter().zip(&is_missing).zip(&space.numeric) {
                let number = if missing.get(row).copied().unwrap_or(false) { f64::NAN } else { column.values.get(row) };
                if !known.takes(number) {
                    rejected += counts[0] + counts[1];
                    continue 'rows;
                }
                encoded.numbers.push(number);
            }
            for (column, codes) in self.categorical.iter().zip(&code_in_space) {
                let Some(code) = codes[column.codes.get(row) as usize] else {
                    rejected += counts[0] + counts[1];
                    continue 'rows;
                };
                encoded.codes.push(code);
            }
            merger.push(&encoded, *counts);
        }
        Built { design: merger.finish(), rejected }
    }
}

impl PartRows {
    /// All rows of a table.
    pub fn all(encoded: &Encoded) -> Self {
        let rows = match &encoded.labels {
            Labels::Single(classes) => {
                (0..).zip(classes).map(|(row, class)| (row, encoded.oriented(one(*class)))).collect()
            }
            Labels::Counts(counts) => (0..).zip(counts).map(|(row, counts)| (row, encoded.oriented(*counts))).collect(),
        };
        Self { rows }
    }

    /// How many observations of each class there are.
    pub fn class_counts(&self) -> [u64; 2] {
        self.rows.iter().fold([0, 0], |[n0, n1], (_, [of_0, of_1])| [n0 + of_0, n1 + of_1])
    }
}

fn fills(space: &FeatureSpace) -> Vec<f64> {
    space.numeric.iter().map(|column| column.fill.unwrap_or(0.0)).collect()
}

fn one(class: u8) -> [u64; 2] {
    [u64::from(class == 0), u64::from(class == 1)]
}

struct LearntNumbers {
    low: f64,
    high: f64,
    mean: Option<f64>,
    any_missing: bool,
}

impl Numbers {
    fn missing_mask(&self, n_rows: usize) -> Vec<bool> {
        if self.missing.is_empty() {
            return Vec::new();
        }
        let mut mask = vec![false; n_rows];
        self.missing.iter().for_each(|row| mask[*row as usize] = true);
        mask
    }

    fn learn(&self, part: &PartRows) -> LearntNumbers {
        let mut learnt = LearntNumbers { low: f64::INFINITY, high: f64::NEG_INFINITY, mean: None, any_missing: false };
        let (mut sum, mut n) = (0.0, 0.0);
        for (row, [n0, n1]) in &part.rows {
            if self.missing.binary_search(row).is_ok() {
                learnt.any_missing = true;
                continue;
            }
            let value = self.values.get(*row as usize);
            learnt.low = learnt.low.min(value);
            learnt.high = learnt.high.max(value);
            let count = (n0 + n1) as f64;
            sum += count * value;
            n += count;
        }
        if n > 0.0 {
            learnt.mean = Some(sum / n);
        } else {
            (learnt.low, learnt.high, learnt.mean) = (0.0, 0.0, Some(0.0));
        }
        learnt
    }
}
