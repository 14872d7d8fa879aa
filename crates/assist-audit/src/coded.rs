//! Rows as codes: for each column its distinct values in order, and for each row which of them it has. What a search for rules
//! or for slices counts with.

use assist_features::Design;
use assist_metrics::words::number;
use assist_score::FeatureSpace;
use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

/// Whole numbers within so wide a range are coded by a table of that length instead of by sorting.
const NARROW: f64 = 65_536.0;

/// A column of codes.
#[derive(Debug, Clone, PartialEq)]
pub struct CodedColumn {
    /// The column's name.
    pub name: String,
    /// What its codes stand for.
    pub values: CodedValues,
    /// The code of each row, an index of the values.
    pub codes: Vec<u32>,
}

/// What codes stand for.
#[derive(Debug, Clone, PartialEq)]
pub enum CodedValues {
    /// Distinct numbers, ascending; a last NaN stands for a missing one.
    Numbers(Vec<f64>),
    /// Levels in the order of the feature space.
    Levels(Vec<String>),
}

/// The training and the test rows, with how often each was seen with label 0 and with label 1.
#[derive(Debug, Clone, PartialEq)]
pub struct CodedRows {
    /// Numeric columns, then categorical ones, in the order of the feature space.
    pub columns: Vec<CodedColumn>,
    /// Observations of class 0 and class 1 of each row.
    pub counts: Vec<[u64; 2]>,
    /// The rows before this one are training rows, the others test rows.
    pub n_train: usize,
    /// A number that the rows of one group have in common, such as those of a user; `None` where rows are not grouped.
    pub clusters: Option<Vec<u32>>,
}

impl CodedValues {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Levels(levels) => levels.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many numbers there are, a missing one not counted; `None` for levels.
    pub fn n_numbers(&self) -> Option<usize> {
        match self {
            Self::Numbers(numbers) => Some(numbers.len() - usize::from(numbers.last().is_some_and(|v| v.is_nan()))),
            Self::Levels(_) => None,
        }
    }
}

impl CodedRows {
    /// Codes the rows of two designs of one feature space whose numeric columns are plain numbers.
    pub fn new(space: &FeatureSpace, train: &Design, test: &Design) -> Self {
        let numeric = space.numeric.par_iter().enumerate().map(|(index, column)| {
            let mut numbers = train.numbers(index);
            numbers.extend(test.numbers(index));
            let (values, codes) = coded_numbers(&numbers);
            CodedColumn { name: column.name.clone(), values: CodedValues::Numbers(values), codes }
        });
        let categorical = space.categorical.par_iter().enumerate().map(|(index, column)| {
            let mut codes = train.level_codes(index);
            codes.extend(test.level_codes(index));
            CodedColumn { name: column.name.clone(), values: CodedValues::Levels(column.levels.clone()), codes }
        });
        let mut columns: Vec<CodedColumn> = numeric.collect();
        columns.extend(categorical.collect::<Vec<_>>());
        let counts = train.counts().chain(test.counts()).collect();
        let clusters = train.clusters().zip(test.clusters()).or_else(|| Some((train.clusters()?, Vec::new())));
        let clusters = clusters.map(|(of_train, of_test)| [of_train, of_test].concat());
        let clusters = clusters.filter(|clusters| clusters.len() == train.n_rows() + test.n_rows());
        Self { columns, counts, n_train: train.n_rows(), clusters }
    }

    /// Codes training rows alone.
    pub fn of_training(space: &FeatureSpace, train: &Design) -> Self {
        let numbers = (0..space.numeric.len()).into_par_iter().map(|index| coded_numbers(&train.numbers(index)));
        let numeric = space.numeric.iter().zip(numbers.collect::<Vec<_>>());
        let numeric = numeric.map(|(column, (values, codes))| CodedColumn {
            name: column.name.clone(),
            values: CodedValues::Numbers(values),
            codes,
        });
        let categorical = space.categorical.iter().enumerate().map(|(index, column)| CodedColumn {
            name: column.name.clone(),
            values: CodedValues::Levels(column.levels.clone()),
            codes: train.level_codes(index),
        });
        Self {
            columns: numeric.chain(categorical).collect(),
            counts: train.counts().collect(),
            n_train: train.n_rows(),
            clusters: train.clusters(),
        }
    }

