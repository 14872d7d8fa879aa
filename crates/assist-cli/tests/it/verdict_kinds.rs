//! Verdicts on tables of the kinds that they were wrong about: each must say what is true of every table of its kind.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::run::{Sandbox, shared_folder};

/// Numbers between 0 and 1 that have nothing to do with each other (`SplitMix64`).
struct Random(u64);

impl Random {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.share()).ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }

    fn is(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    fn one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        let share = self.share() * texts.len() as f64;
        texts.iter().zip(1..).find(|(_, end)| share < f64::from(*end)).map_or("", |(text, _)| text)
    }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// The findings of a comparison by what they are about.
fn compared(sandbox: &Sandbox, data: &str, more: &[&str]) -> Value {
    let options = ["compare", "--json", "--trees", "30", "--target", "y", "--data", data];
    sandbox.run(&[&options[..], more].concat()).json()
}

fn said<'a>(report: &'a Value, about: &str) -> &'a str {
    let findings = report["findings"].as_array().expect("findings");
    findings.iter().find(|of| of["about"] == about).map_or("", |of| of["text"].as_str().expect("text"))
}

fn statement<'a>(report: &'a Value, about: &str) -> &'a Value {
    let findings = report["findings"].as_array().expect("findings");
    let found = findings.iter().find(|of| of["about"] == about).unwrap_or_else(|| panic!("nothing about {about}"));
    &found["statement"][about]
}

/// Rows that are there several times, with labels that a coin gave.
fn copies(times: usize, seed: u64) -> String {
    let mut random = Random(seed);
    let mut rows = String::new();
    for _ in 0..240 {
        let (a, b, level) = (random.normal(), random.normal(), random.one_of(&["x", "y", "z"]));
        let _ = writeln!(rows, "{a:.3},{b:.3},{},{}", level, u8::from(random.is(0.5)));
    }
    format!("a,b,k,y\n{}", rows.repeat(times))
}

#[track_caller]
fn nothing_is_told_from_copies(report: &Value) {
    assert!(
        said(report, "recommendation").starts_with("Remove the copied rows and start again: "),
        "{}",
        report["verdict"]
    );
    assert!(said(report, "deciding").contains("cannot be told"), "{}", report["verdict"]);
    assert_eq!(statement(report, "memorising")["verdict"]["is"], "too_few_rows");
    assert!(said(report, "memorising").contains("such rows would do"), "{}", report["verdict"]);
    for about in ["ranking", "shape", "single_column", "segments", "columns", "calibration"] {
        assert_eq!(said(report, about), "", "copies count as evidence");
    }
}

#[test]
fn copied_rows_tell_nothing_of_memory() {
    let sandbox = Sandbox::new();
    for (times, seed) in [(3, 1), (5, 2), (12, 3)] {
        sandbox.write("copies.csv", copies(times, seed));
        nothing_is_told_from_copies(&compared(&sandbox, "copies.csv", &[]));
    }
    let Some(folder) = shared_folder("the folder of cases", "cases/figures") else { return };
    nothing_is_told_from_copies(&compared(&sandbox, &folder.join("dups.csv").display().to_string(), &[]));
}

/// Few are of class 1, and a weighted sum tells some of them: balanced classes flag far too many, a half does not.
fn few_of_class_1(seed: u64) -> String {
    let mut random = Random(seed);
    let mut text = "a,b,c,y\n".to_owned();
    for _ in 0..12_000 {
        let [a, b, c] = [random.normal(), random.normal(), random.normal()];
        let _ = writeln!(text, "{a:.4},{b:.4},{c:.4},{}", u8::from(random.is(sigmoid(2.4 * a + 1.6 * b - 5.0))));
    }
    text
}

