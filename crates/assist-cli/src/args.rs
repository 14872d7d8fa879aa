//! The command line as it is typed.

use std::path::PathBuf;

use assist_data::LabelLaw;
use assist_eval::Scoring;
use assist_model::{Covariance, InferenceLevel};
use assist_score::{ClassWeight, Penalty};
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Learn which users need assistance from a table of interactions, and predict it for the next one.
#[derive(Debug, Parser)]
#[command(
    name = "assist-cli",
    version,
    arg_required_else_help = true,
    after_help = "Example:\n  assist-cli train --data data/assistance.csv --schema data/assistance.schema.toml"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print JSON on standard output, and nothing else there
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,
    /// Print no progress and no summary; errors and warnings stay
    #[arg(long, short, global = true, help_heading = "Output")]
    pub(crate) quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, help_heading = "Output")]
    pub(crate) color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    pub(crate) fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Generate(GenerateArguments),
    Inspect(InspectArguments),
    Split(SplitArguments),
    Train(TrainArguments),
    Tune(TuneArguments),
    Evaluate(EvaluateArguments),
    Explain(ExplainArguments),
    Compare(CompareArguments),
    Report(ReportArguments),
    Predict(PredictArguments),
}

/// Make a synthetic interaction table
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  assist-cli generate --rows 1000 --seed 7 --label noisy --out users.csv")]
pub(crate) struct GenerateArguments {
    /// How many rows
    #[arg(long, default_value_t = 14_000)]
    pub(crate) rows: u64,
    /// Seed: the same seed gives the same table
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u64,
    /// How the label comes about: by a rule without exception, or by lot with a probability that a logistic law gives
    #[arg(long, value_enum, default_value_t = Label::Rule)]
    pub(crate) label: Label,
    /// The file to write; its ending (.csv, .tsv, .parquet, .arrow, .jsonl) is its format
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Label {
    Rule,
    Noisy,
}

impl Label {
    pub(crate) fn law(self) -> LabelLaw {
        match self {
            Self::Rule => LabelLaw::Rule,
            Self::Noisy => LabelLaw::Noisy,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Noisy => "noisy",
        }
    }
}

/// The table and the roles of its columns.
#[derive(Debug, Args)]
pub(crate) struct DataArguments {
    /// CSV, Parquet, Arrow IPC or JSON lines; several files or a pattern are one table; `-` is CSV on standard input
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) data: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) roles: RoleArguments,
}

/// The roles of the columns, from a file or from options.
#[derive(Debug, Args)]
pub(crate) struct RoleArguments {
    /// TOML file with the roles of the columns
    #[arg(long, value_name = "FILE", conflicts_with_all = ["target", "positive", "drop"])]
    pub(crate) schema: Option<PathBuf>,
    /// The column with the label
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
    /// The label that means "needs assistance" [default: the one that sorts last]
    #[arg(long, value_name = "VALUE")]
    pub(crate) positive: Option<String>,
    /// Columns that are no features [default: `user_id` and `id`]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) drop: Option<Vec<String>>,
}

/// How rows are split into a training and a test part.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct SplitOptions {
    /// Share of the rows that is kept for testing
    #[arg(long, default_value_t = 0.2, value_parser = share)]
    pub(crate) test_size: f64,
    /// Seed of the split
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u32,
    /// How rows are drawn: as scikit-learn does, row for row, or by selection in one pass
    #[arg(long, value_enum, default_value_t = SplitMethod::Sklearn)]
    pub(crate) split: SplitMethod,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitMethod {
    Sklearn,
    Selection,
}

impl SplitMethod {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sklearn => "sklearn",
            Self::Selection => "selection",
        }
    }
}

/// What the columns hold, and whether the label is a formula of them
///
/// The audit looks for the smallest rule of at most three conditions, joined by AND and OR, that reproduces the label. It seeks
/// on the rows that `train` would train on, and puts what it finds to all.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  assist-cli inspect --data data/assistance.csv --schema data/assistance.schema.toml"
)]
pub(crate) struct InspectArguments {
    #[command(flatten)]
    pub(crate) data: DataArguments,
    #[command(flatten)]
    pub(crate) split: SplitOptions,
    /// The table has columns `n0` and `n1` instead of the target: one row for many observations
    #[arg(long)]
    pub(crate) counts: bool,
    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
}

