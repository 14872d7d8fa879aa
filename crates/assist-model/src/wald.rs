//! A coefficient's uncertainty from its standard error, by Wald's method.

/// A coefficient's uncertainty by Wald's method.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Wald {
    /// The standard error.
    pub std_error: f64,
    /// Value over standard error.
    pub z: f64,
    /// Two-sided, from the normal distribution.
    pub p_value: f64,
    /// Lower end of the 95 % interval.
    pub ci_low: f64,
    /// Upper end of the 95 % interval.
    pub ci_high: f64,
}

/// The 97.5 % point of the normal distribution.
const Z_975: f64 = 1.959_963_984_540_054;

impl Wald {
    /// The uncertainty of `value`; `None` where the standard error is not a positive number.
    pub fn new(value: f64, std_error: f64) -> Option<Self> {
        if !(std_error > 0.0 && std_error.is_finite()) {
            return None;
        }
        let z = value / std_error;
        let p_value = libm::erfc(z.abs() / std::f64::consts::SQRT_2);
        let half = Z_975 * std_error;
        Some(Self { std_error, z, p_value, ci_low: value - half, ci_high: value + half })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wald_interval_is_that_of_the_tables() {
        let wald = Wald::new(1.959_963_984_540_054, 1.0).expect("a standard error");
        assert!((wald.p_value - 0.05).abs() < 1e-15 && wald.ci_low.abs() < 1e-15);
        assert_eq!(Wald::new(1.0, 0.0), None);
    }
}
