//! What is clear: beyond chance over everything that is looked at together, also where observations are few.
//!
//! Likelihood ratios are larger than chi-squared by a factor of about `1 + k/n`, for `k` parameters and `n` observations, and
//! their tails by more. They are divided by [`inflation`] before Holm's correction, which keeps the error rate over 60 columns of
//! noise below 5 % down to ten observations of the smaller class a parameter (`docs/inference.md` has the simulations).

use assist_score::FactorTests;

use crate::likelihood::{SIGNIFICANCE, chi_squared_tail, holm};

/// Error rate of what is said of all columns together, which adds to that of what is said of each.
const SIGNIFICANCE_TOGETHER: f64 = SIGNIFICANCE / 10.0;

/// What statistics are divided by before they are called clear, for so many parameters and observations.
pub(super) fn inflation(n_parameters: usize, observations: u64) -> f64 {
    1.0 + 2.0 * n_parameters as f64 / observations as f64
}

/// The columns whose statistics are beyond chance after Holm's correction over all of them.
pub(super) fn columns(tests: &FactorTests, inflation: f64) -> Vec<String> {
    let p_values: Vec<f64> =
        tests.factors.iter().map(|test| chi_squared_tail(test.statistic / inflation, test.df)).collect();
    let clear = tests.factors.iter().zip(holm(&p_values)).filter(|(_, p)| *p <= SIGNIFICANCE);
    clear.flat_map(|(test, _)| test.columns.iter().cloned()).collect()
}

/// Whether the columns that are left without evidence clearly say something together.
pub(super) fn together(tests: &FactorTests, inflation: f64) -> bool {
    let joint = tests.without_evidence.as_ref();
    joint.is_some_and(|joint| chi_squared_tail(joint.statistic / inflation, joint.df) <= SIGNIFICANCE_TOGETHER)
}

/// For each feature whether its statistic, chi-squared on one degree of freedom, is beyond chance after Holm's correction over
/// all of them.
pub(super) fn features(statistics: &[Option<f64>], inflation: f64) -> Vec<bool> {
    let known: Vec<f64> = statistics.iter().flatten().map(|s| chi_squared_tail(s / inflation, 1)).collect();
    let mut adjusted = holm(&known).into_iter();
    let mut is_clear = |_: f64| adjusted.next().is_some_and(|p| p <= SIGNIFICANCE);
    statistics.iter().map(|statistic| statistic.is_some_and(&mut is_clear)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_clear_among_many_observations_is_not_among_few() {
        // 4.0 on one degree of freedom has a p-value of 0.0455.
        let found = |inflation| features(&[Some(4.0), None], inflation);
        assert_eq!(found(inflation(2, 1_000_000)), [true, false]);
        assert_eq!(found(inflation(2, 40)), [false, false]);
        assert_eq!(features(&[Some(4.0), Some(0.5)], 1.0), [false, false], "one of two is less of a surprise");
    }
}
