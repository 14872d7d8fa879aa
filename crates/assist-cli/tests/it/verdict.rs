//! `inspect`, `compare` and `report`: is the label a formula, what do other models say, and what is told of it.

use serde_json::{Value, json};

use crate::run::{Sandbox, reference, repository};

const SHIPPED: [&str; 4] = ["--data", "data/assistance.csv", "--schema", "data/assistance.schema.toml"];
const RULE: &str = "error_count >= 3 OR task_completion_time_sec > 60";

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn inspect(sandbox: &Sandbox, options: &[&str]) -> Value {
    sandbox.run(&[&["inspect", "--json"], options].concat()).json()
}

fn assert_rule_of_the_table(document: &Value) {
    let audit = &document["label_audit"];
    assert_eq!((&audit["rule_found"], &audit["rule"]), (&json!(true), &json!(RULE)));
    assert_eq!((&audit["exceptions"], &audit["rows"]), (&json!(0), &json!(14_000)));
    assert_eq!(audit["support"], document["class_counts"][1]);
    assert_eq!(
        audit["literals"],
        json!([
            { "column": "error_count", "operator": ">=", "value": 3.0, "low": 2.0, "high": 3.0, "no_row_between": true },
            { "column": "task_completion_time_sec", "operator": ">", "value": 60.0, "low": 60.0, "high": 61.0, "no_row_between": true },
        ])
    );
    assert_eq!(audit["unseen_rows"]["errors"], 0);
    assert_eq!(audit["permuted_control"]["rule_found"], false);
    assert_eq!(audit["not_searched"], json!([]));
}

#[test]
fn the_rule_behind_the_shipped_table_is_found() {
    let sandbox = Sandbox::new();
    let document = inspect(&sandbox, &SHIPPED);
    assert_rule_of_the_table(&document);
    let column = |name: &str| {
        let all = document["columns"].as_array().expect("a list");
        all.iter().find(|column| column["name"] == name).unwrap_or_else(|| panic!("no {name}")).clone()
    };
    let errors = column("error_count");
    assert_eq!((&errors["role"], &errors["distinct"], &errors["missing"]), (&json!("numeric"), &json!(5), &json!(0)));
    assert_eq!((&errors["min"], &errors["max"]), (&json!(0.0), &json!(4.0)));
    assert_eq!(column("device_type")["levels"], json!(["Feature Phone", "Smartphone", "Smartwatch"]));
    assert_eq!(
        (column("user_id")["role"].as_str(), column("needs_assistance_flag")["role"].as_str()),
        (Some("dropped"), Some("target"))
    );
    let run = sandbox.run(&[&["inspect"], &SHIPPED[..]].concat());
    for line in [
        "rule: error_count >= 3 OR task_completion_time_sec > 60",
        "exceptions: 0 in 14,000",
        "the cut of `task_completion_time_sec` lies in (60, 61]: no row has a value between",
    ] {
        assert!(run.stdout.lines().any(|said| said == line), "`{line}` is missing:\n{}", run.stdout);
    }
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
}

#[test]
fn a_single_exception_is_told_with_its_values() {
    let sandbox = Sandbox::new();
    let text = String::from_utf8(sandbox.read("data/assistance.csv")).expect("text");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let flipped = &mut lines[5000];
    let label = if flipped.ends_with('1') { "0" } else { "1" };
    flipped.replace_range(flipped.len() - 1.., label);
    sandbox.write("slip.csv", lines.join("\n"));
    let audit = inspect(&sandbox, &["--data", "slip.csv", SHIPPED[2], SHIPPED[3]])["label_audit"].clone();
    assert_eq!((&audit["rule"], &audit["exceptions"], &audit["rule_found"]), (&json!(RULE), &json!(1), &json!(true)));
    let told = audit["exceptional_rows"][0].as_str().expect("the row");
    assert!(told.starts_with("error_count = ") && told.ends_with(&format!("has class {label}")), "{told}");
    let run = sandbox.run(&["inspect", "--data", "slip.csv", SHIPPED[2], SHIPPED[3]]);
    assert!(run.stdout.contains("exceptions: 1 in 14,000, so the rule is not exact"), "{}", run.stdout);
}

