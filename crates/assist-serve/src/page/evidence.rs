//! How far a probability can be taken at its word: what was observed of test rows with probabilities near it.

use assist_learn::words::count;

use super::words::{label, percent, visible};
use crate::describe::base_rate;
use crate::served::Served;

/// Fewer test rows than these say little of a share.
const FEWEST_ROWS: u64 = 20;

/// A probability as a share of people.
pub(crate) fn of_hundred(served: &Served, probability: f64) -> String {
    let users = (100.0 * probability).round();
    let users = if probability > 0.0 && users == 0.0 {
        "fewer than 1".to_owned()
    } else if probability < 1.0 && users == 100.0 {
        "more than 99".to_owned()
    } else {
        format!("about {users}")
    };
    let has = if users == "about 1" { "has" } else { "have" };
    format!("If it is right, {users} of 100 users like this one {has} {}.", label(served))
}

/// What was observed of test rows with probabilities near one.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) words: String,
    /// Whether it is another share than the probabilities say, beyond chance and by enough to matter.
    pub(crate) disagrees: bool,
}

/// A difference of shares that matters.
const MATTERS: f64 = 0.05;

/// What was observed of the test rows whose probabilities were nearest, where the model's folder has that. Under a stated base rate the
/// rows have other shares than the probabilities are of.
pub(crate) fn observed(served: &Served, probability: f64) -> Option<Observed> {
    let report = served.report.as_ref().filter(|_| served.model.parameters().training.base_rate.is_none())?;
    let bins = report.test.metrics.probability.reliability.iter().filter(|bin| bin.rows >= FEWEST_ROWS);
    let distance = |mean: f64| distance_of(mean, probability);
    let nearest = bins.min_by(|a, b| distance(a.mean_probability).total_cmp(&distance(b.mean_probability)))?;
    // Rows of one group are not independent, and that interval takes them to be.
    let is_grouped = served.model.reading().group.is_some();
    let [low, high] = nearest.interval;
    let interval = (!is_grouped).then(|| format!(" (95\u{a0}% interval {} to {})", percent(low), percent(high)));
    let is_beyond_chance = !is_grouped && !(low..=high).contains(&nearest.mean_probability);
    let disagrees = is_beyond_chance && distance_of(nearest.observed, nearest.mean_probability) >= MATTERS;
    let verdict = match nearest.observed < nearest.mean_probability {
        _ if !disagrees => "",
        true => " Probabilities here are too high.",
        false => " Probabilities here are too low.",
    };
    let words = format!(
        "Of the {} test rows with the nearest probabilities, {} on average, {} had {} = {}{}.{verdict}",
        count(nearest.rows),
        percent(nearest.mean_probability),
        percent(nearest.observed),
        visible(&served.space().target.name),
        visible(&served.space().target.positive),
        interval.unwrap_or_default(),
    );
    Some(Observed { words, disagrees })
}

/// Probabilities as near to the threshold as this are close calls.
const CLOSE: f64 = 0.05;

/// That a prediction might as well have been the other one.
pub(crate) fn close_call(probability: f64, threshold: f64) -> Option<String> {
    (distance_of(probability, threshold) < CLOSE).then(|| {
        format!("A close call: the probability is within 5 percentage points of the threshold, {}.", percent(threshold))
    })
}

/// Why the threshold is where it is.
pub(crate) fn threshold_reason(served: &Served, threshold: f64) -> String {
    let parameters = served.model.parameters();
    let [weight_0, weight_1] = parameters.training.class_weights;
    if parameters.threshold != 0.0 {
        "It was chosen when the model was trained.".to_owned()
    } else if weight_0 == weight_1 {
        "There both classes are equally likely.".to_owned()
    } else if distance_of(threshold, base_rate(served)) < 5e-4 {
        "It is the base rate: in the fit both classes counted the same, so that who is above it is at more than the average risk.".to_owned()
    } else {
        format!("There both classes are equally likely, if a user of each counts as in the fit: {weight_0:.3} and {weight_1:.3}.")
    }
}

fn distance_of(a: f64, b: f64) -> f64 {
    (a - b).abs()
}
