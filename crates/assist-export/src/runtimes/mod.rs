//! Real runtimes as child processes: each gets all points in one file and writes all outcomes to another, so that starting it
//! costs once and not once a point.

use crate::error::Error;
use crate::export::Format;

mod c;
mod js;
pub(crate) mod onnx;
mod python;
mod runtime;
pub(crate) mod sql;
mod wasmi;
mod work;

pub(crate) use runtime::Runtime;
pub(crate) use work::{Ran, Work};

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
