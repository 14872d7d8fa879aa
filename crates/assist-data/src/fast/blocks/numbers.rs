//! A numeric column of a block: each distinct cell judged once as long as there are few, else cell by cell.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use assist_score::NumericColumn;
use hashbrown::HashMap;

use crate::cell_reading::NumberReading;
use crate::cells::{is_date, is_text, moment_column, number_column, text_column};
use crate::error::NeedsStrictReader;
use crate::fast::blocks::cell_text::{AsText, UNSEEN, bare, code_after, range_of};
use crate::fast::text_codes::TextCodes;
use crate::formats::parquet_codes::{FileCodes, NO_ENTRY};
use crate::row_block::{MISSING, NumberCells};

/// Whole numbers below this find their code without a hash.
const SMALL: usize = 4096;
/// A column with more distinct numbers than this is taken cell by cell.
const MOST_CODED_NUMBERS: usize = 4096;

/// The buffers of a numeric column. Codes keep their values within a partition.
#[derive(Debug)]
pub(crate) struct Numbers {
    rules: NumericColumn,
    reading: NumberReading,
    texts: TextCodes,
    code_of: HashMap<u64, u32>,
    /// Codes of small whole numbers, if the column has a type for whole numbers.
    code_of_small: Vec<u32>,
    values: Vec<f64>,
    codes: Vec<u32>,
    each: Vec<f64>,
    is_coded: bool,
    /// Of the dictionary that the last rows were coded by.
    dictionary: Option<NumberDictionary>,
}

/// The entries of a dictionary of a file.
#[derive(Debug)]
struct NumberDictionary {
    entries: ArrayRef,
    /// The number of each code, NaN for a missing one; nothing where some entry is none that is taken: no row may have it.
    numbers: Option<Vec<f64>>,
    /// The code that each code of the file has here.
    codes: Vec<u32>,
}

impl Numbers {
    pub(crate) fn new(rules: NumericColumn, reading: NumberReading) -> Self {
        Self {
            rules,
            reading,
            texts: TextCodes::new(),
            code_of: HashMap::new(),
            code_of_small: Vec::new(),
            values: vec![f64::NAN],
            codes: Vec::new(),
            each: Vec::new(),
            is_coded: true,
            dictionary: None,
        }
    }

