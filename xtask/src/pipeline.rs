//! The whole of it, as a user would do it: the release binary inspects, trains, evaluates, explains, compares, reports and
//! predicts.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use serde_json::Value;

use crate::shell::{cargo, command, output, root, run as start, say};

const SHIPPED_DATA: &str = "data/assistance.csv";
const SHIPPED_SCHEMA: &str = "data/assistance.schema.toml";
/// Predictions that are shown.
const SHOWN: usize = 5;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The table; several files or a pattern are one table [default: the shipped one]
    #[arg(long, value_name = "FILE", num_args = 1..)]
    data: Vec<PathBuf>,
    /// TOML file with the roles of the columns [default: that of the shipped table, unless `--target` is given]
    #[arg(long, value_name = "FILE", conflicts_with = "target")]
    schema: Option<PathBuf>,
    /// The column with the label
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Where everything is written
    #[arg(long, value_name = "DIR", default_value = "artifacts")]
    out: PathBuf,
}

pub(crate) fn run_binary(binary: &PathBuf, arguments: impl IntoIterator<Item = String>) -> Command {
    let mut command = command(binary);
    command.args(arguments);
    command
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let binary = release_binary()?;
    let started = Instant::now();
    let data: Vec<String> = match arguments.data.as_slice() {
        [] => vec![root().join(SHIPPED_DATA).display().to_string()],
        files => files.iter().map(absolute).collect::<Result<_, _>>()?,
    };
    let roles = match (&arguments.schema, &arguments.target) {
        (Some(schema), _) => ["--schema".to_owned(), absolute(schema)?],
        (None, Some(target)) => ["--target".to_owned(), target.clone()],
        (None, None) => ["--schema".to_owned(), SHIPPED_SCHEMA.to_owned()],
    };
    let out = absolute(&arguments.out)?;
    let parts = format!("{out}/split");
    let with_data = |words: &[&str]| -> Vec<String> {
        let words = words.iter().map(|word| (*word).to_owned());
        words.chain(["--data".to_owned()]).chain(data.clone()).collect()
    };
    let call = |words: Vec<String>| start(&mut run_binary(&binary, words));

    call([with_data(&["inspect"]), roles.to_vec()].concat())?;
    call([with_data(&["train", "--out", &out]), roles.to_vec()].concat())?;
    call([with_data(&["split", "--out", &parts]), roles.to_vec()].concat())?;
    let test = test_part(&parts)?;
    let strings = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    call(strings(&["evaluate", "--model", &out, "--data", &test, "--allow-rejected"]))?;
    call(strings(&["explain", "--model", &out]))?;
    call([with_data(&["compare"]), roles.to_vec()].concat())?;
    let report = run_binary(&binary, [with_data(&["report", "--model", &out]), vec!["--json".to_owned()]].concat());
    let verdict = verdict(report)?;
    let scored = format!("{out}/predictions.csv");
    call(strings(&["predict", "--model", &out, "--input", &test, "--output", &scored, "--allow-rejected"]))?;
    summary(&out, &scored, &verdict, started)
}

/// Builds the release binary, and gives its path.
pub(crate) fn release_binary() -> anyhow::Result<PathBuf> {
    start(&mut cargo(&["build", "--release", "--package", "assist-cli"]))?;
    binary("release")
}

/// Where cargo puts the binary of a profile.
pub(crate) fn binary(profile: &str) -> anyhow::Result<PathBuf> {
    built(profile, "assist-cli".as_ref())
}

/// Where the tests put an example.
pub(crate) fn example(name: &OsStr) -> anyhow::Result<PathBuf> {
    built("debug/examples", name)
}

fn built(folder: &str, name: &OsStr) -> anyhow::Result<PathBuf> {
    let metadata = crate::shell::output(&mut cargo(&["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let target = metadata["target_directory"].as_str().context("cargo names its target directory")?;
    let mut path = PathBuf::from(target).join(folder).join(name).into_os_string();
    path.push(std::env::consts::EXE_SUFFIX);
    Ok(path.into())
}

/// Paths are meant from where the user is; the binary runs in the root.
fn absolute(path: &PathBuf) -> anyhow::Result<String> {
    Ok(std::env::current_dir()?.join(path).display().to_string())
}

fn test_part(parts: &str) -> anyhow::Result<String> {
    let newest = fs_err::read_dir(parts)?
        .filter_map(Result::ok)
        .filter(|file| file.path().file_stem().is_some_and(|stem| stem == "test"))
        .max_by_key(|file| file.metadata().and_then(|facts| facts.modified()).ok());
    Ok(newest.context("the split wrote a test part")?.path().display().to_string())
}

/// Writes the report, and gives the sentences that it begins with.
fn verdict(mut report: Command) -> anyhow::Result<Vec<String>> {
    say("\n$ assist-cli report");
    let document: Value = serde_json::from_str(&output(&mut report)?).context("the report is told in JSON")?;
    let findings = document["findings"].as_array().context("the report has findings")?;
    Ok(findings.iter().filter_map(|finding| finding["text"].as_str().map(str::to_owned)).collect())
}

fn summary(out: &str, scored: &str, verdict: &[String], started: Instant) -> anyhow::Result<()> {
    let metrics: Value = serde_json::from_slice(&fs_err::read(format!("{out}/metrics.json"))?)?;
    say(&format!("\nThe first {SHOWN} predictions on rows that were not trained on:\n"));
    for line in fs_err::read_to_string(scored)?.lines().take(SHOWN + 1) {
        say(&format!("  {line}"));
    }
    let figure =
        |part: &str, name: &str| metrics[part][name].as_f64().map_or("–".to_owned(), |value| format!("{value:.4}"));
    let interval = &metrics["test"]["intervals"]["accuracy"];
    let end = |index: usize| interval[index].as_f64().map_or("–".to_owned(), |value| format!("{value:.4}"));
    say("\nSummary\n");
    verdict.iter().for_each(|sentence| say(&format!("  {sentence}\n")));
    say(&format!(
        "  accuracy  {} on training rows, {} on test rows (95 % interval {} to {})\
         \n  ROC AUC   {} on training rows, {} on test rows\
         \n  {} training and {} test rows, {} features; the whole run took {:.2} s after the build\n\
         \n  {out}\
         \n    logistic_model.postcard  coefficients and how they were found\
         \n    model_features.postcard  columns, levels and ranges; belongs to the model\
         \n    report.html              the page for people: open it in a browser\
         \n    model_card.md            the same for the repository\
         \n    metrics.json             every figure of the run\
         \n    predictions.csv          the test rows with their predictions\
         \n    split/                   the training and the test rows",
        figure("train", "accuracy"),
        figure("test", "accuracy"),
        end(0),
        end(1),
        figure("train", "roc_auc"),
        figure("test", "roc_auc"),
        metrics["split"]["train_rows"],
        metrics["split"]["test_rows"],
        metrics["coefficients"].as_array().map_or(0, Vec::len),
        started.elapsed().as_secs_f64(),
    ));
    for warning in metrics["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        say(&format!("\n  warning: {warning}"));
    }
    say(&format!("\nAsk for one user with:\n\n  {} predict --model {out}", "target/release/assist-cli"));
    Ok(())
}
