//! The invariants of `ARCHITECTURE.md`, above all what must be absent. Each check is a function from what it is given to
//! violations in words, and has a test that breaks it.

mod absent;
mod circles;
mod commands;
mod dependencies;
mod imports;
mod listing;
mod no_std;
mod options;
mod scanner;
mod size;
mod source;
mod test_binaries;
mod trees;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::shell::{cargo, output, root, say};

/// Fails with all that is violated.
pub(crate) fn check() -> anyhow::Result<()> {
    let metadata = output(&mut cargo(&["metadata", "--format-version", "1", "--all-features"]))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata is JSON")?;
    let mut violations = in_sources()?;
    violations.extend(dependencies::dependencies(&metadata));
    violations.extend(trees::check(&metadata)?);
    judge(&violations)
}

/// Fails with what the sources alone violate, which takes no time to see.
pub(crate) fn check_sources() -> anyhow::Result<()> {
    judge(&in_sources()?)
}

fn in_sources() -> anyhow::Result<Vec<String>> {
    let sources = source::sources()?;
    let imports = imports::imports(&sources);
    let architecture = fs_err::read_to_string(root().join("ARCHITECTURE.md"))?;
    Ok([
        circles::circles(&imports),
        commands::commands(&imports),
        options::options(&sources),
        absent::absent(&sources),
        no_std::no_std(&sources),
        test_binaries::test_binaries(&sources),
        size::size(&sources),
        listing::listing(&sources, &architecture),
    ]
    .concat())
}

fn judge(violations: &[String]) -> anyhow::Result<()> {
    if violations.is_empty() {
        say("\nthe invariants of the architecture hold");
        return Ok(());
    }
    bail!("invariants are violated:\n  {}", violations.join("\n  "));
}
