//! One thread's table of counts: how often each combination of values was seen, by class and subset of the split.
//!
//! A row's cell is a number in mixed radix, one digit a column. Values get their digits as they are met; a column that
//! outgrows its radix makes the table grow.

use std::ops::RangeInclusive;

use assist_data::{LevelCells, MISSING, NumberCells, RowBlock, Schema};
use assist_score::MISSING_LEVEL;
use hashbrown::HashMap;

use crate::error::Stop;
use crate::placement::{Placement, RowCounts};
use crate::segment::Count;

/// A growing column gets an eighth of its values as room for more, or the half of that, or a quarter and so on, for which there is room.
const SPARE_HALVINGS: RangeInclusive<u32> = 3..=usize::BITS - 1;
/// The digit of a code that no row had so far.
const UNSEEN: u32 = u32::MAX;

/// One thread's table.
#[derive(Debug)]
pub(crate) struct RowCounter {
    pub(crate) numeric: Vec<NumberDigits>,
    pub(crate) categorical: Vec<LevelDigits>,
    /// Training rows by class, test rows by class: the last byte of each count, so that the table stays small.
    cells: Vec<[u8; 4]>,
    /// What went beyond the byte of a count (four times its cell, plus its place), in units of 256.
    carries: Vec<(u32, u64)>,
    pub(crate) radices: Vec<usize>,
    most_cells: usize,
    keys: Vec<u32>,
}

/// The digits of a numeric column's values.
#[derive(Debug, Default)]
pub(crate) struct NumberDigits {
    /// In the order of their digits; NaN stands for a missing one.
    pub(crate) values: Vec<f64>,
    digit_of: HashMap<u64, u32>,
    /// Digits of the codes of the partition that is being read.
    of_code: Vec<u32>,
}

/// The digits of a categorical column's levels.
#[derive(Debug, Default)]
pub(crate) struct LevelDigits {
    pub(crate) levels: Vec<String>,
    digit_of: HashMap<String, u32>,
    of_code: Vec<u32>,
}

impl RowCounter {
    pub(crate) fn new(schema: &Schema, most_cells: usize) -> Self {
        let n_columns = schema.numeric.len() + schema.categorical.len();
        Self {
            numeric: schema.numeric.iter().map(|_| NumberDigits::default()).collect(),
            categorical: schema.categorical.iter().map(|_| LevelDigits::default()).collect(),
            cells: vec![[0; 4]],
            carries: Vec::new(),
            radices: vec![1; n_columns],
            most_cells,
            keys: Vec::new(),
        }
    }

    /// Codes mean something else in each partition.
    pub(crate) fn begin_partition(&mut self) {
        self.numeric.iter_mut().for_each(|column| column.of_code.clear());
        self.categorical.iter_mut().for_each(|column| column.of_code.clear());
    }

