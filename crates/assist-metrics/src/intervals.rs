//! Intervals of an evaluation's figures, each with the method that made it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::figure::Figure;

/// The 97.5 % point of the normal distribution.
pub(crate) const Z_975: f64 = 1.959_963_984_540_054;

/// 95 % intervals, each by the method that [`methods`](Self::methods) names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Intervals {
    /// Of the accuracy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<[f64; 2]>,
    /// Of the area under the ROC curve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roc_auc: Option<[f64; 2]>,
    /// Of other figures: those of the classes, and those that a bootstrap gives.
    #[serde(flatten)]
    pub others: BTreeMap<Figure, [f64; 2]>,
    /// For each figure with an interval the method that made it.
    pub methods: BTreeMap<Figure, IntervalMethod>,
}

/// How an interval was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[non_exhaustive]
pub enum IntervalMethod {
    /// Wilson's score interval of a proportion (1927).
    Wilson,
    /// That of as many observations of one weight as have the variance of the weighted share.
    WilsonOfEffectiveSize,
    /// From the standard error of `DeLong`, `DeLong` and Clarke-Pearson (1988).
    DeLong,
    /// The same on the logit scale.
    DeLongLogit,
    /// From what each observation adds to the area by its weight.
    WeightedDeLong,
    /// The same on the logit scale.
    WeightedDeLongLogit,
    /// Wilson's interval for as many independent observations as say as much as the clusters do, by the variance of a ratio of
    /// sums over them.
    ClusteredWilson,
    /// From the standard error of Obuchowski (1997) for clusters.
    Obuchowski,
    /// The same on the logit scale.
    ObuchowskiLogit,
    /// That of Clopper and Pearson (1934) for the pairs of a perfect ranking, no observation or cluster in two of them.
    PerfectRanking,
    /// Percentiles of the figure over samples of whole clusters drawn with replacement.
    ClusterBootstrap {
        /// How many samples.
        samples: u32,
        /// The seed of the draw.
        seed: u64,
    },
    /// Percentiles of the figure over samples drawn with replacement.
    Bootstrap {
        /// How many samples.
        samples: u32,
        /// The seed of the draw.
        seed: u64,
    },
}

/// Text that names no method.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no method `{0}` of intervals")]
pub struct UnknownMethod(String);

impl Intervals {
    /// The interval of a figure, where there is one.
    pub fn of(&self, figure: Figure) -> Option<[f64; 2]> {
        match figure {
            Figure::Accuracy => self.accuracy,
            Figure::RocAuc => self.roc_auc,
            other => self.others.get(&other).copied(),
        }
    }
}

impl fmt::Display for IntervalMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wilson => f.write_str("wilson"),
            Self::WilsonOfEffectiveSize => f.write_str("wilson of the effective size"),
            Self::DeLong => f.write_str("delong"),
            Self::DeLongLogit => f.write_str("delong on the logit scale"),
            Self::WeightedDeLong => f.write_str("delong with weights"),
            Self::WeightedDeLongLogit => f.write_str("delong with weights on the logit scale"),
            Self::ClusteredWilson => f.write_str("wilson by group"),
            Self::Obuchowski => f.write_str("obuchowski"),
            Self::ObuchowskiLogit => f.write_str("obuchowski on the logit scale"),
            Self::PerfectRanking => f.write_str("clopper-pearson of the pairs of a perfect ranking"),
            Self::ClusterBootstrap { samples, seed } => {
                write!(f, "bootstrap of {samples} samples of groups, seed {seed}")
            }
            Self::Bootstrap { samples, seed } => write!(f, "bootstrap of {samples} samples, seed {seed}"),
        }
    }
}

impl From<IntervalMethod> for String {
    fn from(method: IntervalMethod) -> Self {
        method.to_string()
    }
}

impl TryFrom<String> for IntervalMethod {
    type Error = UnknownMethod;

    fn try_from(text: String) -> Result<Self, UnknownMethod> {
        let bootstrap = || {
            let (samples, rest) = text.strip_prefix("bootstrap of ")?.split_once(" samples")?;
            let samples = samples.parse().ok()?;
            Some(match rest.strip_prefix(" of groups") {
                Some(rest) => Self::ClusterBootstrap { samples, seed: rest.strip_prefix(", seed ")?.parse().ok()? },
                None => Self::Bootstrap { samples, seed: rest.strip_prefix(", seed ")?.parse().ok()? },
            })
        };
        match text.as_str() {
            "wilson" => Ok(Self::Wilson),
            "wilson of the effective size" => Ok(Self::WilsonOfEffectiveSize),
            "delong" => Ok(Self::DeLong),
            "delong on the logit scale" => Ok(Self::DeLongLogit),
            "delong with weights" => Ok(Self::WeightedDeLong),
            "delong with weights on the logit scale" => Ok(Self::WeightedDeLongLogit),
            "wilson by group" => Ok(Self::ClusteredWilson),
            "obuchowski" => Ok(Self::Obuchowski),
            "obuchowski on the logit scale" => Ok(Self::ObuchowskiLogit),
            "clopper-pearson of the pairs of a perfect ranking" => Ok(Self::PerfectRanking),
            _ => bootstrap().ok_or(UnknownMethod(text)),
        }
    }
}

