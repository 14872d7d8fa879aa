//! What a command writes, looked at before it works: no output is one of the inputs, and talk does not go where a table goes.

use std::path::{Path, PathBuf};

use assist_learn::{MODEL_FOLDER_FILES, Table, check_model_folder, check_output, is_standard_output};

use crate::failure::Failure;
use crate::output::Output;

/// All files that a command reads.
#[derive(Debug, Default)]
pub(crate) struct Inputs(Vec<PathBuf>);

impl Inputs {
    /// The files of a table, as they were named and as patterns and folders stand for them.
    pub(crate) fn of_table(table: &Table, named: &[PathBuf]) -> Self {
        Self(table.paths().into_iter().map(Path::to_owned).chain(named.iter().cloned()).collect())
    }

    /// The files of a saved model.
    pub(crate) fn of_model(folder: &Path) -> Self {
        Self(Vec::new()).and_model(folder)
    }

    /// With a file, if there is one.
    pub(crate) fn and(mut self, file: Option<&PathBuf>) -> Self {
        self.0.extend(file.cloned());
        self
    }

    /// With the files of a saved model.
    pub(crate) fn and_model(mut self, folder: &Path) -> Self {
        self.0.extend(MODEL_FOLDER_FILES.iter().map(|name| folder.join(name)));
        self
    }

    /// Refuses to write one of them.
    pub(crate) fn check_output(&self, output: &Path) -> Result<(), Failure> {
        Ok(check_output(output, &self.paths())?)
    }

    /// Refuses to append to one of them what is read from it.
    pub(crate) fn check_standard_output(&self) -> Result<(), Failure> {
        self.check_output(Path::new("-"))
    }

    /// Refuses a folder that cannot take a model, or whose files are among them.
    pub(crate) fn check_model_folder(&self, folder: &Path) -> Result<(), Failure> {
        Ok(check_model_folder(folder, &self.paths())?)
    }

    fn paths(&self) -> Vec<&Path> {
        self.0.iter().map(PathBuf::as_path).collect()
    }
}

/// How things are said beside what goes to `path`: not at all where that is standard output.
pub(crate) fn beside(path: &Path, output: Output) -> Output {
    if is_standard_output(path) { Output { json: false, quiet: true } } else { output }
}
