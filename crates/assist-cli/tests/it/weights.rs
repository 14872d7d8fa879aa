//! Rows that weigh what a column says: figures of scikit-learn's `sample_weight`, laws that weights obey, and faults.

use serde_json::Value;

use crate::run::{Sandbox, repository, shared_folder};

const NEAR: f64 = 1e-8;
/// What the figures of these tests do not need takes most of the time.
const QUICK: [&str; 6] = ["--inference", "basic", "--bootstrap", "0", "--tol", "1e-11"];

#[track_caller]
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Compares numbers and lists of numbers, relatively where they are large.
#[track_caller]
fn assert_near(found: &Value, expected: &Value, what: &str) {
    if let (Some(found), Some(expected)) = (found.as_array(), expected.as_array()) {
        assert_eq!(found.len(), expected.len(), "{what}");
        return found.iter().zip(expected).for_each(|(found, expected)| assert_near(found, expected, what));
    }
    let (found, expected) = (number(found), number(expected));
    let gap = (found - expected).abs() / expected.abs().max(1.0);
    assert!(gap <= NEAR, "{what}: {found} is not {expected}");
}

/// The values of all coefficients, then that of the intercept; or their standard errors.
fn coefficients(report: &Value, key: &str) -> Value {
    let features = report["coefficients"].as_array().expect("a list").iter();
    features.chain([&report["intercept"]]).map(|coefficient| coefficient[key].clone()).collect()
}

/// The shipped table with a column of weights, as `golden_weights.py` has it.
fn weighted_table(sandbox: &Sandbox, weight: impl Fn(u64) -> String) {
    let text = fs_err::read_to_string(repository().join("data/assistance.csv")).expect("read");
    let mut lines = text.lines();
    let header = lines.next().expect("a header");
    let rows = (1..).zip(lines).map(|(row, line)| format!("{line},{}\n", weight(row)));
    sandbox.write("weighted.csv", format!("{header},w\n{}", rows.collect::<String>()));
}

fn golden_weight(row: u64) -> String {
    ((row * 7 % 11) as f64 / 4.0).to_string()
}

const SHIPPED: [&str; 6] = ["train", "--json", "--data", "weighted.csv", "--target", "needs_assistance_flag"];

fn assert_metrics(found: &Value, expected: &Value, what: &str) {
    assert_eq!(found["confusion_matrix"], expected["confusion_matrix"], "{what}");
    let names = ["accuracy", "balanced_accuracy", "roc_auc", "average_precision", "log_loss", "brier"];
    for name in names.iter().chain(&["weighted_confusion_matrix"]) {
        assert_near(&found[*name], &expected[*name], &format!("{name} of {what}"));
    }
    for name in ["log_loss", "brier"] {
        let (found, expected) = (&found["probability"][name], &expected["probability"][name]);
        assert_near(found, expected, &format!("corrected {name} of {what}"));
    }
    for name in ["precision", "recall", "f1"] {
        let of_classes = Value::from(["0", "1"].map(|class| found["report"][class][name].clone()).to_vec());
        assert_near(&of_classes, &expected[name], &format!("{name} of {what}"));
    }
}

#[test]
fn figures_are_those_of_scikit_learn() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/weights.json");
    let golden: Value = serde_json::from_slice(&fs_err::read(golden).expect("read")).expect("JSON");
    let sandbox = Sandbox::new();
    weighted_table(&sandbox, golden_weight);
    let c = golden["c"].to_string();
    for (units, class_weight) in [("raw", "balanced"), ("raw", "none"), ("spread", "balanced"), ("spread", "none")] {
        let name = &format!("{units}_{class_weight}");
        let options = ["--weight", "w", "--c", &c, "--class-weight", class_weight, "--penalty-units", units];
        let report = sandbox.run(&[&SHIPPED[..], &QUICK, &options].concat()).json();
        let expected = &golden["models"][name.as_str()];
        assert_near(&coefficients(&report, "value"), &expected["coefficients"], name);
        assert_near(&report["fit"]["class_weights"], &expected["class_weights"], name);
        assert_eq!(report["std_error_method"], "sandwich_hc0");
        assert_near(&coefficients(&report, "std_error"), &expected["std_errors"], &format!("errors of {name}"));
        for part in ["train", "test"] {
            assert_metrics(&report[part], &expected[part], &format!("{name}, {part}"));
        }
    }
    let options = ["--weight", "w", "--penalty", "none", "--class-weight", "none", "--solver", "newton"];
    let report = sandbox.run(&[&SHIPPED[..], &QUICK, &options].concat()).json();
    let expected = &golden["unpenalised"];
    assert_near(&coefficients(&report, "value"), &expected["coefficients"], "without a penalty");
    assert_near(&coefficients(&report, "std_error"), &expected["std_errors"], "their errors");
}

