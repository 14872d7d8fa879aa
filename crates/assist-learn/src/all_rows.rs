//! A fit to all rows, once the split has said how good such a fit is; and the fit to the training rows once more, from what is
//! stored of it, for a report on its test rows.

use assist_features::{Design, LabelScan};
use assist_score::{Model, TrainingProfile};

use crate::converged::check_converged;
use crate::error::Error;
use crate::forms::{Learned, Learner, deciding_above};
use crate::progress::{Stage, Watch, tell, unwatched};
use crate::settings::Settings;
use crate::train_report::TrainReport;
use crate::training_profile::training_profile;

/// The fit to all rows of a table, whose levels, ranges and cuts are learnt on all of them too, with what these rows look like;
/// `deciding` gives its model the map and the threshold of the split's.
pub(crate) fn fitted(
    labels: &LabelScan<'_>,
    settings: &Settings,
    learner: &Learner,
    deciding: &dyn Fn(Model) -> Result<Model, Error>,
    watch: Watch<'_>,
) -> Result<(Learned, TrainingProfile), Error> {
    tell(watch, Stage::ReadingRows, 0)?;
    let rows = labels.encode_all()?.with_rare(Settings::rare_levels(settings.rare));
    let space = settings.fit.learn_space(&rows)?;
    let design = rows.design(&space).design;
    tell(watch, Stage::Fitting, 0)?;
    let mut learned = learner.fit(&design, watch)?;
    check_converged(settings, &learned.fit)?;
    learned.fit.model = deciding(learned.fit.model)?;
    let profile = training_profile(&learned.fit.model, &design);
    Ok((learned, profile))
}

/// The model of the split again, of a saved model that was fitted to all rows: fitted as that one was, to the training rows.
///
/// # Errors
///
/// Those of a fit, and of a threshold that is none.
pub(crate) fn of_split(saved: &Model, trained: &TrainReport, train: &Design) -> Result<Model, Error> {
    let model = Learner::of_saved(saved, trained.form.as_ref()).fit(train, &unwatched)?.fit.model;
    // A card or a rule has the map of its own totals.
    let model = if saved.space().form.has_points() {
        model
    } else {
        model.with_calibration(saved.parameters().calibration.clone())?
    };
    match trained.threshold {
        Some(threshold) => deciding_above(model, threshold.probability),
        None => Ok(model),
    }
}
