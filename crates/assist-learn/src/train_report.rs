//! What a training writes as JSON beside its model, and what a report reads again: one definition for both.

use std::collections::BTreeMap;
use std::path::Path;

use assist_data::Schema;
use assist_features::{MissingPolicy, PooledLevels};
use assist_metrics::FitContext;
use assist_model::Fit;
use assist_score::{FeatureSpace, Intercept, Model, ObjectiveForm, Penalty, PenaltyUnits, Recipe, Term};
use serde::{Deserialize, Serialize};

use crate::coefficients::{Coefficient, Coefficients, InferenceReport, coefficients, inference};
use crate::engine_report::EngineReport;
use crate::error::Error;
use crate::evaluated::Evaluated;
use crate::forms::FormReport;
use crate::penalty_kind::PenaltyKind;
use crate::read_report::ReadReport;
use crate::settings::{CalibrationSettings, Settings};
use crate::split_report::SplitReport;
use crate::warning::Warning;

/// The name of the report beside a model.
pub const REPORT_FILE: &str = "metrics.json";
/// The name of the page of a card or a rule beside it.
pub const SCORE_CARD_FILE: &str = "card.html";
/// The version of the keys of every document.
pub(crate) const FORMAT_VERSION: u32 = 1;

/// Every figure of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainReport {
    /// The version of these keys.
    pub format_version: u32,
    /// What names the model: the same for the same parameters and features.
    pub model_id: String,
    /// What was trained on.
    pub data: DataReport,
    /// How rows were split.
    pub split: SplitReport,
    /// How the fit ended.
    pub fit: FitFigures,
    /// How well the fit that `train` has the figures of describes its rows, beside others. Absent in files of older programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit_in_context: Option<FitContext>,
    /// What a card or a rule consists of; absent for a logistic regression.
    #[serde(flatten)]
    pub form: Option<FormReport>,
    /// The intercept.
    pub intercept: Coefficient,
    /// The coefficients, in the order of the features.
    pub coefficients: Vec<Coefficient>,
    /// Which recipe the objective is that of: `standard`, `original`, or `custom` where one of its presets was not kept. Absent in
    /// files of older programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<String>,
    /// Figures of the training rows.
    pub train: Evaluated,
    /// Figures of the test rows.
    pub test: Evaluated,
    /// What the model has to be taken with, in words.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// The cut points of each numeric column that has some, where bins were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bins: Option<BTreeMap<String, Vec<f64>>>,
    /// The knots of each numeric column that acts along a curve.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub splines: BTreeMap<String, Vec<f64>>,
    /// The pairs of columns whose effects depend on each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interactions: Vec<[String; 2]>,
    /// The pairs of columns that act in steps which depend on each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<[String; 2]>,
    /// How standard errors were computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub std_error_method: Option<String>,
    /// What is known of the fit beyond its coefficients.
    #[serde(default)]
    pub inference: InferenceReport,
    /// How the map from scores to probabilities was learnt, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationSettings>,
    /// From where on decisions are for class 1, where that was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<ThresholdReport>,
    /// Where the saved model was fitted once more, to all rows: the fit that the figures of the split are those of. All else is of
    /// the saved model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_rows: Option<AllRowsReport>,
    /// What an engine did, where the rows were not read here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineReport>,
}

/// What was trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DataReport {
    /// Observations.
    pub rows: u64,
    /// Columns that are no features.
    pub dropped: Vec<String>,
    /// The label's column.
    pub target: String,
    /// The label that is class 1.
    pub positive: String,
    /// The label that is class 0.
    pub negative: String,
    /// Observations of class 0 and class 1.
    pub class_counts: [u64; 2],
    /// Rows that were left out for a missing cell.
    #[serde(default)]
    pub rows_left_out: u64,
    /// What was done with missing cells. Absent in files of older programs, which refused them.
    #[serde(default = "refused")]
    pub missing: MissingPolicy,
    /// Levels with fewer training rows than this are one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rare: Option<u64>,
    /// How many levels of which columns are one, and how many training rows have one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pooled: Vec<PooledLevels>,
    /// Whether the table has counts instead of labels.
    #[serde(default)]
    pub counts: bool,
    /// The column of the weights of the rows, where they have some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// What was found out about the table.
    #[serde(default)]
    pub read: ReadReport,
}

fn refused() -> MissingPolicy {
    MissingPolicy::Error
}

