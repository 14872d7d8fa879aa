//! How far a probability can be taken at its word: what was observed of test rows with probabilities near it.

use assist_learn::ReliabilityBin;
use assist_learn::words::{count, percentage_points};

use super::words::{label, percent};
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

/// What was observed of test rows with probabilities about as high.
#[derive(Debug)]
pub(crate) struct Observed {
    pub(crate) words: String,
    /// Whether it is another share than the probability says, beyond chance and by enough to matter.
    pub(crate) disagrees: bool,
}

/// A difference of shares that matters.
const MATTERS: f64 = 0.05;

/// What was observed of the test rows with probabilities about as high, where the model's folder has that: the report has the rows in
/// groups by their probabilities, so that either a group is near, or those on both sides are told.
pub(crate) fn observed(served: &Served, probability: f64) -> Option<Observed> {
    let report = served.report.as_ref()?;
    let nothing = |words: &str| Some(Observed { words: words.to_owned(), disagrees: false });
    if served.model.parameters().training.base_rate.is_some() {
        return nothing(
            "A base rate was stated that the test rows do not have, so they do not say how right this probability is.",
        );
    }
    let mut bins: Vec<&ReliabilityBin> = report.test.metrics.probability.reliability.iter().collect();
    bins.retain(|bin| bin.rows >= FEWEST_ROWS);
    bins.sort_by(|a, b| a.mean_probability.total_cmp(&b.mean_probability));
    let distance = |bin: &ReliabilityBin| distance_of(bin.mean_probability, probability);
    let Some(nearest) = bins.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))) else {
        return nothing("There are too few test rows to say how right probabilities like this one are.");
    };
    if distance(nearest) < MATTERS {
        // Groups that nobody can tell apart by their probabilities, such as totals of a card that all had, are one.
        let alike = bins.iter().filter(|bin| distance_of(bin.mean_probability, nearest.mean_probability) < SEEN);
        return Some(match alike.count() {
            1 => of_near(served, nearest, probability),
            _ => of_alike(served, &bins, nearest.mean_probability),
        });
    }
    let above = bins.partition_point(|bin| bin.mean_probability < probability);
    let sides = [above.checked_sub(1).and_then(|below| bins.get(below)), bins.get(above)];
    let sides: Vec<String> = sides.into_iter().flatten().map(|bin| of_bin(served, bin)).collect();
    nothing(&format!("No group of test rows has probabilities about as high as this one. {}.", sides.join(". ")))
}

/// A group of test rows in words.
fn of_bin(served: &Served, bin: &ReliabilityBin) -> String {
    // Rows of one group are not independent, and that interval takes them to be.
    let interval = served.model.reading().group.is_none().then(|| {
        let [low, high] = bin.interval.map(percent);
        format!(" (95\u{a0}% interval {low} to {high})")
    });
    format!(
        "{} test rows have about the same probability ({}): of these {} had {}{}",
        count(bin.rows),
        percent(bin.mean_probability),
        percent(bin.observed),
        label(served),
        interval.unwrap_or_default(),
    )
}

/// Groups with the same probability, as one.
fn of_alike(served: &Served, bins: &[&ReliabilityBin], mean: f64) -> Observed {
    let alike = || bins.iter().filter(|bin| distance_of(bin.mean_probability, mean) < SEEN);
    let rows: u64 = alike().map(|bin| bin.rows).sum();
    let positives: f64 = alike().map(|bin| bin.observed * bin.rows as f64).sum();
    let share = percent(positives / rows as f64);
    let words = format!(
        "{} test rows have about the same probability ({}): of these {share} had {}.",
        count(rows),
        percent(mean),
        label(served)
    );
    Observed { words, disagrees: false }
}

fn of_near(served: &Served, bin: &ReliabilityBin, probability: f64) -> Observed {
    let direction = disagreement(bin, probability).filter(|_| served.model.reading().group.is_none());
    let verdict = match direction {
        Some(direction) => format!(" So this probability is likely {direction}."),
        None if served.model.reading().group.is_some() => String::new(),
        None => match bin.interval {
            [low, _] if bin.mean_probability < low => " That is a little more than the model says.".to_owned(),
            [_, high] if bin.mean_probability > high => " That is a little less than the model says.".to_owned(),
            _ => String::new(),
        },
    };
    Observed { words: format!("{}.{verdict}", of_bin(served, bin)), disagrees: direction.is_some() }
}

