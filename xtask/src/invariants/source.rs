//! The Rust sources of the repository, which most checks look at.

use std::path::Path;

use crate::shell::root;

/// A file of Rust.
pub(super) struct Source {
    /// Its path from the root of the repository, with slashes.
    pub(super) path: String,
    pub(super) text: String,
}

/// All of them, in the order of their paths.
pub(super) fn sources() -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for folder in ["crates", "benches", "xtask"] {
        collect(&root().join(folder), &mut sources)?;
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

fn collect(folder: &Path, sources: &mut Vec<Source>) -> anyhow::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            // What others build or install is not ours.
            if !path.ends_with("node_modules") && !path.ends_with("target") {
                collect(&path, sources)?;
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string().replace('\\', "/");
            sources.push(Source { path: name, text: fs_err::read_to_string(path)? });
        }
    }
    Ok(())
}