#[test]
fn calibration_and_folds_are_those_of_scikit_learn() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/weights.json");
    let golden: Value = serde_json::from_slice(&fs_err::read(golden).expect("read")).expect("JSON");
    let sandbox = Sandbox::new();
    weighted_table(&sandbox, golden_weight);
    let raw = ["--weight", "w", "--penalty-units", "raw"];
    for method in ["sigmoid", "isotonic"] {
        let options = ["--c", "0.5", "--calibrate", method];
        sandbox.run(&[&SHIPPED[..], &QUICK, &raw, &options].concat()).json();
        let run = sandbox.run(&["predict", "--json", "--input", "data/assistance.csv"]);
        let expected = golden["calibration"][method].as_array().expect("a list");
        for (line, expected) in run.stdout.lines().zip(expected) {
            let found: Value = serde_json::from_str(line).expect("JSON");
            assert_near(&found["probability"], expected, method);
        }
    }
    for (c, folds) in golden["cross_validation"]["neg_log_loss"].as_object().expect("an object") {
        let tune = ["tune", "--json", "--data", "weighted.csv", "--target", "needs_assistance_flag"];
        let options = ["--tol", "1e-11", "--cs", c, "--cost", "1,5", "--capacity", "200", "--users", "400"];
        let report = sandbox.run(&[&tune[..], &raw, &options].concat()).json();
        assert_near(&report["path"][0]["folds"], folds, c);
        let at = &report["thresholds"]["capacity"];
        let [[tn, fp], [fne, tp]] =
            [0, 1].map(|truth| [0, 1].map(|decision| number(&at["weighted_confusion_matrix"][truth][decision])));
        let share = (fp + tp) / (tn + fp + fne + tp);
        assert!(share <= 0.5 && share > 0.49 && (share - number(&at["flagged"])).abs() < 1e-12, "{share}");
    }
}

/// Trains on a table of weights, and gives the report without what differs from run to run.
fn trained(sandbox: &Sandbox, weight: impl Fn(u64) -> String, options: &[&str]) -> Value {
    weighted_table(sandbox, weight);
    sandbox.run(&[&SHIPPED[..], &QUICK, options].concat()).json()
}

/// What is said of a report's figures that are not counts of the table's rows.
fn all_figures(report: &Value) -> Value {
    let names = ["accuracy", "balanced_accuracy", "roc_auc", "average_precision", "log_loss", "brier"];
    let parts = ["train", "test"].map(|part| {
        let metrics = &report[part];
        let figures = names.map(|name| metrics[name].clone()).to_vec();
        let ece = metrics["probability"]["ece"].clone();
        let intervals = ["accuracy", "roc_auc", "report.1.recall"].map(|name| metrics["intervals"][name].clone());
        Value::from([figures, vec![ece], intervals.to_vec()].concat())
    });
    Value::from(
        [coefficients(report, "value"), coefficients(report, "std_error"), Value::from(parts.to_vec())].to_vec(),
    )
}

#[test]
fn weights_of_one_change_nothing_and_their_unit_is_that_of_c() {
    let sandbox = Sandbox::new();
    let without = trained(&sandbox, |_| "1".to_owned(), &["--drop", "w"]);
    let with = trained(&sandbox, |_| "1".to_owned(), &["--weight", "w"]);
    assert_near(&all_figures(&with), &all_figures(&without), "weights of one");
    assert_eq!(with["coefficients"].as_array().map(Vec::len), Some(12), "the weight is no feature");
    assert_eq!(with["data"]["weight"], "w");
    assert_near(&with["split"]["test_class_totals"], &with["split"]["test_class_counts"], "totals");
    // The sum of the losses doubles: as much as twice the inverse strength.
    let doubled = trained(&sandbox, |_| "2".to_owned(), &["--weight", "w"]);
    let twice = trained(&sandbox, |_| "1".to_owned(), &["--drop", "w", "--c", "2"]);
    assert_near(&coefficients(&doubled, "value"), &coefficients(&twice, "value"), "twice the weight");
    assert_near(&all_figures(&doubled), &all_figures(&twice), "twice the weight");
}

