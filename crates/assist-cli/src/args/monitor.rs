//! Options of the command that watches a model in use.

use std::path::PathBuf;

use clap::Args;

use super::models::ModelArguments;
use super::reading::WrittenOptions;
use super::roles::ThreadOptions;

/// Later rows beside those that a model was trained on: which columns have drifted, and whether probabilities still hold
///
/// With the target among the columns the probabilities are judged by the outcomes; without it only the drift is.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  assist-cli monitor --model artifacts --data data/assistance.csv")]
pub(crate) struct MonitorArguments {
    #[command(flatten)]
    pub(crate) model: ModelArguments,
    #[command(flatten)]
    pub(crate) of: MonitoredArguments,
    /// Exit with 1 if a column or the scores have drifted much
    #[arg(long)]
    pub(crate) fail_on_drift: bool,
    #[command(flatten)]
    pub(crate) written: WrittenOptions,
    #[command(flatten)]
    pub(crate) threads: ThreadOptions,
}

/// What is monitored.
#[derive(Debug, Args)]
pub(crate) struct MonitoredArguments {
    /// Later rows, with the target or without it: CSV, Parquet, Arrow IPC, JSON, xlsx, compressed or not; several files, a pattern
    /// or a folder are one table; `-` is standard input
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) data: Vec<PathBuf>,
    /// The table has columns `n0` and `n1` instead of the target: one row for many observations
    #[arg(long)]
    pub(crate) counts: bool,
}
