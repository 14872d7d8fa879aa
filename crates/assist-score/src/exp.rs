//! The exponential function as plain arithmetic, without branches or calls: for one prediction it is quick, and over many rows
//! the compiler makes vectors of it. It uses no fused multiplications, so that every machine gives the same bits.

/// `exp(x)` for `x` up to 0, to one unit in the last place or so; 0 below -708.
///
/// `x = k ln 2 + r` with `|r| <= ln 2 / 2`; the Taylor polynomial of degree 13 is exact to 4e-18 there.
#[inline(always)]
pub fn exp_of_negative(x: f64) -> f64 {
    /// Adding it rounds to a whole number, which then stands in the last bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    /// The first 33 bits of ln 2, so that their product with a small whole number is exact, and the rest.
    const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const LOWEST: f64 = -708.0;
    let clamped = if x > LOWEST { x } else { LOWEST };
    let shifted = clamped * core::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (clamped - k * LN_2_HIGH) - k * LN_2_LOW;
    let r2 = r * r;
    let r4 = r2 * r2;
    // Estrin's scheme: short chains of operations that wait for each other.
    let low = (1.0 + r) + r2 * (1.0 / 2.0 + r * (1.0 / 6.0));
    let middle = (1.0 / 24.0 + r * (1.0 / 120.0)) + r2 * (1.0 / 720.0 + r * (1.0 / 5_040.0));
    let high = (1.0 / 40_320.0 + r * (1.0 / 362_880.0)) + r2 * (1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0));
    let top = 1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0);
    let polynomial = low + r4 * (middle + r4 * (high + r4 * top));
    let power = f64::from_bits((shifted.to_bits().wrapping_add(1023)) << 52);
    if x > LOWEST { polynomial * power } else { 0.0 }
}

/// `1 / (1 + exp(-z))`, without overflow on either side.
pub fn sigmoid(z: f64) -> f64 {
    if z >= 0.0 {
        1.0 / (1.0 + libm::exp(-z))
    } else {
        let e = libm::exp(z);
        e / (1.0 + e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sigmoid_is_right_at_the_extremes() {
        assert_eq!((sigmoid(800.0), sigmoid(-800.0), sigmoid(0.0)), (1.0, 0.0, 0.5));
        assert!((sigmoid(-40.0) - 4.248_354_255_291_589e-18).abs() < 1e-32);
    }

    proptest! {
        #[test]
        fn it_is_the_exponential_function(x in prop_oneof![-1e-3..=0.0_f64, -5.0..=0.0_f64, -707.0..=0.0_f64]) {
            let expected = libm::exp(x);
            // Two units in the last place, which are most where the significand is 1.
            prop_assert!((exp_of_negative(x) - expected).abs() <= 2.0 * f64::EPSILON * expected);
        }
    }
}
