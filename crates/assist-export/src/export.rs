//! The one door: a model and a format go in, files come out.

use assist_score::Model;
use std::fmt;

use crate::error::Error;
use crate::exported_file::ExportedFile;
use crate::names::identifier;
use crate::plan::Plan;
use crate::targets::dialect::SqlOptions;
use crate::targets::onnx::OnnxProfile;
use crate::targets::{c, c_fixed, js, json, onnx, sql, wasm};

/// What a model is printed as.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// A header and a source of C99.
    C,
    /// The same with whole numbers only, for processors without floats.
    CFixed,
    /// An ES module with its types.
    JavaScript,
    /// The documented JSON form, which `docs/export/score.py` reads.
    Json,
    /// A WebAssembly module, and its loader for JavaScript.
    Wasm,
    /// A graph of ONNX.
    Onnx(OnnxProfile),
    /// One SELECT.
    Sql(SqlOptions),
}

impl Format {
    /// By how much a probability may differ: not at all but where an engine computes the exponential.
    pub(crate) fn tolerance(&self) -> f64 {
        match self {
            Self::C | Self::JavaScript | Self::Json | Self::Wasm => 0.0,
            Self::Sql(_) | Self::Onnx(OnnxProfile::Server) => 1e-14,
            Self::Onnx(OnnxProfile::Web) => 1e-4,
            Self::CFixed => 2e-4,
        }
    }

    /// Whether scores have the same bits: all do but those of 32-bit floats and of fractions.
    pub(crate) fn has_exact_scores(&self) -> bool {
        !matches!(self, Self::Onnx(OnnxProfile::Web) | Self::CFixed)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::C => f.write_str("c"),
            Self::CFixed => f.write_str("c (fixed)"),
            Self::JavaScript => f.write_str("js"),
            Self::Json => f.write_str("json"),
            Self::Wasm => f.write_str("wasm"),
            Self::Onnx(OnnxProfile::Server) => f.write_str("onnx (server)"),
            Self::Onnx(OnnxProfile::Web) => f.write_str("onnx (web)"),
            Self::Sql(options) => write!(f, "sql ({})", options.dialect),
        }
    }
}

/// Prints a model. `name` is what its files and functions are called, as far as an identifier allows.
///
/// # Errors
///
/// [`Error::Limit`] where the format cannot hold the model.
pub fn export(model: &Model, format: &Format, name: &str) -> Result<Vec<ExportedFile>, Error> {
    print(&Plan::of(model)?, format, name)
}

/// Prints a plan, which need not be that of a model: tests change one to see whether that is found.
pub(crate) fn print(plan: &Plan, format: &Format, name: &str) -> Result<Vec<ExportedFile>, Error> {
    let name = identifier(name).unwrap_or_else(|| "assist_model".into());
    match format {
        Format::C => c::files(plan, &name),
        Format::CFixed => c_fixed::files(plan, &name),
        Format::JavaScript => Ok(js::files(plan, &name)),
        Format::Json => Ok(json::files(plan, &name)),
        Format::Wasm => Ok(wasm::files(plan, &name)),
        Format::Onnx(profile) => onnx::files(plan, *profile, &name),
        Format::Sql(options) => sql::files(plan, options, &name),
    }
}
