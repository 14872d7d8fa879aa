//! What each penalty is to a fit: its strength in numbers, the solver that it asks for, and what holds at its optimum.
//!
//! A new penalty begins as a variant of [`Penalty`]. From there the compiler leads to all that has to be answered: how it is
//! stored (in `assist-score`), what it is called in settings (in `assist-learn`), and here [`PenaltyFacts::new`]. Settings,
//! solvers and inference ask for these facts, and none of them matches on the penalty itself.

use assist_score::Penalty;

use crate::error::Error;

/// Which solver finds the optimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// The solver of the settings: the objective has two derivatives everywhere.
    Smooth,
    /// Proximal Newton steps: absolute values have a kink at zero.
    ProximalNewton,
    /// Fisher scoring of a penalised likelihood, which is not a sum over rows.
    FisherScoring,
}

/// What a fit has to know of its penalty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PenaltyFacts {
    /// Strength of `|w|_1` beside the sum of the weighted losses. The intercept is never part of it.
    pub(crate) l1: f64,
    /// Strength of `|w|_2^2 / 2` beside the sum of the weighted losses.
    pub(crate) l2: f64,
    /// Whether the squared length includes that of the intercept, where the settings ask for it.
    pub(crate) may_include_intercept: bool,
    /// Whether there is a finite optimum whatever the rows are. Where it is not so, features that follow from others and
    /// classes that are separated have to be looked for.
    pub(crate) is_always_finite: bool,
    /// Whether the optimum stays an estimate with valid standard errors where the classes are separated.
    pub(crate) withstands_separation: bool,
    /// Whether the inverse Hessian estimates the covariance of the coefficients, where no class is weighted.
    pub(crate) has_likelihood_covariance: bool,
    /// Whether the sum form is strongly convex with modulus 1 in what is penalised, so that the length of the gradient bounds
    /// the distance to the optimum.
    pub(crate) is_ridge: bool,
    /// The solver.
    pub(crate) method: Method,
}

impl PenaltyFacts {
    /// The facts for an inverse strength `c`.
    pub(crate) fn new(penalty: Penalty, c: f64) -> Self {
        let unpenalised = Self {
            l1: 0.0,
            l2: 0.0,
            may_include_intercept: false,
            is_always_finite: false,
            withstands_separation: false,
            has_likelihood_covariance: true,
            is_ridge: false,
            method: Method::Smooth,
        };
        let penalised = Self { is_always_finite: true, has_likelihood_covariance: false, ..unpenalised };
        match penalty {
            Penalty::None => unpenalised,
            Penalty::L2 => Self { l2: 1.0 / c, may_include_intercept: true, is_ridge: true, ..penalised },
            Penalty::L1 => Self { l1: 1.0 / c, method: Method::ProximalNewton, ..penalised },
            Penalty::ElasticNet { l1_ratio } => {
                let [l1, l2] = [l1_ratio / c, (1.0 - l1_ratio) / c];
                // Without any L1 there is no kink.
                let method = if l1 > 0.0 { Method::ProximalNewton } else { Method::Smooth };
                Self { l1, l2, may_include_intercept: true, method, ..penalised }
            }
            Penalty::Firth => Self {
                withstands_separation: true,
                has_likelihood_covariance: true,
                method: Method::FisherScoring,
                ..penalised
            },
        }
    }

    /// Whether the penalty sets coefficients to zero.
    pub(crate) fn selects(&self) -> bool {
        self.l1 > 0.0
    }

    /// Whether the objective has a term beside the losses that is scaled by `C`.
    pub(crate) fn has_strength(&self) -> bool {
        self.l1 + self.l2 > 0.0
    }
}

/// Whether the numbers of a penalty are in their range.
pub(crate) fn check(penalty: Penalty) -> Result<(), Error> {
    match penalty {
        Penalty::ElasticNet { l1_ratio } if !(0.0..=1.0).contains(&l1_ratio) => {
            Err(Error::Setting { name: "the share of L1", value: l1_ratio, expected: "between 0 and 1" })
        }
        Penalty::None | Penalty::L2 | Penalty::L1 | Penalty::ElasticNet { .. } | Penalty::Firth => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_are_divided_as_the_share_says() {
        let strengths = |penalty| {
            let PenaltyFacts { l1, l2, method, .. } = PenaltyFacts::new(penalty, 4.0);
            (l1, l2, method)
        };
        let net = |l1_ratio| Penalty::ElasticNet { l1_ratio };
        assert_eq!(strengths(Penalty::None), (0.0, 0.0, Method::Smooth));
        assert_eq!(strengths(Penalty::L2), (0.0, 0.25, Method::Smooth));
        assert_eq!(strengths(Penalty::L1), (0.25, 0.0, Method::ProximalNewton));
        assert_eq!(strengths(net(0.0)), (0.0, 0.25, Method::Smooth));
        assert_eq!(strengths(net(0.25)), (0.0625, 0.1875, Method::ProximalNewton));
        assert_eq!(strengths(net(1.0)), (0.25, 0.0, Method::ProximalNewton));
        assert_eq!(strengths(Penalty::Firth), (0.0, 0.0, Method::FisherScoring));
    }

    #[test]
    fn only_an_unpenalised_optimum_may_be_infinite() {
        for penalty in [Penalty::L2, Penalty::L1, Penalty::ElasticNet { l1_ratio: 0.5 }, Penalty::Firth] {
            assert!(PenaltyFacts::new(penalty, 1.0).is_always_finite, "{penalty}");
        }
        assert!(!PenaltyFacts::new(Penalty::None, 1.0).is_always_finite);
    }
}
