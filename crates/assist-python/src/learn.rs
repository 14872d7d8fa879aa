//! What the library does with a table. Settings come in and reports go out as JSON.

use std::path::PathBuf;

use assist_learn::{
    ColumnRoles, CompareSettings, EvaluateSettings, Interrupt, Settings, Table, Target, TrainReport, TuneSettings,
    Warning, load, report,
};
use pyo3::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::advice::{advice_of, in_estimator, worded};
use crate::columns::Columns;
use crate::errors::{raised, raised_with, refused};
use crate::model::Model;
use crate::threads::work;

/// A result as JSON, and what it has to be taken with.
type Report = (String, Vec<String>);

fn read<T: DeserializeOwned>(py: Python<'_>, json: &str) -> PyResult<T> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        // The argument that the key was made of, and nothing of the text that nobody wrote.
        let path = error.path().to_string();
        let key = path.rsplit('.').next().unwrap_or_default();
        let argument = match key {
            "tolerance" => "tol".to_owned(),
            "c" => "C".to_owned(),
            key => key.replace('-', "_"),
        };
        let told = error.inner().to_string();
        let told = told.split(" at line ").next().unwrap_or_default();
        refused(py, &format!("`{argument}`: {told}"), None)
    })
}

fn write(py: Python<'_>, value: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| refused(py, &error.to_string(), None))
}

/// Warnings with their advice.
fn in_words(warnings: &[Warning]) -> Vec<String> {
    let of_one = |warning: &Warning| {
        let text = warning.to_string();
        let separator = if text.ends_with('?') { " " } else { "; " };
        match warning.advice() {
            Some(advice) => format!("{text}{separator}{}", worded(&advice)),
            None => text,
        }
    };
    warnings.iter().map(of_one).collect()
}

/// The settings of a training, with the flag that ends its fits.
fn settings_of(py: Python<'_>, json: &str) -> PyResult<(Settings, Interrupt)> {
    let mut settings: Settings = read(py, json)?;
    settings.roles.check().map_err(|fault| refused(py, &fault, Some("leave one of the two out")))?;
    let interrupt = Interrupt::default();
    settings.fit.interrupt = interrupt.clone();
    Ok((settings, interrupt))
}

fn table_of(py: Python<'_>, columns: &Columns, name: &str) -> PyResult<Table> {
    Table::from_batches(name, columns.batches()).map_err(|error| raised(py, &error.into()))
}

/// Fits a logistic regression to columns as they are given. Returns the model, whether the classes are separated, and
/// what the evidence has to be taken with.
#[pyfunction]
#[pyo3(signature = (columns, settings, classes, target, weight=None, group=None, threads=0))]
#[expect(clippy::too_many_arguments, reason = "each is an argument of its own in Python")]
pub(crate) fn fit_columns(
    py: Python<'_>,
    columns: &Columns,
    settings: &str,
    classes: String,
    target: (String, String, String),
    weight: Option<String>,
    group: Option<String>,
    threads: usize,
) -> PyResult<(Model, bool, Vec<String>)> {
    let (settings, interrupt) = settings_of(py, settings)?;
    let (name, negative, positive) = target;
    let roles = ColumnRoles { classes, target: Target { name, negative, positive }, weight, group };
    let batches = columns.batches();
    let fitted =
        work(py, threads, &interrupt, |watch| assist_learn::fit_columns("X", batches, &roles, &settings, watch))?;
    let fitted = fitted.map_err(|error| raised_with(py, &error, in_estimator(&error)))?;
    let warnings = in_words(&fitted.warnings);
    Ok((Model { model: fitted.model }, fitted.is_separated, warnings))
}

/// A training: the model, the report of it, and the table that it was trained on.
#[pyclass(module = "assist_learn._native", frozen)]
#[derive(Debug)]
pub(crate) struct Trained {
    outcome: assist_learn::Trained,
    table: Columns,
    name: String,
}

/// Trains a model on a table: splits its rows, fits, and evaluates.
#[pyfunction]
#[pyo3(signature = (columns, settings, name, threads=0))]
pub(crate) fn train(
    py: Python<'_>,
    columns: &Columns,
    settings: &str,
    name: String,
    threads: usize,
) -> PyResult<Trained> {
    let (settings, interrupt) = settings_of(py, settings)?;
    let table = table_of(py, columns, &name)?;
    let outcome = work(py, threads, &interrupt, |watch| assist_learn::train(&table, &settings, watch))?
        .map_err(|error| raised(py, &error))?;
    Ok(Trained { outcome, table: columns.clone(), name })
}

#[pymethods]
impl Trained {
    /// The model.
    #[getter]
    fn model(&self) -> Model {
        Model { model: self.outcome.model.clone() }
    }

    /// Every figure of the run, as JSON.
    fn report_json(&self, py: Python<'_>) -> PyResult<String> {
        write(py, &self.outcome.report)
    }

    /// What the model has to be taken with.
    fn warnings(&self) -> Vec<String> {
        in_words(&self.outcome.warnings)
    }

    /// Writes the model's artifacts and the report into a folder.
    fn save(&self, py: Python<'_>, folder: PathBuf) -> PyResult<()> {
        py.detach(|| self.outcome.save(&folder)).map_err(|error| raised(py, &error))
    }

    /// The page and the model card, and what both tell of, as JSON, with its warnings.
    #[pyo3(signature = (settings, threads=0))]
    fn pages(&self, py: Python<'_>, settings: &str, threads: usize) -> PyResult<Reported> {
        reported(py, (&self.outcome.model, &self.outcome.report), (&self.table, &self.name), settings, threads)
    }
}

/// A page, its model card, what both tell of as JSON, and its warnings.
type Reported = (String, String, String, Vec<String>);

