//! The products of a design that a fit needs, block by block from the coded columns.
//!
//! The intercept is a last column of ones: vectors over columns have `n_features + 1` entries. Rows are worked on in blocks
//! that fit the first-level cache, blocks in chunks, and chunks in shards. Where a shard begins depends on the design alone,
//! and shards are added up in their order, so a sum is the same bit for bit however many threads took part.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use std::ops::Range;

use assist_score::logistic::{BLOCK_ROWS, BlockVector};
use multiversion::multiversion;
use ndarray::Array2;
use rayon::prelude::*;

use crate::column::{Codes, as_index, with_codes, with_numbers};
use crate::design::{Counts, Design, Layout, Segment};

/// Blocks of a chunk, at least and at most. Long chunks keep the sums of a pair of groups in the cache for longer, short ones
/// leave work for every thread.
const CHUNK_BLOCKS: std::ops::RangeInclusive<usize> = 16..=128;
/// Shards at most, where sums are small.
const MOST_SHARDS: usize = 16;
/// Numbers that the sums of all shards may have together, where they are large.
const MOST_SUMS: usize = 1 << 23;
/// Sums are kept in as many lanes, which the compiler turns into vectors.
const LANES: usize = 8;

/// Consecutive rows of one segment.
#[derive(Debug, Clone)]
struct Chunk {
    segment: usize,
    rows: Range<usize>,
}

/// A vector over columns, ready for look-ups by code.
#[derive(Debug)]
pub struct Terms {
    intercept: f64,
    dense: Vec<f64>,
    groups: Vec<Vec<f64>>,
}

/// `X' r` on its way.
#[derive(Debug, Clone)]
pub struct Sums {
    ones: f64,
    dense: Vec<f64>,
    groups: Vec<Vec<f64>>,
}

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

/// A block of rows as floats, made anew for every block.
#[derive(Debug)]
pub struct Block<'a> {
    segment: &'a Segment,
    rows: Range<usize>,
    /// Whether the block is the last of its chunk. Pairs are added a chunk at a time, so that the sums of one pair stay in the
    /// cache for some thousand rows.
    ends_chunk: bool,
    /// How many codes each group has.
    n_codes: Vec<usize>,
    /// Numbers and indicators.
    dense: Vec<BlockVector>,
    /// How often each row was seen with label 0.
    pub n0: BlockVector,
    /// How often each row was seen with label 1.
    pub n1: BlockVector,
}

impl Design {
    /// `X v`, one entry a row. `v` has `n_features + 1` entries, the intercept last.
    ///
    /// # Panics
    ///
    /// Where `v` has another length.
    pub fn matvec(&self, v: &[f64]) -> Vec<f64> {
        let terms = self.terms(v);
        let parts = self.fold(1, Vec::new, |product: &mut Vec<f64>, block, _| {
            let z = block.matvec(&terms);
            product.extend_from_slice(&z[..block.n_rows()]);
        });
        parts.concat()
    }

    /// `X' r`, one entry a column, the intercept last. `r` has `n_rows` entries.
    ///
    /// # Panics
    ///
    /// Where `r` has another length.
    pub fn transpose_matvec(&self, r: &[f64]) -> Vec<f64> {
        assert_eq!(r.len(), self.n_rows(), "one entry a row");
        let parts = self.fold(
            self.n_features(),
            || self.no_sums(),
            |sums, block, first| {
                block.add_transpose_matvec(&padded(&r[first..first + block.n_rows()]), sums);
            },
        );
        self.column_sums(&parts)
    }

    /// `X' diag(d) X`, `n_features + 1` by `n_features + 1`, the intercept last. `d` has `n_rows` entries.
    ///
    /// # Panics
    ///
    /// Where `d` has another length.
    pub fn sandwich(&self, d: &[f64]) -> Array2<f64> {
        assert_eq!(d.len(), self.n_rows(), "one entry a row");
        let parts = self.fold(
            self.n_moments(),
            || self.no_moments(),
            |moments, block, first| {
                block.add_moments([&padded(&d[first..first + block.n_rows()])], moments);
            },
        );
        let [matrix] = self.moment_matrices(parts);
        matrix
    }

