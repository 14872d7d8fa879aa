//! What the rows of a level add to a measure: a share or a calibration gap, with intervals at any level of confidence.

use std::collections::BTreeMap;

use assist_score::Correction;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::calibrated_ece::BinLaw;
use crate::clusters::{Part, mean_interval_at, share_interval_at};
use crate::intervals::wilson_at;
use crate::student::t_quantile;

/// What levels are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Measure {
    /// Share of class 1 that is predicted to be of it.
    Recall,
    /// Share of class 0 that is predicted to be of class 1.
    FalsePositiveRate,
    /// Share of all that is predicted to be of class 1.
    Flagged,
    /// Mean corrected probability less the share of class 1.
    Calibration,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Recall, Self::FalsePositiveRate, Self::Flagged, Self::Calibration];
}

/// A measure of the rows of one level, as sums.
#[derive(Debug, Clone)]
pub struct LevelSums {
    /// Observations that the measure is over.
    pub(crate) rows: u64,
    /// How many of them are hits, or what these weigh: of class 1 for the calibration, else predicted positive.
    pub(crate) hits: f64,
    /// All of them, or what they weigh.
    pub(crate) of: f64,
    /// The squares of the weights of those that are no hits, and of those that are.
    pub(crate) squares: [f64; 2],
    /// For the calibration.
    pub(crate) predicted: Option<Predicted>,
    /// Whether they are independent and count the same.
    pub(crate) is_counted: bool,
    /// For each cluster the sum of what is averaged, and how many observations that is over.
    pub(crate) clusters: Option<BTreeMap<u32, Part>>,
}

/// What probabilities say of the hits of a level.
#[derive(Debug, Clone)]
pub(crate) struct Predicted {
    /// The sum of the probabilities, by weight.
    pub(crate) sum: f64,
    /// `sum w^2 p (1 - p)`: the variance of the hits, were the probabilities right.
    pub(crate) variance: f64,
    /// `sum w^2 (p - y)^2`: what there is of it.
    pub(crate) found: f64,
    /// The law of the hits, were the probabilities right; of counted observations.
    pub(crate) law: Option<BinLaw>,
}

impl LevelSums {
    /// The share, or mean predicted less observed.
    pub(crate) fn value(&self) -> f64 {
        self.predicted.as_ref().map_or(self.hits / self.of, |predicted| (predicted.sum - self.hits) / self.of)
    }

    /// The interval that leaves out `alpha`, half of it on each side: Wilson's of the share, of weights that of as many
    /// observations as have its variance, of clusters by the variance of a ratio.
    pub(crate) fn interval(&self, alpha: f64) -> Option<[f64; 2]> {
        let z = Normal::standard().inverse_cdf(1.0 - alpha / 2.0);
        if let Some(clusters) = &self.clusters {
            let parts: Vec<Part> = clusters.values().copied().filter(|part| part.of > 0.0).collect();
            let t = t_quantile(parts.len().saturating_sub(1), 1.0 - alpha / 2.0);
            return if self.predicted.is_some() {
                mean_interval_at(&parts, t)
            } else {
                share_interval_at(&parts, z, t)
            };
        }
        if self.of <= 0.0 {
            return None;
        }
        let share = self.hits / self.of;
        let n = if self.is_counted { self.of } else { self.effective(share) };
        let [low, high] = wilson_at(share, n, z);
        Some(self.predicted.as_ref().map_or([low, high], |predicted| {
            let mean = predicted.sum / self.of;
            [mean - high, mean - low]
        }))
    }

    /// As many observations of one weight as have the variance of the share.
    fn effective(&self, share: f64) -> f64 {
        let variance =
            (self.squares[1] * (1.0 - share).powi(2) + self.squares[0] * share.powi(2)) / (self.of * self.of);
        if variance > 0.0 {
            share * (1.0 - share) / variance
        } else {
            self.of * self.of / (self.squares[0] + self.squares[1])
        }
    }
}

/// A score of some rows of a level: what the observations of each class weigh that have it, and to which cluster they belong.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LevelRow {
    pub(crate) score: f64,
    pub(crate) counts: [u64; 2],
    pub(crate) sums: [f64; 2],
    pub(crate) squares: [f64; 2],
    pub(crate) cluster: Option<u32>,
}

impl LevelSums {
    /// The sums over the rows of a level. Each may be counted as it is, or not, where it has a weight or a cluster.
    pub(crate) fn of(
        rows: impl Iterator<Item = LevelRow>,
        measure: Measure,
        correction: Correction<'_>,
        threshold: f64,
        is_counted: bool,
    ) -> Self {
        let is_calibration = measure == Measure::Calibration;
        let law = is_counted.then(BinLaw::new);
        let predicted = is_calibration.then_some(Predicted { sum: 0.0, variance: 0.0, found: 0.0, law });
        let mut all = Self { rows: 0, hits: 0.0, of: 0.0, squares: [0.0; 2], predicted, is_counted, clusters: None };
        for row in rows {
            let p = correction.probability(row.score);
            let mut part = Part { hits: 0.0, of: 0.0 };
            for class in [0, 1] {
                let is_counted = match measure {
                    Measure::Recall => class == 1,
                    Measure::FalsePositiveRate => class == 0,
                    Measure::Flagged | Measure::Calibration => true,
                };
                if !is_counted || row.counts[class] == 0 {
                    continue;
                }
                let is_hit = if is_calibration { class == 1 } else { row.score > threshold };
                let weight = row.sums[class];
                all.rows += row.counts[class];
                all.of += weight;
                all.hits += if is_hit { weight } else { 0.0 };
                all.squares[usize::from(is_hit)] += row.squares[class];
                part.of += weight;
                part.hits += if is_hit { weight } else { 0.0 };
                if let Some(predicted) = &mut all.predicted {
                    let residual = if is_hit { 1.0 - p } else { p };
                    predicted.sum += weight * p;
                    predicted.variance += row.squares[class] * p * (1.0 - p);
                    predicted.found += row.squares[class] * residual * residual;
                }
            }
            if let Some(law) = all.predicted.as_mut().and_then(|predicted| predicted.law.as_mut()) {
                law.add(row.counts[0] + row.counts[1], p);
            }
            if let Some(cluster) = row.cluster {
                let of_cluster =
                    all.clusters.get_or_insert_default().entry(cluster).or_insert(Part { hits: 0.0, of: 0.0 });
                let hits = if is_calibration { part.of * p - part.hits } else { part.hits };
                *of_cluster = Part { hits: of_cluster.hits + hits, of: of_cluster.of + part.of };
            }
        }
        all
    }
}
