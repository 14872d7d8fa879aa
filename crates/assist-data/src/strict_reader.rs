//! The strict reader: every cell that comes out is usable, every one that is not is named. It is authoritative: what it
//! says of a table counts, and the fast path leaves to it whatever may be wrong.

use std::borrow::Cow;
use std::collections::HashSet;

use arrow::array::{Array, ArrayRef, Float64Array, StringArray};
use arrow::record_batch::RecordBatch;
use assist_score::{Reason, shown};

use crate::cell_reading::{DateReading, LabelReading, LevelReading, Unreadable};
use crate::cells::{is_date, is_text, moment_column, number_column, text_column};
use crate::dates::weekday;
use crate::error::{CellProblem, Error, Place};
use crate::fast::blocks::group_keys::group_keys_of;
use crate::label_census::LabelCensus;
use crate::labels::{LabelNames, label_key};
use crate::schema::{COUNT_COLUMNS, CategoricalRole, LabelRole, NumericRole, Schema};
use crate::table::{Batches, RowPosition, Table};

/// Few rows at a time, so that they stay in the processor's cache and memory pages are used again.
const BATCH_ROWS: usize = 2048;

/// Some rows, validated. Missing cells are nulls.
#[derive(Debug)]
pub struct Batch {
    /// The numeric columns, in the order of [`Schema::numeric`]; values are finite and in their declared range.
    pub numbers: Vec<Float64Array>,
    /// The categorical columns, in the order of [`Schema::categorical`]; values are among the declared levels.
    pub categories: Vec<StringArray>,
    /// The key of each row's group, where rows are grouped.
    pub groups: Option<Vec<u64>>,
    /// The weights of the rows, where the table has some; no row with a label is without one.
    pub weights: Option<Float64Array>,
    /// The times of the rows, where they are divided by these; no row with a label is without one.
    pub times: Option<Float64Array>,
    /// The label of each row.
    pub labels: BatchLabels,
    /// Where the first row stands.
    pub start: RowPosition,
}

/// The labels of the rows of a batch.
#[derive(Debug)]
#[non_exhaustive]
pub enum BatchLabels {
    /// One label a row: its index in [`Reader::labels`], `None` where it is missing.
    Single(Vec<Option<u8>>),
    /// How often each row was seen with label 0 and label 1.
    Counts(Vec<[u64; 2]>),
    /// Labels are not read.
    None,
}

/// Iterates over the rows of a table in validated [`Batch`]es.
pub struct Reader<'a> {
    table: &'a Table,
    schema: &'a Schema,
    batches: Batches,
    declared: Vec<Option<HashSet<&'a str>>>,
    labels: LabelNames,
    known_labels: Option<[String; 2]>,
}

impl<'a> Reader<'a> {
    /// A reader of the columns that `schema` names.
    ///
    /// # Errors
    ///
    /// A column that a file does not have.
    pub fn new(table: &'a Table, schema: &'a Schema) -> Result<Self, Error> {
        let columns: Vec<&str> = schema.read_columns().collect();
        let levels =
            |role: &'a CategoricalRole| role.levels.as_ref().map(|all| all.iter().map(String::as_str).collect());
        Ok(Self {
            table,
            schema,
            batches: table.batches(&columns, BATCH_ROWS)?,
            declared: schema.categorical.iter().map(|(_, role)| levels(role)).collect(),
            labels: LabelNames::new(None, schema.positive()),
            known_labels: None,
        })
    }

    /// Takes no other labels than these two: those of a model, whose negative label may stand for all others.
    #[must_use]
    pub fn with_known_labels(mut self, negative: &str, positive: &str) -> Self {
        self.known_labels = Some([negative, positive].map(label_key));
        self.labels = LabelNames::new(self.known_labels.as_ref(), None);
        self
    }

    /// The labels that were seen so far, in the order of their first occurrence; at most two.
    pub fn labels(&self) -> &[String] {
        self.labels.names()
    }

    /// What the table is called in messages.
    pub fn table_name(&self) -> String {
        self.table.name()
    }

    /// Where a row stands, for a message.
    pub fn place(&self, at: RowPosition) -> Place {
        self.table.place(at)
    }