    /// How many rows there are.
    pub fn n_rows(&self) -> usize {
        self.counts.len()
    }

    /// Observations of class 0 and class 1 of some rows.
    pub fn class_counts(&self, rows: std::ops::Range<usize>) -> [u64; 2] {
        self.counts[rows].iter().fold([0, 0], |[n0, n1], [a, b]| [n0 + a, n1 + b])
    }

    /// The clusters of the training rows, or of the test rows.
    pub(crate) fn clusters_of(&self, subset: usize) -> Option<&[u32]> {
        let (train, test) = self.clusters.as_ref()?.split_at(self.n_train);
        Some(if subset == 0 { train } else { test })
    }

    /// Of each row the observations of class 1 less those of class 0.
    pub(crate) fn weights(&self) -> Vec<i64> {
        weights(&self.counts)
    }

    /// A number for each row, the same for rows that are equal in every column, and how many such numbers there are.
    pub fn row_keys(&self) -> (Vec<u64>, usize) {
        let mut keys = vec![0_u64; self.n_rows()];
        // Keys are below this bound.
        let mut bound = 1_u64;
        for column in &self.columns {
            let n = column.values.len().max(1) as u64;
            if bound.checked_mul(n).is_none() {
                bound = dense(&mut keys);
            }
            keys.par_iter_mut().zip(&column.codes).for_each(|(key, code)| *key = *key * n + u64::from(*code));
            bound = bound.saturating_mul(n);
        }
        let n_distinct = keys.iter().copied().collect::<HashSet<u64>>().len();
        (keys, n_distinct)
    }

    /// For each test row whether no training row is equal to it in every column.
    pub fn unseen(&self, keys: &[u64]) -> Vec<bool> {
        let (train, test) = keys.split_at(self.n_train);
        let seen: HashSet<u64> = train.iter().copied().collect();
        test.iter().map(|key| !seen.contains(key)).collect()
    }

    /// A row in words: `error_count = 2, device_type = "Phone"`.
    pub fn shown(&self, row: usize) -> String {
        let of_column = |column: &CodedColumn| {
            let code = column.codes[row] as usize;
            match &column.values {
                CodedValues::Numbers(values) if values[code].is_nan() => format!("{} is missing", column.name),
                CodedValues::Numbers(values) => format!("{} = {}", column.name, number(values[code])),
                CodedValues::Levels(levels) => format!("{} = \"{}\"", column.name, levels[code]),
            }
        };
        self.columns.iter().map(of_column).collect::<Vec<_>>().join(", ")
    }
}

/// Of each row the observations of class 1 less those of class 0, of which there are at most 2^53 of each.
pub(crate) fn weights(counts: &[[u64; 2]]) -> Vec<i64> {
    counts.iter().map(|[n0, n1]| n1.cast_signed() - n0.cast_signed()).collect()
}

/// Replaces keys by numbers below the count of distinct ones, which it gives.
fn dense(keys: &mut [u64]) -> u64 {
    let mut number_of: HashMap<u64, u64> = HashMap::new();
    for key in keys {
        let next = number_of.len() as u64;
        *key = *number_of.entry(*key).or_insert(next);
    }
    number_of.len() as u64
}

