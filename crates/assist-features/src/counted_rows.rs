//! The table of counts of all threads: the sum of theirs, put into the order of the values, so that neither the order of the
//! rows nor the number of threads can be seen in the result.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use assist_score::MISSING_LEVEL;

use crate::column::{Codes, NumericValues, as_code, as_index, with_codes};
use crate::error::Stop;
use crate::layout::{Binned, Layout};
use crate::rejects::Rejects;
use crate::row_counter::{RowCounter, for_each_cell, n_cells_of, strides_of};
use crate::segment::{Count, Counts, NumericDesign, Segment, are_narrow, with_counts};

/// One subset of the split: distinct rows in the order of their values, the first column varying slowest.
#[derive(Debug, Clone)]
pub(crate) struct CountedRows {
    /// Distinct values, ascending; a last NaN stands for a missing one.
    pub(crate) numeric: Vec<Vec<f64>>,
    /// Distinct levels, sorted by code point.
    pub(crate) categorical: Vec<Vec<String>>,
    /// The digits of each column, row by row: numeric columns, then categorical ones.
    pub(crate) digits: Vec<Codes>,
    pub(crate) counts: Counts,
    /// Observations of rows that the training subset has as well.
    pub(crate) in_training: u64,
}

impl CountedRows {
    /// The sum of the tables of all threads, which have counted so many observations: the training rows and the test rows.
    pub(crate) fn merged(counters: Vec<RowCounter>, observations: u64, most_cells: usize) -> Result<[Self; 2], Stop> {
        if are_narrow(observations) {
            Self::merged_as::<u32>(counters, most_cells)
        } else {
            Self::merged_as::<u64>(counters, most_cells)
        }
    }

    fn merged_as<N: Count + From<u8>>(counters: Vec<RowCounter>, most_cells: usize) -> Result<[Self; 2], Stop> {
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
        let mut cells = vec![[N::default(); 4]; n_cells];
        for counter in &counters {
            let mut steps: Vec<Vec<usize>> = Vec::with_capacity(radices.len());
            for (column, sorted) in counter.numeric.iter().zip(&numeric) {
                let place = |value: &f64| sorted.binary_search_by(|known| known.total_cmp(value)).unwrap_or(0);
                steps.push(column.values.iter().map(place).collect());
            }
            for (column, sorted) in counter.categorical.iter().zip(&categorical) {
                steps.push(column.levels.iter().map(|level| sorted.binary_search(level).unwrap_or(0)).collect());
            }
            for (steps, stride) in steps.iter_mut().zip(strides_of(&radices)) {
                steps.iter_mut().for_each(|step| *step *= stride);
            }
            add_cells(&counter.full_cells::<N>(), &counter.radices, &steps, &mut cells);
        }
        drop(counters);
        let subset = |subset: usize| Self::of_subset(&numeric, &categorical, &cells, &radices, subset);
        let (train, test) = rayon::join(|| subset(0), || subset(1));
        Ok([train, test])
    }

    fn empty() -> Self {
        let counts = Counts::Many(Vec::new());
        Self { numeric: Vec::new(), categorical: Vec::new(), digits: Vec::new(), counts, in_training: 0 }
    }

    fn of_subset<N: Count>(
        numeric: &[Vec<f64>],
        categorical: &[Vec<String>],
        cells: &[[N; 4]],
        radices: &[usize],
        subset: usize,
    ) -> Self {
        let of_subset = |cell: &[N; 4]| [cell[2 * subset], cell[2 * subset + 1]];
        let none = [N::default(); 2];
        let n_rows = cells.iter().filter(|cell| of_subset(cell) != none).count();
        let mut counts = Vec::with_capacity(n_rows);
        let mut places = Vec::with_capacity(n_rows);
        let mut in_training: u64 = 0;
        for (place, cell) in (0_u32..).zip(cells) {
            let counts_of_row = of_subset(cell);
            if counts_of_row != none {
                counts.push(counts_of_row);
                places.push(place);
                if [cell[0], cell[1]] != none {
                    in_training += counts_of_row.map(Into::into).iter().sum::<u64>();
                }
            }
        }
        let mut stride: usize = radices.iter().product();
        let mut digits = Vec::with_capacity(radices.len());
        for radix in radices {
            stride /= radix;
            digits.push(digits_of(&places, u32::try_from(stride).unwrap_or(u32::MAX), *radix));
        }
        Self {
            numeric: numeric.to_vec(),
            categorical: categorical.to_vec(),
            digits,
            counts: N::counts(counts),
            in_training,
        }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.counts.len()
    }

