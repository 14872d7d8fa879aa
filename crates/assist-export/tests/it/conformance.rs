//! The programs of a conformance table agree with what was exported, and find what was changed.

use assist_export::{Format, conformance, export};
use assist_score::{Reason, Value};
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

/// A text in a column of numbers is scored or rejected as the model does it, and never an exception.
#[test]
fn the_reader_in_python_takes_texts_for_numbers_as_the_model_does() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), str::to_owned);
    let texts = [
        "abc",
        "",
        " ",
        "2.5",
        " 2.5 ",
        "+2",
        ".5",
        "5.",
        "1e1",
        "1e400",
        "-1e400",
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1_000",
        "1,5",
        "0x10",
        "\u{663}",
        "--1",
        "1e",
        "e1",
        "True",
    ];
    let program = "import json, sys
from score import score
model = json.load(open('m.json', encoding='utf-8'))
row = lambda value: [value, 20.0, 40.0, 0.5, 'a', '7']
print(json.dumps([score(model, row(text)) for text in json.loads(sys.argv[1])]))
odd = [score(model, row(value)) for value in ([], {}, 10 ** 400)] + [score(model, [1.0, 20.0, 40.0, 0.5, 5, '7'])]
print(json.dumps([(of['column'], of['reason']) for of in odd]))
";
    let asked = serde_json::Value::from(texts.to_vec()).to_string();
    let Ok(output) = Command::new("python3").current_dir(folder.path()).args(["-c", program, &asked]).output() else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let model = rich(|p| p.threshold = 0.25);
    for (text, found) in texts.iter().zip(found[0].as_array().expect("outcomes")) {
        let others = [20.0, 40.0, 0.5].map(Value::Number);
        let row = [&[Value::Text(text)][..], &others, &[Value::Text("a"), Value::Text("7")]].concat();
        match model.score(&row) {
            Ok(scored) => assert_eq!(found["score"].as_f64(), Some(scored.score), "{text:?}: {found}"),
            Err(rejection) => {
                let reason = match rejection.reason {
                    Reason::NotFinite(_) => "not a finite number",
                    Reason::NotANumber(_) => "not a number",
                    other => panic!("{text:?}: {other:?}"),
                };
                assert_eq!((&found["column"], &found["reason"]), (&"errors".into(), &reason.into()), "{text:?}");
            }
        }
    }
    let no_number = ["errors", "not a number"];
    let odd = serde_json::json!([no_number, no_number, ["errors", "not a finite number"], ["device", "not a text"]]);
    assert_eq!(found[1], odd);
}
