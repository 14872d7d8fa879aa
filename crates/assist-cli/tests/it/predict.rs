//! Predictions without retraining, in a process of their own.

use serde_json::Value;

use crate::run::{PREDICT, Sandbox};

const ANSWERS: &str = "2\n58\n5\n60+\nSmartwatch\nVoice\nMake Payment\n";

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// The probability that the coefficients of the report give, computed here from the features' names.
fn by_hand(report: &Value, header: &[&str], row: &[&str]) -> f64 {
    let mut z = number(&report["intercept"]["value"]);
    for coefficient in report["coefficients"].as_array().expect("a list") {
        let feature = coefficient["feature"].as_str().expect("a name");
        for (column, cell) in header.iter().zip(row) {
            let value = if *column == feature {
                cell.parse().expect("a number")
            } else {
                f64::from(u8::from(format!("{column}_{cell}") == feature))
            };
            z += number(&coefficient["value"]) * value;
        }
    }
    1.0 / (1.0 + (-z).exp())
}

#[test]
fn predictions_are_those_of_the_fit() {
    let sandbox = Sandbox::trained();
    let report = sandbox.metrics("artifacts");
    let run = sandbox.run(&["predict", "--input", "data/assistance.csv", "--json"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let text = String::from_utf8(sandbox.read("data/assistance.csv")).expect("text");
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let mut n_rows = 0;
    for (row, outcome) in lines.zip(run.stdout.lines()) {
        let outcome: Value = serde_json::from_str(outcome).expect("JSON");
        let expected = by_hand(&report, &header, &row);
        assert!((number(&outcome["raw_probability"]) - expected).abs() < 1e-12, "{row:?}");
        assert_eq!(outcome["prediction"], u8::from(number(&outcome["score"]) > 0.0));
        n_rows += 1;
    }
    assert_eq!((n_rows, run.stdout.lines().count()), (14_000, 14_000));
}

#[test]
fn evaluation_of_the_saved_model_equals_that_of_the_training() {
    let sandbox = Sandbox::trained();
    let target = "needs_assistance_flag";
    sandbox.run(&["split", "--data", "data/assistance.csv", "--target", target, "--out", "parts"]);
    let report = sandbox.metrics("artifacts");
    for part in ["train", "test"] {
        let file = format!("parts/{part}.csv");
        // Training spends no time on a bootstrap.
        let mut evaluated = sandbox.run(&["evaluate", "--json", "--bootstrap", "0", "--data", &file]).json();
        assert_eq!(evaluated["model_id"], report["model_id"]);
        for extra in ["model_id", "format_version", "read", "training_rows"] {
            evaluated.as_object_mut().expect("an object").remove(extra);
        }
        // Whether probabilities agree with what is observed is a question of rows that the fit has not seen.
        if part == "train" {
            let probability = evaluated["probability"].as_object_mut().expect("an object");
            for of_calibration in ["slope", "intercept", "in_the_large", "ece_if_calibrated"] {
                assert!(probability.remove(of_calibration).is_some(), "{of_calibration}");
            }
        }
        assert_eq!(evaluated, report[part]);
    }
}

#[test]
fn asked_given_and_from_a_table_are_the_same() {
    let sandbox = Sandbox::trained();
    let given = sandbox.run(&[&PREDICT[..], &["--json"]].concat()).json();
    let asked = sandbox.run_with_input(&["predict", "--json"], ANSWERS.as_bytes()).json();
    assert_eq!(given, asked);
    let header =
        "task_type,input_mode,device_type,age_group,user_satisfaction_score,task_completion_time_sec,error_count";
    sandbox.write("one.csv", format!("{header}\nMake Payment,Voice,Smartwatch,60+,5,58,2\n"));
    assert_eq!(sandbox.run(&["predict", "--json", "--input", "one.csv"]).json(), given);
    let piped = sandbox.run_with_input(&["predict", "--json", "--input", "-"], &sandbox.read("one.csv"));
    assert_eq!(piped.json(), given);
}

#[test]
fn a_bad_answer_is_asked_again() {
    let sandbox = Sandbox::trained();
    let answers = "many\n-1\n1.5\n\n2\n58\n11\n5\n90+\n60+\nsmartwatch\n3\nVoice\nMake Payment\n";
    let run = sandbox.run_with_input(&["predict", "--json"], answers.as_bytes());
    let plain = sandbox.run_with_input(&["predict", "--json"], ANSWERS.as_bytes());
    assert_eq!(run.json(), plain.json());
    insta::assert_snapshot!("questions", run.stderr);
    let ended = sandbox.run_with_input(&["predict"], b"2\n58\n");
    assert_eq!((ended.status, ended.stdout.as_str()), (1, ""));
    assert!(
        ended.stderr.contains("error: the input ended before `user_satisfaction_score` was answered"),
        "{}",
        ended.stderr
    );
}

#[test]
fn rejected_rows_are_written_with_their_reason_and_stop_nothing() {
    let sandbox = Sandbox::trained();
    let text = String::from_utf8(sandbox.read("data/assistance.csv")).expect("text");
    let mut lines: Vec<String> = text.lines().take(9).map(str::to_owned).collect();
    lines[3] = lines[3].replace("Smart", "Tablet ").replace("Feature Phone", "Tablet");
    lines[5] = lines[5].replacen(',', ",90+ ", 1);
    lines[7] =
        lines[7].split(',').enumerate().map(|(at, cell)| if at == 6 { "" } else { cell }).collect::<Vec<_>>().join(",");
    sandbox.write("users.csv", lines.join("\n") + "\n");
    for output in ["out.csv", "out.tsv", "out.parquet", "out.arrow", "out.jsonl"] {
        let run = sandbox.run(&["predict", "--input", "users.csv", "--output", output]);
        assert_eq!(run.status, 1, "{}", run.stderr);
        assert!(
            run.stderr.starts_with("error: 3 of 8 rows were rejected: column `device_type`: unknown level"),
            "{}",
            run.stderr
        );
        assert!(run.stderr.contains("at line 4 of `users.csv`") && run.stderr.contains("at line 8 of `users.csv`"));
        let allowed = sandbox.run(&["predict", "--input", "users.csv", "--output", output, "--allow-rejected"]);
        assert_eq!(allowed.status, 0, "{}", allowed.stderr);
    }
    let csv = String::from_utf8(sandbox.read("out.csv")).expect("text");
    let header = csv.lines().next().expect("a header");
    assert!(
        header.ends_with(",outcome,prediction,probability,raw_probability,score,outside_training_range,rejection"),
        "{header}"
    );
    assert!(header.starts_with("user_id,age_group,"), "every column of the input is kept");
    let outcomes: Vec<bool> = csv.lines().skip(1).map(|line| line.contains(",scored,")).collect();
    assert_eq!(outcomes, [true, true, false, true, false, true, false, true]);
    // A table with predictions can be read again, and its columns are not silently written over.
    let again = sandbox.run(&["predict", "--input", "out.parquet", "--output", "twice.csv", "--allow-rejected"]);
    assert!(again.status == 0 && again.stderr.contains("are called `assist_prediction`"), "{}", again.stderr);
    let twice = String::from_utf8(sandbox.read("twice.csv")).expect("text");
    let header = twice.lines().next().expect("a header");
    assert!(header.contains(",rejection,assist_outcome,assist_prediction,"), "{header}");
    let stated = ["predict", "--input", "twice.csv", "--output", "thrice.csv", "--allow-rejected", "--prefix"];
    let clash = sandbox.run(&[&stated[..], &["assist_"]].concat());
    assert!(clash.status == 1 && clash.stderr.contains("has a column `assist_outcome` already"), "{}", clash.stderr);
    assert!(!sandbox.path("thrice.csv").exists());
    let third = sandbox.run(&[&stated[..], &["p.", "--json"]].concat()).json();
    assert_eq!(third["prefix"], "p.");
}

#[test]
fn contributions_add_up_to_the_score() {
    let sandbox = Sandbox::trained();
    let outcome = sandbox.run(&[&PREDICT[..], &["--json", "--explain"]].concat()).json();
    let sum: f64 = outcome["contributions"].as_array().expect("a list").iter().map(|c| number(&c["value"])).sum();
    assert!((sum - number(&outcome["score"])).abs() < 1e-12);
    sandbox.write("none.csv", "a\n1\n");
    let table = sandbox.run(&["predict", "--input", "data/assistance.csv", "--explain", "--output", "apart.csv"]);
    assert_eq!(table.status, 0, "{}", table.stderr);
    assert!(
        String::from_utf8(sandbox.read("apart.csv"))
            .expect("text")
            .lines()
            .next()
            .expect("a header")
            .ends_with(",contributions")
    );
}

#[test]
fn output_appears_whole_or_not_at_all() {
    let sandbox = Sandbox::trained();
    sandbox.write("out.csv", "what was there before");
    let text = String::from_utf8(sandbox.read("data/assistance.csv")).expect("text");
    sandbox.write("cut.csv", &text[..text.len() - 15]);
    let run = sandbox.run(&["predict", "--input", "cut.csv", "--output", "out.csv"]);
    assert!(run.status == 1 && run.stderr.contains("line 14001 of `cut.csv` has"), "{}", run.stderr);
    assert_eq!(sandbox.read("out.csv"), b"what was there before");
    let left: Vec<_> =
        fs_err::read_dir(sandbox.path("")).expect("the folder").map(|file| file.expect("a file").file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains(".part")), "{left:?}");
}
