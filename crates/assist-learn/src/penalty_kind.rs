//! Penalties by their kind, and the settings that some of them know nothing of.

use assist_score::Penalty;
use serde::{Deserialize, Serialize};

/// The kind of a penalty; [`Penalty`] is the penalty with its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PenaltyKind {
    /// Half the squared length of the coefficients.
    #[default]
    L2,
    /// The sum of the absolute coefficients, which sets many of them to zero.
    L1,
    /// A mixture of both.
    ElasticNet,
    /// Jeffreys' prior, whose optimum is finite even where the classes are separated.
    Firth,
    /// Maximum likelihood.
    None,
}

impl PenaltyKind {
    /// The kind of a penalty.
    pub fn of(penalty: Penalty) -> Self {
        match penalty {
            Penalty::L1 => Self::L1,
            Penalty::ElasticNet { .. } => Self::ElasticNet,
            Penalty::Firth => Self::Firth,
            Penalty::None => Self::None,
            Penalty::L2 => Self::L2,
        }
    }
}

impl std::fmt::Display for PenaltyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::L2 => "l2",
            Self::L1 => "l1",
            Self::ElasticNet => "elastic-net",
            Self::Firth => "firth",
            Self::None => "none",
        })
    }
}

/// A setting that some penalties know nothing of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PenaltySetting {
    /// The share of L1 in the elastic net.
    L1Ratio,
    /// The inverse strength.
    C,
    /// In which units the penalty measures coefficients.
    PenaltyUnits,
    /// An intercept that the penalty includes.
    Intercept,
    /// The same in the other way of stating it.
    InterceptPenalised,
    /// The solver.
    Solver,
    /// How standard errors are computed.
    StdErrors,
}

impl std::fmt::Display for PenaltySetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::L1Ratio => "the L1 ratio",
            Self::C => "the inverse strength C",
            Self::PenaltyUnits => "a choice of the penalty's units",
            Self::Intercept | Self::InterceptPenalised => "a penalised intercept",
            Self::Solver => "a choice of solver",
            Self::StdErrors => "a choice of standard errors",
        })
    }
}
