//! How many rows the models of a comparison were grown on and judged by, in words.

use assist_metrics::words::count;

use crate::report::Report;

/// Whether some rows stand for more.
pub(crate) fn drawn_from(rows: usize, of_rows: u64) -> String {
    if (rows as u64) < of_rows { format!(", drawn from {}", count(of_rows)) } else { String::new() }
}

/// The rows that trees and forest were grown on.
pub(crate) fn grown_on(report: &Report<'_>) -> String {
    let (rows, of_rows) = (report.comparison.rows[0], report.comparison.of_rows[0]);
    if (rows as u64) < of_rows {
        format!(
            "{} of the {} training rows; the logistic regression is fitted on all of them",
            count(rows as u64),
            count(of_rows)
        )
    } else {
        format!("the same {} training rows as the logistic regression", count(of_rows))
    }
}