    pub(crate) fn push(&mut self, block: &RowBlock<'_>, placement: &Placement) -> Result<(), Stop> {
        loop {
            self.find_keys(block, placement);
            // The keys were made with the old radices if a new value did not fit them.
            if !self.grow()? {
                break;
            }
        }
        let counts = self.cells.as_flattened_mut();
        match &placement.counts {
            RowCounts::Once(placed) => {
                for (key, placed) in self.keys.iter().zip(placed) {
                    let at = key * 4 + u32::from(*placed & 3);
                    let count = &mut counts[at as usize];
                    *count = count.wrapping_add(1);
                    if *count == 0 {
                        self.carries.push((at, 1));
                    }
                }
            }
            RowCounts::Many(placed) => {
                for (key, placed) in self.keys.iter().zip(placed) {
                    for (at, added) in (key * 4..).zip(placed) {
                        let count = &mut counts[at as usize];
                        let sum = u64::from(*count) + added;
                        #[expect(clippy::cast_possible_truncation, reason = "the last byte; the rest is carried")]
                        (*count = sum as u8);
                        if sum > 255 {
                            self.carries.push((at, sum >> 8));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The counts in full, which are known to fit.
    pub(crate) fn full_cells<N: Count + From<u8>>(&self) -> Vec<[N; 4]> {
        let mut cells: Vec<[N; 4]> = self.cells.iter().map(|cell| cell.map(N::from)).collect();
        let counts = cells.as_flattened_mut();
        self.carries.iter().for_each(|(at, carried)| counts[*at as usize] += N::of(carried << 8));
        cells
    }

    fn find_keys(&mut self, block: &RowBlock<'_>, placement: &Placement) {
        self.keys.clear();
        self.keys.resize(placement.rows.len(), 0);
        let rows = (placement.rows.len() < block.n_rows).then_some(placement.rows.as_slice());
        let mut radices = self.radices.iter();
        let mut radix = || u32::try_from(*radices.next().unwrap_or(&1)).unwrap_or(u32::MAX);
        for (column, cells) in self.numeric.iter_mut().zip(&block.numbers) {
            column.add_to_keys(*cells, rows, radix(), &mut self.keys);
        }
        for (column, cells) in self.categorical.iter_mut().zip(&block.categories) {
            column.learn(cells);
            add_code_digits(&mut self.keys, rows, radix(), cells.codes, &column.of_code);
        }
    }

    /// Makes room for the values that have a digit beyond their column's radix; gives whether there were any.
    fn grow(&mut self) -> Result<bool, Stop> {
        let numeric = self.numeric.iter().map(|column| column.values.len());
        let needed: Vec<usize> =
            numeric.chain(self.categorical.iter().map(|column| column.levels.len())).map(|n| n.max(1)).collect();
        if needed.iter().zip(&self.radices).all(|(n, radix)| n <= radix) {
            return Ok(false);
        }
        let (wanted, n_cells) = self.roomy(needed).ok_or(Stop::TooManyCells)?;
        let mut cells = vec![[0; 4]; n_cells];
        let mut new_place = vec![0; self.cells.len()];
        let (radices, strides): (Vec<usize>, Vec<usize>) =
            self.radices.iter().copied().zip(strides_of(&wanted)).filter(|(radix, _)| *radix > 1).unzip();
        for_each_cell(&radices, |index, digits| {
            let place: usize = digits.iter().zip(&strides).map(|(digit, stride)| digit * stride).sum();
            // Room that was never used may have no place any more.
            if self.cells[index] != [0; 4] {
                cells[place] = self.cells[index];
            }
            new_place[index] = u32::try_from(place).unwrap_or(u32::MAX);
        });
        for (at, _) in &mut self.carries {
            *at = new_place[(*at / 4) as usize] * 4 + *at % 4;
        }
        (self.cells, self.radices) = (cells, wanted);
        Ok(true)
    }

    /// Radices for as many values as are needed, and the cells of them all; `None` if these are too many. What decides is what
    /// is needed, which no order of the partitions changes. A column that still grows after the first block will grow again, so
    /// it gets as much room to spare as there is: each growth touches all cells.
    fn roomy(&self, needed: Vec<usize>) -> Option<(Vec<usize>, usize)> {
        let n_cells = |radices: &[usize]| n_cells_of(radices).filter(|n| *n <= self.most_cells);
        let n_needed = n_cells(&needed)?;
        if self.radices.iter().all(|radix| *radix == 1) {
            return Some((needed, n_needed));
        }
        // Columns that do not grow keep what they have, if that is possible.
        for halvings in SPARE_HALVINGS {
            let spare = |n: usize| (n >> halvings) + 1;
            let roomy = needed.iter().zip(&self.radices);
            let roomy: Vec<usize> = roomy.map(|(n, radix)| if n <= radix { *radix } else { n + spare(*n) }).collect();
            if let Some(n_roomy) = n_cells(&roomy) {
                return Some((roomy, n_roomy));
            }
            if needed.iter().all(|n| n >> halvings == 0) {
                break;
            }
        }
        Some((needed, n_needed))
    }
}

pub(crate) fn n_cells_of(radices: &[usize]) -> Option<usize> {
    radices.iter().try_fold(1_usize, |product, radix| product.checked_mul(*radix))
}

/// All cells of a table in order, with their digits. Columns of one value need not be among the radices: no cell is elsewhere
/// for them, and there may be thousands.
pub(crate) fn for_each_cell(radices: &[usize], mut take: impl FnMut(usize, &[usize])) {
    let n_cells: usize = radices.iter().product();
    let mut digits = vec![0; radices.len()];
    for index in 0..n_cells {
        take(index, &digits);
        for (digit, radix) in digits.iter_mut().zip(radices).rev() {
            *digit += 1;
            if *digit < *radix {
                break;
            }
            *digit = 0;
        }
    }
}

/// How far a step of each digit leads among the cells.
pub(crate) fn strides_of(radices: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; radices.len()];
    for column in (1..radices.len()).rev() {
        strides[column - 1] = strides[column] * radices[column];
    }
    strides
}

impl NumberDigits {
    fn add_to_keys(&mut self, cells: NumberCells<'_>, rows: Option<&[u32]>, radix: u32, keys: &mut [u32]) {
        match cells {
            NumberCells::Each(values) => {
                let digits = |row: usize| self.digit(values[row]);
                add_digits(keys, rows, radix, digits);
            }
            NumberCells::Coded { codes, values } => {
                for value in &values[self.of_code.len().min(values.len())..] {
                    // The first code is that of missing cells, which get a digit when a row has one.
                    let digit = if value.is_nan() { UNSEEN } else { self.digit(*value) };
                    self.of_code.push(digit);
                }
                if self.of_code[MISSING as usize] == UNSEEN && codes.contains(&MISSING) {
                    self.of_code[MISSING as usize] = self.digit(f64::NAN);
                }
                add_code_digits(keys, rows, radix, codes, &self.of_code);
            }
        }
    }

    fn digit(&mut self, value: f64) -> u32 {
        // -0 is 0, and one NaN stands for all missing cells.
        let value = if value.is_nan() { f64::NAN } else { value + 0.0 };
        let next = u32::try_from(self.values.len()).unwrap_or(UNSEEN);
        let digit = *self.digit_of.entry(value.to_bits()).or_insert(next);
        if digit == next {
            self.values.push(value);
        }
        digit
    }
}

/// Appends a digit to the keys of some rows; of all, where none are named.
#[inline]
fn add_digits(keys: &mut [u32], rows: Option<&[u32]>, radix: u32, mut digit: impl FnMut(usize) -> u32) {
    // A digit beyond the radix gives a wrong key, which is not used: the table grows first, and keys are found again.
    match rows {
        None => {
            for (row, key) in keys.iter_mut().enumerate() {
                *key = key.wrapping_mul(radix).wrapping_add(digit(row));
            }
        }
        Some(rows) => {
            for (key, row) in keys.iter_mut().zip(rows) {
                *key = key.wrapping_mul(radix).wrapping_add(digit(*row as usize));
            }
        }
    }
}

/// As [`add_digits`], with the digits of codes.
fn add_code_digits(keys: &mut [u32], rows: Option<&[u32]>, radix: u32, codes: &[u32], of_code: &[u32]) {
    if rows.is_some() {
        return add_digits(keys, rows, radix, |row| of_code[codes[row] as usize]);
    }
    for (key, code) in keys.iter_mut().zip(codes) {
        *key = key.wrapping_mul(radix).wrapping_add(of_code[*code as usize]);
    }
}

impl LevelDigits {
    fn learn(&mut self, cells: &LevelCells<'_>) {
        for level in &cells.levels[self.of_code.len().min(cells.levels.len())..] {
            // The first code is that of missing cells, which get a digit when a row has one.
            let digit = if self.of_code.is_empty() { UNSEEN } else { self.digit_of_level(level) };
            self.of_code.push(digit);
        }
        if self.of_code[MISSING as usize] == UNSEEN && cells.codes.contains(&MISSING) {
            self.of_code[MISSING as usize] = self.digit_of_level(MISSING_LEVEL);
        }
    }

    fn digit_of_level(&mut self, level: &str) -> u32 {
        if let Some(digit) = self.digit_of.get(level) {
            return *digit;
        }
        let digit = u32::try_from(self.levels.len()).unwrap_or(UNSEEN);
        self.digit_of.insert(level.to_owned(), digit);
        self.levels.push(level.to_owned());
        digit
    }
}
