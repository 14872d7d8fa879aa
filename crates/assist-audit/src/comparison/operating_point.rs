//! One operating point for all: every model decides at a threshold that is chosen in the same way, on training rows that its fit did
//! not see. What a model was saved with, balanced classes say, is another operating point, at which comparing it with others would
//! compare thresholds and not models.

use assist_features::Design;
use assist_metrics::{Sample, ScoreCounts, ThresholdRule, at_threshold, best_threshold};
use assist_score::{Correction, Model};
use serde::{Deserialize, Serialize};

use super::candidate_kind::CandidateKind;
use super::settings::ComparisonSettings;
use crate::error::Error;
use crate::sample::SampledRows;
use crate::trees::{Forest, Tree};

/// Observations of all folds together that thresholds are chosen on, at most.
const MOST_ROWS: usize = 10_000;
/// Scores are logits of probabilities here.
const LOGIT: Correction<'_> = Correction::Affine { slope: 1.0, shift: 0.0 };
/// Probabilities are kept this far from 0 and 1, as scikit-learn's log-loss does.
const CLIP: f64 = f64::EPSILON;

/// Training rows in two: those that models are fitted to, and those that their thresholds are judged by.
#[derive(Debug, Clone)]
pub struct TrainingFold {
    /// The rows that are fitted, with plain numbers.
    pub fitted: Design,
    /// The others, in the same space.
    pub held_out: Design,
    /// The model on trial, fitted to rows of the first.
    pub model: Model,
    /// A card of them, over the same columns, where one is compared.
    pub card: Option<Model>,
}

/// How the threshold of a model was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ThresholdChoice {
    /// It has the fewest errors on folds of the training rows, by more than one standard error fewer than a half has.
    Folds,
    /// A probability of a half: no other threshold is clearly better on the folds, or there are none.
    Half,
}

/// What a model decides at the threshold that is chosen for every model in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decisions {
    /// Predicted positive where the probability is above this.
    pub threshold: f64,
    /// How it was chosen.
    pub chosen: ThresholdChoice,
    /// Share of the training rows that are predicted rightly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_accuracy: Option<f64>,
    /// Share of the test rows that are predicted rightly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// The 95 % interval of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_interval: Option<[f64; 2]>,
    /// `[[tn, fp], [fn, tp]]` of the test rows.
    pub confusion_matrix: [[u64; 2]; 2],
    /// Share of the test rows that are predicted positive.
    pub flagged: f64,
    /// Share of class 1 among them; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// Share of class 1 that is among them; absent without class 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// Of the test rows whose combination of values no training row has, those that are predicted wrongly.
    pub unseen_errors: u64,
}

impl Decisions {
    /// Test rows that are predicted wrongly.
    pub fn errors(&self) -> u64 {
        let [[_, fp], [fne, _]] = self.confusion_matrix;
        fp + fne
    }

    pub(crate) fn new(chosen: Threshold, [train, test]: [&Sample; 2], correction: Correction<'_>, score: f64) -> Self {
        let point = at_threshold(test.scores(), correction, score);
        let of_test = test.evaluate(correction, score);
        let [[tn, fp], [fne, tp]] = at_threshold(train.scores(), correction, score).confusion_matrix;
        let n = tn + fp + fne + tp;
        Self {
            threshold: chosen.probability(),
            chosen: chosen.choice,
            train_accuracy: (n > 0).then(|| (tn + tp) as f64 / n as f64),
            accuracy: of_test.accuracy,
            accuracy_interval: of_test.intervals.accuracy,
            confusion_matrix: point.confusion_matrix,
            flagged: point.predicted_positive,
            precision: point.precision,
            recall: point.recall,
            unseen_errors: 0,
        }
    }
}

/// A threshold of the probability, as its logit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Threshold {
    pub(crate) logit: f64,
    pub(crate) choice: ThresholdChoice,
}

impl Threshold {
    const HALF: Self = Self { logit: 0.0, choice: ThresholdChoice::Half };

    pub(crate) fn probability(self) -> f64 {
        LOGIT.probability(self.logit)
    }
}

/// The thresholds of the models that have one to choose.
pub(crate) struct Thresholds(Vec<(CandidateKind, Threshold)>);

