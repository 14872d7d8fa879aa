//! In how many observations one to four features hold at once.
//!
//! An additive logistic model sees the labels through the margin of each feature alone, so only the saturated bound needs
//! the observations of class 1 counted as well. Counts are summed over the rows that differ, so what a row stands for does not matter for the time:
//! for each pair, the rows that have both add their weight to the further pairs that they have.

use rayon::prelude::*;

use crate::candidates::{Row, Table};
use crate::control::Control;

/// Which observations are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    All,
    /// Those of class 1.
    Ones,
}

/// Counts of all intersections of one to four features, each found by ascending indices; the last one is contiguous.
pub(crate) struct Intersections {
    width: usize,
    /// Observations in all.
    all: f64,
    singles: Vec<f64>,
    pairs: Vec<f64>,
    triples: Vec<f64>,
    quads: Vec<f64>,
    /// Where the triples that start with a pair start.
    triple_starts: Vec<usize>,
    /// Where the quads that start with a triple start.
    quad_starts: Vec<usize>,
}

impl Intersections {
    /// Counts the rows of a table. What is counted is of no use if the search was over before the end.
    pub(crate) fn new(table: &Table, counted: Counted, control: &Control) -> Self {
        let width = table.width();
        let mut triple_starts = Vec::new();
        let mut quad_starts = Vec::new();
        let (mut triples, mut quads) = (0, 0);
        for i in 0..width {
            for j in i + 1..width {
                triple_starts.push(triples);
                triples += width - j - 1;
                for k in j + 1..width {
                    quad_starts.push(quads);
                    quads += width - k - 1;
                }
            }
        }
        let mut counts = Self {
            width,
            all: match counted {
                Counted::All => table.n,
                Counted::Ones => table.classes[1] as f64,
            },
            singles: vec![0.0; width],
            pairs: vec![0.0; width * width],
            triples: vec![0.0; triples],
            quads: vec![0.0; quads],
            triple_starts,
            quad_starts,
        };
        match counted {
            Counted::All => counts.count(&table.rows, control),
            Counted::Ones => {
                let ones: Vec<Row> =
                    table.rows.iter().filter(|row| row.ones > 0).map(|row| Row { n: row.ones, ..*row }).collect();
                counts.count(&ones, control);
            }
        }
        counts
    }

    fn count(&mut self, rows: &[Row], control: &Control) {
        let width = self.width;
        let mut pieces = Vec::with_capacity(width);
        let (mut triples, mut quads) = (self.triples.as_mut_slice(), self.quads.as_mut_slice());
        for (i, (single, pairs)) in self.singles.iter_mut().zip(self.pairs.chunks_exact_mut(width)).enumerate() {
            let later = width - i - 1;
            let (triple, triple_rest) = triples.split_at_mut(later * later.saturating_sub(1) / 2);
            let (quad, quad_rest) = quads.split_at_mut(later * later.saturating_sub(1) * later.saturating_sub(2) / 6);
            (triples, quads) = (triple_rest, quad_rest);
            pieces.push((i, single, pairs, triple, quad));
        }
        // One task for each, as the first ones have most to do.
        pieces.into_par_iter().with_max_len(1).for_each(|(i, single, pairs, mut triples, mut quads)| {
            let with_i: Vec<Row> = rows.iter().copied().filter(|row| row.features >> i & 1 == 1).collect();
            *single = sum(&with_i);
            let mut with_j: Vec<Row> = Vec::new();
            for (j, pair) in pairs.iter_mut().enumerate().skip(i + 1) {
                if control.is_over() {
                    return;
                }
                let later = width - j - 1;
                let (triple, triple_rest) = std::mem::take(&mut triples).split_at_mut(later);
                let (quad, quad_rest) = std::mem::take(&mut quads).split_at_mut(later * later.saturating_sub(1) / 2);
                (triples, quads) = (triple_rest, quad_rest);
                with_j.clear();
                with_j.extend(with_i.iter().filter(|row| row.features >> j & 1 == 1));
                *pair = sum(&with_j);
                pairs_within(&with_j, j + 1, triple, quad);
            }
        });
    }

