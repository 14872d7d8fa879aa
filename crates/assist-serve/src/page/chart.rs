//! The bars of an explanation: each begins where the one before ended.

use assist_learn::words::percent;
use assist_learn::{Breakdown, StepOf};

use super::visible::visible;

/// A row of the explanation, with its bar in a drawing that is [`WIDTH`] wide.
#[derive(Debug)]
pub(crate) struct Bar {
    /// What it is of.
    pub(crate) words: String,
    pub(crate) value: String,
    /// Where it leads.
    pub(crate) then: String,
    pub(crate) class: &'static str,
    pub(crate) x: String,
    pub(crate) width: String,
}

/// As the drawings of the template are.
const WIDTH: f64 = 300.0;
/// What is still seen of a bar.
const NARROWEST: f64 = 2.0;

/// The bars of a prediction that was taken apart, from where it begins to the result. A card's conditions that do not hold have
/// none: the card shows them.
pub(crate) fn bars(breakdown: &Breakdown, has_points: bool) -> Vec<Bar> {
    let steps: Vec<_> = breakdown.steps.iter().filter(|step| !has_points || step.value != 0.0).collect();
    let mut ends = vec![breakdown.start];
    for step in &steps {
        ends.push(ends[ends.len() - 1] + step.value);
    }
    let low = ends.iter().copied().fold(0.0_f64.min(breakdown.end), f64::min);
    let high = ends.iter().copied().fold(0.0_f64.max(breakdown.end), f64::max);
    let range = if high > low { high - low } else { 1.0 };
    let at = |value: f64| (value - low) / range * (WIDTH - NARROWEST);
    let then = |value: f64| if has_points { points(value) } else { percent(1.0 / (1.0 + (-value).exp())) };
    // What rounds to nothing has no sign.
    let signed = |value: f64| match value {
        _ if has_points => format!("{value:+}"),
        _ if value.abs() < 0.0005 => "0.000".to_owned(),
        _ => format!("{value:+.3}"),
    };
    let (first, last) = if has_points { ("start", "total") } else { ("base rate", "result") };
    let bar = |words: String, value: String, ends: [f64; 2], class| {
        let (left, right) = (at(ends[0].min(ends[1])), at(ends[0].max(ends[1])));
        let (x, width) = (format!("{left:.1}"), format!("{:.1}", (right - left).max(NARROWEST)));
        Bar { words, value, then: then(ends[1]), class, x, width }
    };
    let mut bars = vec![bar(first.to_owned(), then(breakdown.start), [0.0, breakdown.start], "bar whole")];
    for (step, ends) in steps.iter().zip(ends.windows(2)) {
        let words = match &step.of {
            StepOf::AverageUser => "average user".to_owned(),
            StepOf::ReferenceUser => "reference user".to_owned(),
            StepOf::Calibration => "calibration".to_owned(),
            StepOf::Column(column) => visible(column),
            _ => String::new(),
        };
        let class = if step.value < 0.0 { "bar down" } else { "bar up" };
        bars.push(bar(words, signed(step.value), [ends[0], ends[1]], class));
    }
    bars.push(bar(last.to_owned(), then(breakdown.end), [0.0, breakdown.end], "bar whole"));
    bars
}

/// A number of points.
pub(crate) fn points(value: f64) -> String {
    assist_learn::words::number(value)
}
