//! The buffers of one partition, filled from the records of CSV text, from Arrow batches, or from the strict reader.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::record_batch::RecordBatch;

use crate::cell_reading::NumberReading;
use crate::error::NeedsStrictReader;
use crate::fast::blocks::group_keys::GroupKeys;
use crate::fast::blocks::labels::Labels;
use crate::fast::blocks::levels::Levels;
use crate::fast::blocks::numbers::Numbers;
use crate::fast::separators::{Quoting, Separators};
use crate::fast::text_codes::unquoted;
use crate::formats::parquet_group::FileColumn;
use crate::labels::LabelNames;
use crate::row_block::{Columns, LabelCells, NO_LABEL, RowBlock};
use crate::schema::{LabelRole, NumericRole, Schema};
use crate::strict_reader::{Batch, BatchLabels};

/// The buffers of one partition.
#[derive(Debug)]
pub(crate) struct Blocks {
    numbers: Vec<Numbers>,
    categories: Vec<Levels>,
    groups: Option<GroupKeys>,
    labels: Labels,
    counts: Option<[Numbers; 2]>,
    weights: Option<NumberOfRow>,
    times: Option<NumberOfRow>,
    n_rows: usize,
}

/// A number of each row, as they are read and one by one.
#[derive(Debug)]
struct NumberOfRow {
    numbers: Numbers,
    of_rows: Vec<f64>,
}

impl NumberOfRow {
    fn new(role: &NumericRole, file: usize) -> Self {
        let numbers = Numbers::new(role.rules(), role.reading.in_file(file).into_owned());
        Self { numbers, of_rows: Vec::new() }
    }

    fn list(&mut self, n_rows: usize) {
        self.of_rows.clear();
        self.of_rows.extend((0..n_rows).map(|row| self.numbers.value(row)));
    }
}

impl Blocks {
    /// Buffers for the columns of `schema`, and rows of one of the table's files. With `known_labels` there are no others.
    pub(crate) fn new(schema: &Schema, columns: Columns, known_labels: Option<&[String; 2]>, file: usize) -> Self {
        let features = columns == Columns::All;
        let numeric = schema.numeric.iter().filter(|_| features);
        let categorical = schema.categorical.iter().filter(|_| features);
        let is_counted = matches!(schema.label, LabelRole::Counts { .. });
        let rules = NumericRole::of_counts().rules();
        Self {
            numbers: numeric
                .map(|(_, role)| Numbers::new(role.rules(), role.reading.in_file(file).into_owned()))
                .collect(),
            categories: categorical
                .map(|(_, role)| Levels::new(role.levels.as_deref(), role.reading.clone()))
                .collect(),
            groups: schema.group.clone().map(GroupKeys::new),
            labels: Labels::new(LabelNames::new(known_labels, schema.positive()), schema.label_reading()),
            weights: schema.weight.as_ref().filter(|_| features).map(|(_, role)| NumberOfRow::new(role, file)),
            times: schema.time.as_ref().map(|time| NumberOfRow::new(&time.numeric(), file)),
            counts: is_counted.then(|| [(); 2].map(|()| Numbers::new(rules.clone(), NumberReading::default()))),
            n_rows: 0,
        }
    }

    /// The labels that were seen so far, in the order of their first occurrence; at most two.
    pub(crate) fn label_names(&self) -> &[String] {
        self.labels.names.names()
    }

