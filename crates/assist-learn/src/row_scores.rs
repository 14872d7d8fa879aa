//! The scores of rows, which are counted, or weighed where the table has weights; and what is made of them either way.

use assist_features::{Design, RowWeights, Scores};
use assist_metrics::{
    Metrics, NetBenefit, OperatingPoint, ScoreCounts, ThresholdRule, WeightedScore, WeightedScores, best_threshold,
    best_threshold_weighted, decision_curve, decision_curve_weighted, evaluate, evaluate_weighted, fit_isotonic,
    fit_isotonic_weighted, fit_sigmoid, fit_sigmoid_weighted,
};
use assist_score::{Calibration, Correction, Model};

use crate::settings::CalibrationMethod;

/// Scores, each with how many observations of either class have it, or what these weigh.
pub(crate) enum RowScores {
    Counted(ScoreCounts),
    Weighted(WeightedScores),
}

/// The scores of the rows of a weighted design, in their order.
pub(crate) fn weighted_scores(model: &Model, design: &Design) -> Vec<WeightedScore> {
    let scores = design.scores(model);
    let weighed = scores.iter().zip(design.weights());
    let score = |((score, counts), weights): ((f64, [u64; 2]), RowWeights)| WeightedScore {
        score,
        counts,
        sums: weights.sums,
        squares: weights.squares,
    };
    weighed.map(score).collect()
}

impl RowScores {
    /// The scores of the rows of some designs, each by a model of its own, and how many observations have none that is finite.
    pub(crate) fn of(designs: &[(&Design, &Model)]) -> (Self, u64) {
        // A prediction rejects what is too large to be scored, and so does an evaluation.
        let mut overflown = 0;
        let mut is_finite = |score: f64, observations: u64| {
            overflown += if score.is_finite() { 0 } else { observations };
            score.is_finite()
        };
        let scores = if designs.iter().any(|(design, _)| design.is_weighted()) {
            let mut scores: Vec<WeightedScore> =
                designs.iter().flat_map(|(design, model)| weighted_scores(model, design)).collect();
            scores.retain(|at| is_finite(at.score, at.counts[0] + at.counts[1]));
            Self::Weighted(WeightedScores::new(scores))
        } else {
            let mut counted = Scores::default();
            designs.iter().for_each(|(design, model)| counted.extend(design.scores(model)));
            Self::Counted(match counted {
                Scores::Narrow(mut scores) => {
                    scores.retain(|(score, [n0, n1])| is_finite(*score, u64::from(*n0) + u64::from(*n1)));
                    ScoreCounts::of_narrow(scores)
                }
                Scores::Wide(mut scores) => {
                    scores.retain(|(score, [n0, n1])| is_finite(*score, n0 + n1));
                    ScoreCounts::new(scores)
                }
            })
        };
        (scores, overflown)
    }

    pub(crate) fn rows(&self) -> u64 {
        let [n0, n1] = self.class_counts();
        n0 + n1
    }

    pub(crate) fn class_counts(&self) -> [u64; 2] {
        match self {
            Self::Counted(scores) => scores.class_counts(),
            Self::Weighted(scores) => scores.class_counts(),
        }
    }

    pub(crate) fn evaluate(&self, correction: Correction<'_>, threshold: f64) -> Metrics {
        match self {
            Self::Counted(scores) => evaluate(scores, correction, threshold),
            Self::Weighted(scores) => evaluate_weighted(scores, correction, threshold),
        }
    }

    pub(crate) fn calibration(&self, method: CalibrationMethod) -> Option<Calibration> {
        match (self, method) {
            (Self::Counted(scores), CalibrationMethod::Sigmoid) => fit_sigmoid(scores),
            (Self::Counted(scores), CalibrationMethod::Isotonic) => fit_isotonic(scores),
            (Self::Weighted(scores), CalibrationMethod::Sigmoid) => fit_sigmoid_weighted(scores),
            (Self::Weighted(scores), CalibrationMethod::Isotonic) => fit_isotonic_weighted(scores),
        }
    }

    pub(crate) fn best_threshold(&self, correction: Correction<'_>, rule: ThresholdRule) -> Option<OperatingPoint> {
        match self {
            Self::Counted(scores) => best_threshold(scores, correction, rule),
            Self::Weighted(scores) => best_threshold_weighted(scores, correction, rule),
        }
    }

    pub(crate) fn decision_curve(&self, correction: Correction<'_>, probabilities: &[f64]) -> Vec<NetBenefit> {
        match self {
            Self::Counted(scores) => decision_curve(scores, correction, probabilities),
            Self::Weighted(scores) => decision_curve_weighted(scores, correction, probabilities),
        }
    }
}
