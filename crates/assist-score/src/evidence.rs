//! What the training rows say of each coefficient, apart from the model that predicts. A penalty and class weights make better
//! predictions, and draw coefficients to where the data are not; so whatever is said of effects rests on another fit to the same
//! rows, without either.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Inconsistency;

/// How evidence was taken from the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EvidenceMethod {
    /// Maximum likelihood; standard errors from the inverse Hessian, intervals and p-values by Wald's method.
    InverseHessian,
    /// Firth's penalised likelihood, where the classes are separated: intervals from its profile, p-values from ratios of it
    /// (Heinze and Schemper 2002).
    FirthProfile,
    /// Maximum likelihood, by Wald's method with the cluster-robust sandwich CR1, where rows are grouped.
    Cluster,
    /// Maximum of the weighted likelihood, by Wald's method with the sandwich HC0, where rows have sampling weights.
    Sandwich,
}

impl EvidenceMethod {
    /// The name, as reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InverseHessian => "inverse_hessian",
            Self::FirthProfile => "firth_profile",
            Self::Cluster => "cluster_cr1",
            Self::Sandwich => "sandwich_hc0",
        }
    }

    /// How whole columns are tested with it.
    pub const fn column_test(self) -> ColumnTest {
        match self {
            Self::InverseHessian | Self::FirthProfile => ColumnTest::LikelihoodRatio,
            Self::Cluster | Self::Sandwich => ColumnTest::Wald,
        }
    }
}

/// How whole columns are tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ColumnTest {
    /// Twice the log-likelihood that is lost without their features.
    #[default]
    LikelihoodRatio,
    /// Wald's chi-squared of their coefficients with a sandwich covariance: rows that are grouped or have weights make no
    /// likelihood whose ratios were chi-squared.
    Wald,
}

impl ColumnTest {
    /// The name of the test.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LikelihoodRatio => "likelihood-ratio test",
            Self::Wald => "Wald test",
        }
    }

    /// The name of several, at the head of a table.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::LikelihoodRatio => "Likelihood-ratio tests",
            Self::Wald => "Wald tests",
        }
    }

    /// The name of its statistic.
    pub const fn statistic(self) -> &'static str {
        match self {
            Self::LikelihoodRatio => "likelihood ratio",
            Self::Wald => "Wald chi-squared",
        }
    }
}

/// What the rows say of one coefficient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoefficientEvidence {
    /// The estimate. It is another one than the coefficient of the model where that is penalised or weighted.
    pub value: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Lower end of the 95 % interval.
    pub ci_low: f64,
    /// Upper end of the 95 % interval.
    pub ci_high: f64,
    /// Probability of an estimate as far from zero if the feature has no effect.
    pub p_value: f64,
}

/// What the rows say of all coefficients, and what of it is clear.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// How it was taken.
    pub method: EvidenceMethod,
    /// One for each feature in order, then one for the intercept; `None` where there is none of it, for a reason that stands in
    /// [`Inference::undefined`](crate::Inference::undefined).
    pub coefficients: Vec<Option<CoefficientEvidence>>,
    /// For each feature whether its sign is clear.
    pub clear_features: Vec<bool>,
    /// The columns that clearly say something about the label that the others do not.
    pub clear_columns: Vec<String>,
    /// Whether the others clearly say something together, though none of them does alone.
    pub clear_together: bool,
    /// Observations of the smaller class.
    pub smaller_class: u64,
    /// Parameters that were estimated, the intercept among them.
    pub n_parameters: u64,
}

impl Evidence {
    /// Observations of the smaller class a parameter, below which nothing is called clear: likelihood ratios are then larger
    /// than chi-squared (Peduzzi et al. 1996 gave the number).
    pub const FEWEST_A_PARAMETER: u64 = 10;

    /// Whether there are too few observations a parameter for anything to be called clear.
    pub fn is_scarce(&self) -> bool {
        self.smaller_class < self.n_parameters.saturating_mul(Self::FEWEST_A_PARAMETER)
    }

    /// Whether a column is clear.
    pub fn is_clear_column(&self, column: &str) -> bool {
        self.clear_columns.iter().any(|clear| clear == column)
    }

    /// Whether it can be the evidence of so many features.
    pub(crate) fn check(&self, n_features: usize) -> Result<(), Inconsistency> {
        let is_sound = |of: &CoefficientEvidence| {
            let CoefficientEvidence { value, std_error, ci_low, ci_high, p_value } = *of;
            std_error >= 0.0 && ci_low <= value && value <= ci_high && (0.0..=1.0).contains(&p_value)
        };
        let counts_are_right = self.coefficients.len() == n_features + 1 && self.clear_features.len() == n_features;
        let are_sound = self.coefficients.iter().flatten().all(is_sound);
        if counts_are_right && are_sound { Ok(()) } else { Err(Inconsistency::Figure("the evidence")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn evidence_that_no_rows_give_is_refused() {
        let one = CoefficientEvidence { value: 1.0, std_error: 0.5, ci_low: 0.0, ci_high: 2.0, p_value: 0.05 };
        let of = |one: CoefficientEvidence| Evidence {
            method: EvidenceMethod::FirthProfile,
            coefficients: vec![Some(one), None],
            clear_features: vec![true],
            clear_columns: vec!["a".into()],
            clear_together: false,
            smaller_class: 20,
            n_parameters: 2,
        };
        assert_eq!(of(one).check(1), Ok(()));
        assert!(of(one).check(2).is_err());
        for wrong in [
            CoefficientEvidence { value: f64::NAN, ..one },
            CoefficientEvidence { value: 3.0, ..one },
            CoefficientEvidence { std_error: -1.0, ..one },
            CoefficientEvidence { p_value: 1.5, ..one },
        ] {
            assert!(of(wrong).check(1).is_err(), "{wrong:?}");
        }
        assert!(!of(one).is_scarce() && of(one).is_clear_column("a") && !of(one).is_clear_column("b"));
        assert!(Evidence { smaller_class: 19, ..of(one) }.is_scarce());
    }
}
