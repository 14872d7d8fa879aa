//! The invariants of `ARCHITECTURE.md`, above all what must be absent.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::shell::{cargo, output, root, say};

/// Which crates of the workspace each may depend on.
const MAY_DEPEND_ON: [(&str, &[&str]); 8] = [
    ("assist-score", &[]),
    ("assist-data", &["assist-score"]),
    ("assist-features", &["assist-data", "assist-score"]),
    ("assist-model", &["assist-features", "assist-score"]),
    ("assist-eval", &["assist-features", "assist-model", "assist-score"]),
    ("assist-cli", &["assist-data", "assist-eval", "assist-features", "assist-model", "assist-score"]),
    ("assist-benches", &["assist-data", "assist-eval", "assist-features", "assist-model", "assist-score"]),
    ("xtask", &[]),
];

/// Which crates may name an outside dependency; the others must do without.
const ONLY: [(&str, &[&str]); 4] = [
    ("arrow", &["assist-data", "assist-features", "assist-cli", "assist-benches"]),
    ("parquet", &["assist-data", "assist-features"]), // its tests write files piece by piece
    ("argmin", &["assist-model"]),
    ("clap", &["assist-cli", "xtask"]),
];

/// Big dependencies that must not be in the tree twice.
const ONCE: [&str; 4] = ["arrow", "parquet", "ndarray", "tokio"];

/// What must not stand in some sources: the text, where it is allowed, and why not elsewhere.
const ABSENT: [(&str, &[&str], &str); 9] = [
    ("argmin::", &["crates/assist-model/src/solver.rs"], "only the solver names argmin"),
    (
        "std::env::",
        &["crates/assist-cli/", "xtask/", "benches/simulations/"],
        "only the programs read arguments and the environment",
    ),
    ("process::exit", &[], "programs end by returning"),
    ("todo!(", &[], "nothing is left half"),
    ("unimplemented!(", &[], "nothing is left half"),
    ("TODO", &[], "nothing is left half"),
    ("FIXME", &[], "nothing is left half"),
    ("#[ignore", &[], "every test runs"),
    ("allow(unsafe_code", &[], "no code of ours is unsafe"),
];

/// Fails with all that is violated.
pub(crate) fn check() -> anyhow::Result<()> {
    let metadata = output(&mut cargo(&["metadata", "--format-version", "1", "--all-features"]))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata is JSON")?;
    let mut violations = Vec::new();
    dependencies(&metadata, &mut violations);
    sources(&mut violations)?;
    no_std(&mut violations)?;
    test_binaries(&mut violations)?;
    if violations.is_empty() {
        say("\nthe invariants of the architecture hold");
        return Ok(());
    }
    bail!("invariants are violated:\n  {}", violations.join("\n  "));
}

fn dependencies(metadata: &Value, violations: &mut Vec<String>) {
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let ours: Vec<&Value> = packages.iter().filter(|package| package["source"].is_null()).collect();
    let our_names: Vec<&str> = ours.iter().filter_map(|package| package["name"].as_str()).collect();
    for package in &ours {
        let name = package["name"].as_str().unwrap_or("");
        let Some((_, allowed)) = MAY_DEPEND_ON.iter().find(|(known, _)| *known == name) else {
            violations.push(format!("`{name}` is not in the table of who may depend on whom"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            // What only tests need points anywhere.
            if dependency["kind"] == "dev" {
                continue;
            }
            let target = dependency["name"].as_str().unwrap_or("");
            if our_names.contains(&target) && !allowed.contains(&target) {
                violations.push(format!("`{name}` depends on `{target}`, against the direction of dependencies"));
            }
            if let Some((_, allowed)) = ONLY.iter().find(|(known, _)| *known == target)
                && !allowed.contains(&name)
            {
                violations.push(format!("`{name}` depends on `{target}`, which only {} may", allowed.join(", ")));
            }
        }
    }
    for once in ONCE {
        let versions: Vec<&str> =
            packages.iter().filter(|package| package["name"] == once).filter_map(|p| p["version"].as_str()).collect();
        if versions.len() > 1 {
            violations.push(format!("`{once}` is in the tree in versions {}", versions.join(" and ")));
        }
    }
}

fn sources(violations: &mut Vec<String>) -> anyhow::Result<()> {
    let mut files = Vec::new();
    for folder in ["crates", "benches", "xtask"] {
        collect(&root().join(folder), &mut files)?;
    }
    for file in files {
        let name = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
        // This table names what it forbids, and tests may read their environment.
        if name.ends_with("invariants.rs") {
            continue;
        }
        let text = fs_err::read_to_string(&file)?;
        for (word, allowed, reason) in ABSENT {
            let is_test = name.contains("/tests/") && word == "std::env::";
            if text.contains(word) && !is_test && !allowed.iter().any(|place| name.starts_with(place)) {
                violations.push(format!("`{name}` has `{word}`: {reason}"));
            }
        }
    }
    Ok(())
}

fn no_std(violations: &mut Vec<String>) -> anyhow::Result<()> {
    let folder = root().join("crates/assist-score/src");
    if !fs_err::read_to_string(folder.join("lib.rs"))?.contains("\n#![no_std]\n") {
        violations.push("`assist-score` is not `no_std`".to_owned());
    }
    let mut files = Vec::new();
    collect(&folder, &mut files)?;
    for file in files {
        if fs_err::read_to_string(&file)?.contains("std::") {
            violations.push(format!("`{}` names the standard library", file.display()));
        }
    }
    Ok(())
}

fn test_binaries(violations: &mut Vec<String>) -> anyhow::Result<()> {
    for package in fs_err::read_dir(root().join("crates"))? {
        let tests = package?.path().join("tests");
        if !tests.exists() {
            continue;
        }
        for file in fs_err::read_dir(&tests)? {
            let path = file?.path();
            if path.extension().is_some_and(|ending| ending == "rs") {
                violations.push(format!("`{}` is a test binary of its own; put it into `tests/it`", path.display()));
            }
        }
    }
    Ok(())
}

/// The Rust sources below a folder.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
