//! Each option of `train` does what it says.

use serde_json::Value;

use crate::run::Sandbox;

const SHIPPED: [&str; 4] = ["--data", "data/assistance.csv", "--schema", "data/assistance.schema.toml"];

fn train(sandbox: &Sandbox, options: &[&str]) -> Value {
    let arguments: Vec<&str> = ["train", "--json"].iter().chain(options).copied().collect();
    sandbox.run(&arguments).json()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn values(report: &Value) -> Vec<f64> {
    let all = report["coefficients"].as_array().expect("a list");
    all.iter().chain([&report["intercept"]]).map(|c| number(&c["value"])).collect()
}

#[track_caller]
fn same(a: &Value, b: &Value, tolerance: f64) {
    for (a, b) in values(a).into_iter().zip(values(b)) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b}");
    }
}

#[test]
fn stated_class_weights_equal_the_balanced_ones_they_are() {
    let sandbox = Sandbox::new();
    let balanced = train(&sandbox, &SHIPPED);
    let weights = balanced["fit"]["class_weights"].as_array().expect("two");
    let stated = format!("{},{}", weights[0], weights[1]);
    same(&balanced, &train(&sandbox, &[&SHIPPED[..], &["--class-weight", &stated]].concat()), 1e-12);
}

#[test]
fn a_table_of_counts_is_the_table_written_out() {
    let sandbox = Sandbox::new();
    let counts = [("1,x", 30, 10), ("2,x", 20, 40), ("3,y", 10, 50), ("2,y", 20, 20), ("1,y", 40, 0)];
    let mut plain = "a,d,y\n".to_owned();
    let mut counted = "a,d,n0,n1\n".to_owned();
    for (row, n0, n1) in counts {
        counted.push_str(&format!("{row},{n0},{n1}\n"));
        plain.push_str(&format!("{row},0\n").repeat(n0));
        plain.push_str(&format!("{row},1\n").repeat(n1));
    }
    sandbox.write("plain.csv", plain);
    sandbox.write("counted.csv", counted);
    for split in ["sklearn", "selection"] {
        let options = ["--target", "y", "--test-size", "0.25", "--split", split, "--data"];
        let plain = train(&sandbox, &[&options[..], &["plain.csv"]].concat());
        let counted = train(&sandbox, &[&options[..], &["counted.csv", "--counts"]].concat());
        // Which observations of a row are test rows is drawn; how many there are of each class is not.
        for key in ["train_rows", "test_rows", "train_class_counts", "test_class_counts", "seed"] {
            assert_eq!(plain["split"][key], counted["split"][key]);
        }
        assert_eq!((&plain["split"]["method"], &counted["split"]["method"]), (&split.into(), &"hypergeometric".into()));
        assert_eq!(plain["fit"]["distinct_rows"], counted["fit"]["distinct_rows"]);
    }
    let evaluate = |data: &[&str]| {
        let mut report = sandbox.run(&[&["evaluate", "--json", "--data"], data].concat()).json();
        // The files have other names and columns.
        report.as_object_mut().expect("an object").remove("read");
        report
    };
    assert_eq!(evaluate(&["plain.csv"]), evaluate(&["counted.csv", "--counts"]));
    // The page splits the rows again as they were.
    let report = sandbox.run(&["report", "--data", "counted.csv", "--trees", "2", "--out", "page.html"]);
    assert_eq!(report.status, 0, "{}", report.transcript());
}

/// Three rows that stand for two billion users each take the time of three rows, and every user is counted.
#[test]
fn billions_of_users_in_three_rows_are_three_rows() {
    let sandbox = Sandbox::new();
    sandbox
        .write("users.csv", "device,n0,n1\nPhone,1500000000,500000000\nWatch,1000000000,1000000000\nTV,1,1999999999\n");
    let data = ["--data", "users.csv", "--counts", "--target", "help"];
    let report = train(&sandbox, &data);
    assert_eq!(report["data"]["class_counts"], serde_json::json!([2_500_000_001_u64, 3_499_999_999_u64]));
    assert_eq!(report["split"]["train_class_counts"], serde_json::json!([2_000_000_001_u64, 2_799_999_999_u64]));
    assert_eq!(report["split"]["test_class_counts"], serde_json::json!([500_000_000, 700_000_000]));
    assert_eq!(report["fit"]["distinct_rows"], 3);
    assert!((number(&report["test"]["accuracy"]) - 4.5 / 6.0).abs() < 1e-4, "{}", report["test"]["accuracy"]);
    let evaluated =
        sandbox.run(&["evaluate", "--data", "users.csv", "--counts", "--bootstrap", "100", "--json"]).json();
    assert_eq!(evaluated["rows"], 6_000_000_000_u64);
    assert_eq!(evaluated["confusion_matrix"][0], serde_json::json!([2_500_000_000_u64, 1]));
    let tuned = sandbox.run(&[&["tune", "--json", "--c", "1"], &data[..]].concat()).json();
    assert_eq!(tuned["class_counts"], report["split"]["train_class_counts"]);
    let compared = sandbox.run(&[&["compare", "--json", "--trees", "5"], &data[..]].concat()).json();
    assert_eq!(compared["of_rows"], serde_json::json!([4_800_000_000_u64, 1_200_000_000]));
    let inspected = sandbox.run(&[&["inspect", "--json"], &data[..]].concat()).json();
    assert_eq!(inspected["label_audit"]["rows"], 6_000_000_000_u64);
    let report = sandbox.run(&["report", "--data", "users.csv", "--trees", "2", "--out", "page.html"]);
    assert_eq!(report.status, 0, "{}", report.transcript());
}

