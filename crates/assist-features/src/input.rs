//! Columns in memory: checked, and handed on as the blocks that a table is read in, so that all that follows is the same.

use std::ops::Range;

use assist_data::{
    CategoricalRole, LabelCells, LabelReading, LabelRole, LevelCells, MISSING, MOST_OBSERVATIONS, NumberCells,
    NumberReading, NumericRole, RowBlock, Schema, TestRows,
};
use assist_score::{MISSING_LEVEL, NumericColumn, Target};
use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use crate::encoded::Encoded;
use crate::error::Error;
use crate::error::Stop;
use crate::fault::{ColumnKind, InputFault};
use crate::missing::{MissingPolicy, RowFilter};
use crate::placement::{Placement, RowPlace};
use crate::rare_levels::RareLevels;
use crate::rows::{Partitioned, Placing, TakeBlock};

/// Rows that one thread takes at a time. The same on every machine, so that results do not depend on the number of cores.
const PARTITION_ROWS: usize = 1 << 20;
/// Rows of a block.
const MOST_BLOCK_ROWS: usize = 1 << 14;

/// A column of numbers; NaN is a missing one.
#[derive(Debug, Clone)]
pub(crate) struct NumberColumn<'a> {
    pub(crate) name: String,
    pub(crate) role: NumericRole,
    pub(crate) values: &'a [f64],
}

/// A column of texts, each distinct one kept once.
#[derive(Debug, Clone)]
pub(crate) struct TextColumn {
    pub(crate) name: String,
    pub(crate) role: CategoricalRole,
    /// One a row: [`MISSING`], or the index of its level.
    codes: Vec<u32>,
    /// The distinct texts in the order of their first occurrence; the first stands for a missing one.
    levels: Vec<String>,
}

/// What was observed.
#[derive(Debug, Clone)]
pub(crate) enum Outcomes<'a> {
    /// One label a row, 0 or 1.
    Labels(Vec<u8>),
    /// How often each row was seen with label 0 and with label 1.
    Counts(&'a [[u64; 2]]),
}

/// What some rows keep, where rows with missing cells are left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    rows: u64,
    /// Observations of either class.
    pub(crate) observations: [u64; 2],
    /// Those of each row, where rows have counts.
    pub(crate) row_counts: Option<Vec<[u64; 2]>>,
}

/// Columns and outcomes that fit each other, once [`check`](Self::check) has passed.
#[derive(Debug)]
pub(crate) struct Input<'c, 'a> {
    pub(crate) numeric: Vec<&'c NumberColumn<'a>>,
    pub(crate) categorical: Vec<&'c TextColumn>,
    pub(crate) outcomes: &'c Outcomes<'a>,
    /// What the weights are called, and what each row weighs.
    pub(crate) weights: Option<(&'c str, &'a [f64])>,
    pub(crate) target: &'c Target,
    pub(crate) policy: MissingPolicy,
}

impl Kept {
    fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.observations = [0, 1].map(|class| self.observations[class].saturating_add(other.observations[class]));
        if let Some(counts) = &other.row_counts {
            self.row_counts.get_or_insert_default().extend(counts);
        }
    }
}