/// Write a stratified training and test part of a table
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  assist-cli split --data data/assistance.csv --target needs_assistance_flag --out artifacts/split"
)]
pub(crate) struct SplitArguments {
    #[command(flatten)]
    pub(crate) data: DataArguments,
    #[command(flatten)]
    pub(crate) split: SplitOptions,
    /// The folder for `train.EXT` and `test.EXT`, in the format of the input
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
}

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
    /// How standard errors are computed
    #[arg(long, value_enum, default_value_t = StdErrors::Auto)]
    pub(crate) std_errors: StdErrors,
    /// How much is computed beyond standard errors: tests of columns, a certificate of separation, variance inflation and
    /// marginal effects; `auto` leaves them out for large tables
    #[arg(long, value_enum, default_value_t = Inference::Auto)]
    pub(crate) inference: Inference,
    /// Save a model even if its fit did not converge
    #[arg(long)]
    pub(crate) allow_unconverged: bool,
    /// Share of users who need assistance where the model will be used, for `probability` [default: that of the training rows]
    #[arg(long, value_name = "P", value_parser = share)]
    pub(crate) base_rate: Option<f64>,
    /// Learn the map from scores to probabilities on folds of the training rows that the model did not see
    #[arg(long, value_enum, value_name = "METHOD")]
    pub(crate) calibrate: Option<CalibrationMethod>,
    /// Folds of `--calibrate`
    #[arg(long, default_value_t = 5, requires = "calibrate", value_parser = clap::value_parser!(u8).range(2..))]
    pub(crate) folds: u8,
    /// Decide for class 1 where the probability is above this [default: where the score is above 0]
    #[arg(long, value_name = "P", value_parser = share)]
    pub(crate) threshold: Option<f64>,
    /// Samples of the bootstrap that gives intervals to figures without a formula; `evaluate` draws them by itself
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) bootstrap: u32,
}