#[test]
fn counts_are_oriented_by_the_model_s_labels() {
    let sandbox = Sandbox::new();
    let mut plain = "a,y\n".to_owned();
    let mut counted = "a,y,n0,n1\n".to_owned();
    for (a, n0, n1) in [(1, 9, 1), (2, 6, 4), (3, 3, 7), (4, 1, 9)] {
        counted.push_str(&format!("{a},1,{n0},{n1}\n"));
        plain.push_str(&format!("{a},0\n").repeat(n0));
        plain.push_str(&format!("{a},1\n").repeat(n1));
    }
    sandbox.write("plain.csv", plain);
    sandbox.write("counted.csv", counted);
    let options = ["--target", "y", "--positive", "0", "--data"];
    let plain = train(&sandbox, &[&options[..], &["plain.csv"]].concat());
    let evaluate = |data: &[&str]| {
        let mut report = sandbox.run(&[&["evaluate", "--json", "--data"], data].concat()).json();
        // The files have other names and columns.
        report.as_object_mut().expect("an object").remove("read");
        report
    };
    assert_eq!(evaluate(&["plain.csv"]), evaluate(&["counted.csv", "--counts"]));
    let counted = train(&sandbox, &[&options[..], &["counted.csv", "--counts"]].concat());
    for key in ["train_class_counts", "test_class_counts"] {
        assert_eq!(plain["split"][key], counted["split"][key]);
    }
    assert_eq!(values(&plain)[0].signum(), values(&counted)[0].signum());
    assert_eq!(counted["data"]["dropped"], serde_json::json!(["y"]), "the label is no feature beside its counts");
}

#[test]
fn the_positive_label_turns_the_model_around() {
    let sandbox = Sandbox::new();
    let options = ["--data", "data/assistance.csv", "--target", "needs_assistance_flag"];
    let one = train(&sandbox, &options);
    let zero = train(&sandbox, &[&options[..], &["--positive", "0"]].concat());
    for (a, b) in values(&one).into_iter().zip(values(&zero)) {
        assert!((a + b).abs() < 1e-9, "{a} is not the opposite of {b}");
    }
    assert_eq!(one["test"]["report"]["1"]["support"], zero["test"]["report"]["0"]["support"]);
    assert_eq!(zero["data"]["positive"], "0");
}