impl TextColumn {
    /// Codes texts; an empty one is a missing one, and so is what stands for missing ones in models, as in every table.
    pub(crate) fn new<'t>(name: &str, texts: impl Iterator<Item = Option<&'t str>>) -> Self {
        let mut levels = vec![String::new()];
        let mut code_of: HashMap<&str, u32> = HashMap::new();
        let codes = texts.map(|text| match text {
            None | Some("" | MISSING_LEVEL) => MISSING,
            Some(text) => *code_of.entry(text).or_insert_with(|| {
                levels.push(text.to_owned());
                u32::try_from(levels.len() - 1).unwrap_or(u32::MAX)
            }),
        });
        let codes = codes.collect();
        Self { name: name.to_owned(), role: CategoricalRole::default(), codes, levels }
    }

    fn cells(&self, rows: Range<usize>) -> LevelCells<'_> {
        LevelCells { codes: &self.codes[rows], levels: &self.levels }
    }

    /// The first row that has a level, counted from 1.
    fn row_of(&self, level: usize) -> usize {
        1 + self.codes.iter().position(|code| *code as usize == level).unwrap_or(0)
    }

    /// What is wrong with the texts, whichever rows are kept.
    fn check(&self) -> Result<(), InputFault> {
        for (index, level) in self.levels.iter().enumerate().skip(1) {
            if level.contains('\0') {
                return Err(InputFault::Nul { column: self.name.clone(), row: self.row_of(index) });
            }
        }
        Ok(())
    }

    fn check_declared(&self) -> Result<(), InputFault> {
        let Some(levels) = &self.role.levels else { return Ok(()) };
        let declared: HashSet<&String> = levels.iter().collect();
        match self.levels.iter().enumerate().skip(1).find(|(_, level)| !declared.contains(level)) {
            None => Ok(()),
            Some((index, level)) => Err(InputFault::UnknownLevel {
                column: self.name.clone(),
                row: self.row_of(index),
                level: level.clone(),
                levels: levels.clone(),
            }),
        }
    }
}

impl NumberColumn<'_> {
    fn check_by(&self, rules: &NumericColumn) -> Result<(), InputFault> {
        let fault = |(row, value): (usize, &f64)| rules.check(*value).err().map(|reason| (row, reason));
        match self.values.iter().enumerate().filter(|(_, value)| !value.is_nan()).find_map(fault) {
            None => Ok(()),
            Some((row, reason)) => {
                let (column, expected) = (self.name.clone(), rules.expected());
                Err(InputFault::Number { column, row: row + 1, reason, expected })
            }
        }
    }

    /// Numbers are finite whatever else is declared.
    fn check(&self) -> Result<(), InputFault> {
        self.check_by(&NumericColumn::new(&self.name, 0.0, 0.0))
    }

    fn check_declared(&self) -> Result<(), InputFault> {
        let NumericRole { min, max, integer, .. } = self.role;
        let (low, high) = (min.unwrap_or(f64::MIN), max.unwrap_or(f64::MAX));
        if !(low.is_finite() && high.is_finite() && low <= high) {
            return Err(InputFault::Range { column: self.name.clone(), low, high });
        }
        self.check_by(&NumericColumn { min, max, integer, ..NumericColumn::new(&self.name, 0.0, 0.0) })
    }
}

impl Outcomes<'_> {
    fn n_rows(&self) -> usize {
        match self {
            Self::Labels(labels) => labels.len(),
            Self::Counts(counts) => counts.len(),
        }
    }
}

impl Input<'_, '_> {
    fn n_rows(&self) -> usize {
        self.outcomes.n_rows()
    }

    /// Checks what holds for any rows: names, lengths, finite numbers, usable texts.
    pub(crate) fn check(&self) -> Result<(), InputFault> {
        if self.numeric.is_empty() && self.categorical.is_empty() {
            return Err(InputFault::NoColumn);
        }
        let numeric = self.numeric.iter().map(|column| (&column.name, column.values.len(), ColumnKind::Numbers));
        let categorical =
            self.categorical.iter().map(|column| (&column.name, column.codes.len(), ColumnKind::Categories));
        let mut names: HashSet<&String> = std::iter::once(&self.target.name).collect();
        for (name, found, kind) in numeric.chain(categorical) {
            if name.is_empty() {
                return Err(InputFault::NoName(kind));
            }
            if !names.insert(name) {
                return Err(InputFault::NameTwice(name.clone()));
            }
            let expected = self.n_rows();
            if found != expected {
                return Err(InputFault::Length { column: name.clone(), found, expected });
            }
        }
        let is_observed = match self.outcomes {
            Outcomes::Labels(labels) => !labels.is_empty(),
            Outcomes::Counts(counts) => counts.iter().any(|counts| *counts != [0, 0]),
        };
        if !is_observed {
            return Err(InputFault::NoRows);
        }
        self.check_weights()?;
        self.numeric.par_iter().try_for_each(|column| column.check())?;
        self.categorical.iter().try_for_each(|column| column.check())
    }