fn reported(
    py: Python<'_>,
    (model, trained): (&assist_learn::Model, &TrainReport),
    (columns, name): (&Columns, &str),
    settings: &str,
    threads: usize,
) -> PyResult<Reported> {
    let settings: CompareSettings = read(py, settings)?;
    let table = table_of(py, columns, name)?;
    let pages = work(py, threads, &Interrupt::default(), |watch| report(model, trained, &table, &settings, watch))?;
    let pages = pages.map_err(|error| raised(py, &error))?;
    let warnings = in_words(&pages.comparison.warnings);
    Ok((pages.html, pages.model_card, write(py, &pages.comparison)?, warnings))
}

/// As `Trained.pages`, of a training that was saved in a folder, and the table that it was of.
#[pyfunction]
#[pyo3(signature = (folder, columns, settings, name, threads=0))]
pub(crate) fn pages_of_folder(
    py: Python<'_>,
    folder: PathBuf,
    columns: &Columns,
    settings: &str,
    name: &str,
    threads: usize,
) -> PyResult<Reported> {
    let saved = py.detach(|| {
        let model = load(&folder)?;
        let trained = TrainReport::of_model(&folder, &model)?;
        Ok((model, trained))
    });
    let (model, trained) = saved.map_err(|error: assist_learn::Error| raised(py, &error))?;
    reported(py, (&model, &trained), (columns, name), settings, threads)
}

/// Counts the distinct rows of a table. Returns the counts, what is told of them as JSON, and their warnings.
#[pyfunction]
#[pyo3(signature = (columns, settings, name, with_group=false, threads=0))]
pub(crate) fn counts(
    py: Python<'_>,
    columns: &Columns,
    settings: &str,
    name: &str,
    with_group: bool,
    threads: usize,
) -> PyResult<(Columns, String, Vec<String>)> {
    let (settings, interrupt) = settings_of(py, settings)?;
    let table = table_of(py, columns, name)?;
    let counted = work(py, threads, &interrupt, |watch| assist_learn::counts(&table, &settings, with_group, watch))?
        .map_err(|error| raised(py, &error))?;
    let report = write(py, &counted.report)?;
    Ok((Columns::of_batches(vec![counted.rows]), report, in_words(&counted.warnings)))
}

/// Looks at a table. Returns also a schema that leads to the same roles, as TOML.
#[pyfunction]
#[pyo3(signature = (columns, settings, name, threads=0))]
pub(crate) fn inspect(
    py: Python<'_>,
    columns: &Columns,
    settings: &str,
    name: &str,
    threads: usize,
) -> PyResult<(String, Vec<String>, String)> {
    let (settings, interrupt) = settings_of(py, settings)?;
    let table = table_of(py, columns, name)?;
    let found = work(py, threads, &interrupt, |watch| assist_learn::inspect(&table, &settings, watch))?
        .map_err(|error| raised(py, &error))?;
    Ok((write(py, &found)?, in_words(&found.warnings), found.schema))
}

/// Puts a model beside others, and says what that says.
#[pyfunction]
#[pyo3(signature = (columns, settings, comparison, name, threads=0))]
pub(crate) fn compare(
    py: Python<'_>,
    columns: &Columns,
    settings: &str,
    comparison: &str,
    name: &str,
    threads: usize,
) -> PyResult<Report> {
    let (settings, interrupt) = settings_of(py, settings)?;
    let comparison: CompareSettings = read(py, comparison)?;
    let table = table_of(py, columns, name)?;
    let found = work(py, threads, &interrupt, |watch| assist_learn::compare(&table, &settings, &comparison, watch))?
        .map_err(|error| raised(py, &error))?;
    Ok((write(py, &found)?, in_words(&found.warnings)))
}

/// Chooses the strength of the penalty and thresholds on folds.
#[pyfunction]
#[pyo3(signature = (columns, settings, tuning, name, threads=0))]
pub(crate) fn tune(
    py: Python<'_>,
    columns: &Columns,
    settings: &str,
    tuning: &str,
    name: &str,
    threads: usize,
) -> PyResult<Report> {
    let (settings, interrupt) = settings_of(py, settings)?;
    let tuning: TuneSettings = read(py, tuning)?;
    let table = table_of(py, columns, name)?;
    let found = work(py, threads, &interrupt, |watch| assist_learn::tune(&table, &settings, &tuning, watch))?
        .map_err(|error| raised(py, &error))?;
    Ok((write(py, &found)?, in_words(&found.warnings)))
}

/// Evaluates a model on a labelled table.
#[pyfunction]
#[pyo3(signature = (model, columns, settings, name, threads=0))]
pub(crate) fn evaluate(
    py: Python<'_>,
    model: &Model,
    columns: &Columns,
    settings: &str,
    name: &str,
    threads: usize,
) -> PyResult<Report> {
    let settings: EvaluateSettings = read(py, settings)?;
    let allows_rejected = settings.allow_rejected;
    let table = table_of(py, columns, name)?;
    let found = work(py, threads, &Interrupt::default(), |watch| {
        assist_learn::evaluate(&model.model, &table, &settings, watch)
    })?;
    let found = found.map_err(|error| {
        // What a model does not know ends an evaluation that does not allow it.
        let is_unknown = !allows_rejected && error.to_string().contains("unknown level");
        let known = advice_of(&error).filter(|_| is_unknown);
        match known {
            Some(known) => {
                raised_with(py, &error, Some(format!("{known}; `allow_rejected=True` leaves such rows out")))
            }
            None => raised(py, &error),
        }
    })?;
    Ok((write(py, &found)?, in_words(&found.warnings)))
}
