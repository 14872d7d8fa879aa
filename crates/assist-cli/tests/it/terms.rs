//! Curves and interactions: statsmodels' and patsy's figures, what is refused, and every command with a model that has them.

use serde_json::{Value, json};

use crate::run::{Run, Sandbox, repository};

const DATA: [&str; 4] = ["--data", "t.csv", "--target", "needs_assistance_flag"];
const PLAIN: [&str; 4] = ["--penalty", "none", "--class-weight", "none"];
const CURVE: [&str; 2] = ["--spline", "task_completion_time_sec"];
const ADDED: [&str; 10] = [
    "--spline",
    "task_completion_time_sec",
    "--spline",
    "error_count",
    "--interactions",
    "error_count:user_satisfaction_score",
    "--interactions",
    "task_completion_time_sec:device_type",
    "--interactions",
    "device_type:input_mode",
];

/// So many rows of the shipped table at most, with the labels that `golden_terms.py` has.
fn sandbox(n_rows: usize) -> Sandbox {
    let text = fs_err::read_to_string(repository().join("data/assistance.csv")).expect("read");
    let (header, rows) = text.split_once('\n').expect("a header");
    let row = |(i, line): (u32, &str)| {
        let (features, label) = line.rsplit_once(',').expect("a label");
        let label = if i * 7 % 10 == 0 { ["1", "0"][usize::from(label == "1")] } else { label };
        format!("{features},{label}\n")
    };
    let rows: String = (1..).zip(rows.lines()).take(n_rows).map(row).collect();
    let sandbox = Sandbox::new();
    sandbox.write("t.csv", format!("{header}\n{rows}"));
    sandbox
}

fn golden() -> Value {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/terms.json");
    serde_json::from_slice(&fs_err::read(golden).expect("read")).expect("JSON")
}

#[track_caller]
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[track_caller]
fn near(found: &Value, expected: &Value, what: &str) {
    let (found, expected) = (number(found), number(expected));
    assert!((found - expected).abs() <= 1e-8 * expected.abs().max(1.0), "{what}: {found} is not {expected}");
}

#[track_caller]
fn succeeded(run: &Run) {
    assert_eq!(run.status, 0, "{}", run.stderr);
}

/// The raw probabilities of the first rows.
fn probabilities(sandbox: &Sandbox, n: usize) -> Vec<Value> {
    sandbox.run(&["predict", "--input", "t.csv", "--output", "p.jsonl"]);
    let text = fs_err::read_to_string(sandbox.path("p.jsonl")).expect("written");
    let row = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["raw_probability"].clone();
    text.lines().take(n).map(row).collect()
}

#[test]
fn figures_are_those_of_statsmodels_and_patsy() {
    let (sandbox, golden) = (sandbox(usize::MAX), golden());
    let train = ["train", "--json", "--all-rows", "--bootstrap", "0"];
    let report = sandbox.run(&[&train[..], &DATA, &PLAIN, &ADDED].concat()).json();
    assert_eq!(report["splines"], golden["knots"]);
    assert_eq!(report["interactions"][1], json!(["task_completion_time_sec", "device_type"]));
    for (place, coefficient) in report["coefficients"].as_array().expect("a list").iter().enumerate() {
        assert_eq!(coefficient["feature"], golden["features"][place]);
        near(&coefficient["value"], &golden["coefficients"][place], &format!("coefficient {place}"));
        near(&coefficient["evidence"]["value"], &golden["coefficients"][place], &format!("evidence {place}"));
    }
    near(&report["intercept"]["value"], &golden["coefficients"][25], "intercept");
    let tests = &report["inference"]["factor_tests"];
    near(&tests["log_likelihood"], &golden["log_likelihood"], "log-likelihood");
    let expected = golden["factor_tests"].as_object().expect("an object");
    assert_eq!(tests["factors"].as_array().map(Vec::len), Some(expected.len()));
    for test in tests["factors"].as_array().expect("a list") {
        let factor = test["columns"][0].as_str().expect("a name");
        assert_eq!(test["df"], expected[factor]["df"], "{factor}");
        near(&test["statistic"], &expected[factor]["statistic"], factor);
    }
    let clear = report["inference"]["evidence"]["clear_columns"].as_array().expect("a list");
    assert!(clear.contains(&json!("bend of task_completion_time_sec")), "{clear:?}");
    for (found, expected) in probabilities(&sandbox, 40).iter().zip(golden["probabilities"].as_array().expect("a list"))
    {
        near(found, expected, "probability");
    }
    // The same space as that of patsy's `cr` with these knots.
    let report = sandbox.run(&[&train[..], &DATA, &PLAIN, &CURVE].concat()).json();
    near(&report["inference"]["factor_tests"]["log_likelihood"], &golden["patsy"]["log_likelihood"], "log-likelihood");
    let expected = golden["patsy"]["probabilities"].as_array().expect("a list");
    for (found, expected) in probabilities(&sandbox, 40).iter().zip(expected) {
        near(found, expected, "probability of the curve");
    }
}

