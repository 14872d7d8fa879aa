//! Numbers drawn from laws.

use rand_mt::Mt64;

/// The draws of one table of a simulation.
#[derive(Debug)]
pub struct Draws(Mt64);

impl Draws {
    /// Those of one table of one scenario, whatever other tables draw.
    pub fn new(seed: u64, scenario: u64, table: u64) -> Self {
        Self(Mt64::new(seed.wrapping_add((scenario << 40).wrapping_add(table).wrapping_mul(0x9e37_79b9_7f4a_7c15))))
    }

    /// Between 0 and 1, and neither.
    pub fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// From the standard normal law (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// A whole number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0.next_u64() % n
    }

    /// True with this probability.
    pub fn is(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }
}
