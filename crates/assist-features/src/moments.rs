//! `X' diag(d) X`, block by block from the coded columns: sums of products of dense columns, sums of dense columns code by
//! code, and counts of pairs of codes. The intercept is a last column of ones.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use ndarray::Array2;
use rayon::prelude::*;

use crate::block::{Block, padded};
use crate::column::{Codes, as_index, with_codes};
use crate::design::Design;
use crate::kernels::{dot, multiply, sum};
use crate::layout::{Group, Layout};
use assist_score::logistic::BlockVector;

/// `X' diag(d) X` on its way, for `N` vectors `d` at once.
#[derive(Debug, Clone)]
pub struct Moments<const N: usize> {
    of_one: [MomentsWithDense; N],
    /// For each pair of groups the sums by both codes. Those of all vectors lie side by side, because a row adds to all.
    pairs: Vec<Vec<[f64; N]>>,
    /// The entries of the vectors that have not gone into the pairs yet.
    waiting: Vec<[f64; N]>,
}

/// The moments in which a dense column takes part, the ones among them.
#[derive(Debug, Clone)]
struct MomentsWithDense {
    /// Lower triangle over the dense columns, the ones last.
    dense: Vec<f64>,
    /// For each group the sums of the dense columns and the ones, code by code.
    groups: Vec<Vec<f64>>,
}

impl Design {
    /// `X' diag(d) X`, `n_features + 1` by `n_features + 1`, the intercept last. `d` has `n_rows` entries.
    ///
    /// # Panics
    ///
    /// Where `d` has another length.
    pub fn sandwich(&self, d: &[f64]) -> Array2<f64> {
        assert_eq!(d.len(), self.n_rows(), "one entry a row");
        let shards = self.fold(
            self.n_moments(),
            || self.no_moments(),
            |moments, block, first| {
                block.add_moments([&padded(&d[first..first + block.n_rows()])], moments);
            },
        );
        let [matrix] = self.moment_matrices(shards);
        matrix
    }

    /// How many numbers the moments of one vector are.
    pub fn n_moments(&self) -> usize {
        let codes: Vec<usize> = self.layout.groups.iter().map(|group| group.n_codes).collect();
        let n_pairs: usize = (0..codes.len()).map(|b| codes[..b].iter().map(|a| a * codes[b]).sum::<usize>()).sum();
        let n_dense = self.layout.n_dense() + 1;
        n_pairs + (codes.iter().sum::<usize>() + n_dense) * n_dense
    }

    /// Moments to start from.
    pub fn no_moments<const N: usize>(&self) -> Moments<N> {
        let width = self.layout.n_dense() + 1;
        let codes: Vec<usize> = self.layout.groups.iter().map(|group| group.n_codes).collect();
        let pairs = (0..codes.len()).flat_map(|b| codes[..b].iter().map(move |a| (a, b)));
        Moments {
            of_one: std::array::from_fn(|_| MomentsWithDense {
                dense: vec![0.0; width * (width + 1) / 2],
                groups: codes.iter().map(|n| vec![0.0; n * width]).collect(),
            }),
            pairs: pairs.map(|(a, b)| vec![[0.0; N]; a * codes[b]]).collect(),
            waiting: Vec::new(),
        }
    }

    /// The moments of all shards as symmetric matrices of `n_features + 1` rows, the intercept last.
    pub fn moment_matrices<const N: usize>(&self, shards: Vec<Moments<N>>) -> [Array2<f64>; N] {
        let total = shards.into_iter().reduce(Moments::plus).unwrap_or_else(|| self.no_moments());
        let matrices: Vec<Array2<f64>> = (0..N).into_par_iter().map(|k| self.moment_matrix(&total, k)).collect();
        matrices.try_into().expect("one for each vector")
    }

    fn moment_matrix<const N: usize>(&self, moments: &Moments<N>, k: usize) -> Array2<f64> {
        let layout = &self.layout;
        let size = self.n_features() + 1;
        let width = layout.n_dense() + 1;
        // The ones stand last among the dense columns, and last of all in the matrix.
        let place = |dense: usize| if dense + 1 == width { size - 1 } else { layout.feature_of_dense(dense) };
        let mut matrix = Array2::zeros((size, size));
        let mut of_dense = moments.of_one[k].dense.iter();
        for i in 0..width {
            for (j, sum) in (0..=i).zip(&mut of_dense) {
                add_lower(&mut matrix, place(i), place(j), *sum);
            }
        }
        for (group, by_code) in layout.groups.iter().zip(&moments.of_one[k].groups) {
            for (code, sums) in by_code.chunks_exact(width).enumerate() {
                let features = features_of(layout, group, code);
                for (i, feature) in features.iter().enumerate() {
                    for (dense, sum) in sums.iter().enumerate() {
                        add_lower(&mut matrix, *feature, place(dense), *sum);
                    }
                    // Within a group the sum of the ones is the sum over the rows that have both levels.
                    for other in &features[..=i] {
                        add_lower(&mut matrix, *feature, *other, sums[width - 1]);
                    }
                }
            }
        }
        // Codes and features side by side: a code has as many features as the group has columns, less the references.
        let features: Vec<Vec<(usize, usize)>> = layout
            .groups
            .iter()
            .map(|group| {
                let of_code = |code| features_of(layout, group, code).into_iter().map(move |feature| (code, feature));
                (0..group.n_codes).flat_map(of_code).collect()
            })
            .collect();
        let mut pairs = moments.pairs.iter();
        for (b, features_b) in features.iter().enumerate() {
            let n_codes_b = layout.groups[b].n_codes;
            for features_a in &features[..b] {
                let sums = pairs.next().expect("one for each pair");
                for (code_b, feature_b) in features_b {
                    // Features of a later group come later.
                    let mut row = matrix.row_mut(*feature_b);
                    for (code_a, feature_a) in features_a {
                        row[*feature_a] += sums[code_a * n_codes_b + code_b][k];
                    }
                }
            }
        }
        mirror_lower(&mut matrix);
        matrix
    }
}

