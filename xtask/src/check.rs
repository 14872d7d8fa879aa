//! Tests and lints. What cannot run on a machine is reported as skipped; `ASSIST_REQUIRE_TOOLS=1` and
//! `ASSIST_REQUIRE_REFERENCE=1` turn that into a failure.

use anyhow::bail;

use crate::pipeline::example;
use crate::shell::{cargo, command, root, run, say};
use crate::{browser, clients, cluster, downstream, invariants, stores, wheel};

/// What is off by default and has tests.
pub(crate) const FEATURES: [&str; 2] = ["--features", "assist-cli/cloud,assist-cli/distributed"];

/// Every test of the workspace, doc tests included, the examples, the projects of another user, the report in a browser, the service asked
/// by clients of others, tables in object stores, clusters, and the Python package.
pub(crate) fn test() -> anyhow::Result<()> {
    let skipped = root().join("target/skipped-tests.txt");
    fs_err::create_dir_all(root().join("target"))?;
    fs_err::write(&skipped, "")?;
    // An extension module has no tests of its own that could be linked: those of the package come last.
    run(cargo(&["test", "--workspace", "--exclude", "assist-python", "--no-fail-fast"])
        .args(FEATURES)
        .env("ASSIST_SKIPPED_TESTS", &skipped))?;
    let skipped = fs_err::read_to_string(skipped)?;
    match skipped.lines().count() {
        0 => say("\nevery test ran"),
        n => say(&format!("\n{n} skipped:\n{skipped}")),
    }
    examples()?;
    downstream::downstream()?;
    browser::test()?;
    clients::clients()?;
    stores::stores()?;
    cluster::test()?;
    wheel::test()
}

/// Runs what the libraries have as examples, which the tests have just built.
fn examples() -> anyhow::Result<()> {
    let mut examples = Vec::new();
    for package in fs_err::read_dir(root().join("crates"))? {
        let folder = package?.path().join("examples");
        if folder.exists() {
            examples.extend(
                fs_err::read_dir(folder)?.map(|file| file.map(|file| file.path())).collect::<Result<Vec<_>, _>>()?,
            );
        }
    }
    examples.sort();
    examples.iter().filter_map(|file| file.file_stem()).try_for_each(|name| run(&mut command(example(name)?)))
}

/// Format, clippy, docs, licences, invariants.
pub(crate) fn lint() -> anyhow::Result<()> {
    format()?;
    clippy()?;
    let docs = ["doc", "--workspace", "--no-deps", "--document-private-items"];
    run(cargo(&docs).env("RUSTDOCFLAGS", "-D warnings"))?;
    licences()?;
    invariants::check()
}

pub(crate) fn format() -> anyhow::Result<()> {
    run(&mut cargo(&["fmt", "--all", "--check"]))?;
    // These belong to no crate of the workspace.
    run(command("rustfmt").args(["--check", "--edition", "2024"]).args(downstream::programs()))
}

pub(crate) fn clippy() -> anyhow::Result<()> {
    run(cargo(&["clippy", "--workspace", "--all-targets"]).args(FEATURES).args(["--", "-D", "warnings"]))
}

fn licences() -> anyhow::Result<()> {
    if cargo(&["deny", "--version"]).output().is_ok_and(|output| output.status.success()) {
        return run(&mut cargo(&["deny", "check", "licenses", "bans", "sources"]));
    }
    let message = "the check of licences: `cargo install cargo-deny --locked` makes it possible";
    if std::env::var_os("ASSIST_REQUIRE_TOOLS").is_some() {
        bail!("skipped {message}");
    }
    say(&format!("\nskipped {message}"));
    Ok(())
}
