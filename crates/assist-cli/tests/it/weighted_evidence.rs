//! Evidence of rows with sampling weights, of groups, and of both: statsmodels' figures, and what is said of it.

use serde_json::Value;

use crate::run::{Sandbox, repository};

const TRAIN: [&str; 5] = ["train", "--json", "--all-rows", "--bootstrap", "0"];

#[track_caller]
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[track_caller]
fn near(found: &Value, expected: &Value, what: &str) {
    let (found, expected) = (number(found), number(expected));
    assert!((found - expected).abs() <= 1e-8 * expected.abs().max(1.0), "{what}: {found} is not {expected}");
}

/// The shipped table with weights and groups, as `golden_evidence.py` has them.
fn table(sandbox: &Sandbox) {
    let text = fs_err::read_to_string(repository().join("data/assistance.csv")).expect("read");
    let (header, rows) = text.split_once('\n').expect("a header");
    let row = |(i, line): (u32, &str)| format!("{line},{},g{}\n", f64::from(i * 7 % 11) / 4.0, i * 13 % 601);
    let rows: String = (1..).zip(rows.lines()).map(row).collect();
    sandbox.write("t.csv", format!("{header},w,g\n{rows}"));
}

#[test]
fn figures_are_those_of_statsmodels() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/evidence.json");
    let golden: Value = serde_json::from_slice(&fs_err::read(golden).expect("read")).expect("JSON");
    let sandbox = Sandbox::new();
    table(&sandbox);
    let data = ["--data", "t.csv", "--target", "needs_assistance_flag"];
    for (name, options, method) in [
        ("weights", ["--weight", "w", "--drop", "g"], "sandwich_hc0"),
        ("groups", ["--group", "g", "--drop", "w"], "cluster_cr1"),
        ("weights_and_groups", ["--weight", "w", "--group", "g"], "cluster_cr1"),
    ] {
        let report = sandbox.run(&[&TRAIN[..], &data, &options].concat()).json();
        let expected = &golden[name];
        assert_eq!(report["inference"]["evidence"]["method"], method);
        let features = report["coefficients"].as_array().expect("a list").iter();
        for (place, coefficient) in features.chain([&report["intercept"]]).enumerate() {
            let evidence = &coefficient["evidence"];
            assert_eq!(evidence["method"], method);
            for figure in ["value", "std_error", "p_value", "ci_low", "ci_high"] {
                near(&evidence[figure], &expected[figure][place], &format!("{figure} {place} of {name}"));
            }
        }
        let tests = &report["inference"]["factor_tests"];
        assert!(tests["method"].as_str().is_some_and(|method| method.starts_with("Wald's chi-squared")), "{tests}");
        assert_eq!(tests["factors"].as_array().map(Vec::len), Some(7));
        for test in tests["factors"].as_array().expect("a list") {
            let column = test["columns"][0].as_str().expect("a name");
            let expected = &expected["factor_tests"][column];
            assert_eq!(test["df"], expected["df"], "{column}");
            near(&test["statistic"], &expected["statistic"], column);
            near(&test["p_value"], &expected["p_value"], column);
        }
        // What is kept with the model says the same.
        let explained = sandbox.run(&["explain", "--json"]).json();
        assert_eq!(explained["inference"], report["inference"]);
        let text = sandbox.run(&["explain"]).stdout;
        assert!(text.contains("Wald tests of whole columns") && text.contains("Wald chi-squared"), "{text}");
        assert!(text.contains(&format!("(`{method}`)")) && text.contains("by Wald's method with"), "{text}");
        let clear = "clear positive indicators: error_count, task_completion_time_sec\n";
        assert!(text.contains(clear), "{text}");
    }
}

/// Two numbers and a device of two kinds; users of five rows.
fn small(rows: u32, is_separated: bool) -> String {
    let toss = |n: u32| n.wrapping_mul(2_654_435_761) >> 16;
    let row = |row: u32| {
        let (a, is_watch) = (toss(row) % 100, toss(row + 9) % 6 == 0);
        let y = is_separated && is_watch || a + toss(row + 77) % 100 > 100;
        let device = if is_watch { "Watch" } else { "Phone" };
        format!("{a},{},{device},{},{},{}\n", toss(row / 5) % 50, row % 4 + 1, row / 5, u8::from(y))
    };
    format!("a,b,device,w,user_id,y\n{}", (0..rows).map(row).collect::<String>())
}

#[test]
fn separated_classes_under_weights_have_a_reason_and_no_evidence() {
    let sandbox = Sandbox::new();
    sandbox.write("t.csv", small(400, true));
    for (options, why) in [
        (&["--group", "none"][..], "rows have weights, and Firth's penalised likelihood is one of counts"),
        (&[], "the rows of a group are not"),
    ] {
        let train = [&TRAIN[..], &["--data", "t.csv", "--target", "y", "--weight", "w"], options].concat();
        let report = sandbox.run(&train).json();
        assert_eq!(report["inference"]["separation"]["features"], serde_json::json!(["device_Watch"]));
        assert!(report["inference"].get("evidence").is_none() && report["inference"].get("factor_tests").is_none());
        let reason = report["coefficients"][0]["evidence"]["reason"].as_str().expect("a reason");
        assert!(reason.contains("separated by `device_Watch`") && reason.contains(why), "{reason}");
        let explained = sandbox.run(&["explain"]).stdout;
        assert!(explained.contains("no evidence, so nothing is called clear"), "{explained}");
    }
}

#[test]
fn ten_events_a_parameter_are_counted_in_rows() {
    let sandbox = Sandbox::new();
    for (rows, is_scarce) in [(60, true), (600, false)] {
        sandbox.write("t.csv", small(rows, false));
        let train = ["--data", "t.csv", "--target", "y", "--weight", "w", "--group", "none", "--drop", "user_id"];
        let run = sandbox.run(&[&TRAIN[..], &train].concat());
        let evidence = run.json()["inference"]["evidence"].clone();
        assert_eq!(evidence["method"], "sandwich_hc0");
        assert_eq!(evidence["is_scarce"], is_scarce, "{evidence}");
        assert_eq!(evidence["clear_columns"].as_array().map(Vec::is_empty), Some(is_scarce), "{evidence}");
        assert_eq!(run.stderr.contains("fewer than 10 each"), is_scarce, "{}", run.stderr);
    }
}