    fn validate(&mut self, record: &RecordBatch, start: RowPosition) -> Result<Batch, Error> {
        let schema = self.schema;
        let mut columns = record.columns().iter();
        let mut next = || columns.next().expect("as many columns as were asked for");
        let mut numbers = Vec::with_capacity(schema.numeric.len());
        for (name, role) in &schema.numeric {
            numbers.push(numbers_of(next(), role, start.source).map_err(|fault| self.fault(start, name, fault))?);
        }
        let mut categories = Vec::with_capacity(schema.categorical.len());
        for ((name, role), declared) in schema.categorical.iter().zip(&self.declared) {
            let levels = levels_of(next(), &role.reading, declared.as_ref());
            categories.push(levels.map_err(|fault| self.fault(start, name, fault))?);
        }
        let weights = match &schema.weight {
            Some((name, role)) => {
                let numbers = numbers_of(next(), role, start.source).map_err(|(row, problem)| match problem {
                    CellProblem::Number { reason, .. } => (row, CellProblem::Weight(reason)),
                    other => (row, other),
                });
                Some(numbers.map_err(|fault| self.fault(start, name, fault))?)
            }
            None => None,
        };
        let times = match &schema.time {
            Some(time) => {
                let numbers = numbers_of(next(), &time.numeric(), start.source);
                Some(numbers.map_err(|fault| self.fault(start, &time.column, fault))?)
            }
            None => None,
        };
        let groups = match &schema.group {
            Some(role) => {
                let keys = group_keys_of(next(), role);
                Some(keys.map_err(|fault| self.fault(start, &role.column, fault))?)
            }
            None => None,
        };
        let labels = match &schema.label {
            LabelRole::Column { name, reading, .. } => {
                BatchLabels::Single(self.single_labels(next(), name, reading, start)?)
            }
            LabelRole::Counts { .. } => {
                let mut counts = vec![[0; 2]; record.num_rows()];
                for (class, name) in COUNT_COLUMNS.into_iter().enumerate() {
                    let column = counts_of(next(), start.source).map_err(|fault| self.fault(start, name, fault))?;
                    for (row, count) in counts.iter_mut().zip(column) {
                        row[class] = count;
                    }
                }
                BatchLabels::Counts(counts)
            }
            LabelRole::None => BatchLabels::None,
        };
        let first_missing = |numbers: &Option<Float64Array>| {
            let numbers = numbers.as_ref()?;
            (0..numbers.len()).find(|row| numbers.is_null(*row) && is_observed(&labels, *row))
        };
        if let Some(((name, _), row)) = schema.weight.as_ref().zip(first_missing(&weights)) {
            return Err(self.fault(start, name, (row, CellProblem::Weight(Reason::Missing))));
        }
        if let Some((time, row)) = schema.time.as_ref().zip(first_missing(&times)) {
            return Err(self.fault(start, &time.column, (row, CellProblem::NoTime)));
        }
        Ok(Batch { numbers, categories, groups, weights, times, labels, start })
    }

    fn single_labels(
        &mut self,
        column: &ArrayRef,
        name: &str,
        reading: &LabelReading,
        start: RowPosition,
    ) -> Result<Vec<Option<u8>>, Error> {
        let texts = text_column(column).map_err(|problem| self.fault(start, name, (0, problem)))?;
        let mut labels = Vec::with_capacity(texts.len());
        for (row, text) in texts.iter().enumerate() {
            let Some(text) = text else {
                labels.push(None);
                continue;
            };
            // Comparing with the labels as they stand spares the reading of a number in nearly every row.
            let known = self.labels.names().iter().position(|label| label == text);
            let index = if let Some(index) = known {
                index
            } else {
                let Some(key) = reading.label(text) else {
                    labels.push(None);
                    continue;
                };
                self.learn_label(&key, name, advanced(start, row))?
            };
            labels.push(Some(u8::from(index == 1)));
        }
        Ok(labels)
    }

    fn learn_label(&mut self, key: &str, column: &str, at: RowPosition) -> Result<usize, Error> {
        let column = column.to_owned();
        match (self.labels.index(key), &self.known_labels) {
            (Some(index), _) => Ok(index),
            (None, Some(known)) => {
                Err(Error::UnknownLabel { column, value: shown(key), place: self.place(at), known: known.clone() })
            }
            (None, None) => {
                Err(LabelCensus::read(self.table, &column, &self.schema.label_reading())?
                    .error(self.table.name(), column))
            }
        }
    }

