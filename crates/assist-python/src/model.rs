//! A model: its figures, its scores, and its artifacts.

use std::collections::HashMap;
use std::path::PathBuf;

use assist_export::{Dialect, Format, OnnxProfile, SqlOptions, export};
use assist_learn::{
    Coefficients, Interrupt, PredictSettings, Rejection, RowReader, Term, coefficients, explain, load, predict, quoted,
    save, score_columns,
};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::columns::Columns;
use crate::errors::{raised, refused};
use crate::threads::work;

/// A fitted model, a card or a rule. It never changes.
#[pyclass(module = "assist_learn._native", frozen)]
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) model: assist_learn::Model,
}

/// Scores, one a row, with the first row that has none and why, and how many have none.
type Scores<'py> = (Bound<'py, PyArray1<f64>>, Option<(u64, String)>, u64);

/// A coefficient's evidence: estimate, standard error, lower and upper end of its interval, p.
type Evidence = Option<[f64; 5]>;

#[pymethods]
impl Model {
    /// The model of a folder: its two artifacts.
    #[staticmethod]
    fn load(py: Python<'_>, folder: PathBuf) -> PyResult<Self> {
        let model = py.detach(|| load(&folder)).map_err(|error| raised(py, &error))?;
        Ok(Self { model })
    }

