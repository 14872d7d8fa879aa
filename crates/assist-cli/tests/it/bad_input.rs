//! Broken tables, each named by its fault.

use crate::run::{Run, Sandbox, test_data};

/// Tables that are written in another way than the good one.
const OTHERWISE: [&str; 3] = ["semicolons.csv", "utf16.csv", "unnamed_column.csv"];

/// Every broken table: all of `test_data` but the good ones.
fn broken() -> Vec<String> {
    let files = fs_err::read_dir(test_data("")).expect("the folder");
    let mut names: Vec<String> =
        files.map(|file| file.expect("a file").file_name().into_string().expect("text")).collect();
    names.retain(|name| name != "good.csv" && !OTHERWISE.contains(&name.as_str()));
    names.sort();
    names
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::trained();
    for name in broken() {
        sandbox.write(&name, fs_err::read(test_data(&name)).expect("read"));
    }
    sandbox
}

#[track_caller]
fn is_one_message(name: &str, run: &Run) {
    assert_eq!(run.status, 1, "{name}: {}", run.transcript());
    assert_eq!(run.stdout, "", "{name}");
    assert_eq!(run.stderr.lines().filter(|line| line.starts_with("error:")).count(), 1, "{name}: {}", run.stderr);
    assert!(run.stderr.contains(name), "{name} is not named: {}", run.stderr);
    assert!(!run.stderr.contains("panicked"), "{name}: {}", run.stderr);
}

#[test]
fn training_says_what_is_wrong_and_leaves_the_model_as_it_was() {
    let sandbox = sandbox();
    let before = sandbox.artifacts();
    let mut transcripts = String::new();
    for name in broken() {
        // Missing cells and labels are no faults unless they are refused.
        let mut options = vec!["train", "--missing", "error", "--data", &name];
        // The schema states the positive label: beside it any other labels are one class.
        options.extend(match name.as_str() {
            "three_labels.csv" => ["--target", "needs_assistance_flag"],
            _ => ["--schema", "data/assistance.schema.toml"],
        });
        let run = sandbox.run(&options);
        is_one_message(&name, &run);
        assert!(run.stderr.contains("\nhint: "), "{name} has no hint: {}", run.stderr);
        assert_eq!(sandbox.artifacts(), before, "{name} has changed the model");
        transcripts.push_str(&format!("--- {name}\n{}\n", run.stderr));
    }
    insta::assert_snapshot!("bad_input_of_train", transcripts);
}

#[test]
fn tables_that_are_written_in_another_way_are_read() {
    let sandbox = sandbox();
    let figures = |name: &str| {
        sandbox.write(name, fs_err::read(test_data(name)).expect("read"));
        let run = sandbox.run(&["evaluate", "--json", "--data", name]);
        assert_eq!(run.status, 0, "{name}: {}", run.transcript());
        let mut document: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
        // How the file is written is told, and differs.
        document.as_object_mut().expect("an object").remove("read");
        document
    };
    let good = figures("good.csv");
    for name in OTHERWISE {
        assert_eq!(figures(name), good, "{name}");
    }
}

#[test]
fn evaluation_says_what_is_wrong() {
    let sandbox = sandbox();
    for name in broken() {
        // One class alone can be evaluated, and a row without a label is left out; the doubled, unnamed and missing identifier is not the model's concern.
        let run = sandbox.run(&["evaluate", "--data", &name]);
        if !["one_class.csv", "missing_label.csv"].contains(&name.as_str()) {
            is_one_message(&name, &run);
        }
    }
}

/// Structural faults end a prediction without output; faulty cells reject their row and no other.
#[test]
fn prediction_rejects_rows_and_refuses_broken_files() {
    let sandbox = sandbox();
    let mut messages = String::new();
    for name in broken() {
        let run = sandbox.run(&["predict", "--input", &name, "--output", "scored.jsonl"]);
        let scored = fs_err::read_to_string(sandbox.path("scored.jsonl")).ok();
        let _ = fs_err::remove_file(sandbox.path("scored.jsonl"));
        assert!(!run.stderr.contains("panicked"), "{name}: {}", run.stderr);
        let outcome = match scored {
            None => {
                is_one_message(&name, &run);
                "no output".to_owned()
            }
            Some(text) => {
                let rejected = text.lines().filter(|line| line.contains("\"outcome\":\"rejected\"")).count();
                assert_eq!(run.status, i32::from(rejected > 0), "{name}: {}", run.stderr);
                format!("{} rows, {rejected} rejected", text.lines().count())
            }
        };
        messages.push_str(&format!("--- {name}: {outcome}\n{}\n", run.stderr));
    }
    insta::assert_snapshot!("bad_input_of_predict", messages);
}

/// Without a schema the roles are told from the data, and the same faults are found.
#[test]
fn roles_told_from_the_data_find_the_faults_too() {
    let sandbox = sandbox();
    // A level that nobody declared and a value below a minimum that nobody stated are no faults, and a text among a few
    // small numbers makes them levels.
    let undeclared = ["unknown_level.csv", "below_minimum.csv", "fraction.csv", "text_in_number.csv"];
    for name in broken().into_iter().filter(|name| !undeclared.contains(&name.as_str())) {
        let options = ["train", "--missing", "error", "--target", "needs_assistance_flag", "--data"];
        let run = sandbox.run(&[&options[..], &[&name]].concat());
        if ["missing_column.csv", "misspelt_column.csv"].contains(&name.as_str()) {
            assert_eq!(run.status, 0, "{name}: nobody asked for that column");
        } else {
            is_one_message(&name, &run);
        }
    }
}

#[test]
fn a_table_cut_off_anywhere_never_panics() {
    let sandbox = Sandbox::trained();
    for ending in ["csv", "parquet", "arrow", "jsonl"] {
        let whole = format!("whole.{ending}");
        assert_eq!(sandbox.run(&["generate", "--rows", "60", "--out", &whole]).status, 0);
        let bytes = sandbox.read(&whole);
        let cut = format!("cut.{ending}");
        for part in 0..24 {
            sandbox.write(&cut, &bytes[..bytes.len() * part / 24]);
            let run = sandbox.run(&["train", "--data", &cut, "--target", "needs_assistance_flag", "--out", "other"]);
            // A text table that is cut between two lines is a shorter table.
            assert!(run.status == 1 || run.status == 0 && ["csv", "jsonl"].contains(&ending), "{}", run.transcript());
            assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        }
    }
}