#[test]
fn every_command_knows_a_model_with_curves_and_interactions() {
    let sandbox = sandbox(1500);
    let trained = sandbox.run(&[&["train"][..], &DATA, &ADDED].concat());
    for line in [
        "`task_completion_time_sec` acts along a curve, a natural cubic spline with knots at",
        "the effects of `device_type` and `input_mode` depend on each other",
    ] {
        assert!(trained.stdout.contains(line), "{}", trained.stdout);
    }
    let report: Value =
        serde_json::from_slice(&fs_err::read(sandbox.path("artifacts/metrics.json")).expect("read")).expect("JSON");
    // A model that is loaded scores test rows as the training did.
    let evaluated = sandbox.run(&["evaluate", "--json", "--data", "t.csv"]).json();
    let of_all = |figure: &str| number(&evaluated[figure]);
    assert!((of_all("roc_auc") - number(&report["train"]["roc_auc"])).abs() < 0.02);
    let explained = sandbox.run(&["explain", "--json"]).json();
    let reason = explained["inference"]["undefined"]["marginal_effects"].as_str().expect("a reason");
    assert!(reason.starts_with("the model has curves or interactions"), "{reason}");
    let compared = sandbox.run(&[&["compare", "--json", "--trees", "5"][..], &DATA, &ADDED].concat()).json();
    let importances = compared["models"][0]["importances"].as_array().expect("a list");
    assert_eq!(importances.len(), 7, "trees and permutations know the columns alone");
    assert_eq!(compared["models"][0]["test"]["roc_auc"], report["test"]["roc_auc"]);
    let tuned = sandbox.run(&[&["tune", "--json", "--cs", "0.1,1"][..], &DATA, &ADDED].concat()).json();
    assert_eq!(tuned["splines"], report["splines"]);
    succeeded(&sandbox.run(&["report", "--data", "t.csv", "--out", "r.html", "--trees", "5"]));
    // L1 and Firth's penalty know them too, and a model of all rows has a report.
    let sparse = ["--penalty", "l1", "--c", "0.01"];
    succeeded(&sandbox.run(&[&["train"][..], &DATA, &ADDED, &sparse].concat()));
    let firth = ["--penalty", "firth", "--class-weight", "none", "--all-rows"];
    succeeded(&sandbox.run(&[&["train"][..], &DATA, &CURVE, &firth].concat()));
    succeeded(&sandbox.run(&["report", "--data", "t.csv", "--out", "r.html", "--trees", "5"]));
}

/// Either, but not both, of two numbers: `compare` names the command, which makes a model of steps that every command knows.
#[test]
fn steps_are_found_made_and_carried_elsewhere() {
    let sandbox = Sandbox::new();
    let hundred = |n: u64| {
        let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33) % 100
    };
    let row = |i: u64| {
        let [a, b, c] = [1, 2, 3].map(|column| hundred(i * 4 + column));
        format!("{a},{b},{},{c},{}\n", ["p", "q"][usize::from(i.is_multiple_of(3))], u8::from((a > 44) != (b > 59)))
    };
    let rows: String = (0..1500).map(row).collect();
    sandbox.write("t.csv", format!("a,b,d,c,y\n{rows}"));
    let data = ["--data", "t.csv", "--target", "y"];
    let compared = sandbox.run(&[&["compare", "--trees", "5"][..], &data].concat());
    let command = "assist-cli train --data t.csv --target y --steps a:b";
    assert!(compared.stdout.contains(command), "{}", compared.stdout);
    assert!(compared.stdout.contains("the interaction of `a` and `b`, in steps"), "{}", compared.stdout);
    let trained = sandbox.run(&[&["train"][..], &data, &["--steps", "a:b"]].concat());
    assert!(trained.stdout.contains("`a` and `b` act in steps that depend on each other"), "{}", trained.stdout);
    assert!(trained.stderr.contains("the cuts of `a`, `b` were sought by the labels"), "{}", trained.stderr);
    let report: Value =
        serde_json::from_slice(&fs_err::read(sandbox.path("artifacts/metrics.json")).expect("read")).expect("JSON");
    assert_eq!((&report["steps"], &report["test"]["accuracy"]), (&json!([["a", "b"]]), &json!(1.0)));
    let features: Vec<&str> =
        report["coefficients"].as_array().expect("a list").iter().filter_map(|of| of["feature"].as_str()).collect();
    assert_eq!(&features[features.len() - 3..], ["a > 44", "b > 59", "a > 44:b > 59"]);
    // The cut belongs to the lower side, wherever the model goes.
    for (a, b, expected) in [(44, 59, 0), (45, 59, 1), (44, 60, 1), (45, 60, 0)] {
        let sets = [format!("a={a}"), format!("b={b}"), "c=5".into(), "d=p".into()];
        let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
        let predicted = sandbox.run(&[&["predict", "--json"][..], &sets].concat()).json();
        assert_eq!(predicted["prediction"], json!(expected), "{a}, {b}");
    }
    succeeded(&sandbox.run(&["verify", "--most-points", "20000"]));
    succeeded(&sandbox.run(&["report", "--data", "t.csv", "--out", "r.html", "--trees", "5"]));
    let tuned = sandbox.run(&[&["tune", "--json", "--cs", "0.1,1"][..], &data, &["--steps", "a:b"]].concat()).json();
    assert_eq!(tuned["steps"], json!([["a", "b"]]));
    let again = sandbox.run(&[&["compare", "--json", "--trees", "5"][..], &data, &["--steps", "a:b"]].concat()).json();
    let tests = again["term_tests"]["tests"].as_array().expect("a list");
    assert!(tests.iter().all(|test| test["term"]["columns"] != json!(["a", "b"])), "what the model has is not tried");
    for (options, status, error) in [
        (&["--steps", "a:d"][..], 1, "`d` is a column of categories, and steps are those of numbers"),
        (&["--steps", "a:b", "--bins"], 1, "`a` is cut into bins, which are steps already"),
        (&["--steps", "a:a"], 1, "an interaction of `a` with itself was asked for"),
        (&["--steps", "a:e"], 1, "`e` of steps of two columns is not a column that the model learns from"),
        (&["--steps", "a:b", "--interactions", "b:a"], 1, "the interaction of `a` and `b` was asked for twice"),
        (&["--steps", "a:b", "--form", "rule"], 2, "a pair of steps has no effect"),
    ] {
        let refused = sandbox.run(&[&["train"][..], &data, options].concat());
        assert_eq!(refused.status, status, "{options:?}: {}", refused.stderr);
        assert!(refused.stderr.contains(error), "{options:?}: {}", refused.stderr);
    }
}

