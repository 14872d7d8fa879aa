//! The points of a card or a rule, and what a total means.

use assist_metrics::wilson;
use assist_metrics::words::{count, number, percent};
use maud::{Markup, html};

use super::parts::table;
use crate::report::Report;
use crate::score_card::{condition, signed};

/// The lines with their points, and the totals of the training rows.
pub(super) fn points(report: &Report<'_>) -> Markup {
    let (space, parameters) = (report.model.space(), report.model.parameters());
    let always = (parameters.intercept != 0.0).then(|| vec!["always".to_owned(), signed(parameters.intercept)]);
    let lines = report.model.terms().into_iter().map(|term| {
        vec![condition(space, &term.term).unwrap_or(term.name), signed(term.coefficient)]
    });
    let totals = parameters.totals.iter().map(|total| {
        let scored = report.model.scored(total.score);
        let [n0, n1] = total.counts;
        let [low, high] = wilson(n1, n0 + n1).unwrap_or([0.0, 1.0]);
        vec![
            number(total.score),
            percent(scored.probability),
            format!("{} of {}", count(n1), count(n0 + n1)),
            format!("{} to {}", percent(low), percent(high)),
            if scored.prediction == 1 { "yes" } else { "no" }.to_owned(),
        ]
    });
    html! {
        h2 { "Points" }
        p.intro.muted {
            "Add the points of every line that is true of a user. How they were found: " (parameters.training.fit.termination) "."
        }
        (table(&["if", "points"], always.into_iter().chain(lines).collect()))
        p.muted style="margin-top:16px" {
            "What a total means. The share of training rows with class 1 has the 95 % interval beside it."
        }
        (table(
            &["total", "probability", "class 1 among training rows", "95 % interval", "predicted to need assistance"],
            totals.collect(),
        ))
    }
}
