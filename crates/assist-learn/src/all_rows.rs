//! A fit to all rows, once the split has said how good such a fit is; and the fit to the training rows once more, from what is
//! stored of it, for a report on its test rows.

use assist_features::{Design, LabelScan};
use assist_model::{Fit, LogisticRegression};
use assist_score::{Model, Training};

use crate::error::Error;
use crate::progress::{Stage, Watch, tell};
use crate::settings::Settings;
use crate::train_report::TrainReport;

/// The fit to all rows of a table, whose levels, ranges and cuts are learnt on all of them too.
pub(crate) fn fitted(
    labels: &LabelScan<'_>,
    settings: &Settings,
    regression: &LogisticRegression,
    watch: Watch<'_>,
) -> Result<Fit, Error> {
    tell(watch, Stage::ReadingRows, 0)?;
    let rows = labels.encode_all()?.with_rare(Settings::rare_levels(settings.rare));
    let space = settings.fit.learn_space(&rows)?;
    let design = rows.design(&space).design;
    tell(watch, Stage::Fitting, 0)?;
    Ok(regression.fit(&design)?)
}

/// The model of the split again, of a saved model that was fitted to all rows: fitted as that one was, to the training rows.
///
/// # Errors
///
/// Those of a fit, and of a threshold that is none.
pub(crate) fn of_split(saved: &Model, trained: &TrainReport, train: &Design) -> Result<Model, Error> {
    let regression = regression_of(saved);
    let calibration = saved.parameters().calibration.clone();
    let model = regression.fit(train)?.model.with_calibration(calibration)?;
    let threshold = trained.threshold.map_or(0.0, |threshold| model.correction().threshold(threshold.probability));
    Ok(model.with_threshold(threshold)?)
}

/// The regression that a saved model was fitted by.
pub(crate) fn regression_of(saved: &Model) -> LogisticRegression {
    let Training { penalty, c, objective, class_weight, base_rate, .. } = saved.parameters().training;
    LogisticRegression::default()
        .with_penalty(penalty)
        .with_c(c)
        .with_penalty_units(objective.penalty_units)
        .with_intercept(objective.intercept)
        .with_class_weight(class_weight)
        .with_base_rate(base_rate)
}
