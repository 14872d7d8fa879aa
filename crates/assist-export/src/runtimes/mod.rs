//! Real runtimes as child processes: each gets all points in one file and writes all outcomes to another, so that starting it
//! costs once and not once a point.

use crate::error::Error;
use crate::export::Format;
use crate::targets::dialect::Dialect;

mod c;
mod js;
pub(crate) mod onnx;
mod python;
pub(crate) mod sql;
mod wasmi;
mod work;

pub(crate) use work::{Ran, Work};

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
        }
    }
}

/// Runs an export over all points.
pub(crate) fn run(work: &Work<'_>) -> Result<Ran, Error> {
    match (work.runtime, work.format) {
        (Runtime::CCompiler, _) => c::run(work),
        (Runtime::Wasmi, _) => wasmi::run(work),
        (Runtime::Node, Format::Wasm) => js::run_wasm(work),
        (Runtime::Node, _) => js::run(work),
        (Runtime::Python, _) => python::run(work),
        (Runtime::Onnx, Format::Onnx(profile)) => onnx::run(work, *profile),
        (Runtime::Onnx, _) => Ok(Ran::Absent("this is no graph".into())),
        (Runtime::Engine(dialect), _) => sql::run(work, dialect),
    }
}