/// How the fit ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FitFigures {
    /// The solver.
    pub solver: String,
    /// The penalty.
    pub penalty: String,
    /// Its inverse strength.
    pub c: f64,
    /// Whether it includes the intercept.
    pub intercept_penalised: bool,
    /// What was asked of class weights.
    pub class_weight: String,
    /// The weight of class 0 and class 1 that came of it.
    pub class_weights: [f64; 2],
    /// Whether the optimum was reached: by the Newton decrement, or where there is none by the gradient.
    pub converged: bool,
    /// Why the solver stopped.
    pub termination: String,
    /// Iterations, polishing steps included.
    pub iterations: u64,
    /// Passes over the rows.
    pub evaluations: u64,
    /// The objective in sum form.
    pub objective: f64,
    /// Largest entry of the mean objective's gradient, each by what its feature adds over one spread of it.
    pub gradient_max_norm: f64,
    /// The tolerance.
    pub tolerance: f64,
    /// Rows of the design.
    pub design_rows: usize,
    /// Seconds that the fit took.
    pub seconds: f64,
    /// The Newton decrement `g' H^-1 g / 2` of the mean objective; absent where no Hessian was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newton_decrement: Option<f64>,
    /// In which units the penalty measures coefficients. Those of older programs were raw.
    #[serde(default)]
    pub penalty_units: PenaltyUnits,
    /// What became of the intercept. Absent in files of older programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intercept: Option<Intercept>,
    /// The share of L1 in the elastic net.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l1_ratio: Option<f64>,
    /// Coefficients are within this distance of the optimum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coefficient_error_bound: Option<f64>,
    /// Distinct rows, where identical ones were merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct_rows: Option<usize>,
    /// The sample that the fit started from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<SampleFigures>,
}

/// The sample that a fit started from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SampleFigures {
    /// Its rows.
    pub rows: usize,
    /// Passes over them.
    pub evaluations: u64,
}

/// That the saved model was fitted to all rows, and the fit that the figures of the split are those of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AllRowsReport {
    /// Observations that the saved model was fitted to.
    pub rows: u64,
    /// Those of class 0 and class 1.
    pub class_counts: [u64; 2],
    /// The fit to the training rows, which `train` and `test` are the figures of.
    pub split: SplitFit,
}

/// A fit to the training rows alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SplitFit {
    /// How it ended.
    pub fit: FitFigures,
    /// Its intercept.
    pub intercept: Coefficient,
    /// Its coefficients.
    pub coefficients: Vec<Coefficient>,
}

impl AllRowsReport {
    /// Of a saved model and the fit to the training rows.
    pub(crate) fn new(saved: &Model, of_split: &Fit) -> Self {
        let Coefficients { intercept, features } = coefficients(&of_split.model);
        let class_counts = saved.parameters().training.class_counts;
        let split = SplitFit { fit: FitFigures::new(of_split), intercept, coefficients: features };
        Self { rows: class_counts.iter().sum(), class_counts, split }
    }
}

/// From where on decisions are for class 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ThresholdReport {
    /// The probability.
    pub probability: f64,
    /// The score; absent where a calibration curve reaches every probability or none, and the score is infinite.
    pub score: Option<f64>,
}

impl TrainReport {
    pub(crate) fn new(
        settings: &Settings,
        read: ReadReport,
        schema: &Schema,
        [n0, n1]: [u64; 2],
        fit: &Fit,
        [train, test]: [Evaluated; 2],
        warnings: &[Warning],
    ) -> Result<Self, Error> {
        let (space, training) = (fit.model.space(), &fit.model.parameters().training);
        let Coefficients { intercept, features } = coefficients(&fit.model);
        Ok(Self {
            format_version: FORMAT_VERSION,
            model_id: fit.model.pair_id()?.to_string(),
            data: DataReport {
                rows: n0 + n1,
                dropped: schema.dropped.clone(),
                target: space.target.name.clone(),
                positive: space.target.positive.clone(),
                negative: space.target.negative.clone(),
                class_counts: [n0, n1],
                rows_left_out: read.rows_with_missing_cells,
                missing: settings.missing,
                rare: settings.rare,
                pooled: Vec::new(),
                counts: settings.counts,
                weight: schema.weight_column().map(str::to_owned),
                read,
            },
            split: SplitReport::new(settings, schema, [&train, &test]),
            fit: FitFigures::new(fit),
            fit_in_context: None,
            form: None,
            intercept,
            coefficients: features,
            // A card or a rule has no objective of a recipe.
            recipe: (!space.form.has_points()).then(|| recipe_name(training.objective)),
            train,
            test,
            warnings: warnings.iter().map(ToString::to_string).collect(),
            bins: Some(bins(space)).filter(|bins| settings.fit.bins || !bins.is_empty()),
            splines: knots(space),
            interactions: settings.fit.interactions.clone(),
            steps: settings.fit.steps.clone(),
            std_error_method: training.standard_errors.as_ref().map(|errors| errors.method.clone()),
            inference: inference(&fit.model),
            calibration: settings.calibration,
            all_rows: None,
            engine: None,
            threshold: settings.threshold.map(|probability| {
                let score = fit.model.parameters().threshold;
                ThresholdReport { probability, score: score.is_finite().then_some(score) }
            }),
        })
    }

