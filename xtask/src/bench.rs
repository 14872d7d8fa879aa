//! Benches: our kernels by criterion, and the whole program beside what users could pick instead.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::pipeline::release_binary;
use crate::shell::{cargo, command, root, run};

pub(crate) fn criterion(filter: Option<&str>) -> anyhow::Result<()> {
    let mut bench = cargo(&["bench", "--package", "assist-benches"]);
    if let Some(filter) = filter {
        bench.args(["--", filter]);
    }
    run(&mut bench)
}

/// How often intervals cover what is true of the law that tables are drawn from.
pub(crate) fn simulate(tables: u32) -> anyhow::Result<()> {
    let mut simulation = cargo(&["run", "--release", "--package", "assist-benches", "--bin", "coverage", "--"]);
    let output = simulation.arg(tables.to_string()).stderr(std::process::Stdio::inherit()).output()?;
    anyhow::ensure!(output.status.success(), "the simulation failed");
    fs_err::write(root().join("benches/results/coverage.json"), output.stdout)?;
    Ok(())
}

/// Reference figures of the tests.
pub(crate) fn golden() -> anyhow::Result<()> {
    let python = python()?;
    for (script, out) in [("golden.py", "assistance.json"), ("golden_inference.py", "inference.json")] {
        let script = format!("benches/peers/{script}");
        let out = format!("crates/assist-cli/tests/golden/{out}");
        run(command(&python).args([script.as_str(), "data/assistance.csv", out.as_str()]))?;
    }
    Ok(())
}

/// Ours and what users could pick instead, in turn on the same tables; the arguments are those of `compare.py`.
pub(crate) fn peers(arguments: &[String]) -> anyhow::Result<()> {
    let (binary, python) = (release_binary()?, python()?);
    run(command(python).args(["benches/peers/compare.py", "--binary"]).arg(binary).args(arguments))
}

/// A Python with the pinned peers, in a virtual environment below `target`.
fn python() -> anyhow::Result<PathBuf> {
    let folder = root().join("target/peers-venv");
    let python = folder.join("bin/python");
    let requirements = fs_err::read_to_string(root().join("benches/peers/requirements.txt"))?;
    let mark = folder.join("requirements.installed");
    if fs_err::read_to_string(&mark).is_ok_and(|installed| installed == requirements) {
        return Ok(python);
    }
    run(command("python3").args(["-m", "venv"]).arg(&folder)).context("the peers need Python 3 with venv")?;
    run(command(&python).args(["-m", "pip", "install", "--quiet", "-r", "benches/peers/requirements.txt"]))?;
    fs_err::write(mark, requirements)?;
    Ok(python)
}
