//! Virtual environments of Python below `target`, each with the packages that a file of requirements pins.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::shell::{command, root, run};

/// As [`with_packages`], where tests do without what a machine lacks: what that is, in words.
pub(crate) fn where_possible(environment: &str, folder: &str) -> Result<PathBuf, String> {
    let venv = command("python3").args(["-c", "import ensurepip, venv"]).output();
    if !venv.is_ok_and(|output| output.status.success()) {
        return Err("Python with pip and venv makes them possible".to_owned());
    }
    with_packages(environment, &format!("{folder}/requirements.txt"), &[])
        .map_err(|error| format!("the packages of `{folder}` cannot be installed: {error}"))
}

/// The interpreter of an environment with the packages of a requirements file, and those that are installed `alone`, without what
/// they ask for. It is made anew when either changes.
pub(crate) fn with_packages(environment: &str, requirements: &str, alone: &[&str]) -> anyhow::Result<PathBuf> {
    let folder = root().join("target").join(environment);
    let python = folder.join("bin/python");
    let wanted = fs_err::read_to_string(root().join(requirements))? + &alone.join("\n");
    let mark = folder.join("requirements.installed");
    if fs_err::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    // What an older file asked for may stand in the way of a newer one.
    run(command("python3").args(["-m", "venv", "--clear"]).arg(&folder)).context("this needs Python 3 with venv")?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    run(command(&python).args(install).args(["-r", requirements]))?;
    if !alone.is_empty() {
        run(command(&python).args(install).arg("--no-deps").args(alone))?;
    }
    fs_err::write(mark, wanted)?;
    Ok(python)
}
