//! `--bins`: numeric columns become steps where the labels ask for it.

use serde_json::{Value, json};

use crate::run::Sandbox;

const SHIPPED: [&str; 4] = ["--data", "data/assistance.csv", "--schema", "data/assistance.schema.toml"];
const STEPS: [&str; 2] = ["error_count > 2", "task_completion_time_sec > 60"];

/// A sandbox with a model of the shipped table, whose label is a rule of two thresholds, and the report.
fn binned() -> (Sandbox, Value) {
    let sandbox = Sandbox::new();
    let report = sandbox.run(&[&["train", "--bins", "--json"], &SHIPPED[..]].concat()).json();
    (sandbox, report)
}

/// A prediction for a user with these numbers.
fn predict(sandbox: &Sandbox, errors: u32, seconds: &str) -> Value {
    let numbers = [format!("error_count={errors}"), format!("task_completion_time_sec={seconds}")];
    let others = [
        "user_satisfaction_score=5",
        "age_group=60+",
        "device_type=Smartwatch",
        "input_mode=Voice",
        "task_type=Make Payment",
    ];
    let mut arguments = vec!["predict", "--json", "--explain"];
    for value in numbers.iter().map(String::as_str).chain(others) {
        arguments.extend(["--set", value]);
    }
    sandbox.run(&arguments).json()
}

fn features(report: &Value) -> Vec<&str> {
    let all = report["coefficients"].as_array().expect("a list");
    all.iter().map(|coefficient| coefficient["feature"].as_str().expect("a name")).collect()
}

#[test]
fn a_rule_of_two_thresholds_is_learnt_whole() {
    let (sandbox, report) = binned();
    assert_eq!((&report["train"]["accuracy"], &report["test"]["accuracy"]), (&json!(1.0), &json!(1.0)));
    assert_eq!(report["bins"], json!({ "error_count": [2.0], "task_completion_time_sec": [60.0] }));
    assert_eq!(features(&report)[..3], [&["user_satisfaction_score"], &STEPS[..]].concat());
    let warning = "the classes are completely separated by `error_count > 2`, `task_completion_time_sec > 60`: without a penalty no finite optimum exists; the size of these coefficients is that of the penalty";
    assert_eq!(report["warnings"], json!([warning]));
    assert_eq!(report["inference"]["separation"], json!({ "kind": "complete", "features": STEPS }));
    let told = sandbox.run(&[&["train", "--bins"], &SHIPPED[..]].concat());
    assert!(told.stderr.contains(warning), "{}", told.stderr);
    let summary =
        "binned: `error_count` at 2; `task_completion_time_sec` at 60; no cut pays for `user_satisfaction_score`\n";
    assert!(told.stdout.contains(summary), "{}", told.stdout);
    // Without the option nothing is said of bins.
    let plain = sandbox.run(&[&["train", "--json"], &SHIPPED[..]].concat()).json();
    assert!(plain.get("bins").is_none() && features(&plain).contains(&"error_count"));
}

#[test]
fn a_prediction_steps_behind_the_cut() {
    let (sandbox, _) = binned();
    let at = [(2, "60", 0), (2, "60.5", 1), (2, "61", 1), (3, "60", 1), (0, "5", 0), (4, "119", 1)];
    for (errors, seconds, expected) in at {
        let outcome = predict(&sandbox, errors, seconds);
        assert_eq!(outcome["prediction"], expected, "{errors} errors, {seconds} s");
        let contributions = outcome["contributions"].as_array().expect("a list");
        let named = |name: &str| contributions.iter().find(|part| part["feature"] == name);
        let is_slow = seconds.parse::<f64>().expect("a number") > 60.0;
        let time = if is_slow { STEPS[1] } else { "task_completion_time_sec <= 60" };
        let value = named(time).expect("one of time")["value"].as_f64().expect("a number");
        assert!(if is_slow { value > 5.0 } else { value == 0.0 });
        let sum: f64 = contributions.iter().map(|part| part["value"].as_f64().expect("a number")).sum();
        assert!((sum - outcome["score"].as_f64().expect("a number")).abs() < 1e-12);
    }
    // All numbers of a bin score alike.
    assert_eq!(predict(&sandbox, 1, "20")["score"], predict(&sandbox, 2, "60")["score"]);
    // Asked, from a CSV file and from JSON lines.
    let given = predict(&sandbox, 2, "61");
    let asked = b"2\n61\n5\n60+\nSmartwatch\nVoice\nMake Payment\n";
    assert_eq!(sandbox.run_with_input(&["predict", "--json", "--explain"], asked).json(), given);
    let header =
        "task_type,input_mode,device_type,age_group,user_satisfaction_score,task_completion_time_sec,error_count";
    let rows = [("60", 0), ("61", 1)];
    let line = |(seconds, _): &(&str, i32)| format!("Make Payment,Voice,Smartwatch,60+,5,{seconds},2\n");
    sandbox.write("users.csv", format!("{header}\n{}", rows.iter().map(line).collect::<Vec<_>>().concat()));
    let object = |(seconds, _): &(&str, i32)| {
        format!(
            "{{\"error_count\": 2, \"task_completion_time_sec\": {seconds}, \"user_satisfaction_score\": 5, \"age_group\": \"60+\", \"device_type\": \"Smartwatch\", \"input_mode\": \"Voice\", \"task_type\": \"Make Payment\"}}\n"
        )
    };
    sandbox.write("users.jsonl", rows.iter().map(object).collect::<Vec<_>>().concat());
    for file in ["users.csv", "users.jsonl"] {
        let run = sandbox.run(&["predict", "--json", "--input", file]);
        let outcomes: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let predictions: Vec<&Value> = outcomes.iter().map(|outcome| &outcome["prediction"]).collect();
        assert_eq!(predictions, [0, 1], "{file}");
        assert_eq!(outcomes[1]["score"], given["score"]);
    }
}

