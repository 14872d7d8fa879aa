//! The two coefficients of a card: `a` and `b` of `sigma(a + b * total)`, by Newton's method on the totals.

/// Observations of one total.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Total {
    pub(crate) points: f64,
    pub(crate) n: f64,
}

/// What a fit has found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    pub(crate) intercept: f64,
    /// Of either sign, or 0 where all totals are equal.
    pub(crate) slope: f64,
    /// In nats over all observations.
    pub(crate) loss: f64,
}

/// Steps below this many logits end the search.
const PRECISION: f64 = 1e-9;
const MOST_STEPS: usize = 100;

/// The best intercept and slope for the totals, or none as soon as the loss is known to reach `enough`.
///
/// `ones` is the mass of class 1, `points_of_ones` the sum of its totals: the labels enter by these alone.
pub(crate) fn scale(totals: &[Total], ones: f64, points_of_ones: f64, start: [f64; 2], enough: f64) -> Option<Scale> {
    let [mut intercept, mut slope] = start;
    for step in 0.. {
        let mut loss = -intercept * ones - slope * points_of_ones;
        let (mut expected, mut expected_points) = (0.0, 0.0);
        let mut hessian = [0.0; 3];
        for total in totals {
            let eta = intercept + slope * total.points;
            let small = (-eta.abs()).exp();
            let inverse = 1.0 / (1.0 + small);
            let p = if eta >= 0.0 { inverse } else { small * inverse };
            let weight = total.n * small * inverse * inverse;
            loss += total.n * (eta.max(0.0) + small.ln_1p());
            expected += total.n * p;
            expected_points += total.n * p * total.points;
            hessian[0] += weight;
            hessian[1] += weight * total.points;
            hessian[2] += weight * total.points * total.points;
        }
        let gradient = [ones - expected, points_of_ones - expected_points];
        let pivot = hessian[2] - hessian[1] * hessian[1] / hessian[0];
        let slope_step = if pivot > 1e-12 * hessian[2] {
            (gradient[1] - gradient[0] * hessian[1] / hessian[0]) / pivot
        } else {
            0.0
        };
        let intercept_step = (gradient[0] - hessian[1] * slope_step) / hessian[0];
        let largest =
            totals.iter().map(|total| (intercept_step + slope_step * total.points).abs()).fold(0.0_f64, f64::max);
        if largest < 1.0 && slope_step != 0.0 {
            let psi = 1.0 + largest * (1.0 / 3.0 + largest * (1.0 / 6.0 + largest * 0.5));
            let decrement = gradient[0] * intercept_step + gradient[1] * slope_step;
            if loss - 0.5 * decrement * psi >= enough {
                return None;
            }
        }
        // The other way round, NaN would go on.
        let more = largest > PRECISION && step < MOST_STEPS;
        if !more {
            return (loss < enough).then_some(Scale { intercept, slope, loss });
        }
        let share = if largest <= 1.5 { 1.0 } else { largest.ln_1p() / largest };
        intercept += share * intercept_step;
        slope += share * slope_step;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(pairs: &[(f64, f64)]) -> Vec<Total> {
        pairs.iter().map(|&(points, n)| Total { points, n }).collect()
    }

    #[test]
    fn two_totals_are_met() {
        let totals = totals(&[(0.0, 18.0), (3.0, 12.0)]);
        let found = scale(&totals, 14.0, 27.0, [0.0; 2], f64::INFINITY).expect("no loss is infinite");
        assert!((found.intercept - (5.0_f64 / 13.0).ln()).abs() < 1e-11);
        assert!((found.intercept + 3.0 * found.slope - 3.0_f64.ln()).abs() < 1e-11);
        assert_eq!(scale(&totals, 14.0, 27.0, [0.0; 2], found.loss * 0.999), None);
        assert!(scale(&totals, 14.0, 27.0, [0.0; 2], found.loss * 1.001).is_some());
    }

    #[test]
    fn one_total_has_no_slope() {
        let found = scale(&totals(&[(2.0, 30.0)]), 10.0, 20.0, [0.0; 2], f64::INFINITY).expect("no loss is infinite");
        assert!((found.intercept + 2.0 * found.slope - 0.5_f64.ln()).abs() < 1e-11);
    }

    #[test]
    fn far_starts_come_back() {
        let totals = totals(&[(-5.0, 180.0), (0.0, 40.0), (7.0, 120.0)]);
        let near = scale(&totals, 150.0, 600.0, [0.0; 2], f64::INFINITY).expect("no loss is infinite");
        for start in [[5.0, 2.0], [-8.0, -3.0], [0.0, 10.0]] {
            let far = scale(&totals, 150.0, 600.0, start, f64::INFINITY).expect("no loss is infinite");
            assert!((far.loss - near.loss).abs() < 1e-9, "{start:?}");
        }
    }
}
