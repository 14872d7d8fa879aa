//! What is asked for: one checked value that schema files and arguments become.

use std::time::Duration;

use assist_card::{CardSettings, MOST_CANDIDATES};
use assist_data::SchemaFile;
use assist_features::{AddedTermFault, AddedTerms, Encoded, MissingPolicy, RareLevels};
use assist_model::{Covariance, InferenceLevel, Interrupt, LogisticRegression, Solver};
use assist_score::{ClassWeight, FeatureSpace, Form, Intercept, Penalty, PenaltyUnits, Recipe};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::penalty_kind::{PenaltyKind, PenaltySetting};
use crate::split_method::SplitMethod;

/// All that is asked of a training. Unknown keys are refused; every key may be left out.
///
/// ```
/// use assist_learn::Settings;
///
/// let mut settings = Settings::new("needs_help");
/// settings.fit.c = Some(0.5);
/// settings.split.test_size = 0.3;
/// assert!(settings.check().is_ok());
/// settings.fit.l1_ratio = Some(0.5);
/// let error = settings.check().unwrap_err();
/// assert_eq!(error.to_string(), "the L1 ratio has no effect with the penalty `l2`");
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Settings {
    /// The roles of the columns.
    pub roles: SchemaFile,
    /// Whether the table has columns `n0` and `n1` instead of the target: one row for many observations.
    pub counts: bool,
    /// What to do with missing cells.
    pub missing: MissingPolicy,
    /// Levels of a categorical column with fewer training rows than this are pooled into one, which stands for unknown texts as
    /// well; with 1 none is. Default: those with a single row, in columns where these are more than a twentieth of the rows.
    pub rare: Option<u64>,
    /// How rows are split into training and test rows.
    pub split: SplitSettings,
    /// What is fitted, and how.
    pub fit: FitSettings,
    /// How the map from scores to probabilities is learnt. Default: by the prior correction alone.
    pub calibration: Option<CalibrationSettings>,
    /// Decide for class 1 where the probability is above this. Default: where the score is above 0.
    pub threshold: Option<f64>,
    /// Samples of the bootstrap that gives intervals to figures of the test rows without a formula. Default: 0.
    pub bootstrap: u32,
    /// Whether the saved model is fitted once more, to all rows, when the split has been evaluated.
    pub all_rows: bool,
    /// Whether a fit that did not converge is a result all the same.
    pub allow_unconverged: bool,
}

/// How rows are split into training and test rows, stratified by the label.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct SplitSettings {
    /// How rows are drawn.
    pub method: SplitMethod,
    /// Share of the rows that is kept for testing, between 0 and 1. Default: 0.2.
    pub test_size: f64,
    /// Seed of the split, and of everything else that is drawn. Default: 42.
    pub seed: u32,
}

impl Default for SplitSettings {
    fn default() -> Self {
        Self { method: SplitMethod::Sklearn, test_size: 0.2, seed: 42 }
    }
}

