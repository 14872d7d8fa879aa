//! A categorical column of a block: each distinct cell, or each entry of a dictionary, judged once.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::{DataType, Int32Type};
use assist_score::MISSING_LEVEL;
use hashbrown::HashMap;

use crate::cell_reading::LevelReading;
use crate::cells::{is_date, moment_column, text_column};
use crate::dates::weekday;
use crate::error::NeedsStrictReader;
use crate::fast::blocks::cell_text::{AsText, UNSEEN, bare, code_after, range_of};
use crate::fast::text_codes::TextCodes;
use crate::formats::parquet_codes::{FileCodes, NO_ENTRY};
use crate::row_block::{LevelCells, MISSING};

/// The buffers of a categorical column. Codes keep their levels within a partition.
#[derive(Debug)]
pub(crate) struct Levels {
    declared: Option<HashSet<String>>,
    reading: LevelReading,
    texts: TextCodes,
    code_of: HashMap<String, u32>,
    names: Vec<String>,
    codes: Vec<u32>,
    /// The last Arrow dictionary, its entries, and their codes.
    dictionary: Option<(ArrayRef, StringArray, Vec<u32>)>,
    /// The dictionary of a file, its texts, and the codes that those of the file have here.
    entries: Option<(ArrayRef, StringArray, Vec<u32>)>,
}

impl Levels {
    pub(crate) fn new(declared: Option<&[String]>, reading: LevelReading) -> Self {
        Self {
            declared: declared.map(|levels| levels.iter().cloned().collect()),
            reading,
            texts: TextCodes::new(),
            code_of: HashMap::new(),
            names: vec![String::new()],
            codes: Vec::new(),
            dictionary: None,
            entries: None,
        }
    }

    pub(crate) fn cells(&self) -> LevelCells<'_> {
        LevelCells { codes: &self.codes, levels: &self.names }
    }

    pub(crate) fn fill_from_texts(
        &mut self,
        bytes: &[u8],
        n_rows: usize,
        cell_of: impl Fn(usize) -> Range<usize>,
        as_text: AsText,
    ) -> Result<(), NeedsStrictReader> {
        self.codes.resize(n_rows, MISSING);
        let Self { declared, reading, texts, code_of, names, codes, .. } = self;
        for (row, code) in codes.iter_mut().enumerate() {
            let cell = cell_of(row);
            *code = texts.code(bytes, cell.start, cell.end, |cell| {
                learn_level(&as_text(cell)?, reading, declared.as_ref(), code_of, names)
            })?;
        }
        Ok(())
    }

    pub(crate) fn fill_from_arrow(&mut self, column: &ArrayRef) -> Result<(), NeedsStrictReader> {
        if is_date(column.data_type()) {
            return self.fill_from_dates(column);
        }
        if !matches!(column.data_type(), DataType::Dictionary(key, _) if **key == DataType::Int32) {
            let texts = text_column(column).map_err(|_| NeedsStrictReader)?;
            return self.fill_from_texts(texts.values(), texts.len(), range_of(&texts), bare);
        }
        let column = column.as_dictionary::<Int32Type>();
        let is_known = self.dictionary.as_ref().is_some_and(|(last, ..)| are_the_same(last, column.values()));
        if !is_known {
            let texts = text_column(column.values()).map_err(|_| NeedsStrictReader)?;
            let codes = vec![UNSEEN; texts.len()];
            self.dictionary = Some((column.values().clone(), texts, codes));
        }
        let Self { declared, reading, code_of, names, codes, dictionary, .. } = self;
        let (_, texts, code_of_entry) = dictionary.as_mut().ok_or(NeedsStrictReader)?;
        let keys = column.keys();
        codes.clear();
        if keys.null_count() == 0 {
            // A key beyond the entries would be damage, which the slow way below refuses.
            #[expect(clippy::cast_sign_loss, reason = "a negative key becomes one that is too large")]
            let code = |key: &i32| code_of_entry.get(*key as usize).copied().unwrap_or(UNSEEN);
            codes.extend(keys.values().iter().map(code));
            if !codes.contains(&UNSEEN) {
                return Ok(());
            }
            codes.clear();
        }
        for (row, key) in keys.values().iter().enumerate() {
            if keys.is_null(row) {
                codes.push(MISSING);
                continue;
            }
            let entry = usize::try_from(*key).map_err(|_| NeedsStrictReader)?;
            let code = code_of_entry.get_mut(entry).ok_or(NeedsStrictReader)?;
            // An entry that no row has may be anything, so each is judged when a row first has it.
            if *code == UNSEEN {
                let text = if texts.is_null(entry) { "" } else { texts.value(entry) };
                *code = learn_level(text, reading, declared.as_ref(), code_of, names)?;
            }
            codes.push(*code);
        }
        Ok(())
    }
}