#[track_caller]
fn a_half_is_the_operating_point(report: &Value) {
    let deciding = statement(report, "deciding");
    assert_eq!(deciding["standing"]["is"], "better", "{}", report["verdict"]);
    let of = |model: &str| {
        let models = deciding["models"].as_array().expect("models");
        models.iter().find(|of| of["model"] == model).unwrap_or_else(|| panic!("no {model}")).clone()
    };
    let logistic = of("logistic_regression");
    assert!(logistic["accuracy"].as_f64() > deciding["majority_accuracy"].as_f64(), "{deciding}");
    assert!(logistic["p_over_majority"].as_f64() < Some(0.05), "{deciding}");
    assert!((0.35..0.65).contains(&logistic["threshold"].as_f64().expect("a threshold")), "{deciding}");
    let recommendation = said(report, "recommendation");
    assert!(!recommendation.contains("no model") && !recommendation.contains("none of these"), "{recommendation}");
}

#[test]
fn models_are_compared_at_one_kind_of_threshold() {
    let sandbox = Sandbox::new();
    sandbox.write("few.csv", few_of_class_1(7));
    let report = compared(&sandbox, "few.csv", &[]);
    a_half_is_the_operating_point(&report);
    // What a model was saved with is another operating point, and the figures there stay what they are.
    let logistic = &report["models"][0];
    assert!(logistic["test"]["accuracy"].as_f64() < logistic["decisions"]["accuracy"].as_f64(), "{logistic}");
    let Some(folder) = shared_folder("the folder of cases", "cases/figures") else { return };
    let report = compared(&sandbox, &folder.join("imb8.csv").display().to_string(), &[]);
    a_half_is_the_operating_point(&report);
    assert!(said(&report, "recommendation").contains("right for 92.0 %"), "{}", report["verdict"]);
    assert!(
        said(&report, "recommendation").contains("the majority class is right for 91.4 %"),
        "{}",
        report["verdict"]
    );
}

/// A column of texts, or of numbers, that is known only when all is over.
fn leak(as_number: bool, seed: u64) -> String {
    let mut random = Random(seed);
    let mut text = "a,b,closed,y\n".to_owned();
    for _ in 0..3000 {
        let (a, b) = (random.normal(), random.normal());
        let label = random.is(sigmoid(0.8 * a));
        let seen = if random.is(0.03) { !label } else { label };
        let closed = match (as_number, seen) {
            (true, _) => format!("{:.2}", random.normal() + if seen { 5.0 } else { 0.0 }),
            (false, true) => random.one_of(&["by agent", "by phone", "escalated"]).to_owned(),
            (false, false) => random.one_of(&["by user", "timeout"]).to_owned(),
        };
        let _ = writeln!(text, "{a:.3},{b:.3},{closed},{}", u8::from(label));
    }
    text
}

#[track_caller]
fn is_asked_about(report: &Value, column: &str) {
    let words = format!(
        "First ask whether `{column}` is known at the moment when help is given: alone it predicts nearly all."
    );
    assert!(said(report, "recommendation").starts_with(&words), "{}", report["verdict"]);
    let best = &statement(report, "single_column")["best"];
    assert_eq!(best["column"], column);
    assert!(best["accuracy"].as_f64() > Some(0.9) && best["roc_auc"].as_f64() > Some(0.95), "{best}");
    assert_eq!(report["label_audit"]["single_columns"][0], *best, "always computed");
}

#[test]
fn a_column_that_alone_predicts_nearly_all_is_asked_about_first() {
    let sandbox = Sandbox::new();
    for as_number in [false, true] {
        sandbox.write("leak.csv", leak(as_number, 11));
        is_asked_about(&compared(&sandbox, "leak.csv", &[]), "closed");
        let inspected = sandbox.run(&["inspect", "--json", "--target", "y", "--data", "leak.csv"]).json();
        assert_eq!(inspected["label_audit"]["single_columns"][0]["column"], "closed");
    }
    // Without it there is nothing to ask, and the best of the others is told all the same.
    let report = compared(&sandbox, "leak.csv", &["--drop", "closed"]);
    assert!(
        said(&report, "single_column").starts_with("No column alone predicts nearly all: the best is `a`"),
        "{}",
        report["verdict"]
    );
    assert!(!said(&report, "recommendation").contains("First ask"), "{}", report["verdict"]);
    let Some(folder) = shared_folder("the folder of cases", "cases/figures") else { return };
    is_asked_about(&compared(&sandbox, &folder.join("leak3.csv").display().to_string(), &[]), "resolved_by_agent");
}

