//! A rule as points: `a OR b` is `a + b > 1/2`, `a AND b` is `a + b > 3/2`, `a AND (b OR c)` is `2a + b + c > 5/2`, and
//! `a OR (b AND c)` is `2a + b + c > 3/2`.

use std::time::Instant;

use assist_audit::{CodedRows, Condition, LabelRule, Literal, Shape, TrainingRule, training_rule};
use assist_features::{Design, shortest_between};
use assist_metrics::words::count;
use assist_model::Fit;
use assist_score::{Calibration, FeatureSpace, Form, MISSING_LEVEL, ScoreTotal, Term};

use super::form_report::{Found, RuleReport};
use super::learned::Learned;
use super::missing_values::never_missing;
use super::points::{Points, Search, intervals_of_groups};
use crate::error::Error;

/// Seeks a rule in the rows of a design, and makes a model of it.
pub(super) fn fit(design: &Design, base_rate: Option<f64>) -> Result<Learned, Error> {
    let started = Instant::now();
    let found = training_rule(&CodedRows::of_training(design.space(), design)).ok_or(Error::NoRule)?;
    if !is_useful(&found, design) {
        return Err(Error::NoUsefulRule { wrong: found.exceptions, rows: found.rows });
    }
    let fit = fit_of(&found, design, base_rate, started)?;
    let rule = Some(RuleReport::new(&found, cut_within));
    let intervals_of_groups = intervals_of_groups(&fit.model, design);
    let never_missing = never_missing(&fit.model);
    Ok(Learned { fit, found: Found { rule, intervals_of_groups, card: None, never_missing } })
}

/// Whether a rule is right for more of a design's rows than always predicting the majority class.
pub(super) fn is_useful(found: &TrainingRule, design: &Design) -> bool {
    let [n0, n1] = design.class_counts();
    found.exceptions < n0.min(n1)
}

/// A rule that was found in the rows of a design, as a model over all of its columns.
pub(super) fn fit_of(
    found: &TrainingRule,
    design: &Design,
    base_rate: Option<f64>,
    started: Instant,
) -> Result<Fit, Error> {
    let points = points_of(&found.rule, design.space())?;
    let threshold = points.threshold;
    let search = Search { form: Form::Rule, method: "search over rules", ended: ended(found), base_rate, started };
    points.into_fit(design, search, |totals| on_either_side(totals, threshold))
}

fn ended(found: &TrainingRule) -> String {
    if found.exceptions == 0 {
        return "the rule agrees with every training row".to_owned();
    }
    let gap = found.exceptions - found.fewest_exceptions;
    let tried = if found.not_searched.is_empty() { "rules of up to three conditions" } else { "rules that were tried" };
    if gap == 0 {
        return format!("none of the {tried} is wrong for fewer training rows");
    }
    format!(
        "of the {tried} the best is wrong for {} fewer training rows, with conditions that do not pay for themselves",
        count(gap)
    )
}

/// The share of class 1 where the rule holds, and where it does not, each with half an observation added to either class.
fn on_either_side(totals: &[ScoreTotal], threshold: f64) -> Calibration {
    let share = |is_above: bool| {
        let side = totals.iter().filter(|total| (total.score > threshold) == is_above);
        let [n0, n1] = side.fold([0, 0], |[a, b], total| [a + total.counts[0], b + total.counts[1]]);
        (n1 as f64 + 0.5) / ((n0 + n1) as f64 + 1.0)
    };
    let [below, above] = [share(false), share(true)];
    // Of a rule that tells nothing both shares are that of all, to a rounding.
    Calibration::Isotonic {
        scores: vec![threshold - 0.5, threshold + 0.5],
        probabilities: vec![below, above.max(below)],
    }
}

/// The points of a rule over the columns of a space.
fn points_of(rule: &LabelRule, space: &FeatureSpace) -> Result<Points, Error> {
    let (weights, threshold): (Vec<f64>, f64) = match rule.shape {
        Shape::All => (vec![1.0; rule.literals.len()], rule.literals.len() as f64 - 0.5),
        Shape::Any => (vec![1.0; rule.literals.len()], 0.5),
        Shape::AndAny(outer) => (double_at(outer), 2.5),
        Shape::OrAll(outer) => (double_at(outer), 1.5),
        _ => return Err(Error::NoRule),
    };
    let mut points = Points { threshold, ..Points::default() };
    for (literal, weight) in rule.literals.iter().zip(weights) {
        add(&mut points, literal, weight, space)?;
    }
    Ok(points)
}

fn double_at(outer: u8) -> Vec<f64> {
    (0..3).map(|place| if place == outer { 2.0 } else { 1.0 }).collect()
}

/// The cut of the model: where values lie on either side of an interval, a number of few digits there.
fn cut_within([low, high]: [f64; 2]) -> f64 {
    shortest_between(low, high)
}

/// The points of a condition.
fn add(points: &mut Points, literal: &Literal, weight: f64, space: &FeatureSpace) -> Result<(), Error> {
    let column = space.column_names().position(|name| name == literal.column).ok_or(Error::NoRule)?;
    let place = column.checked_sub(space.numeric.len());
    let level = |level: &str| {
        let of = place.and_then(|place| space.categorical.get(place)).ok_or(Error::NoRule)?;
        let code = of.levels.iter().position(|known| known == level).and_then(|code| u32::try_from(code).ok());
        Ok::<_, Error>(Term::Level { column, code: code.ok_or(Error::NoRule)? })
    };
    let missing = || if place.is_some() { level(MISSING_LEVEL) } else { Ok(Term::Missing { column }) };
    match &literal.condition {
        Condition::AtLeast { low, high } => {
            points.add(Term::Cut { column, low: Some(cut_within([*low, *high])), high: None }, weight);
        }
        Condition::Below { low, high, or_missing } => {
            points.add(Term::Cut { column, low: None, high: Some(cut_within([*low, *high])) }, weight);
            if *or_missing {
                points.add(missing()?, weight);
            }
        }
        Condition::Is(name) => points.add(level(name)?, weight),
        Condition::Missing => points.add(missing()?, weight),
        // All rows have the points, and those that are excepted lose them.
        Condition::IsNot(name) => {
            points.add(level(name)?, -weight);
            points.intercept += weight;
        }
        Condition::NotMissing => {
            points.add(missing()?, -weight);
            points.intercept += weight;
        }
        _ => return Err(Error::NoRule),
    }
    Ok(())
}
