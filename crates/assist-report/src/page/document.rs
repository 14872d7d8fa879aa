//! The page, from the verdict down to the figures it rests on.

use assist_metrics::words::{count, percent};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::coefficients::coefficients;
use super::data::{data, label};
use super::errors::errors;
use super::fit::fit;
use super::models::{models, tiles};
use super::parts::{table, words};
use super::points::points;
use super::probabilities::probabilities;
use crate::clean::clean_page;
use crate::report::Report;
use crate::verdict::{Finding, Topic};

impl Report<'_> {
    /// The page: one HTML file with everything in it.
    pub fn html(&self) -> String {
        clean_page(&page(self).into_string())
    }
}

fn page(report: &Report<'_>) -> Markup {
    let target = &report.model.space().target;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Who needs assistance? " (report.table) }
                style { (PreEscaped(include_str!("../style.css"))) }
            }
            body {
                main {
                    h1 { "Who needs assistance?" }
                    p.muted {
                        "A report on " (report.table) ": " (count(report.profile.rows)) " rows, of which "
                        (percent(report.profile.class_counts[1] as f64 / report.profile.rows.max(1) as f64))
                        " have the label " code { (target.name) " = " (target.positive) } "."
                    }
                    (verdict(report))
                    (tiles(report))
                    @if report.model.space().form.has_points() { (points(report)) }
                    (models(report))
                    (errors(report))
                    (probabilities(report))
                    (coefficients(report))
                    (fit(report))
                    (label(report))
                    (data(report))
                    footer {
                        p { "Model " (report.model_id) ", assist " (report.version) ". This page is one file and loads nothing." }
                    }
                }
            }
        }
    }
}

fn verdict(report: &Report<'_>) -> Markup {
    let of = |topic: Topic| report.findings.iter().filter(move |finding| finding.about == topic);
    html! {
        section.verdict {
            h2 { "Verdict" }
            @for finding in of(Topic::Recommendation) { p { strong { (words(&finding.text)) } } (behind(finding)) }
            ul {
                @for finding in report.findings.iter().filter(|finding| finding.about != Topic::Recommendation) {
                    li { (words(&finding.text)) (behind(finding)) }
                }
            }
        }
        @for warning in report.warnings { p.warning { "Training warned: " (words(warning)) } }
    }
}

/// The figures that a finding rests on, to be opened.
fn behind(finding: &Finding) -> Markup {
    let rows = finding.figures.iter().map(|figure| vec![figure.name.clone(), figure.value.clone()]).collect();
    html! {
        @if !finding.figures.is_empty() {
            details { summary { "What it rests on" } (table(&["figure", "value"], rows)) }
        }
    }
}