#[test]
fn a_row_of_no_weight_has_no_effect_on_a_fit_and_is_counted_in_figures() {
    let sandbox = Sandbox::new();
    // A level, a number and missing cells that only rows without weight have.
    let mut text = "a,d,w,y\n".to_owned();
    for row in 0..400_u32 {
        let (a, d, y) = (row % 7, row % 3, u32::from(row * 13 % 17 + row % 7 > 11));
        text.push_str(&format!("{a},d{d},{},{y}\n", 1 + row % 4));
        if row % 4 == 0 {
            text.push_str(["900,aaa,0,1\n", ",d1,0,0\n", "3,d1,0,1\n"][(row % 3) as usize]);
        }
    }
    sandbox.write("t.csv", text);
    let train = ["train", "--json", "--data", "t.csv", "--target", "y", "--weight", "w"];
    let options = ["--split", "selection", "--test-size", "0.5"];
    let with = sandbox.run(&[&train[..], &QUICK, &options].concat()).json();
    assert_eq!(with["data"]["rows"], 500);
    let features: Vec<&str> =
        with["coefficients"].as_array().expect("a list").iter().filter_map(|c| c["feature"].as_str()).collect();
    assert_eq!(features, ["a", "d_d1", "d_d2"]);
    // On the rows of the first table's training half that weigh something.
    sandbox.run(&[
        "split",
        "--data",
        "t.csv",
        "--target",
        "y",
        "--out",
        "parts",
        "--split",
        "selection",
        "--test-size",
        "0.5",
    ]);
    let text = String::from_utf8(sandbox.read("parts/train.csv")).expect("text");
    let is_kept = |line: &&str| line.split(',').nth(2) != Some("0");
    let weighing: Vec<&str> = text.lines().filter(is_kept).collect();
    let test = String::from_utf8(sandbox.read("parts/test.csv")).expect("text");
    let weighing_of_test: Vec<&str> = test.lines().skip(1).filter(is_kept).collect();
    sandbox.write("train.csv", weighing.join("\n") + "\n");
    sandbox.write("test.csv", format!("a,d,w,y\n{}\n", weighing_of_test.join("\n")));
    let evaluate = |data: &str| {
        let run = sandbox.run(&["evaluate", "--json", "--data", data, "--weight", "w", "--allow-rejected"]);
        run.json()
    };
    let [of_train, of_test] = ["train.csv", "test.csv"].map(evaluate);
    for (found, part) in [(of_train, "train"), (of_test, "test")] {
        for name in ["accuracy", "roc_auc", "log_loss", "brier", "average_precision", "weighted_confusion_matrix"] {
            assert_near(&found[name], &with[part][name], name);
        }
        assert!(number(&found["rows"]) < number(&with[part]["rows"]), "rows are counted, whatever they weigh");
    }
    let total: f64 = weighing.iter().skip(1).filter_map(|line| line.split(',').nth(2)?.parse::<f64>().ok()).sum();
    let of_report: f64 = with["split"]["train_class_totals"].as_array().expect("two").iter().map(number).sum();
    assert!((total - of_report).abs() < 1e-9);
}

