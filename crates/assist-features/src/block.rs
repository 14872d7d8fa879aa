//! A design block by block: rows as floats, worked on in blocks that fit the first-level cache.
//!
//! Blocks lie in chunks, and chunks in shards. Where a shard begins depends on the design alone, and shards are put together
//! in their order, so a sum is the same bit for bit however many threads took part.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use std::ops::Range;

use rayon::prelude::*;

use crate::column::with_numbers;
use crate::design::Design;
use crate::kernels::{load, load_centred};
use crate::layout::Layout;
use crate::segment::{Counts, Segment};
use assist_score::logistic::{BLOCK_ROWS, BlockVector};

/// Blocks of a chunk, at least and at most. Long chunks keep the sums of a pair of groups in the cache for longer, short ones
/// leave work for every thread.
const CHUNK_BLOCKS: std::ops::RangeInclusive<usize> = 16..=128;
/// Shards at most, where sums are small.
const MOST_SHARDS: usize = 16;
/// Numbers that the sums of all shards may have together, where they are large.
const MOST_SUMS: usize = 1 << 23;

/// Consecutive rows of one segment.
#[derive(Debug, Clone)]
struct Chunk {
    segment: usize,
    rows: Range<usize>,
}

/// A block of rows as floats, made anew for every block.
#[derive(Debug)]
pub struct Block<'a> {
    pub(crate) segment: &'a Segment,
    pub(crate) rows: Range<usize>,
    /// Whether the block is the last of its chunk. Pairs are added a chunk at a time, so that the sums of one pair stay in the
    /// cache for some thousand rows.
    pub(crate) ends_chunk: bool,
    /// How many codes each group has.
    pub(crate) n_codes: Vec<usize>,
    /// Numbers, less their centres, and indicators; then the additional terms.
    pub(crate) dense: Vec<BlockVector>,
    /// What the observations of each row with label 0 weigh together: as much as they are many, where they have no weights.
    pub n0: BlockVector,
    /// The same of label 1.
    pub n1: BlockVector,
    /// The sums of the squares of these weights, by label, where there are weights.
    squares: Option<Box<[BlockVector; 2]>>,
}

impl Design {
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
}

impl Design {
    /// Hands all blocks to `take` in the order of the rows, on one thread.
    pub(crate) fn for_each_block(&self, mut take: impl FnMut(&Block<'_>)) {
        for segment in &self.segments {
            let mut block = Block::empty(segment, &self.layout);
            for start in (0..segment.n_rows()).step_by(BLOCK_ROWS) {
                block.load(start..(start + BLOCK_ROWS).min(segment.n_rows()), &self.layout);
                take(&block);
            }
        }
    }
}

impl<'a> Block<'a> {
    fn empty(segment: &'a Segment, layout: &Layout) -> Self {
        let dense = vec![[0.0; BLOCK_ROWS]; layout.n_dense()];
        let n_codes = layout.groups.iter().map(|group| group.n_codes).collect();
        let none = [0.0; BLOCK_ROWS];
        let squares = segment.weights.as_ref().map(|_| Box::new([none; 2]));
        Self { segment, rows: 0..0, ends_chunk: false, n_codes, dense, n0: none, n1: none, squares }
    }

    fn load(&mut self, rows: Range<usize>, layout: &Layout) {
        let mut at = 0;
        for ((column, fill), centre) in self.segment.numeric.iter().zip(&layout.fills).zip(&layout.centres) {
            with_numbers!(&column.values, values => load_centred(&values[rows.clone()], *centre, &mut self.dense[at]));
            at += 1;
            if let Some((fill, missing)) = fill.zip(column.missing.as_ref()) {
                let (values, indicators) = self.dense[at - 1..=at].split_at_mut(1);
                load(&missing[rows.clone()], &mut indicators[0]);
                // The value of a missing cell is stored as 0.
                values[0].iter_mut().zip(&indicators[0]).for_each(|(value, missing)| *value += fill * missing);
                at += 1;
            }
        }
        for (term, column) in layout.additional.iter().zip(&mut self.dense[at..]) {
            term.load(self.segment, rows.clone(), layout, column);
        }
        match &self.segment.counts {
            _ if self.squares.is_some() => self.load_weights(rows.clone()),
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
            Counts::Wide(counts) => {
                for ((n0, n1), counts) in self.n0.iter_mut().zip(&mut self.n1).zip(&counts[rows.clone()]) {
                    (*n0, *n1) = (counts[0] as f64, counts[1] as f64);
                }
                self.n0[rows.len()..].fill(0.0);
                self.n1[rows.len()..].fill(0.0);
            }
        }
        self.rows = rows;
    }

    fn load_weights(&mut self, rows: Range<usize>) {
        let Self { segment, n0, n1, squares, .. } = self;
        let Some(squares) = squares else { return };
        let [squares_0, squares_1] = squares.as_mut();
        for column in [&mut *n0, &mut *n1, squares_0, squares_1] {
            column[rows.len()..].fill(0.0);
        }
        for (at, row) in rows.enumerate() {
            let weights = segment.row_weights(row);
            [n0[at], n1[at]] = weights.sums;
            [squares_0[at], squares_1[at]] = weights.squares;
        }
    }

    /// The sums of the squared weights of the observations of each row, by label: as many as there are, where they have no
    /// weights.
    pub fn squared_weights(&self) -> [&BlockVector; 2] {
        match &self.squares {
            Some(squares) => squares.each_ref(),
            None => [&self.n0, &self.n1],
        }
    }

    /// How many rows there are, [`BLOCK_ROWS`] at most.
    pub fn n_rows(&self) -> usize {
        self.rows.len()
    }
}

/// Some numbers as those of a block.
pub(crate) fn padded(values: &[f64]) -> BlockVector {
    let mut block = [0.0; BLOCK_ROWS];
    block[..values.len()].copy_from_slice(values);
    block
}