    /// How often each value of a column was seen.
    pub(crate) fn totals(&self, column: usize) -> Vec<u64> {
        let n = self.numeric.get(column).map_or_else(|| self.categorical[column - self.numeric.len()].len(), Vec::len);
        let mut totals: Vec<u64> = vec![0; n];
        with_codes!(&self.digits[column], digits => with_counts!(&self.counts, counts => {
            for (digit, [n0, n1]) in digits.iter().zip(counts) {
                totals[as_index(*digit)] += u64::from(*n0) + u64::from(*n1);
            }
        }));
        totals
    }

    /// Observations without a value in a column.
    pub(crate) fn missing_of(&self, column: usize) -> u64 {
        let place = if let Some(values) = self.numeric.get(column) {
            values.iter().position(|value| value.is_nan())
        } else {
            let levels = &self.categorical[column - self.numeric.len()];
            levels.binary_search_by(|level| level.as_str().cmp(MISSING_LEVEL)).ok()
        };
        place.map_or(0, |place| self.totals(column)[place])
    }

    /// The rows as a segment of a design. `codes` has for each categorical column the code of each level, `keep` tells which
    /// values each numeric column takes; rows with another level or value are counted and left out.
    pub(crate) fn into_segment(
        mut self,
        layout: &Layout,
        keep: &[Vec<bool>],
        codes: &[Vec<Option<u32>>],
    ) -> (Segment, Rejects) {
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
        let mut rejects = Rejects::new(self.digits.len());
        if !is_partial.is_empty() {
            let is_taken = |row: &u32| {
                is_partial.iter().all(|column| takes(*column, self.digits[*column].get(*row as usize) as usize))
            };
            let n_rows = u32::try_from(self.n_rows()).expect("rows were counted with 32 bits");
            let (kept, left): (Vec<u32>, Vec<u32>) = (0..n_rows).partition(is_taken);
            for row in left.iter().map(|row| *row as usize) {
                let observations = self.counts.get(row).into_iter().sum();
                rejects.rows += observations;
                for column in &is_partial {
                    let digit = self.digits[*column].get(row);
                    match self.numeric.get(*column) {
                        _ if takes(*column, digit as usize) => {}
                        Some(values) => rejects.add_number(*column, values[digit as usize], observations),
                        None => rejects.add_code(*column, digit, observations),
                    }
                }
            }
            for (column, levels) in (n_numeric..).zip(&self.categorical) {
                rejects.name_codes(column, levels);
            }
            self.digits = self.digits.iter().map(|digits| digits.select(&kept)).collect();
            self.counts = self.counts.select(&kept);
        }
        let n_rows = self.n_rows();
        let numeric = layout.unbinned.iter().zip(&layout.fills).map(|(place, fill)| {
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
            counts: self.counts,
            clusters: None,
            weights: None,
        };
        (segment, rejects)
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
fn add_cells<N: Count>(from: &[[N; 4]], radices: &[usize], steps: &[Vec<usize>], to: &mut [[N; 4]]) {
    // All cells are at the same place of a column of one value.
    let (several, single): (Vec<_>, Vec<_>) = radices.iter().zip(steps).partition(|(radix, _)| **radix > 1);
    let Some(base) = single.iter().map(|(_, steps)| steps.first().copied()).sum::<Option<usize>>() else { return };
    let (radices, steps): (Vec<usize>, Vec<&Vec<usize>>) =
        several.into_iter().map(|(radix, steps)| (*radix, steps)).unzip();
    let to = &mut to[base..];
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
        for (cell, step) in row.iter().zip(*last_steps) {
            let target = &mut to[start + step];
            (0..4).for_each(|i| target[i] += cell[i]);
        }
    });
}
