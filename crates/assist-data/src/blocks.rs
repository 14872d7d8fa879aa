//! Some rows at a time, coded, on their way from a file to counts or columns: no text is copied and no cell is judged twice.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use arrow::record_batch::RecordBatch;
use assist_score::{NumericColumn, parse_number};
use hashbrown::HashMap;

use crate::cells::{is_text, number_column, text_column};
use crate::labels::Labels;
use crate::partitions::{Columns, NeedsStrictReader};
use crate::reader::{Batch, BatchLabels, column_of};
use crate::schema::{LabelRole, Schema};
use crate::separators::Separators;
use crate::text_codes::{TextCodes, unquoted};

/// The code of a missing cell; values and levels begin at 1.
pub const MISSING: u32 = 0;
/// The class of a row whose label is missing.
pub const NO_LABEL: u8 = 2;
/// Whole numbers below this find their code without a hash.
const SMALL: usize = 4096;
/// A column with more distinct numbers than this is taken cell by cell.
const MOST_CODED_NUMBERS: usize = 4096;

/// Some rows of a part, validated.
#[derive(Debug)]
pub struct RowBlock<'a> {
    /// How many rows there are.
    pub n_rows: usize,
    /// The numeric columns, in the order of [`Schema::numeric`].
    pub numbers: Vec<NumberCells<'a>>,
    /// The categorical columns, in the order of [`Schema::categorical`].
    pub categories: Vec<LevelCells<'a>>,
    /// What was observed.
    pub labels: LabelCells<'a>,
}

/// Cells of a numeric column: finite, and in their declared range.
#[derive(Debug, Clone, Copy)]
pub enum NumberCells<'a> {
    /// One number a row; NaN where it is missing.
    Each(&'a [f64]),
    /// One code a row; [`MISSING`], or the index of its value. Within a part a code keeps its value.
    Coded {
        /// One a row.
        codes: &'a [u32],
        /// The distinct values; the first stands for a missing one.
        values: &'a [f64],
    },
}

/// Cells of a categorical column. Within a part a code keeps its level.
#[derive(Debug, Clone, Copy)]
pub struct LevelCells<'a> {
    /// One a row: [`MISSING`], or the index of its level.
    pub codes: &'a [u32],
    /// The distinct levels; the first stands for a missing one.
    pub levels: &'a [String],
}

