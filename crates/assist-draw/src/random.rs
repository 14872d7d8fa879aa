//! The source of random bits: MT19937-64, the same on every machine.

use rand_mt::Mt64;

/// Random bits from a seed.
#[derive(Debug, Clone)]
pub struct Random(Mt64);

impl Random {
    /// The same seed gives the same bits.
    pub fn new(seed: u64) -> Self {
        Self(Mt64::new(seed))
    }

    /// 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number between 0 and 1, neither of them, in steps of 2^-53.
    #[inline]
    pub fn between_0_and_1(&mut self) -> f64 {
        ((self.next_u64() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
    }

    /// A whole number below `n`, which is not 0; each as likely as any other but for `n` / 2^64.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        // The high half of a product.
        ((u128::from(self.next_u64()) * u128::from(n)) >> 64) as u64
    }
}
