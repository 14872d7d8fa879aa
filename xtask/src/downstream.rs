//! Whether others can use the crates: empty projects of another user, which know nothing of this workspace, build and run a
//! short program each. They lie below `target`, and stand alone: what they build is what any user would.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use crate::shell::{cargo, root, run, say};
use crate::tree;

/// A program of more lines is no invitation.
const MOST_LINES: usize = 15;
const PROGRAMS: &str = "xtask/downstream";
const FOLDER: &str = "target/downstream";

/// A project of another user.
struct Project {
    /// Its program is the file of this name in `xtask/downstream`.
    name: &'static str,
    /// Crates of ours.
    ours: &'static [&'static str],
    /// Crates of the registry, in the versions that we use.
    others: &'static [&'static str],
    /// What the user must not have to build.
    absent: &'static [&'static str],
    /// Whether there is a standard library. Without one a program needs an entry, an allocator and an end of its own.
    has_std: bool,
}

const PROJECTS: [Project; 4] = [
    Project {
        name: "two_vectors",
        ours: &["assist-metrics", "assist-model"],
        others: &[],
        absent: &["arrow", "parquet", "biosphere", "plotters", "smartcore"],
        has_std: true,
    },
    Project {
        name: "record_batch",
        ours: &["assist-learn"],
        others: &[],
        absent: &["clap", "datafusion"],
        has_std: true,
    },
    Project {
        name: "score_json",
        ours: &["assist-score"],
        others: &["serde_json"],
        absent: &["arrow", "assist-data", "ndarray", "parquet", "rayon"],
        has_std: true,
    },
    Project {
        name: "no_std",
        ours: &["assist-score"],
        others: &[],
        absent: &["arrow", "rayon", "serde_json"],
        has_std: false,
    },
];

/// Builds and runs all of them, and fails with what any lacks.
pub(crate) fn downstream() -> anyhow::Result<()> {
    let failures: Vec<String> = PROJECTS
        .iter()
        .filter_map(|project| Some(format!("`xtask/downstream/{}.rs`: {:#}", project.name, check(project).err()?)))
        .collect();
    if failures.is_empty() {
        say(&format!("\n{} projects of another user build and run", PROJECTS.len()));
        return Ok(());
    }
    bail!("others cannot use the crates:\n  {}", failures.join("\n  "));
}

/// The programs, from the root of the repository.
pub(crate) fn programs() -> Vec<String> {
    PROJECTS.iter().map(|project| format!("{PROGRAMS}/{}.rs", project.name)).collect()
}

fn check(project: &Project) -> anyhow::Result<()> {
    let program = fs_err::read_to_string(root().join(format!("{PROGRAMS}/{}.rs", project.name)))?;
    let lines = code_lines(&program);
    ensure!(lines <= MOST_LINES || !project.has_std, "{lines} lines of code are more than {MOST_LINES}");
    let folder = root().join(FOLDER).join(project.name);
    fs_err::create_dir_all(&folder)?;
    let lock = fs_err::read_to_string(root().join("Cargo.lock"))?;
    fs_err::write(folder.join("Cargo.toml"), manifest(project, &lock)?)?;
    // The versions that we test with; what the project does not need is dropped from it.
    fs_err::write(folder.join("Cargo.lock"), &lock)?;
    run(inside(&folder).args(["run", "--offline", "--quiet"]))?;
    let tree = tree::here(inside(&folder).arg("--offline"))?;
    let unwanted = tree::unwanted(&tree, project.absent);
    ensure!(unwanted.is_empty(), "its tree has {}", unwanted.join(", "));
    Ok(())
}

/// Cargo in a project, with the one target folder of all of them.
fn inside(folder: &Path) -> Command {
    let mut cargo = cargo(&[]);
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", root().join(FOLDER).join("target"));
    cargo
}

/// A `Cargo.toml` that belongs to no workspace but its own.
fn manifest(project: &Project, lock: &str) -> anyhow::Result<String> {
    let Project { name, ours, others, absent: _, has_std } = project;
    // Without a standard library nothing unwinds.
    let panic = if *has_std { "" } else { "panic = \"abort\"\n" };
    let mut manifest = format!(
        "[workspace]\n\n[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[[bin]]\nname = \
         \"{name}\"\npath = \"../../../xtask/downstream/{name}.rs\"\n\n[profile.dev]\ndebug = false\n{panic}\n[dependencies]\n"
    );
    for name in *ours {
        manifest.push_str(&format!("{name} = {{ path = \"../../../crates/{name}\" }}\n"));
    }
    for name in *others {
        let version = version(lock, name).with_context(|| format!("`{name}` is not in `Cargo.lock`"))?;
        manifest.push_str(&format!("{name} = \"={version}\"\n"));
    }
    Ok(manifest)
}

/// The version of a crate in the text of a `Cargo.lock`.
fn version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    Some(after.split_once('"')?.0)
}

/// Lines that a reader has to understand: not blank ones, comments, `use`, and what every `main` begins and ends with.
fn code_lines(program: &str) -> usize {
    let (mut lines, mut in_use, mut in_main) = (0, false, false);
    for line in program.lines() {
        let trimmed = line.trim();
        if in_use || line.starts_with("use ") {
            in_use = !trimmed.ends_with(';');
        } else if line.starts_with("fn main(") {
            in_main = true;
        } else if in_main && line == "}" {
            in_main = false;
        } else if !trimmed.is_empty() && !trimmed.starts_with("//") {
            lines += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_count() {
        let program = "//! What it does.\n\nuse a::{\n    b,\n    c,\n};\nuse d::e;\n\nconst N: u8 = 1;\n\nfn main() -> R {\n    \
                       // Why.\n    if f() {\n        g()\n    }\n    Ok(())\n}\n\nfn f() -> bool {\n    true\n}\n";
        assert_eq!(code_lines(program), 8);
        assert_eq!(code_lines("fn main() {}\n"), 0);
        assert!(code_lines(&format!("fn main() {{\n{}}}\n", "    f();\n".repeat(16))) > MOST_LINES);
    }

    #[test]
    fn a_project_that_stands_alone() {
        let lock = "[[package]]\nname = \"arrow\"\nversion = \"59.3.2\"\nsource = \"registry\"\n";
        let project = |others| Project { name: "mine", ours: &["assist-learn"], others, absent: &[], has_std: true };
        let manifest_of_mine = manifest(&project(&["arrow"]), lock).expect("arrow is in the lock");
        assert!(manifest_of_mine.starts_with("[workspace]\n"));
        let dependencies = "assist-learn = { path = \"../../../crates/assist-learn\" }\narrow = \"=59.3.2\"\n";
        assert!(manifest_of_mine.ends_with(dependencies), "{manifest_of_mine}");
        let missing = manifest(&project(&["polars"]), lock).expect_err("polars is not");
        assert_eq!(missing.to_string(), "`polars` is not in `Cargo.lock`");
    }
}
