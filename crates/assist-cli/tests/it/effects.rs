//! `explain` tells a spline as a curve, and an interaction by what one column does where the other is.

use serde_json::Value;

use crate::run::Sandbox;

const SHIPPED: [&str; 4] = ["--data", "data/assistance.csv", "--schema", "data/assistance.schema.toml"];

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// The score of a user with this time, these errors, and this device.
fn score(sandbox: &Sandbox, [time, errors, device]: [&str; 3]) -> f64 {
    let (time, errors) = (format!("task_completion_time_sec={time}"), format!("error_count={errors}"));
    let device = format!("device_type={device}");
    let others = ["user_satisfaction_score=5", "age_group=18-30", "input_mode=Touch", "task_type=Transfer Money"];
    let mut options = vec!["predict", "--json"];
    [time.as_str(), &errors, &device].into_iter().chain(others).for_each(|set| options.extend(["--set", set]));
    number(&sandbox.run(&options).json()["score"])
}

#[test]
fn curves_and_interactions_are_differences_of_scores() {
    let sandbox = Sandbox::new();
    let terms = ["--spline", "task_completion_time_sec", "--interactions", "error_count:device_type"];
    let trained = sandbox.run(&[&["train"], &SHIPPED[..], &terms].concat());
    assert_eq!(trained.status, 0, "{}", trained.stderr);
    let explained = sandbox.run(&["explain", "--json"]).json();
    let curve = &explained["curves"][0];
    assert_eq!(curve["column"], "task_completion_time_sec");
    let points = curve["points"].as_array().expect("points");
    assert!(points.len() >= 5, "{curve}");
    let reference = score(&sandbox, [&number(&curve["compared_with"]).to_string(), "2", "Smartphone"]);
    for point in points {
        let there = score(&sandbox, [&number(&point["value"]).to_string(), "2", "Smartphone"]);
        assert!((there - reference - number(&point["log_odds"])).abs() < 1e-9, "{point}");
        assert!((number(&point["odds_ratio"]).ln() - number(&point["log_odds"])).abs() < 1e-9);
    }
    let interaction = &explained["interactions"][0];
    let effects = interaction["effects"].as_array().expect("effects");
    assert_eq!(effects.len(), 3, "one for each device: {interaction}");
    let watch = effects.iter().find(|of| of["at"] == "device_type = Smartwatch").expect("the watch");
    assert_eq!(watch["change"], "error_count from 0 to 4");
    let change = score(&sandbox, ["40", "4", "Smartwatch"]) - score(&sandbox, ["40", "0", "Smartwatch"]);
    assert!((change - number(&watch["log_odds"])).abs() < 1e-9, "{watch}");
    let text = sandbox.run(&["explain"]).stdout;
    for words in [
        "Curve of `task_completion_time_sec`, compared with",
        "Interaction of `error_count` and `device_type`",
        "they have no intervals",
    ] {
        assert!(text.contains(words), "`{words}` is missing: {text}");
    }
    let plain = sandbox.run(&[&["train"], &SHIPPED[..]].concat());
    assert_eq!(plain.status, 0);
    assert!(sandbox.run(&["explain", "--json"]).json().get("curves").is_none(), "without one there is none");
}
