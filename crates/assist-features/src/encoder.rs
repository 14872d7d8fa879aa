//! From validated batches to coded columns of all rows.

use std::collections::HashMap;

use arrow::array::Array;
use assist_data::{Batch, BatchLabels, MissingCells, Reader, RowPosition, Schema};
use assist_score::MISSING_LEVEL;

use crate::column::Codes;
use crate::encoded::{CodedColumn, Encoded, Labels, Numbers};
use crate::error::Error;

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

/// Codes are given in the order of first occurrence; a feature space gives its own.
#[derive(Debug, Default)]
struct Levels {
    codes: Codes,
    code_of: HashMap<String, u32>,
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