impl Levels {
    /// Rows in the codes of a file: each entry is looked at once.
    pub(crate) fn fill_from_codes(&mut self, cells: FileCodes<'_>) -> Result<(), NeedsStrictReader> {
        if !self.entries.as_ref().is_some_and(|(known, ..)| Arc::ptr_eq(known, cells.entries)) {
            let texts = text_column(cells.entries).map_err(|_| NeedsStrictReader)?;
            let mut codes = vec![UNSEEN; texts.len() + 1];
            codes[NO_ENTRY as usize] = MISSING;
            self.entries = Some((Arc::clone(cells.entries), texts, codes));
        }
        let Self { declared, reading, code_of, names, codes, entries, .. } = self;
        let (_, texts, of_file) = entries.as_mut().ok_or(NeedsStrictReader)?;
        codes.clear();
        codes.extend(cells.codes.iter().map(|code| of_file[*code as usize]));
        if codes.contains(&UNSEEN) {
            for (code, at) in codes.iter_mut().zip(cells.codes).filter(|(code, _)| **code == UNSEEN) {
                let known = &mut of_file[*at as usize];
                if *known == UNSEEN {
                    let text = texts.value(*at as usize - 1);
                    *known = learn_level(text, reading, declared.as_ref(), code_of, names)?;
                }
                *code = *known;
            }
        }
        Ok(())
    }

    /// Days of the week.
    fn fill_from_dates(&mut self, column: &ArrayRef) -> Result<(), NeedsStrictReader> {
        let moments = moment_column(column).map_err(|_| NeedsStrictReader)?;
        if self.reading.date.is_none() {
            return Err(NeedsStrictReader);
        }
        let Self { declared, code_of, names, codes, .. } = self;
        codes.clear();
        // They are levels already, and no dates to be read.
        let reading = LevelReading::default();
        for moment in &moments {
            codes.push(match moment {
                Some(moment) => learn_level(weekday(moment), &reading, declared.as_ref(), code_of, names)?,
                None => MISSING,
            });
        }
        Ok(())
    }
}

/// Whether two arrays of text are one and the same, not only equal. Slices of a batch share the array; readers give each
/// batch an array of its own around the same bytes.
fn are_the_same(a: &ArrayRef, b: &ArrayRef) -> bool {
    if Arc::ptr_eq(a, b) {
        return true;
    }
    match (a.as_string_opt::<i32>(), b.as_string_opt::<i32>()) {
        (Some(a), Some(b)) => {
            let at = |texts: &StringArray| (texts.value_offsets().as_ptr(), texts.values().as_ptr(), texts.len());
            at(a) == at(b) && a.nulls().is_none() && b.nulls().is_none()
        }
        _ => false,
    }
}

fn learn_level(
    text: &str,
    reading: &LevelReading,
    declared: Option<&HashSet<String>>,
    code_of: &mut HashMap<String, u32>,
    levels: &mut Vec<String>,
) -> Result<u32, NeedsStrictReader> {
    let Some(level) = reading.level(text).map_err(|_| NeedsStrictReader)? else { return Ok(MISSING) };
    let text: &str = &level;
    if let Some(code) = code_of.get(text) {
        return Ok(*code);
    }
    if text.contains('\0') || declared.is_some_and(|levels| !levels.contains(text)) {
        return Err(NeedsStrictReader);
    }
    // What stands for missing cells in models stands for them in tables.
    if text == MISSING_LEVEL {
        return Ok(MISSING);
    }
    let code = code_after(levels.len())?;
    code_of.insert(text.to_owned(), code);
    levels.push(text.to_owned());
    Ok(code)
}
