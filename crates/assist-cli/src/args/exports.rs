//! Options of the commands that carry a model elsewhere.

use std::path::PathBuf;

use assist_export::{Compiler, Dialect, DomainSettings, Format, OnnxProfile, SqlOptions, VerifySettings};
use clap::{Args, ValueEnum};

use super::models::ModelArguments;
use super::reading::WrittenOptions;

/// The whole model for another language: encoding, rejections and probability
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  assist-cli export --format c --out helper.c\n  assist-cli export --format sql --dialect duckdb --table users --out score.sql"
)]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    pub(crate) model: ModelArguments,
    /// The language or form
    #[arg(long, value_enum)]
    pub(crate) format: FormatName,
    /// The file; what else belongs to it is written beside it, under the same name
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Write a table of about so many inputs with their outcomes as well, and a program that checks the export against it, for `c`, `js`
    /// and `json`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) conformance: Option<u32>,
    /// The arithmetic, for `c` [default: double]
    #[arg(long, value_enum)]
    pub(crate) arithmetic: Option<ArithmeticName>,
    /// Where the graph runs, for `onnx` [default: server]
    #[arg(long, value_enum)]
    pub(crate) profile: Option<ProfileName>,
    /// Whose SQL it is, for `sql` [default: ansi]
    #[arg(long, value_enum)]
    pub(crate) dialect: Option<DialectName>,
    /// The table that the query reads, for `sql` [default: rows]
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// A column that the query passes on, such as a key, for `sql`; one name an option
    #[arg(long, value_name = "COLUMN")]
    pub(crate) pass: Vec<String>,
}

/// Every export against the scorer, in the runtimes that are there: at all points of the input or at a sample of them
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  assist-cli verify --model artifacts")]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    pub(crate) model: ModelArguments,
    /// Formats to verify [default: all]
    #[arg(long, value_enum)]
    pub(crate) format: Vec<FormatName>,
    /// Most points up to which all are tried; of more a sample is drawn
    #[arg(long, value_name = "N", default_value_t = DomainSettings::default().most_points)]
    pub(crate) most_points: usize,
    /// Points of the sample
    #[arg(long, value_name = "N", default_value_t = DomainSettings::default().sample)]
    pub(crate) sample: usize,
    /// Seed of the sample
    #[arg(long, default_value_t = DomainSettings::default().seed)]
    pub(crate) seed: u64,
    /// Fail where a runtime is not there
    #[arg(long)]
    pub(crate) require_all: bool,
    /// What compiles C, with its options, such as a compiler for another processor [default: `cc`, `gcc` or `clang`]
    #[arg(long, value_name = "COMMAND")]
    pub(crate) compiler: Option<String>,
    /// What runs the programs of that compiler, such as `qemu-aarch64` [default: this machine]
    #[arg(long, value_name = "PROGRAM", requires = "compiler")]
    pub(crate) emulator: Option<String>,
}

