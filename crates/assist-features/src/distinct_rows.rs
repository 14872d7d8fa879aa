//! The table of counts as a table: the distinct rows with their counts, in an order that only their values decide.

use std::cmp::Ordering;

use assist_data::MISSING;
use assist_score::MISSING_LEVEL;
use rayon::prelude::*;

use crate::encoded::Encoded;
use crate::rows::Rows;
use crate::uncounted_rows::UncountedRows;

/// The distinct rows, column by column, with how often each was seen. They are in the order of their values: by the first column,
/// among equal ones by the second, and so on; numbers ascending, levels by code point, missing cells last.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DistinctRows {
    /// The columns, numeric ones first, in the schema's order.
    pub columns: Vec<DistinctColumn>,
    /// For each row the observations of class 0 and of class 1.
    pub counts: Vec<[u64; 2]>,
}

/// A column of distinct rows.
#[derive(Debug, Clone, PartialEq)]
pub enum DistinctColumn {
    /// The numbers of the rows; NaN where one is missing.
    Numbers(Vec<f64>),
    /// The levels of a column.
    Levels {
        /// The levels, sorted.
        levels: Vec<String>,
        /// For each row the place of its level, one beyond the last where it is missing.
        places: Vec<u32>,
    },
}

/// The values of a column, and for each row the place of its value among them, which are sorted; missing ones come last.
struct Ranked<T> {
    values: Vec<T>,
    places: Vec<u32>,
}

impl Encoded {
    /// The distinct rows. Numbers of one declared bin are one value. Neither weights nor groups are looked at.
    pub fn distinct_rows(&self) -> DistinctRows {
        let n_numeric = self.schema.numeric.len();
        let numeric = (0..n_numeric).into_par_iter();
        let categorical = (0..self.schema.categorical.len()).into_par_iter();
        let by_number = |a: &f64, b: &f64| a.total_cmp(b);
        let in_bins = |column: usize, values: &mut [f64]| {
            let role = &self.schema.numeric[column].1;
            let of_bins = role.of_bins();
            if !of_bins.is_empty() {
                for value in values.iter_mut().filter(|value| !value.is_nan()) {
                    *value = of_bins[role.cuts.partition_point(|cut| *cut < *value)];
                }
            }
        };
        match &self.rows {
            Rows::Counted(rows) if rows.n_rows() == 0 => DistinctRows::default(),
            Rows::Counted(rows) => {
                let digits = |column: usize| (0..rows.n_rows()).map(|row| rows.digits[column].get(row)).collect();
                let numbers = |column: usize| {
                    let mut values = rows.numeric[column].clone();
                    in_bins(column, &mut values);
                    ranked(&values, digits(column), by_number, |value| value.is_nan())
                };
                let levels =
                    |column: usize| ranked(&rows.categorical[column], digits(n_numeric + column), Ord::cmp, is_marker);
                let counts: Vec<[u64; 2]> = (0..rows.n_rows()).map(|row| rows.counts.get(row)).collect();
                merged(&numeric.map(numbers).collect::<Vec<_>>(), categorical.map(levels).collect(), &counts)
            }
            Rows::Uncounted(partitions) => {
                let numbers = |column: usize| {
                    let of_partition = |rows: &UncountedRows| {
                        // -0 is 0.
                        (0..rows.n_rows()).map(|row| rows.numeric[column].get(row) + 0.0).collect::<Vec<f64>>()
                    };
                    let mut values: Vec<f64> = partitions.iter().flat_map(of_partition).collect();
                    in_bins(column, &mut values);
                    let own = (0..).take(values.len()).collect();
                    ranked(&values, own, by_number, |value| value.is_nan())
                };
                let levels = |column: usize| {
                    let (mut levels, mut codes) = (Vec::new(), Vec::new());
                    for rows in partitions {
                        let of_partition = &rows.categorical[column];
                        let before = u32::try_from(levels.len()).expect("no more levels than rows");
                        codes.extend((0..rows.n_rows()).map(|row| before + of_partition.codes.get(row)));
                        levels.extend(of_partition.levels.iter().enumerate().map(|(code, level)| {
                            if code == MISSING as usize { MISSING_LEVEL.to_owned() } else { level.clone() }
                        }));
                    }
                    ranked(&levels, codes, Ord::cmp, is_marker)
                };
                let counts_of = |rows: &UncountedRows| {
                    (0..rows.n_rows()).map(|row| rows.counts.get(row)).collect::<Vec<[u64; 2]>>()
                };
                let counts: Vec<[u64; 2]> = partitions.iter().flat_map(counts_of).collect();
                merged(&numeric.map(numbers).collect::<Vec<_>>(), categorical.map(levels).collect(), &counts)
            }
        }
    }
}