    fn fault(&self, start: RowPosition, column: &str, (row, problem): Fault) -> Error {
        Error::Cell { place: self.place(advanced(start, row)), column: column.to_owned(), problem }
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Batch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.batches.next()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(error)),
        };
        Some(self.validate(&batch.record, RowPosition { source: batch.source, row: batch.first_row }))
    }
}

/// Whether anything was observed in a row: one without a label is no concern of anyone, whatever its cells are.
fn is_observed(labels: &BatchLabels, row: usize) -> bool {
    match labels {
        BatchLabels::Single(labels) => labels[row].is_some(),
        BatchLabels::Counts(counts) => counts[row] != [0, 0],
        BatchLabels::None => true,
    }
}

/// A row of the batch, and what is wrong there.
type Fault = (usize, CellProblem);

fn advanced(start: RowPosition, rows: usize) -> RowPosition {
    RowPosition { row: start.row + rows as u64, ..start }
}

fn numbers_of(column: &ArrayRef, role: &NumericRole, file: usize) -> Result<Float64Array, Fault> {
    let (rules, reading) = (role.rules(), role.reading.in_file(file));
    let at = |row: usize, reason| (row, CellProblem::Number { reason, expected: rules.expected() });
    let kind = column.data_type();
    let numbers: Float64Array = if let (Some(date), true) = (&reading.date, is_date(kind)) {
        let moments = moment_column(column).map_err(|problem| (0, problem))?;
        moments.iter().map(|moment| moment.and_then(|moment| date.part.number(moment))).collect()
    } else if is_text(kind) || reading.date.is_some() {
        let texts = text_column(column).map_err(|problem| (0, problem))?;
        let read = |(row, text): (usize, Option<&str>)| match text.map(|text| reading.number(text)).transpose() {
            Ok(number) => Ok(number.flatten()),
            Err(Unreadable::Number(reason)) => Err(at(row, reason)),
            Err(Unreadable::Date(value)) => {
                Err((row, CellProblem::Date { value, form: form_of(reading.date.as_ref()) }))
            }
        };
        texts.iter().enumerate().map(read).collect::<Result<_, _>>()?
    } else {
        let numbers = number_column(column).map_err(|problem| (0, problem))?;
        if numbers.iter().flatten().any(|number| reading.is_missing(number)) {
            numbers.iter().map(|number| number.filter(|number| !reading.is_missing(*number))).collect()
        } else {
            numbers
        }
    };
    for (row, number) in numbers.iter().enumerate() {
        if let Some(number) = number {
            rules.check(number).map_err(|reason| at(row, reason))?;
        }
    }
    Ok(numbers)
}

fn form_of(date: Option<&DateReading>) -> String {
    date.map(|date| date.form.clone()).unwrap_or_default()
}

fn levels_of(
    column: &ArrayRef,
    reading: &LevelReading,
    declared: Option<&HashSet<&str>>,
) -> Result<StringArray, Fault> {
    if reading.date.is_some() && is_date(column.data_type()) {
        let moments = moment_column(column).map_err(|problem| (0, problem))?;
        return Ok(moments.iter().map(|moment| moment.map(weekday)).collect());
    }
    let texts = text_column(column).map_err(|problem| (0, problem))?;
    let mut levels: Vec<Option<Cow<'_, str>>> = Vec::with_capacity(texts.len());
    let mut any_other = false;
    for (row, text) in texts.iter().enumerate() {
        let level = text.map(|text| reading.level(text)).transpose();
        let level = level.map_err(|unreadable| match unreadable {
            Unreadable::Date(value) => (row, CellProblem::Date { value, form: form_of(reading.date.as_ref()) }),
            Unreadable::Number(reason) => (row, CellProblem::Number { reason, expected: "a level".to_owned() }),
        })?;
        let level = level.flatten();
        any_other |= level.as_deref() != text;
        if let Some(level) = &level {
            if level.contains('\0') {
                return Err((row, CellProblem::Nul));
            }
            if let Some(levels) = declared
                && !levels.contains(level.as_ref())
            {
                let mut known: Vec<String> = levels.iter().map(|&level| level.to_owned()).collect();
                known.sort();
                return Err((row, CellProblem::UnknownLevel { level: shown(level), known }));
            }
        }
        levels.push(level);
    }
    if any_other { Ok(levels.into_iter().collect()) } else { Ok(texts.clone()) }
}