    fn check_weights(&self) -> Result<(), InputFault> {
        let Some((name, weights)) = self.weights else { return Ok(()) };
        let (column, found, expected) = (name.to_owned(), weights.len(), self.n_rows());
        if found != expected {
            return Err(InputFault::Length { column, found, expected });
        }
        match weights.iter().position(|weight| !(*weight >= 0.0 && weight.is_finite())) {
            Some(row) => Err(InputFault::Weight { column, row: row + 1, value: weights[row] }),
            None => Ok(()),
        }
    }

    /// Checks what is declared of the columns, and that no cell is missing where none may be.
    pub(crate) fn check_declared(&self) -> Result<(), InputFault> {
        self.numeric.par_iter().try_for_each(|column| column.check_declared())?;
        self.categorical.iter().try_for_each(|column| column.check_declared())?;
        if self.policy != MissingPolicy::Error {
            return Ok(());
        }
        let missing = |column: &str, missing: &mut dyn Iterator<Item = bool>| {
            let mut rows = missing.zip(1..).filter(|(is_missing, _)| *is_missing).map(|(_, row)| row);
            match rows.next() {
                None => Ok(()),
                Some(row) => Err(InputFault::Missing { column: column.to_owned(), cells: 1 + rows.count(), row }),
            }
        };
        for column in &self.numeric {
            missing(&column.name, &mut column.values.iter().map(|value| value.is_nan()))?;
        }
        self.categorical
            .iter()
            .try_for_each(|column| missing(&column.name, &mut column.codes.iter().map(|code| *code == MISSING)))
    }

    fn partition(&self, partition: usize) -> Range<usize> {
        let start = partition * PARTITION_ROWS;
        start..(start + PARTITION_ROWS).min(self.n_rows())
    }

    fn n_partitions(&self) -> usize {
        self.n_rows().div_ceil(PARTITION_ROWS)
    }