#[test]
fn noise_has_no_rule_and_gaps_are_counted() {
    let sandbox = Sandbox::new();
    let made = sandbox.run(&["generate", "--rows", "14000", "--label", "noisy", "--out", "noisy.csv"]);
    assert_eq!(made.status, 0, "{}", made.stderr);
    let audit = inspect(&sandbox, &["--data", "noisy.csv", SHIPPED[2], SHIPPED[3]])["label_audit"].clone();
    assert_eq!((&audit["rule_found"], &audit["literals"]), (&json!(false), &json!([])));
    assert!(audit.get("rule").is_none() && number(&audit["exceptions"]) > 2000.0);
    sandbox.write("gaps.csv", format!("a,b,y\n{}", "1,x,0\n,y,1\n3,,1\n4,x,0\n".repeat(50)));
    let document = inspect(&sandbox, &["--data", "gaps.csv", "--target", "y"]);
    assert_eq!((&document["columns"][0]["missing"], &document["columns"][1]["missing"]), (&json!(50), &json!(50)));
    assert_eq!(document["duplicates"], 196);
    // Too small for a split, but there is something to look at all the same.
    sandbox.write("tiny.csv", "a,b,y\n1,x,0\n2,y,1\n3,x,0\n");
    let tiny = sandbox.run(&["inspect", "--json", "--data", "tiny.csv", "--target", "y"]);
    assert!(tiny.stderr.contains("no test rows: "), "{}", tiny.stderr);
    assert_eq!((&tiny.json()["rows"], &tiny.json()["columns"][0]["max"]), (&json!(3), &json!(3.0)));
    let counts = "a,b,n0,n1\n1,x,30,0\n2,y,0,40\n3,x,25,0\n4,y,0,35\n";
    sandbox.write("counts.csv", counts);
    let document = inspect(&sandbox, &["--data", "counts.csv", "--counts"]);
    assert_eq!((&document["rows"], &document["class_counts"]), (&json!(130), &json!([55, 75])));
    assert_eq!(document["label_audit"]["rule"], "b = \"y\"");
}

#[test]
fn a_column_that_names_every_row_is_pointed_at() {
    let sandbox = Sandbox::new();
    let rows: String = (0..100).fold(String::new(), |rows, row| rows + &format!("k{row},{},{}\n", row % 7, row % 2));
    sandbox.write("keys.csv", format!("key,a,y\n{rows}"));
    let run = sandbox.run(&["compare", "--data", "keys.csv", "--target", "y", "--keep", "key", "--trees", "2"]);
    assert_eq!(run.status, 1);
    assert!(
        run.stderr.contains("test rows are rejected") && run.stderr.contains("without `--keep key`"),
        "{}",
        run.stderr
    );
}