    /// Hands all blocks to `take`, with the number of their first row and what was gathered so far in their shard, and gives
    /// what the shards have gathered, in their order. `n_sums` says how many numbers that is for each, so that their number
    /// can be kept down.
    pub fn fold<T: Send>(
        &self,
        n_sums: usize,
        start: impl Fn() -> T + Sync,
        take: impl Fn(&mut T, &Block<'_>, usize) + Sync,
    ) -> Vec<T> {
        let n_blocks = (self.n_rows() / MOST_SHARDS).div_ceil(BLOCK_ROWS);
        let chunk_rows = n_blocks.clamp(*CHUNK_BLOCKS.start(), *CHUNK_BLOCKS.end()) * BLOCK_ROWS;
        let mut chunks = Vec::new();
        let mut first = 0;
        for (segment, rows) in self.segments.iter().enumerate() {
            let n_rows = rows.n_rows();
            for start in (0..n_rows).step_by(chunk_rows) {
                let rows = start..(start + chunk_rows).min(n_rows);
                chunks.push((Chunk { segment, rows }, first + start));
            }
            first += n_rows;
        }
        let n_shards = (MOST_SUMS / n_sums.max(1)).clamp(2, MOST_SHARDS);
        let per_shard = chunks.len().div_ceil(n_shards).max(1);
        let shard = |chunks: &[(Chunk, usize)]| {
            let mut gathered = start();
            for (chunk, first) in chunks {
                let segment = &self.segments[chunk.segment];
                let mut block = Block::empty(segment, &self.layout);
                for start in chunk.rows.clone().step_by(BLOCK_ROWS) {
                    block.load(start..(start + BLOCK_ROWS).min(chunk.rows.end), &self.layout);
                    block.ends_chunk = block.rows.end == chunk.rows.end;
                    take(&mut gathered, &block, first + start - chunk.rows.start);
                }
            }
            gathered
        };
        if chunks.len() <= 1 { vec![shard(&chunks)] } else { chunks.par_chunks(per_shard).map(shard).collect() }
    }

    /// Prepares a vector over columns for [`Block::matvec`].
    ///
    /// # Panics
    ///
    /// Where `v` has another length than `n_features + 1`.
    pub fn terms(&self, v: &[f64]) -> Terms {
        assert_eq!(v.len(), self.n_features() + 1, "one entry a feature and the intercept");
        let layout = &self.layout;
        let of_group = |group: &crate::design::Group| {
            // At least 256 entries, so that no code of one byte needs to be checked.
            let mut table = vec![0.0; group.n_codes.max(256)];
            for (code, sum) in table.iter_mut().enumerate().take(group.n_codes) {
                layout.ungrouped(group, code, |column, level| {
                    *sum += layout.feature_of_level[column][level].map_or(0.0, |feature| v[feature]);
                });
            }
            table
        };
        Terms {
            intercept: v[self.n_features()],
            dense: v[..layout.n_dense()].to_vec(),
            groups: layout.groups.iter().map(of_group).collect(),
        }
    }

    /// Sums to start from.
    pub fn no_sums(&self) -> Sums {
        let groups = self.layout.groups.iter().map(|group| vec![0.0; group.n_codes.max(256)]);
        Sums { ones: 0.0, dense: vec![0.0; self.layout.n_dense()], groups: groups.collect() }
    }

    /// The sums of all shards, one entry a column, the intercept last.
    pub fn column_sums(&self, parts: &[Sums]) -> Vec<f64> {
        let layout = &self.layout;
        let mut sums = vec![0.0; self.n_features() + 1];
        for part in parts {
            sums[self.n_features()] += part.ones;
            sums.iter_mut().zip(&part.dense).for_each(|(sum, dense)| *sum += dense);
            for (group, by_code) in layout.groups.iter().zip(&part.groups) {
                for (code, value) in by_code.iter().enumerate().take(group.n_codes) {
                    layout.ungrouped(group, code, |column, level| {
                        if let Some(feature) = layout.feature_of_level[column][level] {
                            sums[feature] += value;
                        }
                    });
                }
            }
        }
        sums
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
    pub fn moment_matrices<const N: usize>(&self, parts: Vec<Moments<N>>) -> [Array2<f64>; N] {
        let total = parts.into_iter().reduce(Moments::plus).unwrap_or_else(|| self.no_moments());
        let matrices: Vec<Array2<f64>> = (0..N).into_par_iter().map(|k| self.moment_matrix(&total, k)).collect();
        matrices.try_into().expect("one for each vector")
    }

    fn moment_matrix<const N: usize>(&self, moments: &Moments<N>, k: usize) -> Array2<f64> {
        let layout = &self.layout;
        let size = self.n_features() + 1;
        let width = layout.n_dense() + 1;
        // The ones stand last among the dense columns, and last of all in the matrix.
        let place = |dense: usize| if dense + 1 == width { size - 1 } else { dense };
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
fn features_of(layout: &Layout, group: &crate::design::Group, code: usize) -> Vec<usize> {
    let mut features = Vec::with_capacity(group.columns.len());
    layout.ungrouped(group, code, |column, level| features.extend(layout.feature_of_level[column][level]));
    features
}

fn add_lower(matrix: &mut Array2<f64>, a: usize, b: usize, value: f64) {
    matrix[[a.max(b), a.min(b)]] += value;
}

fn padded(values: &[f64]) -> BlockVector {
    let mut block = [0.0; BLOCK_ROWS];
    block[..values.len()].copy_from_slice(values);
    block
}

impl<'a> Block<'a> {
    fn empty(segment: &'a Segment, layout: &Layout) -> Self {
        let dense = vec![[0.0; BLOCK_ROWS]; layout.n_dense()];
        let n_codes = layout.groups.iter().map(|group| group.n_codes).collect();
        let none = [0.0; BLOCK_ROWS];
        Self { segment, rows: 0..0, ends_chunk: false, n_codes, dense, n0: none, n1: none }
    }

    fn load(&mut self, rows: Range<usize>, layout: &Layout) {
        let mut at = 0;
        for (column, fill) in self.segment.numeric.iter().zip(&layout.fills) {
            with_numbers!(&column.values, values => load(&values[rows.clone()], &mut self.dense[at]));
            at += 1;
            if let Some((fill, missing)) = fill.zip(column.missing.as_ref()) {
                let (values, indicators) = self.dense[at - 1..=at].split_at_mut(1);
                load(&missing[rows.clone()], &mut indicators[0]);
                // The value of a missing cell is stored as 0.
                values[0].iter_mut().zip(&indicators[0]).for_each(|(value, missing)| *value += fill * missing);
                at += 1;
            }
        }
        match &self.segment.counts {
            Counts::Once(labels) => {
                load(&labels[rows.clone()], &mut self.n1);
                self.n0.iter_mut().zip(&self.n1).take(rows.len()).for_each(|(n0, n1)| *n0 = 1.0 - n1);
                self.n0[rows.len()..].fill(0.0);
            }
            Counts::Many(counts) => {
                for ((n0, n1), counts) in self.n0.iter_mut().zip(&mut self.n1).zip(&counts[rows.clone()]) {
                    (*n0, *n1) = (f64::from(counts[0]), f64::from(counts[1]));
                }
                self.n0[rows.len()..].fill(0.0);
                self.n1[rows.len()..].fill(0.0);
            }
        }
        self.rows = rows;
    }

    /// How many rows there are, [`BLOCK_ROWS`] at most.
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// `X v` of the block.
    pub fn matvec(&self, terms: &Terms) -> BlockVector {
        let mut product = [terms.intercept; BLOCK_ROWS];
        add_dense(&self.dense, &terms.dense, &mut product);
        for (codes, table) in self.segment.groups.iter().zip(&terms.groups) {
            match codes {
                Codes::U8(codes) => {
                    let table: &[f64; 256] = table[..256].try_into().expect("256 entries");
                    for (entry, code) in product.iter_mut().zip(&codes[self.rows.clone()]) {
                        *entry += table[usize::from(*code)];
                    }
                }
                codes => with_codes!(codes, codes => {
                    for (entry, code) in product.iter_mut().zip(&codes[self.rows.clone()]) {
                        *entry += table[as_index(*code)];
                    }
                }),
            }
        }
        product
    }

    /// Adds `X' r` of the block. Entries of `r` behind the last row must be 0.
    pub fn add_transpose_matvec(&self, r: &BlockVector, sums: &mut Sums) {
        sums.ones += sum(r);
        for (sum, column) in sums.dense.iter_mut().zip(&self.dense) {
            *sum += dot(r, column);
        }
        for (codes, sums) in self.segment.groups.iter().zip(&mut sums.groups) {
            match codes {
                Codes::U8(codes) => {
                    let sums: &mut [f64; 256] = (&mut sums[..256]).try_into().expect("256 entries");
                    for (value, code) in r.iter().zip(&codes[self.rows.clone()]) {
                        sums[usize::from(*code)] += value;
                    }
                }
                codes => with_codes!(codes, codes => {
                    for (value, code) in r.iter().zip(&codes[self.rows.clone()]) {
                        sums[as_index(*code)] += value;
                    }
                }),
            }
        }
    }

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

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn load<T: Copy + Into<f64>>(values: &[T], block: &mut BlockVector) {
    for (entry, value) in block.iter_mut().zip(values) {
        *entry = (*value).into();
    }
    block[values.len()..].fill(0.0);
}

/// Adds the columns, each times its coefficient.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn add_dense(columns: &[BlockVector], coefficients: &[f64], product: &mut BlockVector) {
    for (column, coefficient) in columns.iter().zip(coefficients) {
        for (entry, value) in product.iter_mut().zip(column) {
            *entry += coefficient * value;
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn multiply(column: &BlockVector, scaled: &mut BlockVector) {
    for (entry, value) in scaled.iter_mut().zip(column) {
        *entry *= value;
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn dot(a: &BlockVector, b: &BlockVector) -> f64 {
    let mut lanes = [0.0; 2 * LANES];
    for (a, b) in a.chunks_exact(2 * LANES).zip(b.chunks_exact(2 * LANES)) {
        for lane in 0..2 * LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum()
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn sum(a: &BlockVector) -> f64 {
    let mut lanes = [0.0; 2 * LANES];
    for a in a.chunks_exact(2 * LANES) {
        for lane in 0..2 * LANES {
            lanes[lane] += a[lane];
        }
    }
    lanes.iter().sum()
}
