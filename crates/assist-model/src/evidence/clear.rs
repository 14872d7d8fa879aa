//! What is clear: beyond chance over everything that is looked at together, also where observations are few.
//!
//! Likelihood ratios are larger than chi-squared by a factor of about `1 + k/n`, for `k` parameters and `n` observations, and
//! their tails by more. They are divided by `1 + 2k/n` before Holm's correction, which keeps the error rate over 60 columns of
//! noise below 5 % down to ten observations of the smaller class a parameter. A sandwich is estimated from as many independent units
//! as there are groups, or rows of one weight: with these for `n`, Wald's statistics are judged by the F distribution, as those of an
//! estimated covariance are (`docs/inference.md` has the simulations).

use assist_score::{ColumnTest, FactorTests};
use statrs::function::beta::beta_reg;

use crate::factor_tests::{SIGNIFICANCE, chi_squared_tail, holm};

/// Error rate of what is said of all columns together, which adds to that of what is said of each.
const SIGNIFICANCE_TOGETHER: f64 = SIGNIFICANCE / 10.0;

/// What statistics are judged by.
pub(super) struct Reference {
    n_parameters: usize,
    /// On how many independent units they rest.
    units: f64,
    test: ColumnTest,
}

impl Reference {
    pub(super) fn new(n_parameters: usize, units: f64, test: ColumnTest) -> Self {
        Self { n_parameters, units, test }
    }

    /// The probability of a statistic as large where there is nothing but chance.
    fn tail(&self, statistic: f64, df: u32) -> f64 {
        let deflated = statistic / (1.0 + 2.0 * self.n_parameters as f64 / self.units);
        match self.test {
            ColumnTest::Wald => f_tail(deflated / f64::from(df), f64::from(df), self.units - f64::from(df)),
            _ => chi_squared_tail(deflated, df),
        }
    }
}

/// The probability that a variable of the F distribution is larger; 1 where it leaves no degrees of freedom.
fn f_tail(statistic: f64, df: f64, of_error: f64) -> f64 {
    if of_error <= 0.0 || statistic <= 0.0 {
        return 1.0;
    }
    beta_reg(of_error / 2.0, df / 2.0, of_error / (of_error + df * statistic))
}

/// The columns whose statistics are beyond chance after Holm's correction over all of them.
pub(super) fn columns(tests: &FactorTests, reference: &Reference) -> Vec<String> {
    let p_values: Vec<f64> = tests.factors.iter().map(|test| reference.tail(test.statistic, test.df)).collect();
    let clear = tests.factors.iter().zip(holm(&p_values)).filter(|(_, p)| *p <= SIGNIFICANCE);
    clear.flat_map(|(test, _)| test.columns.iter().cloned()).collect()
}

/// Whether the columns that are left without evidence clearly say something together.
pub(super) fn together(tests: &FactorTests, reference: &Reference) -> bool {
    let joint = tests.without_evidence.as_ref();
    joint.is_some_and(|joint| reference.tail(joint.statistic, joint.df) <= SIGNIFICANCE_TOGETHER)
}

/// For each feature whether its statistic, chi-squared on one degree of freedom, is beyond chance after Holm's correction over
/// all of them.
pub(super) fn features(statistics: &[Option<f64>], reference: &Reference) -> Vec<bool> {
    let known: Vec<f64> = statistics.iter().flatten().map(|s| reference.tail(*s, 1)).collect();
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
        let by = |units| Reference::new(2, units, ColumnTest::LikelihoodRatio);
        let found = |units| features(&[Some(4.0), None], &by(units));
        assert_eq!(found(1e6), [true, false]);
        assert_eq!(found(40.0), [false, false]);
        assert_eq!(features(&[Some(4.0), Some(0.5)], &by(1e6)), [false, false], "one of two is less of a surprise");
    }

    /// The 95 % points of F(3, 20) and of F(1, 10), from tables; and chi-squared where units are many.
    #[test]
    fn few_units_make_walds_statistics_an_f_distribution() {
        for (point, df, of_error) in [(3.098_391_2, 3.0, 20.0), (4.964_602_7, 1.0, 10.0)] {
            assert!((f_tail(point, df, of_error) - 0.05).abs() < 1e-8);
        }
        let by = |units| Reference::new(2, units, ColumnTest::Wald);
        assert!((by(1e9).tail(7.0, 3) - chi_squared_tail(7.0, 3)).abs() < 1e-7);
        assert!(by(24.0).tail(7.0, 3) > 2.0 * chi_squared_tail(7.0, 3));
        assert_eq!(by(3.0).tail(700.0, 3), 1.0);
    }
}