#[test]
fn what_is_no_weight_is_an_error_with_its_place() {
    let sandbox = Sandbox::new();
    let rows = |bad: &str| {
        let good: Vec<String> = (0..60_u32).map(|row| format!("{},{},{}\n", row % 7, row % 3 + 1, row % 2)).collect();
        format!("a,w,y\n{}3,{bad},1\n", good.concat())
    };
    for (bad, message) in [
        ("-0.5", "column `w` at line 62 of `t.csv`: the weight -0.5 is negative"),
        ("", "column `w` at line 62 of `t.csv`: the weight is missing"),
        ("NA", "column `w` at line 62 of `t.csv`: the weight is missing"),
        ("NaN", "column `w` at line 62 of `t.csv`: the weight is missing"),
        ("much", "column `w` at line 62 of `t.csv`: `much` is not a number"),
        ("inf", "column `w` at line 62 of `t.csv`"),
    ] {
        sandbox.write("t.csv", rows(bad));
        let run = sandbox.run(&["train", "--data", "t.csv", "--target", "y", "--weight", "w"]);
        assert_eq!(run.status, 1, "{bad}: {}", run.stderr);
        assert!(run.stderr.contains(message) && run.stderr.contains("hint:"), "{bad}: {}", run.stderr);
        let evaluated = sandbox.run(&["train", "--data", "t.csv", "--target", "y", "--drop", "w"]);
        assert_eq!(evaluated.status, 0, "{}", evaluated.stderr);
        let run = sandbox.run(&["evaluate", "--data", "t.csv", "--weight", "w"]);
        assert!(run.status == 1 && run.stderr.contains(message), "{bad}: {}", run.stderr);
    }
    // A row without a label is no concern of anyone.
    sandbox.write("t.csv", rows("1") + "4,,\n");
    let run = sandbox.run(&["train", "--data", "t.csv", "--target", "y", "--weight", "w"]);
    assert!(run.status == 0 && run.stderr.contains("1 row without a label"), "{}", run.stderr);
    sandbox.write("t.csv", rows("1"));
    for (options, status, message) in [
        (&["--weight", "v"][..], 1, "column `v` is missing in `t.csv`"),
        (&["--weight", "y"], 2, "column `y` holds the weights and is the target"),
        (&["--weight", "w", "--drop", "w"], 2, "column `w` holds the weights and is dropped"),
        (&["--weight", "w", "--numeric", "w"], 2, "column `w` holds the weights and is declared as a feature"),
        (&["--weight", "w", "--bins"], 2, "bins"),
        (&["--weight", "w", "--counts"], 2, "a table of counts"),
        (&["--weight", "w", "--bootstrap", "10"], 2, "bootstrap"),
        (&["--weight", "w", "--std-errors", "inverse-hessian"], 2, "inverse Hessian"),
    ] {
        let run = sandbox.run(&[&["train", "--data", "t.csv", "--target", "y"], options].concat());
        assert!(run.status == status && run.stderr.contains(message), "{options:?}: {} {}", run.status, run.stderr);
    }
    let run = sandbox.run(&["compare", "--data", "t.csv", "--target", "y", "--weight", "w"]);
    assert!(run.status == 2 && run.stderr.contains("does not know weights"), "{}", run.stderr);
    // Nobody weighs.
    let text: Vec<String> = (0..60_u32).map(|row| format!("{},{},{}\n", row % 7, row % 2, row % 2)).collect();
    sandbox.write("t.csv", format!("a,w,y\n{}", text.concat()));
    let run = sandbox.run(&["train", "--data", "t.csv", "--target", "y", "--weight", "w"]);
    assert!(run.status == 1 && run.stderr.contains("with label `0` are all 0"), "{}", run.stderr);
}

#[test]
fn a_schema_and_a_model_know_the_column_and_a_prediction_does_not_need_it() {
    let sandbox = Sandbox::new();
    weighted_table(&sandbox, |row| format!("{}", row % 5 + 1));
    sandbox.write("s.toml", "target = 'needs_assistance_flag'\nweight = 'w'\n");
    let train = ["train", "--json", "--data", "weighted.csv", "--schema", "s.toml"];
    let report = sandbox.run(&[&train[..], &QUICK].concat()).json();
    assert_eq!(report["data"]["weight"], "w");
    let role = report["data"]["read"]["columns"].as_array().expect("a list").last().expect("a column").clone();
    assert_eq!((&role["name"], &role["role"]), (&"w".into(), &"weight".into()));
    let of_table = |table: &str| sandbox.run(&["predict", "--json", "--input", table]);
    let (with, without) = (of_table("weighted.csv"), of_table("data/assistance.csv"));
    assert!(with.status == 0 && with.stdout == without.stdout, "{}", with.stderr);
    let run = sandbox.run(&["evaluate", "--data", "weighted.csv"]);
    assert!(run.status == 0 && run.stderr.contains("`--weight w` weighs them"), "{}", run.stderr);
    let run =
        sandbox.run(&["evaluate", "--json", "--data", "weighted.csv", "--weight", "w", "--slices", "device_type"]);
    // Nothing of weights: but the table is the one that was trained on.
    let is_of_training = |line: &&str| line.contains("rows that the model was trained on");
    assert_eq!(
        run.stderr.lines().filter(|line| !line.is_empty() && !is_of_training(line)).count(),
        0,
        "{}",
        run.stderr
    );
    let sliced = run.json();
    let of_levels: f64 = sliced["slices"][0]["slices"]
        .as_array()
        .expect("a list")
        .iter()
        .flat_map(|level| level["metrics"]["weighted_confusion_matrix"].as_array().expect("two").clone())
        .flat_map(|row| row.as_array().expect("two").iter().map(number).collect::<Vec<_>>())
        .sum();
    assert!((of_levels - (1..=14_000_u32).map(|row| f64::from(row % 5 + 1)).sum::<f64>()).abs() < 1e-6);
    let report = sandbox.run(&["report", "--data", "weighted.csv"]);
    assert!(report.status == 2 && report.stderr.contains("does not know weights"), "{}", report.stderr);
    // What the schema says is overruled.
    let report = sandbox.run(&[&train[..], &QUICK, &["--weight", "none"]].concat()).json();
    assert!(report["data"].get("weight").is_none() && report["train"].get("weighted_confusion_matrix").is_none());
    assert_eq!(report["coefficients"].as_array().map(Vec::len), Some(13));
    // A schema that is written keeps it.
    sandbox.run(&["inspect", "--data", "weighted.csv", "--schema", "s.toml", "--write-schema", "w.toml"]);
    let written = String::from_utf8(sandbox.read("w.toml")).expect("text");
    assert!(written.contains("weight = \"w\"") && !written.contains("[numeric.w]"), "{written}");
}