/// What is fitted, and how. What is `None` has the default of the penalty, so that a setting without effect is told from one
/// that was not made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct FitSettings {
    /// What kind of model is fitted. Default: a logistic regression.
    pub form: Form,
    /// Most lines of a card. Default: 5.
    pub lines: Option<usize>,
    /// Largest points of a line of a card; the smallest are minus these. Default: 5.
    pub points: Option<u32>,
    /// Seconds after which the search for a card ends with the best so far. Default: no limit.
    pub time_limit: Option<f64>,
    /// The penalty on the coefficients. Default: L2.
    pub penalty: PenaltyKind,
    /// Share of L1 in the elastic net, from 0 to 1. Default: 0.5.
    pub l1_ratio: Option<f64>,
    /// Inverse strength of the penalty, positive. Default: 1.
    pub c: Option<f64>,
    /// What presets the units of the penalty and the intercept. Default: standard.
    pub recipe: Option<Recipe>,
    /// In which units the penalty measures coefficients. Default: that of the recipe.
    pub penalty_units: Option<PenaltyUnits>,
    /// What becomes of the intercept. Default: that of the recipe.
    pub intercept: Option<Intercept>,
    /// Another way to state the intercept: true for penalised, false for free.
    pub intercept_penalised: Option<bool>,
    /// How the classes are weighted: `balanced`, `none`, or the two weights. Default: balanced.
    #[serde(with = "class_weight")]
    pub class_weight: ClassWeight,
    /// The solver, for L2 and no penalty. Default: L-BFGS.
    pub solver: Option<Solver>,
    /// Maximum number of solver iterations. Default: 2000.
    pub max_iter: u64,
    /// Largest entry of the mean objective's gradient, each by what its feature adds over one spread of it: solvers aim at a
    /// thousandth of it. Default: 1e-8.
    pub tolerance: f64,
    /// Whether numeric columns are binned at supervised cut points.
    pub bins: bool,
    /// Numeric columns that act along a curve, a natural cubic spline. Default: none.
    pub splines: Vec<String>,
    /// Pairs of columns whose effects depend on each other. Default: none.
    pub interactions: Vec<[String; 2]>,
    /// Pairs of numeric columns that act in steps which depend on each other. Default: none.
    pub steps: Vec<[String; 2]>,
    /// How standard errors are computed.
    pub std_errors: Covariance,
    /// How much is computed beyond standard errors.
    pub inference: InferenceLevel,
    /// The share of class 1 where the model will be used, between 0 and 1. Default: that of the training rows.
    pub base_rate: Option<f64>,
    /// What ends a fit from another thread, with [`Error::Cancelled`]. Not stored.
    #[serde(skip)]
    pub interrupt: Interrupt,
}

impl Default for FitSettings {
    fn default() -> Self {
        Self {
            form: Form::Logistic,
            lines: None,
            points: None,
            time_limit: None,
            penalty: PenaltyKind::L2,
            l1_ratio: None,
            c: None,
            recipe: None,
            penalty_units: None,
            intercept: None,
            intercept_penalised: None,
            class_weight: ClassWeight::Balanced,
            solver: None,
            max_iter: 2000,
            tolerance: 1e-8,
            bins: false,
            splines: Vec::new(),
            interactions: Vec::new(),
            steps: Vec::new(),
            std_errors: Covariance::Auto,
            inference: InferenceLevel::Auto,
            base_rate: None,
            interrupt: Interrupt::default(),
        }
    }
}

/// How the map from scores to probabilities is learnt: on folds of the training rows that a fit did not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CalibrationSettings {
    /// The method.
    pub method: CalibrationMethod,
    /// How many folds, at least 2.
    #[serde(default = "five")]
    pub folds: u8,
}

impl CalibrationSettings {
    /// A method, on so many folds.
    pub fn new(method: CalibrationMethod, folds: u8) -> Self {
        Self { method, folds }
    }
}

fn five() -> u8 {
    5
}

/// A map from scores to probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CalibrationMethod {
    /// Platt's sigmoid, with two parameters.
    Sigmoid,
    /// A rising curve, for a thousand rows and more.
    Isotonic,
}

impl FitSettings {
    /// Whether a recipe alone decides on the units of the penalty and on the intercept.
    pub(crate) fn is_preset(&self) -> bool {
        self.penalty_units.is_none() && self.intercept.is_none() && self.intercept_penalised.is_none()
    }
}

impl Settings {
    /// Refuses what is asked of a saved model by work that makes none.
    pub(crate) fn check_unsaved(&self) -> Result<(), Error> {
        self.check()?;
        let ignored = [
            ("the form", self.fit.form.has_points()),
            ("the calibration", self.calibration.is_some()),
            ("the threshold", self.threshold.is_some()),
            ("the bootstrap", self.bootstrap > 0),
            ("a fit to all rows", self.all_rows),
            ("an unconverged fit", self.allow_unconverged),
        ];
        match ignored.into_iter().find(|(_, is_made)| *is_made) {
            Some((setting, _)) => Err(Error::TrainingAlone(setting)),
            None => Ok(()),
        }
    }

