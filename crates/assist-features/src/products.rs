//! The products of a design that a fit needs, taken block by block from the coded columns.
//!
//! The intercept is a last column of ones: vectors over columns have `n_features + 1` entries.

use std::ops::Range;

use ndarray::Array2;

use crate::column::{Codes, NumericValues, as_index, with_codes, with_numbers};
use crate::design::Design;

/// Rows that are worked on at a time, so that their numbers stay in the first-level cache.
pub(crate) const BLOCK_ROWS: usize = 512;

/// A numeric column's part of a block as floats.
type Block = [f64; BLOCK_ROWS];

impl Design {
    /// `X v`, one entry a row. `v` has `n_features + 1` entries, the intercept last.
    ///
    /// # Panics
    ///
    /// Where `v` has another length.
    pub fn matvec(&self, v: &[f64]) -> Vec<f64> {
        let mut product = vec![0.0; self.n_rows()];
        for rows in self.blocks() {
            self.matvec_block(v, rows.clone(), &mut product[rows]);
        }
        product
    }

    /// `X' r`, one entry a column, the intercept last. `r` has `n_rows` entries.
    ///
    /// # Panics
    ///
    /// Where `r` has another length.
    pub fn transpose_matvec(&self, r: &[f64]) -> Vec<f64> {
        assert_eq!(r.len(), self.n_rows(), "one entry a row");
        let mut product = vec![0.0; self.n_features + 1];
        for rows in self.blocks() {
            self.add_transpose_matvec_block(&r[rows.clone()], rows, &mut product);
        }
        product
    }

    /// `X' diag(d) X`, `n_features + 1` by `n_features + 1`, the intercept last. `d` has `n_rows` entries.
    ///
    /// # Panics
    ///
    /// Where `d` has another length.
    pub fn sandwich(&self, d: &[f64]) -> Array2<f64> {
        assert_eq!(d.len(), self.n_rows(), "one entry a row");
        let mut product = Array2::zeros((self.n_features + 1, self.n_features + 1));
        for rows in self.blocks() {
            self.add_sandwich_block(&d[rows.clone()], rows, &mut product);
        }
        let size = self.n_features + 1;
        for i in 0..size {
            for j in 0..i {
                product[[j, i]] = product[[i, j]];
            }
        }
        product
    }