#[test]
fn missing_cells_are_refused_dropped_or_learnt_from() {
    let sandbox = Sandbox::new();
    let text = String::from_utf8(sandbox.read("data/assistance.csv")).expect("text");
    // Every tenth device and every fifteenth time is missing.
    let rows = text.lines().enumerate().map(|(index, line)| {
        let mut cells: Vec<&str> = line.split(',').collect();
        if index > 0 && index % 10 == 0 {
            cells[2] = "";
        }
        if index > 0 && index % 15 == 0 {
            cells[6] = "";
        }
        cells.join(",") + "\n"
    });
    sandbox.write("holes.csv", rows.collect::<String>());
    let options = ["--data", "holes.csv", "--schema", "data/assistance.schema.toml"];

    let refused = sandbox.run(&[&["train"], &options[..], &["--missing", "error"]].concat());
    assert_eq!(refused.status, 1);
    let expected = "error: column `task_completion_time_sec` has 933 missing cells, the first at line 16 of `holes.csv`; \
                    column `device_type` has 1400 missing cells, the first at line 11 of `holes.csv`\n";
    assert!(refused.stderr.starts_with(expected), "{}", refused.stderr);

    let dropped = train(&sandbox, &[&options[..], &["--missing", "drop"]].concat());
    assert_eq!((&dropped["data"]["rows_left_out"], &dropped["data"]["rows"]), (&1867.into(), &12_133.into()));

    let cells = serde_json::json!({ "task_completion_time_sec": 933, "device_type": 1400 });
    assert_eq!(
        (&dropped["data"]["read"]["rows_with_missing_cells"], &dropped["data"]["read"]["missing_cells"]),
        (&1867.into(), &cells)
    );

    let level = train(&sandbox, &[&options[..], &["--missing", "level"]].concat());
    let learnt = train(&sandbox, &options);
    assert_eq!((&level["coefficients"], &level["test"]), (&learnt["coefficients"], &learnt["test"]), "the default");
    assert_eq!(learnt["data"]["read"]["missing_cells"], cells);
    let features = learnt["coefficients"].as_array().expect("a list");
    let names: Vec<&str> = features.iter().filter_map(|c| c["feature"].as_str()).collect();
    assert_eq!(names[1..3], ["task_completion_time_sec", "task_completion_time_sec_missing"]);
    assert!(names.contains(&"device_type_(missing)") && names.contains(&"device_type_Smartphone"));
    assert_eq!(learnt["data"]["rows"], 14_000);
    // The model takes what it has learnt, and still rejects what it has not.
    let predict = |set: &[&str]| {
        let mut arguments = vec!["predict", "--json", "--set", "error_count=2", "--set", "user_satisfaction_score=5"];
        arguments.extend(["--set", "input_mode=Voice", "--set", "task_type=Make Payment"]);
        set.iter().for_each(|value| arguments.extend(["--set", value]));
        sandbox.run(&arguments)
    };
    assert_eq!(predict(&["age_group=60+"]).json()["outcome"], "scored");
    let rejected = predict(&[]);
    assert!(rejected.status == 1 && rejected.stdout.contains("\"column\":\"age_group\""), "{}", rejected.transcript());
    // Evaluating the same rows again needs no option: the model knows what to do.
    let evaluated = sandbox.run(&["evaluate", "--json", "--data", "holes.csv"]).json();
    assert_eq!((&evaluated["rows"], &evaluated["read"]["missing_cells"]), (&14_000.into(), &cells));
}

#[test]
fn an_unconverged_fit_is_saved_only_on_demand() {
    let sandbox = Sandbox::new();
    let few = [&["train"], &SHIPPED[..], &["--max-iter", "2"]].concat();
    assert_eq!(sandbox.run(&few).status, 1);
    assert!(!sandbox.path("artifacts").exists(), "nothing is written");
    let allowed = sandbox.run(&[&few[..], &["--allow-unconverged", "--json"]].concat());
    assert!(allowed.stderr.contains("did not converge"), "{}", allowed.stderr);
    let report = allowed.json();
    assert_eq!((&report["fit"]["converged"], &report["fit"]["iterations"]), (&false.into(), &2.into()));
    assert!(report["std_error_method"].is_null(), "no standard errors away from the optimum");
}

#[test]
fn a_base_rate_changes_the_probability_and_nothing_else() {
    let sandbox = Sandbox::new();
    let before = train(&sandbox, &SHIPPED);
    let user = ["error_count=2", "task_completion_time_sec=58", "user_satisfaction_score=5", "age_group=60+"];
    let rest = ["device_type=Smartwatch", "input_mode=Voice", "task_type=Make Payment"];
    let mut arguments = vec!["predict", "--json"];
    user.iter().chain(&rest).for_each(|value| arguments.extend(["--set", value]));
    let at_training = sandbox.run(&arguments).json();
    let after = train(&sandbox, &[&SHIPPED[..], &["--base-rate", "0.1"]].concat());
    let stated = sandbox.run(&arguments).json();
    same(&before, &after, 0.0);
    assert_eq!(at_training["raw_probability"], stated["raw_probability"]);
    let logit = |p: f64| (p / (1.0 - p)).ln();
    let counts = before["split"]["train_class_counts"].as_array().expect("two");
    let shift = logit(0.1) - (number(&counts[1]) / number(&counts[0])).ln();
    let found = logit(number(&stated["probability"])) - logit(number(&at_training["probability"]));
    assert!((found - shift).abs() < 1e-12);
}

