//! The settings of a fit, and what is checked of them before a row is looked at.

use assist_score::{ClassWeight, Intercept, ObjectiveForm, Penalty, PenaltyUnits, Recipe};

use crate::choices::{Covariance, InferenceLevel, Solver};
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::penalty::{self, PenaltyFacts};

/// The settings of a fit. By default: L2 with `C` = 1 in units of each feature's spread and a free intercept, balanced classes, L-BFGS with at most 2000
/// iterations, probabilities at the base rate of the training rows, and standard errors and inference where
/// they are valid and take no time. Each setter says its own default.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegression {
    pub(crate) penalty: Penalty,
    pub(crate) c: f64,
    pub(crate) objective: ObjectiveForm,
    pub(crate) class_weight: ClassWeight,
    pub(crate) solver: Solver,
    pub(crate) max_iter: u64,
    pub(crate) tolerance: f64,
    pub(crate) base_rate: Option<f64>,
    pub(crate) covariance: Covariance,
    pub(crate) inference: InferenceLevel,
    pub(crate) interrupt: Interrupt,
    pub(crate) holds_constants: bool,
}

impl Default for LogisticRegression {
    fn default() -> Self {
        Self {
            penalty: Penalty::L2,
            c: 1.0,
            objective: Recipe::Standard.objective(),
            class_weight: ClassWeight::Balanced,
            solver: Solver::Lbfgs,
            max_iter: 2000,
            tolerance: 1e-8,
            base_rate: None,
            covariance: Covariance::Auto,
            inference: InferenceLevel::Auto,
            interrupt: Interrupt::default(),
            holds_constants: false,
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

    /// Default: standard. Sets the units of the penalty and the intercept; either may be set apart afterwards.
    #[must_use]
    pub fn with_recipe(self, recipe: Recipe) -> Self {
        Self { objective: recipe.objective(), ..self }
    }

    /// Default: that of the recipe. In which units the penalty measures coefficients.
    #[must_use]
    pub fn with_penalty_units(self, penalty_units: PenaltyUnits) -> Self {
        self.with_objective(|form| ObjectiveForm { penalty_units, ..form })
    }

    /// Default: that of the recipe. What becomes of the intercept; penalties that cannot include it leave it free.
    #[must_use]
    pub fn with_intercept(self, intercept: Intercept) -> Self {
        self.with_objective(|form| ObjectiveForm { intercept, ..form })
    }

    /// Another form of the objective, which is that of the recipe where both of its presets are kept.
    fn with_objective(self, change: impl FnOnce(ObjectiveForm) -> ObjectiveForm) -> Self {
        let changed = ObjectiveForm { recipe: None, ..change(self.objective) };
        let recipe = [Recipe::Standard, Recipe::Original].into_iter().find(|recipe| {
            let preset = recipe.objective();
            (preset.penalty_units, preset.intercept) == (changed.penalty_units, changed.intercept)
        });
        Self { objective: ObjectiveForm { recipe, ..changed }, ..self }
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

    /// Default: 1e-8. Largest entry of the mean objective's gradient, each by what its feature adds over one spread of it: solvers
    /// aim at a thousandth of it. Whether a fit has converged is decided by its Newton decrement.
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

    /// Default: no. Whether a feature that is constant has the coefficient 0 where no penalty says so, instead of being refused as
    /// one that follows from the intercept.
    #[must_use]
    pub fn with_constants_at_zero(self, holds_constants: bool) -> Self {
        Self { holds_constants, ..self }
    }

    /// Default: a flag that nobody raises. What ends the fit from another thread.
    #[must_use]
    pub fn with_interrupt(self, interrupt: Interrupt) -> Self {
        Self { interrupt, ..self }
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

    /// The form of the objective: an intercept that the penalty cannot include is free.
    pub(crate) fn objective_form(&self) -> ObjectiveForm {
        let may_include_intercept = self.penalty_facts().may_include_intercept;
        match self.objective.intercept {
            Intercept::Penalised if !may_include_intercept => {
                ObjectiveForm { intercept: Intercept::Free, ..self.objective }
            }
            _ => self.objective,
        }
    }

    /// What the penalty is to the fit.
    pub(crate) fn penalty_facts(&self) -> PenaltyFacts {
        PenaltyFacts::new(self.penalty, self.c)
    }
}
