//! The service asked by clients that others wrote: `xtask/clients` starts it and speaks the protocols that it offers. What a machine
//! lacks is reported as skipped; `ASSIST_REQUIRE_TOOLS=1` turns that into a failure.

use std::path::PathBuf;

use anyhow::{bail, ensure};

use crate::pipeline::binary;
use crate::python::with_packages;
use crate::shell::{command, root, run, say};

const FOLDER: &str = "xtask/clients";
/// Where models, tables and the service's log go.
const OUT: &str = "target/clients";

/// Runs their tests with the binary that the tests of the workspace have just run: `cargo run` would build half of the tree again, with
/// other features.
pub(crate) fn clients() -> anyhow::Result<()> {
    let program = binary("debug")?;
    ensure!(program.exists(), "there is no `{}`; `cargo xtask test` builds it", program.display());
    let python = match python() {
        Ok(python) => python,
        Err(missing) => return skipped(&missing),
    };
    let mut pytest = command(python);
    pytest.args(["-m", "pytest", "--config-file", &format!("{FOLDER}/pytest.ini"), FOLDER]);
    // Files of bytes are of no use in the sources.
    pytest.env("PYTHONDONTWRITEBYTECODE", "1").env_remove("PYTHONPATH");
    run(pytest.env("ASSIST_CLI", program).env("ASSIST_CLIENTS_OUT", root().join(OUT)))
}

/// The interpreter with the clients, or what is missing.
fn python() -> Result<PathBuf, String> {
    let venv = command("python3").args(["-c", "import ensurepip, venv"]).output();
    if !venv.is_ok_and(|output| output.status.success()) {
        return Err("Python with pip and venv makes them possible".to_owned());
    }
    with_packages("clients-venv", &format!("{FOLDER}/requirements.txt"), &[])
        .map_err(|error| format!("the packages of `{FOLDER}` cannot be installed: {error}"))
}

fn skipped(missing: &str) -> anyhow::Result<()> {
    let message = format!("the service asked by clients of others: {missing}");
    if std::env::var_os("ASSIST_REQUIRE_TOOLS").is_some() {
        bail!("skipped {message}");
    }
    say(&format!("\nskipped {message}"));
    Ok(())
}
