//! The points of the curves that an evaluation draws: ROC, precision-recall, thresholds and decision curve. (Those of a
//! reliability diagram are [`ReliabilityBin`](crate::ReliabilityBin)s.)

use assist_score::Correction;
use serde::{Deserialize, Serialize};

use crate::scores::ScoreCounts;
use crate::thresholds::{at_threshold, at_threshold_weighted};
use crate::weighted::WeightedScores;

/// Points of a curve at most.
const MOST_POINTS: usize = 250;

/// A point of the ROC curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RocPoint {
    /// Share of class 0 that is predicted positive.
    pub false_positive_rate: f64,
    /// Share of class 1 that is predicted positive.
    pub true_positive_rate: f64,
}

/// A point of the precision-recall curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PrecisionRecallPoint {
    /// Share of class 1 that is predicted positive.
    pub recall: f64,
    /// Share of class 1 among what is predicted positive.
    pub precision: f64,
}

/// What follows from a threshold of the probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ThresholdPoint {
    /// The threshold: users with a higher corrected probability are predicted positive.
    pub probability: f64,
    /// Share of class 1 among those predicted positive; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// Share of class 1 that is predicted positive; absent without class 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// Share of all users that are predicted positive.
    #[serde(rename = "flagged")]
    pub predicted_positive: f64,
}

/// The net benefit of a threshold (Vickers and Elkin 2006): the share of true positives less that of false ones,
/// weighted with the odds of the probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NetBenefit {
    /// The threshold of the probability.
    pub probability: f64,
    /// Of the model.
    pub model: f64,
    /// Of treating all: predicting every user positive. That of treating none is 0.
    #[serde(rename = "everybody")]
    pub treat_all: f64,
}

/// The ROC curve from the highest score down, both rates from 0 to 1: some 250 points at most, the first and the last among
/// them. Empty where a class is missing.
pub fn roc_curve(scores: &ScoreCounts) -> Vec<RocPoint> {
    let [n0, n1] = scores.class_counts().map(|n| n as f64);
    if n0 == 0.0 || n1 == 0.0 {
        return Vec::new();
    }
    let counted = counted(scores).map(|[fp, tp]| [fp / n0, tp / n1]);
    let points = [[0.0, 0.0]].into_iter().chain(counted);
    let point =
        |[false_positive_rate, true_positive_rate]: [f64; 2]| RocPoint { false_positive_rate, true_positive_rate };
    thinned(points.map(point).collect())
}

/// The precision-recall curve from the highest score down: some 250 points at most. Empty where there is no observation of
/// class 1.
pub fn precision_recall_curve(scores: &ScoreCounts) -> Vec<PrecisionRecallPoint> {
    let n1 = scores.class_counts()[1] as f64;
    if n1 == 0.0 {
        return Vec::new();
    }
    let point = |[fp, tp]: [f64; 2]| PrecisionRecallPoint { recall: tp / n1, precision: tp / (fp + tp) };
    let points: Vec<PrecisionRecallPoint> = counted(scores).map(point).collect();
    let first = points.first().map(|first| PrecisionRecallPoint { recall: 0.0, ..*first });
    thinned(first.into_iter().chain(points).collect())
}

/// The greatest true positive rate whose false positive rate is at most `rate`, on the ROC curve's steps; `None` where a class
/// is missing.
pub fn recall_at_false_positive_rate(scores: &ScoreCounts, rate: f64) -> Option<f64> {
    let [n0, n1] = scores.class_counts().map(|n| n as f64);
    if n0 == 0.0 || n1 == 0.0 {
        return None;
    }
    let within = counted(scores).take_while(|[fp, _]| fp / n0 <= rate + 1e-12);
    Some(within.last().map_or(0.0, |[_, tp]| tp / n1))
}

/// Observations of class 0 and of class 1 by their corrected probability, in `n_bins` bins of equal width.
pub fn probability_histogram(scores: &ScoreCounts, correction: Correction<'_>, n_bins: usize) -> [Vec<u64>; 2] {
    let mut counts = [vec![0; n_bins], vec![0; n_bins]];
    for group in scores.groups() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the bins")]
        let bin = ((correction.probability(group.score) * n_bins as f64) as usize).min(n_bins - 1);
        for (counts, n) in counts.iter_mut().zip(group.counts) {
            counts[bin] += n;
        }
    }
    counts
}