    /// Hands over the blocks of a partition, with the rows of each that are kept.
    fn for_each_block(
        &self,
        partition: usize,
        take: &mut dyn FnMut(&RowBlock<'_>, &mut Placement) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let mut placement = Placement::default();
        let Range { start, end } = self.partition(partition);
        for start in (start..end).step_by(MOST_BLOCK_ROWS) {
            let rows = start..(start + MOST_BLOCK_ROWS).min(end);
            let block = RowBlock {
                n_rows: rows.len(),
                numbers: self.numeric.iter().map(|column| NumberCells::Each(&column.values[rows.clone()])).collect(),
                categories: self.categorical.iter().map(|column| column.cells(rows.clone())).collect(),
                weights: self.weights.map(|(_, weights)| &weights[rows.clone()]),
                labels: match self.outcomes {
                    Outcomes::Labels(labels) => LabelCells::Single(&labels[rows.clone()]),
                    Outcomes::Counts(counts) => LabelCells::Counts(&counts[rows.clone()]),
                },
                times: None,
                label_names: &[],
                groups: None,
            };
            RowFilter::new(self.policy, false).keep(&block, &mut placement.rows)?;
            placement.weigh(&block)?;
            take(&block, &mut placement)?;
        }
        Ok(())
    }

    /// What a partition keeps.
    fn kept(&self, partition: usize) -> Result<Kept, Stop> {
        let mut kept = Kept::default();
        let mut kept_counts = Vec::new();
        self.for_each_block(partition, &mut |block, placement| {
            kept.rows += placement.rows.len() as u64;
            let [n0, n1] = &mut kept.observations;
            for row in &placement.rows {
                let [of_row_0, of_row_1] = match block.labels {
                    LabelCells::Single(labels) => {
                        let label = u64::from(labels[*row as usize]);
                        [1 - label, label]
                    }
                    LabelCells::Counts(counts) => {
                        let of_row = counts[*row as usize];
                        kept_counts.push(of_row);
                        of_row
                    }
                    _ => return Err(Stop::NeedsStrictReader),
                };
                (*n0, *n1) = (n0.saturating_add(of_row_0), n1.saturating_add(of_row_1));
            }
            Ok(())
        })?;
        kept.row_counts = matches!(self.outcomes, Outcomes::Counts(_)).then_some(kept_counts);
        Ok(kept)
    }

    /// Whether so many observations can be counted; else the first row with which they are too many.
    fn check_observations(&self, [n0, n1]: [u64; 2]) -> Result<(), Error> {
        let Outcomes::Counts(counts) = self.outcomes else { return Ok(()) };
        if n0.saturating_add(n1) <= MOST_OBSERVATIONS {
            return Ok(());
        }
        let mut observations = 0_u64;
        for (row, [n0, n1]) in (1..).zip(counts.iter()) {
            observations = observations.saturating_add(*n0).saturating_add(*n1);
            if observations > MOST_OBSERVATIONS {
                return Err(Error::TooManyObservations { place: format!("row {row}"), observations });
            }
        }
        Ok(())
    }

    /// The kept rows coded, those of the training and those of the test subset, which `test_rows` chooses by what is kept.
    pub(crate) fn encode(
        &self,
        test_rows: impl FnOnce(&Kept) -> Result<TestRows, Error>,
    ) -> Result<[Encoded; 2], Error> {
        let failed = |stop| match stop {
            Stop::Failed(error) => error,
            Stop::NeedsStrictReader | Stop::TooManyCells => {
                unreachable!("what a reader of tables would have to look at more closely was checked")
            }
        };
        let of_partitions: Result<Vec<Kept>, Stop> =
            (0..self.n_partitions()).into_par_iter().map(|partition| self.kept(partition)).collect();
        let of_partitions = of_partitions.map_err(failed)?;
        let mut all = Kept::default();
        let mut before: Vec<RowPlace> = Vec::with_capacity(of_partitions.len());
        let index = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        for kept in of_partitions {
            before.push(RowPlace { rows: index(all.rows), observations: all.observations.map(index) });
            all.add(&kept);
        }
        if all.rows == 0 {
            return Err(Error::NoRowLeft);
        }
        Error::check_rows(all.rows)?;
        self.check_observations(all.observations)?;
        let test_rows = test_rows(&all)?;
        let schema = self.schema();
        let rows = Partitioned {
            schema: &schema,
            n_rows: all.rows,
            n_observed: all.observations.iter().sum(),
            n_partitions: self.n_partitions(),
            has_test: !test_rows.is_none(),
            has_groups: false,
            for_each_block: |partition, take: &mut TakeBlock<'_>| {
                let mut placing = Placing::new(&test_rows, [0, 1], before[partition], 1);
                self.for_each_block(partition, &mut |block, placement| {
                    placing.place(block.labels, None, placement)?;
                    take(block, placement)
                })
            },
        };
        let rows = rows.gather().map_err(failed)?;
        Ok(rows.map(|rows| Encoded {
            schema: schema.clone(),
            policy: self.policy,
            target: self.target.clone(),
            rows,
            rare: RareLevels::Apart,
        }))
    }

    fn schema(&self) -> Schema {
        let (name, positive) = (self.target.name.clone(), Some(self.target.positive.clone()));
        let label = match self.outcomes {
            Outcomes::Labels(_) => LabelRole::Column { name, positive, reading: LabelReading::default() },
            Outcomes::Counts(_) => LabelRole::Counts { name, positive, negative: None },
        };
        let mut schema = Schema::new(
            label,
            self.numeric.iter().map(|column| (column.name.clone(), column.role.clone())).collect(),
            self.categorical.iter().map(|column| (column.name.clone(), column.role.clone())).collect(),
        );
        schema.weight =
            self.weights.map(|(name, _)| (name.to_owned(), NumericRole::of_weights(NumberReading::default())));
        schema
    }
}