#[test]
fn models_stand_beside_controls() {
    let sandbox = Sandbox::new();
    let options = ["compare", "--json", "--trees", "20"];
    let document = sandbox.run(&[&options[..], &SHIPPED].concat()).json();
    let model = |name: &str| {
        let all = document["models"].as_array().expect("a list");
        all.iter().find(|model| model["name"] == name).unwrap_or_else(|| panic!("no {name}")).clone()
    };
    let trained = sandbox.run(&[&["train", "--json"], &SHIPPED[..]].concat()).json();
    let logistic = model("logistic_regression");
    for figure in ["accuracy", "roc_auc", "log_loss", "confusion_matrix"] {
        assert_eq!(logistic["test"][figure], trained["test"][figure], "{figure} is that of `train`");
        assert_eq!(logistic["train"][figure], trained["train"][figure], "{figure} is that of `train`");
    }
    assert_eq!(
        (&model("decision_tree")["parameters"], &model("decision_tree")["test"]["accuracy"]),
        (&json!(3), &json!(1.0))
    );
    assert_eq!(model("random_forest")["test"]["accuracy"], 1.0);
    assert_eq!(model("decision_tree_depth_2")["parameters"], 3);
    let control = model("decision_tree_on_permuted_labels");
    assert!(number(&control["parameters"]) > 4000.0 && number(&control["train"]["accuracy"]) > 0.99);
    assert!((0.53..0.61).contains(&number(&control["test"]["accuracy"])), "{}", control["test"]["accuracy"]);
    assert_eq!(model("majority_class")["test"]["roc_auc"], 0.5);
    let tests = document["paired_tests"].as_array().expect("a list");
    let pair =
        tests.iter().find(|test| test["a"] == "logistic_regression" && test["b"] == "decision_tree").expect("a pair");
    // All models decide at thresholds that are chosen in one way, not at that of balanced classes.
    let of_decisions = &logistic["decisions"]["confusion_matrix"];
    let [[_, fp], [fne, _]] = [0, 1].map(|row| [0, 1].map(|c| number(&of_decisions[row][c])));
    assert_eq!((number(&pair["a_only_wrong"]), &pair["b_only_wrong"]), (fp + fne, &json!(0)));
    assert!((number(&pair["mcnemar_p"]).log2() - (1.0 - fp - fne)).abs() < 1e-6, "twice the probability of no heads");
    assert!(number(&pair["auc_difference_ci"][1]) < 0.0 && number(&pair["auc_difference"]) < 0.0);
    let importances = model("decision_tree")["importances"].clone();
    let impurity: f64 = importances.as_array().expect("a list").iter().map(|of| number(&of["impurity"])).sum();
    assert!((impurity - 1.0).abs() < 1e-9);
    let verdict = document["verdict"].as_str().expect("text");
    for words in [RULE, "does not memorise", "is always wrong where", "no evidence that"] {
        assert!(verdict.contains(words), "`{words}` is missing: {verdict}");
    }
    assert_eq!(document["slices"], logistic["slices"]);
    let run = sandbox.run(&[&["compare", "--trees", "5"], &SHIPPED[..]].concat());
    assert!(run.status == 0 && run.stdout.starts_with("\nVerdict\n- Use the rule itself"), "{}", run.stdout);
}

#[test]
fn with_bins_logistic_regression_equals_the_tree_and_the_report_warns() {
    let sandbox = Sandbox::new();
    let trained = sandbox.run(&[&["train", "--bins"], &SHIPPED[..]].concat());
    assert_eq!(trained.status, 0, "{}", trained.stderr);
    let run = sandbox.run(&["report", "--json", "--trees", "10", "--data", "data/assistance.csv"]);
    let document = run.json();
    let accuracy = |name: &str| {
        let all = document["models"].as_array().expect("a list");
        all.iter().find(|model| model["name"] == name).map(|model| model["test"]["accuracy"].clone())
    };
    assert_eq!(accuracy("logistic_regression"), accuracy("decision_tree"));
    let page = String::from_utf8(sandbox.read("artifacts/report.html")).expect("text");
    for words in
        ["error_count &gt; 2", "task_completion_time_sec &gt; 60", "completely separate the classes", "Training warned"]
    {
        assert!(page.contains(words), "`{words}` is missing");
    }
    assert_eq!(document["report"], "artifacts/report.html");
    let card = String::from_utf8(sandbox.read("artifacts/model_card.md")).expect("text");
    assert!(card.contains("completely separated by `error_count > 2`"), "{card}");
}

