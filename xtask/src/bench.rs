//! Benches: our kernels by criterion, and the whole program beside what users could pick instead.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use serde_json::json;

use crate::pipeline::{release_binary, run_binary};
use crate::shell::{cargo, command, output, root, run, say};

pub(crate) fn criterion(filter: Option<&str>) -> anyhow::Result<()> {
    let mut bench = cargo(&["bench", "--package", "assist-benches"]);
    if let Some(filter) = filter {
        bench.args(["--", filter]);
    }
    run(&mut bench)
}

/// Reference figures of the tests.
pub(crate) fn golden() -> anyhow::Result<()> {
    let arguments =
        ["benches/peers/golden.py", "data/assistance.csv", "crates/assist-cli/tests/golden/assistance.json"];
    run(command(python()?).args(arguments))
}

/// The steps of the original project in pandas and scikit-learn, and `assist-cli train`, in turn on the same table.
pub(crate) fn peers(data: &Path, runs: usize) -> anyhow::Result<()> {
    let (binary, python) = (release_binary()?, python()?);
    let folder = root().join("target/peers");
    fs_err::create_dir_all(&folder)?;
    let data = std::env::current_dir()?.join(data).display().to_string();
    let out = folder.display().to_string();
    let original = || {
        let mut command = command(&python);
        command.args(["benches/peers/original.py", &data, &out]);
        command
    };
    let words = ["train", "--data", &data, "--schema", "data/assistance.schema.toml", "--out", &out];
    let ours = || run_binary(&binary, words.iter().map(|word| (*word).to_owned()));
    // One run of each that is not counted: files in memory, Python's modules compiled.
    output(&mut original())?;
    output(&mut ours())?;
    let (mut theirs_seconds, mut ours_seconds, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=runs.max(1) {
        let (theirs, own) = (seconds(|| output(&mut original()))?, seconds(|| output(&mut ours()))?);
        say(&format!("round {round}: original {theirs:.3} s, assist-cli {own:.4} s, ratio {:.1}", theirs / own));
        theirs_seconds.push(theirs);
        ours_seconds.push(own);
        ratios.push(theirs / own);
    }
    let rows = fs_err::read_to_string(&data).map(|text| text.lines().count().saturating_sub(1)).ok();
    let result = json!({
        "what": "whole process: read, encode, split, fit, evaluate both parts, save; in turn on the same table",
        "rows": rows, "runs": runs,
        "original_seconds": spread(&mut theirs_seconds), "assist_cli_seconds": spread(&mut ours_seconds),
        "ratio": spread(&mut ratios),
        "peer": output(command(&python).args(["-c", "import sklearn, pandas; print('scikit-learn', sklearn.__version__, 'pandas', pandas.__version__)"]))?.trim(),
        "cores": std::thread::available_parallelism()?.get(),
    });
    let path = root().join("benches/results/original.json");
    fs_err::create_dir_all(root().join("benches/results"))?;
    fs_err::write(&path, serde_json::to_string_pretty(&result)? + "\n")?;
    say(&format!("\nmedian ratio {:.1}; written to `{}`", result["ratio"]["median"], path.display()));
    Ok(())
}

fn seconds<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<f64> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed().as_secs_f64())
}

fn spread(values: &mut [f64]) -> serde_json::Value {
    values.sort_by(f64::total_cmp);
    json!({ "min": values.first(), "median": values.get(values.len() / 2), "max": values.last() })
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
