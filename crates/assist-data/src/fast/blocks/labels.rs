//! The labels of some rows, each distinct one looked at once.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Int32Type, Int64Type, UInt8Type};

use crate::cell_reading::LabelReading;
use crate::cells::text_column;
use crate::error::NeedsStrictReader;
use crate::fast::blocks::cell_text::code_after;
use crate::fast::text_codes::{TextCodes, unquoted};
use crate::formats::parquet_codes::{FileCodes, NO_ENTRY};
use crate::labels::LabelNames;
use crate::row_block::NO_LABEL;

/// The class of what no row had so far.
const UNSEEN_CLASS: u8 = u8::MAX;

/// The buffers of the labels.
#[derive(Debug)]
pub(crate) struct Labels {
    pub(crate) names: LabelNames,
    reading: LabelReading,
    texts: TextCodes,
    /// Whole numbers that were seen as labels, each with its class, and how many.
    whole: [(i64, u8); 2],
    n_whole: usize,
    codes: Vec<u32>,
    /// The dictionary of a file, and the class of each of its codes.
    dictionary: Option<(ArrayRef, Vec<u8>)>,
    /// One a row: the index of its label, or [`NO_LABEL`].
    pub(crate) classes: Vec<u8>,
    /// One a row, in a table of counts.
    pub(crate) counts: Vec<[u64; 2]>,
}

impl Labels {
    /// Labels with names as far as they are known, and which others are taken.
    pub(crate) fn new(names: LabelNames, reading: LabelReading) -> Self {
        Self {
            names,
            reading,
            texts: TextCodes::new(),
            whole: [(0, 0); 2],
            n_whole: 0,
            codes: Vec::new(),
            dictionary: None,
            classes: Vec::new(),
            counts: Vec::new(),
        }
    }

    fn learn(reading: &LabelReading, names: &mut LabelNames, text: &str) -> Result<u32, NeedsStrictReader> {
        let Some(key) = reading.label(text) else { return Ok(u32::from(NO_LABEL)) };
        code_after(names.index(&key).ok_or(NeedsStrictReader)?)
    }

    pub(crate) fn fill_from_texts(
        &mut self,
        bytes: &[u8],
        n_rows: usize,
        cell_of: impl Fn(usize) -> Range<usize>,
    ) -> Result<(), NeedsStrictReader> {
        self.codes.resize(n_rows, 0);
        let Self { reading, names, texts, codes, .. } = self;
        for (row, code) in codes.iter_mut().enumerate() {
            let cell = cell_of(row);
            *code = texts.code(bytes, cell.start, cell.end, |cell| Self::learn(reading, names, &unquoted(cell)?))?;
        }
        self.classes.clear();
        #[expect(clippy::cast_possible_truncation, reason = "0, 1 or 2")]
        self.classes.extend(self.codes.iter().map(|code| *code as u8));
        Ok(())
    }

    pub(crate) fn fill_from_arrow(&mut self, column: &ArrayRef) -> Result<(), NeedsStrictReader> {
        self.classes.clear();
        match column.data_type() {
            DataType::Int64 => return self.fill_from_whole::<Int64Type>(column),
            DataType::Int32 => return self.fill_from_whole::<Int32Type>(column),
            DataType::UInt8 => return self.fill_from_whole::<UInt8Type>(column),
            _ => {}
        }
        let texts = text_column(column).map_err(|_| NeedsStrictReader)?;
        let Self { reading, names, classes, .. } = self;
        let mut last: Option<(&str, u8)> = None;
        for text in &texts {
            let text = text.unwrap_or("");
            let class = match last {
                Some((known, class)) if known == text => class,
                _ => u8::try_from(Self::learn(reading, names, text)?).map_err(|_| NeedsStrictReader)?,
            };
            last = Some((text, class));
            classes.push(class);
        }
        Ok(())
    }

    /// Rows in the codes of a file: each entry is looked at once.
    pub(crate) fn fill_from_codes(&mut self, cells: FileCodes<'_>) -> Result<(), NeedsStrictReader> {
        if !self.dictionary.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, cells.entries)) {
            let mut classes = vec![UNSEEN_CLASS; cells.entries.len() + 1];
            classes[NO_ENTRY as usize] = NO_LABEL;
            self.dictionary = Some((Arc::clone(cells.entries), classes));
        }
        let (entries, mut of_file) = self.dictionary.take().ok_or(NeedsStrictReader)?;
        self.classes.clear();
        self.classes.extend(cells.codes.iter().map(|code| of_file[*code as usize]));
        if self.classes.contains(&UNSEEN_CLASS) {
            for code in cells.codes.iter().map(|code| *code as usize) {
                if of_file[code] == UNSEEN_CLASS {
                    self.fill_from_arrow(&entries.slice(code - 1, 1))?;
                    of_file[code] = self.classes.first().copied().ok_or(NeedsStrictReader)?;
                }
            }
            self.classes.clear();
            self.classes.extend(cells.codes.iter().map(|code| of_file[*code as usize]));
        }
        self.dictionary = Some((entries, of_file));
        Ok(())
    }

    /// Whole numbers, without writing each of them out.
    fn fill_from_whole<T: ArrowPrimitiveType<Native: Into<i64>>>(
        &mut self,
        column: &ArrayRef,
    ) -> Result<(), NeedsStrictReader> {
        let column = column.as_primitive::<T>();
        let [(zero, class_of_zero), (one, class_of_one)] = self.whole;
        if column.null_count() == 0 && self.n_whole == 2 {
            // The rule is that both labels are known and nothing else occurs.
            let mut all_known = true;
            self.classes.extend(column.values().iter().map(|number| {
                let number: i64 = (*number).into();
                all_known &= number == zero || number == one;
                if number == zero { class_of_zero } else { class_of_one }
            }));
            if all_known {
                return Ok(());
            }
            self.classes.clear();
        }
        for number in column {
            let Some(number) = number else {
                self.classes.push(NO_LABEL);
                continue;
            };
            let number: i64 = number.into();
            let known = self.whole[..self.n_whole].iter().find(|(known, _)| *known == number);
            let class = if let Some((_, class)) = known {
                *class
            } else {
                let code = Self::learn(&self.reading, &mut self.names, &number.to_string())?;
                let class = u8::try_from(code).map_err(|_| NeedsStrictReader)?;
                if class == NO_LABEL {
                    self.classes.push(NO_LABEL);
                    continue;
                }
                // Two labels at most as a rule, and a whole number has one way only of being written. Of many labels that
                // count as one the first is remembered.
                if let Some(place) = self.whole.get_mut(self.n_whole) {
                    *place = (number, class);
                    self.n_whole += 1;
                }
                class
            };
            self.classes.push(class);
        }
        Ok(())
    }
}