#[test]
fn a_level_that_only_test_rows_have_is_rejected_and_reported() {
    let sandbox = Sandbox::new();
    let mut rows = "device,a,y\n".to_owned();
    (0..200)
        .for_each(|row| rows.push_str(&format!("{},{},{}\n", ["p", "q"][row % 2], row % 7, u8::from(row % 3 == 0))));
    // With this seed the only row of its level is a test row.
    for seed in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"] {
        sandbox.write("rare.csv", format!("{rows}rare,3,1\n"));
        let run = sandbox.run(&["train", "--json", "--data", "rare.csv", "--target", "y", "--seed", seed]);
        let report = run.json();
        let levels =
            report["coefficients"].as_array().expect("a list").iter().filter(|c| c["feature"] == "device_rare");
        if levels.count() == 0 {
            assert_eq!(report["test"]["rejected_rows"], 1);
            let by = serde_json::json!([{ "column": "device", "reason": "unknown_level", "rows": 1,
                "levels": [{ "level": "rare", "rows": 1 }], "distinct_levels": 1 }]);
            assert_eq!(report["test"]["rejected_by"], by);
            let said = "1 of 41 test rows is rejected and not part of the test figures; at fault: `device` in 1 row (levels that no training row has: `rare` 1)";
            assert!(run.stderr.contains(said), "{}", run.stderr);
            return;
        }
    }
    panic!("no seed put the row into the test part");
}

#[test]
fn drop_leaves_columns_out_and_default_identifiers_are_named() {
    let sandbox = Sandbox::new();
    let options = ["--data", "data/assistance.csv", "--target", "needs_assistance_flag"];
    assert_eq!(train(&sandbox, &options)["data"]["dropped"], serde_json::json!(["user_id"]));
    let fewer = train(&sandbox, &[&options[..], &["--drop", "user_id,age_group,task_type"]].concat());
    let names: Vec<&str> =
        fewer["coefficients"].as_array().expect("a list").iter().filter_map(|c| c["feature"].as_str()).collect();
    assert!(names.len() == 7 && !names.iter().any(|name| name.starts_with("age_group")), "{names:?}");
}

#[test]
fn quiet_says_nothing_and_the_same_call_gives_the_same_bytes() {
    let sandbox = Sandbox::new();
    let quiet = [&["train", "--quiet"], &SHIPPED[..]].concat();
    let run = sandbox.run(&quiet);
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    let before = sandbox.artifacts();
    sandbox.run(&quiet);
    assert_eq!(before, sandbox.artifacts());
}

/// What a prediction rejects has no part in an evaluation either.
#[test]
fn values_too_large_to_be_scored_are_rejected_in_an_evaluation() {
    let sandbox = Sandbox::new();
    let rows = |last: &str| {
        let mut text = "a,y\n".to_owned();
        (0..60).for_each(|row| text.push_str(&format!("{},{}\n", row % 7, u8::from(row % 7 > 2 + row % 2))));
        text + last
    };
    sandbox.write("usual.csv", rows(""));
    sandbox.write("large.csv", rows("1.7e308,1\n"));
    train(&sandbox, &["--data", "usual.csv", "--target", "y", "--c", "100"]);
    let refused = sandbox.run(&["evaluate", "--data", "large.csv"]);
    assert_eq!(refused.status, 1);
    assert!(refused.stderr.contains("1 row has values that are too large to be scored"), "{}", refused.stderr);
    let report = sandbox.run(&["evaluate", "--data", "large.csv", "--allow-rejected", "--json"]).json();
    assert_eq!((&report["rejected_rows"], &report["rows"]), (&1.into(), &60.into()));
    assert!(report["log_loss"].is_f64());
}

#[test]
fn options_that_would_do_nothing_are_refused() {
    let sandbox = Sandbox::new();
    for (options, refused) in [
        (&["--penalty", "none", "--c", "2"][..], "`--c` has no effect with `--penalty none`"),
        (&["--penalty", "firth", "--class-weight", "none", "--c", "2"], "`--c` has no effect with `--penalty firth`"),
        (&["--penalty", "l1", "--solver", "newton"], "`--solver` has no effect with `--penalty l1`"),
        (
            &["--penalty", "l1", "--intercept-penalised", "true"],
            "`--intercept-penalised true` has no effect with `--penalty l1`",
        ),
        (
            &["--penalty", "elastic-net", "--std-errors", "hc1"],
            "`--std-errors` has no effect with `--penalty elastic-net`",
        ),
        (&["--penalty", "l1", "--l1-ratio", "0.5"], "`--l1-ratio` has no effect with `--penalty l1`"),
    ] {
        let run = sandbox.run(&[&["train"], &SHIPPED[..], options].concat());
        assert_eq!(run.status, 2, "{options:?}");
        assert!(
            run.stderr.contains(refused) && run.stderr.contains("leave it out, or choose `--penalty"),
            "{}",
            run.stderr
        );
    }
    // What holds anyway may be said.
    train(&sandbox, &[&SHIPPED[..], &["--penalty", "l1", "--intercept-penalised", "false"]].concat());
}
