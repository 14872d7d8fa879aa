//! Reference figures of the tests: every script `golden*.py` of the peers, with the file that it writes.

use std::path::PathBuf;

use crate::bench::python;
use crate::pipeline::release_binary;
use crate::shell::{command, root, run, say};

/// The scripts that take the shipped table, and their files.
const OF_THE_SHIPPED_TABLE: [(&str, &str); 6] = [
    ("golden.py", "assistance.json"),
    ("golden_inference.py", "inference.json"),
    ("golden_weights.py", "weights.json"),
    ("golden_evidence.py", "evidence.json"),
    ("golden_terms.py", "terms.json"),
    ("golden_influence.py", "influence.json"),
];
/// Those with arguments of their own.
const FIRTH: (&str, &str) = ("golden_firth.py", "firth.json");
const RECIPES: (&str, &str) = ("golden_recipes.py", "recipes.json");
const TREES: (&str, &str) = ("golden_trees.py", "trees.json");
/// Verdicts of real tables, made by the program itself to be read.
const VERDICTS: (&str, &str) = ("golden_verdicts.py", "real_verdicts.json");

/// Makes all of them anew.
pub(crate) fn golden() -> anyhow::Result<()> {
    write(VERDICTS, &[], &[release_binary()?.display().to_string()], &[])?;
    for of in OF_THE_SHIPPED_TABLE {
        write(of, &[], &["data/assistance.csv".to_owned()], &[])?;
    }
    write(FIRTH, &[], &[], &public("ASSIST_ENDOMETRIAL", "cases/figures/endometrial.csv", FIRTH.1, ""))?;
    let shipped = || vec!["shipped=data/assistance.csv".to_owned()];
    let reference = |file: &str| public("ASSIST_REFERENCE_DATA", "data/user_assistance.csv", file, "reference=");
    write(RECIPES, &[golden_file("units.csv")], &[], &[shipped(), reference(RECIPES.1)].concat())?;
    // A table whose label is drawn by lot, as the tests make it.
    let noisy = root().join("target/noisy.csv").display().to_string();
    let generate = ["generate", "--rows", "60000", "--seed", "7", "--label", "noisy", "--out", &noisy];
    run(command(release_binary()?).args(generate))?;
    write(TREES, &[], &[], &[shipped(), vec![format!("noisy={noisy}")], reference(TREES.1)].concat())
}

/// Runs a script: what it writes beside its file, what it reads first, its file, what it reads then.
fn write((script, file): (&str, &str), beside: &[String], first: &[String], then: &[String]) -> anyhow::Result<()> {
    let script = format!("benches/peers/{script}");
    run(command(python()?).arg(script).args(beside).args(first).arg(golden_file(file)).args(then))
}

fn golden_file(name: &str) -> String {
    format!("crates/assist-cli/tests/golden/{name}")
}

/// A public table that is no part of the repository, as an argument of a script: where the environment says, else where the tests
/// look for it.
fn public(variable: &str, place: &str, file: &str, prefix: &str) -> Vec<String> {
    let path = std::env::var_os(variable).map_or_else(|| root().join("../shared").join(place), PathBuf::from);
    if path.exists() {
        return vec![format!("{prefix}{}", path.display())];
    }
    say(&format!("without `{}` (`{variable}`) there are no figures of it in {file}", path.display()));
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_of_reference_figures_is_run_and_every_file_is_made() {
        let run: Vec<(&str, &str)> =
            OF_THE_SHIPPED_TABLE.into_iter().chain([FIRTH, RECIPES, TREES, VERDICTS]).collect();
        let names = |folder: &str| -> Vec<String> {
            let entries = fs_err::read_dir(root().join(folder)).expect("a folder");
            let name = |entry: std::io::Result<fs_err::DirEntry>| entry.expect("read").file_name().into_string();
            let mut names: Vec<String> = entries.map(|entry| name(entry).expect("text")).collect();
            names.sort();
            names
        };
        let mut scripts: Vec<&str> = run.iter().map(|(script, _)| *script).collect();
        let mut files: Vec<&str> = run.iter().map(|(_, file)| *file).chain(["units.csv"]).collect();
        scripts.sort_unstable();
        files.sort_unstable();
        let there: Vec<String> = names("benches/peers").into_iter().filter(|name| name.starts_with("golden")).collect();
        assert_eq!(there, scripts);
        assert_eq!(names("crates/assist-cli/tests/golden"), files);
    }
}
