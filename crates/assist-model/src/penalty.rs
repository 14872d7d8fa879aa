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

/// What the optimum is as an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Estimate {
    /// Where the classes are separated, or features follow from others, there is no single finite one.
    MaximumLikelihood,
    /// Always finite, and nearer to the truth than maximum likelihood on few rows.
    BiasReduced,
    /// Always finite, drawn towards zero.
    Shrunk,
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
    /// Whether the sum form is strongly convex with modulus 1 in what is penalised, so that the length of the gradient bounds
    /// the distance to the optimum.
    pub(crate) is_ridge: bool,
    /// The solver.
    pub(crate) method: Method,
    estimate: Estimate,
}

impl PenaltyFacts {
    /// The facts for an inverse strength `c`.
    pub(crate) fn new(penalty: Penalty, c: f64) -> Self {
        let plain = |estimate, method| Self {
            l1: 0.0,
            l2: 0.0,
            may_include_intercept: false,
            is_ridge: false,
            method,
            estimate,
        };
        let shrunk = plain(Estimate::Shrunk, Method::Smooth);
        match penalty {
            Penalty::None => plain(Estimate::MaximumLikelihood, Method::Smooth),
            Penalty::L2 => Self { l2: 1.0 / c, may_include_intercept: true, is_ridge: true, ..shrunk },
            Penalty::L1 => Self { l1: 1.0 / c, method: Method::ProximalNewton, ..shrunk },
            Penalty::ElasticNet { l1_ratio } => {
                let [l1, l2] = [l1_ratio / c, (1.0 - l1_ratio) / c];
                // Without any L1 there is no kink.
                let method = if l1 > 0.0 { Method::ProximalNewton } else { Method::Smooth };
                Self { l1, l2, may_include_intercept: true, method, ..shrunk }
            }
            Penalty::Firth => plain(Estimate::BiasReduced, Method::FisherScoring),
        }
    }

    /// Whether there is a finite optimum whatever the rows are. Where it is not so, features that follow from others and
    /// classes that are separated have to be looked for.
    pub(crate) fn is_always_finite(&self) -> bool {
        self.estimate != Estimate::MaximumLikelihood
    }

    /// Whether standard errors stay valid where the classes are separated.
    pub(crate) fn withstands_separation(&self) -> bool {
        self.estimate == Estimate::BiasReduced
    }

    /// Whether the inverse Hessian estimates the covariance of the coefficients, where no class is weighted.
    pub(crate) fn has_likelihood_covariance(&self) -> bool {
        self.estimate != Estimate::Shrunk
    }

    /// Whether the penalty sets coefficients to zero.
    pub(crate) fn selects(&self) -> bool {
        self.l1 > 0.0
    }

    /// Whether the penalty is one of squares alone.
    pub(crate) fn is_smooth_and_strong(&self) -> bool {
        self.method == Method::Smooth && self.l2 > 0.0
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
    fn standard_errors_depend_on_what_the_optimum_is() {
        let facts = |penalty| {
            let facts = PenaltyFacts::new(penalty, 1.0);
            (facts.has_likelihood_covariance(), facts.withstands_separation(), facts.selects())
        };
        assert_eq!(facts(Penalty::None), (true, false, false));
        assert_eq!(facts(Penalty::Firth), (true, true, false));
        assert_eq!(facts(Penalty::L2), (false, false, false));
        assert_eq!(facts(Penalty::L1), (false, false, true));
    }

    #[test]
    fn only_an_unpenalised_optimum_may_be_infinite() {
        for penalty in [Penalty::L2, Penalty::L1, Penalty::ElasticNet { l1_ratio: 0.5 }, Penalty::Firth] {
            assert!(PenaltyFacts::new(penalty, 1.0).is_always_finite(), "{penalty}");
        }
        assert!(!PenaltyFacts::new(Penalty::None, 1.0).is_always_finite());
    }
}