    /// The rows in blocks that fit the cache.
    pub fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let n_rows = self.n_rows();
        (0..n_rows).step_by(BLOCK_ROWS).map(move |start| start..(start + BLOCK_ROWS).min(n_rows))
    }

    /// [`matvec`](Self::matvec) of one block into `product`, which has as many entries as `rows`.
    ///
    /// # Panics
    ///
    /// Where lengths do not agree.
    pub fn matvec_block(&self, v: &[f64], rows: Range<usize>, product: &mut [f64]) {
        assert_eq!(v.len(), self.n_features + 1, "one entry a feature and the intercept");
        assert_eq!(product.len(), rows.len(), "one entry a row");
        product.fill(v[self.n_features]);
        let mut feature = 0;
        for column in &self.numeric {
            let slope = v[feature];
            with_numbers!(&column.values, values => add_scaled(slope, &values[rows.clone()], product));
            feature += 1;
            if let Some(missing) = &column.missing {
                add_scaled(v[feature], &missing[rows.clone()], product);
                feature += 1;
            }
        }
        for column in &self.categorical {
            let of_level: Vec<f64> = column.feature_of_level.iter().map(|at| at.map_or(0.0, |at| v[at])).collect();
            with_codes!(&column.codes, codes => {
                for (entry, code) in product.iter_mut().zip(&codes[rows.clone()]) {
                    *entry += of_level[as_index(*code)];
                }
            });
        }
    }

    /// Adds the part of one block to [`transpose_matvec`](Self::transpose_matvec). `r` has as many entries as `rows`.
    ///
    /// # Panics
    ///
    /// Where lengths do not agree.
    pub fn add_transpose_matvec_block(&self, r: &[f64], rows: Range<usize>, product: &mut [f64]) {
        assert_eq!(r.len(), rows.len(), "one entry a row");
        let mut feature = 0;
        for column in &self.numeric {
            product[feature] += with_numbers!(&column.values, values => dot(r, &values[rows.clone()]));
            feature += 1;
            if let Some(missing) = &column.missing {
                product[feature] += dot(r, &missing[rows.clone()]);
                feature += 1;
            }
        }
        for column in &self.categorical {
            let of_level = sums_by_level(r, &column.codes, rows.clone(), column.feature_of_level.len());
            for (feature, sum) in column.feature_of_level.iter().zip(of_level) {
                if let Some(feature) = feature {
                    product[*feature] += sum;
                }
            }
        }
        product[self.n_features] += r.iter().sum::<f64>();
    }

    /// Adds the part of one block to the lower triangle of [`sandwich`](Self::sandwich).
    fn add_sandwich_block(&self, d: &[f64], rows: Range<usize>, product: &mut Array2<f64>) {
        let dense = self.dense_blocks(rows.clone());
        let n = rows.len();
        let mut scaled = [0.0; BLOCK_ROWS];
        for (i, (feature, block)) in dense.iter().enumerate() {
            for ((entry, weight), value) in scaled[..n].iter_mut().zip(d).zip(block.iter()) {
                *entry = weight * value;
            }
            for (other, other_block) in &dense[..=i] {
                add_lower(product, *feature, *other, dot(&scaled[..n], &other_block[..n]));
            }
            for column in &self.categorical {
                let of_level = sums_by_level(&scaled[..n], &column.codes, rows.clone(), column.feature_of_level.len());
                for (level_feature, sum) in column.feature_of_level.iter().zip(of_level) {
                    if let Some(level_feature) = level_feature {
                        add_lower(product, *feature, *level_feature, sum);
                    }
                }
            }
        }
        for (i, column) in self.categorical.iter().enumerate() {
            for other in &self.categorical[..=i] {
                with_codes!(&column.codes, codes => with_codes!(&other.codes, other_codes => {
                    let pairs = codes[rows.clone()].iter().zip(&other_codes[rows.clone()]);
                    for ((code, other_code), weight) in pairs.zip(d) {
                        let feature = column.feature_of_level[as_index(*code)];
                        let other_feature = other.feature_of_level[as_index(*other_code)];
                        if let (Some(a), Some(b)) = (feature, other_feature) {
                            product[[a, b]] += weight;
                        }
                    }
                }));
            }
        }
    }

    /// The columns of a block that are not codes, the intercept's ones among them, each with its feature.
    fn dense_blocks(&self, rows: Range<usize>) -> Vec<(usize, Box<Block>)> {
        let mut blocks = Vec::with_capacity(self.numeric.len() + 1);
        blocks.push((self.n_features, Box::new([1.0; BLOCK_ROWS])));
        let mut feature = 0;
        for column in &self.numeric {
            blocks.push((feature, with_numbers!(&column.values, values => as_floats(&values[rows.clone()]))));
            feature += 1;
            if let Some(missing) = &column.missing {
                blocks.push((feature, as_floats(&missing[rows.clone()])));
                feature += 1;
            }
        }
        blocks
    }
}

fn add_lower(product: &mut Array2<f64>, a: usize, b: usize, value: f64) {
    product[[a.max(b), a.min(b)]] += value;
}

fn add_scaled<T: Copy + Into<f64>>(scale: f64, values: &[T], product: &mut [f64]) {
    for (entry, value) in product.iter_mut().zip(values) {
        *entry += scale * (*value).into();
    }
}

/// The inner product in eight lanes, so that the compiler may vectorise it; the order of the sum is fixed.
fn dot<T: Copy + Into<f64>>(r: &[f64], values: &[T]) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0; LANES];
    let (r_chunks, value_chunks) = (r.chunks_exact(LANES), values.chunks_exact(LANES));
    let rest: f64 = r_chunks.remainder().iter().zip(value_chunks.remainder()).map(|(a, b)| a * (*b).into()).sum();
    for (a, b) in r_chunks.zip(value_chunks) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane].into();
        }
    }
    lanes.iter().sum::<f64>() + rest
}

fn sums_by_level(r: &[f64], codes: &Codes, rows: Range<usize>, n_levels: usize) -> Vec<f64> {
    let mut sums = vec![0.0; n_levels];
    with_codes!(codes, codes => {
        for (value, code) in r.iter().zip(&codes[rows]) {
            sums[as_index(*code)] += value;
        }
    });
    sums
}

fn as_floats<T: Copy + Into<f64>>(values: &[T]) -> Box<Block> {
    let mut block = Box::new([0.0; BLOCK_ROWS]);
    for (entry, value) in block.iter_mut().zip(values) {
        *entry = (*value).into();
    }
    block
}