    /// The defaults, for a table with its label in the column `target`.
    pub fn new(target: &str) -> Self {
        Self { roles: SchemaFile { target: Some(target.to_owned()), ..SchemaFile::default() }, ..Self::default() }
    }

    /// Which levels are one.
    pub(crate) fn rare_levels(rare: Option<u64>) -> RareLevels {
        match rare {
            None => RareLevels::WhereCrowded,
            Some(..2) => RareLevels::Apart,
            Some(rare) => RareLevels::Below(rare),
        }
    }

    /// What a schema file asks for: the roles of its columns, and the fit of its `[fit]`, whose keys are those of
    /// [`FitSettings`].
    ///
    /// ```
    /// use assist_learn::{SchemaFile, Settings};
    ///
    /// let file: SchemaFile = toml::from_str("target = 'help'\n[fit]\nclass_weight = 'none'\nc = 0.5")?;
    /// assert_eq!(Settings::from_schema(file)?.fit.c, Some(0.5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A key or a value of `[fit]` that there is not.
    pub fn from_schema(mut roles: SchemaFile) -> Result<Self, Error> {
        // As options are written, and as the other keys of a schema are.
        let keys = std::mem::take(&mut roles.fit).into_iter().map(|(key, value)| (key.replace('_', "-"), value));
        let fit = toml::Value::Table(keys.collect());
        let fit = fit.try_into().map_err(|error: toml::de::Error| Error::SchemaFit(error.message().to_owned()))?;
        Ok(Self { roles, fit, ..Self::default() })
    }

    /// Whether every setting is in its range and has an effect.
    ///
    /// # Errors
    ///
    /// The first setting that is not or has not.
    pub fn check(&self) -> Result<(), Error> {
        self.fit.check()?;
        self.fit.regression().check()?;
        self.check_form()?;
        self.check_division()?;
        if self.roles.weight.is_some() {
            if self.fit.std_errors == Covariance::InverseHessian {
                return Err(assist_model::Error::InverseHessian.into());
            }
            let refused = [
                ("a table of counts, whose rows stand for many already,", self.counts),
                ("the search for bins, which counts rows,", self.fit.bins),
                ("the bootstrap, which draws rows of one weight,", self.bootstrap > 0),
            ];
            if let Some((what, _)) = refused.into_iter().find(|(_, is_made)| *is_made) {
                return Err(Error::Unweighted(what));
            }
        }
        let share = |name: &'static str, value: Option<f64>| match value {
            Some(value) if !(value > 0.0 && value < 1.0) => {
                Err(Error::Setting { name, value, expected: "between 0 and 1" })
            }
            _ => Ok(()),
        };
        share("the test size", Some(self.split.test_size))?;
        share("the threshold", self.threshold)?;
        if let Some(rare) = self.rare.filter(|rare| *rare < 1) {
            let name = "the number of training rows below which a level is rare";
            return Err(Error::Setting { name, value: rare as f64, expected: "at least 1" });
        }
        match self.calibration {
            Some(CalibrationSettings { folds, .. }) if folds < 2 => {
                Err(Error::Setting { name: "the number of folds", value: f64::from(folds), expected: "at least 2" })
            }
            _ => Ok(()),
        }
    }
}