#[test]
fn a_report_needs_the_table_and_the_metrics_of_the_model() {
    let sandbox = Sandbox::trained();
    let report = |options: &[&str]| sandbox.run(&[&["report", "--trees", "2"], options].concat());
    let made = report(&["--data", "data/assistance.csv", "--out", "pages/first.html"]);
    assert_eq!(made.status, 0, "{}", made.stderr);
    let (page, card) = (sandbox.read("pages/first.html"), sandbox.read("pages/model_card.md"));
    assert!(page.starts_with(b"<!DOCTYPE html>") && card.starts_with(b"# Model card"));
    let again = report(&["--data", "data/assistance.csv", "--out", "pages/first.html"]);
    assert_eq!((again.status, sandbox.read("pages/first.html")), (0, page), "the same page each time");

    sandbox.run(&["generate", "--rows", "500", "--out", "other.csv"]);
    let other = report(&["--data", "other.csv"]);
    assert_eq!(other.status, 1);
    assert!(other.stderr.contains("`other.csv` is not the table that the model was trained on"), "{}", other.stderr);
    let metrics = String::from_utf8(sandbox.read("artifacts/metrics.json")).expect("text");
    let id = sandbox.metrics("artifacts")["model_id"].as_str().expect("an id").to_owned();
    for (text, words) in
        [(metrics.replace(&id, &"0".repeat(64)), "is that of another model"), ("{".to_owned(), "cannot be read")]
    {
        sandbox.write("artifacts/metrics.json", text);
        let run = report(&["--data", "data/assistance.csv"]);
        assert!(
            run.status == 1 && run.stderr.contains(words) && run.stderr.contains("hint: train again"),
            "{}",
            run.stderr
        );
    }
    fs_err::remove_file(sandbox.path("artifacts/metrics.json")).expect("removed");
    let run = report(&["--data", "data/assistance.csv"]);
    assert!(run.status == 1 && run.stderr.contains("`artifacts/metrics.json` is missing"), "{}", run.stderr);
    assert!(!sandbox.path("artifacts/report.html").exists(), "nothing half is written");
}

#[test]
fn the_reference_table_is_seen_through() {
    let Some((data, _)) = reference("the_reference_table_is_seen_through") else { return };
    let sandbox = Sandbox::new();
    let data = data.display().to_string();
    let options = ["--data", data.as_str(), SHIPPED[2], SHIPPED[3]];
    let document = inspect(&sandbox, &options);
    assert_rule_of_the_table(&document);
    assert_eq!((&document["duplicates"], &document["label_audit"]["unseen_rows"]["rows"]), (&json!(153), &json!(2752)));
    let compared = sandbox.run(&[&["compare", "--json", "--trees", "20"], &options[..]].concat()).json();
    let slices = compared["slices"].as_array().expect("a list");
    let always =
        json!({ "where": "error_count = 0 and task_completion_time_sec from 61 to 75", "rows": 70, "errors": 70 });
    assert!(slices.contains(&always), "{slices:?}");
    let verdict = compared["verdict"].as_str().expect("text");
    for words in [
        "The decision tree does not memorise: it has 3 leaves",
        "for 100.0 % of the 2,752 test rows with a combination of values that training never saw",
        "error_count = 0 and task_completion_time_sec from 61 to 75 (70 of 70 test rows)",
        "It is better than logistic regression, which is right for 90.4 %",
        "likelihood-ratio test of all together, p = 0.2165",
    ] {
        assert!(verdict.contains(words), "`{words}` is missing: {verdict}");
    }
}

/// Accuracies of scikit-learn's trees and forests, means over seeds, made by `cargo xtask golden`.
#[test]
fn trees_and_forests_are_as_good_as_those_of_scikit_learn() {
    let golden = fs_err::read(repository().join("crates/assist-cli/tests/golden/trees.json")).expect("figures");
    let golden: Value = serde_json::from_slice(&golden).expect("JSON");
    let sandbox = Sandbox::new();
    let made = sandbox.run(&["generate", "--rows", "60000", "--seed", "7", "--label", "noisy", "--out", "noisy.csv"]);
    assert_eq!(made.status, 0, "{}", made.stderr);
    let mut tables = vec![("shipped", "data/assistance.csv".to_owned()), ("noisy", "noisy.csv".to_owned())];
    if let Some((data, _)) = reference("trees_and_forests_are_as_good_as_those_of_scikit_learn") {
        tables.push(("reference", data.display().to_string()));
    }
    for (name, data) in tables {
        let compared = sandbox.run(&["compare", "--json", "--data", &data, SHIPPED[2], SHIPPED[3]]).json();
        for model in ["decision_tree", "decision_tree_depth_2", "random_forest"] {
            let all = compared["models"].as_array().expect("a list");
            let ours = all.iter().find(|of| of["name"] == model).expect("the model");
            let (ours, theirs) = (number(&ours["test"]["accuracy"]), number(&golden[name][model]["mean"]));
            assert!((ours - theirs).abs() <= 0.002, "{model} on the {name} table: {ours} and {theirs}");
        }
    }
}