/// What is fitted, and how.
#[derive(Debug, Args)]
pub(crate) struct FitOptions {
    /// Penalty on the coefficients
    #[arg(long, value_enum, default_value_t = PenaltyName::L2)]
    pub(crate) penalty: PenaltyName,
    /// Share of L1 in `elastic-net` [default: 0.5]
    #[arg(long, value_name = "RATIO", value_parser = ratio)]
    pub(crate) l1_ratio: Option<f64>,
    /// Inverse strength of the penalty [default: 1]
    #[arg(long, value_name = "C", value_parser = positive)]
    pub(crate) c: Option<f64>,
    /// Whether L2 includes the intercept, as in scikit-learn's liblinear solver [default: true]
    #[arg(long, value_name = "true|false")]
    pub(crate) intercept_penalised: Option<bool>,
    /// `balanced`, `none`, or the weights of class 0 and class 1 as `W0,W1`
    #[arg(long, default_value = "balanced", value_parser = class_weight, value_name = "WEIGHT")]
    pub(crate) class_weight: ClassWeight,
    /// How the optimum is sought, without L1 and Firth's penalty [default: lbfgs]
    #[arg(long, value_enum)]
    pub(crate) solver: Option<SolverName>,
    /// Most iterations of the solver
    #[arg(long, default_value_t = 2000)]
    pub(crate) max_iter: u64,
    /// Largest entry of the mean objective's gradient at which a fit counts as converged
    #[arg(long, default_value = "1e-8", value_parser = positive)]
    pub(crate) tol: f64,
    /// What to do with missing cells: refuse them, drop their rows, or make them a level (text) or the mean with an indicator (numbers)
    #[arg(long, value_enum, default_value_t = Missing::Error)]
    pub(crate) missing: Missing,
    /// Make steps of numeric columns: supervised cut points become features
    #[arg(long)]
    pub(crate) bins: bool,
    /// The table has columns `n0` and `n1` instead of the target: one row for many observations
    #[arg(long)]
    pub(crate) counts: bool,
    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PenaltyName {
    /// Half the squared length of the coefficients
    L2,
    /// The sum of the absolute coefficients, which sets many of them to zero
    L1,
    /// A mixture of both
    ElasticNet,
    /// Jeffreys' prior, whose optimum is finite even where the classes are separated
    Firth,
    /// Maximum likelihood
    None,
}

impl PenaltyName {
    /// `l1_ratio` is looked at for the elastic net alone.
    pub(crate) fn penalty(self, l1_ratio: Option<f64>) -> Penalty {
        match self {
            Self::L2 => Penalty::L2,
            Self::L1 => Penalty::L1,
            Self::ElasticNet => Penalty::ElasticNet { l1_ratio: l1_ratio.unwrap_or(0.5) },
            Self::Firth => Penalty::Firth,
            Self::None => Penalty::None,
        }
    }
}

impl FitOptions {
    pub(crate) fn penalty(&self) -> Penalty {
        self.penalty.penalty(self.l1_ratio)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StdErrors {
    /// The inverse Hessian without weights and penalty, else the sandwich
    Auto,
    /// Valid without weights and penalty only
    InverseHessian,
    /// The sandwich
    Hc0,
    /// The sandwich, corrected for the number of parameters
    Hc1,
}

impl StdErrors {
    pub(crate) fn covariance(self) -> Covariance {
        match self {
            Self::Auto => Covariance::Auto,
            Self::InverseHessian => Covariance::InverseHessian,
            Self::Hc0 => Covariance::Hc0,
            Self::Hc1 => Covariance::Hc1,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Inference {
    Auto,
    Basic,
    Full,
}

impl Inference {
    pub(crate) fn depth(self) -> InferenceLevel {
        match self {
            Self::Auto => InferenceLevel::Auto,
            Self::Basic => InferenceLevel::Basic,
            Self::Full => InferenceLevel::Full,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CalibrationMethod {
    /// Platt's sigmoid, with two parameters
    Sigmoid,
    /// A rising curve, for a thousand rows and more
    Isotonic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SolverName {
    Lbfgs,
    Newton,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Missing {
    Error,
    Drop,
    Level,
}

fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| *number > 0.0 && number.is_finite());
    number.ok_or_else(|| "expected a positive number".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| *number > 0.0 && *number < 1.0);
    number.ok_or_else(|| "expected a number between 0 and 1, such as 0.2".to_owned())
}

fn ratio(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| (0.0..=1.0).contains(number));
    number.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

fn costs(text: &str) -> Result<(f64, f64), String> {
    let costs = text.split_once(',').and_then(|(fp, fne)| Some((fp.trim().parse().ok()?, fne.trim().parse().ok()?)));
    costs
        .filter(|(fp, fne): &(f64, f64)| *fp > 0.0 && *fne > 0.0 && fp.is_finite() && fne.is_finite())
        .ok_or_else(|| "expected two positive numbers such as `1,5`".to_owned())
}

fn class_weight(text: &str) -> Result<ClassWeight, String> {
    match text {
        "balanced" => Ok(ClassWeight::Balanced),
        "none" => Ok(ClassWeight::None),
        _ => {
            let weights =
                text.split_once(',').and_then(|(w0, w1)| Some((w0.trim().parse().ok()?, w1.trim().parse().ok()?)));
            match weights {
                Some((w0, w1)) if f64::min(w0, w1) > 0.0 && f64::max(w0, w1).is_finite() => {
                    Ok(ClassWeight::Stated(w0, w1))
                }
                _ => Err("expected `balanced`, `none`, or two positive numbers such as `1.5,0.75`".to_owned()),
            }
        }
    }
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
    /// Folds of the training rows, stratified and shuffled by `--seed`
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(2..))]
    pub(crate) folds: u8,
    /// Inverse strengths to try, with commas between them [default: `--c`, or else ten from 0.0001 to 10000]
    #[arg(long, value_name = "C,...", value_delimiter = ',', value_parser = positive, conflicts_with = "c")]
    pub(crate) cs: Vec<f64>,
    /// What the folds are judged by
    #[arg(long, value_enum, default_value_t = ScoringName::LogLoss)]
    pub(crate) scoring: ScoringName,
    /// Costs of a user who is helped without need, and of one in need who is not
    #[arg(long, value_name = "FP,FN", value_parser = costs)]
    pub(crate) cost: Option<(f64, f64)>,
    /// How many users can be helped, of those that `--users` counts
    #[arg(long, value_name = "N", requires = "users")]
    pub(crate) capacity: Option<u64>,
    /// How many users there are, such as in a day
    #[arg(long, value_name = "N", requires = "capacity", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) users: Option<u64>,
    /// Least share of the users in need who have to be found
    #[arg(long, value_name = "SHARE", value_parser = share)]
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

/// Where the model lies.
#[derive(Debug, Args)]
pub(crate) struct ModelArguments {
    /// The folder with `logistic_model.postcard` and `model_features.postcard`
    #[arg(long, value_name = "DIR", default_value = "artifacts")]
    pub(crate) model: PathBuf,
}

/// Metrics of a saved model on a labelled table
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  assist-cli evaluate --model artifacts --data data/assistance.csv")]
pub(crate) struct EvaluateArguments {
    #[command(flatten)]
    pub(crate) model: ModelArguments,
    /// CSV, Parquet, Arrow IPC or JSON lines; several files or a pattern are one table; `-` is CSV on standard input
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) data: Vec<PathBuf>,
    /// Columns whose levels are evaluated one by one; they need not be features
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub(crate) slices: Vec<String>,
    /// Fewest observations of a level that has figures of its own
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) min_group: u64,
    /// Samples of the bootstrap that gives intervals to figures without a formula [default: 1000 up to 20,000 rows, else 0]
    #[arg(long, value_name = "N")]
    pub(crate) bootstrap: Option<u32>,
    /// Leave rows out that the model rejects, and count them, instead of ending at the first
    #[arg(long)]
    pub(crate) allow_rejected: bool,
    /// The table has columns `n0` and `n1` instead of the target: one row for many observations
    #[arg(long)]
    pub(crate) counts: bool,
    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
}

/// Coefficients, odds ratios and what they rest on; with a user given, that prediction taken apart
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  assist-cli explain --model artifacts\n  assist-cli explain --set error_count=2 --set task_completion_time_sec=58 --set user_satisfaction_score=5 --set age_group=60+ --set device_type=Smartwatch --set input_mode=Voice --set \"task_type=Make Payment\""
)]
pub(crate) struct ExplainArguments {
    #[command(flatten)]
    pub(crate) model: ModelArguments,
    /// A value of the user whose prediction is to be taken apart
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
}

/// How models are put beside each other.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct TrialOptions {
    /// Trees of the forest
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) trees: u16,
    /// Most rows of either part that trees are grown on and models are judged by; more are drawn from
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(100..))]
    pub(crate) compare_rows: u32,
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
    pub(crate) trial: TrialOptions,
}

