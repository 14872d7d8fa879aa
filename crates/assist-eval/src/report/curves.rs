//! What is drawn, as figures.

use assist_score::Correction;

use crate::scores::ScoreCounts;
use crate::thresholds::at_threshold;

/// Points of a curve at most.
const MOST_POINTS: usize = 250;

/// False and true positive rates from the highest score down, both from 0 to 1. Empty where a class is missing.
pub(super) fn roc(scores: &ScoreCounts) -> Vec<(f64, f64)> {
    let [n0, n1] = scores.class_counts().map(|n| n as f64);
    if n0 == 0.0 || n1 == 0.0 {
        return Vec::new();
    }
    let counted = counted(scores).map(|[fp, tp]| (fp / n0, tp / n1));
    thinned([(0.0, 0.0)].into_iter().chain(counted).collect())
}

/// Recall and precision from the highest score down. Empty where there is no observation of class 1.
pub(super) fn precision_recall(scores: &ScoreCounts) -> Vec<(f64, f64)> {
    let n1 = scores.class_counts()[1] as f64;
    if n1 == 0.0 {
        return Vec::new();
    }
    let points: Vec<(f64, f64)> = counted(scores).map(|[fp, tp]| (tp / n1, tp / (fp + tp))).collect();
    let first = points.first().map(|(_, precision)| (0.0, *precision));
    thinned(first.into_iter().chain(points).collect())
}

/// The true positive rate where the false positive rate first exceeds `fpr`, or the last one before: on the curve's steps.
pub(super) fn recall_at(scores: &ScoreCounts, fpr: f64) -> Option<f64> {
    let [n0, n1] = scores.class_counts().map(|n| n as f64);
    if n0 == 0.0 || n1 == 0.0 {
        return None;
    }
    let within = counted(scores).take_while(|[fp, _]| fp / n0 <= fpr + 1e-12);
    Some(within.last().map_or(0.0, |[_, tp]| tp / n1))
}

/// Observations of each class by their corrected probability, in bins of equal width.
pub(super) fn histogram(scores: &ScoreCounts, correction: Correction<'_>, n_bins: usize) -> [Vec<u64>; 2] {
    let mut counts = [vec![0; n_bins], vec![0; n_bins]];
    for group in scores.groups() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the bins")]
        let bin = ((correction.probability(group.score) * n_bins as f64) as usize).min(n_bins - 1);
        for (counts, n) in counts.iter_mut().zip(group.counts) {
            counts[bin] += u64::from(n);
        }
    }
    counts
}

/// What becomes of the users where a probability decides.
pub(super) struct AtProbability {
    pub(super) probability: f64,
    pub(super) precision: Option<f64>,
    pub(super) recall: Option<f64>,
    pub(super) flagged: f64,
}

/// Precision, recall and the share that is flagged at each probability.
pub(super) fn thresholds(scores: &ScoreCounts, correction: Correction<'_>) -> Vec<AtProbability> {
    let at = |percent: u32| {
        let probability = f64::from(percent) / 100.0;
        let operating = at_threshold(scores, correction, correction.threshold(probability));
        let (precision, recall) = (operating.precision, operating.recall);
        AtProbability { probability, precision, recall, flagged: operating.flagged }
    };
    (1..20).map(|step| at(step * 5)).collect()
}

/// False and true positives down to each score.
fn counted(scores: &ScoreCounts) -> impl Iterator<Item = [f64; 2]> + '_ {
    scores.groups().iter().scan([0.0, 0.0], |all, group| {
        *all = [all[0] + f64::from(group.counts[0]), all[1] + f64::from(group.counts[1])];
        Some(*all)
    })
}

/// Fewer points, the first and the last among them.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
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
        assert_eq!(roc(&scores), [(0.0, 0.0), (0.0, 0.75), (0.25, 1.0), (1.0, 1.0)]);
        assert_eq!(precision_recall(&scores), [(0.0, 1.0), (0.75, 1.0), (1.0, 0.8), (1.0, 0.5)]);
        assert_eq!([0.0, 0.3, 1.0].map(|fpr| recall_at(&scores, fpr)), [Some(0.75), Some(1.0), Some(1.0)]);
        assert!(roc(&ScoreCounts::new([(1.0, [0, 3])])).is_empty());
        let many = ScoreCounts::new((0..10_000).map(|at| (f64::from(at), [1, 1])));
        assert!(roc(&many).len() <= MOST_POINTS + 1 && roc(&many).last() == Some(&(1.0, 1.0)));
        let plain = Correction::Affine { slope: 1.0, shift: 0.0 };
        assert_eq!(histogram(&scores, plain, 2), [vec![3, 1], vec![0, 4]]);
    }
}
