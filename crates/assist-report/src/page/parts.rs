//! What every section of the page is made of: tables, drawings with their tables, text with code in it.

use assist_audit::{Candidate, CandidateKind};
use assist_metrics::words::percent;
use maud::{Markup, PreEscaped, html};

use crate::report::Report;

/// The models that are drawn, the saved one first: as many as there are colours.
pub(super) fn candidates<'a>(report: &'a Report<'_>) -> Vec<&'a Candidate> {
    use CandidateKind::{DecisionTree, LogisticRegression, RandomForest};
    let drawn = match report.kind() {
        LogisticRegression => [LogisticRegression, DecisionTree, RandomForest],
        saved => [saved, LogisticRegression, RandomForest],
    };
    drawn.into_iter().filter_map(|name| report.comparison.model(name)).collect()
}

/// Text whose parts between backticks are code.
pub(super) fn words(text: &str) -> Markup {
    // A number and its percent sign stay on one line.
    let text = text.replace(" %", "\u{a0}%");
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// A share in percent; a dash where it is not defined.
pub(super) fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), percent)
}

/// Both ends of an interval, as `show` writes them; a dash where there is none.
pub(super) fn range(interval: Option<[f64; 2]>, show: impl Fn(f64) -> String) -> String {
    interval.map_or_else(|| "–".to_owned(), |[low, high]| format!("{} to {}", show(low), show(high)))
}

/// A table. The first cell of each row is its heading.
#[expect(clippy::needless_pass_by_value, reason = "every caller has just made them")]
pub(super) fn table(head: &[&str], rows: Vec<Vec<String>>) -> Markup {
    // A heading stands over its cells.
    let class = |at: usize| {
        if at > 0 && rows.first().and_then(|row| row.get(at)).is_some_and(|cell| is_figure(cell)) {
            "number"
        } else {
            ""
        }
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label="table" {
            table {
                thead { tr { @for (at, cell) in head.iter().enumerate() { th scope="col" class=(class(at)) { (cell) } } } }
                tbody { @for row in &rows { tr { @for (at, cell) in row.iter().enumerate() {
                    @if at == 0 { th scope="row" { (cell) } } @else if is_figure(cell) { td.number { (cell) } } @else { td { (cell) } }
                } } } }
            }
        }
    }
}

/// Whether a cell holds a number, which stands to the right and in one line.
fn is_figure(cell: &str) -> bool {
    cell.starts_with(|c: char| c.is_ascii_digit() || "+-–<>".contains(c)) && cell.len() < 30 && !cell.contains(", ")
}

/// A drawing with its heading, a plain sentence, and a table of its figures.
pub(super) fn chart(heading: &str, text: &str, svg: &str, table: &Markup) -> Markup {
    html! {
        figure {
            figcaption { h3 { (heading) } p { (text) } }
            (PreEscaped(svg))
            details { summary { "The figures behind it" } (table) }
        }
    }
}