    /// The model of two artifacts.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, model: &[u8], features: &[u8]) -> PyResult<Self> {
        let decoded = assist_learn::Model::decode(model, features);
        let model = decoded.map_err(|error| refused(py, &error.to_string(), None))?;
        Ok(Self { model })
    }

    /// The two artifacts.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)> {
        let (model, features) = self.model.encode().map_err(|error| refused(py, &error.to_string(), None))?;
        Ok((PyBytes::new(py, &model), PyBytes::new(py, &features)))
    }

    /// Writes the two artifacts into a folder.
    fn save(&self, py: Python<'_>, folder: PathBuf) -> PyResult<()> {
        py.detach(|| save(&folder, &self.model)).map_err(|error| raised(py, &error))
    }

    /// What names it: a hash over both artifacts.
    fn model_id(&self, py: Python<'_>) -> PyResult<String> {
        let id = self.model.pair_id().map_err(|error| refused(py, &error.to_string(), None))?;
        Ok(id.to_string())
    }

    /// The names of the columns that it takes: numeric ones first.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.model.space().column_names().map(str::to_owned).collect()
    }

    /// The names of the columns that these are read from: a date may be read for several.
    #[getter]
    fn sources(&self) -> Vec<String> {
        RowReader::new(&self.model).columns().iter().map(|column| column.name().to_owned()).collect()
    }

    /// The levels of each categorical column.
    #[getter]
    fn levels(&self) -> Vec<(String, Vec<String>)> {
        let columns = &self.model.space().categorical;
        columns.iter().map(|column| (column.name.clone(), column.levels.clone())).collect()
    }

    /// The names of the features, one for each coefficient.
    #[getter]
    fn features(&self) -> Vec<String> {
        self.model.space().features().into_iter().map(|feature| feature.name).collect()
    }

    /// The target, and its labels of class 0 and class 1.
    #[getter]
    fn target(&self) -> (String, String, String) {
        let target = &self.model.space().target;
        (target.name.clone(), target.negative.clone(), target.positive.clone())
    }

    /// `logistic`, `card` or `rule`.
    #[getter]
    fn form(&self) -> String {
        self.model.space().form.to_string()
    }

    /// The score above which class 1 is predicted.
    #[getter]
    fn threshold(&self) -> f64 {
        self.model.parameters().threshold
    }

    /// The coefficients, and the intercept.
    fn coefficients<'py>(&self, py: Python<'py>) -> (Bound<'py, PyArray1<f64>>, f64) {
        (self.model.parameters().coefficients.clone().into_pyarray(py), self.model.intercept())
    }

    /// The same model with other coefficients, which somebody has written, and no fit.
    fn with_coefficients(
        &self,
        py: Python<'_>,
        coefficients: PyReadonlyArray1<'_, f64>,
        intercept: f64,
    ) -> PyResult<Self> {
        let mut parameters = self.model.parameters().clone();
        parameters.coefficients = coefficients.as_array().to_vec();
        // A number is counted from its centre, so that the intercept is that of the centres.
        let slopes = self.model.space().terms().into_iter().zip(&parameters.coefficients);
        let centred = slopes.fold(intercept, |intercept, (term, coefficient)| match term {
            Term::Slope { centre, .. } => intercept + coefficient * centre,
            _ => intercept,
        });
        parameters.intercept = centred;
        parameters.training.standard_errors = None;
        parameters.training.fit.converged = false;
        "the coefficients were written after the fit".clone_into(&mut parameters.training.fit.termination);
        let model = assist_learn::Model::new(self.model.space().clone(), parameters);
        Ok(Self { model: model.map_err(|error| refused(py, &error.to_string(), None))? })
    }

    /// What the training rows say of each coefficient, the intercept's last.
    fn evidence(&self) -> Vec<Evidence> {
        let Coefficients { intercept, features, .. } = coefficients(&self.model);
        let figures = features.iter().chain([&intercept]).map(|coefficient| {
            let of = coefficient.evidence()?;
            Some([of.value, of.std_error, of.ci_low, of.ci_high, of.p_value])
        });
        figures.collect()
    }

    /// Whether the fit converged, its iterations, and why it stopped.
    fn convergence(&self) -> (bool, u64, String) {
        let facts = &self.model.parameters().training.fit;
        (facts.converged, facts.iterations, facts.termination.clone())
    }

    /// Coefficients, tests, curves and what is clear, as JSON.
    fn explain_json(&self, py: Python<'_>) -> PyResult<String> {
        let text = py.detach(|| serde_json::to_string(&explain(&self.model)));
        text.map_err(|error| refused(py, &error.to_string(), None))
    }

    /// The score of each row.
    #[pyo3(signature = (columns, threads=0))]
    fn scores<'py>(&self, py: Python<'py>, columns: &Columns, threads: usize) -> PyResult<Scores<'py>> {
        let batches = columns.batches();
        let found = work(py, threads, &Interrupt::default(), |watch| score_columns(&self.model, "X", batches, watch))?
            .map_err(|error| raised(py, &error))?;
        let first = found.first_rejected.map(|(row, rejection)| (row, in_words(&rejection)));
        Ok((found.scores.into_pyarray(py), first, found.rejected))
    }

    /// The probabilities of scores under the class weights of the fit.
    fn raw_probabilities<'py>(&self, py: Python<'py>, scores: PyReadonlyArray1<'py, f64>) -> Bound<'py, PyArray1<f64>> {
        let probability = |score: f64| {
            // A row that has no score has no probability.
            if score.is_nan() { score } else { self.model.scored(score).raw_probability }
        };
        let probabilities: Vec<f64> = scores.as_array().iter().map(|score| probability(*score)).collect();
        probabilities.into_pyarray(py)
    }

    /// The prediction for one user, of texts by the names of columns, as JSON.
    fn predict_one_json(&self, py: Python<'_>, values: HashMap<String, Option<String>>) -> PyResult<String> {
        let refuse = |rejection: &Rejection| refused(py, &in_words(rejection), None);
        let reader = RowReader::new(&self.model);
        if let Some(column) = reader.columns().iter().find(|column| !values.contains_key(column.name())) {
            let advice = format!("give it; `{}=None` says that it is missing", column.name());
            return Err(refused(py, &format!("column `{}` is not given", column.name()), Some(&advice)));
        }
        let given = values.iter().map(|(name, value)| (name.as_str(), value.as_deref().unwrap_or("")));
        let row = reader.row(given).map_err(|rejection| refuse(&rejection))?;
        let scored = self.model.explain(&row).map_err(|rejection| refuse(&reader.in_terms_of_columns(rejection)))?;
        serde_json::to_string(&scored).map_err(|error| refused(py, &error.to_string(), None))
    }

    /// The probabilities of scores at a base rate; at that of the training rows, or as they were calibrated, without one.
    #[pyo3(signature = (scores, base_rate=None))]
    fn probabilities<'py>(
        &self,
        py: Python<'py>,
        scores: PyReadonlyArray1<'py, f64>,
        base_rate: Option<f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let corrected = match base_rate {
            None => None,
            Some(rate) => {
                let mut parameters = self.model.parameters().clone();
                parameters.training.base_rate = Some(rate);
                let model = assist_learn::Model::new(self.model.space().clone(), parameters);
                let advice = "state `base_rate` between 0 and 1";
                Some(model.map_err(|error| refused(py, &error.to_string(), Some(advice)))?)
            }
        };
        let correction = corrected.as_ref().unwrap_or(&self.model).correction();
        let probability = |score: f64| if score.is_nan() { score } else { correction.probability(score) };
        let probabilities: Vec<f64> = scores.as_array().iter().map(|score| probability(*score)).collect();
        Ok(probabilities.into_pyarray(py))
    }

    /// The rows with their predictions behind them.
    #[pyo3(signature = (columns, explain=false, prefix=None, threads=0))]
    fn predict(
        &self,
        py: Python<'_>,
        columns: &Columns,
        explain: bool,
        prefix: Option<String>,
        threads: usize,
    ) -> PyResult<Columns> {
        let mut settings = PredictSettings::default();
        (settings.explain, settings.prefix) = (explain, prefix);
        let batches = columns.batches();
        let scored = work(py, threads, &Interrupt::default(), |_| {
            batches.iter().map(|batch| predict(&self.model, batch, &settings)).collect::<Result<Vec<_>, _>>()
        })?;
        Ok(Columns::of_batches(scored.map_err(|error| raised(py, &error))?))
    }

    /// The model for another language: names of files with their bytes.
    #[pyo3(signature = (format, name, options))]
    fn export<'py>(
        &self,
        py: Python<'py>,
        format: &str,
        name: &str,
        options: ExportOptions,
    ) -> PyResult<Vec<(String, Bound<'py, PyBytes>)>> {
        let format = options.format(py, format)?;
        let files = export(&self.model, &format, name);
        let files = files.map_err(|error| refused(py, &error.to_string(), None))?;
        Ok(files.into_iter().map(|file| (file.name, PyBytes::new(py, &file.bytes))).collect())
    }

    fn __repr__(&self) -> String {
        let space = self.model.space();
        format!(
            "<{} for {} = {}, {} columns>",
            space.form,
            space.target.name,
            space.target.positive,
            space.column_names().count()
        )
    }
}

