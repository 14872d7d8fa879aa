//! The scores of rows in memory, in their order: for callers who make of them what they like.

use arrow::array::RecordBatch;
use assist_data::{RawBatch, Table};
use assist_score::{Model, Rejection};

use crate::added_columns::RowOutcome;
use crate::error::Error;
use crate::predict::{PredictSettings, score_table};
use crate::progress::Watch;

/// What became of each row.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ColumnScores {
    /// One score a row, NaN where the model rejects it.
    pub scores: Vec<f64>,
    /// The first row that is rejected, counted from 0, and why.
    pub first_rejected: Option<(u64, Rejection)>,
    /// How many are.
    pub rejected: u64,
}

/// Scores record batches on all cores; columns are found by their names. No batch at all has no scores.
///
/// # Errors
///
/// A column of the model that is not there, or whose type no model takes; [`Error::Cancelled`].
pub fn score_columns(
    model: &Model,
    name: &str,
    batches: Vec<RecordBatch>,
    watch: Watch<'_>,
) -> Result<ColumnScores, Error> {
    let n_rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let mut found = ColumnScores { scores: Vec::with_capacity(n_rows), ..ColumnScores::default() };
    if n_rows == 0 {
        return Ok(found);
    }
    let table = Table::from_batches(name, batches)?;
    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let work = |batch: &RawBatch, outcomes: Vec<RowOutcome>| {
        let mut rejected =
            outcomes.iter().enumerate().filter_map(|(row, outcome)| Some((row, outcome.as_ref().err()?)));
        let first = rejected.next().map(|(row, rejection)| (batch.first_row + row as u64, rejection.clone()));
        let n_rejected = u64::from(first.is_some()) + rejected.count() as u64;
        let scores: Vec<f64> =
            outcomes.iter().map(|outcome| outcome.as_ref().map_or(f64::NAN, |row| row.score)).collect();
        Ok((scores, first, n_rejected))
    };
    score_table(model, &table, &columns, &PredictSettings::default(), watch, work, |batches| {
        for (scores, first, n_rejected) in batches {
            found.scores.extend(scores);
            found.rejected += n_rejected;
            if found.first_rejected.is_none() {
                found.first_rejected = first;
            }
        }
        Ok(())
    })?;
    Ok(found)
}
