//! A service's own predictions, with the outcomes that came to be known of some: whether they are spread as in training, whether
//! they were right, and what help has changed.

use assist_metrics::{Cells, Sample, ScoreCounts};
use assist_score::{Correction, Model};
use serde::{Deserialize, Serialize};

use super::columns::{beside, correct, interval_names};
use super::help::HelpEffect;
use super::judged::JudgedOutcomes;
use super::report::{Drift, MeanProbability, MonitorFinding};
use crate::error::Error;
use crate::train_report::FORMAT_VERSION;

/// Probabilities nearer to 0 and 1 than this are taken as this far from them, so that they have a logit.
const NEAREST_TO_CERTAIN: f64 = 1e-15;
/// How far behind a score, as a share of it, its probability may last by rounding alone.
const FLAT: f64 = 1e-6;
/// The logit of a probability is the score.
const OF_LOGITS: Correction<'_> = Correction::Affine { slope: 1.0, shift: 0.0 };

/// A prediction as it was made, and what became of the user.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LoggedPrediction {
    /// The predicted probability of class 1.
    pub probability: f64,
    /// The prediction: 1 for a user who is predicted to need assistance, else 0.
    pub prediction: u8,
    /// The outcome, where it is known: whether the user is of class 1.
    pub truth: Option<bool>,
    /// What was done, where that is known.
    pub arm: Option<Arm>,
}

/// What was done for a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// The user was helped.
    Helped,
    /// The user is of a random share who deliberately are not helped, so that it can be seen what help changes.
    HeldOut,
}

impl Arm {
    /// Its name, as it is written in a log and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Helped => "helped",
            Self::HeldOut => "held_out",
        }
    }

    /// The arm of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Helped, Self::HeldOut].into_iter().find(|arm| arm.name() == name)
    }
}

/// What the predictions of a service say of its model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutcomeReport {
    /// The version of these keys.
    pub format_version: u32,
    /// What names the model.
    pub model_id: String,
    /// Predictions whose probability is one.
    pub predictions: u64,
    /// Those whose probability is no number from 0 to 1; they are left out of everything else.
    pub invalid: u64,
    /// Predictions whose outcome is known.
    pub with_outcome: u64,
    /// Predictions of users who were helped, and of those who were held out.
    pub arms: [u64; 2],
    /// The mean of the predicted probabilities.
    pub probability: MeanProbability,
    /// The predicted probabilities beside those of the training rows; absent where the model keeps no profile of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
    /// Whose outcomes the model is judged by.
    pub judged_by: JudgedBy,
    /// Predictions beside these outcomes; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcomes: Option<JudgedOutcomes>,
    /// What help has changed for users who were predicted to need it; absent where nobody is marked as held out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<HelpEffect>,
    /// What follows, in words; what to do comes last.
    pub findings: Vec<MonitorFinding>,
}

/// Whose outcomes a model is judged by. Help changes the outcomes of those who get it, which are then not what the model predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum JudgedBy {
    /// Users who were held out.
    HeldOut,
    /// All whose outcome is known, since nobody is marked as held out.
    All,
}

/// What is counted of a log.
#[derive(Debug, Default)]
struct Counted {
    predictions: u64,
    invalid: u64,
    with_outcome: u64,
    arms: [u64; 2],
    sum: f64,
    /// Predictions of 1.
    predicted_1: u64,
    /// Of users predicted 1, by arm: those with outcome 1, and all whose outcome is known.
    at_risk: [[u64; 2]; 2],
    /// Logits of predictions whose outcome is known: of users held out, of others; and how many of either are predicted 1.
    judged: [Vec<(f64, [u64; 2])>; 2],
    judged_predicted_1: [u64; 2],
    bins: Vec<u64>,
}

/// The probabilities of the training rows: bins by their upper ends, with observations of both classes together.
struct TrainingProbabilities {
    edges: Vec<f64>,
    counts: Vec<u64>,
}

