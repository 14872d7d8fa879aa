//! The bars of an explanation: each begins where the one before ended. What is shown of the steps adds up to what is shown of their
//! ends, digit by digit.

use assist_learn::words::number;
use assist_learn::{Breakdown, StepOf};

use super::words::{column_words, probability};
use crate::served::Served;

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
/// Log-odds are shown in steps of one by so many.
const LOG_ODDS: f64 = 1000.0;
/// How far beyond all finite ends an infinite one is drawn: a calibrated probability may be 0 or 1.
const BEYOND: f64 = 2.0;

/// The bars of a prediction that was taken apart, from where it begins to the result. A card's conditions that do not hold have
/// none: the card shows them.
pub(crate) fn bars(served: &Served, breakdown: &Breakdown) -> Vec<Bar> {
    let has_points = served.space().form.has_points();
    let steps: Vec<_> = breakdown.steps.iter().filter(|step| !has_points || step.value != 0.0).collect();
    let mut ends = vec![breakdown.start];
    for step in &steps {
        ends.push(ends[ends.len() - 1] + step.value);
    }
    let scale = Scale::of(&ends);
    let then = |value: f64| if has_points { number(value) } else { probability(1.0 / (1.0 + (-value).exp())) };
    let whole = |value: f64| if has_points { number(value) } else { log_odds(shown(value)) };
    let (first, last) = if has_points { ("start", "total") } else { ("base rate of all users", "this user") };
    let bar = |words: String, value: String, ends: [f64; 2], class| {
        let (x, width) = scale.bar(ends);
        Bar { words, value, then: then(ends[1]), class, x, width }
    };
    let mut bars = vec![bar(first.to_owned(), whole(breakdown.start), [0.0, breakdown.start], "bar whole")];
    for (step, ends) in steps.iter().zip(ends.windows(2)) {
        let words = match &step.of {
            StepOf::AverageUser => "to a user of average values".to_owned(),
            StepOf::ReferenceUser => "to a reference user".to_owned(),
            StepOf::Calibration => "calibration".to_owned(),
            StepOf::Column(column) => column_words(served, column),
            _ => String::new(),
        };
        let class = if step.value < 0.0 { "bar down" } else { "bar up" };
        let value = if has_points { format!("{:+}", step.value) } else { log_odds(shown(ends[1]) - shown(ends[0])) };
        bars.push(bar(words, value, [ends[0], ends[1]], class));
    }
    bars.push(bar(last.to_owned(), whole(breakdown.end), [0.0, breakdown.end], "bar whole"));
    bars
}

/// Log-odds in the steps in which they are shown.
fn shown(value: f64) -> f64 {
    (value * LOG_ODDS).round()
}

fn log_odds(thousandths: f64) -> String {
    match thousandths {
        value if value.is_infinite() => (if value > 0.0 { "+∞" } else { "−∞" }).to_owned(),
        0.0 => "0.000".to_owned(),
        value => format!("{:+.3}", value / LOG_ODDS),
    }
}

/// From values to places in the drawing.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn of(ends: &[f64]) -> Self {
        let finite = || ends.iter().copied().filter(|end| end.is_finite());
        let (low, high) = (finite().fold(0.0, f64::min), finite().fold(0.0, f64::max));
        let beyond = |is_beyond: fn(&f64) -> bool| if ends.iter().any(is_beyond) { BEYOND } else { 0.0 };
        let low = low - beyond(|end| *end == f64::NEG_INFINITY);
        let high = high + beyond(|end| *end == f64::INFINITY);
        Self { low, high: if high > low { high } else { low + 1.0 } }
    }

    /// The place of a bar between two values, and its width.
    fn bar(&self, ends: [f64; 2]) -> (String, String) {
        let at = |value: f64| {
            let value = if value.is_nan() { 0.0 } else { value };
            (value.clamp(self.low, self.high) - self.low) / (self.high - self.low) * (WIDTH - NARROWEST)
        };
        let (left, right) = (at(ends[0].min(ends[1])), at(ends[0].max(ends[1])));
        (format!("{left:.1}"), format!("{:.1}", (right - left).max(NARROWEST)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_are_shown_add_up() {
        let ends = [0.0004, 0.0008, 0.0012, -1.2346, -1.234_55];
        let steps: Vec<f64> = ends.windows(2).map(|ends| shown(ends[1]) - shown(ends[0])).collect();
        assert_eq!(shown(ends[0]) + steps.iter().sum::<f64>(), shown(ends[4]));
        assert_eq!(
            steps.iter().map(|step| log_odds(*step)).collect::<Vec<_>>(),
            ["+0.001", "0.000", "-1.236", "0.000"]
        );
    }

    #[test]
    fn bars_lie_in_the_drawing_also_where_a_probability_is_certain() {
        for ends in [[-1.0, 2.0], [0.5, f64::INFINITY], [f64::NEG_INFINITY, -3.0], [0.0, 0.0], [-1e300, 1e300]] {
            let scale = Scale::of(&ends);
            let (x, width) = scale.bar(ends);
            let (x, width): (f64, f64) = (x.parse().expect("a number"), width.parse().expect("a number"));
            assert!(x >= 0.0 && width >= NARROWEST && x + width <= WIDTH + 0.1, "{ends:?}: {x} and {width}");
        }
        assert_eq!(log_odds(f64::INFINITY), "+∞");
        assert_eq!(log_odds(f64::NEG_INFINITY), "−∞");
    }
}
