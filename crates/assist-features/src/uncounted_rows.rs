//! Rows that hardly ever repeat: narrow columns, partition by partition.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use assist_data::{LevelCells, MISSING, NumberCells, RowBlock, Schema};
use assist_score::MISSING_LEVEL;

use crate::column::{Codes, NumericValues, as_index, with_codes};
use crate::error::Stop;
use crate::placement::{Placement, RowCounts};
use crate::segment::Counts;

/// The rows of one partition of the table that belong to one subset of the split.
#[derive(Debug, Clone)]
pub(crate) struct UncountedRows {
    pub(crate) numeric: Vec<UncountedNumbers>,
    pub(crate) categorical: Vec<UncountedLevels>,
    pub(crate) counts: Counts,
    /// The code of each row's group; empty where rows are not grouped.
    pub(crate) clusters: Vec<u32>,
    /// What each row weighs, where rows have weights.
    pub(crate) weights: Option<Vec<f64>>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct UncountedNumbers {
    /// 0 where one is missing.
    pub(crate) values: NumericValues,
    /// 1 where the value is missing; empty if none is.
    pub(crate) missing: Vec<u8>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct UncountedLevels {
    /// [`assist_data::MISSING`], or the index of a level.
    pub(crate) codes: Codes,
    pub(crate) levels: Vec<String>,
}

/// Buffers that are used again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    rows: Vec<u32>,
    values: Vec<f64>,
}

impl UncountedRows {
    pub(crate) fn new(schema: &Schema) -> Self {
        Self {
            numeric: schema.numeric.iter().map(|_| UncountedNumbers::default()).collect(),
            categorical: schema.categorical.iter().map(|_| UncountedLevels::default()).collect(),
            counts: Counts::Once(Vec::new()),
            clusters: Vec::new(),
            weights: schema.weight.is_some().then(Vec::new),
        }
    }

    /// Some of the rows.
    pub(crate) fn select(&self, kept: &[u32]) -> Self {
        let mut clusters = Vec::new();
        if !self.clusters.is_empty() {
            clusters.extend(kept.iter().map(|row| self.clusters[*row as usize]));
        }
        Self {
            numeric: self.numeric.iter().map(|column| column.select(kept)).collect(),
            categorical: self.categorical.iter().map(|column| column.select(kept)).collect(),
            counts: self.counts.select(kept),
            clusters,
            weights: self.weights.as_ref().map(|all| kept.iter().map(|row| all[*row as usize]).collect()),
        }
    }

    /// Observations without a value in a column, numeric columns coming first.
    pub(crate) fn missing_of(&self, column: usize) -> u64 {
        let total = |is_missing: &dyn Fn(usize) -> bool| -> u64 {
            (0..self.n_rows()).filter(|row| is_missing(*row)).flat_map(|row| self.counts.get(row)).sum()
        };
        match self.numeric.get(column) {
            Some(numbers) if numbers.missing.is_empty() => 0,
            Some(numbers) => total(&|row| numbers.is_missing(row)),
            None => {
                let levels = &self.categorical[column - self.numeric.len()];
                // Most columns have no code of a missing cell, which is 0 and quick to look for.
                let any = with_codes!(&levels.codes, codes => codes.contains(&0));
                if any { total(&|row| levels.codes.get(row) == MISSING) } else { 0 }
            }
        }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.counts.len()
    }

