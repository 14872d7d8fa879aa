//! Errors of the library as exceptions, with their advice in Python's words.

use std::io;

use assist_learn::{Error, ModelError};
use pyo3::create_exception;
use pyo3::exceptions::{PyFileNotFoundError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use crate::advice::{advice_of, message_of};

create_exception!(
    _native,
    AssistError,
    PyValueError,
    "What was asked for, or the table, is at fault.\n\nAttributes\n----------\nadvice : str or None\n    What to do about it, as arguments of this package."
);

/// The exception of an error.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    if let Some(kind) = io_kind(error) {
        // Python has an exception for each kind.
        return io::Error::new(kind, message_of(error)).into();
    }
    raised_with(py, error, advice_of(error))
}

/// The exception of an error, with an advice.
pub(crate) fn raised_with(py: Python<'_>, error: &Error, advice: Option<String>) -> PyErr {
    let message = message_of(error);
    let text = advice.as_ref().map_or_else(|| message.clone(), |advice| format!("{message}\nhint: {advice}"));
    if matches!(error, Error::Model(ModelError::NoModel { .. })) {
        return PyFileNotFoundError::new_err(text);
    }
    with_advice(py, text, advice)
}

fn with_advice(py: Python<'_>, text: String, advice: Option<String>) -> PyErr {
    let exception = AssistError::new_err(text);
    // Nothing but memory can fail here, and then the exception is of use without it.
    let _ = exception.value(py).setattr("advice", advice);
    exception
}

/// The exception of what no argument could mend but another value of it.
pub(crate) fn refused(py: Python<'_>, text: &str, advice: Option<&str>) -> PyErr {
    let worded = advice.map_or_else(|| text.to_owned(), |advice| format!("{text}\nhint: {advice}"));
    with_advice(py, worded, advice.map(str::to_owned))
}

fn io_kind(error: &Error) -> Option<io::ErrorKind> {
    match error {
        Error::Io(error) | Error::Data(assist_learn::DataError::Io(error)) | Error::Model(ModelError::Io(error)) => {
            Some(error.kind())
        }
        _ => None,
    }
}

/// We are at fault.
pub(crate) fn bug(what: &str) -> PyErr {
    PyRuntimeError::new_err(format!(
        "this is a bug in assist-learn: {what}\nhint: please report it with the call and, if you can, the table"
    ))
}