/// Two models beside each other: the users whose decision differs
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  assist-cli diff --model artifacts --against artifacts/strict\n  assist-cli diff --model artifacts --against artifacts/strict --data data/assistance.csv"
)]
pub(crate) struct DiffArguments {
    #[command(flatten)]
    pub(crate) model: ModelArguments,
    /// The folder of the other model
    #[arg(long, value_name = "DIR")]
    pub(crate) against: PathBuf,
    /// Most points up to which all are compared; of more a sample is drawn
    #[arg(long, value_name = "N", default_value_t = DomainSettings::default().most_points)]
    pub(crate) most_points: usize,
    /// A table of users: how many of them get another decision. With it the models may take different columns
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) data: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) written: WrittenOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// A header and a source of C99, without dependencies
    C,
    /// An ES module with its types
    Js,
    /// A WebAssembly module and its loader
    Wasm,
    /// A documented form for any other language
    Json,
    /// A graph of ONNX
    Onnx,
    /// One SELECT
    Sql,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ArithmeticName {
    /// The same bits as the scorer
    Double,
    /// Whole numbers only, for processors without floats
    Fixed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileName {
    /// Texts and 64-bit floats
    Server,
    /// Codes and 32-bit floats, which is what browsers have
    Web,
}

impl ProfileName {
    fn profile(self) -> OnnxProfile {
        match self {
            Self::Server => OnnxProfile::Server,
            Self::Web => OnnxProfile::Web,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DialectName {
    Ansi,
    #[value(name = "duckdb")]
    DuckDb,
    Postgres,
    Sqlite,
    Spark,
    #[value(name = "bigquery")]
    BigQuery,
    Snowflake,
    Trino,
}

impl DialectName {
    pub(crate) fn dialect(self) -> Dialect {
        match self {
            Self::Ansi => Dialect::Ansi,
            Self::DuckDb => Dialect::DuckDb,
            Self::Postgres => Dialect::Postgres,
            Self::Sqlite => Dialect::Sqlite,
            Self::Spark => Dialect::Spark,
            Self::BigQuery => Dialect::BigQuery,
            Self::Snowflake => Dialect::Snowflake,
            Self::Trino => Dialect::Trino,
        }
    }
}

impl FormatName {
    /// What is verified: every variant of the format.
    fn variants(self) -> Vec<Format> {
        match self {
            Self::C => vec![Format::C, Format::CFixed],
            Self::Js => vec![Format::JavaScript],
            Self::Wasm => vec![Format::Wasm],
            Self::Json => vec![Format::Json],
            Self::Onnx => vec![Format::Onnx(OnnxProfile::Server), Format::Onnx(OnnxProfile::Web)],
            Self::Sql => {
                let dialects = DialectName::value_variants().iter().map(|name| name.dialect());
                dialects.map(|dialect| Format::Sql(SqlOptions::new(dialect))).collect()
            }
        }
    }
}

impl ExportArguments {
    /// The format with its options, or the first option that has no effect on it.
    pub(crate) fn format(&self) -> Result<Format, &'static str> {
        let options = [
            ("--arithmetic", FormatName::C, self.arithmetic.is_some()),
            ("--profile", FormatName::Onnx, self.profile.is_some()),
            ("--dialect", FormatName::Sql, self.dialect.is_some()),
            ("--table", FormatName::Sql, self.table.is_some()),
            ("--pass", FormatName::Sql, !self.pass.is_empty()),
        ];
        let is_checked = matches!(self.format, FormatName::C | FormatName::Js | FormatName::Json)
            && self.arithmetic != Some(ArithmeticName::Fixed);
        if self.conformance.is_some() && !is_checked {
            return Err("--conformance");
        }
        if let Some((option, ..)) = options.into_iter().find(|(_, of, is_given)| *is_given && *of != self.format) {
            return Err(option);
        }
        Ok(match self.format {
            FormatName::C if self.arithmetic == Some(ArithmeticName::Fixed) => Format::CFixed,
            FormatName::C => Format::C,
            FormatName::Js => Format::JavaScript,
            FormatName::Wasm => Format::Wasm,
            FormatName::Json => Format::Json,
            FormatName::Onnx => Format::Onnx(self.profile.map_or(OnnxProfile::Server, ProfileName::profile)),
            FormatName::Sql => {
                let mut options = SqlOptions::new(self.dialect.map_or(Dialect::Ansi, DialectName::dialect));
                options.table = self.table.clone().unwrap_or(options.table);
                options.keys.clone_from(&self.pass);
                Format::Sql(options)
            }
        })
    }
}

impl VerifyArguments {
    pub(crate) fn formats(&self) -> Vec<Format> {
        let named = if self.format.is_empty() { FormatName::value_variants() } else { &self.format };
        named.iter().flat_map(|name| name.variants()).collect()
    }

    pub(crate) fn settings(&self) -> VerifySettings {
        let compiler = self.compiler.as_ref().map(|command| Compiler {
            command: command.split_whitespace().map(Into::into).collect(),
            emulator: self.emulator.clone(),
        });
        let domain = DomainSettings { most_points: self.most_points, sample: self.sample, seed: self.seed };
        VerifySettings { domain, compiler }
    }
}
