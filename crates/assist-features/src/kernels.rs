//! The loops over the rows of a block, compiled for several instruction sets and chosen at run time. None uses fused
//! multiplications, so that all give the same bits.

use assist_score::logistic::BlockVector;
use multiversion::multiversion;

/// Sums are kept in as many lanes, which the compiler turns into vectors.
const LANES: usize = 8;

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn load<T: Copy + Into<f64>>(values: &[T], block: &mut BlockVector) {
    for (entry, value) in block.iter_mut().zip(values) {
        *entry = (*value).into();
    }
    block[values.len()..].fill(0.0);
}

/// As [`load`], less a centre. Entries behind the last value are 0.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn load_centred<T: Copy + Into<f64>>(values: &[T], centre: f64, block: &mut BlockVector) {
    for (entry, value) in block.iter_mut().zip(values) {
        *entry = (*value).into() - centre;
    }
    block[values.len()..].fill(0.0);
}

/// The sums of `t (x - centre)` and of `t (x - centre)^2`.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn sums_about(t: &BlockVector, x: &BlockVector, centre: f64) -> [f64; 2] {
    let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
    for (t, x) in t.chunks_exact(LANES).zip(x.chunks_exact(LANES)) {
        for lane in 0..LANES {
            let distance = x[lane] - centre;
            let weighted = t[lane] * distance;
            first[lane] += weighted;
            second[lane] += weighted * distance;
        }
    }
    [first.iter().sum(), second.iter().sum()]
}

/// Adds the columns, each times its coefficient.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn add_dense(columns: &[BlockVector], coefficients: &[f64], product: &mut BlockVector) {
    for (column, coefficient) in columns.iter().zip(coefficients) {
        for (entry, value) in product.iter_mut().zip(column) {
            *entry += coefficient * value;
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn multiply(column: &BlockVector, scaled: &mut BlockVector) {
    for (entry, value) in scaled.iter_mut().zip(column) {
        *entry *= value;
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn dot(a: &BlockVector, b: &BlockVector) -> f64 {
    let mut lanes = [0.0; 2 * LANES];
    for (a, b) in a.chunks_exact(2 * LANES).zip(b.chunks_exact(2 * LANES)) {
        for lane in 0..2 * LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum()
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn sum(a: &BlockVector) -> f64 {
    let mut lanes = [0.0; 2 * LANES];
    for a in a.chunks_exact(2 * LANES) {
        for lane in 0..2 * LANES {
            lanes[lane] += a[lane];
        }
    }
    lanes.iter().sum()
}
