//! A model watched in use: whether later rows are like those that it was trained on, whether its probabilities can still be
//! believed, and what its help has changed.

mod columns; // counts of a table beside those of the training rows
mod findings; // the sentences of a table's report
mod help; // what help has changed: users who were helped beside a share who were not
mod judged; // predictions beside outcomes
mod log; // a service's predictions
mod log_findings; // the sentences of a log's report
mod report; // what is written
mod tally; // rows counted as they stream by

use assist_data::{Error as DataError, Table};
use assist_features::Error as FeaturesError;
use assist_metrics::{DRIFT_LEVEL, detectable_psi};
use assist_score::Model;
use serde::{Deserialize, Serialize};

pub use help::HelpEffect;
pub use judged::{BaseRateShift, JudgedOutcomes};
pub use log::{Arm, JudgedBy, LoggedPrediction, OutcomeReport};
pub use report::{
    CellShares, ColumnDrift, Drift, MeanProbability, MonitorFinding, MonitorReport, MonitorTopic, OutsideRange,
};

use crate::dataset::readings_of_model;
use crate::error::Error;
use crate::evaluate::{EvaluateSettings, Evaluation, evaluate};
use crate::predict::source_columns;
use crate::progress::Watch;
use crate::train_report::FORMAT_VERSION;

/// Judges a model by the predictions that a service made with it. A prediction without a known outcome counts for the spread of
/// probabilities alone. Memory is that of the predictions with an outcome, 24 bytes each.
///
/// # Errors
///
/// A model that cannot be named, which a loaded one always can.
pub fn monitor_outcomes(
    model: &Model,
    predictions: impl Iterator<Item = LoggedPrediction>,
) -> Result<OutcomeReport, Error> {
    let mut report = log::judged(model, predictions)?;
    report.findings = log_findings::of(model, &report);
    Ok(report)
}

/// What is asked of a monitoring.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct MonitorSettings {
    /// Whether the table has columns `n0` and `n1` instead of the target.
    pub counts: bool,
}

/// Judges later rows by what a model keeps of its training rows, and where the table has the target also its probabilities by the
/// outcomes. Rows that the model rejects are counted, and so are their cells. Rows stream by, so that memory does not grow with
/// them; only where there are outcomes the table is coded, as an [evaluation](evaluate) does.
///
/// ```
/// use assist_learn::{DriftSize, MonitorSettings, Settings, Table, monitor, train, unwatched};
///
/// let row = |i: u32, shift: u32| format!("{},{},{}\n", i % 5 + shift, ["Phone", "Watch"][(i % 2) as usize], u32::from(i % 5 + i % 4 / 2 > 3));
/// let rows = |n: u32, shift: u32| (0..n).map(|i| row(i, shift)).collect::<String>();
/// let table = Table::from_csv_text("users.csv", &format!("errors,device,help\n{}", rows(400, 0)))?;
/// let model = train(&table, &Settings::new("help"), &unwatched)?.model;
///
/// let later = Table::from_csv_text("later.csv", &format!("errors,device,help\n{}", rows(300, 2)))?;
/// let report = monitor(&model, &later, &MonitorSettings::default(), &unwatched)?;
/// assert_eq!(report.columns[0].column, "errors");
/// assert_eq!(report.columns[0].drift.size, DriftSize::Large);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Whatever is wrong with the table as a table, or with its labels; [`Error::Cancelled`].
pub fn monitor(
    model: &Model,
    table: &Table,
    settings: &MonitorSettings,
    watch: Watch<'_>,
) -> Result<MonitorReport, Error> {
    let target = &model.space().target.name;
    let has_outcomes = settings.counts || table.columns().contains(target);
    // First, since it says of labels and counts where they cannot be read.
    let (evaluation, why_not) = if has_outcomes { evaluated(model, table, settings, watch)? } else { (None, None) };
    let profile = model.training_profile().filter(|profile| profile.fits(model.space()));
    let tally = tally::of_table(model, table, settings.counts, profile, watch)?;
    let (columns, score) = match profile {
        Some(profile) => {
            let (columns, score) = columns::beside_training(model, profile, &tally);
            (columns, Some(score))
        }
        None => (Vec::new(), None),
    };
    let all = || columns.iter().map(|column| &column.drift).chain(&score);
    let n_tests = all().filter(|drift| drift.p_value.is_some()).count();
    let of_training = profile.map(|profile| profile.scores.class_counts().iter().sum());
    let detectable = of_training.and_then(|of_training| {
        let most_cells = all().map(|drift| drift.cells.len()).max()?;
        detectable_psi(of_training, tally.rows, most_cells, DRIFT_LEVEL / n_tests.max(1) as f64)
    });
    let training = profile.and_then(|profile| profile.scores.mean_probability);
    let mut report = MonitorReport {
        format_version: FORMAT_VERSION,
        model_id: model.pair_id()?.to_string(),
        rows: tally.rows,
        scored_rows: tally.scored,
        training_rows: of_training,
        drift: all().map(|drift| drift.size).max(),
        columns: Vec::new(),
        score: None,
        detectable_psi: detectable,
        probability: MeanProbability { now: tally.mean_probability(), training },
        predicted_positive: tally.predicted_positive,
        outside_training_range: tally.outside(model),
        rows_without_label: evaluation.as_ref().map_or(0, |evaluation| evaluation.read.rows_without_label),
        outcomes_unknown: why_not,
        outcomes: evaluation.and_then(|evaluation| {
            let of_training = evaluation.training_rows.and_then(|rows| rows.share_of_table);
            let metrics = &evaluation.all.metrics;
            let [[_, false_1], [_, true_1]] = metrics.confusion_matrix;
            let all = [tally.predicted_positive, tally.scored];
            Some(JudgedOutcomes::new(model, metrics, false_1 + true_1, all)?.with_training_share(of_training))
        }),
        rejected_rows: tally.rejects.rows,
        rejected_by: tally.rejects.by_column(model.space().column_names()),
        findings: Vec::new(),
    };
    (report.columns, report.score) = (columns, score);
    report.findings = findings::of(model, &report);
    Ok(report)
}

/// The evaluation of a table with outcomes; or why there is none, where a feature has a cell that cannot be read: a prediction rejects
/// such a row, and so it is counted, but an evaluation does not go past it.
fn evaluated(
    model: &Model,
    table: &Table,
    settings: &MonitorSettings,
    watch: Watch<'_>,
) -> Result<(Option<Evaluation>, Option<String>), Error> {
    let asked = EvaluateSettings {
        counts: settings.counts,
        allow_rejected: true,
        bootstrap: Some(0),
        ..EvaluateSettings::default()
    };
    let error = match evaluate(model, table, &asked, watch) {
        Ok(evaluation) => return Ok((Some(evaluation), None)),
        Err(error) => error,
    };
    let readings = readings_of_model(model, &table.options().na);
    let is_of_feature = |name: &str| source_columns(model, &readings).any(|column| column == name);
    match &error {
        Error::Data(DataError::Cell { column, .. })
        | Error::Features(FeaturesError::Data(DataError::Cell { column, .. }))
            if is_of_feature(column) =>
        {
            Ok((None, Some(error.to_string())))
        }
        _ => Err(error),
    }
}