/// What was observed in each row of a block.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum LabelCells<'a> {
    /// The index of each row's label among the labels of its part, in the order of their first occurrence; [`NO_LABEL`].
    Single(&'a [u8]),
    /// How often each row was seen with label 0 and label 1.
    Counts(&'a [[u64; 2]]),
}

/// The code of what no row had so far.
const UNSEEN: u32 = u32::MAX;

/// How the bytes of a cell are its text.
type AsText = fn(&[u8]) -> Result<Cow<'_, str>, NeedsStrictReader>;

/// The buffers of one part.
#[derive(Debug)]
pub(crate) struct Blocks {
    numbers: Vec<Numbers>,
    categories: Vec<Levels>,
    labels: Labels,
    counts: Option<[Numbers; 2]>,
    n_rows: usize,
}

#[derive(Debug)]
struct Numbers {
    rules: NumericColumn,
    texts: TextCodes,
    code_of: HashMap<u64, u32>,
    /// Codes of small whole numbers, if the column has a type for whole numbers.
    code_of_small: Vec<u32>,
    values: Vec<f64>,
    codes: Vec<u32>,
    each: Vec<f64>,
    is_coded: bool,
}

#[derive(Debug)]
struct Levels {
    declared: Option<HashSet<String>>,
    texts: TextCodes,
    code_of: HashMap<String, u32>,
    names: Vec<String>,
    codes: Vec<u32>,
    /// The last Arrow dictionary, its entries, and their codes.
    dictionary: Option<(ArrayRef, StringArray, Vec<u32>)>,
}

impl Blocks {
    /// Buffers for the columns of `schema`. With `known_labels` there are no others.
    pub(crate) fn new(schema: &Schema, columns: Columns, known_labels: Option<&[String; 2]>) -> Self {
        let features = columns == Columns::All;
        let numeric = schema.numeric.iter().filter(|_| features);
        let categorical = schema.categorical.iter().filter(|_| features);
        let is_counted = matches!(schema.label, LabelRole::Counts { .. });
        let rules = NumericColumn {
            integer: true,
            min: Some(0.0),
            max: Some(f64::from(u32::MAX)),
            ..NumericColumn::new("", 0.0, 0.0)
        };
        Self {
            numbers: numeric.map(|(_, role)| Numbers::new(column_of(role))).collect(),
            categories: categorical.map(|(_, role)| Levels::new(role.levels.as_deref())).collect(),
            labels: Labels::new(known_labels),
            counts: is_counted.then(|| [Numbers::new(rules.clone()), Numbers::new(rules)]),
            n_rows: 0,
        }
    }

    /// The labels that were seen so far, in the order of their first occurrence; at most two.
    pub(crate) fn label_names(&self) -> &[String] {
        &self.labels.names
    }

    /// The rows that were filled in last.
    pub(crate) fn block(&self) -> RowBlock<'_> {
        RowBlock {
            n_rows: self.n_rows,
            numbers: self.numbers.iter().map(Numbers::cells).collect(),
            categories: self.categories.iter().map(|c| LevelCells { codes: &c.codes, levels: &c.names }).collect(),
            labels: match &self.counts {
                Some(_) => LabelCells::Counts(&self.labels.counts),
                None => LabelCells::Single(&self.labels.classes),
            },
        }
    }

    /// Takes the records of CSV text. `positions` has the place of each column: numeric, categorical,
    /// label.
    pub(crate) fn fill_from_csv(
        &mut self,
        bytes: &[u8],
        found: &Separators,
        positions: &[usize],
    ) -> Result<(), NeedsStrictReader> {
        let n_records = found.n_records();
        let mut positions = positions.iter();
        let mut next = || *positions.next().expect("a position for each column");
        self.n_rows = n_records;
        for column in &mut self.numbers {
            column.fill_from_texts(bytes, n_records, found.cells(bytes, next()), unquoted)?;
        }
        for column in &mut self.categories {
            column.fill_from_texts(bytes, n_records, found.cells(bytes, next()), unquoted)?;
        }
        match &mut self.counts {
            Some(counts) => {
                for column in counts.iter_mut() {
                    column.fill_from_texts(bytes, n_records, found.cells(bytes, next()), unquoted)?;
                }
            }
            None => self.labels.fill_from_texts(bytes, n_records, found.cells(bytes, next()))?,
        }
        self.zip_counts()
    }

    /// Takes the rows of an Arrow batch, whose columns are the numeric ones, the categorical ones and the label.
    pub(crate) fn fill_from_arrow(&mut self, record: &RecordBatch) -> Result<(), NeedsStrictReader> {
        let mut columns = record.columns().iter();
        let mut next = || columns.next().expect("as many columns as were asked for");
        self.n_rows = record.num_rows();
        for column in &mut self.numbers {
            column.fill_from_arrow(next())?;
        }
        for column in &mut self.categories {
            column.fill_from_arrow(next())?;
        }
        match &mut self.counts {
            Some(counts) => {
                for column in counts.iter_mut() {
                    column.fill_from_arrow(next())?;
                }
            }
            None => self.labels.fill_from_arrow(next())?,
        }
        self.zip_counts()
    }

    /// Takes the rows of the plain reader, `labels` being all labels that it has seen.
    pub(crate) fn fill_from_batch(&mut self, batch: &Batch, labels: &[String]) -> Result<(), NeedsStrictReader> {
        self.labels.names = labels.to_vec();
        for (column, numbers) in self.numbers.iter_mut().zip(&batch.numbers) {
            column.fill_from_arrow(&(Arc::new(numbers.clone()) as ArrayRef))?;
        }
        for (column, levels) in self.categories.iter_mut().zip(&batch.categories) {
            column.fill_from_arrow(&(Arc::new(levels.clone()) as ArrayRef))?;
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
                reason = "checked: whole, 0 to 2^32 - 1"
            )]
            self.labels.counts.push([n0 as u64, n1 as u64]);
        }
        Ok(())
    }
}

impl Numbers {
    fn new(rules: NumericColumn) -> Self {
        Self {
            rules,
            texts: TextCodes::new(),
            code_of: HashMap::new(),
            code_of_small: Vec::new(),
            values: vec![f64::NAN],
            codes: Vec::new(),
            each: Vec::new(),
            is_coded: true,
        }
    }