/// All figures of the report, without what follows from them.
pub(super) fn judged(
    model: &Model,
    predictions: impl Iterator<Item = LoggedPrediction>,
) -> Result<OutcomeReport, Error> {
    let training = TrainingProbabilities::of(model);
    let counted = Counted::new(predictions, training.as_ref());
    let has_arms = counted.arms[1] > 0;
    // Where nobody is held out, the first of each is empty.
    let [held_out, all] = counted.judged;
    let [of_held_out, of_all] = counted.judged_predicted_1;
    let (judged_by, judged, predicted_1) =
        if has_arms { (JudgedBy::HeldOut, held_out, of_held_out) } else { (JudgedBy::All, all, of_all) };
    let sample = Sample::Observations(ScoreCounts::new(judged));
    let mut metrics = sample.evaluate(OF_LOGITS, 0.0);
    sample.check_calibration(&mut metrics, OF_LOGITS);
    let drift = training.map(|training| {
        let names = interval_names(&training.edges);
        let mut drift = beside(&names, &training.counts, &counted.bins, Cells::Ordered);
        correct(vec![&mut drift]);
        drift
    });
    let profile = model.training_profile();
    Ok(OutcomeReport {
        format_version: FORMAT_VERSION,
        model_id: model.pair_id()?.to_string(),
        predictions: counted.predictions,
        invalid: counted.invalid,
        with_outcome: counted.with_outcome,
        arms: counted.arms,
        probability: MeanProbability {
            now: (counted.predictions > 0).then(|| counted.sum / counted.predictions as f64),
            training: profile.and_then(|profile| profile.scores.mean_probability),
        },
        drift,
        judged_by,
        outcomes: JudgedOutcomes::new(model, &metrics, predicted_1, [counted.predicted_1, counted.predictions]),
        help: has_arms.then(|| HelpEffect::new(counted.at_risk[0], counted.at_risk[1])),
        findings: Vec::new(),
    })
}

impl TrainingProbabilities {
    /// Those of a model that keeps a profile. A bin ends only where the map to probabilities rises behind it: of a logged probability
    /// nobody can tell on which side of an end its score was, if both sides have the same.
    fn of(model: &Model) -> Option<Self> {
        let profile = model.training_profile().filter(|profile| profile.fits(model.space()))?;
        let correction = model.correction();
        let mut found = Self { edges: Vec::new(), counts: vec![0] };
        let ends = profile.scores.edges.iter().map(|edge| {
            let probability = correction.probability(*edge);
            let rises = correction.threshold(probability) <= edge + FLAT * (1.0 + edge.abs());
            rises.then_some(probability)
        });
        let ends = ends.chain([None]);
        for (end, [n0, n1]) in ends.zip(&profile.scores.counts) {
            if let Some(last) = found.counts.last_mut() {
                *last += n0 + n1;
            }
            if let Some(end) = end.filter(|end| found.edges.last().is_none_or(|last| end > last)) {
                found.edges.push(end);
                found.counts.push(0);
            }
        }
        Some(found)
    }

    fn bin(&self, probability: f64) -> usize {
        self.edges.iter().map(|edge| usize::from(*edge < probability)).sum()
    }
}

impl Counted {
    fn new(predictions: impl Iterator<Item = LoggedPrediction>, training: Option<&TrainingProbabilities>) -> Self {
        let bins = training.map_or(0, |training| training.counts.len());
        let mut counted = Self { bins: vec![0; bins], ..Self::default() };
        for prediction in predictions {
            counted.add(prediction, training);
        }
        counted
    }

    fn add(&mut self, logged: LoggedPrediction, training: Option<&TrainingProbabilities>) {
        let LoggedPrediction { probability, prediction, truth, arm } = logged;
        if !(0.0..=1.0).contains(&probability) {
            self.invalid += 1;
            return;
        }
        self.predictions += 1;
        self.sum += probability;
        let is_predicted_1 = prediction == 1;
        self.predicted_1 += u64::from(is_predicted_1);
        if let Some(training) = training {
            self.bins[training.bin(probability)] += 1;
        }
        let place = arm.map(|arm| usize::from(arm == Arm::HeldOut));
        if let Some(place) = place {
            self.arms[place] += 1;
        }
        let Some(truth) = truth else { return };
        self.with_outcome += 1;
        if let Some(place) = place.filter(|_| is_predicted_1) {
            let [hits, of] = &mut self.at_risk[place];
            (*hits, *of) = (*hits + u64::from(truth), *of + 1);
        }
        let p = probability.clamp(NEAREST_TO_CERTAIN, 1.0 - NEAREST_TO_CERTAIN);
        let of = usize::from(arm != Some(Arm::HeldOut));
        self.judged_predicted_1[of] += u64::from(is_predicted_1);
        self.judged[of].push(((p / (1.0 - p)).ln(), [u64::from(!truth), u64::from(truth)]));
    }
}
