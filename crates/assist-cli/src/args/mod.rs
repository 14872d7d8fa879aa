//! The command line as it is typed. What is checked beyond single values, and all the work, is the library's.

mod counts;
mod engine;
mod exports;
mod fit;
mod learning;
mod models;
mod monitor;
mod reading;
mod roles;
mod serve;
mod tables;
mod values;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use counts::CountsArguments;
#[cfg_attr(not(feature = "distributed"), expect(unused_imports, reason = "options that are refused"))]
pub(crate) use engine::EngineName;
pub(crate) use engine::{AggregateName, EngineOptions};
pub(crate) use exports::DialectName;
pub(crate) use exports::{DiffArguments, ExportArguments, VerifyArguments};
pub(crate) use learning::{CompareArguments, TrainArguments, TuneArguments};
pub(crate) use models::{EvaluateArguments, ExplainArguments, PredictArguments, ReportArguments};
pub(crate) use monitor::MonitorArguments;
pub(crate) use roles::open_as;
pub(crate) use serve::{LogFormat, LogLevel, ServeArguments};
pub(crate) use tables::{GenerateArguments, InspectArguments, SplitArguments};

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
    Export(ExportArguments),
    Verify(VerifyArguments),
    Diff(DiffArguments),
    Serve(ServeArguments),
    Monitor(MonitorArguments),
    Counts(Box<CountsArguments>),
    Completions(CompletionsArguments),
    /// The manual page, in roff, on standard output
    #[command(after_help = "Example:\n  assist-cli man")]
    Man,
}

/// Completions of commands and options for a shell, on standard output
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  assist-cli completions bash")]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}
