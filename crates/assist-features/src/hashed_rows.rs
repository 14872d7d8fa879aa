//! Rows as hashes of their values, by which equal rows are found: test rows that training rows equal, and the rows of a table
//! that a model was trained on.
//!
//! A cell is hashed with the name of its column: a number by its bits, a level by its text, a missing cell as one value. The
//! hash of a row is made of the sum over its columns. So neither the order of rows and columns nor the number of threads nor the
//! format of a file makes a difference, and a column costs a pass over its codes. Models keep such hashes, so what is hashed
//! never changes.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use assist_data::{group_key, mixed_word};
use assist_score::{FeatureSpace, RowSketch};
use hashbrown::HashTable;
use rayon::prelude::*;

use crate::column::{Codes, as_index, with_codes, with_numbers};
use crate::counted_rows::CountedRows;
use crate::encoded::Encoded;
use crate::rows::Rows;
use crate::segment::Counts;
use crate::uncounted_rows::{UncountedNumbers, UncountedRows};

/// What a label adds to the hash of its row.
const OF_CLASS: [u64; 2] = [0x2545_f491_4f6c_dd1d, 0x6c62_272e_07bb_0142];
/// Rows that are looked at for how often two have the same value.
const SAMPLED_ROWS: usize = 4096;

/// Rows with a hash each, in which two rows are equal where 64 bits are: of ten million rows in either subset one is taken for
/// another with a probability of about 5e-6.
#[derive(Debug)]
pub struct HashedRows<'a> {
    rows: &'a Encoded,
    /// For each column what its name adds to the hash of its cells; none for columns that are not hashed.
    keys: Vec<Option<u64>>,
    /// For each partition the hash of each row, once they are needed; counted rows are one partition.
    hashes: OnceLock<Vec<Vec<u64>>>,
}

impl Encoded {
    /// The rows with hashes of their values in the columns of a space.
    pub fn hashed(&self, space: &FeatureSpace) -> HashedRows<'_> {
        let is_known = |name: &str| {
            space.numeric.iter().any(|c| c.name == name) || space.categorical.iter().any(|c| c.name == name)
        };
        let keys = self.schema.feature_columns().map(|name| is_known(name).then(|| group_key(name))).collect();
        HashedRows { rows: self, keys, hashes: OnceLock::new() }
    }

    /// How likely two of the observations would be equal in all columns if columns were independent of each other: the product
    /// of the shares of pairs with the same value, from all rows or from some thousand at equal distances.
    pub fn chance_of_equal_rows(&self) -> f64 {
        let n_numeric = self.schema.numeric.len();
        let columns = 0..n_numeric + self.schema.categorical.len();
        match &self.rows {
            Rows::Counted(rows) if rows.n_rows() == 0 => 0.0,
            Rows::Counted(rows) => {
                let sampled = sampled_observations(&rows.counts);
                let of_column = |digits: &Codes| {
                    share_of_pairs(&with_codes!(digits, digits => {
                        counted_runs(sampled.iter().map(|row| (u64::from(digits[*row]), 1)).collect())
                    }))
                };
                rows.digits.iter().map(of_column).product()
            }
            Rows::Uncounted(partitions) => {
                columns.map(|column| share_of_pairs(&sampled_values(partitions, column, n_numeric))).product()
            }
        }
    }
}

