//! Student's distribution, for intervals from few clusters.

use statrs::function::beta::beta_reg;

use crate::intervals::Z_975;

/// From so many degrees of freedom on the normal distribution is as good.
const MANY: usize = 100_000;

/// The 97.5 % point with so many degrees of freedom, at least 1.
pub(crate) fn t_975(degrees: usize) -> f64 {
    if degrees >= MANY {
        return Z_975;
    }
    let nu = degrees.max(1) as f64;
    // P(|T| > t) is the regularised incomplete beta function of nu / 2 and 1/2 at nu / (nu + t^2), which falls in t.
    let beyond = |t: f64| beta_reg(nu / 2.0, 0.5, nu / (nu + t * t));
    let (mut low, mut high) = (1.9, 13.0);
    while high - low > 1e-13 * high {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if beyond(middle) > 0.05 { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
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
    }
}