#[test]
fn every_command_takes_a_model_of_steps() {
    let (sandbox, report) = binned();
    let explained = sandbox.run(&["explain", "--json"]).json();
    assert_eq!(features(&explained)[..2], [STEPS[1], STEPS[0]], "strongest first");
    let reference = json!({
        "error_count": "error_count <= 2", "task_completion_time_sec": "task_completion_time_sec <= 60",
    });
    assert_eq!(explained["reference_bins"], reference);
    let text = sandbox.run(&["explain"]).stdout;
    assert!(text.contains("completely separated by error_count > 2, task_completion_time_sec > 60 (certified"));
    let slices = ["evaluate", "--json", "--data", "data/assistance.csv", "--slices", "device_type,task_type"];
    let evaluated = sandbox.run(&slices).json();
    assert_eq!((&evaluated["accuracy"], &evaluated["model_id"]), (&json!(1.0), &report["model_id"]));
    let levels = evaluated["slices"][0]["slices"].as_array().expect("a list");
    assert_eq!(levels.iter().map(|slice| slice["rows"].as_u64().expect("a count")).sum::<u64>(), 14_000);
    assert!(levels.iter().all(|slice| slice["rows"].as_u64() > Some(4_000)), "bins are not mistaken for levels");
    let tuned = sandbox.run(&[&["tune", "--bins", "--json", "--cs", "0.1,1"], &SHIPPED[..]].concat()).json();
    assert_eq!((&tuned["bins"], &tuned["best_c"]), (&report["bins"], &json!(1.0)));
    let unpenalised = sandbox.run(&[&["train", "--bins", "--penalty", "none"], &SHIPPED[..]].concat());
    assert_eq!(unpenalised.status, 1);
    assert!(unpenalised.stderr.contains("separated by `error_count > 2`"), "{}", unpenalised.stderr);
    // A finite optimum has its figures, and each level and step its reference.
    let calibrated =
        sandbox.run(&[&["train", "--bins", "--calibrate", "sigmoid", "--out", "sigmoid"], &SHIPPED[..]].concat());
    assert_eq!(calibrated.status, 0, "{}", calibrated.stderr);
    let firth = ["train", "--bins", "--penalty", "firth", "--class-weight", "none"];
    let firth = sandbox.run(&[&firth[..], &SHIPPED].concat());
    assert_eq!(firth.status, 0, "{}", firth.stderr);
    let text = sandbox.run(&["explain"]).stdout;
    assert!(text.contains("a level or a bin is compared with its column's reference ("), "{text}");
    assert!(text.contains("error_count <= 2, task_completion_time_sec <= 60)"), "{text}");
    assert!(!text.contains("--penalty firth"), "that is what it has: {text}");
}

/// Missing cells are a bin of their own, whatever the fill value would be.
#[test]
fn missing_numbers_are_a_bin_of_their_own() {
    let sandbox = Sandbox::new();
    let mut text = "wait,noise,y\n".to_owned();
    for i in 0..900_u32 {
        let wait = i * 37 % 100;
        let cell = if i % 9 == 0 { String::new() } else { wait.to_string() };
        let y = if i % 9 == 0 { i % 2 == 0 } else { (30..70).contains(&wait) != (i % 13 == 0) };
        text.push_str(&format!("{cell},{},{}\n", i * i % 7, u8::from(y)));
    }
    sandbox.write("waits.csv", text);
    let data = ["--data", "waits.csv", "--target", "y"];
    let report = sandbox.run(&[&["train", "--bins", "--json", "--missing", "level"], &data[..]].concat()).json();
    assert_eq!(features(&report), ["noise", "wait (29, 69]", "wait > 69", "wait_missing"]);
    assert_eq!(report["bins"], json!({ "wait": [29.0, 69.0] }));
    let warnings = report["warnings"].as_array().expect("a list");
    assert!(
        matches!(&warnings[..], [Value::String(cuts)] if cuts.starts_with("the cuts of `wait` were sought")),
        "{warnings:?}"
    );
    let tests = report["inference"]["factor_tests"]["factors"].as_array().expect("a list");
    assert_eq!(tests[0]["df"], 3);
    let evaluated = sandbox.run(&["evaluate", "--json", "--data", "waits.csv"]).json();
    assert_eq!(evaluated["rows"], 900);
    let asked = sandbox.run_with_input(&["predict", "--json", "--explain"], b"\n3\n").json();
    // In the order of the coefficients: plain numbers come before bins.
    assert_eq!(asked["contributions"][2]["feature"], "wait_missing");
    let none = sandbox.run(&[&["train", "--bins", "--missing", "drop"], &data[..]].concat());
    assert!(none.stdout.contains("binned: `wait` at 29, 69; no cut pays for `noise`"), "{}", none.stdout);
}