/// A page and a model card for people: the verdict, drawings, and the figures behind them
///
/// Reads the table that the model was trained on again, and judges on the same rows.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  assist-cli report --model artifacts --data data/assistance.csv")]
pub(crate) struct ReportArguments {
    #[command(flatten)]
    pub(crate) model: ModelArguments,
    /// The table that the model was trained on
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) data: Vec<PathBuf>,
    /// The page; the model card is written beside it [default: `report.html` in the model's folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trial: TrialOptions,
    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
}

/// Predict for one user, asked or given, or for every row of a table
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  assist-cli predict\n  assist-cli predict --set error_count=2 --set task_completion_time_sec=58 --set user_satisfaction_score=5 --set age_group=60+ --set device_type=Smartwatch --set input_mode=Voice --set \"task_type=Make Payment\"\n  assist-cli predict --input data/assistance.csv --output artifacts/scored.parquet"
)]
pub(crate) struct PredictArguments {
    #[command(flatten)]
    pub(crate) model: ModelArguments,
    /// A value of the user; without it and without `--input` the values are asked for
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "input")]
    pub(crate) set: Vec<String>,
    /// A table with one user a row
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) input: Vec<PathBuf>,
    /// Where to write the table with its predictions: .csv, .tsv, .parquet, .arrow or .jsonl [default: CSV on standard output]
    #[arg(long, value_name = "FILE", requires = "input", conflicts_with = "set")]
    pub(crate) output: Option<PathBuf>,
    /// Take each prediction apart into contributions
    #[arg(long)]
    pub(crate) explain: bool,
    /// Exit with 0 even if rows were rejected
    #[arg(long)]
    pub(crate) allow_rejected: bool,
}
