//! A model fitted to all rows, with the figures of the split beside it.

use crate::run::Sandbox;

const SHIPPED: [&str; 6] =
    ["train", "--json", "--data", "data/assistance.csv", "--schema", "data/assistance.schema.toml"];

#[test]
fn the_saved_model_is_that_of_all_rows_and_the_figures_are_those_of_the_split() {
    let sandbox = Sandbox::new();
    let plain = sandbox.run(&[&SHIPPED[..], &["--out", "plain"]].concat()).json();
    let all = sandbox.run(&[&SHIPPED[..], &["--all-rows"]].concat()).json();
    for part in ["train", "test", "split"] {
        assert_eq!(all[part], plain[part], "{part}");
    }
    assert_eq!(all["all_rows"]["rows"], 14_000);
    assert_eq!(all["all_rows"]["class_counts"], all["data"]["class_counts"]);
    let of_split = &all["all_rows"]["split"];
    assert_eq!(of_split["coefficients"], plain["coefficients"]);
    assert_eq!(of_split["intercept"], plain["intercept"]);
    assert_eq!(of_split["fit"]["evaluations"], plain["fit"]["evaluations"]);
    assert_ne!(all["model_id"], plain["model_id"]);
    let error = |report: &serde_json::Value| report["coefficients"][0]["std_error"].as_f64().expect("a number");
    let ratio = error(&all) / error(&plain);
    assert!((ratio - (0.8_f64).sqrt()).abs() < 0.02, "a quarter more rows: {ratio}");
    // The report judges the fit to the training rows, and says what was saved.
    let report = sandbox.run(&["report", "--data", "data/assistance.csv"]);
    assert_eq!(report.status, 0, "{}", report.stderr);
    let card = String::from_utf8(sandbox.read("artifacts/model_card.md")).expect("text");
    assert!(card.contains("Fitted to all 14,000 rows once the split had been evaluated"), "{card}");
    let page = String::from_utf8(sandbox.read("artifacts/report.html")).expect("text");
    assert!(page.contains("fitted to all 14,000 rows afterwards"));
    let accuracy = plain["test"]["accuracy"].as_f64().expect("a number");
    assert!(card.contains(&format!("{:.1} %", 100.0 * accuracy)), "{card}");
}

#[test]
fn people_are_told_what_was_saved() {
    let sandbox = Sandbox::new();
    let run =
        sandbox.run(&["train", "--data", "data/assistance.csv", "--target", "needs_assistance_flag", "--all-rows"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let said = "the saved model was then fitted to all 14,000 rows; these figures are those of the fit to the 11,200 training rows";
    assert!(run.stdout.contains(said), "{}", run.stdout);
}

/// A level that the split left to the test rows is known to the model of all rows.
#[test]
fn levels_of_test_rows_are_learnt() {
    let sandbox = Sandbox::new();
    let row = |i: u32| {
        format!("{},{},{}", i % 7, if i == 3 { "once" } else { ["a", "b"][i as usize % 2] }, u32::from(i * 7 % 13 > 6))
    };
    let rows: Vec<String> = (0..200).map(row).collect();
    sandbox.write("t.csv", format!("x,d,y\n{}\n", rows.join("\n")));
    // Some seed has it among the test rows.
    for seed in 0..40 {
        let seed = seed.to_string();
        let arguments = ["train", "--json", "--data", "t.csv", "--target", "y", "--rare", "1", "--seed", &seed];
        let split = sandbox.run(&arguments).json();
        let knows = |report: &serde_json::Value| report["coefficients"].to_string().contains("d_once");
        if !knows(&split) {
            assert!(knows(&sandbox.run(&[&arguments[..], &["--all-rows"]].concat()).json()));
            assert_eq!(sandbox.run(&["predict", "--set", "x=1", "--set", "d=once"]).status, 0);
            return;
        }
    }
    panic!("the level is always among the training rows");
}
