//! A design evaluated with the scores that a prediction would have.

use assist_data::Advice;
use assist_features::{Design, DesignWithRejects, RejectReason, RejectedBy, Scores};
use assist_metrics::{ClusterScore, ClusteredScores, Metrics, Sample, ScoreCounts, check_calibration_weighted};
use assist_score::Model;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::levels::ROWS_OF_A_LEVEL;
use crate::row_scores::RowScores;
use crate::warning::Warning;

/// Why weighted figures of grouped rows have no intervals.
pub(crate) const WEIGHTED_GROUPS: &str = "weighted figures have no intervals by group";
/// From one in so many rejected test rows on it is said what helps.
const MANY_REJECTED: u64 = 20;
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

/// What an evaluation makes beyond its figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Nothing, of rows that the model was fitted to: they say little of its calibration.
    Figures,
    /// The calibration line, and intervals from so many samples of the bootstrap: as many as suit the rows, unless given.
    Full(Option<u32>),
}

/// Evaluates a design.
pub(crate) fn evaluated(model: &Model, rows: &DesignWithRejects, detail: Detail) -> Evaluated {
    let (correction, threshold) = (model.correction(), model.parameters().threshold);
    if rows.design.is_weighted() {
        let (scores, overflown) = RowScores::of(&[(&rows.design, model)]);
        let mut metrics = scores.evaluate(correction, threshold);
        if let (Detail::Full(_), RowScores::Weighted(scores)) = (detail, &scores) {
            check_calibration_weighted(&mut metrics, scores, correction);
        }
        if rows.design.clusters().is_some() {
            metrics.leave_out_intervals(WEIGHTED_GROUPS);
        }
        return Evaluated { metrics, rejected_rows: rows.rejected + overflown, rejected_by: rows.rejected_by.clone() };
    }
    // A prediction rejects what is too large to be scored, and so does an evaluation.
    let mut overflown = 0;
    let scores = rows.design.scores(model);
    let sample = match (scores, rows.design.clusters()) {
        (Scores::Narrow(mut scores), None) => {
            retain_finite(&mut scores, &mut overflown);
            Sample::Observations(ScoreCounts::of_narrow(scores))
        }
        (scores, clusters) => {
            let mut clusters = clusters;
            if let Some(clusters) = &mut clusters {
                let mut is_scored = scores.iter().map(|(score, _)| score.is_finite());
                clusters.retain(|_| is_scored.next().unwrap_or(false));
            }
            let mut scores = scores.iter().collect();
            retain_finite(&mut scores, &mut overflown);
            sample(scores, clusters)
        }
    };
    let mut metrics = sample.evaluate(correction, threshold);
    if let Detail::Full(samples) = detail {
        sample.check_calibration(&mut metrics, correction);
        let few = sample.scores().rows() <= BOOTSTRAP_ROWS;
        let samples = samples.unwrap_or(if few { BOOTSTRAP_SAMPLES } else { 0 });
        sample.bootstrap(&mut metrics, correction, threshold, samples, BOOTSTRAP_SEED);
    }
    // Points are no log-odds: of a total there is one probability.
    if model.space().form.has_points() {
        (metrics.log_loss, metrics.brier) = (metrics.probability.log_loss, metrics.probability.brier);
    }
    Evaluated { metrics, rejected_rows: rows.rejected + overflown, rejected_by: rows.rejected_by.clone() }
}

/// Leaves out scores that overflow, and counts their observations.
fn retain_finite<N: Copy + Into<u64>>(scores: &mut Vec<(f64, [N; 2])>, overflown: &mut u64) {
    scores.retain(|(score, [n0, n1])| {
        *overflown += if score.is_finite() { 0 } else { (*n0).into() + (*n1).into() };
        score.is_finite()
    });
}

/// Scores with the clusters of their rows, where rows are grouped.
pub(crate) fn sample(scores: Vec<(f64, [u64; 2])>, clusters: Option<Vec<u32>>) -> Sample {
    match clusters {
        None => Sample::Observations(ScoreCounts::new(scores)),
        Some(clusters) => {
            let rows = scores.into_iter().zip(clusters);
            let rows = rows.map(|((score, counts), cluster)| ClusterScore { score, counts, cluster });
            Sample::Clusters(ClusteredScores::new(rows))
        }
    }
}

/// The warning that test rows are rejected, if some are. `kept` are the columns that somebody asked for.
///
/// # Errors
///
/// More than half of them are: the figures of the others would say nothing of the table.
pub(crate) fn check_test_rows(
    train: &Design,
    test: &DesignWithRejects,
    kept: &[String],
) -> Result<Option<Warning>, Error> {
    let rows = test.rejected;
    if rows == 0 {
        return Ok(None);
    }
    let of = test.design.class_counts().into_iter().sum::<u64>() + rows;
    let by = test.rejected_by.clone();
    let advice = if MANY_REJECTED * rows > of { what_helps(&by, train, kept) } else { None };
    if 2 * rows > of {
        return Err(Error::TestRowsRejected { rows, of, by, advice });
    }
    Ok(Some(Warning::TestRowsRejected { rows, of, by, advice }))
}

/// What helps where a column rejects many rows. Where pooling rare levels would leave none, the column is better left out.
fn what_helps(by: &[RejectedBy], train: &Design, kept: &[String]) -> Option<Advice> {
    let most = by.first()?;
    let place = train.space().categorical.iter().position(|column| column.name == most.column);
    let frequent = |place: usize| {
        let rows = train.level_counts().swap_remove(place);
        rows.into_iter().filter(|(_, [n0, n1])| n0 + n1 >= ROWS_OF_A_LEVEL).count()
    };
    let column = most.column.clone();
    Some(match place {
        Some(place) if most.reason == RejectReason::UnknownLevel && frequent(place) > 0 && !kept.contains(&column) => {
            Advice::PoolRare { column, rows: ROWS_OF_A_LEVEL }
        }
        _ if kept.contains(&column) => Advice::NotKeep(column),
        _ => Advice::DropColumn(column),
    })
}
