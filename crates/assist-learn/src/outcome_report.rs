//! What became true of a service's predictions: whether probabilities were right, how often class 1 is now, and what help changed.

use assist_metrics::words::{count, percent, percentage_points};
use assist_metrics::{Metrics, Sample, ScoreCounts, difference_interval, evaluate, observations_for_power, wilson};
use assist_score::{Correction, Model};
use serde::{Deserialize, Serialize};

use crate::outcome_records::Arm;

/// A prediction of a model, with what became true of it if that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnownPrediction {
    /// Probability of class 1, corrected to the base rate.
    pub probability: f64,
    /// 1 or 0.
    pub prediction: u8,
    /// Whether it was class 1.
    pub truth: Option<bool>,
    /// The arm of the user, where there is an experiment.
    pub arm: Option<Arm>,
}

/// A share of observations with its 95 % interval, by Wilson.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ObservedShare {
    /// How many were class 1.
    pub hits: u64,
    /// Of how many.
    pub n: u64,
    /// The share.
    pub share: f64,
    /// Its interval.
    pub interval: [f64; 2],
}

impl ObservedShare {
    fn new(hits: u64, n: u64) -> Option<Self> {
        Some(Self { hits, n, share: hits as f64 / n as f64, interval: wilson(hits, n)? })
    }
}

/// What help changed, among users for whom it was predicted to be needed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HelpEffect {
    /// Users who were helped.
    pub helped: ObservedShare,
    /// Users who were held out.
    pub held_out: ObservedShare,
    /// The share of the helped less that of those held out: below 0 where help helps.
    pub difference: f64,
    /// Its 95 % interval, by Newcombe.
    pub interval: [f64; 2],
}

/// What became true of a model's predictions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutcomeReport {
    /// The identity of the model.
    pub model_id: String,
    /// Predictions that were made.
    pub predictions: u64,
    /// How many of them were of class 1.
    pub predicted_positive: u64,
    /// The mean of their probabilities.
    pub mean_probability: Option<f64>,
    /// Predictions of which it is known what became true.
    pub with_outcome: u64,
    /// The share of class 1 that the model's probabilities are corrected to.
    pub base_rate: f64,
    /// The share of class 1 that was observed, in those that probabilities are judged on.
    pub observed: Option<ObservedShare>,
    /// Whom probabilities are judged on: all users, or those held out, whom nobody helped.
    pub judged_on: JudgedOn,
    /// The figures of the probabilities there, with their intervals; absent without an outcome.
    pub figures: Option<Metrics>,
    /// What help changed; absent where nobody was held out, or no outcome of either is known.
    pub help: Option<HelpEffect>,
    /// What is to be concluded, in sentences.
    pub verdict: Vec<String>,
}

/// Whom probabilities are judged on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgedOn {
    /// All users of whom it is known what became true.
    All,
    /// Those of them who were held out.
    HeldOut,
}

/// Fewer outcomes tell nothing of probabilities.
const FEWEST_OUTCOMES: u64 = 50;

/// What became true of the predictions of a model.
///
/// # Errors
///
/// A model that cannot be named.
pub fn report_outcomes(
    model: &Model,
    predictions: impl IntoIterator<Item = KnownPrediction>,
) -> Result<OutcomeReport, crate::error::Error> {
    let all: Vec<KnownPrediction> = predictions.into_iter().collect();
    let training = &model.parameters().training;
    let [of_0, of_1] = training.class_totals();
    let held_out = |prediction: &&KnownPrediction| prediction.arm == Some(Arm::HeldOut);
    let judged_on = if all.iter().any(|p| held_out(&p)) { JudgedOn::HeldOut } else { JudgedOn::All };
    let judged = all.iter().filter(|p| judged_on == JudgedOn::All || held_out(p));
    let judged: Vec<(f64, bool)> = judged.filter_map(|p| Some((p.probability, p.truth?))).collect();
    let hits = judged.iter().map(|(_, truth)| u64::from(*truth)).sum();
    let n = all.len() as u64;
    let mut report = OutcomeReport {
        model_id: model.pair_id()?.to_string(),
        predictions: n,
        predicted_positive: all.iter().map(|p| u64::from(p.prediction)).sum(),
        mean_probability: (n > 0).then(|| all.iter().map(|p| p.probability).sum::<f64>() / n as f64),
        with_outcome: all.iter().map(|p| u64::from(p.truth.is_some())).sum(),
        base_rate: training.base_rate.unwrap_or(of_1 / (of_0 + of_1)),
        observed: ObservedShare::new(hits, judged.len() as u64),
        judged_on,
        figures: figures(&judged),
        help: help(&all),
        verdict: Vec::new(),
    };
    report.verdict = verdict(&report, &model.space().target.positive);
    Ok(report)
}

/// The figures of probabilities. Those of 0 and 1, which curves can have, count as ones that are very near.
fn figures(judged: &[(f64, bool)]) -> Option<Metrics> {
    const LARGEST_LOGIT: f64 = 36.0;
    if judged.is_empty() {
        return None;
    }
    let logit = |p: f64| (p / (1.0 - p)).ln().clamp(-LARGEST_LOGIT, LARGEST_LOGIT);
    let scores = judged.iter().map(|(p, truth)| (logit(*p), if *truth { [0, 1] } else { [1, 0] }));
    let scores = ScoreCounts::new(scores);
    let as_they_are = Correction::Affine { slope: 1.0, shift: 0.0 };
    let mut metrics = evaluate(&scores, as_they_are, 0.0);
    Sample::Observations(scores).check_calibration(&mut metrics, as_they_are);
    Some(metrics)
}

