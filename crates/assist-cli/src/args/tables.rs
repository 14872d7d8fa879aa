//! Options of the commands that make, look at and split tables.

use std::path::PathBuf;

use assist_learn::LabelLaw;
use clap::{Args, ValueEnum};

use super::roles::{DataArguments, SplitOptions, ThreadOptions};

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
    /// How the label comes about: by a rule without exception, or at random, with a probability from a logistic model
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

/// What the columns hold, and whether the label is a formula of them
///
/// The audit looks for the smallest rule of at most three conditions, joined by AND and OR, that reproduces the label. It is
/// sought on the training rows, as `train` splits them, and checked on all rows.
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
    /// Write what was found of table and columns as a schema file (TOML), to be edited and given as `--schema`
    #[arg(long, value_name = "FILE")]
    pub(crate) write_schema: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) threads: ThreadOptions,
}

/// Write the training and the test rows of a table, stratified by the label, or by `--time` the latest rows as test rows
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  assist-cli split --data data/assistance.csv --target needs_assistance_flag --out artifacts/split"
)]
pub(crate) struct SplitArguments {
    #[command(flatten)]
    pub(crate) data: DataArguments,
    #[command(flatten)]
    pub(crate) split: SplitOptions,
    /// The folder for `train.EXT` and `test.EXT`, in the format of the input (as CSV, where that is a sheet)
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) threads: ThreadOptions,
}
