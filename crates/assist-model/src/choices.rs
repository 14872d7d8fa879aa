//! Choices of a fit that have names: the same wherever they are read or written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The solver of a smooth objective. Under an L1 penalty or Firth's there is one solver each, and no choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Solver {
    /// argmin's L-BFGS, preconditioned, finished with Newton steps.
    #[default]
    Lbfgs,
    /// Newton's method with the exact Hessian.
    Newton,
}

/// How standard errors are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Covariance {
    /// Where rows are grouped the cluster-robust sandwich CR1, `A^-1 (sum_g u_g u_g') A^-1 G/(G-1) (n-1)/(n-k)` with the sums
    /// `u_g` of the score vectors of each of `G` groups; else the inverse Hessian without weights and penalty (and for Firth's), else
    /// [`Hc0`](Self::Hc0).
    #[default]
    Auto,
    /// The inverse of the Hessian, which is valid without weights and without an L2 penalty only.
    InverseHessian,
    /// The sandwich `A^-1 B A^-1` with `A = H + penalty` and `B = sum s^2 (y - p)^2 x x'`.
    Hc0,
    /// The sandwich times `n / (n - k)`, `k` the number of parameters.
    Hc1,
}

/// How much is computed of what is known of a fit beyond its standard errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum InferenceLevel {
    /// Everything where the design is small enough for that to take no time, else standard errors and evidence.
    #[default]
    Auto,
    /// Standard errors alone, without evidence.
    Basic,
    /// Everything: evidence, a certificate of separation, tests of columns, variance inflation, marginal effects.
    Full,
}

/// The names of an enum's variants, both ways.
macro_rules! named {
    ($type:ident, $setting:literal, [$($name:literal => $variant:ident),+]) => {
        impl $type {
            /// All values, in the order in which they are offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name, as settings and reports have it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl FromStr for $type {
            type Err = Error;

            fn from_str(name: &str) -> Result<Self, Error> {
                let found = Self::ALL.iter().copied().find(|value| value.name() == name);
                found.ok_or_else(|| Error::UnknownName {
                    setting: $setting,
                    name: name.to_owned(),
                    known: &[$($name),+],
                })
            }
        }
    };
}

named!(Solver, "solver", ["lbfgs" => Lbfgs, "newton" => Newton]);
named!(Covariance, "kind of standard errors", ["auto" => Auto, "inverse-hessian" => InverseHessian, "hc0" => Hc0, "hc1" => Hc1]);
named!(InferenceLevel, "level of inference", ["auto" => Auto, "basic" => Basic, "full" => Full]);

#[cfg(test)]
mod tests {
    use super::*;
    use assist_score::{ClassWeight, Penalty};
    use serde::de::value::StrDeserializer;

    /// What a settings file makes of a name.
    fn read<'n, T: Deserialize<'n>>(name: &'n str) -> Option<T> {
        T::deserialize(StrDeserializer::<serde::de::value::Error>::new(name)).ok()
    }

    #[test]
    fn settings_have_the_same_names() {
        Solver::ALL.iter().for_each(|value| assert_eq!(read(value.name()), Some(*value)));
        Covariance::ALL.iter().for_each(|value| assert_eq!(read(value.name()), Some(*value)));
        InferenceLevel::ALL.iter().for_each(|value| assert_eq!(read(value.name()), Some(*value)));
    }

    #[test]
    fn penalties_and_weights_have_names_too() {
        let penalties =
            [Penalty::L2, Penalty::L1, Penalty::ElasticNet { l1_ratio: 0.5 }, Penalty::Firth, Penalty::None];
        assert_eq!(penalties.map(|penalty| penalty.to_string()), ["l2", "l1", "elastic-net", "firth", "none"]);
        let weights = [ClassWeight::Balanced, ClassWeight::None, ClassWeight::Stated(1.0, 2.5)];
        assert_eq!(weights.map(|weight| weight.to_string()), ["balanced", "none", "1,2.5"]);
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        Solver::ALL.iter().for_each(|value| assert_eq!(value.to_string().parse::<Solver>().ok(), Some(*value)));
        Covariance::ALL.iter().for_each(|value| assert_eq!(value.to_string().parse::<Covariance>().ok(), Some(*value)));
        let level = "deep".parse::<InferenceLevel>().expect_err("no level");
        assert_eq!(level.to_string(), "`deep` is not a level of inference");
        assert_eq!(
            level.advice().map(|advice| advice.to_string()).as_deref(),
            Some("choose `auto`, `basic` or `full`")
        );
    }
}