/// Why a row has no score, and what is known instead.
fn in_words(rejection: &Rejection) -> String {
    match rejection.known.as_slice() {
        [] => rejection.to_string(),
        known => format!("{rejection}; known are {}", quoted(known)),
    }
}

/// What is asked of an export.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct ExportOptions {
    arithmetic: String,
    profile: String,
    dialect: String,
    table: String,
    pass: Vec<String>,
}

impl ExportOptions {
    fn format(self, py: Python<'_>, format: &str) -> PyResult<Format> {
        let unknown = |setting: &str, value: &str, known: &str| {
            Err(refused(py, &format!("{setting} must be {known}, not {value:?}"), None))
        };
        Ok(match format {
            "c" => match self.arithmetic.as_str() {
                "double" => Format::C,
                "fixed" => Format::CFixed,
                other => return unknown("arithmetic", other, "\"double\" or \"fixed\""),
            },
            "js" => Format::JavaScript,
            "json" => Format::Json,
            "wasm" => Format::Wasm,
            "onnx" => Format::Onnx(match self.profile.as_str() {
                "server" => OnnxProfile::Server,
                "web" => OnnxProfile::Web,
                other => return unknown("profile", other, "\"server\" or \"web\""),
            }),
            "sql" => {
                let Some(dialect) = Dialect::of_name(&self.dialect) else {
                    let known: Vec<String> = Dialect::ALL.iter().map(|dialect| format!("\"{dialect}\"")).collect();
                    return unknown("dialect", &self.dialect, &known.join(", "));
                };
                Format::Sql(SqlOptions { dialect, table: self.table, keys: self.pass })
            }
            other => return unknown("format", other, "\"c\", \"js\", \"json\", \"wasm\", \"onnx\" or \"sql\""),
        })
    }
}
