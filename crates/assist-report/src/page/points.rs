//! The points of a card or a rule, and what a total means.

use assist_metrics::words::{count, number, percent};
use maud::{Markup, html};

use super::parts::{range, table};
use crate::report::Report;
use crate::score_card::{condition, decision, meaning, signed};
use crate::verdict::capital;

/// The lines with their points, and the totals of the training rows.
pub(super) fn points(report: &Report<'_>) -> Markup {
    let (model, target) = (report.model, &report.model.space().target);
    let parameters = model.parameters();
    let always = (parameters.intercept != 0.0).then(|| vec!["always".to_owned(), signed(parameters.intercept)]);
    let line = |term: assist_score::Feature, points: f64| {
        vec![condition(model.space(), &term.term).unwrap_or(term.name), signed(points)]
    };
    let lines = model.space().features().into_iter().zip(&parameters.coefficients);
    let lines = lines.map(|(term, points)| line(term, *points));
    let totals = parameters.totals.iter().enumerate().map(|(place, total)| {
        let scored = model.scored(total.score);
        let [n0, n1] = total.counts;
        vec![
            number(total.score),
            percent(scored.probability),
            range(report.intervals.and_then(|intervals| *intervals.ends.get(place)?), percent),
            format!("{} of {}", count(n1), count(n0 + n1)),
            if scored.prediction == 1 { "yes" } else { "no" }.to_owned(),
        ]
    });
    let label = format!("{} = {}", target.name, target.positive);
    html! {
        h2 { "Points" }
        p.intro.muted {
            "Add the points of every line that is true of a user. " (capital(&parameters.training.fit.termination)) "."
        }
        div style="max-width:34rem" { (table(&["if", "points"], always.into_iter().chain(lines).collect())) }
        p.muted style="margin-top:16px" {
            (decision(model))
            @if let Some(intervals) = report.intervals { " " (meaning(model, intervals, &label)) }
        }
        (table(
            &["total", "probability", "95 % interval", "class 1 among training rows", "predicted to need assistance"],
            totals.collect(),
        ))
    }
}
