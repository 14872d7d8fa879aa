//! The service asked by clients that others wrote: `xtask/clients` starts it and speaks the protocols that it offers. What a machine
//! lacks is reported as skipped; `ASSIST_REQUIRE_TOOLS=1` turns that into a failure.

use anyhow::{bail, ensure};

use crate::pipeline::binary;
use crate::python::where_possible;
use crate::shell::{command, root, run, say};

const FOLDER: &str = "xtask/clients";
/// Where models, tables and the service's log go.
const OUT: &str = "target/clients";

/// Runs their tests with the binary that the tests of the workspace have just run: `cargo run` would build half of the tree again, with
/// other features.
pub(crate) fn clients() -> anyhow::Result<()> {
    let program = binary("debug")?;
    ensure!(program.exists(), "there is no `{}`; `cargo xtask test` builds it", program.display());
    let python = match where_possible("clients-venv", FOLDER) {
        Ok(python) => python,
        Err(missing) => return skipped(&missing),
    };
    let mut pytest = command(python);
    pytest.args(["-m", "pytest", "--config-file", &format!("{FOLDER}/pytest.ini"), FOLDER]);
    // Files of bytes are of no use in the sources.
    pytest.env("PYTHONDONTWRITEBYTECODE", "1").env_remove("PYTHONPATH");
    run(pytest.env("ASSIST_CLI", program).env("ASSIST_CLIENTS_OUT", root().join(OUT)))
}

fn skipped(missing: &str) -> anyhow::Result<()> {
    let message = format!("the service asked by clients of others: {missing}");
    if std::env::var_os("ASSIST_REQUIRE_TOOLS").is_some() {
        bail!("skipped {message}");
    }
    say(&format!("\nskipped {message}"));
    Ok(())
}
