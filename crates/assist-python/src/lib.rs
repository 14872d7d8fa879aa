//! The native half of the Python package `assist-learn`: tables, models, and the work of the crate `assist-learn`, as the module
//! `assist_learn._native`. What a user of Python sees is in `python/assist_learn`, which words, checks and documents it.
//!
//! Settings come in and reports go out as JSON, whose keys are those of the library: there is one definition of each.

mod advice;
mod columns;
mod errors;
mod learn;
mod model;
mod threads;

use pyo3::pymodule;

/// The module.
#[pymodule]
#[pyo3(name = "_native")]
mod native {
    #[pymodule_export]
    use super::columns::Columns;
    #[pymodule_export]
    use super::errors::AssistError;
    #[pymodule_export]
    use super::learn::{Trained, compare, counts, evaluate, fit_columns, inspect, pages_of_folder, train, tune};
    #[pymodule_export]
    use super::model::Model;

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
