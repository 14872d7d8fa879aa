//! What can be wrong with curves and interactions that are asked for.

use assist_data::{Advice, nearest, quoted};
use assist_score::shown;

/// Why a curve or an interaction cannot be a term of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddedTermFault {
    /// A column that is no feature: there is none of this name, it is the target, or it is left out.
    #[error("`{}` of {of} is not a column that the model learns from", shown(column))]
    UnknownColumn {
        /// The column.
        column: String,
        /// What was asked of it: `a curve`, `an interaction`, `steps of two columns`.
        of: &'static str,
        /// The columns that could be meant.
        known: Vec<String>,
    },
    /// A curve of categories.
    #[error("`{}` is a column of categories, and a curve is one of numbers", shown(.0))]
    Categories(String),
    /// A curve of a number of which only the bin is known.
    #[error("`{}` is cut into bins, and a curve is one of the number itself", shown(.0))]
    Binned(String),
    /// Steps of categories.
    #[error("`{}` is a column of categories, and steps are those of numbers", shown(.0))]
    StepsOfCategories(String),
    /// Steps of a number that is cut into bins.
    #[error("`{}` is cut into bins, which are steps already", shown(.0))]
    StepsOfBins(String),
    /// Steps of two columns of which one has a single value where both are there.
    #[error(
        "in the training rows that have both `{}` and `{}` one of them has a single value, so there is nothing to cut",
        shown(.0), shown(.1)
    )]
    NoSteps(String, String),
    /// Too few values for a curve.
    #[error(
        "column `{}` has {values} distinct values in the training rows, and a curve needs at least 3",
        shown(column)
    )]
    FewValues {
        /// The column.
        column: String,
        /// Its distinct values.
        values: usize,
    },
    /// An interaction of a column with itself.
    #[error("an interaction of `{}` with itself was asked for", shown(.0))]
    WithItself(String),
    /// The same curve, or the same interaction in either order, twice.
    #[error("{0} was asked for twice")]
    Twice(String),
    /// Two columns no two of whose levels that have coefficients occur together.
    #[error(
        "no training row has a level other than the reference in both `{}` and `{}`, so there is nothing that an interaction could say",
        shown(.0), shown(.1)
    )]
    NoCombination(String, String),
    /// More terms than are computed.
    #[error("the curves and interactions are {terms} terms, more than {most}")]
    TooMany {
        /// How many they are.
        terms: usize,
        /// How many they may be.
        most: usize,
    },
}

impl AddedTermFault {
    /// What to do about it, where there is something to say.
    pub fn advice(&self) -> Option<Advice> {
        Some(match self {
            Self::UnknownColumn { column, known, .. } => match nearest(column, known) {
                Some(near) => format!("did you mean `{near}`? The columns are {}", quoted(known)).into(),
                None => format!("the columns are {}", quoted(known)).into(),
            },
            Self::Categories(_) => "leave the curve out: each level has a coefficient of its own already".into(),
            Self::Binned(_) => "ask for bins or for curves, not for both".into(),
            Self::StepsOfCategories(_) => "ask for an interaction of the two columns".into(),
            Self::StepsOfBins(_) => "ask for bins or for steps, not for both".into(),
            Self::NoSteps(..) => "leave the steps out".into(),
            Self::FewValues { column, .. } => {
                format!("leave the curve out, or make `{}` a column of categories", shown(column)).into()
            }
            Self::WithItself(column) => {
                format!("for an effect that bends, ask for a curve of `{}`", shown(column)).into()
            }
            Self::Twice(_) => "ask for it once".into(),
            Self::NoCombination(..) => "leave the interaction out".into(),
            Self::TooMany { .. } => "pool rare levels, or leave out interactions of columns with many levels".into(),
        })
    }
}
