//! From validated batches to designs: gathers the columns coded, learns the feature space on the training rows, and makes
//! the design of any part of the rows.

use std::collections::HashMap;

use arrow::array::Array;
use assist_data::{Batch, BatchLabels, MissingCells, Reader, RowPosition, Schema};
use assist_score::{CategoricalColumn, FeatureSpace, MISSING_LEVEL, NumericColumn, Target};

use crate::column::{Codes, NumericValues};
use crate::design::Design;
use crate::error::Error;
use crate::merge::{Merger, Row};

/// What to do with missing cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum MissingPolicy {
    /// A missing cell is an error that names the columns and counts the cells.
    #[default]
    Error,
    /// Rows with a missing cell are left out.
    Drop,
    /// A missing text is a level of its own; a missing number is the mean, with an indicator beside it.
    Level,
}

/// Gathers validated batches into coded columns.
#[derive(Debug)]
pub struct Encoder<'a> {
    schema: &'a Schema,
    policy: MissingPolicy,
    numeric: Vec<Numbers>,
    categorical: Vec<Levels>,
    labels: Labels,
    missing: Vec<Option<(u64, RowPosition)>>,
    dropped_rows: u64,
    n_rows: usize,
}

#[derive(Debug, Default)]
struct Numbers {
    values: NumericValues,
    /// Rows without a value; their stored value is 0. Ascending.
    missing: Vec<u32>,
}

/// Codes are given in the order of first occurrence; a feature space gives its own.
#[derive(Debug, Default)]
struct Levels {
    codes: Codes,
    code_of: HashMap<String, u32>,
}

#[derive(Debug, Clone)]
enum Labels {
    Single(Vec<u8>),
    Counts(Vec<[u64; 2]>),
}

impl<'a> Encoder<'a> {
    /// An encoder for the batches of a reader with this schema.
    pub fn new(schema: &'a Schema, policy: MissingPolicy) -> Self {
        let n_columns = schema.numeric.len() + schema.categorical.len();
        Self {
            schema,
            policy,
            numeric: schema.numeric.iter().map(|_| Numbers::default()).collect(),
            categorical: schema.categorical.iter().map(|_| Levels::default()).collect(),
            labels: Labels::Single(Vec::new()),
            // One more than there are features: the label may be missing too.
            missing: vec![None; n_columns + 1],
            dropped_rows: 0,
            n_rows: 0,
        }
    }

    /// Takes the rows of a batch.
    ///
    /// # Errors
    ///
    /// A text that is spelt as the level for missing cells; more than 2^32 rows.
    pub fn push(&mut self, batch: &Batch) -> Result<(), Error> {
        let n_rows = match &batch.labels {
            BatchLabels::Single(labels) => labels.len(),
            BatchLabels::Counts(counts) => counts.len(),
            _ => 0,
        };
        let mut keep = vec![true; n_rows];
        self.count_missing(batch, &mut keep);
        let kept = |row: &usize| keep[*row];
        let before = self.n_rows;
        for (column, numbers) in batch.numbers.iter().zip(&mut self.numeric) {
            for row in (0..n_rows).filter(kept) {
                if column.is_null(row) {
                    numbers.missing.push(u32::try_from(numbers.values.len()).map_err(|_| Error::TooManyRows)?);
                    numbers.values.push(0.0);
                } else {
                    numbers.values.push(column.value(row));
                }
            }
        }
        for ((column, levels), (name, _)) in
            batch.categories.iter().zip(&mut self.categorical).zip(&self.schema.categorical)
        {
            for row in (0..n_rows).filter(kept) {
                let level = if column.is_null(row) { MISSING_LEVEL } else { column.value(row) };
                if level == MISSING_LEVEL && !column.is_null(row) {
                    return Err(Error::ReservedLevel { column: name.clone() });
                }
                levels.push(level);
            }
        }
        match &batch.labels {
            BatchLabels::Counts(counts) => {
                if let Labels::Single(_) = self.labels {
                    self.labels = Labels::Counts(Vec::new());
                }
                if let Labels::Counts(all) = &mut self.labels {
                    all.extend((0..n_rows).filter(kept).map(|row| counts[row]));
                }
            }
            BatchLabels::Single(labels) => {
                if let Labels::Single(all) = &mut self.labels {
                    all.extend((0..n_rows).filter(kept).map(|row| labels[row].unwrap_or(0)));
                }
            }
            _ => {}
        }
        self.n_rows = before + keep.iter().filter(|keep| **keep).count();
        self.dropped_rows += keep.iter().filter(|keep| !**keep).count() as u64;
        u32::try_from(self.n_rows).map(|_| ()).map_err(|_| Error::TooManyRows)
    }

