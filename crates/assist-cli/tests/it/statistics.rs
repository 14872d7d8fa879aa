//! What a statistician would ask for: separation, awkward columns, calibration, thresholds, slices, tuning.

use serde_json::Value;

use crate::run::Sandbox;

const SHIPPED: [&str; 4] = ["--data", "data/assistance.csv", "--schema", "data/assistance.schema.toml"];

fn train(sandbox: &Sandbox, options: &[&str]) -> Value {
    sandbox.run(&[&["train", "--json"], options].concat()).json()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// A table whose label is a rule of two thresholds, with these as features.
fn thresholds_as_features() -> String {
    let mut text = "many_errors,slow,device,y\n".to_owned();
    for i in 0..600_u32 {
        let (errors, seconds) = (i * 7 % 5, i * 31 % 97 + 5);
        let (many, slow) = (errors >= 3, seconds > 60);
        let device = ["Phone", "Watch", "Tablet"][(i * 13 % 17 % 3) as usize];
        text.push_str(&format!("{},{},{device},{}\n", u8::from(many), u8::from(slow), u8::from(many || slow)));
    }
    text
}

#[test]
fn separation_by_two_thresholds_is_complete_and_both_are_named() {
    let sandbox = Sandbox::new();
    sandbox.write("rule.csv", thresholds_as_features());
    let data = ["--data", "rule.csv", "--target", "y"];
    let report = train(&sandbox, &data);
    let separation = &report["inference"]["separation"];
    assert_eq!(separation["kind"], "complete");
    assert_eq!(separation["features"], serde_json::json!(["many_errors", "slow"]));
    assert!(report["coefficients"][0].get("p_value").is_none() && report.get("std_error_method").is_none());
    let reason = report["inference"]["undefined"]["standard_errors"].as_str().expect("a reason");
    assert!(reason.contains("completely separated by `many_errors`, `slow`"), "{reason}");
    assert_eq!(report["coefficients"][0]["evidence"]["method"], "firth_profile");
    let unpenalised = sandbox.run(&[&["train", "--penalty", "none"], &data[..]].concat());
    assert_eq!(unpenalised.status, 1);
    assert!(unpenalised.stderr.contains("completely separated by `many_errors`, `slow`"), "{}", unpenalised.stderr);
    let firth = train(&sandbox, &[&["--penalty", "firth", "--class-weight", "none"], &data[..]].concat());
    assert_eq!((&firth["fit"]["penalty"], &firth["fit"]["solver"]), (&"firth".into(), &"fisher-scoring".into()));
    for coefficient in firth["coefficients"].as_array().expect("a list") {
        let (value, error) = (number(&coefficient["value"]), number(&coefficient["std_error"]));
        assert!(value.abs() < 20.0 && error > 0.0 && error < 5.0, "{coefficient}");
    }
    let explained = sandbox.run(&["explain"]);
    assert!(explained.stdout.contains("completely separated by many_errors, slow (certified by a linear program)"));
}

/// A continuous column, a constant one, two collinear ones, and a level with three rows.
#[test]
fn every_command_has_something_right_to_say_of_an_awkward_table() {
    let sandbox = Sandbox::new();
    let mut text = "time,twice,one,device,y\n".to_owned();
    for i in 0..400_u32 {
        let time = f64::from(i * i % 397) / 7.0;
        let device = if i % 150 == 7 { "Rare" } else { ["Phone", "Watch"][(i % 2) as usize] };
        text.push_str(&format!("{time},{},1,{device},{}\n", 2.0 * time, u8::from(i * 7 % 13 > 6)));
    }
    sandbox.write("awkward.csv", text);
    let data = ["--data", "awkward.csv", "--target", "y"];
    let report = train(&sandbox, &data);
    let by_feature = |name: &str| {
        let all = report["coefficients"].as_array().expect("a list");
        all.iter().find(|c| c["feature"] == name).unwrap_or_else(|| panic!("no {name}")).clone()
    };
    assert_eq!(report["data"]["dropped"][0], "one", "a constant column tells nothing");
    for name in ["time", "twice"] {
        assert!(by_feature(name).get("variance_inflation").is_none(), "{name} follows from others");
    }
    assert!(number(&by_feature("device_Rare")["variance_inflation"]) < 2.0);
    for name in ["time", "twice"] {
        assert!(by_feature(name).get("p_value").is_none(), "only the penalty divides their effect");
        for figure in ["standard_errors", "variance_inflation", "factor_tests"] {
            assert!(report["inference"]["undefined"][format!("{figure}.{name}")].is_string(), "{figure} of {name}");
        }
    }
    assert!(by_feature("device_Rare")["p_value"].is_number());
    let factors = report["inference"]["factor_tests"]["factors"].as_array().expect("a list").clone();
    assert_eq!(factors.iter().map(|f| f["columns"][0].as_str().expect("a name")).collect::<Vec<_>>(), ["device"]);
    let none = sandbox.run(&[&["train", "--penalty", "none"], &data[..]].concat());
    assert_eq!(none.status, 1);
    assert!(none.stderr.contains("is constant or follows from the features before it"), "{}", none.stderr);
    let firth = sandbox.run(&[&["train", "--penalty", "firth"], &data[..]].concat());
    assert!(firth.status == 1 && firth.stderr.contains("follows from the features before it"), "{}", firth.stderr);
    for command in [
        [&["train", "--penalty", "l1"], &data[..]].concat(),
        [&["train", "--penalty", "elastic-net", "--calibrate", "sigmoid", "--out", "elastic"], &data[..]].concat(),
        vec!["train", "--calibrate", "isotonic", "--data", "data/assistance.csv", "--target", "needs_assistance_flag"],
        [&["train"], &data[..]].concat(),
        vec!["explain"],
        vec!["evaluate", "--data", "awkward.csv", "--slices", "device"],
        [&["tune", "--cs", "0.1,1", "--recall", "0.8"], &data[..]].concat(),
        vec!["predict", "--input", "awkward.csv"],
    ] {
        let run = sandbox.run(&command);
        // A calibration on noise may have nothing to learn, and says so.
        let is_noise = run.stderr.contains("no calibration can be learnt");
        assert!(run.status == 0 || run.status == 1 && is_noise, "{command:?}: {}", run.transcript());
    }
}

#[test]
fn a_threshold_is_kept_and_decides() {
    let sandbox = Sandbox::new();
    for calibrate in [&[][..], &["--calibrate", "sigmoid"], &["--calibrate", "isotonic"]] {
        let report = train(&sandbox, &[&SHIPPED[..], &["--threshold", "0.8"], calibrate].concat());
        assert_eq!(report["threshold"]["probability"], 0.8);
        let run = sandbox.run(&["predict", "--json", "--input", "data/assistance.csv"]);
        let mut decided = [0, 0];
        for line in run.stdout.lines() {
            let row: Value = serde_json::from_str(line).expect("JSON");
            let is_above = number(&row["probability"]) > 0.8;
            let is_at = (number(&row["probability"]) - 0.8).abs() < 1e-9;
            assert!(is_at || (row["prediction"] == 1) == is_above, "{row}");
            decided[usize::from(is_above)] += 1;
        }
        assert!(decided.iter().all(|n| *n > 1000), "{decided:?}");
        let evaluated = sandbox.run(&["evaluate", "--json", "--data", "data/assistance.csv"]).json();
        let [[_, fp], [_, tp]] = [0, 1].map(|row| [0, 1].map(|c| evaluated["confusion_matrix"][row][c].as_u64()));
        let flagged = fp.zip(tp).map(|(fp, tp)| fp + tp).expect("counts");
        assert!(flagged.abs_diff(decided[1]) <= 5, "{flagged} and {decided:?}");
    }
}

#[test]
fn slices_may_be_of_columns_that_are_no_features() {
    let sandbox = Sandbox::new();
    let text = String::from_utf8(sandbox.read("data/assistance.csv")).expect("text");
    let mut lines = text.lines();
    let mut with_region = format!("{},region\n", lines.next().expect("a header"));
    for (row, line) in lines.enumerate() {
        let region = if row < 20 { "island" } else { ["north", "south"][row % 2] };
        with_region.push_str(&format!("{line},{region}\n"));
    }
    sandbox.write("regions.csv", with_region);
    let target = ["--data", "regions.csv", "--target", "needs_assistance_flag", "--drop", "user_id,region"];
    train(&sandbox, &target);
    let plain = sandbox.run(&["evaluate", "--json", "--data", "regions.csv"]).json();
    let sliced = sandbox.run(&["evaluate", "--json", "--data", "regions.csv", "--slices", "region,device_type"]).json();
    assert_eq!(plain["confusion_matrix"], sliced["confusion_matrix"], "slicing changes no score");
    assert_eq!(plain["log_loss"], sliced["log_loss"]);
    let [region, device] = [0, 1].map(|index| sliced["slices"][index].clone());
    let slices = region["slices"].as_array().expect("a list");
    let rows: u64 = slices.iter().map(|slice| slice["rows"].as_u64().expect("a count")).sum();
    assert_eq!((rows, slices.len()), (14_000, 3));
    assert!(slices[0]["level"] == "island" && slices[0].get("metrics").is_none(), "20 rows are too few");
    assert!(slices[1]["metrics"]["roc_auc"].is_number() && slices[1]["calibration"]["interval"].is_array());
    for gap in ["equal_opportunity", "calibration"] {
        assert_eq!(region[gap]["levels"].as_array().map(Vec::len), Some(2));
        let [low, high] = [0, 1].map(|end| number(&device[gap]["interval"][end]));
        assert!(low < number(&device[gap]["value"]) && number(&device[gap]["value"]) < high);
    }
    for (column, words) in
        [("nothing", "there is no column `nothing` to slice by"), ("error_count", "is a column of numbers")]
    {
        let run = sandbox.run(&["evaluate", "--data", "regions.csv", "--slices", column]);
        assert!(run.status == 2 && run.stderr.contains(words), "{}", run.stderr);
    }
}

#[test]
fn tuning_finds_thresholds_that_keep_what_they_promise() {
    let sandbox = Sandbox::new();
    let rules = ["--cost", "1,5", "--capacity", "200", "--users", "400", "--recall", "0.9", "--cs", "0.01,0.1,1"];
    let tuned = sandbox.run(&[&["tune", "--json"], &SHIPPED[..], &rules].concat()).json();
    assert_eq!(tuned["rows"], 11_200, "the test rows are not looked at");
    let thresholds = &tuned["thresholds"];
    assert!(number(&thresholds["capacity"]["flagged"]) <= 0.5 && number(&thresholds["capacity"]["flagged"]) > 0.49);
    assert!(number(&thresholds["recall"]["recall"]) >= 0.9 && number(&thresholds["recall"]["recall"]) < 0.91);
    // A miss costs five times as much: deciding near the probability of one sixth is best where probabilities are right.
    let at = number(&thresholds["cost"]["probability"]);
    assert!(at > 0.05 && at < 0.35, "{at}");
    assert_eq!(tuned["thresholds_chosen_on"], "out_of_fold_rows");
    assert_eq!(tuned["decision_curve"].as_array().map(Vec::len), Some(19));
    let [best, one_se] = ["best_c", "one_standard_error_c"].map(|name| number(&tuned[name]));
    assert!(one_se <= best);
    for (arguments, words) in [
        (vec!["--penalty", "firth", "--cs", "1"], "has no strength to choose"),
        (vec!["--l1-ratio", "0.5"], "`--l1-ratio` has no effect with `--penalty l2`"),
        (vec!["--capacity", "3"], "--users"),
    ] {
        let run = sandbox.run(&[&["tune"], &SHIPPED[..], &arguments].concat());
        assert!(run.status == 2 && run.stderr.contains(words), "{}", run.stderr);
    }
    let one = sandbox.run(&[&["tune", "--json", "--c", "0.1", "--recall", "0.9"], &SHIPPED[..]].concat()).json();
    assert_eq!((one["path"].as_array().map(Vec::len), &one["best_c"]), (Some(1), &serde_json::json!(0.1)));
    assert_eq!(one.get("best_c_at_edge"), None, "a single strength has no neighbours");
    let all = sandbox.run(&[&["tune", "--c", "0.1", "--recall", "1", "--json"], &SHIPPED[..]].concat()).json();
    assert_eq!(all["thresholds"]["recall"]["recall"], 1.0);
    let weak = sandbox.run(&[&["tune", "--cs", "0.00001,0.0001", "--json"], &SHIPPED[..]].concat());
    assert_eq!(weak.json()["best_c_at_edge"], "high");
    assert!(weak.stderr.contains("the best C, 0.0001, is the largest of those that were tried"), "{}", weak.stderr);
    assert_ne!(one["thresholds"]["recall"]["probability"], thresholds["recall"]["probability"]);
    sandbox.write("few.csv", "a,y\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n7,0\n8,1\n9,0\n3,1\n");
    let run = sandbox.run(&["tune", "--data", "few.csv", "--target", "y", "--folds", "9"]);
    assert!(run.status == 1 && run.stderr.contains("9 folds cannot be made"), "{}", run.stderr);
}