impl<const N: usize> Moments<N> {
    #[expect(clippy::needless_pass_by_value, reason = "as a reduction wants it")]
    fn plus(mut self, other: Self) -> Self {
        for (own, others) in self.of_one.iter_mut().zip(&other.of_one) {
            own.dense.iter_mut().zip(&others.dense).for_each(|(sum, other)| *sum += other);
            let sums = own.groups.iter_mut().flatten().zip(others.groups.iter().flatten());
            sums.for_each(|(sum, other)| *sum += other);
        }
        self.pairs.par_iter_mut().zip(&other.pairs).for_each(|(sums, others)| {
            for (sum, other) in sums.as_flattened_mut().iter_mut().zip(others.as_flattened()) {
                *sum += other;
            }
        });
        self
    }
}

/// Makes a matrix symmetric from its lower triangle, tile by tile: whole columns of a large one would miss the cache.
fn mirror_lower(matrix: &mut Array2<f64>) {
    const TILE: usize = 32;
    let n = matrix.nrows();
    for first in (0..n).step_by(TILE) {
        for left in (0..=first).step_by(TILE) {
            for i in first..(first + TILE).min(n) {
                for j in left..(left + TILE).min(i) {
                    matrix[[j, i]] = matrix[[i, j]];
                }
            }
        }
    }
}

/// The features that are 1 for a code of a group.
pub(crate) fn features_of(layout: &Layout, group: &Group, code: usize) -> Vec<usize> {
    let mut features = Vec::with_capacity(group.columns.len());
    layout.ungrouped(group, code, |column, level| features.extend(layout.feature_of_level[column][level]));
    features
}

fn add_lower(matrix: &mut Array2<f64>, a: usize, b: usize, value: f64) {
    matrix[[a.max(b), a.min(b)]] += value;
}

impl Block<'_> {
    /// Adds `X' diag(d) X` of the block for each `d`. Entries behind the last row must be 0.
    pub fn add_moments<const N: usize>(&self, d: [&BlockVector; N], moments: &mut Moments<N>) {
        for (d, moments) in d.into_iter().zip(&mut moments.of_one) {
            self.add_moments_with_dense(d, moments);
        }
        if moments.pairs.is_empty() {
            return;
        }
        moments.waiting.extend((0..self.n_rows()).map(|row| d.map(|d| d[row])));
        if self.ends_chunk {
            let Moments { pairs, waiting, .. } = moments;
            let rows = self.rows.end - waiting.len()..self.rows.end;
            for ((a, b, n_codes_b), sums) in self.pairs().zip(pairs) {
                with_codes!(a, a => with_codes!(b, b => {
                    for ((a, b), values) in a[rows.clone()].iter().zip(&b[rows.clone()]).zip(&*waiting) {
                        let sums = &mut sums[as_index(*a) * n_codes_b + as_index(*b)];
                        for k in 0..N {
                            sums[k] += values[k];
                        }
                    }
                }));
            }
            waiting.clear();
        }
    }

    /// The codes of each pair of groups, and how many codes the second has.
    fn pairs(&self) -> impl Iterator<Item = (&Codes, &Codes, usize)> {
        let groups = &self.segment.groups;
        let pairs_of = move |b: usize| groups[..b].iter().map(move |a| (a, &groups[b], self.n_codes[b]));
        (0..groups.len()).flat_map(pairs_of)
    }

    fn add_moments_with_dense(&self, d: &BlockVector, moments: &mut MomentsWithDense) {
        let width = self.dense.len() + 1;
        let mut scaled = vec![*d; width];
        for (scaled, column) in scaled.iter_mut().zip(&self.dense) {
            multiply(column, scaled);
        }
        // Lower triangle, the ones last.
        let mut at = 0;
        for (i, scaled) in scaled.iter().enumerate() {
            for column in &self.dense[..i.min(width - 1)] {
                moments.dense[at] += dot(scaled, column);
                at += 1;
            }
            moments.dense[at] += if i + 1 == width { sum(d) } else { dot(scaled, &self.dense[i]) };
            at += 1;
        }
        for (codes, sums) in self.segment.groups.iter().zip(&mut moments.groups) {
            with_codes!(codes, codes => {
                for (row, code) in codes[self.rows.clone()].iter().enumerate() {
                    let start = as_index(*code) * width;
                    for (sum, scaled) in sums[start..start + width].iter_mut().zip(&scaled) {
                        *sum += scaled[row];
                    }
                }
            });
        }
    }
}
