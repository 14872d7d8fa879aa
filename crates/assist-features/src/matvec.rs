//! `X v` and `X' r`, block by block from the coded columns. The intercept is a last column of ones: vectors over columns
//! have `n_features + 1` entries.
#![allow(clippy::useless_conversion, reason = "the macros have one body for every width")]

use crate::block::{Block, padded};
use crate::column::{Codes, as_index, with_codes};
use crate::design::Design;
use crate::kernels::{add_dense, dot, multiply, sum};
use crate::layout::Group;
use assist_score::logistic::{BLOCK_ROWS, BlockVector};

/// A vector over columns, ready for look-ups by code: one number for each dense column, and one for each code of a group of
/// categorical columns, the sum over its levels.
#[derive(Debug)]
pub struct CodedVector {
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

impl Design {
    /// `X v`, one entry a row. `v` has `n_features + 1` entries, the intercept last.
    ///
    /// # Panics
    ///
    /// Where `v` has another length.
    pub fn matvec(&self, v: &[f64]) -> Vec<f64> {
        let vector = self.coded_vector(v);
        let shards = self.fold(1, Vec::new, |product: &mut Vec<f64>, block, _| {
            let z = block.matvec(&vector);
            product.extend_from_slice(&z[..block.n_rows()]);
        });
        shards.concat()
    }

    /// `X' r`, one entry a column, the intercept last. `r` has `n_rows` entries.
    ///
    /// # Panics
    ///
    /// Where `r` has another length.
    pub fn transpose_matvec(&self, r: &[f64]) -> Vec<f64> {
        assert_eq!(r.len(), self.n_rows(), "one entry a row");
        let shards = self.fold(
            self.n_features(),
            || self.no_sums(),
            |sums, block, first| {
                block.add_transpose_matvec(&padded(&r[first..first + block.n_rows()]), sums);
            },
        );
        self.column_sums(&shards)
    }

    /// Prepares a vector over columns for [`Block::matvec`].
    ///
    /// # Panics
    ///
    /// Where `v` has another length than `n_features + 1`.
    pub fn coded_vector(&self, v: &[f64]) -> CodedVector {
        assert_eq!(v.len(), self.n_features() + 1, "one entry a feature and the intercept");
        let layout = &self.layout;
        let of_group = |group: &Group| {
            // At least 256 entries, so that no code of one byte needs to be checked.
            let mut table = vec![0.0; group.n_codes.max(256)];
            for (code, sum) in table.iter_mut().enumerate().take(group.n_codes) {
                layout.ungrouped(group, code, |column, level| {
                    *sum += layout.feature_of_level[column][level].map_or(0.0, |feature| v[feature]);
                });
            }
            table
        };
        CodedVector {
            intercept: v[self.n_features()],
            dense: (0..layout.n_dense()).map(|dense| v[layout.feature_of_dense(dense)]).collect(),
            groups: layout.groups.iter().map(of_group).collect(),
        }
    }

    /// Sums to start from.
    pub fn no_sums(&self) -> Sums {
        let groups = self.layout.groups.iter().map(|group| vec![0.0; group.n_codes.max(256)]);
        Sums { ones: 0.0, dense: vec![0.0; self.layout.n_dense()], groups: groups.collect() }
    }

    /// The sums of all shards, one entry a column, the intercept last.
    pub fn column_sums(&self, shards: &[Sums]) -> Vec<f64> {
        let layout = &self.layout;
        let mut sums = vec![0.0; self.n_features() + 1];
        for shard in shards {
            sums[self.n_features()] += shard.ones;
            for (dense, sum) in shard.dense.iter().enumerate() {
                sums[layout.feature_of_dense(dense)] += sum;
            }
            for (group, by_code) in layout.groups.iter().zip(&shard.groups) {
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
}

impl Block<'_> {
    /// `X v` of the block.
    pub fn matvec(&self, vector: &CodedVector) -> BlockVector {
        let mut product = [vector.intercept; BLOCK_ROWS];
        add_dense(&self.dense, &vector.dense, &mut product);
        for (codes, table) in self.segment.groups.iter().zip(&vector.groups) {
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

    /// Adds the sums of `r` times the squares of the columns. Entries of `r` behind the last row must be 0.
    pub fn add_squares_transpose_matvec(&self, r: &BlockVector, sums: &mut Sums) {
        let of_dense = sums.dense.clone();
        // Zeros and ones are their own squares.
        self.add_transpose_matvec(r, sums);
        for ((sum, before), column) in sums.dense.iter_mut().zip(of_dense).zip(&self.dense) {
            let mut scaled = *r;
            multiply(column, &mut scaled);
            *sum = before + dot(&scaled, column);
        }
    }
}
