//! The way by sums: each step of the fit is one query, and so are the figures. What only rows can tell is not told.

use std::collections::BTreeMap;

use assist_data::NO_COLUMN;
use assist_learn::{PenaltyKind, SUMS_OF_GROUPS, ScoreCount, SplitMethod, SummedTraining, Trained, Watch, train};
use assist_model::{RowsElsewhere, SumsError};

use super::engine::Engine;
use super::files::EngineTable;
use super::first_look::{FirstLook, numbers, texts, whole_numbers};
use super::settings::EngineSettings;
use super::sums_query::SumsPlan;
use super::sums_rows::SumsRows;
use super::unknown_level::with_its_file;
use crate::error::Error;
use crate::fault::EngineFault;

/// Scores nearer than this are counted together, at their mean.
const STEP: f64 = 1.0 / 4096.0;

/// Trains on sums.
pub(super) fn train_on_sums(
    engine: &Engine,
    table: &EngineTable,
    look: &FirstLook,
    how: EngineSettings,
    watch: Watch<'_>,
) -> Result<Trained, Error> {
    let settings = &look.roles.settings;
    settings.check_for_sums()?;
    let roles = &settings.roles;
    let group = roles.group.as_ref().filter(|group| *group != NO_COLUMN);
    let by_key = [SplitMethod::Hash, SplitMethod::Stated].contains(&settings.split.method);
    if !by_key || roles.split_key.as_ref().or(group).is_none() {
        let (rows, most) = (look.distinct_rows, how.most_counts);
        let too_many = (rows > most && how.way.is_none()).then_some([rows, most]);
        return Err(EngineFault::SumsNeedKey { too_many }.into());
    }
    let rows = SumsRows::find(engine, table, look, watch).map_err(|error| with_its_file(error, table, watch))?;
    let plan = SumsPlan::new(&rows)?;
    if let Some(reason) = rows.one_class.as_ref().filter(|_| settings.fit.penalty == PenaltyKind::None) {
        return Err(EngineFault::OneClassLevel(reason.clone()).into());
    }
    let elsewhere = RowsElsewhere {
        space: rows.space.clone(),
        scaling: rows.scaling.clone(),
        class_counts: rows.counts[0],
        no_evidence: group.map(|_| SUMS_OF_GROUPS.to_owned()).or(rows.one_class.clone()),
    };
    let start = start(look, &rows, watch);
    let mut add_up = |weights: [f64; 2], at: &[f64]| {
        plan.add_up(engine, weights, at, &mut |query| engine.query(table, query, watch))
    };
    let fit = settings.fit.regression().fit_sums(&elsewhere, start.as_deref(), &mut add_up);
    let mut fit = fit.map_err(|error| match error {
        SumsError::Rows(error) => error,
        SumsError::Model(error) => assist_learn::Error::from(error).into(),
    })?;
    fit.model = settings.deciding(fit.model)?;
    let raw: Vec<f64> = fit.model.parameters().coefficients.iter().copied().chain([fit.model.intercept()]).collect();
    let at = rows.scaling.coordinates(&raw);
    let query = plan.scores_query(&at, fit.model.parameters().threshold, STEP)?;
    let mut scores = Scores::default();
    for batch in engine.query(table, &query, watch)? {
        let (sides, known) = (texts(engine, &batch, "is_test")?, texts(engine, &batch, "is_known")?);
        let (classes, buckets) = (whole_numbers(engine, &batch, "y")?, numbers(engine, &batch, "bucket")?);
        let (counts, sums) = (whole_numbers(engine, &batch, "k")?, numbers(engine, &batch, "z")?);
        for row in 0..batch.num_rows() {
            let subset = usize::from(sides.value(row) == "true");
            if known.value(row) != "true" {
                scores.rejected += counts.value(row);
                continue;
            }
            scores.add(subset, buckets.value(row), classes.value(row) == 1, counts.value(row), sums.value(row));
        }
    }
    let [train, test] = scores.of_subsets;
    let summed = SummedTraining {
        fit,
        train: counted(train),
        test: counted(test),
        rejected: scores.rejected,
        class_counts: [0, 1].map(|class| rows.counts[0][class] + rows.counts[1][class]),
    };
    Ok(settings.trained_on_sums(&look.sample, summed)?)
}

/// Scores in steps.
#[derive(Default)]
struct Scores {
    /// Of each subset by their step: rows of class 0 and class 1, and the sum of their scores.
    of_subsets: [BTreeMap<i64, ([u64; 2], f64)>; 2],
    rejected: u64,
}

impl Scores {
    fn add(&mut self, subset: usize, bucket: f64, is_positive: bool, rows: u64, sum: f64) {
        #[expect(clippy::cast_possible_truncation, reason = "scores are far below 2^53 steps")]
        let (counts, of_step) = self.of_subsets[subset].entry(bucket as i64).or_default();
        counts[usize::from(is_positive)] += rows;
        *of_step += sum;
    }
}

/// Each step at the mean of its scores.
fn counted(steps: BTreeMap<i64, ([u64; 2], f64)>) -> Vec<ScoreCount> {
    steps.into_values().map(|([n0, n1], sum)| (sum / (n0 + n1) as f64, [n0, n1])).collect()
}

/// Where the fit starts: at the optimum of the first rows, as far as these have one. From there it is a few steps, wherever it is.
fn start(look: &FirstLook, rows: &SumsRows, watch: Watch<'_>) -> Option<Vec<f64>> {
    let sample = train(&look.first, &look.roles.settings, watch).ok()?;
    let (space, found) = (&rows.space, &sample.model);
    let of_sample: BTreeMap<String, f64> = found
        .space()
        .features()
        .into_iter()
        .map(|feature| feature.name)
        .zip(found.parameters().coefficients.clone())
        .collect();
    let coefficients = space.features().into_iter().map(|feature| of_sample.get(&feature.name).copied().unwrap_or(0.0));
    let raw: Vec<f64> = coefficients.chain([found.intercept()]).collect();
    raw.iter().all(|value| value.is_finite()).then(|| rows.scaling.coordinates(&raw))
}