impl Settings {
    /// Refuses what only a card, or only a logistic regression has.
    fn check_form(&self) -> Result<(), Error> {
        let form = self.fit.form;
        let of_card = [
            ("the number of lines", self.fit.lines.is_some()),
            ("the largest points", self.fit.points.is_some()),
            ("a time limit", self.fit.time_limit.is_some()),
        ];
        if let Some((setting, _)) = of_card.into_iter().find(|(_, is_made)| *is_made && form != Form::Card) {
            return Err(Error::OfCard { setting, form });
        }
        let out_of = |name, value: Option<f64>, range: std::ops::RangeInclusive<f64>, expected| match value {
            Some(value) if !range.contains(&value) => Err(Error::Setting { name, value, expected }),
            _ => Ok(()),
        };
        out_of("the number of lines", self.fit.lines.map(|lines| lines as f64), 1.0..=20.0, "from 1 to 20")?;
        out_of("the largest points", self.fit.points.map(f64::from), 1.0..=100.0, "from 1 to 100")?;
        if let Some(value) = self.fit.time_limit.filter(|limit| !(*limit > 0.0 && limit.is_finite())) {
            return Err(Error::Setting { name: "the time limit", value, expected: "a positive number of seconds" });
        }
        if !form.has_points() {
            return Ok(());
        }
        if let Some(column) = self.roles.weight.clone() {
            return Err(Error::UnweightedForm { form, column });
        }
        let fit = &self.fit;
        let made = [
            ("the penalty", fit.penalty != PenaltyKind::L2),
            ("the L1 ratio", fit.l1_ratio.is_some()),
            ("C", fit.c.is_some()),
            ("the recipe", fit.recipe.is_some()),
            ("the unit of the penalty", fit.penalty_units.is_some()),
            ("the intercept", fit.intercept.is_some() || fit.intercept_penalised.is_some()),
            ("the class weight", fit.class_weight != ClassWeight::Balanced),
            ("the solver", fit.solver.is_some()),
            ("the maximum number of solver iterations", fit.max_iter != FitSettings::default().max_iter),
            ("the tolerance", fit.tolerance.to_bits() != FitSettings::default().tolerance.to_bits()),
            ("binning numeric columns", fit.bins),
            ("a spline", !fit.splines.is_empty()),
            ("an interaction", !fit.interactions.is_empty()),
            ("a pair of steps", !fit.steps.is_empty()),
            ("the method of standard errors", fit.std_errors != Covariance::Auto),
            ("the level of inference", fit.inference != InferenceLevel::Auto),
            ("a calibration", self.calibration.is_some()),
            ("an unconverged fit", self.allow_unconverged),
        ];
        match made.into_iter().find(|(_, is_made)| *is_made) {
            Some((setting, _)) => Err(Error::OfLogisticRegression { setting, form }),
            None => Ok(()),
        }
    }
}

impl FitSettings {
    /// The penalty with its numbers.
    pub fn penalty(&self) -> Penalty {
        match self.penalty {
            PenaltyKind::L2 => Penalty::L2,
            PenaltyKind::L1 => Penalty::L1,
            PenaltyKind::ElasticNet => Penalty::ElasticNet { l1_ratio: self.l1_ratio.unwrap_or(0.5) },
            PenaltyKind::Firth => Penalty::Firth,
            PenaltyKind::None => Penalty::None,
        }
    }

    /// The curves, interactions and steps.
    pub(crate) fn added_terms(&self) -> AddedTerms {
        AddedTerms::new(self.splines.clone(), self.interactions.clone()).with_steps(self.steps.clone())
    }

    /// Levels, ranges, cuts and whatever else these settings ask for, learnt on training rows.
    pub(crate) fn learn_space(&self, rows: &Encoded) -> Result<FeatureSpace, Error> {
        let space = if self.bins { rows.learn_space_with_bins()? } else { rows.learn_space()? };
        Ok(rows.with_terms(space, &self.added_terms())?)
    }

