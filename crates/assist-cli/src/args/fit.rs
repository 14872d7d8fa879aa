//! Options of a fit.

use assist_learn::{
    ClassWeight, Covariance, InferenceLevel, Intercept, MissingPolicy, PenaltyKind, PenaltyUnits, Recipe, Settings,
    Solver,
};
use clap::{Args, ValueEnum};

use super::roles::ThreadOptions;
use super::values::{class_weight, positive, ratio, two_columns};

/// What is fitted, and how.
#[derive(Debug, Args)]
pub(crate) struct FitOptions {
    /// Penalty on the coefficients [default: l2]
    #[arg(long, value_enum)]
    pub(crate) penalty: Option<PenaltyName>,
    /// Share of L1 in `elastic-net` [default: 0.5]
    #[arg(long, value_name = "RATIO", value_parser = ratio)]
    pub(crate) l1_ratio: Option<f64>,
    /// Inverse strength of the penalty [default: 1]
    #[arg(long, value_name = "C", value_parser = positive)]
    pub(crate) c: Option<f64>,
    /// Presets `--penalty-units` and `--intercept` [default: standard]
    #[arg(long, value_enum)]
    pub(crate) recipe: Option<RecipeName>,
    /// Units in which the penalty measures coefficients [default: that of the recipe]
    #[arg(long, value_enum, value_name = "UNITS")]
    pub(crate) penalty_units: Option<UnitsName>,
    /// What becomes of the intercept [default: that of the recipe]
    #[arg(long, value_enum)]
    pub(crate) intercept: Option<InterceptName>,
    /// The same as `--intercept penalised` or `--intercept free`
    #[arg(long, value_name = "true|false", conflicts_with = "intercept")]
    pub(crate) intercept_penalised: Option<bool>,
    /// `balanced`, `none`, or the weights of class 0 and class 1 as `W0,W1` [default: balanced]
    #[arg(long, value_parser = class_weight, value_name = "WEIGHT")]
    pub(crate) class_weight: Option<ClassWeight>,
    /// Solver, for `l2` and `none` [default: lbfgs]
    #[arg(long, value_enum)]
    pub(crate) solver: Option<SolverName>,
    /// Maximum number of solver iterations [default: 2000]
    #[arg(long, value_name = "N")]
    pub(crate) max_iter: Option<u64>,
    /// Largest entry of the mean objective's gradient, scaled by the features' spreads; where second derivatives are at hand the
    /// Newton decrement decides whether a fit has converged [default: 1e-8]
    #[arg(long, value_parser = positive)]
    pub(crate) tol: Option<f64>,
    /// What to do with missing cells; rows without a label are left out and counted, unless cells are refused
    #[arg(long, value_enum, default_value_t = Missing::Auto)]
    pub(crate) missing: Missing,
    /// Pool the levels of a text column with fewer training rows than this into one, `(rare)`, which stands for unknown texts
    /// too; 1 pools none [default: 2 where more than a twentieth of the rows have a level of their own, else 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) rare: Option<u64>,
    /// Bin numeric columns at supervised cut points
    #[arg(long)]
    pub(crate) bins: bool,
    /// A numeric column that acts along a curve, a natural cubic spline; one name an option
    #[arg(long, value_name = "NAME")]
    pub(crate) spline: Vec<String>,
    /// Two columns whose effects depend on each other; a name with a colon stands in double quotes, as `'"a:b":c'`
    #[arg(long, value_name = "A:B", value_parser = two_columns)]
    pub(crate) interactions: Vec<[String; 2]>,
    /// Two numeric columns that act in steps which depend on each other: either above a cut, and both; names as in --interactions
    #[arg(long, value_name = "A:B", value_parser = two_columns)]
    pub(crate) steps: Vec<[String; 2]>,
    /// The table has columns `n0` and `n1` instead of the target: one row for many observations
    #[arg(long)]
    pub(crate) counts: bool,
    #[command(flatten)]
    pub(crate) threads: ThreadOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PenaltyName {
    /// Half the squared length of the coefficients
    L2,
    /// The sum of the absolute coefficients, which sets many of them to zero
    L1,
    /// A mixture of both
    ElasticNet,
    /// Jeffreys' prior, whose optimum is finite even where the classes are separated
    Firth,
    /// Maximum likelihood
    None,
}

impl PenaltyName {
    fn kind(self) -> PenaltyKind {
        match self {
            Self::L2 => PenaltyKind::L2,
            Self::L1 => PenaltyKind::L1,
            Self::ElasticNet => PenaltyKind::ElasticNet,
            Self::Firth => PenaltyKind::Firth,
            Self::None => PenaltyKind::None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RecipeName {
    /// Spread and free: scikit-learn's `StandardScaler` and `LogisticRegression`, told in the units of the columns
    Standard,
    /// Raw and penalised: scikit-learn's liblinear solver, as the original project had it
    Original,
}

impl RecipeName {
    fn recipe(self) -> Recipe {
        match self {
            Self::Standard => Recipe::Standard,
            Self::Original => Recipe::Original,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UnitsName {
    /// What a feature adds over one standard deviation of it: neither units nor offsets of columns matter
    Spread,
    /// What a unit of it adds
    Raw,
}

impl UnitsName {
    fn units(self) -> PenaltyUnits {
        match self {
            Self::Spread => PenaltyUnits::Spread,
            Self::Raw => PenaltyUnits::Raw,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InterceptName {
    /// Fitted, and no part of the penalty
    Free,
    /// Fitted, and part of the penalty
    Penalised,
    /// There is none
    None,
}

impl InterceptName {
    fn intercept(self) -> Intercept {
        match self {
            Self::Free => Intercept::Free,
            Self::Penalised => Intercept::Penalised,
            Self::None => Intercept::None,
        }
    }
}

impl FitOptions {
    /// Writes these options into settings.
    pub(crate) fn apply(&self, settings: &mut Settings) {
        settings.missing = match self.missing {
            Missing::Auto => MissingPolicy::Auto,
            Missing::Error => MissingPolicy::Error,
            Missing::Drop => MissingPolicy::Drop,
            Missing::Level => MissingPolicy::Level,
        };
        // What is not given is as the schema has it, or else the default.
        settings.rare = self.rare;
        let fit = &mut settings.fit;
        fit.penalty = self.penalty.map_or(fit.penalty, PenaltyName::kind);
        fit.l1_ratio = self.l1_ratio.or(fit.l1_ratio);
        fit.c = self.c.or(fit.c);
        fit.recipe = self.recipe.map(RecipeName::recipe).or(fit.recipe);
        fit.penalty_units = self.penalty_units.map(UnitsName::units).or(fit.penalty_units);
        // Either option is about the intercept, and beats whatever the schema says of it.
        if self.intercept.is_some() || self.intercept_penalised.is_some() {
            fit.intercept = self.intercept.map(InterceptName::intercept);
            fit.intercept_penalised = self.intercept_penalised;
        }
        fit.class_weight = self.class_weight.unwrap_or(fit.class_weight);
        let solver = self.solver.map(|solver| match solver {
            SolverName::Lbfgs => Solver::Lbfgs,
            SolverName::Newton => Solver::Newton,
        });
        fit.solver = solver.or(fit.solver);
        fit.max_iter = self.max_iter.unwrap_or(fit.max_iter);
        fit.tolerance = self.tol.unwrap_or(fit.tolerance);
        fit.bins |= self.bins;
        // As with columns that are left out, options add to what the schema asks for.
        let splines = self.spline.iter().filter(|name| !fit.splines.contains(name));
        fit.splines = [fit.splines.clone(), splines.cloned().collect()].concat();
        fit.interactions = with_pairs(&fit.interactions, &self.interactions);
        fit.steps = with_pairs(&fit.steps, &self.steps);
    }
}

/// Pairs of columns, and those of others that they are not, in either order.
fn with_pairs(pairs: &[[String; 2]], others: &[[String; 2]]) -> Vec<[String; 2]> {
    let is_new = |pair: &&[String; 2]| {
        !pairs.iter().any(|[a, b]| [a, b] == [&pair[0], &pair[1]] || [b, a] == [&pair[0], &pair[1]])
    };
    pairs.iter().chain(others.iter().filter(is_new)).cloned().collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StdErrors {
    /// The inverse Hessian without weights and penalty, else the sandwich
    Auto,
    /// Valid without weights and penalty only
    InverseHessian,
    /// The sandwich
    Hc0,
    /// The sandwich, corrected for the number of parameters
    Hc1,
}

impl StdErrors {
    pub(crate) fn covariance(self) -> Covariance {
        match self {
            Self::Auto => Covariance::Auto,
            Self::InverseHessian => Covariance::InverseHessian,
            Self::Hc0 => Covariance::Hc0,
            Self::Hc1 => Covariance::Hc1,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Inference {
    Auto,
    Basic,
    Full,
}

impl Inference {
    pub(crate) fn level(self) -> InferenceLevel {
        match self {
            Self::Auto => InferenceLevel::Auto,
            Self::Basic => InferenceLevel::Basic,
            Self::Full => InferenceLevel::Full,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SolverName {
    Lbfgs,
    Newton,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Missing {
    /// Learn from them, as `level` does
    Auto,
    /// Refuse them, naming the columns
    Error,
    /// Leave out the rows that have some
    Drop,
    /// Make a missing text a level of its own, and a missing number the mean with an indicator beside it
    Level,
}
