//! Benches: our kernels by criterion, and the whole program beside what users could pick instead.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::pipeline::release_binary;
use crate::shell::{cargo, command, root, run};
use crate::wheel;

pub(crate) fn criterion(filter: Option<&str>) -> anyhow::Result<()> {
    let mut bench = cargo(&["bench", "--package", "assist-benches"]);
    if let Some(filter) = filter {
        bench.args(["--", filter]);
    }
    run(&mut bench)
}

/// The simulations, each with how many tables it needs: how often intervals cover what is true of the law that tables are drawn
/// from, of rows and of users, where it is to be exact to a fifth of a point; what is called out of noise; how often equal levels are said
/// to differ; which sentences are false.
const SIMULATIONS: [(&str, u32); 5] =
    [("coverage", 4000), ("grouped", 10_000), ("noise", 4000), ("slices", 4000), ("sentences", 1000)];

/// Runs the simulations, or one of them, and writes what they found.
pub(crate) fn simulate(only: Option<&str>, tables: Option<u32>) -> anyhow::Result<()> {
    let names = SIMULATIONS.map(|(name, _)| name);
    let is_known = only.is_none_or(|only| names.contains(&only));
    anyhow::ensure!(is_known, "there is no simulation of that name; there are {}", names.join(", "));
    for (name, enough) in SIMULATIONS.into_iter().filter(|(name, _)| only.is_none_or(|only| only == *name)) {
        let tables = tables.unwrap_or(enough);
        let mut simulation = cargo(&["run", "--release", "--package", "assist-benches", "--bin", name, "--"]);
        let output = simulation.arg(tables.to_string()).stderr(std::process::Stdio::inherit()).output()?;
        anyhow::ensure!(output.status.success(), "the simulation `{name}` failed");
        fs_err::write(root().join(format!("benches/results/{name}.json")), output.stdout)?;
    }
    Ok(())
}

/// Ours and what users could pick instead, in turn on the same tables; the arguments are those of `compare.py`, or of
/// `real_tables.py` after `real-tables`, of `cards.py` after `cards`, of `scoring.py` after `scoring`, or of `frames.py` after
/// `frames`.
pub(crate) fn peers(arguments: &[String]) -> anyhow::Result<()> {
    if let Some((suite, options)) = arguments.split_first()
        && suite == "frames"
    {
        // Of the program nothing is asked here, and frames are those of the newest packages.
        return run(wheel::beside_the_newest()?.arg("benches/peers/frames.py").args(options));
    }
    let (binary, python) = (release_binary()?, python()?);
    let (script, arguments) = match arguments.split_first() {
        Some((suite, options)) if suite == "real-tables" => ("benches/peers/real_tables.py", options),
        Some((suite, options)) if suite == "cards" => ("benches/peers/cards.py", options),
        Some((suite, options)) if suite == "scoring" => ("benches/peers/scoring.py", options),
        _ => ("benches/peers/compare.py", arguments),
    };
    run(command(python).args([script, "--binary"]).arg(binary).args(arguments))
}

/// It asks for packages of 2022, and works with those of the others.
const ALONE: &str = "fasterrisk==0.1.10";

/// A Python with the pinned peers, in a virtual environment below `target`.
pub(crate) fn python() -> anyhow::Result<PathBuf> {
    let folder = root().join("target/peers-venv");
    let python = folder.join("bin/python");
    let requirements = fs_err::read_to_string(root().join("benches/peers/requirements.txt"))? + ALONE;
    let mark = folder.join("requirements.installed");
    if fs_err::read_to_string(&mark).is_ok_and(|installed| installed == requirements) {
        return Ok(python);
    }
    run(command("python3").args(["-m", "venv"]).arg(&folder)).context("the peers need Python 3 with venv")?;
    run(command(&python).args(["-m", "pip", "install", "--quiet", "-r", "benches/peers/requirements.txt"]))?;
    run(command(&python).args(["-m", "pip", "install", "--quiet", "--no-deps", ALONE]))?;
    fs_err::write(mark, requirements)?;
    Ok(python)
}
