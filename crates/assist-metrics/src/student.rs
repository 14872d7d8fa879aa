//! Student's distribution, for intervals from few clusters.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::intervals::Z_975;

/// From so many degrees of freedom on the normal distribution is as good.
const MANY: usize = 100_000;

/// The 97.5 % point with so many degrees of freedom, at least 1.
pub(crate) fn t_975(degrees: usize) -> f64 {
    if degrees >= MANY { Z_975 } else { t_quantile(degrees, 0.975) }
}

/// A point of the distribution function with so many degrees of freedom, at least 1.
pub(crate) fn t_quantile(degrees: usize, probability: f64) -> f64 {
    if degrees >= MANY {
        return Normal::standard().inverse_cdf(probability);
    }
    StudentsT::new(0.0, 1.0, degrees.max(1) as f64).map_or(f64::NAN, |law| law.inverse_cdf(probability))
}

/// The probability of a value as far from 0 as `t`, either way, with so many degrees of freedom, at least 1.
pub(crate) fn two_sided(t: f64, degrees: usize) -> f64 {
    StudentsT::new(0.0, 1.0, degrees.max(1) as f64).map_or(f64::NAN, |law| (2.0 * law.sf(t.abs())).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Any table of the distribution.
    #[test]
    fn points_are_those_of_the_tables() {
        for (degrees, point) in [(1, 12.706_204_736), (2, 4.302_652_730), (10, 2.228_138_852), (39, 2.022_690_920)] {
            assert!((t_975(degrees) - point).abs() < 1e-8, "{degrees}: {}", t_975(degrees));
        }
        assert!((t_975(MANY - 1) - Z_975).abs() < 3e-5);
        assert!((two_sided(-t_975(7), 7) - 0.05).abs() < 1e-12 && two_sided(0.0, 3) == 1.0);
    }
}
