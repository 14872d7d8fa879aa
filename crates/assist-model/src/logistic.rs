//! The pointwise losses and probabilities of a block, compiled for several instruction sets and chosen at run time. What they
//! are stands in `assist-score`, which everything shares; every instruction set gives the same bits.

use assist_score::logistic::{BlockVector, Points};
use multiversion::multiversion;

/// Fills `points` with what follows from the linear predictors `z`.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn fill(z: &BlockVector, points: &mut Points) {
    points.fill(z);
}
