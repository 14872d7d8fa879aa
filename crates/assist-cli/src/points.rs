//! Cards and rules as a terminal shows them: the points of each condition, and what a total means.

use assist_learn::words::{count, number, percent};
use assist_learn::{Form, FormReport};

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
            format!("{} to {}", percent(of.interval[0]), percent(of.interval[1])),
            count(of.rows),
            count(of.positives),
            if of.is_positive { positive.to_owned() } else { "–".to_owned() },
        ]
    });
    let header = ["total", "probability", "95 % interval of the share", "training rows", "of class 1", "predicted"];
    output.answer(&output::table(&header, totals))?;
    output.answer("add the points of the conditions that hold; the interval is that of the share of class 1 among the training rows with this total (Wilson)")
}

fn signed(points: f64) -> String {
    format!("{points:+}")
}
