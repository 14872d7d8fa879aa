//! Options of a fit.

use assist_learn::{ClassWeight, Covariance, InferenceLevel, MissingPolicy, PenaltyKind, Settings, Solver};
use clap::{Args, ValueEnum};

use super::roles::ThreadOptions;
use super::values::{class_weight, positive, ratio};

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
    /// Whether L2 includes the intercept, as in scikit-learn's liblinear solver [default: true]
    #[arg(long, value_name = "true|false")]
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
    /// Largest entry of the mean objective's gradient at which a fit counts as converged [default: 1e-8]
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
        fit.intercept_penalised = self.intercept_penalised.or(fit.intercept_penalised);
        fit.class_weight = self.class_weight.unwrap_or(fit.class_weight);
        let solver = self.solver.map(|solver| match solver {
            SolverName::Lbfgs => Solver::Lbfgs,
            SolverName::Newton => Solver::Newton,
        });
        fit.solver = solver.or(fit.solver);
        fit.max_iter = self.max_iter.unwrap_or(fit.max_iter);
        fit.tolerance = self.tol.unwrap_or(fit.tolerance);
        fit.bins |= self.bins;
    }
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