    pub(crate) fn cells(&self) -> NumberCells<'_> {
        if self.is_coded {
            NumberCells::Coded { codes: &self.codes, values: &self.values }
        } else {
            NumberCells::Each(&self.each)
        }
    }

    #[inline]
    pub(crate) fn value(&self, row: usize) -> f64 {
        if self.is_coded { self.values[self.codes[row] as usize] } else { self.each[row] }
    }

    pub(crate) fn fill_from_texts(
        &mut self,
        bytes: &[u8],
        n_rows: usize,
        cell_of: impl Fn(usize) -> Range<usize>,
        as_text: AsText,
    ) -> Result<(), NeedsStrictReader> {
        self.is_coded = self.values.len() <= MOST_CODED_NUMBERS;
        if !self.is_coded {
            self.each.clear();
            for row in 0..n_rows {
                self.each.push(number(&as_text(&bytes[cell_of(row)])?, &self.rules, &self.reading)?);
            }
            return Ok(());
        }
        self.codes.resize(n_rows, MISSING);
        let Self { rules, reading, texts, code_of, values, codes, .. } = self;
        for (row, code) in codes.iter_mut().enumerate() {
            let cell = cell_of(row);
            *code = texts.code(bytes, cell.start, cell.end, |cell| {
                let value = number(&as_text(cell)?, rules, reading)?;
                if value.is_nan() {
                    return Ok(MISSING);
                }
                let next = code_after(values.len())?;
                let code = *code_of.entry(value.to_bits()).or_insert(next);
                if code == next {
                    values.push(value);
                }
                Ok(code)
            })?;
        }
        Ok(())
    }

    pub(crate) fn fill_from_arrow(&mut self, column: &ArrayRef) -> Result<(), NeedsStrictReader> {
        if is_text(column.data_type()) {
            let texts = text_column(column).map_err(|_| NeedsStrictReader)?;
            return self.fill_from_texts(texts.values(), texts.len(), range_of(&texts), bare);
        }
        if is_date(column.data_type()) {
            return self.fill_from_dates(column);
        }
        // Dates that are whole numbers.
        if self.reading.date.is_some() {
            let texts = text_column(column).map_err(|_| NeedsStrictReader)?;
            return self.fill_from_texts(texts.values(), texts.len(), range_of(&texts), bare);
        }
        let has_markers = !self.reading.na.is_empty();
        if column.null_count() == 0 && !has_markers && self.values.len() <= MOST_CODED_NUMBERS {
            match column.data_type() {
                DataType::Int64 => return self.fill_from_whole(column.as_primitive::<Int64Type>().values()),
                DataType::Int32 => return self.fill_from_whole(column.as_primitive::<Int32Type>().values()),
                _ => {}
            }
        }
        self.is_coded = false;
        self.each.clear();
        let numbers = number_column(column).map_err(|_| NeedsStrictReader)?;
        let values = numbers.values();
        if numbers.null_count() == 0 && !has_markers && all_allowed(values, &self.rules) {
            self.each.extend_from_slice(values);
            return Ok(());
        }
        for (row, value) in values.iter().enumerate() {
            // NaN is a number that is missing, whoever wrote it.
            if numbers.is_valid(row) && !self.reading.is_missing(*value) {
                self.rules.check(*value).map_err(|_| NeedsStrictReader)?;
                self.each.push(*value);
            } else {
                self.each.push(f64::NAN);
            }
        }
        Ok(())
    }

    /// Rows in the codes of a file: each entry is looked at once.
    pub(crate) fn fill_from_codes(&mut self, cells: FileCodes<'_>) -> Result<(), NeedsStrictReader> {
        if !self.dictionary.as_ref().is_some_and(|known| Arc::ptr_eq(&known.entries, cells.entries)) {
            let mut alone = Self::new(self.rules.clone(), self.reading.clone());
            let is_taken = alone.fill_from_arrow(cells.entries).is_ok();
            let numbers = (0..cells.entries.len()).map(|entry| alone.value(entry));
            let numbers = is_taken.then(|| std::iter::once(f64::NAN).chain(numbers).collect());
            let mut codes = vec![UNSEEN; cells.entries.len() + 1];
            codes[NO_ENTRY as usize] = MISSING;
            self.dictionary = Some(NumberDictionary { entries: Arc::clone(cells.entries), numbers, codes });
        }
        let Self { dictionary: Some(dictionary), code_of, values, codes, each, is_coded, .. } = self else {
            return Err(NeedsStrictReader);
        };
        let Some(numbers) = &dictionary.numbers else {
            return self.fill_from_arrow(&cells.decoded()?);
        };
        *is_coded = values.len() <= MOST_CODED_NUMBERS;
        if !*is_coded {
            each.clear();
            each.extend(cells.codes.iter().map(|code| numbers[*code as usize]));
            return Ok(());
        }
        codes.clear();
        codes.extend(cells.codes.iter().map(|code| dictionary.codes[*code as usize]));
        if codes.contains(&UNSEEN) {
            for (code, of_file) in codes.iter_mut().zip(cells.codes).filter(|(code, _)| **code == UNSEEN) {
                let known = &mut dictionary.codes[*of_file as usize];
                let number = numbers[*of_file as usize];
                if *known == UNSEEN && number.is_nan() {
                    *known = MISSING;
                } else if *known == UNSEEN {
                    let next = code_after(values.len())?;
                    *known = *code_of.entry(number.to_bits()).or_insert(next);
                    if *known == next {
                        values.push(number);
                    }
                }
                *code = *known;
            }
        }
        Ok(())
    }

    /// Parts of dates.
    fn fill_from_dates(&mut self, column: &ArrayRef) -> Result<(), NeedsStrictReader> {
        let moments = moment_column(column).map_err(|_| NeedsStrictReader)?;
        let part = self.reading.date.as_ref().ok_or(NeedsStrictReader)?.part;
        self.is_coded = false;
        self.each.clear();
        for moment in &moments {
            let number = moment.and_then(|moment| part.number(moment));
            number.map_or(Ok(()), |number| self.rules.check(number)).map_err(|_| NeedsStrictReader)?;
            self.each.push(number.unwrap_or(f64::NAN));
        }
        Ok(())
    }

    /// Whole numbers, most of which are small and find their code in a table.
    fn fill_from_whole<T: Copy + Into<i64>>(&mut self, numbers: &[T]) -> Result<(), NeedsStrictReader> {
        self.is_coded = true;
        self.codes.clear();
        self.code_of_small.resize(SMALL, UNSEEN);
        let small = &self.code_of_small;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what is negative becomes too large"
        )]
        self.codes.extend(numbers.iter().map(|number| small.get((*number).into() as usize).copied().unwrap_or(UNSEEN)));
        if self.codes.contains(&UNSEEN) {
            for (row, number) in numbers.iter().enumerate() {
                if self.codes[row] == UNSEEN {
                    self.codes[row] = self.learn_whole((*number).into())?;
                }
            }
        }
        Ok(())
    }

    #[cold]
    fn learn_whole(&mut self, number: i64) -> Result<u32, NeedsStrictReader> {
        // As Arrow casts whole numbers: to the nearest float.
        let value = number as f64;
        self.rules.check(value).map_err(|_| NeedsStrictReader)?;
        let next = code_after(self.values.len())?;
        let code = *self.code_of.entry(value.to_bits()).or_insert(next);
        if code == next {
            self.values.push(value);
        }
        if let Some(small) = usize::try_from(number).ok().and_then(|small| self.code_of_small.get_mut(small)) {
            *small = code;
        }
        Ok(code)
    }
}

/// [`NumericColumn::check`] of all numbers at once, without a branch for each.
fn all_allowed(values: &[f64], rules: &NumericColumn) -> bool {
    let (low, high) = (rules.min.unwrap_or(f64::MIN), rules.max.unwrap_or(f64::MAX));
    let in_range = values.iter().fold(true, |all, value| all & (*value >= low) & (*value <= high));
    in_range && (!rules.integer || values.iter().fold(true, |all, value| all & (value.trunc() == *value)))
}

/// The number in a cell of text; NaN where it is missing.
fn number(text: &str, rules: &NumericColumn, reading: &NumberReading) -> Result<f64, NeedsStrictReader> {
    let Some(value) = reading.number(text).map_err(|_| NeedsStrictReader)? else { return Ok(f64::NAN) };
    rules.check(value).map_err(|_| NeedsStrictReader)?;
    Ok(value)
}