    fn cells(&self) -> NumberCells<'_> {
        if self.is_coded {
            NumberCells::Coded { codes: &self.codes, values: &self.values }
        } else {
            NumberCells::Each(&self.each)
        }
    }

    fn value(&self, row: usize) -> f64 {
        if self.is_coded { self.values[self.codes[row] as usize] } else { self.each[row] }
    }

    fn fill_from_texts(
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
                self.each.push(number(&as_text(&bytes[cell_of(row)])?, &self.rules)?);
            }
            return Ok(());
        }
        self.codes.resize(n_rows, MISSING);
        let (rules, code_of, values) = (&self.rules, &mut self.code_of, &mut self.values);
        for (row, code) in self.codes.iter_mut().enumerate() {
            let cell = cell_of(row);
            *code = self.texts.code(bytes, cell.start, cell.end, |cell| {
                let value = number(&as_text(cell)?, rules)?;
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

    fn fill_from_arrow(&mut self, column: &ArrayRef) -> Result<(), NeedsStrictReader> {
        if is_text(column.data_type()) {
            let texts = text_column(column).map_err(|_| NeedsStrictReader)?;
            return self.fill_from_texts(texts.values(), texts.len(), range_of(&texts), bare);
        }
        if column.null_count() == 0 && self.values.len() <= MOST_CODED_NUMBERS {
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
        if numbers.null_count() == 0 {
            self.each.extend_from_slice(values);
            return if all_allowed(values, &self.rules) { Ok(()) } else { Err(NeedsStrictReader) };
        }
        for (row, value) in values.iter().enumerate() {
            if numbers.is_valid(row) {
                self.rules.check(*value).map_err(|_| NeedsStrictReader)?;
                self.each.push(*value);
            } else {
                self.each.push(f64::NAN);
            }
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
fn number(text: &str, rules: &NumericColumn) -> Result<f64, NeedsStrictReader> {
    if text.is_empty() {
        return Ok(f64::NAN);
    }
    let value = parse_number(text).map_err(|_| NeedsStrictReader)?;
    rules.check(value).map_err(|_| NeedsStrictReader)?;
    Ok(value)
}

impl Levels {
    fn new(declared: Option<&[String]>) -> Self {
        Self {
            declared: declared.map(|levels| levels.iter().cloned().collect()),
            texts: TextCodes::new(),
            code_of: HashMap::new(),
            names: vec![String::new()],
            codes: Vec::new(),
            dictionary: None,
        }
    }

    fn fill_from_texts(
        &mut self,
        bytes: &[u8],
        n_rows: usize,
        cell_of: impl Fn(usize) -> Range<usize>,
        as_text: AsText,
    ) -> Result<(), NeedsStrictReader> {
        self.codes.resize(n_rows, MISSING);
        let Self { declared, texts, code_of, names, codes, .. } = self;
        for (row, code) in codes.iter_mut().enumerate() {
            let cell = cell_of(row);
            *code = texts.code(bytes, cell.start, cell.end, |cell| {
                learn_level(&as_text(cell)?, declared.as_ref(), code_of, names)
            })?;
        }
        Ok(())
    }

    fn fill_from_arrow(&mut self, column: &ArrayRef) -> Result<(), NeedsStrictReader> {
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
        let Self { declared, code_of, names, codes, dictionary, .. } = self;
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
                *code = learn_level(text, declared.as_ref(), code_of, names)?;
            }
            codes.push(*code);
        }
        Ok(())
    }
}

/// Whether two arrays of text are one and the same, not only equal. Readers give each batch an array of its own around the
/// same bytes.
fn are_the_same(a: &ArrayRef, b: &ArrayRef) -> bool {
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
    declared: Option<&HashSet<String>>,
    code_of: &mut HashMap<String, u32>,
    levels: &mut Vec<String>,
) -> Result<u32, NeedsStrictReader> {
    if text.is_empty() {
        return Ok(MISSING);
    }
    if let Some(code) = code_of.get(text) {
        return Ok(*code);
    }
    if text.contains('\0') || declared.is_some_and(|levels| !levels.contains(text)) {
        return Err(NeedsStrictReader);
    }
    let code = code_after(levels.len())?;
    code_of.insert(text.to_owned(), code);
    levels.push(text.to_owned());
    Ok(code)
}

pub(crate) fn code_after(n: usize) -> Result<u32, NeedsStrictReader> {
    u32::try_from(n).map_err(|_| NeedsStrictReader)
}

/// Where each text stands among the bytes of all; an empty range for a missing one.
fn range_of(texts: &StringArray) -> impl Fn(usize) -> Range<usize> {
    let offset = |index: usize| usize::try_from(texts.value_offsets()[index]).unwrap_or(0);
    move |row| if texts.is_null(row) { 0..0 } else { offset(row)..offset(row + 1) }
}

/// A text of a table with types, where quotes mean nothing.
fn bare(cell: &[u8]) -> Result<Cow<'_, str>, NeedsStrictReader> {
    std::str::from_utf8(cell).map(Cow::Borrowed).map_err(|_| NeedsStrictReader)
}
