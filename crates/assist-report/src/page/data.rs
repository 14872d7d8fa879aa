//! The label and the data, and how the model was made.

use assist_audit::{CandidateKind, Role, ValuesProfile};
use assist_metrics::words::{count, number};
use maud::{Markup, html};

use super::parts::{table, words};
use crate::report::Report;

/// Whether the label is a formula.
pub(super) fn label(report: &Report<'_>) -> Markup {
    html! {
        h2 { "Label audit" }
        p.intro.muted { "Is the label a formula? A search for the smallest rule of at most three conditions that reproduces it." }
        ul { @for line in report.audit.lines() { li style="overflow-wrap:anywhere" { (words(&line)) } } }
    }
}

/// What the columns hold, and how the model was made.
pub(super) fn data(report: &Report<'_>) -> Markup {
    let training = &report.model.parameters().training;
    let target = &report.model.space().target;
    let control = report.comparison.model(CandidateKind::PermutedTree);
    html! {
        h2 { "Data and method" }
        (table(&["column", "role", "distinct", "missing", "values"], report.profile.columns.iter().map(|column| vec![
            column.name.clone(),
            column.role.to_string(),
            column.distinct.map_or_else(|| "–".to_owned(), |n| count(n as u64)),
            column.missing.map_or_else(|| "–".to_owned(), count),
            match &column.values {
                Some(ValuesProfile::Numbers { min, quartiles, max, .. }) => format!("{} to {}, half of them from {} to {}", number(*min), number(*max), number(quartiles[0]), number(quartiles[2])),
                Some(ValuesProfile::Levels { levels, .. }) => {
                    let shown = levels.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
                    if levels.len() > 8 { format!("{shown} and {} more", levels.len() - 8) } else { shown }
                }
                None if column.role == Role::Target => "the label".to_owned(),
                None => "not used".to_owned(),
            },
        ]).collect()))
        ul {
            @if let Some(disclosure) = report.disclosure() { li { (words(&disclosure)) } }
            li { (count(report.profile.duplicates)) " rows repeat the values of another row." }
            li {
                "Training rows: " (count(training.class_counts[0])) " of class 0 (" code { (target.name) " = " (target.negative) } ") and "
                (count(training.class_counts[1])) " of class 1 (" code { (target.name) " = " (target.positive) } ")"
                @if !report.model.space().form.has_points() {
                    ", weighted " (format!("{:.4} and {:.4}", training.class_weights[0], training.class_weights[1]))
                }
                "."
            }
            @if !report.model.space().form.has_points() {
                li { "Solver: " (training.fit.solver) ", " (count(training.fit.iterations)) " iterations; " (training.fit.termination) "." }
            }
            @if let Some(errors) = &training.standard_errors { li { "Standard errors: " code { (errors.method) } "." } }
            @if let Some(control) = control {
                li { "The control grew on permuted labels: its " (control.size()) " memorise noise." }
            }
        }
    }
}
