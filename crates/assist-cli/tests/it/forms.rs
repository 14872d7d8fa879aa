//! Cards and rules are models: trained, explained, predicted with and evaluated as a logistic regression is.

use crate::run::Sandbox;

const SHIPPED: [&str; 4] = ["--data", "data/assistance.csv", "--schema", "data/assistance.schema.toml"];

fn trained(form: &str, more: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&[&["train", "--form", form], &SHIPPED[..], more].concat());
    assert_eq!(run.status, 0, "{}", run.stderr);
    sandbox
}

#[test]
fn a_rule_is_trained_told_and_used() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&[&["train", "--form", "rule", "--json"], &SHIPPED[..]].concat()).json();
    assert_eq!((run["form"].as_str(), run["test"]["accuracy"].as_f64()), (Some("rule"), Some(1.0)));
    let nothing_of_a_regression = [&run["fit"]["penalty"], &run["fit"]["class_weight"]];
    assert!(nothing_of_a_regression.iter().all(|of| *of == "none") && run["recipe"].is_null(), "{run}");
    assert!(run["coefficients"][0]["odds_ratio"].is_null(), "points are no log-odds: {run}");
    assert_eq!(run["rule"]["rule"], "error_count > 2 OR task_completion_time_sec > 60");
    insta::assert_snapshot!("explain_a_rule", sandbox.run(&["explain"]).transcript());
    // It asks for the columns of its conditions alone, and a missing value makes one of them false, which training has said.
    assert_eq!(run["never_missing"], serde_json::json!(["error_count", "task_completion_time_sec"]));
    let user = ["--set", "error_count=", "--set", "task_completion_time_sec=70"];
    insta::assert_snapshot!("explain_a_rule_of_a_user", sandbox.run(&[&["explain"], &user[..]].concat()).transcript());
    let scored = sandbox.run(&[&["predict", "--json", "--explain"], &user[..]].concat()).json();
    assert_eq!((scored["prediction"].as_u64(), scored["score"].as_f64()), (Some(1), Some(1.0)));
    assert_eq!(scored["probability"], scored["raw_probability"]);
    assert_eq!(scored["contributions"][0]["feature"], "task_completion_time_sec > 60");
    let evaluated = sandbox.run(&["evaluate", "--data", "data/assistance.csv", "--json"]).json();
    assert_eq!(evaluated["accuracy"].as_f64(), Some(1.0), "{evaluated}");
    let run = sandbox.run(&["predict", "--input", "data/assistance.csv", "--output", "scored.csv"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
}

#[test]
fn the_best_card_has_a_proof_and_a_page() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&[&["train", "--form", "card", "--json"], &SHIPPED[..]].concat()).json();
    let card = &run["card"];
    assert!(card["proven"] == true && card["gap_share"].as_f64() < Some(1e-6), "{card}");
    assert!(card["candidates"].as_u64() > Some(20) && card["seconds"].is_number() && card["gap_nats"].is_number());
    // The two steps of the formula.
    let lines: Vec<&str> =
        run["points"].as_array().expect("lines").iter().filter_map(|line| line["feature"].as_str()).collect();
    assert_eq!(lines, ["error_count > 2", "task_completion_time_sec > 60"]);
    insta::assert_snapshot!("explain_a_card", sandbox.run(&["explain"]).transcript());
    let page = sandbox.text("artifacts/card.html");
    assert!(page.contains("error_count is above 2") && page.contains("task_completion_time_sec is above 60"), "{page}");
}

#[test]
fn options_without_effect_on_a_form_are_refused() {
    let sandbox = Sandbox::new();
    let table = ["--data", "data/assistance.csv", "--target", "needs_assistance_flag"];
    let mut transcripts = String::new();
    for options in [
        &["--form", "rule", "--c", "0.5"][..],
        &["--form", "card", "--bins"],
        &["--form", "rule", "--lines", "3"],
        &["--lines", "3"],
        &["--form", "card", "--calibrate", "sigmoid"],
        &["--form", "card", "--lines", "0"],
        &["--form", "card", "--points", "101"],
        &["--form", "card", "--class-weight", "balanced"],
        &["--form", "rule", "--penalty", "l2"],
        &["--form", "card", "--tol", "1e-8"],
        &["--form", "rule", "--weight", "error_count"],
    ] {
        let run = sandbox.run(&[&["train"], &table[..], options].concat());
        transcripts.push_str(&format!("$ train {}\n{}\n", options.join(" "), run.transcript()));
    }
    insta::assert_snapshot!("form_failures", transcripts);
}

/// The page of a card or a rule has what that of a logistic regression has, and its points and totals in the place of coefficients.
#[test]
fn a_report_of_points_puts_them_beside_models_that_see_all_columns() {
    for (form, also, lines) in [
        ("rule", &[][..], ["<h2>Points</h2>", "The saved model, a rule, on 2,800 rows"]),
        ("card", &["--lines", "2"], ["Predicted 1 from", "The saved model, a scorecard, on 2,800 rows"]),
        ("card", &["--lines", "2", "--all-rows"], ["<h2>Points</h2>", "A scorecard on 2,800 rows"]),
        ("rule", &["--missing", "drop", "--seed", "7"], ["error_count", "95 % interval"]),
    ] {
        let sandbox = trained(form, also);
        let run = sandbox.run(&["report", "--data", "data/assistance.csv", "--trees", "5", "--out", "r.html"]);
        assert_eq!(run.status, 0, "{form} {also:?}: {}", run.stderr);
        let page = fs_err::read_to_string(sandbox.path("r.html")).expect("a page");
        for text in lines {
            assert!(page.contains(text), "{form} {also:?}: `{text}`");
        }
        assert!(page.contains("logistic regression") && page.contains("<h3>ROC curve</h3>"));
        let card = fs_err::read_to_string(sandbox.path("model_card.md")).expect("a model card");
        let head = if form == "rule" {
            "- Rule with 2 lines from 2 columns"
        } else {
            "- Scorecard with 2 lines from 2 columns"
        };
        assert!(card.contains(head) && !card.contains("Objective"), "{card}");
    }
}

