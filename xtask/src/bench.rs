//! Benches: our kernels by criterion, and the whole program beside what users could pick instead.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::pipeline::release_binary;
use crate::shell::{cargo, command, root, run, say};

pub(crate) fn criterion(filter: Option<&str>) -> anyhow::Result<()> {
    let mut bench = cargo(&["bench", "--package", "assist-benches"]);
    if let Some(filter) = filter {
        bench.args(["--", filter]);
    }
    run(&mut bench)
}

/// The simulations: how often intervals cover what is true of the law that tables are drawn from, of rows and of users; what is
/// called out of noise.
const SIMULATIONS: [&str; 3] = ["coverage", "grouped", "noise"];

/// Runs the simulations, and writes what they found.
pub(crate) fn simulate(tables: u32) -> anyhow::Result<()> {
    for name in SIMULATIONS {
        // Those of users are to be exact to a fifth of a point.
        let tables = if name == "grouped" { tables.saturating_mul(5) / 2 } else { tables };
        let mut simulation = cargo(&["run", "--release", "--package", "assist-benches", "--bin", name, "--"]);
        let output = simulation.arg(tables.to_string()).stderr(std::process::Stdio::inherit()).output()?;
        anyhow::ensure!(output.status.success(), "the simulation `{name}` failed");
        fs_err::write(root().join(format!("benches/results/{name}.json")), output.stdout)?;
    }
    Ok(())
}

/// Reference figures of the tests.
pub(crate) fn golden() -> anyhow::Result<()> {
    let python = python()?;
    for (script, out) in [
        ("golden.py", "assistance.json"),
        ("golden_inference.py", "inference.json"),
        ("golden_weights.py", "weights.json"),
    ] {
        let script = format!("benches/peers/{script}");
        let out = format!("crates/assist-cli/tests/golden/{out}");
        run(command(&python).args([script.as_str(), "data/assistance.csv", out.as_str()]))?;
    }
    let golden = |name: &str| format!("crates/assist-cli/tests/golden/{name}");
    let script = ["benches/peers/golden_recipes.py".to_owned(), golden("units.csv"), golden("recipes.json")];
    let mut tables = vec!["shipped=data/assistance.csv".to_owned()];
    match std::env::var("ASSIST_REFERENCE_DATA") {
        Ok(reference) => tables.push(format!("reference={reference}")),
        Err(_) => say("without `ASSIST_REFERENCE_DATA` there are no figures of the reference table in recipes.json"),
    }
    run(command(&python).args(script).args(&tables))?;
    // A table whose label is drawn by lot, as the tests make it.
    let noisy = root().join("target/noisy.csv").display().to_string();
    let generate = ["generate", "--rows", "60000", "--seed", "7", "--label", "noisy", "--out", &noisy];
    run(command(release_binary()?).args(generate))?;
    let mut tables = vec!["shipped=data/assistance.csv".to_owned(), format!("noisy={noisy}")];
    match std::env::var("ASSIST_REFERENCE_DATA") {
        Ok(reference) => tables.push(format!("reference={reference}")),
        Err(_) => say("without `ASSIST_REFERENCE_DATA` there are no figures of the reference table in trees.json"),
    }
    let script = ["benches/peers/golden_trees.py", "crates/assist-cli/tests/golden/trees.json"];
    run(command(&python).args(script).args(&tables))
}

/// Ours and what users could pick instead, in turn on the same tables; the arguments are those of `compare.py`, or of
/// `real_tables.py` after `real-tables`.
pub(crate) fn peers(arguments: &[String]) -> anyhow::Result<()> {
    let (binary, python) = (release_binary()?, python()?);
    let (script, arguments) = match arguments.split_first() {
        Some((suite, options)) if suite == "real-tables" => ("benches/peers/real_tables.py", options),
        _ => ("benches/peers/compare.py", arguments),
    };
    run(command(python).args([script, "--binary"]).arg(binary).args(arguments))
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