/// Distinct numbers, ascending, a NaN last, and the place of each number among them.
fn coded_numbers(numbers: &[f64]) -> (Vec<f64>, Vec<u32>) {
    let present = || numbers.iter().filter(|number| !number.is_nan());
    let low = present().copied().fold(f64::INFINITY, f64::min);
    let high = present().copied().fold(f64::NEG_INFINITY, f64::max);
    if high - low < NARROW && present().all(|number| number.fract() == 0.0) {
        return coded_by_table(numbers, low, high);
    }
    let mut sorted: Vec<(f64, u32)> = numbers.iter().map(|number| *number + 0.0).zip(0..).collect();
    // A positive NaN comes after all numbers.
    sorted.par_sort_unstable_by(|a, b| a.0.abs_nan().total_cmp(&b.0.abs_nan()));
    let mut values: Vec<f64> = Vec::new();
    let mut codes = vec![0; numbers.len()];
    for (value, row) in sorted {
        if values.last().is_none_or(|last| last.to_bits() != value.abs_nan().to_bits()) {
            values.push(value.abs_nan());
        }
        codes[row as usize] = u32::try_from(values.len() - 1).expect("rows are counted with 32 bits");
    }
    (values, codes)
}

fn coded_by_table(numbers: &[f64], low: f64, high: f64) -> (Vec<f64>, Vec<u32>) {
    const UNSEEN: u32 = u32::MAX;
    // The last place is that of missing numbers.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and within the range")]
    let place =
        |number: f64| if number.is_nan() { (high - low).max(-1.0) as usize + 1 } else { (number - low) as usize };
    let mut codes = vec![UNSEEN; place(f64::NAN) + 1];
    numbers.iter().for_each(|number| codes[place(*number)] = 0);
    let mut values = Vec::new();
    let last = codes.len() - 1;
    for (at, code) in codes.iter_mut().enumerate().filter(|(_, code)| **code != UNSEEN) {
        *code = u32::try_from(values.len()).unwrap_or(UNSEEN);
        values.push(if at == last { f64::NAN } else { low + at as f64 });
    }
    let codes = numbers.iter().map(|number| codes[place(*number)]).collect();
    (values, codes)
}

/// One NaN for all of them, the one that sorts last.
trait AbsNan {
    fn abs_nan(self) -> Self;
}

impl AbsNan for f64 {
    fn abs_nan(self) -> Self {
        if self.is_nan() { f64::NAN.copysign(1.0) } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_coded_in_their_order_and_missing_ones_come_last() {
        for numbers in [vec![3.0, -1.0, f64::NAN, 3.0, -0.0, 0.0], vec![3.5, -1.0, f64::NAN, 3.5, -0.0, 0.0]] {
            let (values, codes) = coded_numbers(&numbers);
            assert_eq!(codes, [2, 0, 3, 2, 1, 1]);
            assert_eq!(values[..3], [-1.0, 0.0, numbers[0]]);
            assert!(values[3].is_nan() && values.len() == 4);
        }
        assert_eq!(coded_numbers(&[]), (vec![], vec![]));
        let (values, codes) = coded_numbers(&[f64::NAN]);
        assert!(values[0].is_nan() && codes == [0]);
    }

    #[test]
    fn equal_rows_have_equal_keys_even_where_products_overflow() {
        let n = 70_000_u32;
        let column = |step: u32| CodedColumn {
            name: "c".into(),
            values: CodedValues::Numbers((0..n).map(f64::from).collect()),
            codes: (0..n).map(|row| row / 2 * step % n).collect(),
        };
        let rows = CodedRows {
            columns: vec![column(1), column(3), column(7), column(11), column(13)],
            counts: vec![[1, 0]; n as usize],
            n_train: 35_001,
            clusters: None,
        };
        let (keys, n_distinct) = rows.row_keys();
        assert_eq!(n_distinct, 35_000);
        assert!(keys.chunks(2).all(|pair| pair[0] == pair[1]));
        // Row 35,000 is a training row and its twin is a test row.
        let unseen = rows.unseen(&keys);
        assert_eq!(unseen.iter().filter(|unseen| !**unseen).count(), 1);
        assert!(!unseen[0]);
    }
}
