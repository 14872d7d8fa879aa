//! Which file a value stands in that the counts of all files were refused for.

use std::collections::BTreeSet;

use assist_learn::{CellProblem, DataError, Watch};

use super::engine::{Engine, EnginePlace};
use super::files::{EngineTable, TABLE};
use super::first_look::{DIALECT, whole_numbers};
use crate::error::Error;
use crate::fault::EngineFault;

/// The error of a level that is not declared.
pub(super) fn unknown(column: &str, level: &str, known: &BTreeSet<String>) -> Error {
    EngineFault::UnknownLevel {
        column: column.to_owned(),
        level: level.to_owned(),
        known: known.iter().cloned().collect(),
        file: String::new(),
        rows: 0,
    }
    .into()
}

/// The same error with the file in which the level stands, where it is one about a level that is not known.
pub(super) fn with_its_file(error: Error, table: &EngineTable, watch: Watch<'_>) -> Error {
    let Some((column, level, known)) = unknown_level(&error) else { return error };
    // This program sees all files, so the cluster need not be asked.
    let place =
        Engine::start(EnginePlace::DataFusion, None).and_then(|engine| place(&engine, table, column, level, watch));
    match place {
        Ok(Some((file, rows))) => {
            let (column, level, known) = (column.clone(), level.clone(), known.clone());
            EngineFault::UnknownLevel { column, level, known, file, rows }.into()
        }
        _ => error,
    }
}

/// The column, the level, and the levels that are known, of an error about one that is not.
fn unknown_level(error: &Error) -> Option<(&String, &String, &Vec<String>)> {
    use assist_learn::Error as Learn;
    match error {
        Error::Settings(Learn::Data(cell) | Learn::Features(assist_features::Error::Data(cell))) => match cell {
            DataError::Cell { column, problem: CellProblem::UnknownLevel { level, known }, .. } => {
                Some((column, level, known))
            }
            _ => None,
        },
        Error::Engine(EngineFault::UnknownLevel { column, level, known, .. }) => Some((column, level, known)),
        _ => None,
    }
}

/// The first file with a level, and how many of its rows have it.
fn place(
    engine: &Engine,
    table: &EngineTable,
    column: &str,
    level: &str,
    watch: Watch<'_>,
) -> Result<Option<(String, u64)>, Error> {
    let (name, text) = (DIALECT.identifier(column)?, DIALECT.text(level)?);
    let query = format!("SELECT COUNT(*) AS found FROM {TABLE} WHERE TRIM(CAST({name} AS VARCHAR)) = TRIM({text})");
    for (index, path) in table.paths().iter().enumerate() {
        for batch in engine.query_of(table, Some(index), &query, watch)? {
            let found = whole_numbers(engine, &batch, "found")?;
            let rows = if found.is_empty() { 0 } else { found.value(0) };
            if rows > 0 {
                return Ok(Some((path.display().to_string(), rows)));
            }
        }
    }
    Ok(None)
}
