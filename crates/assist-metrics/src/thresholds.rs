//! Where to draw the line: thresholds for costs, a capacity or a recall, and what they are worth.

use assist_score::Correction;
use serde::{Deserialize, Serialize};

use crate::scores::ScoreCounts;
use crate::weighted::WeightedScores;

/// Shares are products of rounded numbers: 29 of 100 is a little less than 29 users.
const SLACK: f64 = 1e-12;

/// What a threshold has to do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ThresholdRule {
    /// The least cost of false positives and false negatives.
    Cost {
        /// Cost of a false positive.
        false_positive: f64,
        /// Cost of a false negative.
        false_negative: f64,
    },
    /// As many as possible, but at most this share of all users.
    Share(f64),
    /// At least this recall, with as few false positives as possible.
    Recall(f64),
}

/// What becomes of the users at a threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OperatingPoint {
    /// Scores above it are predicted positive.
    pub score: f64,
    /// The corrected probability there.
    pub probability: f64,
    /// The raw probability there.
    pub raw_probability: f64,
    /// `[[tn, fp], [fn, tp]]`.
    pub confusion_matrix: [[u64; 2]; 2],
    /// What the users of each of its cells weigh, where rows have weights: then the shares below are shares of weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weighted_confusion_matrix: Option<[[f64; 2]; 2]>,
    /// Share of all users that are predicted positive.
    #[serde(rename = "flagged")]
    pub predicted_positive: f64,
    /// Share of class 1 among them; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// Share of class 1 that is among them; absent without class 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
}

/// What becomes of the users above a threshold.
pub fn at_threshold(scores: &ScoreCounts, correction: Correction<'_>, score: f64) -> OperatingPoint {
    let [n0, n1] = scores.class_counts();
    let (mut fp, mut tp) = (0, 0);
    for group in scores.groups().take_while(|group| group.score > score) {
        fp += group.counts[0];
        tp += group.counts[1];
    }
    let ratio = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    OperatingPoint {
        score,
        probability: correction.probability(score),
        raw_probability: assist_score::sigmoid(score),
        confusion_matrix: [[n0 - fp, fp], [n1 - tp, tp]],
        weighted_confusion_matrix: None,
        predicted_positive: ratio(fp + tp, n0 + n1).unwrap_or(0.0),
        precision: ratio(tp, fp + tp),
        recall: ratio(tp, n1),
    }
}

/// As [`at_threshold`], of users with weights.
pub fn at_threshold_weighted(scores: &WeightedScores, correction: Correction<'_>, score: f64) -> OperatingPoint {
    let ([n0, n1], [w0, w1]) = (scores.class_counts(), scores.class_totals());
    let (mut counts, mut sums) = ([0; 2], [0.0; 2]);
    for group in scores.groups().iter().take_while(|group| group.score > score) {
        for class in [0, 1] {
            counts[class] += group.counts[class];
            sums[class] += group.sums[class];
        }
    }
    let ([fp, tp], [of_fp, of_tp]) = (counts, sums);
    let ratio = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    OperatingPoint {
        score,
        probability: correction.probability(score),
        raw_probability: assist_score::sigmoid(score),
        confusion_matrix: [[n0 - fp, fp], [n1 - tp, tp]],
        weighted_confusion_matrix: Some([[w0 - of_fp, of_fp], [w1 - of_tp, of_tp]]),
        predicted_positive: ratio(of_fp + of_tp, w0 + w1).unwrap_or(0.0),
        precision: ratio(of_tp, of_fp + of_tp),
        recall: ratio(of_tp, w1),
    }
}

/// As [`best_threshold`], of users with weights.
pub fn best_threshold_weighted(
    scores: &WeightedScores,
    correction: Correction<'_>,
    rule: ThresholdRule,
) -> Option<OperatingPoint> {
    let groups = scores.groups().iter().map(|group| (group.score, group.sums));
    let cut = best_cut(groups.collect(), scores.class_totals(), rule)?;
    Some(at_threshold_weighted(scores, correction, cut))
}

/// The threshold that does best what a rule asks for, half-way between two neighbouring scores; `None` without
/// observations, or where class 1 is missing and a recall is asked for.
pub fn best_threshold(scores: &ScoreCounts, correction: Correction<'_>, rule: ThresholdRule) -> Option<OperatingPoint> {
    let groups = scores.groups().map(|group| (group.score, group.counts.map(|n| n as f64)));
    let cut = best_cut(groups.collect(), scores.class_counts().map(|n| n as f64), rule)?;
    Some(at_threshold(scores, correction, cut))
}

