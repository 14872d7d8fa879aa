//! A design evaluated with the scores that a prediction would have.

use assist_features::{DesignWithRejects, RejectedBy};
use assist_metrics::{Metrics, ScoreCounts, bootstrap, evaluate};
use assist_score::Model;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::warning::Warning;

/// Test rows up to which the bootstrap takes no time worth speaking of.
const BOOTSTRAP_ROWS: u64 = 20_000;
const BOOTSTRAP_SAMPLES: u32 = 1000;
/// The same table and model have the same intervals.
const BOOTSTRAP_SEED: u64 = 42;

/// The figures of some rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evaluated {
    /// The figures of the rows that have a score.
    #[serde(flatten)]
    pub metrics: Metrics,
    /// Observations without a score.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rejected_rows: u64,
    /// The columns that reject them, those that reject most first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected_by: Vec<RejectedBy>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Evaluates a design. `samples` of the bootstrap are as many as suit the rows, unless they are given.
pub(crate) fn evaluated(model: &Model, rows: &DesignWithRejects, samples: Option<u32>) -> Evaluated {
    let mut scores = rows.design.scores(model);
    // A prediction rejects what is too large to be scored, and so does an evaluation.
    let mut overflown = 0;
    scores.retain(|(score, [n0, n1])| {
        overflown += if score.is_finite() { 0 } else { u64::from(*n0) + u64::from(*n1) };
        score.is_finite()
    });
    let scores = ScoreCounts::new(scores);
    let (correction, threshold) = (model.correction(), model.parameters().threshold);
    let mut metrics = evaluate(&scores, correction, threshold);
    let few = scores.rows() <= BOOTSTRAP_ROWS;
    let samples = samples.unwrap_or(if few { BOOTSTRAP_SAMPLES } else { 0 });
    bootstrap(&mut metrics, &scores, correction, threshold, samples, BOOTSTRAP_SEED);
    Evaluated { metrics, rejected_rows: rows.rejected + overflown, rejected_by: rows.rejected_by.clone() }
}

/// The warning that test rows are rejected, if some are.
///
/// # Errors
///
/// More than half of them are: the figures of the others would say nothing of the table.
pub(crate) fn check_test_rows(test: &DesignWithRejects) -> Result<Option<Warning>, Error> {
    let rows = test.rejected;
    let of = test.design.class_counts().into_iter().sum::<u64>() + rows;
    let by = test.rejected_by.clone();
    match rows {
        0 => Ok(None),
        _ if 2 * rows > of => Err(Error::TestRowsRejected { rows, of, by }),
        _ => Ok(Some(Warning::TestRowsRejected { rows, of, by })),
    }
}
