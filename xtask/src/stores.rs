//! Tables in object stores: `xtask/stores` starts one in the manner of S3, and before it one that fails, stalls and breaks off. What a
//! machine lacks is reported as skipped; `ASSIST_REQUIRE_TOOLS=1` turns that into a failure.

use anyhow::{bail, ensure};

use crate::pipeline::binary;
use crate::python::where_possible;
use crate::shell::{command, root, run, say};

const FOLDER: &str = "xtask/stores";
/// Where tables and models go.
const OUT: &str = "target/stores";

/// Runs the tests with the binary that the tests of the workspace have just run, which knows stores.
pub(crate) fn stores() -> anyhow::Result<()> {
    let program = binary("debug")?;
    ensure!(program.exists(), "there is no `{}`; `cargo xtask test` builds it", program.display());
    let python = match where_possible("stores-venv", FOLDER) {
        Ok(python) => python,
        Err(missing) => return skipped(&missing),
    };
    let mut pytest = command(python);
    pytest.args(["-m", "pytest", "--config-file", &format!("{FOLDER}/pytest.ini"), FOLDER]);
    // Files of bytes are of no use in the sources.
    pytest.env("PYTHONDONTWRITEBYTECODE", "1").env_remove("PYTHONPATH");
    run(pytest.env("ASSIST_CLI", program).env("ASSIST_STORES_OUT", root().join(OUT)))
}

fn skipped(missing: &str) -> anyhow::Result<()> {
    let message = format!("tables in object stores: {missing}");
    if std::env::var_os("ASSIST_REQUIRE_TOOLS").is_some() {
        bail!("skipped {message}");
    }
    say(&format!("\nskipped {message}"));
    Ok(())
}