/// Where the line is drawn among descending scores, each with how many users of class 0 and of class 1 have it, or what these
/// weigh.
#[expect(clippy::needless_pass_by_value, reason = "whoever asks has no use for them")]
fn best_cut(groups: Vec<(f64, [f64; 2])>, [n0, n1]: [f64; 2], rule: ThresholdRule) -> Option<f64> {
    let n = n0 + n1;
    let ((first, _), (last, _)) = (groups.first()?, groups.last()?);
    // Cuts from above all scores to below all: what is predicted positive, and where the cut lies.
    let mut cuts = vec![([0.0, 0.0], first + 1.0)];
    let mut positive = [0.0; 2];
    for (at, (score, [of_0, of_1])) in groups.iter().enumerate() {
        positive = [positive[0] + of_0, positive[1] + of_1];
        let below = groups.get(at + 1).map_or(last - 1.0, |(next, _)| f64::midpoint(*score, *next));
        cuts.push((positive, below));
    }
    let best = match rule {
        ThresholdRule::Cost { false_positive, false_negative } => {
            let cost = |[fp, tp]: [f64; 2]| false_positive * fp + false_negative * (n1 - tp);
            // Of equal costs the fewest users.
            cuts.into_iter().reduce(|best, next| if cost(next.0) < cost(best.0) { next } else { best })?
        }
        ThresholdRule::Share(share) => {
            let fits = |positive: [f64; 2]| positive[0] + positive[1] <= share * n * (1.0 + SLACK);
            cuts.into_iter().rfind(|(positive, _)| fits(*positive))?
        }
        ThresholdRule::Recall(recall) => {
            if n1 == 0.0 {
                return None;
            }
            cuts.into_iter().find(|([_, tp], _)| *tp >= recall * n1 * (1.0 - SLACK))?
        }
    };
    Some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: Correction<'_> = Correction::Affine { slope: 1.0, shift: 0.0 };

    #[test]
    fn rules_draw_the_line_where_they_should() {
        let scores = ScoreCounts::new([(2.0, [0, 3]), (1.0, [1, 2]), (0.0, [2, 2]), (-1.0, [5, 1])]);
        let at = |rule| best_threshold(&scores, PLAIN, rule).expect("a threshold");
        let dear_misses = at(ThresholdRule::Cost { false_positive: 1.0, false_negative: 10.0 });
        assert_eq!((dear_misses.score, dear_misses.confusion_matrix), (-2.0, [[0, 8], [0, 8]]));
        let dear_help = at(ThresholdRule::Cost { false_positive: 10.0, false_negative: 1.0 });
        assert_eq!((dear_help.score, dear_help.confusion_matrix), (1.5, [[8, 0], [5, 3]]));
        assert_eq!(at(ThresholdRule::Share(0.4)).predicted_positive, 6.0 / 16.0);
        assert_eq!(at(ThresholdRule::Share(0.1)).predicted_positive, 0.0);
        let recall = at(ThresholdRule::Recall(0.6));
        assert_eq!((recall.score, recall.recall), (0.5, Some(0.625)));
        assert_eq!(best_threshold(&ScoreCounts::new([(0.0, [3, 0])]), PLAIN, ThresholdRule::Recall(0.5)), None);
    }

    proptest! {
        /// With costs a and b, deciding at the probability a / (a + b) is best where probabilities are right; on the table itself
        /// no cut is cheaper than the one that is found.
        #[test]
        fn no_cut_costs_less(
            rows in prop::collection::vec((-3..3_i8, 0..4_u64, 0..4_u64), 1..20), a in 0.1..9.0_f64, b in 0.1..9.0_f64
        ) {
            let scores = ScoreCounts::new(rows.into_iter().map(|(z, n0, n1)| (f64::from(z), [n0, n1])));
            let cost = |found: &OperatingPoint| a * found.confusion_matrix[0][1] as f64 + b * found.confusion_matrix[1][0] as f64;
            let rule = ThresholdRule::Cost { false_positive: a, false_negative: b };
            if let Some(best) = best_threshold(&scores, PLAIN, rule) {
                for cut in -8..8_i8 {
                    prop_assert!(cost(&best) <= cost(&at_threshold(&scores, PLAIN, f64::from(cut) / 2.0)) + 1e-9);
                }
            }
        }
    }
}