    /// Counts missing cells, and marks the rows that the policy leaves out.
    fn count_missing(&mut self, batch: &Batch, keep: &mut [bool]) {
        let at = |row: usize| RowPosition { row: batch.start.row + row as u64, ..batch.start };
        let drops = self.policy == MissingPolicy::Drop;
        let mut note = |column: usize, row: usize| {
            let (cells, _) = self.missing[column].get_or_insert((0, at(row)));
            *cells += 1;
            if drops {
                keep[row] = false;
            }
        };
        let numbers = batch.numbers.iter().map(|column| column as &dyn Array);
        let categories = batch.categories.iter().map(|column| column as &dyn Array);
        let mut n_columns = 0;
        for (index, column) in numbers.chain(categories).enumerate() {
            n_columns += 1;
            if column.null_count() > 0 {
                (0..column.len()).filter(|row| column.is_null(*row)).for_each(|row| note(index, row));
            }
        }
        if let BatchLabels::Single(labels) = &batch.labels {
            (0..labels.len()).filter(|row| labels[*row].is_none()).for_each(|row| note(n_columns, row));
        }
    }

    /// The gathered rows. `positive` is the label that is class 1; without it, the label that sorts last.
    ///
    /// # Errors
    ///
    /// No rows, missing cells where none are allowed, one class only, a positive label that does not occur.
    pub fn finish(self, reader: &Reader<'_>, positive: Option<&str>) -> Result<Encoded, Error> {
        self.check_missing(reader)?;
        if self.n_rows == 0 {
            return Err(if self.dropped_rows > 0 {
                Error::NoRowLeft
            } else {
                assist_data::Error::NoRows(reader.table_name()).into()
            });
        }
        let target = self.schema.target().unwrap_or("label").to_owned();
        let source_name = reader.table_name();
        let mut labels = self.labels;
        let names = match &mut labels {
            Labels::Counts(counts) => {
                let totals = counts.iter().fold([0, 0], |[n0, n1], [a, b]| [n0 + a, n1 + b]);
                for class in 0..2 {
                    if totals[class] == 0 {
                        let label = (1 - class).to_string();
                        let rows = totals[1 - class];
                        return Err(assist_data::Error::OneClass { source_name, column: target, label, rows }.into());
                    }
                }
                ["0".to_owned(), "1".to_owned()]
            }
            Labels::Single(rows) => match reader.labels() {
                [first, second] => {
                    let mut names = [first.clone(), second.clone()];
                    if sorts_before(second, first) {
                        names.swap(0, 1);
                        rows.iter_mut().for_each(|class| *class = 1 - *class);
                    }
                    names
                }
                only => {
                    let label = only.first().cloned().unwrap_or_default();
                    let rows = rows.len() as u64;
                    return Err(assist_data::Error::OneClass { source_name, column: target, label, rows }.into());
                }
            },
        };
        let positive_class = match positive.map(assist_data::label_key) {
            None => 1,
            Some(positive) => {
                let Some(class) = names.iter().position(|name| *name == positive) else {
                    let labels = names.to_vec();
                    return Err(assist_data::Error::PositiveNotFound { column: target, positive, labels }.into());
                };
                class
            }
        };
        Ok(Encoded {
            schema: self.schema.clone(),
            policy: self.policy,
            numeric: self.numeric,
            categorical: self.categorical.into_iter().map(Levels::into_coded).collect(),
            labels,
            label_names: names,
            positive_class,
            target,
            dropped_rows: self.dropped_rows,
            n_rows: self.n_rows,
        })
    }

    fn check_missing(&self, reader: &Reader<'_>) -> Result<(), Error> {
        let label = self.schema.target().unwrap_or("label");
        let names = self.schema.feature_columns().chain([label]);
        let is_label = |index: usize| index + 1 == self.missing.len();
        let forbidden = |index: usize| match self.policy {
            MissingPolicy::Error => true,
            MissingPolicy::Drop => false,
            MissingPolicy::Level => is_label(index),
        };
        let missing: Vec<MissingCells> = names
            .zip(&self.missing)
            .enumerate()
            .filter(|(index, _)| forbidden(*index))
            .filter_map(|(_, (name, missing))| {
                let (cells, first) = (*missing)?;
                Some(MissingCells { column: name.to_owned(), cells, first: reader.place(first) })
            })
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(assist_data::Error::Missing(missing).into()) }
    }
}

/// Labels sort as scikit-learn sorts them: as numbers where both are numbers, else as texts.
fn sorts_before(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) if x != y => x < y,
        _ => a < b,
    }
}

impl Levels {
    fn push(&mut self, level: &str) {
        let next = u32::try_from(self.code_of.len()).expect("fewer levels than rows, which are checked");
        let code = match self.code_of.get(level) {
            Some(code) => *code,
            None => *self.code_of.entry(level.to_owned()).or_insert(next),
        };
        self.codes.push(code);
    }

    fn into_coded(self) -> CodedColumn {
        let mut names = vec![String::new(); self.code_of.len()];
        for (name, code) in self.code_of {
            names[code as usize] = name;
        }
        CodedColumn { codes: self.codes, names }
    }
}

#[derive(Debug)]
struct CodedColumn {
    codes: Codes,
    names: Vec<String>,
}

/// All rows of a table, coded. Levels have no meaning yet: that comes from the [`FeatureSpace`] of the training rows.
#[derive(Debug)]
pub struct Encoded {
    schema: Schema,
    policy: MissingPolicy,
    numeric: Vec<Numbers>,
    categorical: Vec<CodedColumn>,
    labels: Labels,
    label_names: [String; 2],
    positive_class: usize,
    target: String,
    dropped_rows: u64,
    n_rows: usize,
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