/// What a probability is, `too high` or `too low`, where that and the mean of the group are beyond chance and by enough to matter on
/// the same side of what was observed.
fn disagreement(bin: &ReliabilityBin, probability: f64) -> Option<&'static str> {
    let [low, high] = bin.interval;
    let is_off = |p: f64| !(low..=high).contains(&p) && distance_of(p, bin.observed) >= MATTERS;
    let is_same_side = (probability < bin.observed) == (bin.mean_probability < bin.observed);
    let disagrees = is_same_side && is_off(probability) && is_off(bin.mean_probability);
    disagrees.then_some(if probability > bin.observed { "too high" } else { "too low" })
}

/// What a probability is of.
pub(crate) fn meaning(served: &Served) -> String {
    let figures = served.report.as_ref().map(|report| &report.test.metrics.probability);
    let off = figures.and_then(|of| of.ece.zip(of.ece_if_calibrated)).filter(|(ece, right)| *ece > right.high);
    let off = off.map_or(String::new(), |(ece, right)| {
        format!(
            " It is not exact: in ten groups of test rows such shares were {} off on average, where chance alone makes {}.",
            percentage_points(ece),
            percentage_points(right.mean)
        )
    });
    let basis = if served.space().form.has_points() {
        "It is learnt from the training users of the same total".to_owned()
    } else {
        format!(
            "It is corrected to the base rate, at which {} of users have {}",
            percent(base_rate(served)),
            label(served)
        )
    };
    let unchecked = figures.is_none_or(|of| of.reliability.iter().all(|bin| bin.rows < FEWEST_ROWS));
    let unchecked = if unchecked { " There are too few test rows here to check that: take it as rough." } else { "" };
    format!("{basis}, and is meant as a share of users.{unchecked}{off}")
}

/// Probabilities as near to the threshold as this are close calls.
const CLOSE: f64 = 0.05;

/// That a prediction might as well have been the other one.
pub(crate) fn close_call(probability: f64, threshold: f64) -> Option<String> {
    (distance_of(probability, threshold) < CLOSE).then(|| {
        format!("A close call: the probability is within 5 percentage points of the threshold, {}.", percent(threshold))
    })
}

/// A difference that is seen in a percentage with one decimal.
const SEEN: f64 = 5e-4;

/// Why the threshold is where it is.
pub(crate) fn threshold_reason(served: &Served, threshold: f64) -> String {
    let parameters = served.model.parameters();
    let [weight_0, weight_1] = parameters.training.class_weights;
    if parameters.threshold != 0.0 {
        "It was chosen when the model was trained.".to_owned()
    } else if distance_of(threshold, 0.5) < SEEN {
        "There both classes are equally likely.".to_owned()
    } else if weight_0 != weight_1 && distance_of(threshold, base_rate(served)) < SEEN {
        let remark =
            if threshold > 0.5 { " Users below it may still be more likely than not to need assistance." } else { "" };
        format!(
            "It is the base rate: above it are users at more than the average risk. It weighs neither the cost of helping nor that of missing a user.{remark}"
        )
    } else {
        format!(
            "There both classes are equally likely before the correction to the base rate, where a user of each counts as in the fit: {weight_0:.3} and {weight_1:.3}."
        )
    }
}

fn distance_of(a: f64, b: f64) -> f64 {
    (a - b).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probability_is_judged_by_what_was_observed_beside_it() {
        let bin = |mean: f64, observed: f64, interval: [f64; 2]| -> ReliabilityBin {
            let bin = serde_json::json!({
                "rows": 280, "mean_probability": mean, "observed": observed, "interval": interval
            });
            serde_json::from_value(bin).expect("a bin")
        };
        let low = bin(0.365, 0.496, [0.438, 0.555]);
        assert_eq!(disagreement(&low, 0.36), Some("too low"));
        // Of a probability that is what was observed, and of one on the other side of it, the group says nothing.
        assert_eq!([disagreement(&low, 0.52), disagreement(&low, 0.6)], [None, None]);
        assert_eq!(disagreement(&bin(0.75, 0.6, [0.55, 0.65]), 0.77), Some("too high"));
        // Beyond chance, and too little to matter.
        assert_eq!(disagreement(&bin(0.967, 0.993, [0.974, 0.998]), 0.952), None);
    }

    #[test]
    fn what_is_near_the_threshold_is_a_close_call() {
        assert!(close_call(0.72, 0.704).is_some_and(|words| words.ends_with("70.4\u{a0}%.")));
        assert_eq!([close_call(0.76, 0.704), close_call(0.65, 0.704)], [None, None]);
    }
}