    /// Reads the report that a training wrote into a folder, whatever model is there now.
    ///
    /// # Errors
    ///
    /// No such file, or one that is not such a report.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        Self::parse(folder, fs_err::read(folder.join(REPORT_FILE)))
    }

    /// Reads the report that the training of a model wrote beside it.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); the report of another model.
    pub fn of_model(folder: &Path, model: &Model) -> Result<Self, Error> {
        let text = match assist_model::read_companion(folder, REPORT_FILE, model) {
            Err(assist_model::Error::Io(error)) => Err(error),
            other => Ok(other?),
        };
        let report = Self::parse(folder, text)?;
        report.check_model(&model.pair_id()?.to_string())?;
        Ok(report)
    }

    /// Whether it tells of the model that has this name.
    pub(crate) fn check_model(&self, model_id: &str) -> Result<(), Error> {
        if self.model_id == model_id {
            return Ok(());
        }
        Err(Error::OtherTrainReport { of_report: self.model_id.clone(), of_model: model_id.to_owned() })
    }

    fn parse(folder: &Path, text: std::io::Result<Vec<u8>>) -> Result<Self, Error> {
        let path = folder.join(REPORT_FILE);
        match text {
            Ok(text) => serde_json::from_slice(&text)
                .map_err(|error| Error::UnreadableTrainReport { path, detail: error.to_string() }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Error::NoTrainReport(path)),
            Err(error) => Err(error.into()),
        }
    }
}

impl FitFigures {
    pub(crate) fn new(fit: &Fit) -> Self {
        let training = &fit.model.parameters().training;
        let facts = &training.fit;
        Self {
            solver: facts.solver.clone(),
            penalty: PenaltyKind::of(training.penalty).to_string(),
            c: training.c,
            intercept_penalised: training.intercept_penalised(),
            penalty_units: training.objective.penalty_units,
            intercept: Some(training.objective.intercept),
            newton_decrement: facts.newton_decrement,
            class_weight: training.class_weight.to_string(),
            class_weights: training.class_weights,
            converged: facts.converged,
            termination: facts.termination.clone(),
            iterations: facts.iterations,
            evaluations: facts.evaluations,
            objective: facts.objective,
            gradient_max_norm: facts.gradient_max_norm,
            tolerance: facts.tolerance,
            design_rows: fit.report.design_rows,
            seconds: fit.report.seconds,
            l1_ratio: match training.penalty {
                Penalty::ElasticNet { l1_ratio } => Some(l1_ratio),
                _ => None,
            },
            coefficient_error_bound: facts.coefficient_error_bound,
            distinct_rows: fit.report.is_merged.then_some(fit.report.design_rows),
            sample: fit.report.sample.map(|s| SampleFigures { rows: s.rows, evaluations: s.evaluations }),
        }
    }
}

/// Which recipe an objective is that of, as reports have it.
pub(crate) fn recipe_name(form: ObjectiveForm) -> String {
    form.recipe.map_or("custom", Recipe::name).to_owned()
}

/// The cut points of each numeric column that has some.
pub(crate) fn bins(space: &FeatureSpace) -> BTreeMap<String, Vec<f64>> {
    let binned = space.numeric.iter().filter(|column| column.is_binned());
    binned.map(|column| (column.name.clone(), column.cuts.clone())).collect()
}

/// The knots of each numeric column that acts along a curve.
pub(crate) fn knots(space: &FeatureSpace) -> BTreeMap<String, Vec<f64>> {
    let of_term = |term: &Term| match term {
        Term::Basis { column, knots, .. } => Some((space.column_name(*column)?.to_owned(), knots.clone())),
        _ => None,
    };
    space.additional.iter().filter_map(of_term).collect()
}
