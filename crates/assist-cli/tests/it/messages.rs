//! Snapshots of what is said. The shipped table is fixed, so its figures are too; seconds are not printed for people.

use crate::run::{PREDICT, Sandbox};

/// A user of the shipped table, some of whose values are others.
fn with_user(command: &[&'static str], changed: &[&'static str]) -> Vec<&'static str> {
    let name = |pair: &str| pair.split('=').next().map(str::to_owned);
    let is_kept = |pair: &&[&'static str]| !changed.iter().any(|other| name(other) == name(pair[1]));
    let kept = PREDICT[1..].chunks(2).filter(is_kept).flatten();
    let changed = changed.iter().flat_map(|pair| ["--set", pair]);
    command.iter().chain(kept).copied().chain(changed).collect()
}

#[test]
fn what_success_looks_like() {
    let sandbox = Sandbox::new();
    let noise = |row: u64| format!("{},{}\n", row * 37 % 101, row * row % 11 % 2);
    sandbox.write("noise.csv", format!("a,y\n{}", (0..300).map(noise).collect::<String>()));
    for (name, arguments) in [
        ("train", vec!["train", "--data", "data/assistance.csv", "--schema", "data/assistance.schema.toml"]),
        ("evaluate", vec!["evaluate", "--data", "data/assistance.csv"]),
        ("evaluate_slices", vec!["evaluate", "--data", "data/assistance.csv", "--slices", "age_group"]),
        (
            "tune",
            vec![
                "tune",
                "--data",
                "data/assistance.csv",
                "--schema",
                "data/assistance.schema.toml",
                "--cost",
                "1,5",
                "--cs",
                "0.01,0.1,1",
                "--folds",
                "3",
            ],
        ),
        ("explain", vec!["explain"]),
        ("explain_user", with_user(&["explain"], &[])),
        ("predict", with_user(&["predict"], &[])),
        ("predict_json", with_user(&["predict", "--json", "--explain"], &[])),
        ("predict_outside_the_training_range", with_user(&["predict"], &["task_completion_time_sec=500"])),
        (
            "split",
            vec!["split", "--data", "data/assistance.csv", "--target", "needs_assistance_flag", "--out", "parts"],
        ),
        ("generate", vec!["generate", "--rows", "1000", "--out", "new.parquet"]),
        ("inspect", vec!["inspect", "--data", "data/assistance.csv", "--schema", "data/assistance.schema.toml"]),
        ("inspect_noise", vec!["inspect", "--data", "noise.csv", "--target", "y"]),
        (
            "compare",
            vec!["compare", "--data", "data/assistance.csv", "--target", "needs_assistance_flag", "--trees", "5"],
        ),
        ("report", vec!["report", "--data", "data/assistance.csv", "--trees", "5"]),
    ] {
        let run = sandbox.run(&arguments);
        assert_eq!(run.status, 0, "{name}: {}", run.stderr);
        // The size of a gradient that is nearly zero depends on the processor's way of adding up.
        let text = steady(&run.transcript());
        insta::assert_snapshot!(format!("success_{name}"), text);
    }
}

/// Replaces figures that are rounding errors by a mark, and cuts the digits that may depend on the processor.
fn steady(text: &str) -> String {
    let mut steady = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        steady.push_str(&rest[..at]);
        rest = &rest[at..];
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let end = digits(rest);
        let exponent = rest[end..].strip_prefix("e-").map_or(0, digits);
        let number = &rest[..end];
        match number.split_once('.') {
            _ if exponent > 0 => steady.push_str("[tiny]"),
            Some((whole, fraction)) if fraction.len() > 9 => steady.push_str(&format!("{whole}.{}…", &fraction[..9])),
            _ => steady.push_str(number),
        }
        rest = &rest[end + if exponent > 0 { 2 + exponent } else { 0 }..];
    }
    steady + rest
}

