//! Rejection from the table-mountain hat: the ratio of uniforms for discrete unimodal laws.
//!
//! E. Stadlober (1990), "The ratio of uniforms approach for generating discrete random variates", Journal of Computational
//! and Applied Mathematics 31, 181-189 (HRUA and BRUA): with the hat's centre at the mean plus a half and the width below, the
//! hat lies above the hypergeometric and the binomial law for all their parameters.

use crate::random::Random;

/// `2 sqrt(2 / e)` and `3 - 2 sqrt(3 / e)`.
const WIDTHS: [f64; 2] = [1.715_527_769_921_413_5, 0.898_916_162_058_898_8];

/// A unimodal law on whole numbers from 0 on.
pub(crate) struct Law<F> {
    /// The mean: its whole part, and what is left of it. A float would lose the fraction of a large one.
    pub(crate) mean: (u64, f64),
    pub(crate) variance: f64,
    /// The largest value.
    pub(crate) largest: u64,
    /// The logarithm of the probability of a value, over that of the most probable one.
    pub(crate) ln_probability: F,
}

impl<F: Fn(u64) -> f64> Law<F> {
    /// A value of the law; on average some 1.5 are tried.
    pub(crate) fn draw(&self, random: &mut Random) -> u64 {
        let (whole, fraction) = self.mean;
        let width = WIDTHS[0] * (self.variance + 0.5).sqrt() + WIDTHS[1];
        loop {
            let u = random.between_0_and_1();
            let v = random.between_0_and_1();
            let offset = (fraction + 0.5 + width * (v - 0.5) / u).floor();
            #[expect(
                clippy::cast_possible_truncation,
                reason = "what is beyond 64 bits is beyond the largest value too"
            )]
            let Some(value) = whole.checked_add_signed(offset as i64).filter(|value| *value <= self.largest) else {
                continue;
            };
            let ln_probability = (self.ln_probability)(value);
            // The logarithm of u lies between the bounds of the first two tests, so it is hardly ever taken.
            if u * (4.0 - u) - 3.0 <= ln_probability {
                return value;
            }
            if u * (u - ln_probability) < 1.0 && 2.0 * u.ln() <= ln_probability {
                return value;
            }
        }
    }
}
