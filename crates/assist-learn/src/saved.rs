//! Models in folders.

use std::path::Path;

use assist_score::Model;

use crate::error::Error;

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