fn counts_of(column: &ArrayRef, file: usize) -> Result<Vec<u64>, Fault> {
    let role = NumericRole::of_counts();
    let numbers = numbers_of(column, &role, file)?;
    let missing = |row| (row, CellProblem::Number { reason: Reason::Missing, expected: role.rules().expected() });
    let count = |(row, number): (usize, Option<f64>)| match number {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked: whole, 0 to 2^53 - 1")]
        Some(number) => Ok(number as u64),
        None => Err(missing(row)),
    };
    numbers.iter().enumerate().map(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema_file::SchemaFile;

    fn read(text: &str, schema: &str) -> Result<Vec<Batch>, String> {
        let table = Table::from_csv_text("t.csv", text).map_err(|error| error.to_string())?;
        let file: SchemaFile = toml::from_str(schema).expect("a schema");
        let schema = file.resolve(&table, schema.contains("# counts")).map_err(|error| error.to_string())?;
        let reader = Reader::new(&table, &schema).map_err(|error| error.to_string())?;
        reader.collect::<Result<_, _>>().map_err(|error| error.to_string())
    }

    #[test]
    fn columns_come_typed_with_nulls_where_cells_are_missing() {
        let batches = read("a,d,y\n1,x,0\n,y,1\n3e0,,1.0\n", "target = 'y'").expect("read");
        let batch = &batches[0];
        assert_eq!(batch.numbers[0].iter().collect::<Vec<_>>(), [Some(1.0), None, Some(3.0)]);
        assert_eq!(batch.categories[0].iter().collect::<Vec<_>>(), [Some("x"), Some("y"), None]);
        assert!(matches!(&batch.labels, BatchLabels::Single(labels) if *labels == [Some(0), Some(1), Some(1)]));
    }

    #[test]
    fn lines_are_counted_through_quoted_line_breaks() {
        let text = "d,a,y\n\"one\ntwo\",1,0\nx,oops,1\n";
        let error = read(text, "target = 'y'\n[numeric.a]").expect_err("a fault");
        assert_eq!(error, "column `a` at line 4 of `t.csv`: `oops` is not a number");
    }

    #[test]
    fn lines_are_counted_through_windows_line_ends_and_blank_lines() {
        for (text, line) in [
            ("a,y\r\n1,0\r\n2,1\r\noops,1\r\n", 4),
            ("a,y\r\noops,0\r\n", 2),
            ("a,y\n\n\n1,0\n\n\n\noops,1\n", 8),
            ("\u{feff}a,y\n1,0\noops,1\n", 3),
        ] {
            let error = read(text, "target = 'y'\n[numeric.a]").expect_err("a fault");
            assert_eq!(error, format!("column `a` at line {line} of `t.csv`: `oops` is not a number"));
        }
        let error = read("a,y\r\n1,0\r\n2\r\n", "target = 'y'").expect_err("a fault");
        assert_eq!(error, "line 3 of `t.csv` has 1 cells where the header has 2");
    }

    #[test]
    fn declared_ranges_and_levels_are_kept() {
        let schema = "target = 'y'\n[numeric.a]\nmin = 0\nmax = 4\ninteger = true\n[categorical.d]\nlevels = ['x']";
        for (cell, column, fault) in [
            ("-1,x", "a", "-1 is below the minimum 0"),
            ("5,x", "a", "5 is above the maximum 4"),
            ("1.5,x", "a", "1.5 is not a whole number"),
            ("1,z", "d", "unknown level `z`"),
        ] {
            let error = read(&format!("a,d,y\n1,x,0\n{cell},1\n"), schema).expect_err("a fault");
            assert_eq!(error, format!("column `{column}` at line 3 of `t.csv`: {fault}"));
        }
    }

    #[test]
    fn counts_are_whole_and_not_negative() {
        let schema = "target = 'y'\n# counts";
        let batches = read("a,n0,n1\n1,3,0\n2,1,7\n", schema).expect("read");
        assert!(matches!(&batches[0].labels, BatchLabels::Counts(counts) if *counts == [[3, 0], [1, 7]]));
        let error = read("a,n0,n1\n1,3,0\n2,1.5,7\n", schema).expect_err("a fault");
        assert_eq!(error, "column `n0` at line 3 of `t.csv`: 1.5 is not a whole number");
    }
}