    /// The rows that were filled in last.
    pub(crate) fn block(&self) -> RowBlock<'_> {
        RowBlock {
            n_rows: self.n_rows,
            numbers: self.numbers.iter().map(Numbers::cells).collect(),
            categories: self.categories.iter().map(Levels::cells).collect(),
            weights: self.weights.as_ref().map(|weights| weights.of_rows.as_slice()),
            times: self.times.as_ref().map(|times| times.of_rows.as_slice()),
            labels: match &self.counts {
                Some(_) => LabelCells::Counts(&self.labels.counts),
                None => LabelCells::Single(&self.labels.classes),
            },
            label_names: self.labels.names.names(),
            groups: self.groups.as_ref().map(GroupKeys::keys),
        }
    }

    /// Takes the records of CSV text. `positions` has the place of each column: numeric, categorical, weight, time, group,
    /// label.
    pub(crate) fn fill_from_csv(
        &mut self,
        bytes: &[u8],
        found: &Separators,
        positions: &[usize],
    ) -> Result<(), NeedsStrictReader> {
        match found.quoting() {
            Quoting::Plain => {
                self.fill_from_cells(bytes, found.n_records(), positions, |column| found.texts(bytes, column))
            }
            // Cells with an escaped quote are told apart as they stand there, by a quote that no text without one begins with.
            Quoting::None | Quoting::Escaped => {
                self.fill_from_cells(bytes, found.n_records(), positions, |column| found.cells(bytes, column))
            }
        }
    }

    #[inline(always)]
    fn fill_from_cells<C: Fn(usize) -> Range<usize>>(
        &mut self,
        bytes: &[u8],
        n_records: usize,
        positions: &[usize],
        cells_of: impl Fn(usize) -> C,
    ) -> Result<(), NeedsStrictReader> {
        let mut positions = positions.iter();
        let mut next = || cells_of(*positions.next().expect("a position for each column"));
        self.n_rows = n_records;
        for column in &mut self.numbers {
            column.fill_from_texts(bytes, n_records, next(), unquoted)?;
        }
        for column in &mut self.categories {
            column.fill_from_texts(bytes, n_records, next(), unquoted)?;
        }
        for column in self.weights.iter_mut().chain(&mut self.times) {
            column.numbers.fill_from_texts(bytes, n_records, next(), unquoted)?;
            column.list(n_records);
        }
        if let Some(groups) = &mut self.groups {
            groups.fill_from_texts(bytes, n_records, next())?;
        }
        match &mut self.counts {
            Some(counts) => {
                for column in counts.iter_mut() {
                    column.fill_from_texts(bytes, n_records, next(), unquoted)?;
                }
            }
            None => self.labels.fill_from_texts(bytes, n_records, next())?,
        }
        self.zip_counts()
    }

    /// Takes the rows of an Arrow batch, whose columns are the numeric ones, the categorical ones, the weights, the times, the group
    /// and the label.
    pub(crate) fn fill_from_arrow(&mut self, record: &RecordBatch) -> Result<(), NeedsStrictReader> {
        self.fill_from_columns(record.num_rows(), record.columns().iter().map(FileColumn::Cells))
    }

    /// Takes rows column by column, in that order; features and a label may be in the codes of a file.
    pub(crate) fn fill_from_columns<'a>(
        &mut self,
        n_rows: usize,
        columns: impl IntoIterator<Item = FileColumn<'a>>,
    ) -> Result<(), NeedsStrictReader> {
        let mut columns = columns.into_iter();
        let mut next = || columns.next().expect("as many columns as were asked for");
        self.n_rows = n_rows;
        for column in &mut self.numbers {
            match next() {
                FileColumn::Codes(codes) => column.fill_from_codes(codes)?,
                FileColumn::Cells(cells) => column.fill_from_arrow(cells)?,
            }
        }
        for column in &mut self.categories {
            match next() {
                FileColumn::Codes(codes) => column.fill_from_codes(codes)?,
                FileColumn::Cells(cells) => column.fill_from_arrow(cells)?,
            }
        }
        let mut next_cells = || match next() {
            FileColumn::Cells(cells) => Ok(cells),
            FileColumn::Codes(_) => Err(NeedsStrictReader),
        };
        for column in self.weights.iter_mut().chain(&mut self.times) {
            column.numbers.fill_from_arrow(next_cells()?)?;
            column.list(self.n_rows);
        }
        if let Some(groups) = &mut self.groups {
            groups.fill_from_arrow(next_cells()?)?;
        }
        match &mut self.counts {
            Some(counts) => {
                for column in counts.iter_mut() {
                    column.fill_from_arrow(next_cells()?)?;
                }
            }
            None => match next() {
                FileColumn::Codes(codes) => self.labels.fill_from_codes(codes)?,
                FileColumn::Cells(cells) => self.labels.fill_from_arrow(cells)?,
            },
        }
        self.zip_counts()
    }

    /// Takes the rows of the strict reader, `labels` being all labels that it has seen.
    pub(crate) fn fill_from_batch(&mut self, batch: &Batch, labels: &[String]) -> Result<(), NeedsStrictReader> {
        self.labels.names.replace(labels);
        for (column, numbers) in self.numbers.iter_mut().zip(&batch.numbers) {
            column.fill_from_arrow(&(Arc::new(numbers.clone()) as ArrayRef))?;
        }
        for (column, levels) in self.categories.iter_mut().zip(&batch.categories) {
            column.fill_from_arrow(&(Arc::new(levels.clone()) as ArrayRef))?;
        }
        if let Some((groups, keys)) = self.groups.as_mut().zip(batch.groups.as_ref()) {
            groups.fill_from_keys(keys);
        }
        match &batch.labels {
            BatchLabels::Single(labels) => {
                self.labels.classes.clear();
                self.labels.classes.extend(labels.iter().map(|label| label.unwrap_or(NO_LABEL)));
                self.n_rows = labels.len();
            }
            BatchLabels::Counts(counts) => {
                self.labels.counts.clone_from(counts);
                self.n_rows = counts.len();
            }
            BatchLabels::None => {}
        }
        for (column, numbers) in [(&mut self.weights, &batch.weights), (&mut self.times, &batch.times)] {
            let (Some(column), Some(numbers)) = (column, numbers) else { continue };
            // These are numbers already, whatever their cells are.
            column.of_rows.clear();
            column.of_rows.extend(numbers.iter().map(|number| number.unwrap_or(f64::NAN)));
        }
        Ok(())
    }

    fn zip_counts(&mut self) -> Result<(), NeedsStrictReader> {
        let Some([zeros, ones]) = &self.counts else { return Ok(()) };
        self.labels.counts.clear();
        for row in 0..self.n_rows {
            let (n0, n1) = (zeros.value(row), ones.value(row));
            if n0.is_nan() || n1.is_nan() {
                return Err(NeedsStrictReader);
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked: whole, 0 to 2^53 - 1"
            )]
            self.labels.counts.push([n0 as u64, n1 as u64]);
        }
        Ok(())
    }
}
