//! Models in folders.

use std::path::Path;

use assist_data::check_output;
use assist_report::model_id_of;
use assist_score::{FEATURES_FILE, MODEL_FILE, Model};
use serde::Deserialize;

use crate::error::Error;
use crate::report::{CARD_FILE, PAGE_FILE};
use crate::train_report::{REPORT_FILE, SCORE_CARD_FILE, TrainReport};
use crate::warning::Warning;

/// The files that a training writes into a folder, the last one for a card or a rule alone.
pub const MODEL_FOLDER_FILES: [&str; 4] = [MODEL_FILE, FEATURES_FILE, REPORT_FILE, SCORE_CARD_FILE];

/// Whether a training that reads `inputs` can be saved in a folder, before time is spent on it. Nothing is changed.
///
/// # Errors
///
/// An input that would be replaced; a folder or a file that may not be written.
pub fn check_model_folder(folder: &Path, inputs: &[&Path]) -> Result<(), Error> {
    MODEL_FOLDER_FILES.iter().try_for_each(|name| check_output(&folder.join(name), inputs))?;
    Ok(assist_model::check_folder(folder, &[REPORT_FILE, SCORE_CARD_FILE])?)
}

/// Warnings of the files in a model's folder that tell of another model: the report of a training, a page, a model card, the page of a
/// card or a rule.
///
/// # Errors
///
/// A model that cannot be named.
pub fn other_models(folder: &Path, model: &Model) -> Result<Vec<Warning>, Error> {
    /// What every report of a training has, however old.
    #[derive(Deserialize)]
    struct Named {
        model_id: String,
    }
    let of_model = model.pair_id()?.to_string();
    let metrics = assist_model::read_companion(folder, REPORT_FILE, model).ok();
    let of_metrics = metrics.and_then(|text| serde_json::from_slice::<Named>(&text).ok()).map(|named| named.model_id);
    let of_page = |name: &str| model_id_of(&fs_err::read_to_string(folder.join(name)).ok()?);
    let pages = [PAGE_FILE, CARD_FILE, SCORE_CARD_FILE].map(|name| (name, of_page(name)));
    let others = [(REPORT_FILE, of_metrics)].into_iter().chain(pages).filter_map(|(name, of_file)| {
        let of_file = of_file.filter(|id| *id != of_model)?;
        Some(Warning::OtherModel { file: folder.join(name), of_file, of_model: of_model.clone() })
    });
    Ok(others.collect())
}

/// Loads the model of a folder: its two artifacts, of any version so far.
///
/// # Errors
///
/// No model there; artifacts that are damaged, cut off, too new, or of two different fits.
pub fn load(folder: &Path) -> Result<Model, Error> {
    Ok(assist_model::load(folder)?)
}

/// Saves a model's two artifacts into a folder, which is made if it is missing. They appear whole or not at all, whatever
/// happens. [`Trained::save`](crate::Trained::save) writes the report of the training as well.
///
/// # Errors
///
/// The operating system's, with the path.
pub fn save(folder: &Path, model: &Model) -> Result<(), Error> {
    Ok(assist_model::save(folder, model)?)
}

/// The page of a report that lies beside a model and tells of this very model.
pub fn report_page(folder: &Path, model: &Model) -> Option<String> {
    let page = fs_err::read_to_string(folder.join(PAGE_FILE)).ok()?;
    (model_id_of(&page)? == model.pair_id().ok()?.to_string()).then_some(page)
}

/// The report of the training that made a model, where it lies beside it and tells of this very model.
pub fn train_report(folder: &Path, model: &Model) -> Option<TrainReport> {
    let text = assist_model::read_companion(folder, REPORT_FILE, model).ok()?;
    let report: TrainReport = serde_json::from_slice(&text).ok()?;
    (report.model_id == model.pair_id().ok()?.to_string()).then_some(report)
}
