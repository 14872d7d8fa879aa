//! How far a probability can be taken at its word: what was observed of test rows with probabilities near it.

use assist_learn::words::count;

use super::words::{label, percent, visible};
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

/// What was observed of the test rows whose probabilities were nearest, where the model's folder has that. Under a stated base rate the
/// rows have other shares than the probabilities are of.
pub(crate) fn observed(served: &Served, probability: f64) -> Option<String> {
    let report = served.report.as_ref().filter(|_| served.model.parameters().training.base_rate.is_none())?;
    let bins = report.test.metrics.probability.reliability.iter().filter(|bin| bin.rows >= FEWEST_ROWS);
    let distance = |mean: f64| (mean - probability).abs();
    let nearest = bins.min_by(|a, b| distance(a.mean_probability).total_cmp(&distance(b.mean_probability)))?;
    // Rows of one group are not independent, and that interval takes them to be.
    let interval = served.model.reading().group.is_none().then(|| {
        let [low, high] = nearest.interval.map(percent);
        format!(" (95\u{a0}% interval {low} to {high})")
    });
    Some(format!(
        "Of the {} test rows with the nearest probabilities, {} on average, {} had {} = {}{}.",
        count(nearest.rows),
        percent(nearest.mean_probability),
        percent(nearest.observed),
        visible(&served.space().target.name),
        visible(&served.space().target.positive),
        interval.unwrap_or_default(),
    ))
}
