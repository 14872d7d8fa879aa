//! What stands in the tree of dependencies of a crate.

use std::process::Command;

use crate::shell::{cargo, output};

/// The tree of one crate of the workspace with default features, without what only its tests and its build need: a crate
/// a line.
pub(crate) fn of(package: &str) -> anyhow::Result<String> {
    output(&mut cargo(&["tree", "--package", package, "--edges", "normal", "--prefix", "none"]))
}

/// The same of the project in the folder that the command runs in.
pub(crate) fn here(cargo: &mut Command) -> anyhow::Result<String> {
    output(cargo.args(["tree", "--edges", "normal", "--prefix", "none"]))
}

/// Whether a crate is the named one or one of its parts, as `arrow-array` is of `arrow` and `clap_complete` of `clap`.
pub(crate) fn belongs_to(package: &str, named: &str) -> bool {
    package.strip_prefix(named).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

/// The crates of a tree that belong to one that must be absent, each once.
pub(crate) fn unwanted<'a>(tree: &'a str, absent: &[&str]) -> Vec<&'a str> {
    let packages = tree.lines().filter_map(|line| line.split_whitespace().next());
    let mut unwanted: Vec<&str> =
        packages.filter(|package| absent.iter().any(|named| belongs_to(package, named))).collect();
    unwanted.sort_unstable();
    unwanted.dedup();
    unwanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_crate_are_unwanted_with_it() {
        let tree = "mine v0.1.0 (/home)\narrow-array v59.3.2\nahash v0.8.1\narrow-array v59.3.2 (*)\nparquet v59.3.2\n";
        assert_eq!(unwanted(tree, &["arrow", "parquet"]), ["arrow-array", "parquet"]);
    }

    #[test]
    fn a_name_that_only_begins_alike_is_another_crate() {
        assert!(unwanted("arrows v1.0.0\nclapper v2.0.0\n", &["arrow", "clap"]).is_empty());
        assert!(belongs_to("clap", "clap") && belongs_to("clap_complete", "clap"));
    }
}
