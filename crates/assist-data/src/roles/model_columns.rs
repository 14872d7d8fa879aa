//! How the cells of a table are read for a model: missing markers are the model's; the style of numbers and the form of dates
//! are those of the table, which may come from elsewhere. Where it leaves them open, the model's decide.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::StringArray;
use assist_score::{Reading, StyleEvidence, is_missing_marker};

use super::file_styles::{Decimals, FileStyles, check_decimal};
use super::later_dates::LaterDates;
use crate::cell_reading::{DateReading, LevelReading, NumberReading};
use crate::cells::{is_text, text_column};
use crate::dates::DatePart;
use crate::error::Error;
use crate::table::Table;

/// Rows of each file that styles are judged by.
const HEAD_ROWS: usize = 1024;

/// The readings of a model's columns.
#[derive(Debug, Clone, Default)]
pub struct ModelReadings {
    /// Of its numeric columns, in their order.
    pub numbers: Vec<NumberReading>,
    /// Of its categorical columns, in their order.
    pub levels: Vec<LevelReading>,
}

impl ModelReadings {
    /// As the model recorded them, whatever table they are for.
    pub fn recorded(numeric: &[&str], categorical: &[(&str, bool)], recorded: &Reading, na: &[String]) -> Self {
        let na: Arc<[String]> = [recorded.na.as_slice(), na].concat().into();
        let date = |name: &str| {
            let derived = recorded.derived.iter().find(|derived| derived.name == name)?;
            let part = DatePart::named(&derived.part)?;
            Some(DateReading { source: derived.source.clone(), form: derived.form.clone(), part })
        };
        let style = |name: &str| {
            let found = recorded.numbers.iter().find(|(column, _)| column == name);
            found.map(|(_, style)| *style).unwrap_or_default()
        };
        let number = |name: &&str| NumberReading {
            style: style(name),
            na: Arc::clone(&na),
            date: date(name),
            ..NumberReading::default()
        };
        let level = |(name, is_truth): &(&str, bool)| LevelReading {
            na: Arc::clone(&na),
            is_truth: *is_truth,
            date: date(name),
        };
        Self { numbers: numeric.iter().map(number).collect(), levels: categorical.iter().map(level).collect() }
    }

    /// As a table is written, where it shows that. `numeric` are the columns that [`recorded`](Self::recorded) was given.
    ///
    /// # Errors
    ///
    /// A table that cannot be read, or lacks one of the columns.
    pub fn for_table(mut self, table: &Table, numeric: &[&str]) -> Result<Self, Error> {
        self.take_styles(table, numeric)?;
        self.take_date_forms(table)?;
        Ok(self)
    }

    fn take_styles(&mut self, table: &Table, numeric: &[&str]) -> Result<(), Error> {
        let plain = numeric.iter().zip(&self.numbers).enumerate().filter(|(_, (_, reading))| reading.date.is_none());
        let (places, names): (Vec<usize>, Vec<&str>) = plain.map(|(place, (name, _))| (place, *name)).unzip();
        let mut styles: Vec<FileStyles> = names.iter().map(|_| FileStyles::default()).collect();
        for_each_head(table, &names, |file, column, texts| {
            styles[column].begin_file(file);
            let na = &self.numbers[places[column]].na;
            let cells = texts.iter().flatten().filter(|text| !na.iter().any(|na| na == text));
            cells.for_each(|text| add_number(&mut styles[column], text));
        })?;
        check_decimal(table, table.options().decimal, names.iter().copied().zip(&styles))?;
        let decimals = Decimals::new(table, table.options().decimal, &styles.iter());
        for (place, styles) in places.into_iter().zip(&styles) {
            let reading = &mut self.numbers[place];
            if let Some(found) = styles.style(&decimals.or(reading.style.decimal)) {
                (reading.style, reading.of_files) = (found.style, found.of_files);
            }
        }
        Ok(())
    }

    fn take_date_forms(&mut self, table: &Table) -> Result<(), Error> {
        let mut dates: BTreeMap<String, LaterDates> = BTreeMap::new();
        for date in self.dates() {
            dates.entry(date.source.clone()).or_insert_with(|| LaterDates::new(&date.form));
        }
        let names: Vec<String> = dates.keys().cloned().collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut found: Vec<LaterDates> = dates.into_values().collect();
        for_each_head(table, &names, |_, column, texts| {
            texts.iter().flatten().for_each(|text| found[column].add(text));
        })?;
        for (name, found) in names.iter().zip(&mut found) {
            if !found.is_open() {
                continue;
            }
            // The first row that reads in one way only may stand anywhere.
            for batch in table.batches(&[*name], HEAD_ROWS)? {
                if let Ok(texts) = text_column(batch?.record.column(0)) {
                    texts.iter().flatten().for_each(|text| found.add(text));
                }
                if !found.is_open() {
                    break;
                }
            }
        }
        let forms: HashMap<&str, String> = names.iter().copied().zip(found.iter().map(LaterDates::form)).collect();
        let dates = self.numbers.iter_mut().filter_map(|reading| reading.date.as_mut());
        for date in dates.chain(self.levels.iter_mut().filter_map(|reading| reading.date.as_mut())) {
            date.form.clone_from(&forms[date.source.as_str()]);
        }
        Ok(())
    }

    /// The readings of one of the table's files.
    pub fn in_file(&self, file: usize) -> Cow<'_, Self> {
        if self.numbers.iter().all(|reading| reading.of_files.is_empty()) {
            return Cow::Borrowed(self);
        }
        let numbers = self.numbers.iter().map(|reading| reading.in_file(file).into_owned()).collect();
        Cow::Owned(Self { numbers, levels: self.levels.clone() })
    }

    /// The dates that columns are made of.
    fn dates(&self) -> impl Iterator<Item = &DateReading> {
        let numbers = self.numbers.iter().filter_map(|reading| reading.date.as_ref());
        numbers.chain(self.levels.iter().filter_map(|reading| reading.date.as_ref()))
    }
}

/// Hands the first texts of some columns of each file to `take`, with the numbers of the file and of the column.
fn for_each_head(
    table: &Table,
    columns: &[&str],
    mut take: impl FnMut(usize, usize, &StringArray),
) -> Result<(), Error> {
    if columns.is_empty() {
        return Ok(());
    }
    for source in 0..table.n_sources() {
        let mut n_rows = 0;
        for batch in table.batches_of_source(source, columns, HEAD_ROWS)? {
            let record = batch?.record;
            for (index, column) in record.columns().iter().enumerate() {
                if is_text(column.data_type())
                    && let Ok(texts) = text_column(column)
                {
                    take(source, index, &texts);
                }
            }
            n_rows += record.num_rows();
            if n_rows >= HEAD_ROWS {
                break;
            }
        }
    }
    Ok(())
}

/// Takes a cell into account if it is a number in any style: what is none is rejected later, and says nothing of the others.
fn add_number(styles: &mut FileStyles, text: &str) {
    if text.parse::<f64>().is_ok_and(f64::is_finite) {
        styles.add(text);
    } else if !is_missing_marker(text) {
        let alone: StyleEvidence = std::iter::once(text).collect();
        if alone.is_possible() {
            styles.add(text);
        }
    }
}
