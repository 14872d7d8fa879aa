//! The fit beside others, and the rows that move it most: where a wrong record shows.

use assist_metrics::words::{count, figure, percent};
use maud::{Markup, html};

use super::parts::table;
use crate::report::{DISCLOSING_ROWS, Report};

/// Criteria of the fit, and the rows with the largest influence on it.
pub(super) fn fit(report: &Report<'_>) -> Markup {
    html! {
        @if let Some(fit) = report.fit {
            section {
                h3 { "The fit in context" }
                p.muted { "On the " (count(fit.rows)) " training rows. Deviance is minus twice the log-likelihood: less is better, and the deviance without columns is that of always predicting the share of class 1. AIC and BIC compare fits to the same rows. They are not defined for coefficients that a penalty or class weights have moved, so they are those of the fit without either, which the evidence is read from." }
                (table(&["", "the model's probabilities", "the fit without penalty and class weights"], {
                    let of = fit.unpenalised.as_ref();
                    let plain = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"));
                    vec![
                        vec!["deviance".to_owned(), plain(fit.deviance), plain(of.map(|of| of.deviance))],
                        vec!["deviance without columns".to_owned(), plain(fit.null_deviance), plain(of.and(fit.null_deviance))],
                        vec!["McFadden's R²".to_owned(), figure(fit.mcfadden_r2), figure(of.and_then(|of| of.mcfadden_r2))],
                        vec!["parameters".to_owned(), "–".to_owned(), of.map_or_else(|| "–".to_owned(), |of| count(of.parameters as u64))],
                        vec!["AIC".to_owned(), "–".to_owned(), plain(of.map(|of| of.aic))],
                        vec!["BIC".to_owned(), "–".to_owned(), plain(of.map(|of| of.bic))],
                    ]
                }))
                @if let Some(reason) = &fit.undefined { p.muted { "There is no second column: " (reason) "." } }
            }
        }
        @if let Some(columns) = report.influential.first().map(|row| row.cells.iter().map(|cell| cell.column.as_str())) {
            section {
                h3 { "Rows with the largest influence on the fit" }
                p.muted {
                    "Training rows without which the fit without penalty would move most, by Cook's distance. "
                    @if report.audit.rule.is_some() && report.audit.exceptions == 0 {
                        "A rule agrees with every row, so these are where a weighted sum of values fits worst, and not wrong records."
                    } @else {
                        "Look at these first where a record may be wrong: a label that does not fit its values, or a value that no other row is near."
                    }
                    " Each line tells of single people; levels that fewer than " (DISCLOSING_ROWS) " training rows have are not named."
                }
                (table(
                    &["Cook's distance", "label", "probability", "equal rows"].into_iter().chain(columns).collect::<Vec<_>>(),
                    report.influential.iter().map(|row| {
                        let head = [format!("{:.5}", row.distance), row.label.clone(), percent(row.probability), count(row.rows)];
                        let cells = row.cells.iter().map(|cell| cell.value.clone().unwrap_or_else(|| "–".to_owned()));
                        head.into_iter().chain(cells).collect()
                    }).collect(),
                ))
            }
        }
    }
}
