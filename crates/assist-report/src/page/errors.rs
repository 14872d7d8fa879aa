//! Where the models are wrong: confusion matrices, error by two columns, segments with the highest error.

use assist_metrics::words::{count, percent};
use maud::{Markup, html};

use super::parts::{candidates, chart, table};
use crate::charts;
use crate::report::Report;

/// A confusion matrix with its table.
fn matrix(heading: &str, text: &str, matrix: [[u64; 2]; 2]) -> Markup {
    chart(
        heading,
        text,
        &charts::confusion(heading, matrix, count),
        &table(
            &["observed", "predicted: no", "predicted: yes"],
            vec![
                std::iter::once("no need of assistance".to_owned()).chain(matrix[0].map(count)).collect(),
                std::iter::once("need of assistance".to_owned()).chain(matrix[1].map(count)).collect(),
            ],
        ),
    )
}

/// The errors of all models on the test rows.
pub(super) fn errors(report: &Report<'_>) -> Markup {
    let error = |[rows, errors]: &[u64; 2]| (*rows > 0).then(|| *errors as f64 / *rows as f64);
    let segments: Vec<Vec<String>> = candidates(report)
        .iter()
        .flat_map(|model| {
            model.slices.iter().map(|slice| {
                vec![
                    model.name.to_string(),
                    slice.region.clone(),
                    count(slice.rows),
                    count(slice.errors),
                    percent(slice.errors as f64 / slice.rows.max(1) as f64),
                ]
            })
        })
        .collect();
    html! {
        h2 { "Errors" }
        div.figures {
            @if let Some(saved) = report.comparison.model(report.kind()).filter(|saved| saved.test.confusion_matrix != saved.decisions.confusion_matrix) {
                (matrix(
                    &format!("Confusion matrix: {} as saved", saved.name),
                    &format!("Test rows by what the saved model predicts, above a probability of {}, and what was observed.", percent(report.saved_at())),
                    saved.test.confusion_matrix,
                ))
            }
            @for model in candidates(report) {
                (matrix(
                    &format!("Confusion matrix: {}", model.name),
                    &format!("Test rows by what was predicted, above a probability of {}, the threshold of the comparison, and what was observed.", percent(model.decisions.threshold)),
                    model.decisions.confusion_matrix,
                ))
            }
            @if let Some(map) = &report.comparison.heat_map {
                @let cells: Vec<Vec<Option<f64>>> = map.cells.iter().map(|row| row.iter().map(error).collect()).collect();
                (chart(
                    &format!("Error by {} and {}", map.columns[0], map.columns[1]),
                    &format!("The share of test rows that {} predicts wrongly at the threshold of the comparison, by the two columns with the highest permutation importance. A field without a number has no test row; many have few.", report.kind().in_sentence()),
                    &charts::heat_map(
                        &format!("Heat map of the error rate by {} and {}", map.columns[0], map.columns[1]),
                        [&map.columns[0], &map.columns[1]], &map.bins, &cells,
                    ),
                    &table(
                        &[&map.columns[0], &map.columns[1], "test rows", "errors"],
                        map.cells.iter().zip(&map.bins[0]).flat_map(|(cells, row)| {
                            cells.iter().zip(&map.bins[1]).filter(|(cell, _)| cell[0] > 0).map(move |(cell, column)| {
                                vec![row.clone(), column.clone(), count(cell[0]), count(cell[1])]
                            })
                        }).collect(),
                    ),
                ))
            }
        }
        section {
            h3 { "Segments with the highest error" }
            p.muted { "Test rows that share a range or a level of one or two columns, and that a model predicts wrongly more often than chance explains, at the threshold of the comparison." }
            @if segments.is_empty() {
                p { "In no segment are the errors of a model shown to concentrate, which is no proof that they do not." }
            } @else {
                (table(&["model", "segment", "test rows", "errors", "error rate"], segments))
            }
        }
    }
}