impl Thresholds {
    /// Fits every model to each of the folds anew, and chooses.
    pub(crate) fn choose(folds: &[TrainingFold], settings: ComparisonSettings) -> Result<Self, Error> {
        use CandidateKind::{Card, DecisionTree, LogisticRegression, RandomForest, SmallTree};
        let mut of_models =
            [LogisticRegression, DecisionTree, RandomForest, SmallTree, Card].map(|kind| (kind, Vec::new()));
        for fold in folds {
            let share = MOST_ROWS / folds.len();
            let (fitted, held_out) =
                (sampled(&fold.fitted, MOST_ROWS - share, settings), sampled(&fold.held_out, share, settings));
            if held_out.rows.is_empty() || !fitted.labels.contains(&0) || !fitted.labels.contains(&1) {
                continue;
            }
            let [x, judged] =
                [(&fold.fitted, &fitted), (&fold.held_out, &held_out)].map(|(design, of)| design.dense_rows(&of.rows));
            let of_tree = |levels: Option<u16>| -> Result<Vec<f64>, Error> {
                let tree = Tree::grow(&x, &fitted.labels, levels)?;
                Ok(judged.rows().into_iter().map(|row| tree.probability(row)).collect())
            };
            let forest = Forest::grow(&x, &fitted.labels, settings.n_trees, settings.seed);
            let probabilities = [
                probabilities(&fold.model, &fold.held_out, &held_out.rows),
                of_tree(None)?,
                forest.probabilities(&judged),
                of_tree(Some(2))?,
                fold.card.as_ref().map_or_else(Vec::new, |card| probabilities(card, &fold.held_out, &held_out.rows)),
            ];
            for ((_, scores), of_fold) in of_models.iter_mut().zip(probabilities) {
                let counts = held_out.labels.iter().map(|label| [u64::from(*label == 0), u64::from(*label == 1)]);
                scores.extend(logits(&of_fold).into_iter().zip(counts));
            }
        }
        Ok(Self(of_models.into_iter().map(|(kind, scores)| (kind, chosen(&ScoreCounts::new(scores)))).collect()))
    }

    /// That of a model: a half where it has none to choose, as the majority class.
    pub(crate) fn of(&self, kind: CandidateKind) -> Threshold {
        self.0.iter().find(|(of, _)| *of == kind).map_or(Threshold::HALF, |(_, threshold)| *threshold)
    }
}

fn sampled(design: &Design, most: usize, settings: ComparisonSettings) -> SampledRows {
    SampledRows::draw(&design.counts().collect::<Vec<_>>(), most, settings.seed)
}

/// The corrected probabilities of some rows.
fn probabilities(model: &Model, design: &Design, rows: &[usize]) -> Vec<f64> {
    let space = model.space();
    let numbers: Vec<Vec<f64>> = (0..space.numeric.len()).map(|column| design.numbers(column)).collect();
    let codes: Vec<Vec<u32>> = (0..space.categorical.len()).map(|column| design.level_codes(column)).collect();
    let of_row = |row: &usize| {
        let numbers: Vec<f64> = numbers.iter().map(|column| column[*row]).collect();
        let codes: Vec<u32> = codes.iter().map(|column| column[*row]).collect();
        model.correction().probability(model.raw_score(&numbers, &codes))
    };
    rows.iter().map(of_row).collect()
}

/// Scores whose sigmoid is the probability.
pub(crate) fn logits(probabilities: &[f64]) -> Vec<f64> {
    let logit = |p: &f64| {
        let p = p.clamp(CLIP, 1.0 - CLIP);
        // Where p is a half, the difference of the logarithms need not be 0.
        if p == 0.5 { 0.0 } else { p.ln() - (-p).ln_1p() }
    };
    probabilities.iter().map(logit).collect()
}

/// The threshold with the fewest errors, where these are fewer than those at a half by more than one standard error of the
/// difference; else a half. Among few rows the very best one is mostly luck.
fn chosen(scores: &ScoreCounts) -> Threshold {
    let rule = ThresholdRule::Cost { false_positive: 1.0, false_negative: 1.0 };
    let Some(best) = best_threshold(scores, LOGIT, rule) else { return Threshold::HALF };
    let (low, high) = (best.score.min(0.0), best.score.max(0.0));
    // The rows that the two thresholds decide differently, by class.
    let between = scores.groups().filter(|group| low < group.score && group.score <= high);
    let [n0, n1] = between.fold([0.0, 0.0], |[a, b], group| [a + group.counts[0] as f64, b + group.counts[1] as f64]);
    let gain = if best.score > 0.0 { n0 - n1 } else { n1 - n0 };
    if gain > (n0 + n1).sqrt() {
        Threshold { logit: best.score, choice: ThresholdChoice::Folds }
    } else {
        Threshold::HALF
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_threshold_than_a_half_has_to_pay() {
        // Below a half all are of class 0, above it most are.
        let of = |n0, n1| chosen(&ScoreCounts::new([(-1.0, [50, 0]), (0.4, [n0, n1]), (2.0, [0, 30])]));
        let far = of(30, 5);
        assert_eq!((far.logit, far.choice), (1.2, ThresholdChoice::Folds));
        assert!((far.probability() - 1.0 / (1.0 + (-1.2_f64).exp())).abs() < 1e-15);
        assert_eq!(of(6, 5), Threshold::HALF, "one row fewer among eleven is luck");
        assert_eq!(of(5, 30), Threshold::HALF);
        assert_eq!(chosen(&ScoreCounts::new([])), Threshold::HALF);
        let low = chosen(&ScoreCounts::new([(-2.0, [40, 3]), (-1.0, [2, 20])]));
        assert_eq!((low.logit, low.choice), (-1.5, ThresholdChoice::Folds));
    }

    #[test]
    fn a_half_is_a_score_of_zero() {
        assert_eq!(logits(&[0.5])[0], 0.0);
        assert!(logits(&[0.0, 1.0]).iter().all(|z| z.is_finite()));
    }
}
