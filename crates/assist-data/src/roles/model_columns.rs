//! How the cells of a table are read for a model: missing markers and dates are the model's, and the style of numbers is that
//! of the table, which may come from elsewhere; where it shows none, the model's decides.

use std::sync::Arc;

use assist_score::{Reading, StyleEvidence, is_missing_marker};

use super::judge::shown_decimal;
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
        let number = |name: &&str| NumberReading { style: style(name), na: Arc::clone(&na), date: date(name) };
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
        let plain = numeric.iter().zip(&self.numbers).enumerate().filter(|(_, (_, reading))| reading.date.is_none());
        let (places, names): (Vec<usize>, Vec<&str>) = plain.map(|(place, (name, _))| (place, *name)).unzip();
        let mut evidence: Vec<StyleEvidence> = names.iter().map(|_| StyleEvidence::default()).collect();
        for source in 0..table.n_sources() {
            let mut n_rows = 0;
            for batch in table.batches_of_source(source, &names, HEAD_ROWS)? {
                let record = batch?.record;
                for ((column, evidence), place) in record.columns().iter().zip(&mut evidence).zip(&places) {
                    if is_text(column.data_type())
                        && let Ok(texts) = text_column(column)
                    {
                        let na = &self.numbers[*place].na;
                        texts.iter().flatten().filter(|text| !na.iter().any(|na| na == text)).for_each(|text| {
                            add_number(evidence, text);
                        });
                    }
                }
                n_rows += record.num_rows();
                if n_rows >= HEAD_ROWS {
                    break;
                }
            }
        }
        let of_file = table.options().decimal.or_else(|| shown_decimal(&evidence)).or_else(|| table.usual_decimal());
        for (place, evidence) in places.into_iter().zip(&evidence) {
            let reading = &mut self.numbers[place];
            if let Some(style) = evidence.style(of_file.or(Some(reading.style.decimal))) {
                reading.style = style;
            }
        }
        Ok(self)
    }
}

/// Takes a cell into account if it is a number in any style: what is none is rejected later, and says nothing of the others.
fn add_number(evidence: &mut StyleEvidence, text: &str) {
    if text.parse::<f64>().is_ok_and(f64::is_finite) {
        evidence.add(text);
    } else if !is_missing_marker(text) {
        let alone: StyleEvidence = std::iter::once(text).collect();
        if alone.is_possible() {
            evidence.add(text);
        }
    }
}
