//! The programs of a conformance table agree with what was exported, and find what was changed.

use assist_export::{Format, conformance, export};
use std::path::Path;
use std::process::Command;

use crate::models::rich;

fn write(folder: &Path, change: impl Fn(&str) -> String) {
    let model = rich(|p| p.threshold = 0.25);
    let formats = [Format::C, Format::JavaScript, Format::Json];
    for file in formats.iter().flat_map(|format| export(&model, format, "m").expect("an export")) {
        let text = String::from_utf8(file.bytes).expect("source is text");
        fs_err::write(folder.join(file.name), change(&text)).expect("a file");
    }
    for file in conformance(&model, "m", 300).expect("a table") {
        fs_err::write(folder.join(file.name), file.bytes).expect("a file");
    }
    fs_err::write(folder.join("score.py"), include_str!("../../../../docs/export/score.py")).expect("a file");
}

/// Whether each program agrees; `None` for what is not here.
fn agree(folder: &Path) -> Vec<Option<bool>> {
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).current_dir(folder).args(arguments).output().ok()?;
        let agrees = output.status.success();
        Some(agrees)
    };
    let sources = ["-std=c99", "-ffp-contract=off", "-Wall", "-Werror", "m.c", "m_conformance.c", "-o", "check"];
    let c = run("cc", &sources).and_then(|compiled| {
        assert!(compiled, "the sources compile");
        run(&folder.join("check").to_string_lossy(), &[])
    });
    vec![c, run("node", &["m_conformance.mjs"]), run("python3", &["m_conformance.py"])]
}

#[test]
fn what_was_exported_agrees() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), str::to_owned);
    assert!(agree(folder.path()).into_iter().flatten().all(|agrees| agrees));
}

#[test]
fn what_was_changed_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    // The intercept, as C spells it and as the others do.
    let intercept = -0.765_432_1_f64;
    write(folder.path(), |text| {
        let other = text.replace(&format!("{intercept:?}"), "-0.7654322");
        other.replace("score = -0x1.8", "score = -0x1.9")
    });
    assert!(!agree(folder.path()).into_iter().flatten().any(|agrees| agrees));
}
