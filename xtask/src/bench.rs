//! Benches: our kernels by criterion, and the whole program beside what users could pick instead.

use std::path::PathBuf;

use crate::pipeline::{binary, release_binary};
use crate::python::with_packages;
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
/// `real_tables.py` after `real-tables`, of `cards.py` after `cards`, of `scoring.py` after `scoring`, of `frames.py` after
/// `frames`, of `engines.py` after `engines`, or of `serve.py` after `serve`.
pub(crate) fn peers(arguments: &[String]) -> anyhow::Result<()> {
    if let Some((suite, options)) = arguments.split_first()
        && suite == "frames"
    {
        // Of the program nothing is asked here, and frames are those of the newest packages.
        return run(wheel::beside_the_newest()?.arg("benches/peers/frames.py").args(options));
    }
    if let Some((suite, options)) = arguments.split_first()
        && suite == "serve"
    {
        return serve(options);
    }
    if let Some((suite, options)) = arguments.split_first()
        && suite == "engines"
    {
        return engines(options);
    }
    let (binary, python) = (release_binary()?, python()?);
    let (script, arguments) = match arguments.split_first() {
        Some((suite, options)) if suite == "real-tables" => ("benches/peers/real_tables.py", options),
        Some((suite, options)) if suite == "cards" => ("benches/peers/cards.py", options),
        Some((suite, options)) if suite == "warehouses" => ("benches/peers/warehouses.py", options),
        Some((suite, options)) if suite == "scoring" => ("benches/peers/scoring.py", options),
        _ => ("benches/peers/compare.py", arguments),
    };
    run(command(python).args([script, "--binary"]).arg(binary).args(arguments))
}

/// It asks for packages of 2022, and works with those of the others.
const ALONE: &str = "fasterrisk==0.1.10";
/// Its version.
const OHA: &str = "1.16.0";

/// A Python with the pinned peers.
pub(crate) fn python() -> anyhow::Result<PathBuf> {
    with_packages("peers-venv", "benches/peers/requirements.txt", &[ALONE])
}

/// Ours on engines as rows grow, built with these.
fn engines(options: &[String]) -> anyhow::Result<()> {
    let programs = crate::cluster::programs()?;
    run(&mut cargo(&["build", "--profile", "engines", "--package", "assist-cli", "--features", "distributed"]))?;
    let mut growth = command(python()?);
    growth.arg("benches/peers/engines.py").arg("--binary").arg(binary("engines")?);
    run(growth.arg("--programs").arg(programs).args(options))
}

/// Ours as a service beside others; their packages are other ones than those of the peers.
fn serve(options: &[String]) -> anyhow::Result<()> {
    let wrk = command("wrk").arg("-v").output();
    anyhow::ensure!(
        wrk.is_ok(),
        "the load comes from `wrk`, which is not there: `apt-get install wrk` makes it possible"
    );
    let (binary, oha) = (release_binary()?, oha()?);
    let python = with_packages("serve-venv", "benches/peers/requirements-serve.txt", &[])?;
    let mut serve = command(python);
    run(serve.args(["benches/peers/serve.py", "--binary"]).arg(binary).arg("--oha").arg(oha).args(options))
}

/// What sends requests at a fixed rate. It is built without this workspace's folders and settings, once.
fn oha() -> anyhow::Result<PathBuf> {
    let tools = root().join("target/tools");
    let program = tools.join("bin/oha");
    if !program.exists() {
        let mut install = cargo(&["install", "oha", "--version", OHA, "--locked", "--root"]);
        run(install.arg(&tools).env_remove("CARGO_BUILD_BUILD_DIR").env_remove("CARGO_TARGET_DIR"))?;
    }
    Ok(program)
}
