//! Options of the commands that learn.

use std::path::PathBuf;

use assist_learn::{
    CalibrationMethod, CalibrationSettings, CompareSettings, Error, FitSettings, Form, Scoring, Settings, TuneSettings,
};
use clap::{Args, ValueEnum};

use super::engine::{AggregateName, EngineOptions};
use super::fit::{FitOptions, Inference, StdErrors};
use super::roles::{DataArguments, SplitOptions};
use super::values::{costs, positive, share, share_or_all};
use crate::failure::Failure;

/// Split, encode, fit, evaluate and save
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  assist-cli train --data data/assistance.csv --schema data/assistance.schema.toml\n  assist-cli train --data data/assistance.csv --target needs_assistance_flag --c 0.1 --out artifacts/strict"
)]
pub(crate) struct TrainArguments {
    #[command(flatten)]
    pub(crate) data: DataArguments,
    #[command(flatten)]
    pub(crate) split: SplitOptions,
    /// The folder for the model and `metrics.json`
    #[arg(long, value_name = "DIR", default_value = "artifacts")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) fit: FitOptions,
    /// What kind of model is fitted [default: logistic]
    #[arg(long, value_enum)]
    pub(crate) form: Option<FormName>,
    /// Most lines of a card; up to 5 it is proven that no other on the same bins and levels has a lower training log-loss
    /// [default: 5]
    #[arg(long, value_name = "N")]
    pub(crate) lines: Option<usize>,
    /// Largest points of a line of a card; the smallest are minus these [default: 5]
    #[arg(long, value_name = "N")]
    pub(crate) points: Option<u32>,
    /// Seconds after which the search for a card ends with the best so far; Ctrl-C ends it too [default: no limit]
    #[arg(long, value_name = "SECONDS", value_parser = positive)]
    pub(crate) time_limit: Option<f64>,
    /// How standard errors are computed [default: auto]
    #[arg(long, value_enum)]
    pub(crate) std_errors: Option<StdErrors>,
    /// How much is computed beyond standard errors: evidence of the coefficients, tests of columns, a certificate of
    /// separation, variance inflation and marginal effects; `auto` leaves all but evidence out for large tables [default: auto]
    #[arg(long, value_enum)]
    pub(crate) inference: Option<Inference>,
    /// When the split has been evaluated, fit once more to all rows and save that model, with the figures of the split beside it
    #[arg(long)]
    pub(crate) all_rows: bool,
    /// Save a model even if its fit did not converge
    #[arg(long)]
    pub(crate) allow_unconverged: bool,
    /// Share of users who need assistance where the model will be used, for `probability` [default: that of the training rows]
    #[arg(long, value_name = "P", value_parser = share)]
    pub(crate) base_rate: Option<f64>,
    /// Learn the map from scores to probabilities on folds of the training rows that the model did not see
    #[arg(long, value_enum, value_name = "METHOD")]
    pub(crate) calibrate: Option<CalibrationName>,
    /// Folds of `--calibrate`
    #[arg(long, default_value_t = 5, requires = "calibrate", value_parser = clap::value_parser!(u8).range(2..))]
    pub(crate) folds: u8,
    /// Decide for class 1 where the probability is above this [default: where the score is above 0]
    #[arg(long, value_name = "P", value_parser = share)]
    pub(crate) threshold: Option<f64>,
    /// Samples of the bootstrap that gives intervals to figures without a formula; `evaluate` draws them by itself
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) bootstrap: u32,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
    /// What is taken from the engine: the table of `counts`, from which all is learnt here, or the `sums` of each step of the fit
    /// [default: the counts, where there are at most 4 million, else sums]
    #[arg(
        long,
        value_enum,
        requires = "engine",
        help_heading = "Engines (of a program built with `--features distributed`)"
    )]
    pub(crate) aggregate: Option<AggregateName>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormName {
    /// A logistic regression
    Logistic,
    /// A scorecard: integer points on a few bins and levels, with the lowest training log-loss of all on the same candidates
    Card,
    /// A rule of up to three conditions: the one of the label audit, sought on the training rows alone
    Rule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CalibrationName {
    /// Platt's sigmoid, with two parameters
    Sigmoid,
    /// A rising curve, for a thousand rows and more
    Isotonic,
}

/// Cross-validated strength of the penalty, and the threshold for a cost, a capacity or a recall
///
/// The rows that `train` would keep for testing with the same `--seed` and `--test-size` are not looked at.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  assist-cli tune --data data/assistance.csv --schema data/assistance.schema.toml --cost 1,5 --capacity 200 --users 400"
)]
pub(crate) struct TuneArguments {
    #[command(flatten)]
    pub(crate) data: DataArguments,
    #[command(flatten)]
    pub(crate) split: SplitOptions,
    #[command(flatten)]
    pub(crate) fit: FitOptions,
    /// Folds of the training rows, stratified and shuffled by `--seed`; with `--time` they follow each other
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(2..))]
    pub(crate) folds: u8,
    /// Inverse strengths to try, with commas between them [default: `--c`, or else ten from 0.0001 to 10000]
    #[arg(long, value_name = "C,...", value_delimiter = ',', value_parser = positive, conflicts_with = "c")]
    pub(crate) cs: Vec<f64>,
    /// What the folds are judged by
    #[arg(long, value_enum, default_value_t = ScoringName::LogLoss)]
    pub(crate) scoring: ScoringName,
    /// Costs of a false positive (helped without need) and of a false negative (in need and not helped)
    #[arg(long, value_name = "FP,FN", value_parser = costs)]
    pub(crate) cost: Option<[f64; 2]>,
    /// How many users can be helped, of those that `--users` counts
    #[arg(long, value_name = "N", requires = "users")]
    pub(crate) capacity: Option<u64>,
    /// How many users there are, such as in a day
    #[arg(long, value_name = "N", requires = "capacity", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) users: Option<u64>,
    /// Least recall: share of the users in need who have to be found; 1 for all of them
    #[arg(long, value_name = "SHARE", value_parser = share_or_all)]
    pub(crate) recall: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScoringName {
    LogLoss,
    Brier,
    Accuracy,
    BalancedAccuracy,
    RocAuc,
    AveragePrecision,
}