    /// Refuses settings that would do nothing.
    fn check(&self) -> Result<(), Error> {
        use PenaltyKind::{ElasticNet, Firth, L1, L2, None};
        let (intercept, penalised) = (self.intercept, self.intercept_penalised);
        if intercept.is_some() && penalised.is_some() {
            return Err(Error::InterceptTwice);
        }
        let belongs: [(PenaltySetting, bool, &'static [PenaltyKind]); 7] = [
            (PenaltySetting::L1Ratio, self.l1_ratio.is_some(), &[ElasticNet]),
            (PenaltySetting::C, self.c.is_some(), &[L2, L1, ElasticNet]),
            (PenaltySetting::PenaltyUnits, self.penalty_units.is_some(), &[L2, L1, ElasticNet]),
            (PenaltySetting::Intercept, intercept == Some(Intercept::Penalised), &[L2, ElasticNet]),
            (PenaltySetting::InterceptPenalised, penalised == Some(true), &[L2, ElasticNet]),
            (PenaltySetting::Solver, self.solver.is_some(), &[L2, None]),
            (PenaltySetting::StdErrors, self.std_errors != Covariance::Auto, &[None, L2, Firth]),
        ];
        for (setting, is_made, penalties) in belongs {
            if is_made && !penalties.contains(&self.penalty) {
                return Err(Error::WithoutEffect { setting, penalty: self.penalty, penalties });
            }
        }
        if let Some(column) = self.splines.first().filter(|_| self.bins) {
            return Err(assist_features::Error::from(AddedTermFault::Binned(column.clone())).into());
        }
        if let Some([column, _]) = self.steps.first().filter(|_| self.bins) {
            return Err(assist_features::Error::from(AddedTermFault::StepsOfBins(column.clone())).into());
        }
        Ok(())
    }

    /// The regression that these settings ask for.
    pub fn regression(&self) -> LogisticRegression {
        let recipe = self.recipe.unwrap_or_default();
        let of_penalised = |is_penalised| if is_penalised { Intercept::Penalised } else { Intercept::Free };
        let intercept = self.intercept.or(self.intercept_penalised.map(of_penalised));
        LogisticRegression::default()
            .with_recipe(recipe)
            .with_penalty_units(self.penalty_units.unwrap_or(recipe.objective().penalty_units))
            .with_intercept(intercept.unwrap_or(recipe.objective().intercept))
            .with_penalty(self.penalty())
            .with_c(self.c.unwrap_or(1.0))
            .with_class_weight(self.class_weight)
            .with_solver(self.solver.unwrap_or_default())
            .with_max_iter(self.max_iter)
            .with_tolerance(self.tolerance)
            .with_base_rate(self.base_rate)
            .with_covariance(self.std_errors)
            .with_inference(self.inference)
            .with_interrupt(self.interrupt.clone())
    }
}

/// What a card is sought with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CardOptions {
    pub(crate) lines: usize,
    pub(crate) points: u32,
    pub(crate) time_limit: Option<f64>,
    /// At most so many candidates are searched.
    pub(crate) candidates: usize,
}

impl CardOptions {
    pub(crate) fn new(fit: &FitSettings) -> Self {
        Self {
            lines: fit.lines.unwrap_or(5),
            points: fit.points.unwrap_or(5),
            time_limit: fit.time_limit,
            candidates: MOST_CANDIDATES,
        }
    }

    pub(crate) fn search(self) -> CardSettings {
        let settings =
            CardSettings::default().with_lines(self.lines).with_points(self.points).with_candidates(self.candidates);
        match self.time_limit {
            Some(limit) => settings.with_time_limit(Duration::from_secs_f64(limit.min(1e9))),
            None => settings,
        }
    }
}

/// Class weights as text: `balanced`, `none`, or two numbers.
mod class_weight {
    use assist_score::ClassWeight;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(weight: &ClassWeight, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(weight)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ClassWeight, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::class_weight_of(&text).ok_or_else(|| D::Error::custom(super::CLASS_WEIGHT_EXPECTED))
    }
}

/// What a text for class weights must be.
pub const CLASS_WEIGHT_EXPECTED: &str = "expected `balanced`, `none`, or two positive numbers such as `1.5,0.75`";

/// The class weights that a text stands for, if it is one that its `Display` writes.
pub fn class_weight_of(text: &str) -> Option<ClassWeight> {
    match text {
        "balanced" => Some(ClassWeight::Balanced),
        "none" => Some(ClassWeight::None),
        _ => {
            let (w0, w1) = text.split_once(',')?;
            let [w0, w1] = [w0.trim().parse::<f64>().ok()?, w1.trim().parse::<f64>().ok()?];
            let is_weight = |weight: f64| weight > 0.0 && weight.is_finite();
            (is_weight(w0) && is_weight(w1)).then_some(ClassWeight::Stated(w0, w1))
        }
    }
}
