//! What a runtime is given, and what came of it.

use std::path::Path;
use std::process::Command;

use crate::domain::Domain;
use crate::error::Error;
use crate::export::Format;
use crate::plan::Plan;
use crate::points::Points;
use crate::runtimes::runtime::Runtime;
use crate::settings::Compiler;

/// A folder with an export, the points, and room for outcomes.
pub(crate) struct Work<'a> {
    /// Of this runtime alone.
    pub(crate) folder: &'a Path,
    /// What the export is called there.
    pub(crate) name: &'a str,
    pub(crate) format: &'a Format,
    pub(crate) runtime: Runtime,
    pub(crate) plan: &'a Plan,
    pub(crate) domain: &'a Domain,
    /// For C, another one than the usual.
    pub(crate) compiler: Option<&'a Compiler>,
    /// The points, for all runtimes the same.
    pub(crate) points: &'a Points,
}

/// What came of a run.
pub(crate) enum Ran {
    /// The outcomes are in this file of the folder.
    Outcomes(&'static str),
    /// There is no such runtime here, which is said in words.
    Absent(String),
}

/// Whether a program answers, which is asked for its version.
pub(crate) fn is_there(program: &str, question: &str) -> bool {
    let asked = Command::new(program).arg(question).output();
    asked.is_ok_and(|output| output.status.success())
}

/// Runs a program to its end.
pub(crate) fn finish(program: &str, command: &mut Command) -> Result<(), Error> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let end = said.char_indices().rev().nth(2_000).map_or(0, |(at, _)| at);
    Err(Error::Runtime { program: program.into(), message: said.get(end..).unwrap_or_default().trim().to_owned() })
}