impl ScoringName {
    pub(crate) fn scoring(self) -> Scoring {
        match self {
            Self::LogLoss => Scoring::LogLoss,
            Self::Brier => Scoring::Brier,
            Self::Accuracy => Scoring::Accuracy,
            Self::BalancedAccuracy => Scoring::BalancedAccuracy,
            Self::RocAuc => Scoring::RocAuc,
            Self::AveragePrecision => Scoring::AveragePrecision,
        }
    }
}

/// Logistic regression beside tree, forest and controls on the same split, and what that says
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  assist-cli compare --data data/assistance.csv --schema data/assistance.schema.toml"
)]
pub(crate) struct CompareArguments {
    #[command(flatten)]
    pub(crate) data: DataArguments,
    #[command(flatten)]
    pub(crate) split: SplitOptions,
    #[command(flatten)]
    pub(crate) fit: FitOptions,
    #[command(flatten)]
    pub(crate) compare: CompareOptions,
}

/// How models are put beside each other.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct CompareOptions {
    /// Trees of the forest
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) trees: u16,
    /// Most training rows that trees are grown on, and most test rows that models are judged by; more are drawn from
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(100..))]
    pub(crate) compare_rows: u32,
}

impl TrainArguments {
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        let mut settings = self.data.settings(self.split, self.fit.counts)?;
        // A schema that asks for a regression has nothing to say of a card or a rule that an option asks for.
        let form = self.form.map_or(settings.fit.form, FormName::form);
        if form.has_points() && !settings.fit.form.has_points() {
            let base_rate = settings.fit.base_rate;
            settings.fit = FitSettings::default();
            settings.fit.base_rate = base_rate;
        }
        // Settings do not tell a default that is stated from one that is not.
        if let Some(setting) = self.stated_of_a_regression().filter(|_| form.has_points()) {
            return Err(Error::OfLogisticRegression { setting, form }.into());
        }
        self.fit.apply(&mut settings);
        let fit = &mut settings.fit;
        fit.form = self.form.map_or(fit.form, FormName::form);
        fit.lines = self.lines.or(fit.lines);
        fit.points = self.points.or(fit.points);
        fit.time_limit = self.time_limit.or(fit.time_limit);
        fit.std_errors = self.std_errors.map_or(fit.std_errors, StdErrors::covariance);
        fit.inference = self.inference.map_or(fit.inference, Inference::level);
        fit.base_rate = self.base_rate.or(fit.base_rate);
        settings.calibration = self.calibrate.map(|name| {
            let method = match name {
                CalibrationName::Sigmoid => CalibrationMethod::Sigmoid,
                CalibrationName::Isotonic => CalibrationMethod::Isotonic,
            };
            CalibrationSettings::new(method, self.folds)
        });
        settings.threshold = self.threshold;
        settings.bootstrap = self.bootstrap;
        settings.all_rows = self.all_rows;
        settings.allow_unconverged = self.allow_unconverged;
        Ok(settings)
    }
}

impl TrainArguments {
    /// The first option with a default that only a logistic regression has, in the order in which settings are refused.
    fn stated_of_a_regression(&self) -> Option<&'static str> {
        let stated = [
            ("the penalty", self.fit.penalty.is_some()),
            ("the class weight", self.fit.class_weight.is_some()),
            ("the maximum number of solver iterations", self.fit.max_iter.is_some()),
            ("the tolerance", self.fit.tol.is_some()),
            ("the method of standard errors", self.std_errors.is_some()),
            ("the level of inference", self.inference.is_some()),
        ];
        stated.into_iter().find_map(|(setting, is_stated)| is_stated.then_some(setting))
    }
}

impl FormName {
    fn form(self) -> Form {
        match self {
            Self::Logistic => Form::Logistic,
            Self::Card => Form::Card,
            Self::Rule => Form::Rule,
        }
    }
}

impl TuneArguments {
    pub(crate) fn settings(&self) -> Result<(Settings, TuneSettings), Failure> {
        let mut settings = self.data.settings(self.split, self.fit.counts)?;
        self.fit.apply(&mut settings);
        let mut tune = TuneSettings::default();
        tune.folds = self.folds;
        tune.cs.clone_from(&self.cs);
        tune.scoring = self.scoring.scoring();
        tune.cost = self.cost;
        tune.capacity = self.capacity.zip(self.users).map(|(capacity, users)| [capacity, users]);
        tune.recall = self.recall;
        Ok((settings, tune))
    }
}

impl CompareArguments {
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        let mut settings = self.data.settings(self.split, self.fit.counts)?;
        self.fit.apply(&mut settings);
        Ok(settings)
    }
}

impl CompareOptions {
    pub(crate) fn settings(self) -> CompareSettings {
        let mut settings = CompareSettings::default();
        settings.trees = self.trees;
        settings.rows = self.compare_rows;
        settings
    }
}
