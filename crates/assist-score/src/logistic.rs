//! The pointwise functions of a logistic regression, a block of rows at a time: losses and probabilities from `z`.
//!
//! They stand here so that fitting and evaluating share them without knowing each other. Written as plain arithmetic without
//! branches or calls, so that the compiler makes vectors of it, and without fused multiplications, so that every instruction
//! set gives the same bits. This crate compiles them for the instruction set of the build alone; who has many rows calls
//! [`Points::fill`] from a function that is compiled for several.
#![allow(clippy::needless_range_loop, reason = "arrays that are walked in step are read best by their index")]
#![allow(clippy::eq_op, reason = "what is not finite minus itself is not a number")]

use crate::exp::exp_of_negative;

/// Rows of a block.
pub const BLOCK_ROWS: usize = 512;

/// One number for each row of a block; those behind the last row are zero.
pub type BlockVector = [f64; BLOCK_ROWS];

/// What follows from the linear predictors of a block.
#[derive(Debug, Clone)]
pub struct Points {
    /// Loss of an observation with label 0: `ln(1 + exp(z))`.
    pub loss_0: BlockVector,
    /// Loss of an observation with label 1: `ln(1 + exp(-z))`.
    pub loss_1: BlockVector,
    /// Probability of label 1: `1 / (1 + exp(-z))`.
    pub probability: BlockVector,
    /// Probability of label 0, with all its digits where it is small.
    pub complement: BlockVector,
}

impl Default for Points {
    fn default() -> Self {
        let zeros = [0.0; BLOCK_ROWS];
        Self { loss_0: zeros, loss_1: zeros, probability: zeros, complement: zeros }
    }
}

impl Points {
    /// Fills all four with what follows from a block of linear predictors. It is inlined wherever it is called, so that it is
    /// compiled for the instruction set of its caller.
    #[inline(always)]
    pub fn fill(&mut self, z: &BlockVector) {
        let Self { loss_0, loss_1, probability, complement } = self;
        for i in 0..BLOCK_ROWS {
            let at = z[i];
            let e = exp_of_negative(-at.abs());
            let near = 1.0 / (1.0 + e);
            let far = e * near;
            // What is not a number must stay that way: it shows sums that overflow.
            let l = ln_1p_of_unit(e) + (at - at);
            let is_positive = at > 0.0;
            loss_0[i] = if is_positive { at + l } else { l };
            loss_1[i] = if is_positive { l } else { l - at };
            probability[i] = if is_positive { near } else { far };
            complement[i] = if is_positive { far } else { near };
        }
    }
}

/// `ln(1 + e)` for `e` from 0 to 1, to a unit in the last place or so.
///
/// With `f = e`, or `f = (e - 1) / 2` and a term of ln 2 where `e` is large, `ln(1 + f) = 2 artanh(s)`, `s = f / (2 + f)`; with
/// `|s| <= 0.1716` eleven terms are exact to 1e-18.
#[inline(always)]
fn ln_1p_of_unit(e: f64) -> f64 {
    let is_large = e > core::f64::consts::SQRT_2 - 1.0;
    let f = if is_large { (e - 1.0) * 0.5 } else { e };
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let s8 = s4 * s4;
    let a = (1.0 / 3.0 + s2 * (1.0 / 5.0)) + s4 * (1.0 / 7.0 + s2 * (1.0 / 9.0));
    let b = (1.0 / 11.0 + s2 * (1.0 / 13.0)) + s4 * (1.0 / 15.0 + s2 * (1.0 / 17.0));
    let c = 1.0 / 19.0 + s2 * (1.0 / 21.0);
    let series = 2.0 * s + 2.0 * s * (s2 * (a + s8 * (b + s8 * c)));
    if is_large { core::f64::consts::LN_2 + series } else { series }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(z: f64) -> [f64; 4] {
        let mut points = Points::default();
        points.fill(&[z; BLOCK_ROWS]);
        let last = BLOCK_ROWS - 1;
        [points.loss_0[last], points.loss_1[last], points.probability[last], points.complement[last]]
    }

    /// Worked out with 50 digits.
    #[test]
    fn losses_are_right_at_zero_and_at_the_extremes() {
        for (z, loss_0, loss_1) in [
            (0.0, core::f64::consts::LN_2, core::f64::consts::LN_2),
            (1.0, 1.313_261_687_518_222_8, 0.313_261_687_518_222_8),
            (40.0, 40.0, 4.248_354_255_291_589e-18),
            (-40.0, 4.248_354_255_291_589e-18, 40.0),
            (800.0, 800.0, 0.0),
            (-800.0, 0.0, 800.0),
        ] {
            let [found_0, found_1, probability, complement] = at(z);
            for (found, expected) in [(found_0, loss_0), (found_1, loss_1)] {
                assert!((found - expected).abs() <= 1e-15 * expected.abs(), "{z}: {found} is not {expected}");
            }
            assert!((probability + complement - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn what_is_no_number_stays_none() {
        for z in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let [loss_0, loss_1, ..] = at(z);
            assert!(loss_0.is_nan() && loss_1.is_nan());
        }
    }

    proptest! {
        /// Against the functions of the C library.
        #[test]
        fn every_figure_is_right_to_the_last_digits(z in prop_oneof![-1e-3..1e-3_f64, -5.0..5.0_f64, -700.0..700.0_f64]) {
            let e = libm::exp(-z.abs());
            let l = libm::log1p(e);
            let (near, far) = (1.0 / (1.0 + e), e / (1.0 + e));
            let expected = if z > 0.0 { [z + l, l, near, far] } else { [l, l - z, far, near] };
            for (found, expected) in at(z).into_iter().zip(expected) {
                prop_assert!((found - expected).abs() <= 1e-15 * expected, "{} is not {}", found, expected);
            }
        }
    }
}
