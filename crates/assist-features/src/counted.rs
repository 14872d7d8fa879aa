//! The table of counts: how often each combination of values was seen, by class and part of the split.
//!
//! A row's cell is a number in mixed radix, one digit a column. Values get their digits as they are met; a column that
//! outgrows its radix makes the table grow. Each thread has its own table, and the sum of all is put into the order of the
//! values, so that neither the order of the rows nor the number of threads can be seen in the result.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use assist_data::{LevelCells, MISSING, NumberCells, RowBlock, Schema};
use assist_score::MISSING_LEVEL;
use hashbrown::HashMap;

use crate::column::{Codes, NumericValues, as_code, as_index, with_codes};
use crate::design::{Binned, Counts, Layout, NumericDesign, Segment};
use crate::error::Stop;
use crate::placement::{Placement, RowCounts};

const UNSEEN: u32 = u32::MAX;

/// One thread's table.
#[derive(Debug)]
pub(crate) struct Counter {
    numeric: Vec<NumberDigits>,
    categorical: Vec<LevelDigits>,
    /// Training part by class, test part by class: the last byte of each count, so that the table stays small.
    cells: Vec<[u8; 4]>,
    /// What went beyond the byte of a count (four times its cell, plus its place), in units of 256.
    carries: Vec<(u32, u32)>,
    radices: Vec<usize>,
    most_cells: usize,
    keys: Vec<u32>,
}

/// The digits of a numeric column's values.
#[derive(Debug, Default)]
struct NumberDigits {
    /// In the order of their digits; NaN stands for a missing one.
    values: Vec<f64>,
    digit_of: HashMap<u64, u32>,
    /// Digits of the codes of the part that is being read.
    of_code: Vec<u32>,
}

/// The digits of a categorical column's levels.
#[derive(Debug, Default)]
struct LevelDigits {
    levels: Vec<String>,
    digit_of: HashMap<String, u32>,
    of_code: Vec<u32>,
}

/// One part of the split: distinct rows in the order of their values, the first column varying slowest.
#[derive(Debug, Clone)]
pub(crate) struct CountedRows {
    /// Distinct values, ascending; a last NaN stands for a missing one.
    pub(crate) numeric: Vec<Vec<f64>>,
    /// Distinct levels, sorted by code point.
    pub(crate) categorical: Vec<Vec<String>>,
    /// The digits of each column, row by row: numeric columns, then categorical ones.
    pub(crate) digits: Vec<Codes>,
    pub(crate) counts: Vec<[u32; 2]>,
}

impl Counter {
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