#[test]
fn what_failure_looks_like() {
    let sandbox = Sandbox::trained();
    let header =
        "error_count,task_completion_time_sec,user_satisfaction_score,age_group,device_type,input_mode,task_type";
    let row = "2,58,5,60+,Smartwatch,Voice,Make Payment";
    let gap = "2,,5,60+,Smartwatch,Voice,Make Payment";
    sandbox.write("gap.csv", format!("{header},needs_assistance_flag\n{row},1\n{gap},0\n"));
    sandbox.write("two.csv", "a,y\n1,0\n2,1\n");
    sandbox.write("collinear.csv", "a,b,y\n2,1,0\n4,2,1\n6,3,0\n8,4,1\n10,5,0\n12,6,1\n");
    sandbox.write("separable.csv", "a,y\n1,0\n2,0\n3,0\n4,1\n5,1\n6,1\n");
    sandbox.write("broken.toml", "target = 'y'\nnumber = 3\n");
    let mut transcripts = String::new();
    for arguments in [
        vec!["train", "--data", "nothing.csv", "--target", "y"],
        vec!["train", "--data", "no-*.csv", "--target", "y"],
        vec!["train", "--data", "two.csv"],
        vec!["train", "--data", "two.csv", "--target", "y"],
        vec!["train", "--data", "two.csv", "--schema", "broken.toml"],
        vec!["train", "--data", "two.csv", "--target", "y", "--positive", "yes"],
        vec!["train", "--data", "data/assistance.csv", "--target", "needs_assistance_flag", "--max-iter", "2"],
        vec!["train", "--data", "collinear.csv", "--target", "y", "--penalty", "none", "--test-size", "0.4"],
        vec!["train", "--data", "separable.csv", "--target", "y", "--penalty", "none", "--test-size", "0.34"],
        vec!["generate", "--rows", "5", "--out", "table.xls"],
        vec!["predict", "--model", "nowhere"],
        with_user(&["predict"], &["device_type=Tablet"]),
        with_user(&["predict"], &["error_count=many"]),
        vec!["predict", "--set", "error_count=1"],
        vec!["predict", "--set", "error_count=1", "--set", "error_count=2"],
        vec!["predict", "--set", "tablet=1"],
        vec!["predict", "--input", "two.csv"],
        vec!["evaluate", "--data", "two.csv"],
        vec!["evaluate", "--data", "gap.csv"],
        vec!["evaluate", "--data", "data/assistance.csv", "--slices", "error_count"],
        vec!["evaluate", "--data", "data/assistance.csv", "--slices", "needs_assistance_flag"],
        vec!["train", "--data", "two.csv", "--target", "y", "--std-errors", "inverse-hessian"],
        vec!["tune", "--data", "two.csv", "--target", "y", "--capacity", "5", "--users", "2"],
        vec!["split", "--data", "two.csv", "--target", "y", "--drop", "a", "--out", "parts"],
        vec!["report", "--data", "data/assistance.csv", "--out", "model_card.md"],
        vec!["completions", "bash", "--json"],
        vec!["inspect", "--data", "two.csv"],
        vec!["inspect", "--data", "two.csv", "--target", "y"],
        vec!["compare", "--data", "separable.csv", "--target", "nothing"],
        vec!["report", "--data", "two.csv"],
        vec!["report", "--model", "nowhere", "--data", "data/assistance.csv"],
    ] {
        let run = sandbox.run(&arguments);
        transcripts.push_str(&format!("$ assist-cli {}\n{}\n", arguments.join(" "), steady(&run.transcript())));
    }
    insta::assert_snapshot!("failures", transcripts);
}

#[test]
fn colour_only_where_it_is_wanted() {
    let sandbox = Sandbox::new();
    assert!(!sandbox.run(&["predict"]).stderr.contains('\u{1b}'));
    assert!(sandbox.run(&["predict", "--color", "always"]).stderr.contains('\u{1b}'));
    assert!(!sandbox.run(&["predict", "--color", "never"]).stderr.contains('\u{1b}'));
}