impl HashedRows<'_> {
    /// Made by all threads, so whoever shares rows among threads asks for them before.
    fn hashes(&self) -> &[Vec<u64>] {
        self.hashes.get_or_init(|| match &self.rows.rows {
            Rows::Counted(rows) => vec![counted(rows, &self.keys)],
            Rows::Uncounted(partitions) => partitions.par_iter().map(|rows| uncounted(rows, &self.keys)).collect(),
        })
    }

    /// The observations whose row equals one of the training rows of the same division in all columns, whatever their labels.
    /// Training rows that weigh nothing are none.
    pub fn equal_to(&self, training: &HashedRows<'_>) -> u64 {
        // Rows that are counted were counted together.
        if let (Rows::Counted(rows), Rows::Counted(_)) = (&self.rows.rows, &training.rows.rows) {
            return rows.in_training;
        }
        let mut index: HashTable<(u64, u64)> = HashTable::with_capacity(self.hashes().iter().map(Vec::len).sum());
        self.for_each(|hash, counts, _| {
            let observations = counts.into_iter().sum::<u64>();
            index
                .entry(hash, |(known, _)| *known == hash, |(known, _)| *known)
                .and_modify(|known| known.1 += observations)
                .or_insert((hash, observations));
        });
        // Training rows, which are more, are only looked up.
        let is_equal: Vec<AtomicBool> = (0..index.num_buckets()).map(|_| AtomicBool::new(false)).collect();
        training.hashes().par_iter().enumerate().for_each(|(partition, hashes)| {
            for (row, hash) in hashes.iter().enumerate() {
                if let Some(bucket) = index.find_bucket_index(*hash, |(known, _)| known == hash)
                    && !training.is_weightless(partition, row)
                {
                    is_equal[bucket].store(true, Ordering::Relaxed);
                }
            }
        });
        let is_equal = is_equal.into_iter().map(AtomicBool::into_inner).enumerate();
        is_equal.filter(|(_, is_equal)| *is_equal).filter_map(|(bucket, _)| Some(index.get_bucket(bucket)?.1)).sum()
    }

    /// A sample of the distinct rows, each with its label, as a model keeps it. Rows that weigh nothing are left out.
    pub fn sketch(&self) -> RowSketch {
        // Of many rows four times as many as are kept have a hash below this, if few are equal.
        let n_rows: usize = self.hashes().iter().map(Vec::len).sum();
        let first = match 4 * RowSketch::MOST_ROWS {
            enough if n_rows > enough => u64::MAX / n_rows as u64 * enough as u64,
            _ => u64::MAX,
        };
        let sketch = self.sketch_up_to(first);
        if first < u64::MAX && sketch.rows().len() < RowSketch::MOST_ROWS {
            self.sketch_up_to(u64::MAX)
        } else {
            sketch
        }
    }

    /// The sketch, of rows with no larger hash.
    fn sketch_up_to(&self, first: u64) -> RowSketch {
        let of_partition = |partition: usize| {
            let mut sketch = RowSketch::default();
            let mut waiting: Vec<(u64, u64)> = Vec::new();
            let mut reach = first;
            self.for_each_of(partition, |hash, counts, is_weightless| {
                for (key, count) in OF_CLASS.into_iter().zip(counts) {
                    let hash = mixed_word(hash ^ key);
                    if count > 0 && hash <= reach && !is_weightless {
                        waiting.push((hash, count));
                    }
                }
                // Once there are enough rows, ever fewer have a hash that is small enough.
                if waiting.len() >= 2 * RowSketch::MOST_ROWS {
                    let joined = std::mem::take(&mut sketch).joined(&std::mem::take(&mut waiting));
                    (reach, sketch) = (first.min(joined.reach()), joined);
                }
            });
            sketch.joined(&waiting)
        };
        let sketches = (0..self.hashes().len()).into_par_iter().map(of_partition);
        sketches.reduce(RowSketch::default, |all, of_partition| all.joined(of_partition.rows()))
    }

    /// Hands over the hash of each row, its counts, and whether it weighs nothing.
    fn for_each(&self, mut take: impl FnMut(u64, [u64; 2], bool)) {
        (0..self.hashes().len()).for_each(|partition| self.for_each_of(partition, &mut take));
    }

    fn for_each_of(&self, partition: usize, mut take: impl FnMut(u64, [u64; 2], bool)) {
        let counts = self.counts(partition);
        for (row, hash) in self.hashes()[partition].iter().enumerate() {
            take(*hash, counts.get(row), self.is_weightless(partition, row));
        }
    }

    fn counts(&self, partition: usize) -> &Counts {
        match &self.rows.rows {
            Rows::Counted(rows) => &rows.counts,
            Rows::Uncounted(partitions) => &partitions[partition].counts,
        }
    }

    fn is_weightless(&self, partition: usize, row: usize) -> bool {
        match &self.rows.rows {
            Rows::Counted(_) => false,
            Rows::Uncounted(partitions) => partitions[partition].weights.as_ref().is_some_and(|all| all[row] == 0.0),
        }
    }
}

/// The hash of a cell. One product does not mix small whole numbers enough for sums of several to differ.
#[inline]
fn cell(value: u64, key: u64) -> u64 {
    mixed_word(mixed_word(value ^ key) ^ key)
}

#[inline]
fn number(value: f64, key: u64) -> u64 {
    // Two zeros are equal, and so are all that is missing.
    cell(if value.is_nan() { f64::NAN.to_bits() } else { (value + 0.0).to_bits() }, key)
}