/// The same model from every format and dialect, the strict reader among them.
#[test]
fn weights_are_read_in_every_format_and_style() {
    let sandbox = Sandbox::new();
    let rows = |separator: &str, decimal: &str, quote: &str| {
        let mut text = ["a", "d", "w", "y"].join(separator) + "\n";
        for row in 0..300_u32 {
            let w = format!("{}.{}", row % 3, row % 10).replace('.', decimal);
            let cells =
                [(row % 11).to_string(), format!("{quote}d{}{quote}", row % 4), w, (row * 7 % 13 / 7).to_string()];
            text.push_str(&(cells.join(separator) + "\n"));
        }
        text
    };
    sandbox.write("plain.csv", rows(",", ".", ""));
    sandbox.write("comma.csv", rows(";", ",", "\""));
    let json: String = rows(",", ".", "").lines().skip(1).fold(String::new(), |mut text, line| {
        let cells: Vec<&str> = line.split(',').collect();
        text.push_str(&format!(
            "{{\"a\":{},\"d\":\"{}\",\"w\":{},\"y\":{}}}\n",
            cells[0], cells[1], cells[2], cells[3]
        ));
        text
    });
    sandbox.write("t.jsonl", json);
    let ids = ["plain.csv", "comma.csv", "t.jsonl"].map(|data| {
        let train = ["train", "--json", "--data", data, "--target", "y", "--weight", "w"];
        let report = sandbox.run(&[&train[..], &QUICK].concat()).json();
        (report["model_id"].clone(), report["test"].clone())
    });
    assert_eq!(ids[0], ids[1]);
    assert_eq!(ids[0], ids[2]);
}

#[test]
fn the_case_of_weights_is_used_in_fit_and_figures() {
    let Some(folder) = shared_folder("the cases of tables", "cases/tables") else { return };
    let data = folder.join("54-weights.csv").display().to_string();
    let sandbox = Sandbox::new();
    let train = ["train", "--json", "--data", &data, "--target", "churned"];
    let with = sandbox.run(&[&train[..], &["--weight", "weight"]].concat()).json();
    let without = sandbox.run(&[&train[..], &["--drop", "weight"]].concat()).json();
    let features = |report: &Value| -> Vec<Value> {
        report["coefficients"].as_array().expect("a list").iter().map(|c| c["feature"].clone()).collect()
    };
    assert_eq!(features(&with), features(&without), "the weight is no feature");
    assert_ne!(coefficients(&with, "value"), coefficients(&without, "value"));
    assert_ne!(with["test"]["log_loss"], without["test"]["log_loss"]);
    let rows: u64 = with["test"]["confusion_matrix"]
        .as_array()
        .expect("two rows")
        .iter()
        .flat_map(|row| row.as_array().expect("two").iter().filter_map(Value::as_u64).collect::<Vec<_>>())
        .sum();
    assert_eq!(Some(rows), without["test"]["rows"].as_u64(), "the counted matrix stands beside it");
    let hint = sandbox.run(&[&train[..], &["--weight", "w"]].concat());
    assert!(hint.status == 1 && hint.stderr.contains("`weight`"), "{}", hint.stderr);
}
