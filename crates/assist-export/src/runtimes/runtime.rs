//! Which runtimes each format is compared in.

use crate::export::Format;
use crate::targets::dialect::Dialect;

/// What an export runs in. An engine of a dialect stands for what takes that dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runtime {
    CCompiler,
    Node,
    Wasmi,
    Python,
    Onnx,
    Engine(Dialect),
}

impl Runtime {
    /// All runtimes that an export is compared in, each for itself.
    pub(crate) fn of(format: &Format) -> Vec<Self> {
        match format {
            Format::C | Format::CFixed => vec![Self::CCompiler],
            Format::JavaScript => vec![Self::Node],
            Format::Wasm => vec![Self::Node, Self::Wasmi],
            Format::Json => vec![Self::Python],
            Format::Onnx(_) => vec![Self::Onnx],
            Format::Sql(options) => vec![Self::Engine(options.dialect)],
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CCompiler => "C compiler",
            Self::Node => "Node.js",
            Self::Wasmi => "wasmi",
            Self::Python => "Python",
            Self::Onnx => "onnxruntime",
            // DuckDB takes what the standard writes.
            Self::Engine(Dialect::Ansi | Dialect::DuckDb) => "DuckDB",
            Self::Engine(Dialect::Sqlite) => "SQLite",
            Self::Engine(Dialect::Postgres) => "PostgreSQL",
            Self::Engine(Dialect::Spark) => "Spark",
            Self::Engine(Dialect::BigQuery) => "BigQuery",
            Self::Engine(Dialect::Snowflake) => "Snowflake",
            Self::Engine(Dialect::Trino) => "Trino",
        }
    }
}