#[test]
fn what_cannot_be_a_curve_or_an_interaction_is_refused_with_a_hint() {
    let sandbox = Sandbox::new();
    let row = |i: u32| format!("{},{},d{},{},{}\n", i * 7 % 50, i % 2, i % 3, i * 3 % 11, u8::from(i * 11 % 17 > 8));
    let rows: String = (0..300).map(row).collect();
    sandbox.write("t.csv", format!("a,two,d,b:c,y\n{rows}"));
    let run = |options: &[&str]| sandbox.run(&[&["train", "--data", "t.csv", "--target", "y"], options].concat());
    for (options, status, error) in [
        (&["--spline", "d"][..], 1, "`d` is a column of categories, and a curve is one of numbers"),
        (
            &["--spline", "two"],
            1,
            "column `two` has 2 distinct values in the training rows, and a curve needs at least 3",
        ),
        (&["--spline", "y"], 1, "`y` of a curve is not a column that the model learns from"),
        (&["--spline", "a", "--drop", "a"], 1, "`a` of a curve is not a column that the model learns from"),
        (&["--spline", "a", "--bins"], 1, "`a` is cut into bins, and a curve is one of the number itself"),
        (&["--interactions", "a:a"], 1, "an interaction of `a` with itself was asked for"),
        (&["--interactions", "a:e"], 1, "`e` of an interaction is not a column that the model learns from"),
        (&["--interactions", "a:b:c"], 2, "expected two columns such as `errors:device`"),
    ] {
        let refused = run(options);
        assert_eq!(refused.status, status, "{options:?}: {}", refused.stderr);
        assert!(refused.stderr.contains(error), "{options:?}: {}", refused.stderr);
    }
    assert!(run(&["--spline", "y"]).stderr.contains("hint: the columns are `a`, `two`, `b:c`, `d`"));
    // Names with a colon, the same terms twice, and what the schema asks for.
    let colon = ["--interactions", r#""b:c":d"#, "--spline", "a"];
    succeeded(&run(&colon));
    let twice = run(&[&colon[..], &["--interactions", r#"d:"b:c""#]].concat());
    assert!(twice.stderr.contains("the interaction of `d` and `b:c` was asked for twice"), "{}", twice.stderr);
    let twice = run(&["--spline", "a", "--spline", "a"]);
    assert!(twice.stderr.contains("a curve of `a` was asked for twice"), "{}", twice.stderr);
    sandbox.write("s.toml", "target = \"y\"\n[fit]\nsplines = [\"a\"]\ninteractions = [[\"d\", \"b:c\"]]\n");
    let report = sandbox.run(&["train", "--json", "--data", "t.csv", "--schema", "s.toml"]).json();
    assert_eq!(report["interactions"], json!([["d", "b:c"]]));
    assert!(report["splines"]["a"].as_array().is_some_and(|knots| knots.len() == 5));
}