    /// Codes mean something else in each part.
    pub(crate) fn begin_part(&mut self) {
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
                        let sum = u64::from(*count) + u64::from(*added);
                        #[expect(clippy::cast_possible_truncation, reason = "the last byte; the rest is carried")]
                        (*count = sum as u8);
                        if sum > 255 {
                            self.carries.push((at, u32::try_from(sum >> 8).unwrap_or(u32::MAX)));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The counts in full.
    fn full_cells(&self) -> Vec<[u32; 4]> {
        let mut cells: Vec<[u32; 4]> = self.cells.iter().map(|cell| cell.map(u32::from)).collect();
        let counts = cells.as_flattened_mut();
        self.carries.iter().for_each(|(at, carried)| counts[*at as usize] += carried << 8);
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
        // What decides is what is needed, which no order of the parts changes; room to spare is taken where there is some.
        let n_needed = n_cells_of(&needed).filter(|n| *n <= self.most_cells).ok_or(Stop::TooManyCells)?;
        let is_first = self.radices.iter().all(|radix| *radix == 1);
        let roomy = needed.iter().zip(&self.radices).enumerate().map(|(column, (n, radix))| match *n {
            n if n <= *radix => *radix,
            // A numeric column that still grows after the first block will grow again.
            n if column < self.numeric.len() && !is_first => n + n / 8 + 1,
            n => n,
        });
        let roomy: Vec<usize> = roomy.collect();
        let (wanted, n_cells) = match n_cells_of(&roomy).filter(|n| *n <= self.most_cells) {
            Some(n_cells) => (roomy, n_cells),
            None => (needed, n_needed),
        };
        let mut cells = vec![[0; 4]; n_cells];
        let mut new_place = vec![0; self.cells.len()];
        for_each_cell(&self.radices, |index, digits| {
            let place = cell_of(digits, &wanted);
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
}

fn n_cells_of(radices: &[usize]) -> Option<usize> {
    radices.iter().try_fold(1_usize, |product, radix| product.checked_mul(*radix))
}

/// All cells of a table in order, with their digits.
fn for_each_cell(radices: &[usize], mut take: impl FnMut(usize, &[usize])) {
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

fn cell_of(digits: &[usize], radices: &[usize]) -> usize {
    digits.iter().zip(radices).fold(0, |cell, (digit, radix)| cell * radix + digit)
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

impl CountedRows {
    /// The sum of the tables of all threads: the training part and the test part.
    pub(crate) fn merged(counters: Vec<Counter>, most_cells: usize) -> Result<[Self; 2], Stop> {
        let Some(first) = counters.first() else { return Ok([(); 2].map(|()| Self::empty())) };
        let mut numeric: Vec<Vec<f64>> = vec![Vec::new(); first.numeric.len()];
        let mut categorical: Vec<Vec<String>> = vec![Vec::new(); first.categorical.len()];
        for counter in &counters {
            for (all, column) in numeric.iter_mut().zip(&counter.numeric) {
                all.extend(&column.values);
            }
            for (all, column) in categorical.iter_mut().zip(&counter.categorical) {
                all.extend(column.levels.iter().cloned());
            }
        }
        for values in &mut numeric {
            // A positive NaN comes after all numbers.
            values.sort_by(f64::total_cmp);
            values.dedup_by_key(|value| value.to_bits());
        }
        for levels in &mut categorical {
            levels.sort_unstable();
            levels.dedup();
        }
        let radices: Vec<usize> =
            numeric.iter().map(Vec::len).chain(categorical.iter().map(Vec::len)).map(|n| n.max(1)).collect();
        // For each counter and column the place of each digit's value in the sorted order, as a step between cells.
        let n_cells = n_cells_of(&radices).filter(|n| *n <= most_cells).ok_or(Stop::TooManyCells)?;
        let mut cells = vec![[0_u32; 4]; n_cells];
        for counter in &counters {
            let mut steps: Vec<Vec<usize>> = Vec::with_capacity(radices.len());
            for (column, sorted) in counter.numeric.iter().zip(&numeric) {
                let place = |value: &f64| sorted.binary_search_by(|known| known.total_cmp(value)).unwrap_or(0);
                steps.push(column.values.iter().map(place).collect());
            }
            for (column, sorted) in counter.categorical.iter().zip(&categorical) {
                steps.push(column.levels.iter().map(|level| sorted.binary_search(level).unwrap_or(0)).collect());
            }
            let mut stride = 1;
            for (steps, radix) in steps.iter_mut().zip(&radices).rev() {
                steps.iter_mut().for_each(|step| *step *= stride);
                stride *= radix;
            }
            add_cells(&counter.full_cells(), &counter.radices, &steps, &mut cells);
        }
        drop(counters);
        let part = |part: usize| Self::of_part(&numeric, &categorical, &cells, &radices, part);
        let (train, test) = rayon::join(|| part(0), || part(1));
        Ok([train, test])
    }

    fn empty() -> Self {
        Self { numeric: Vec::new(), categorical: Vec::new(), digits: Vec::new(), counts: Vec::new() }
    }

    fn of_part(
        numeric: &[Vec<f64>],
        categorical: &[Vec<String>],
        cells: &[[u32; 4]],
        radices: &[usize],
        part: usize,
    ) -> Self {
        let of_part = |cell: &[u32; 4]| [cell[2 * part], cell[2 * part + 1]];
        let n_rows = cells.iter().filter(|cell| of_part(cell) != [0, 0]).count();
        let mut counts = Vec::with_capacity(n_rows);
        let mut places = Vec::with_capacity(n_rows);
        for (place, cell) in (0_u32..).zip(cells) {
            let of_part = of_part(cell);
            if of_part != [0, 0] {
                counts.push(of_part);
                places.push(place);
            }
        }
        let mut stride: usize = radices.iter().product();
        let mut digits = Vec::with_capacity(radices.len());
        for radix in radices {
            stride /= radix;
            digits.push(digits_of(&places, u32::try_from(stride).unwrap_or(u32::MAX), *radix));
        }
        Self { numeric: numeric.to_vec(), categorical: categorical.to_vec(), digits, counts }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.counts.len()
    }

    /// How often each value of a column was seen.
    pub(crate) fn totals(&self, column: usize) -> Vec<u64> {
        let n = self.numeric.get(column).map_or_else(|| self.categorical[column - self.numeric.len()].len(), Vec::len);
        let mut totals = vec![0; n];
        with_codes!(&self.digits[column], digits => {
            for (digit, [n0, n1]) in digits.iter().zip(&self.counts) {
                totals[as_index(*digit)] += u64::from(*n0) + u64::from(*n1);
            }
        });
        totals
    }

    /// The rows as a segment of a design. `codes` has for each categorical column the code of each level, `keep` tells which
    /// values each numeric column takes; rows with another level or value are counted and left out.
    pub(crate) fn into_segment(
        mut self,
        layout: &Layout,
        keep: &[Vec<bool>],
        codes: &[Vec<Option<u32>>],
    ) -> (Segment, u64) {
        let n_numeric = self.numeric.len();
        let takes = |column: usize, digit: usize| match keep.get(column) {
            Some(keep) => keep[digit],
            None => codes[column - n_numeric][digit].is_some(),
        };
        let is_partial: Vec<usize> = (0..self.digits.len())
            .filter(|column| {
                let n = keep.get(*column).map_or_else(|| codes[column - n_numeric].len(), Vec::len);
                (0..n).any(|digit| !takes(*column, digit))
            })
            .collect();
        let mut rejected = 0;
        if !is_partial.is_empty() {
            let is_taken = |row: &u32| {
                is_partial.iter().all(|column| takes(*column, self.digits[*column].get(*row as usize) as usize))
            };
            let n_rows = u32::try_from(self.n_rows()).expect("rows were counted with 32 bits");
            let (kept, left): (Vec<u32>, Vec<u32>) = (0..n_rows).partition(is_taken);
            rejected = left.iter().flat_map(|row| self.counts[*row as usize]).map(u64::from).sum();
            self.digits = self.digits.iter().map(|digits| digits.select(&kept)).collect();
            self.counts = kept.iter().map(|row| self.counts[*row as usize]).collect();
        }
        let n_rows = self.n_rows();
        let numeric = layout.plain.iter().zip(&layout.fills).map(|(place, fill)| {
            let (values, digits) = (&self.numeric[*place], &self.digits[*place]);
            let is_missing: Vec<u8> = values.iter().map(|value| u8::from(value.is_nan())).collect();
            let values: Vec<f64> = values.iter().map(|value| if value.is_nan() { 0.0 } else { *value }).collect();
            NumericDesign {
                values: NumericValues::from_codes(digits, &values),
                missing: fill.map(|_| {
                    with_codes!(digits, digits => digits.iter().map(|digit| is_missing[as_index(*digit)]).collect())
                }),
            }
        });
        let bins = layout.binned.iter().map(|Binned { place, column }| {
            let codes = self.numeric[*place].iter().map(|value| as_code(column.bin(*value))).collect();
            (codes, &self.digits[*place])
        });
        let levels = codes.iter().zip(&self.digits[n_numeric..]).map(|(codes, digits)| {
            let codes: Vec<u32> = codes.iter().map(|code| code.unwrap_or(0)).collect();
            (codes, digits)
        });
        let columns: Vec<Codes> = bins
            .chain(levels)
            .zip(&layout.feature_of_level)
            .map(|((codes, digits), levels)| {
                with_codes!(digits, digits => {
                    Codes::collect(levels.len(), digits.iter().map(|digit| codes[as_index(*digit)]))
                })
            })
            .collect();
        let segment = Segment {
            numeric: numeric.collect(),
            groups: layout.grouped(&columns, n_rows),
            counts: Counts::Many(self.counts),
        };
        (segment, rejected)
    }
}

/// One digit of each of the ascending `places`, without a division for each.
fn digits_of(places: &[u32], stride: u32, radix: usize) -> Codes {
    let last = u32::try_from(radix).unwrap_or(u32::MAX) - 1;
    let (mut digit, mut end) = (0, u64::from(stride));
    Codes::collect(
        radix,
        places.iter().map(|place| {
            while u64::from(*place) >= end {
                digit = if digit == last { 0 } else { digit + 1 };
                end += u64::from(stride);
            }
            digit
        }),
    )
}

/// Adds the cells of one table to another. `steps` has for each column how far each digit leads in the other.
fn add_cells(from: &[[u32; 4]], radices: &[usize], steps: &[Vec<usize>], to: &mut [[u32; 4]]) {
    let (Some((last_steps, steps)), Some((last_radix, radices))) = (steps.split_last(), radices.split_last()) else {
        from.iter().zip(to).for_each(|(from, to)| (0..4).for_each(|i| to[i] += from[i]));
        return;
    };
    let mut rows = from.chunks_exact(*last_radix);
    for_each_cell(radices, |_, digits| {
        let Some(row) = rows.next() else { return };
        // A digit beyond the values has no counts: there is room for it, but no value has it yet.
        let known = digits.iter().zip(steps).map(|(digit, steps)| steps.get(*digit).copied()).sum::<Option<usize>>();
        let Some(start) = known else { return };
        for (cell, step) in row.iter().zip(last_steps) {
            let target = &mut to[start + step];
            (0..4).for_each(|i| target[i] += cell[i]);
        }
    });
}