#[test]
fn a_comparison_names_the_command_that_makes_what_it_recommends() {
    let sandbox = Sandbox::new();
    let table = ["--data", "data/assistance.csv", "--target", "needs_assistance_flag"];
    let run = sandbox.run(&[&["compare", "--trees", "5", "--c", "2"], &table[..]].concat());
    let line =
        run.stdout.lines().find_map(|line| line.strip_prefix("what is recommended is made by: ")).expect("a command");
    assert_eq!(line, "assist-cli train --data data/assistance.csv --target needs_assistance_flag --form rule");
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    let made = sandbox.run(&words);
    assert_eq!(made.status, 0, "followed to the letter it works: {}", made.stderr);
}

#[test]
fn rows_are_sliced_by_columns_that_a_model_does_not_ask_for() {
    for options in [&["--form", "card"][..], &["--form", "rule"], &["--spline", "error_count", "--drop", "device_type"]]
    {
        let sandbox = Sandbox::new();
        let table = ["train", "--data", "data/assistance.csv", "--target", "needs_assistance_flag"];
        assert_eq!(sandbox.run(&[&table[..], options].concat()).status, 0);
        let evaluate = ["evaluate", "--json", "--data", "data/assistance.csv"];
        let plain = sandbox.run(&evaluate).json();
        let sliced = sandbox.run(&[&evaluate[..], &["--slices", "device_type,user_id"]].concat()).json();
        for figure in ["confusion_matrix", "log_loss", "probability"] {
            assert_eq!(plain[figure], sliced[figure], "{options:?}: slicing changes no score");
        }
        assert_eq!(sliced["slices"][0]["slices"].as_array().map(Vec::len), Some(3), "{options:?}");
    }
}

#[test]
fn a_page_of_an_earlier_card_goes_with_its_model() {
    let sandbox = trained("rule", &[]);
    assert!(sandbox.path("artifacts/card.html").exists());
    let retrained = sandbox.run(&[&["train"], &SHIPPED[..]].concat());
    assert!(retrained.status == 0 && !sandbox.path("artifacts/card.html").exists(), "{}", retrained.transcript());
    sandbox.write("artifacts/card.html", "a business card");
    sandbox.run(&[&["train"], &SHIPPED[..]].concat());
    assert_eq!(sandbox.text("artifacts/card.html"), "a business card", "a file of somebody else stays");
}

#[test]
fn a_hint_to_do_without_weights_works_when_it_is_followed() {
    let sandbox = Sandbox::new();
    let plain = ["train", "--form", "rule", "--data", "data/assistance.csv", "--target", "needs_assistance_flag"];
    let run = sandbox.run(&[&plain[..], &["--weight", "user_satisfaction_score"]].concat());
    let (_, hint) = run.stderr.split_once("count the same by `").expect("a hint");
    let words: Vec<&str> = hint.split_once('`').expect("its end").0.split(' ').collect();
    let followed = sandbox.run(&[&plain[..], &words].concat());
    assert_eq!(followed.status, 0, "{}", followed.stderr);
    assert!(followed.stdout.contains("dropped columns: user_satisfaction_score"), "{}", followed.stdout);
}

/// What a training says of a model of few rows that asks for some of the columns.
#[test]
fn a_small_table_is_told_to_be_small() {
    let sandbox = Sandbox::new();
    let rows = (0..120).map(|i| format!("{},{},c{},{}\n", i * 7 % 10, i * 13 % 40, i % 3, u8::from(i * 13 % 40 > 37)));
    sandbox.write("few.csv", format!("a,b,code,y\n{}", rows.collect::<String>()));
    let mut transcripts = String::new();
    for options in [&["--form", "card", "--lines", "3"][..], &["--form", "rule"]] {
        let run = sandbox.run(&[&["train", "--data", "few.csv", "--target", "y"], options].concat());
        transcripts.push_str(&format!("$ train {}\n{}\n", options.join(" "), run.transcript()));
    }
    insta::assert_snapshot!("forms_of_few_rows", transcripts);
}

/// Enough at once still leaves a card, and its page says what is not proven.
#[test]
fn a_search_that_has_no_time_leaves_a_card() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&[&["train", "--form", "card", "--time-limit", "0.000001", "--json"], &SHIPPED[..]].concat());
    let report = run.json();
    assert!(report["points"].as_array().is_some_and(|points| !points.is_empty()), "{report}");
    assert!(report["card"]["proven"] == false && report["card"]["gap_share"].as_f64() > Some(0.0), "{report}");
    let page = sandbox.text("artifacts/card.html");
    assert!(page.contains("The search was ended before the proof") && page.contains("% of it)"), "{page}");
}
