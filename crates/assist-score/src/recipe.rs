//! Which objective a model was fitted to: in which units its penalty measures coefficients, and what became of the intercept.
//! A recipe presets both.

use core::fmt;

use serde::{Deserialize, Serialize};

/// What presets the units of the penalty and the intercept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipe {
    /// Spread and free: scikit-learn's `StandardScaler` followed by `LogisticRegression`, told in the user's units. It depends
    /// neither on the units of a column nor on its offset.
    #[default]
    Standard,
    /// Raw and penalised: scikit-learn's liblinear solver, as the original project had it.
    Original,
}

impl Recipe {
    /// The objective that it presets.
    pub const fn objective(self) -> ObjectiveForm {
        let (penalty_units, intercept) = match self {
            Self::Standard => (PenaltyUnits::Spread, Intercept::Free),
            Self::Original => (PenaltyUnits::Raw, Intercept::Penalised),
        };
        ObjectiveForm { recipe: Some(self), penalty_units, intercept }
    }

    /// The name, as settings and reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Original => "original",
        }
    }
}

/// The units in which a penalty measures coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PenaltyUnits {
    /// What a feature adds over one standard deviation of it on the training rows: `sd w`.
    Spread,
    /// What a unit of it adds: `w`.
    #[default]
    Raw,
}

impl PenaltyUnits {
    /// The name, as settings and reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spread => "spread",
            Self::Raw => "raw",
        }
    }
}

/// What becomes of the intercept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Intercept {
    /// It is fitted, and no part of the penalty.
    #[default]
    Free,
    /// It is fitted, and the penalty includes its square.
    Penalised,
    /// There is none: a row of zeros has the score 0.
    None,
}

impl Intercept {
    /// The name, as settings and reports have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Penalised => "penalised",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for PenaltyUnits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Intercept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The form of the objective that a model was fitted to, its penalty and its weights apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ObjectiveForm {
    /// The recipe, where both of its presets were kept.
    pub recipe: Option<Recipe>,
    /// In which units the penalty measures coefficients; without effect where there is none.
    pub penalty_units: PenaltyUnits,
    /// What became of the intercept. A penalty that cannot include it leaves it free, whatever the recipe.
    pub intercept: Intercept,
}

impl ObjectiveForm {
    /// What is known of a model that was stored when there was but one choice.
    pub(crate) fn before_recipes(intercept_penalised: bool) -> Self {
        let original = Recipe::Original.objective();
        if intercept_penalised { original } else { Self { recipe: None, intercept: Intercept::Free, ..original } }
    }
}