#[test]
fn no_column_is_called_out_where_there_are_few_rows_for_many_columns() {
    let sandbox = Sandbox::new();
    let mut random = Random(5);
    let names: Vec<String> = (0..60).map(|column| format!("v{column},")).collect();
    let mut text = format!("{}y\n", names.concat());
    for _ in 0..300 {
        (0..60).for_each(|_| text.push_str(&format!("{:.3},", random.normal())));
        let _ = writeln!(text, "{}", u8::from(random.is(0.5)));
    }
    sandbox.write("wide.csv", text);
    let report = compared(&sandbox, "wide.csv", &[]);
    assert!(said(&report, "columns").starts_with("No column is called out: "), "{}", report["verdict"]);
    assert!(said(&report, "recommendation").starts_with("Use none of these models"), "{}", report["verdict"]);
}

/// A species by the length of a leaf: a rule that nobody computed.
#[test]
fn a_formula_has_no_author() {
    let sandbox = Sandbox::new();
    let mut random = Random(8);
    let mut text = "length,width,y\n".to_owned();
    for row in 0..400 {
        let is_large = row % 3 == 0;
        let length = if is_large { 4.0 } else { 1.5 } + 0.2 * random.normal();
        let _ = writeln!(text, "{length:.2},{:.2},{}", 1.0 + 0.3 * random.normal(), u8::from(is_large));
    }
    sandbox.write("leaves.csv", text);
    let report = compared(&sandbox, "leaves.csv", &[]);
    let verdict = report["verdict"].as_str().expect("a verdict");
    for claim in ["computed", "someone", "Someone"] {
        assert!(!verdict.contains(claim), "{verdict}");
    }
    assert!(
        said(&report, "label").contains("Whether it was defined so or came about so the table does not tell"),
        "{verdict}"
    );
    assert!(said(&report, "recommendation").starts_with("First ask whether `length` is known"), "{verdict}");
}

#[test]
fn no_sentence_names_more_than_five() {
    let sandbox = Sandbox::new();
    let mut random = Random(9);
    let names: Vec<String> = (0..14).map(|column| format!("column_{column},")).collect();
    let mut text = format!("{}y\n", names.concat());
    for _ in 0..1500 {
        let row: Vec<f64> = (0..14).map(|_| random.normal()).collect();
        row.iter().for_each(|value| text.push_str(&format!("{value:.3},")));
        let z: f64 = row[..7].iter().sum();
        let _ = writeln!(text, "{}", u8::from(random.is(sigmoid(z))));
    }
    sandbox.write("many.csv", text);
    let report = compared(&sandbox, "many.csv", &[]);
    let columns = said(&report, "columns");
    assert!(columns.contains("and 3 others each say something"), "{columns}");
    assert!(columns.contains("and 3 others add"), "{columns}");
}

#[test]
fn findings_carry_the_figures_that_they_rest_on() {
    let sandbox = Sandbox::new();
    sandbox.write("few.csv", few_of_class_1(3));
    let report = compared(&sandbox, "few.csv", &[]);
    for finding in report["findings"].as_array().expect("findings") {
        let figures = finding["figures"].as_array().expect("figures");
        assert!(!figures.is_empty(), "{finding}");
        assert!(figures.iter().all(|of| of["name"].is_string() && of["value"].is_string()), "{finding}");
        let about = finding["about"].as_str().expect("a topic");
        assert_ne!(finding["statement"][about], json!(null), "typed as well: {finding}");
    }
}