/// Wilson's 95 % interval of a proportion; `None` without observations.
pub fn wilson(hits: u64, n: u64) -> Option<[f64; 2]> {
    if n == 0 {
        return None;
    }
    Some(wilson_of(hits as f64 / n as f64, n as f64))
}

/// Wilson's 95 % interval of a share of so many observations, which need not be a whole number.
pub(crate) fn wilson_of(p: f64, n: f64) -> [f64; 2] {
    wilson_at(p, n, Z_975)
}

/// The same with another quantile of the normal distribution.
pub(crate) fn wilson_at(p: f64, n: f64, z: f64) -> [f64; 2] {
    let (is_none, is_all) = (p == 0.0, p == 1.0);
    let z2 = z * z;
    let middle = p + z2 / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    // Where these ends are exact, rounding would hide it.
    let low = if is_none { 0.0 } else { ((middle - half) / scale).max(0.0) };
    let high = if is_all { 1.0 } else { ((middle + half) / scale).min(1.0) };
    [low, high]
}

/// The exact one-sided 95 % bound of a share of which `n` observations had no instance: `(1 - bound)^n = 0.05`, so 1 without
/// observations.
pub fn zero_error_bound(n: u64) -> f64 {
    if n == 0 { 1.0 } else { 1.0 - (0.05_f64.ln() / n as f64).exp() }
}

/// The variance of a share of `n` independent observations, `share (1 - share) / n` (Wald); `n` is taken as 1 at least.
pub fn share_variance(share: f64, n: u64) -> f64 {
    share * (1.0 - share) / n.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rule of three: about 3 / n.
    #[test]
    fn no_error_in_so_many_rows_bounds_their_share() {
        assert!((zero_error_bound(1) - 0.95).abs() < 1e-15);
        let of_100 = zero_error_bound(100);
        assert!(((1.0 - of_100).powi(100) - 0.05).abs() < 1e-12 && (0.0295..0.03).contains(&of_100), "{of_100}");
        assert_eq!(zero_error_bound(0), 1.0);
    }

    #[test]
    fn the_variance_of_a_share() {
        assert_eq!(share_variance(0.25, 3), 0.0625);
        assert_eq!([share_variance(1.0, 7), share_variance(0.5, 0)], [0.0, 0.25]);
    }

    /// Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263 and 0 of 20.
    #[test]
    fn wilson_intervals_are_those_of_newcombe() {
        let rounded = |interval: Option<[f64; 2]>| interval.map(|ends| ends.map(|end| (end * 1e4).round() / 1e4));
        assert_eq!(rounded(wilson(81, 263)), Some([0.2553, 0.3662]));
        assert_eq!(rounded(wilson(0, 20)), Some([0.0, 0.1611]));
    }

    #[test]
    fn methods_are_read_back_from_their_words() {
        let bootstrap = IntervalMethod::Bootstrap { samples: 1000, seed: 42 };
        assert_eq!(bootstrap.to_string(), "bootstrap of 1000 samples, seed 42");
        let of_clusters = IntervalMethod::ClusterBootstrap { samples: 1000, seed: 42 };
        let formulas = [
            IntervalMethod::Wilson,
            IntervalMethod::DeLong,
            IntervalMethod::ClusteredWilson,
            IntervalMethod::Obuchowski,
            IntervalMethod::WilsonOfEffectiveSize,
            IntervalMethod::WeightedDeLong,
            IntervalMethod::DeLongLogit,
            IntervalMethod::WeightedDeLongLogit,
            IntervalMethod::ObuchowskiLogit,
            IntervalMethod::PerfectRanking,
        ];
        for method in formulas.into_iter().chain([bootstrap, of_clusters]) {
            assert_eq!(IntervalMethod::try_from(method.to_string()), Ok(method));
        }
        assert!(IntervalMethod::try_from("bootstrap of many samples, seed 1".to_owned()).is_err());
    }
}
