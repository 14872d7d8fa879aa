//! What predictions depend on: coefficients, permutation importance, tests of whole columns.

use assist_audit::Candidate;
use assist_metrics::words::{number, p_value};
use maud::{Markup, html};

use super::parts::{candidates, chart, range, share, table};
use crate::charts::{self, Axes};
use crate::report::{Coefficient, Report};

/// Coefficients that are drawn, those that reach furthest; the table has all.
const DRAWN: usize = 24;

/// What a prediction depends on.
pub(super) fn coefficients(report: &Report<'_>) -> Markup {
    let mut drawn: Vec<usize> = (0..report.coefficients.len()).collect();
    let drawn_value = |of: &Coefficient| range_of(report, &of.feature).unwrap_or(1.0) * of.evidence.unwrap_or(of.value);
    let size = |at: &usize| drawn_value(&report.coefficients[*at]).abs();
    drawn.sort_by(|a, b| size(b).total_cmp(&size(a)));
    drawn.truncate(DRAWN);
    drawn.sort_unstable();
    let rows: Vec<(String, f64, Option<[f64; 2]>)> = drawn
        .iter()
        .map(|at| &report.coefficients[*at])
        .map(|of| {
            let range = range_of(report, &of.feature);
            let name = if range.is_some() { format!("{} (whole range)", of.feature) } else { of.feature.clone() };
            let by = range.unwrap_or(1.0);
            (name, drawn_value(of), of.interval.map(|ends| ends.map(|end| by * end)))
        })
        .collect();
    let all = report.coefficients.iter().map(|coefficient| {
        vec![
            coefficient.feature.clone(),
            format!("{:+.4}", coefficient.value),
            coefficient.evidence.map_or_else(|| "–".to_owned(), |value| format!("{value:+.4}")),
            range(coefficient.interval, |end| format!("{end:+.4}")),
            coefficient.p_value.map_or_else(|| "–".to_owned(), p_value),
        ]
    });
    let test = report.model.parameters().inference.column_test();
    let left_out = report.coefficients.len() - drawn.len();
    let importances: Vec<&Candidate> =
        candidates(report).into_iter().filter(|model| !model.importances.is_empty()).collect();
    let names: Vec<String> = importances.iter().map(|model| format!("{} (permutation)", model.name)).collect();
    let mut head = vec!["column"];
    head.extend(names.iter().map(String::as_str));
    let has_impurity = importances.iter().any(|model| model.importances.iter().any(|of| of.impurity.is_some()));
    if has_impurity {
        head.push("decision tree (impurity)");
    }
    html! {
        h2 { @if rows.is_empty() { "Importance" } @else { "Coefficients and importance" } }
        div.figures {
            @if !rows.is_empty() {
                (chart(
                    "Coefficients",
                    &format!(
                        "What a number at the upper end of its training range instead of the lower one, or a level instead of the reference, adds to the log-odds of needing assistance, as a fit without penalty and class weights estimates it, with 95 % intervals. An interval that covers zero does not show an effect. Where that fit has no estimate the coefficient that predicts is drawn, without an interval. The table has both, of a number for one unit.{}",
                        if left_out > 0 { format!(" The {left_out} smallest are in the table only.") } else { String::new() },
                    ),
                    &charts::forest_plot("Evidence of the coefficients of logistic regression with 95 % intervals", &rows, "added to the log-odds"),
                    &table(&["feature", "coefficient that predicts", "estimate without penalty", "95 % interval", "p"], all.collect()),
                ))
            }
        }
        @if !report.curves.is_empty() || !report.interactions.is_empty() { (shapes(report)) }
        section {
            h3 { "Permutation and impurity importance" }
            p.muted { "Permutation importance: by how many percentage points the accuracy on test rows falls when a column's values are permuted among users. Impurity importance: of all that the splits of the tree reduce Gini's impurity, the share of those on the column. The two need not agree." }
            @if let Some(first) = importances.first() {
                (table(&head, first.importances.iter().enumerate().map(|(at, importance)| {
                    let mut row = vec![importance.column.clone()];
                    // Not its negative, which would show a fall of nothing as -0.
                    row.extend(importances.iter().map(|model| format!("{:.1}", model.importances[at].permutation * 100.0 + 0.0)));
                    if has_impurity {
                        row.push(share(importances.iter().find_map(|model| model.importances[at].impurity)));
                    }
                    row
                }).collect()))
            }
        }
        @if let Some(tests) = &report.model.parameters().inference.factor_tests {
            section {
                h3 { (test.heading()) " of columns" }
                p.muted { "Does a column say anything that the others do not? The last p-value is corrected for the number of tests (Holm)." }
                (table(&["columns", test.statistic(), "degrees of freedom", "p", "p (Holm)"], tests.factors.iter().chain(&tests.without_evidence).map(|test| vec![
                    test.columns.join(", "), format!("{:.2}", test.statistic), test.df.to_string(), p_value(test.p_value),
                    test.p_holm.map_or_else(|| "–".to_owned(), p_value),
                ]).collect()))
            }
        }
    }
}

/// How far the numbers of a feature reach among the training rows, where it is a column of numbers itself.
fn range_of(report: &Report<'_>, feature: &str) -> Option<f64> {
    let column = report.model.space().numeric.iter().find(|column| column.name == feature && !column.is_binned())?;
    let (low, high) = column.training_range;
    (high > low).then_some(high - low)
}

/// How the log-odds go along columns with curves, and what columns that interact do to each other's effects.
fn shapes(report: &Report<'_>) -> Markup {
    html! {
        div.figures {
            @for curve in report.curves {
                @let points: Vec<(f64, f64)> = curve.points.iter().map(|at| (at.value, at.log_odds)).collect();
                (chart(
                    &format!("Curve of {}", curve.column),
                    &format!(
                        "How the log-odds of needing assistance go along the column, compared with {}, by the coefficients that predict. There is no interval: a model keeps no covariance of its terms.",
                        number(curve.compared_with)
                    ),
                    &charts::curve(
                        &format!("Log-odds along {}", curve.column),
                        &Axes { x: &curve.column, y: "added to the log-odds" }, &points,
                    ),
                    &table(&["value", "added to the log-odds", "odds ratio"], curve.points.iter().map(|at| vec![
                        number(at.value), format!("{:+.4}", at.log_odds), format!("{:.4}", at.odds_ratio),
                    ]).collect()),
                ))
            }
        }
        @for interaction in report.interactions {
            section {
                h3 { "Interaction of " (interaction.columns[0]) " and " (interaction.columns[1]) }
                (table(&["where", "change", "added to the log-odds", "odds ratio"], interaction.effects.iter().map(|of| vec![
                    of.at.clone(), of.change.clone(), format!("{:+.4}", of.log_odds), format!("{:.4}", of.odds_ratio),
                ]).collect()))
                @if interaction.left_out > 0 { p.muted { "And " (interaction.left_out) " more." } }
            }
        }
    }
}