fn levels(levels: &[String], key: u64) -> Vec<u64> {
    levels.iter().map(|level| cell(group_key(level), key)).collect()
}

/// Adds the hash of each row's code to that of the row.
fn add(sums: &mut [u64], codes: &Codes, of_codes: &[u64]) {
    with_codes!(codes, codes => {
        for (sum, code) in sums.iter_mut().zip(codes) {
            *sum = sum.wrapping_add(of_codes[as_index(*code)]);
        }
    });
}

fn finished(mut sums: Vec<u64>) -> Vec<u64> {
    sums.iter_mut().for_each(|sum| *sum = mixed_word(*sum));
    sums
}

fn counted(rows: &CountedRows, keys: &[Option<u64>]) -> Vec<u64> {
    let mut sums = vec![0; rows.n_rows()];
    for ((column, key), digits) in keys.iter().enumerate().zip(&rows.digits) {
        let Some(key) = *key else { continue };
        let of_digits: Vec<u64> = match rows.numeric.get(column) {
            Some(values) => values.iter().map(|value| number(*value, key)).collect(),
            None => levels(&rows.categorical[column - rows.numeric.len()], key),
        };
        add(&mut sums, digits, &of_digits);
    }
    finished(sums)
}

fn uncounted(rows: &UncountedRows, keys: &[Option<u64>]) -> Vec<u64> {
    let mut sums = vec![0; rows.n_rows()];
    for (numbers, key) in rows.numeric.iter().zip(keys) {
        if let Some(key) = *key {
            add_numbers(&mut sums, numbers, key);
        }
    }
    for (column, key) in rows.categorical.iter().zip(&keys[rows.numeric.len()..]) {
        if let Some(key) = *key {
            add(&mut sums, &column.codes, &levels(&column.levels, key));
        }
    }
    finished(sums)
}

fn add_numbers(sums: &mut [u64], numbers: &UncountedNumbers, key: u64) {
    with_numbers!(&numbers.values, values => {
        for (row, (sum, value)) in sums.iter_mut().zip(values).enumerate() {
            let value = if numbers.is_missing(row) { f64::NAN } else { f64::from(*value) };
            *sum = sum.wrapping_add(number(value, key));
        }
    });
}

/// How often each value of a column is among the observations of some rows, in no order.
fn sampled_values(partitions: &[UncountedRows], column: usize, n_numeric: usize) -> Vec<u64> {
    let n_rows: usize = partitions.iter().map(UncountedRows::n_rows).sum();
    let step = n_rows.div_ceil(SAMPLED_ROWS).max(1);
    let all = partitions.iter().flat_map(|rows| (0..rows.n_rows()).map(move |row| (rows, row)));
    let mut values: Vec<(u64, u64)> = Vec::new();
    for (rows, row) in all.step_by(step) {
        let value = if let Some(numbers) = rows.numeric.get(column) {
            number(numbers.get(row), 0)
        } else {
            let levels = &rows.categorical[column - n_numeric];
            // Codes are those of a partition, texts are not.
            group_key(&levels.levels[levels.codes.get(row) as usize])
        };
        values.push((value, rows.counts.get(row).into_iter().sum()));
    }
    counted_runs(values)
}

/// The rows of some thousand observations at equal distances.
fn sampled_observations(counts: &Counts) -> Vec<usize> {
    let totals = || (0..counts.len()).map(|row| counts.get(row).into_iter().sum::<u64>());
    let step = totals().sum::<u64>().div_ceil(SAMPLED_ROWS as u64).max(1);
    let (mut sampled, mut next) = (Vec::new(), 0);
    totals().enumerate().fold(0, |before, (row, n)| {
        while next < before + n {
            sampled.push(row);
            next += step;
        }
        before + n
    });
    sampled
}

/// How often each value is there, in no order: of values with how often each was seen.
fn counted_runs(mut values: Vec<(u64, u64)>) -> Vec<u64> {
    values.sort_unstable();
    values.chunk_by(|a, b| a.0 == b.0).map(|same| same.iter().map(|(_, n)| n).sum()).collect()
}

/// The share of the pairs of observations with the same value, where each value has so many observations.
fn share_of_pairs(counts: &[u64]) -> f64 {
    let n: f64 = counts.iter().map(|n| *n as f64).sum();
    let pairs: f64 = counts.iter().map(|n| *n as f64 * (*n as f64 - 1.0)).sum();
    if n > 1.0 { pairs.max(0.0) / (n * (n - 1.0)) } else { 0.0 }
}
