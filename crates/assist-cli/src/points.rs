//! Cards and rules as a terminal shows them: the points of each condition, and what a total means.

use assist_learn::words::{count, number, percent};
use assist_learn::{Form, FormReport, IntervalMethod};

use crate::failure::Failure;
use crate::output::{self, Output};

/// The points and the totals of a card or a rule.
pub(crate) fn points(of: &FormReport, target: &str, positive: &str, output: Output) -> Result<(), Failure> {
    let what = if of.form == Form::Rule { "Rule" } else { "Card" };
    output.heading(&format!("{what} for `{target}` = `{positive}`"))?;
    if let Some(rule) = &of.rule {
        output.answer(&format!(
            "{}: wrong for {} of {} training rows",
            rule.rule,
            count(rule.exceptions),
            count(rule.rows)
        ))?;
        rule.not_searched.iter().try_for_each(|line| output.answer(line))?;
    }
    let mut rows: Vec<Vec<String>> =
        of.points.iter().map(|term| vec![term.feature.clone(), signed(term.points)]).collect();
    if of.base_points != 0.0 {
        rows.push(vec!["always".to_owned(), signed(of.base_points)]);
    }
    output.answer(&output::table(&["condition", "points"], rows))?;
    let totals = of.totals.iter().map(|of| {
        vec![
            number(of.total),
            percent(of.probability),
            of.interval.map_or_else(|| "–".to_owned(), |[low, high]| format!("{} to {}", percent(low), percent(high))),
            count(of.rows),
            count(of.positives),
            if of.is_positive { positive.to_owned() } else { "–".to_owned() },
        ]
    });
    let header = ["total", "probability", "95 % interval of the share", "training rows", "of class 1", "predicted"];
    output.answer(&output::table(&header, totals))?;
    output.answer(&format!("add the points of the conditions that hold; {}; {}", decision(of, positive), intervals(of)))
}

/// From which total on class 1 is predicted.
fn decision(of: &FormReport, positive: &str) -> String {
    match of.decides_from {
        Some(total) => format!("`{positive}` is predicted from a total of {} on", number(total)),
        None if of.totals.iter().any(|of| of.is_positive) => format!("every total is predicted `{positive}`"),
        None => format!("no total is predicted `{positive}`"),
    }
}

/// What the intervals of the totals are.
fn intervals(of: &FormReport) -> String {
    let how = match of.interval_method {
        Some(IntervalMethod::Wilson) => "Wilson",
        Some(_) => "Wilson, for as many independent rows as its groups amount to",
        None => {
            return "there are no intervals, because the training rows are grouped and a model does not keep the groups"
                .to_owned();
        }
    };
    let corrected = if of.has_base_rate { ", both ends corrected to the base rate as the probability is" } else { "" };
    format!("the interval is that of the share of class 1 among the training rows with this total ({how}){corrected}")
}

fn signed(points: f64) -> String {
    format!("{points:+}")
}