    /// How many features there are.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Observations in which each feature holds.
    pub(crate) fn singles(&self) -> &[f64] {
        &self.singles
    }

    /// Observations in which `i` and each later feature hold.
    pub(crate) fn pairs(&self, i: usize) -> &[f64] {
        &self.pairs[i * self.width + i + 1..(i + 1) * self.width]
    }

    fn pair_rank(&self, i: usize, j: usize) -> usize {
        i * (2 * self.width - i - 1) / 2 + j - i - 1
    }

    /// Observations in which `i < j` and each later feature hold.
    pub(crate) fn triples(&self, i: usize, j: usize) -> &[f64] {
        let start = self.triple_starts[self.pair_rank(i, j)];
        &self.triples[start..start + self.width - j - 1]
    }

    /// Observations in which `i < j < k` and each later feature hold.
    pub(crate) fn quads(&self, i: usize, j: usize, k: usize) -> &[f64] {
        let start = self.quad_starts[self.triple_starts[self.pair_rank(i, j)] + k - j - 1];
        &self.quads[start..start + self.width - k - 1]
    }

    /// Observations in which all of up to four ascending features hold.
    pub(crate) fn of(&self, features: &[usize]) -> f64 {
        match *features {
            [] => self.all,
            [i] => self.singles[i],
            [i, j] => self.pairs[i * self.width + j],
            [i, j, k] => self.triples(i, j)[k - j - 1],
            [i, j, k, l] => self.quads(i, j, k)[l - k - 1],
            _ => unreachable!("intersections of five are summed where they are needed"),
        }
    }
}

fn sum(rows: &[Row]) -> f64 {
    rows.iter().map(|row| row.n).sum::<u64>() as f64
}

/// Adds each row's weight to the features from `first` that hold in it, and to the pairs of them.
fn pairs_within(rows: &[Row], first: usize, singles: &mut [f64], pairs: &mut [f64]) {
    let later = singles.len();
    let mut held = [0_usize; 128];
    for row in rows {
        let mut bits = row.features >> first;
        let mut n_held = 0;
        while bits != 0 {
            let place = bits.trailing_zeros() as usize;
            held[n_held] = place;
            n_held += 1;
            singles[place] += row.n as f64;
            bits &= bits - 1;
        }
        for (at, &k) in held[..n_held].iter().enumerate() {
            // Rows of a triangle: the pairs that start with k are preceded by those that start with less.
            let start = k * (2 * later - k - 1) / 2;
            let pairs = &mut pairs[start..start + later - k - 1];
            for &l in &held[at + 1..n_held] {
                pairs[l - k - 1] += row.n as f64;
            }
        }
    }
}

/// Observations of the rows in which each feature holds.
pub(crate) fn margins<'rows>(rows: impl Iterator<Item = &'rows Row>, width: usize) -> Vec<f64> {
    let mut sums = vec![0.0; width];
    for row in rows {
        let mut bits = row.features;
        while bits != 0 {
            sums[bits.trailing_zeros() as usize] += row.n as f64;
            bits &= bits - 1;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::Candidates;

    #[test]
    fn every_intersection_is_the_sum_over_its_rows() {
        let mut state = 7_u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 33
        };
        let columns = (0..8).map(|_| (0..60).map(|_| draw() % 3 == 0).collect()).collect();
        let counts = (0..60).map(|_| [draw() % 5, draw() % 7]).collect();
        let candidates = Candidates::new(columns, counts).expect("a table");
        let table = Table::new(&candidates, 4, 1e-4).expect("features");
        let counts = Intersections::new(&table, Counted::All, &Control::new(&|| false, None));
        assert_eq!(table.padding, 1);
        for set in 0_u32..1 << table.width() {
            if set.count_ones() <= 4 {
                let features: Vec<usize> = (0..table.width()).filter(|feature| set >> feature & 1 == 1).collect();
                let rows = table.rows.iter().filter(|row| row.features & u128::from(set) == u128::from(set));
                assert_eq!(counts.of(&features), rows.map(|row| row.n as f64).sum::<f64>(), "{features:?}");
            }
        }
    }
}
