//! The bars of an explanation: each begins where the one before ended.

use assist_learn::words::percent;
use assist_learn::{Breakdown, StepOf};

use super::visible;

/// A bar, in units of a drawing that is 600 wide.
#[derive(Debug)]
pub(crate) struct Bar {
    /// What it is of, short enough for the drawing.
    pub(crate) words: String,
    /// The same in full.
    pub(crate) full: String,
    pub(crate) value: String,
    /// Where it leads.
    pub(crate) then: String,
    pub(crate) class: &'static str,
    pub(crate) x: String,
    pub(crate) width: String,
    pub(crate) y: usize,
    pub(crate) text_y: usize,
}

/// The height of a bar with what is around it.
pub(crate) const ROW: usize = 26;
/// Where bars begin and end, between words and values.
const BARS: [f64; 2] = [215.0, 525.0];
/// Letters of the words beside a bar.
const LETTERS: usize = 28;

/// The bars of a prediction that was taken apart, from where it begins to the result.
pub(crate) fn bars(breakdown: &Breakdown, has_points: bool) -> Vec<Bar> {
    let mut ends = vec![breakdown.start];
    for step in &breakdown.steps {
        ends.push(ends[ends.len() - 1] + step.value);
    }
    let low = ends.iter().copied().fold(0.0_f64.min(breakdown.end), f64::min);
    let high = ends.iter().copied().fold(0.0_f64.max(breakdown.end), f64::max);
    let range = if high > low { high - low } else { 1.0 };
    let at = |value: f64| BARS[0] + (value - low) / range * (BARS[1] - BARS[0]);
    let then = |value: f64| if has_points { points(value) } else { percent(1.0 / (1.0 + (-value).exp())) };
    let signed = |value: f64| if has_points { format!("{value:+}") } else { format!("{value:+.3}") };
    let (first, last) = if has_points { ("start", "total") } else { ("base rate", "result") };
    let mut bars = Vec::with_capacity(ends.len() + 1);
    let mut push = |words: String, value: String, ends: [f64; 2], class| {
        let y = bars.len() * ROW + 5;
        let (left, right) = (at(ends[0].min(ends[1])), at(ends[0].max(ends[1])));
        bars.push(Bar {
            words: assist_score::shown_within(&words, LETTERS),
            full: words,
            value,
            then: then(ends[1]),
            class,
            x: format!("{left:.1}"),
            width: format!("{:.1}", (right - left).max(1.0)),
            y,
            text_y: y + 12,
        });
    };
    push(first.to_owned(), then(breakdown.start), [0.0, breakdown.start], "bar whole");
    for (step, ends) in breakdown.steps.iter().zip(ends.windows(2)) {
        let words = match &step.of {
            StepOf::ReferenceUser => "reference user".to_owned(),
            StepOf::Calibration => "calibration".to_owned(),
            StepOf::Column(column) => visible(column),
            _ => String::new(),
        };
        let class = if step.value < 0.0 { "bar down" } else { "bar up" };
        push(words, signed(step.value), [ends[0], ends[1]], class);
    }
    push(last.to_owned(), then(breakdown.end), [0.0, breakdown.end], "bar whole");
    bars
}

/// A number of points.
pub(crate) fn points(value: f64) -> String {
    assist_learn::words::number(value)
}
