//! Clusters of Ballista on this machine, of the programs that its project publishes: a scheduler and two executors, each a process
//! of its own (`xtask/cluster/cluster.py`). What a machine lacks is reported as skipped; `ASSIST_REQUIRE_TOOLS=1` turns that into a
//! failure.

use std::path::PathBuf;

use anyhow::{bail, ensure};

use crate::pipeline::binary;
use crate::python::where_possible;
use crate::shell::{cargo, command, root, run, say};

const FOLDER: &str = "xtask/cluster";
/// Where programs, logs and what queries leave go.
const OUT: &str = "target/cluster";
const PROGRAMS: [&str; 2] = ["ballista-scheduler", "ballista-executor"];
/// Client, scheduler and executors have one major version.
const VERSION: &str = "55.0.0";

/// Starts a cluster, runs a command with its address in `ASSIST_SCHEDULER` or waits for Ctrl-C, and stops it.
pub(crate) fn cluster(arguments: &[String]) -> anyhow::Result<()> {
    let programs = programs()?;
    let mut cluster = command("python3");
    cluster.arg(format!("{FOLDER}/cluster.py")).args(arguments);
    run(cluster.env("ASSIST_CLUSTER_PROGRAMS", programs))
}

/// Runs the tests of clusters with the binary that the tests of the workspace have just run, which knows engines.
pub(crate) fn test() -> anyhow::Result<()> {
    let program = binary("debug")?;
    ensure!(program.exists(), "there is no `{}`; `cargo xtask test` builds it", program.display());
    let python = match where_possible("cluster-venv", FOLDER) {
        Ok(python) => python,
        Err(missing) => return skipped(&missing),
    };
    let hides_files = command("unshare").args(["--mount", "--user", "--map-root-user", "true"]).output();
    if !hides_files.is_ok_and(|output| output.status.success()) {
        return skipped("`unshare` of util-linux, with user namespaces, gives each executor its own view of the files");
    }
    let mut pytest = command(python);
    pytest.args(["-m", "pytest", "--config-file", &format!("{FOLDER}/pytest.ini"), FOLDER]);
    // Files of bytes are of no use in the sources.
    pytest.env("PYTHONDONTWRITEBYTECODE", "1").env_remove("PYTHONPATH");
    pytest.env("ASSIST_CLI", program).env("ASSIST_CLUSTER_PROGRAMS", programs()?);
    run(pytest.env("ASSIST_CLUSTER_OUT", root().join(OUT).join("tests")))
}

/// The folder of the programs, which are built once: some minutes, and gigabytes that are not kept.
pub(crate) fn programs() -> anyhow::Result<PathBuf> {
    let (folder, build) = (root().join(OUT), root().join(OUT).join("build"));
    for program in PROGRAMS {
        if folder.join("bin").join(program).exists() {
            continue;
        }
        let mut install = cargo(&["install", "--locked", program, "--version", VERSION, "--root"]);
        install.arg(&folder).env("CARGO_TARGET_DIR", &build);
        // Half the time of a build that is optimised throughout, and far quicker to run than one that is not at all.
        for (setting, value) in [("OPT_LEVEL", "1"), ("LTO", "off"), ("CODEGEN_UNITS", "16"), ("DEBUG", "0")] {
            install.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
        }
        run(&mut install)?;
    }
    if build.exists() {
        fs_err::remove_dir_all(build)?;
    }
    Ok(folder.join("bin"))
}

fn skipped(missing: &str) -> anyhow::Result<()> {
    let message = format!("clusters: {missing}");
    if std::env::var_os("ASSIST_REQUIRE_TOOLS").is_some() {
        bail!("skipped {message}");
    }
    say(&format!("\nskipped {message}"));
    Ok(())
}