    /// Takes those rows of a block that go into `subset`: 0 for training, 1 for test.
    pub(crate) fn push(
        &mut self,
        block: &RowBlock<'_>,
        placement: &Placement,
        subset: usize,
        scratch: &mut Scratch,
    ) -> Result<(), Stop> {
        scratch.rows.clear();
        if let Some(weights) = &mut self.weights {
            let is_taken = |row: usize| match &placement.counts {
                RowCounts::Once(placed) => usize::from(placed[row] >> 1) == subset,
                RowCounts::Many(placed) => placed[row][2 * subset..2 * subset + 2] != [0, 0],
            };
            let taken = placement.weights.iter().enumerate().filter(|(row, _)| is_taken(*row));
            weights.extend(taken.map(|(_, weight)| *weight));
        }
        match &placement.counts {
            RowCounts::Once(placed) => {
                let Counts::Once(labels) = &mut self.counts else { return Err(Stop::NeedsStrictReader) };
                for (row, placed) in placement.rows.iter().zip(placed) {
                    if usize::from(placed >> 1) == subset {
                        scratch.rows.push(*row);
                        labels.push(placed & 1);
                    }
                }
            }
            RowCounts::Many(placed) => {
                for (row, placed) in placement.rows.iter().zip(placed) {
                    let of_subset = [placed[2 * subset], placed[2 * subset + 1]];
                    if of_subset != [0, 0] {
                        scratch.rows.push(*row);
                        self.counts.push_many(of_subset);
                    }
                }
            }
        }
        if !placement.groups.is_empty() {
            self.push_clusters(placement, subset);
        }
        for (column, cells) in self.numeric.iter_mut().zip(&block.numbers) {
            column.push(*cells, scratch);
        }
        for (column, cells) in self.categorical.iter_mut().zip(&block.categories) {
            column.push(cells, &scratch.rows);
        }
        Ok(())
    }
}

impl UncountedRows {
    /// Takes the groups of the rows that go into `subset`.
    fn push_clusters(&mut self, placement: &Placement, subset: usize) {
        let groups = placement.groups.iter();
        match &placement.counts {
            RowCounts::Once(placed) => {
                let own = groups.zip(placed).filter(|(_, placed)| usize::from(**placed >> 1) == subset);
                self.clusters.extend(own.map(|(group, _)| *group));
            }
            RowCounts::Many(placed) => {
                let own = groups.zip(placed).filter(|(_, n)| [n[2 * subset], n[2 * subset + 1]] != [0, 0]);
                self.clusters.extend(own.map(|(group, _)| *group));
            }
        }
    }
}

impl UncountedNumbers {
    fn push(&mut self, cells: NumberCells<'_>, scratch: &mut Scratch) {
        let Scratch { rows, values } = scratch;
        values.clear();
        match cells {
            NumberCells::Each(each) => values.extend(rows.iter().map(|row| each[*row as usize])),
            NumberCells::Coded { codes, values: distinct } => {
                values.extend(rows.iter().map(|row| distinct[codes[*row as usize] as usize]));
            }
        }
        let before = self.values.len();
        if values.iter().fold(false, |any, value| any | value.is_nan()) {
            self.missing.resize(before, 0);
            for value in values.iter_mut() {
                self.missing.push(u8::from(value.is_nan()));
                if value.is_nan() {
                    *value = 0.0;
                }
            }
        } else if !self.missing.is_empty() {
            self.missing.resize(before + values.len(), 0);
        }
        self.values.extend(values);
    }

    fn select(&self, kept: &[u32]) -> Self {
        let missing = if self.missing.is_empty() {
            Vec::new()
        } else {
            kept.iter().map(|row| u8::from(self.is_missing(*row as usize))).collect()
        };
        Self { values: self.values.select(kept), missing }
    }

    /// The number of a row; NaN where it is missing.
    pub(crate) fn get(&self, row: usize) -> f64 {
        if self.is_missing(row) { f64::NAN } else { self.values.get(row) }
    }

    pub(crate) fn is_missing(&self, row: usize) -> bool {
        self.missing.get(row).is_some_and(|missing| *missing == 1)
    }
}

impl UncountedLevels {
    fn select(&self, kept: &[u32]) -> Self {
        Self { codes: self.codes.select(kept), levels: self.levels.clone() }
    }

    /// Which of the levels rows have.
    pub(crate) fn seen(&self) -> Vec<bool> {
        let mut seen = vec![false; self.levels.len()];
        with_codes!(&self.codes, codes => codes.iter().for_each(|code| seen[as_index(*code)] = true));
        seen
    }

    fn push(&mut self, cells: &LevelCells<'_>, rows: &[u32]) {
        for level in &cells.levels[self.levels.len().min(cells.levels.len())..] {
            self.levels.push(if self.levels.is_empty() { MISSING_LEVEL.to_owned() } else { level.clone() });
        }
        self.codes.extend(rows.iter().map(|row| cells.codes[*row as usize]));
    }
}
