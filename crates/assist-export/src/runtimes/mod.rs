//! Real runtimes as child processes: each gets all points in one file and writes all outcomes to another, so that starting it
//! costs once and not once a point.

use crate::error::Error;
use crate::export::Format;

mod c;
mod js;
pub(crate) mod onnx;
mod python;
pub(crate) mod sql;
mod work;

pub(crate) use work::{Ran, Work};

/// Runs an export over all points.
pub(crate) fn run(work: &Work<'_>) -> Result<Ran, Error> {
    match work.format {
        Format::C | Format::CFixed => c::run(work),
        Format::JavaScript => js::run(work),
        Format::Wasm => js::run_wasm(work),
        Format::Json => python::run(work),
        Format::Onnx(profile) => onnx::run(work, *profile),
        Format::Sql(options) => sql::run(work, options.dialect),
    }
}