fn is_marker(level: &String) -> bool {
    level == MISSING_LEVEL
}

/// Gives rows the places of their values. `codes` says which of `values` a row has; several of them may be equal.
fn ranked<T: Clone>(
    values: &[T],
    codes: Vec<u32>,
    compare: impl Fn(&T, &T) -> Ordering,
    is_missing: impl Fn(&T) -> bool,
) -> Ranked<T> {
    let mut order: Vec<u32> = (0..).take(values.len()).filter(|i: &u32| !is_missing(&values[*i as usize])).collect();
    order.sort_unstable_by(|a, b| compare(&values[*a as usize], &values[*b as usize]));
    let mut place_of = vec![u32::MAX; values.len()];
    let mut distinct: Vec<T> = Vec::new();
    for index in order {
        let value = &values[index as usize];
        if distinct.last().is_none_or(|last| compare(last, value) != Ordering::Equal) {
            distinct.push(value.clone());
        }
        place_of[index as usize] = u32::try_from(distinct.len() - 1).expect("no more values than rows");
    }
    let beyond = u32::try_from(distinct.len()).expect("no more values than rows");
    place_of.iter_mut().for_each(|place| *place = (*place).min(beyond));
    let places = codes.into_iter().map(|code| place_of[code as usize]).collect();
    Ranked { values: distinct, places }
}

/// Sorts rows by their places and puts equal ones together.
fn merged(numeric: &[Ranked<f64>], categorical: Vec<Ranked<String>>, counts: &[[u64; 2]]) -> DistinctRows {
    let places: Vec<&[u32]> = numeric
        .iter()
        .map(|column| column.places.as_slice())
        .chain(categorical.iter().map(|column| column.places.as_slice()))
        .collect();
    let compare = |a: &u32, b: &u32| {
        let of_column = |places: &&[u32]| places[*a as usize].cmp(&places[*b as usize]);
        places.iter().map(of_column).find(|ordering| *ordering != Ordering::Equal).unwrap_or(Ordering::Equal)
    };
    let mut order: Vec<u32> = (0..).take(counts.len()).collect();
    if !order.is_sorted_by(|a, b| compare(a, b) != Ordering::Greater) {
        order.par_sort_unstable_by(compare);
    }
    let (mut firsts, mut sums): (Vec<u32>, Vec<[u64; 2]>) = (Vec::new(), Vec::new());
    for row in order {
        let [n0, n1] = counts[row as usize];
        match (firsts.last(), sums.last_mut()) {
            (Some(first), Some(sum)) if compare(first, &row) == Ordering::Equal => *sum = [sum[0] + n0, sum[1] + n1],
            _ => {
                firsts.push(row);
                sums.push([n0, n1]);
            }
        }
    }
    let numbers = numeric.iter().map(|column| {
        let number = |row: &u32| {
            let place = column.places[*row as usize];
            column.values.get(place as usize).copied().unwrap_or(f64::NAN)
        };
        DistinctColumn::Numbers(firsts.iter().map(number).collect())
    });
    let mut columns: Vec<DistinctColumn> = numbers.collect();
    columns.extend(categorical.into_iter().map(|column| DistinctColumn::Levels {
        places: firsts.iter().map(|row| column.places[*row as usize]).collect(),
        levels: column.values,
    }));
    DistinctRows { columns, counts: sums }
}