fn help(all: &[KnownPrediction]) -> Option<HelpEffect> {
    let of = |arm: Arm| {
        let known = all.iter().filter(|p| p.arm == Some(arm) && p.prediction == 1).filter_map(|p| p.truth);
        known.fold((0, 0), |(hits, n), truth| (hits + u64::from(truth), n + 1))
    };
    let ((helped, n_helped), (held_out, n_held_out)) = (of(Arm::Helped), of(Arm::HeldOut));
    let interval = difference_interval([helped, held_out], [n_helped, n_held_out])?;
    let (helped, held_out) = (ObservedShare::new(helped, n_helped)?, ObservedShare::new(held_out, n_held_out)?);
    Some(HelpEffect { helped, held_out, difference: helped.share - held_out.share, interval })
}

fn verdict(report: &OutcomeReport, positive: &str) -> Vec<String> {
    let mut verdict = vec![probabilities(report, positive)];
    verdict.extend(base_rate(report, positive));
    verdict.extend(of_help(report, positive));
    verdict
}

fn range(interval: [f64; 2]) -> String {
    format!("{} to {}", percent(interval[0]), percent(interval[1]))
}

/// Whether probabilities were right on the whole.
fn probabilities(report: &OutcomeReport, positive: &str) -> String {
    let whom = match report.judged_on {
        JudgedOn::All => "predictions",
        JudgedOn::HeldOut => "predictions of users who were held out",
    };
    let (observed, figures) = match (&report.observed, &report.figures) {
        (Some(observed), Some(figures)) if observed.n >= FEWEST_OUTCOMES => (observed, figures),
        _ => {
            let n = report.observed.map_or(0, |observed| observed.n);
            return format!(
                "Whether probabilities are right cannot be told: the outcomes of {} {whom} are known, and {FEWEST_OUTCOMES} are the least",
                count(n)
            );
        }
    };
    let probability = &figures.probability;
    let predicted = probability.reliability.iter().map(|bin| bin.mean_probability * bin.rows as f64).sum::<f64>()
        / figures.rows as f64;
    let beside = format!(
        "{} of {} {whom} with a known outcome were `{positive}` ({}, 95 % interval {}), where {} were predicted",
        count(observed.hits),
        count(observed.n),
        percent(observed.share),
        range(observed.interval),
        percent(predicted)
    );
    let large = probability.in_the_large.map(|line| line.interval);
    let is_off = large.is_some_and(|[low, high]| low > 0.0 || high < 0.0);
    let is_tilted = probability.slope.is_some_and(|line| line.interval[0] > 1.0 || line.interval[1] < 1.0);
    let conclusion = match (is_off, is_tilted) {
        (true, _) if observed.share > predicted => {
            "probabilities are too low on the whole: calibrate them anew, or train again"
        }
        (true, _) => "probabilities are too high on the whole: calibrate them anew, or train again",
        (false, true) => {
            "probabilities are right on the whole and not at their ends: calibrate them anew, or train again"
        }
        (false, false) => "no fault of the probabilities is seen",
    };
    let caveat = match report.judged_on {
        JudgedOn::HeldOut => "",
        JudgedOn::All => {
            ". Where users were helped because of a prediction, their outcomes are not those that were predicted: only users who are held out show that"
        }
    };
    format!("{beside}: {conclusion}{caveat}")
}

/// Whether class 1 is as frequent as in training.
fn base_rate(report: &OutcomeReport, positive: &str) -> Option<String> {
    let observed = report.observed.filter(|observed| observed.n >= FEWEST_OUTCOMES)?;
    let [low, high] = observed.interval;
    if (low..=high).contains(&report.base_rate) {
        return None;
    }
    Some(format!(
        "`{positive}` is {} among these users than where the model was trained: {} against {}, a difference of {}",
        if observed.share > report.base_rate { "more frequent" } else { "rarer" },
        percent(observed.share),
        percent(report.base_rate),
        percentage_points(observed.share - report.base_rate)
    ))
}

/// What help changed.
fn of_help(report: &OutcomeReport, positive: &str) -> Option<String> {
    if report.judged_on == JudgedOn::All {
        return Some(
            "What help changes is not known: nobody is held out. That a user is at risk does not yet say that help helps".to_owned(),
        );
    }
    let Some(help) = report.help else {
        return Some(
            "What help changed is not known yet: there are no outcomes of both helped and held-out users who were predicted to need it".to_owned(),
        );
    };
    let beside = format!(
        "Of users who were predicted to need assistance, {} of those helped were `{positive}` ({} users) and {} of those held out ({} users): a difference of {}, 95 % interval {} to {}",
        percent(help.helped.share),
        count(help.helped.n),
        percent(help.held_out.share),
        count(help.held_out.n),
        percentage_points(help.difference),
        percentage_points(help.interval[0]),
        percentage_points(help.interval[1])
    );
    let [low, high] = help.interval;
    let conclusion = if high < 0.0 {
        "help makes it rarer".to_owned()
    } else if low > 0.0 {
        "help makes it more frequent".to_owned()
    } else {
        match observations_for_power(help.helped.share, help.held_out.share) {
            Some(needed) => format!(
                "that may be chance; to see a difference of this size with 80 % power takes {} users in each arm",
                count(needed)
            ),
            None => "no difference is seen".to_owned(),
        }
    };
    Some(format!("{beside}: {conclusion}"))
}
