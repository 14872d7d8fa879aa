//! The settings of a fit, and what is checked of them before a row is looked at.

use assist_score::{ClassWeight, Penalty};

use crate::choices::{Covariance, InferenceLevel, Solver};
use crate::error::Error;
use crate::penalty::{self, PenaltyFacts};

/// The settings of a fit. By default: L2 with `C` = 1 and the intercept penalised, balanced classes, L-BFGS with at most 2000
/// iterations to a gradient of 1e-8, probabilities at the base rate of the training rows, and standard errors and inference where
/// they are valid and take no time. Each setter says its own default.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegression {
    pub(crate) penalty: Penalty,
    pub(crate) c: f64,
    pub(crate) intercept_penalised: bool,
    pub(crate) class_weight: ClassWeight,
    pub(crate) solver: Solver,
    pub(crate) max_iter: u64,
    pub(crate) tolerance: f64,
    pub(crate) base_rate: Option<f64>,
    pub(crate) covariance: Covariance,
    pub(crate) inference: InferenceLevel,
}

impl Default for LogisticRegression {
    fn default() -> Self {
        Self {
            penalty: Penalty::L2,
            c: 1.0,
            intercept_penalised: true,
            class_weight: ClassWeight::Balanced,
            solver: Solver::Lbfgs,
            max_iter: 2000,
            tolerance: 1e-8,
            base_rate: None,
            covariance: Covariance::Auto,
            inference: InferenceLevel::Auto,
        }
    }
}

impl LogisticRegression {
    /// Default: L2.
    #[must_use]
    pub fn with_penalty(self, penalty: Penalty) -> Self {
        Self { penalty, ..self }
    }

    /// Default: 1. Inverse strength of the penalty, positive.
    #[must_use]
    pub fn with_c(self, c: f64) -> Self {
        Self { c, ..self }
    }

    /// Default: true, as in scikit-learn's liblinear solver.
    #[must_use]
    pub fn with_intercept_penalised(self, intercept_penalised: bool) -> Self {
        Self { intercept_penalised, ..self }
    }

    /// Default: balanced.
    #[must_use]
    pub fn with_class_weight(self, class_weight: ClassWeight) -> Self {
        Self { class_weight, ..self }
    }

    /// Default: L-BFGS.
    #[must_use]
    pub fn with_solver(self, solver: Solver) -> Self {
        Self { solver, ..self }
    }

    /// Default: 2000.
    #[must_use]
    pub fn with_max_iter(self, max_iter: u64) -> Self {
        Self { max_iter, ..self }
    }

    /// Default: 1e-8. Largest entry of the mean objective's gradient at which a fit counts as converged.
    #[must_use]
    pub fn with_tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// Default: that of the training rows. The share of class 1 that `probability` is corrected to, in (0, 1).
    #[must_use]
    pub fn with_base_rate(self, base_rate: Option<f64>) -> Self {
        Self { base_rate, ..self }
    }

    /// Default: [`Covariance::Auto`].
    #[must_use]
    pub fn with_covariance(self, covariance: Covariance) -> Self {
        Self { covariance, ..self }
    }

    /// Default: [`InferenceLevel::Auto`].
    #[must_use]
    pub fn with_inference(self, inference: InferenceLevel) -> Self {
        Self { inference, ..self }
    }

    /// Whether every setting is in its range, and all go together.
    ///
    /// # Errors
    ///
    /// The first that is not.
    pub fn check(&self) -> Result<(), Error> {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let setting = |name, value, expected| Err(Error::Setting { name, value, expected });
        if !positive(self.c) {
            return setting("C", self.c, "a positive number");
        }
        if !positive(self.tolerance) {
            return setting("the tolerance", self.tolerance, "a positive number");
        }
        penalty::check(self.penalty)?;
        let is_plain = self.class_weight == ClassWeight::None && self.penalty_facts().has_likelihood_covariance();
        if self.covariance == Covariance::InverseHessian && !is_plain {
            return Err(Error::InverseHessian);
        }
        match self.base_rate {
            Some(rate) if !(rate > 0.0 && rate < 1.0) => setting("the base rate", rate, "between 0 and 1"),
            _ => Ok(()),
        }
    }

    /// What the penalty is to the fit.
    pub(crate) fn penalty_facts(&self) -> PenaltyFacts {
        PenaltyFacts::new(self.penalty, self.c)
    }
}
