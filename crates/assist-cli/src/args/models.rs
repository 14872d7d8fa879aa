//! Options of the commands that use a saved model.

use std::path::PathBuf;

use clap::Args;

use super::engine::EngineOptions;
use super::learning::CompareOptions;
use super::reading::WrittenOptions;
use super::roles::ThreadOptions;

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
    /// CSV, Parquet, Arrow IPC, JSON, xlsx, compressed or not; several files, a pattern or a folder are one table; `-` is
    /// standard input
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) data: Vec<PathBuf>,
    /// Columns whose levels are evaluated one by one; they need not be features
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',')]
    pub(crate) slices: Vec<String>,
    /// Fewest observations of a level that has figures of its own
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) min_group: u64,
    /// The column that names users, by which intervals are made; `none` for no groups [default: that of the training, where the
    /// table has it]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group: Option<String>,
    /// Samples of the bootstrap that gives intervals to figures without a formula [default: 1000 up to 20,000 rows, else 0]
    #[arg(long, value_name = "N")]
    pub(crate) bootstrap: Option<u32>,
    /// Leave rows out that the model rejects, and count them, instead of ending at the first
    #[arg(long)]
    pub(crate) allow_rejected: bool,
    /// The column that says how much each row weighs [default: all the same]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) weight: Option<String>,
    /// The table has columns `n0` and `n1` instead of the target: one row for many observations
    #[arg(long)]
    pub(crate) counts: bool,
    #[command(flatten)]
    pub(crate) written: WrittenOptions,
    #[command(flatten)]
    pub(crate) threads: ThreadOptions,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

/// Coefficients, odds ratios and what they rest on; with a user given, explain that prediction
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  assist-cli explain --model artifacts\n  assist-cli explain --set error_count=2 --set task_completion_time_sec=58 --set user_satisfaction_score=5 --set age_group=60+ --set device_type=Smartwatch --set input_mode=Voice --set \"task_type=Make Payment\""
)]
pub(crate) struct ExplainArguments {
    #[command(flatten)]
    pub(crate) model: ModelArguments,
    /// A value of the user whose prediction is explained
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
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
    pub(crate) compare: CompareOptions,
    #[command(flatten)]
    pub(crate) written: WrittenOptions,
    #[command(flatten)]
    pub(crate) threads: ThreadOptions,
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
    /// What the names of the added columns begin with [default: nothing, or `assist_` where the input has one of the names]
    #[arg(long, value_name = "TEXT", requires = "input", conflicts_with = "set")]
    pub(crate) prefix: Option<String>,
    /// Explain each prediction: what every feature adds to the score
    #[arg(long)]
    pub(crate) explain: bool,
    /// Exit with 0 even if rows were rejected
    #[arg(long)]
    pub(crate) allow_rejected: bool,
    #[command(flatten)]
    pub(crate) written: WrittenOptions,
    #[command(flatten)]
    pub(crate) threads: ThreadOptions,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}