/// Precision, recall and the share that is predicted positive at each twentieth of the probability.
pub fn threshold_curve(scores: &ScoreCounts, correction: Correction<'_>) -> Vec<ThresholdPoint> {
    let at = |percent: u32| {
        let probability = f64::from(percent) / 100.0;
        let operating = at_threshold(scores, correction, correction.threshold(probability));
        let (precision, recall) = (operating.precision, operating.recall);
        ThresholdPoint { probability, precision, recall, predicted_positive: operating.predicted_positive }
    };
    (1..20).map(|step| at(step * 5)).collect()
}

/// The net benefit of each of some thresholds of the probability.
pub fn decision_curve(scores: &ScoreCounts, correction: Correction<'_>, probabilities: &[f64]) -> Vec<NetBenefit> {
    let n = scores.rows() as f64;
    let [n0, n1] = scores.class_counts().map(|count| count as f64 / n);
    let benefit = |probability: f64| {
        let odds = probability / (1.0 - probability);
        let [[_, fp], [_, tp]] = at_threshold(scores, correction, correction.threshold(probability))
            .confusion_matrix
            .map(|row| row.map(|n| n as f64));
        NetBenefit { probability, model: (tp - odds * fp) / n, treat_all: n1 - odds * n0 }
    };
    probabilities.iter().copied().map(benefit).collect()
}

/// As [`decision_curve`], of users with weights.
pub fn decision_curve_weighted(
    scores: &WeightedScores,
    correction: Correction<'_>,
    probabilities: &[f64],
) -> Vec<NetBenefit> {
    let [w0, w1] = scores.class_totals();
    let total = w0 + w1;
    let benefit = |probability: f64| {
        let odds = probability / (1.0 - probability);
        let point = at_threshold_weighted(scores, correction, correction.threshold(probability));
        let [[_, fp], [_, tp]] = point.weighted_confusion_matrix.unwrap_or_default();
        NetBenefit { probability, model: (tp - odds * fp) / total, treat_all: (w1 - odds * w0) / total }
    };
    probabilities.iter().copied().map(benefit).collect()
}

/// False and true positives down to each score.
fn counted(scores: &ScoreCounts) -> impl Iterator<Item = [f64; 2]> + '_ {
    scores.groups().scan([0.0, 0.0], |all, group| {
        *all = [all[0] + group.counts[0] as f64, all[1] + group.counts[1] as f64];
        Some(*all)
    })
}

/// Fewer points, the first and the last among them.
fn thinned<T>(points: Vec<T>) -> Vec<T> {
    let step = points.len().div_ceil(MOST_POINTS).max(1);
    let last = points.len().saturating_sub(1);
    points.into_iter().enumerate().filter(|(at, _)| at % step == 0 || *at == last).map(|(_, point)| point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_begin_and_end_where_they_must() {
        let scores = ScoreCounts::new([(2.0, [0, 3]), (1.0, [1, 1]), (-1.0, [3, 0])]);
        let roc = |scores: &ScoreCounts| -> Vec<(f64, f64)> {
            roc_curve(scores).iter().map(|at| (at.false_positive_rate, at.true_positive_rate)).collect()
        };
        assert_eq!(roc(&scores), [(0.0, 0.0), (0.0, 0.75), (0.25, 1.0), (1.0, 1.0)]);
        let points: Vec<(f64, f64)> = precision_recall_curve(&scores).iter().map(|p| (p.recall, p.precision)).collect();
        assert_eq!(points, [(0.0, 1.0), (0.75, 1.0), (1.0, 0.8), (1.0, 0.5)]);
        let recalls = [0.0, 0.3, 1.0].map(|rate| recall_at_false_positive_rate(&scores, rate));
        assert_eq!(recalls, [Some(0.75), Some(1.0), Some(1.0)]);
        assert!(roc(&ScoreCounts::new([(1.0, [0, 3])])).is_empty());
        let many = ScoreCounts::new((0..10_000).map(|at| (f64::from(at), [1, 1])));
        assert!(roc(&many).len() <= MOST_POINTS + 1 && roc(&many).last() == Some(&(1.0, 1.0)));
        let plain = Correction::Affine { slope: 1.0, shift: 0.0 };
        assert_eq!(probability_histogram(&scores, plain, 2), [vec![3, 1], vec![0, 4]]);
    }
}
