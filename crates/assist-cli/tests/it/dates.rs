//! Dates: the same model whatever form they are written in, and a model of one form reads files of every other.

use std::fmt::Write as _;

use serde_json::Value;

use crate::run::Sandbox;

/// A date, errors and a label.
type Row = ((u32, u32, u32), u32, u32);

/// Rows on days of two years. In the first of them day and month may be exchanged.
fn rows() -> Vec<Row> {
    let row = |i: u32| {
        let (year, month, day) = (2023 + i / 90, 1 + i * 7 % 12, 1 + i * 11 % 28);
        let day = if i < 20 { 1 + day % 12 } else { day };
        ((year, month, day), i * 5 % 7, u32::from((i * 5 % 7) + month / 4 + i * 13 % 3 > 5))
    };
    (0..180).map(row).collect()
}

/// Takes year, month and day.
type Form = fn((u32, u32, u32)) -> String;

const FORMS: [(&str, Form); 7] = [
    ("year first", |(y, m, d)| format!("{y}-{m:02}-{d:02}")),
    ("day first", |(y, m, d)| format!("{d:02}/{m:02}/{y}")),
    ("month first", |(y, m, d)| format!("{m:02}/{d:02}/{y}")),
    ("with points", |(y, m, d)| format!("{d}.{m}.{y}")),
    ("as numbers", |(y, m, d)| format!("{y}{m:02}{d:02}")),
    ("with midnight", |(y, m, d)| format!("{y}-{m:02}-{d:02} 00:00:00")),
    ("as an instant", |(y, m, d)| format!("{y}-{m:02}-{d:02}T00:00:00Z")),
];

fn table(rows: &[Row], form: Form) -> String {
    let mut text = "signup,errors,help\n".to_owned();
    for (date, errors, help) in rows {
        writeln!(text, "{},{errors},{help}", form(*date)).expect("memory");
    }
    text
}

#[track_caller]
fn train(sandbox: &Sandbox, data: &str, out: &str) -> Value {
    sandbox.run(&["train", "--json", "--data", data, "--target", "help", "--date", "signup", "--out", out]).json()
}

/// The scores of a table, and how many rows have none.
fn scores(sandbox: &Sandbox, model: &str, data: &str) -> (Vec<String>, usize) {
    let run = sandbox.run(&["predict", "--model", model, "--input", data, "--json", "--allow-rejected"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let outcomes: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let rejected = outcomes.iter().filter(|outcome| outcome["outcome"] != "scored").count();
    (outcomes.iter().map(|outcome| outcome["score"].to_string()).collect(), rejected)
}

#[test]
fn every_form_gives_one_model_which_reads_every_other_form() {
    let sandbox = Sandbox::new();
    let mut first: Option<(Value, Vec<String>)> = None;
    for (index, (name, form)) in FORMS.iter().enumerate() {
        sandbox.write(&format!("{index}.csv"), table(&rows(), *form));
        let report = train(&sandbox, &format!("{index}.csv"), &format!("model-{index}"));
        let of_itself = scores(&sandbox, &format!("model-{index}"), &format!("{index}.csv")).0;
        let known = first.get_or_insert_with(|| (report["model_id"].clone(), of_itself.clone()));
        assert_eq!((&report["model_id"], &of_itself), (&known.0, &known.1), "{name}");
    }
    let (_, expected) = first.expect("models");
    for (model, (model_form, _)) in FORMS.iter().enumerate() {
        for (data, (name, _)) in FORMS.iter().enumerate() {
            let found = scores(&sandbox, &format!("model-{model}"), &format!("{data}.csv"));
            assert_eq!(found, (expected.clone(), 0), "{model_form} reads {name}");
        }
    }
}

#[test]
fn what_a_file_leaves_open_is_read_as_the_model_has_it() {
    let sandbox = Sandbox::new();
    let open: Vec<Row> = rows().into_iter().filter(|((_, _, day), ..)| *day < 13).collect();
    for (name, (_, form)) in ["ymd", "dmy", "mdy"].iter().zip(FORMS) {
        sandbox.write(&format!("{name}.csv"), table(&rows(), form));
        sandbox.write(&format!("open-{name}.csv"), table(&open, form));
        train(&sandbox, &format!("{name}.csv"), name);
    }
    let (expected, _) = scores(&sandbox, "ymd", "open-ymd.csv");
    for model in ["dmy", "mdy"] {
        assert_eq!(scores(&sandbox, model, &format!("open-{model}.csv")), (expected.clone(), 0), "{model}");
    }
    // A model whose dates begin with the year says nothing of the order: better no score than a wrong one.
    let run = sandbox.run(&["predict", "--model", "ymd", "--input", "open-dmy.csv", "--output", "p.csv"]);
    let message = "column `signup`: `";
    assert!(run.status == 1 && run.stderr.contains(message), "{}", run.stderr);
    assert!(run.stderr.contains("is no date of the form `%Y-%m-%d` at line 2"), "{}", run.stderr);
    // Training asks, and its hint holds.
    let run = sandbox.run(&["train", "--data", "open-dmy.csv", "--target", "help", "--date", "signup", "--out", "m"]);
    assert!(run.status != 0 && run.stderr.contains("form = \"%d/%m/%Y\""), "{}", run.stderr);
    sandbox.write("s.toml", "target = 'help'\n[date.signup]\nform = \"%d/%m/%Y\"\n");
    let run = sandbox.run(&["train", "--data", "open-dmy.csv", "--schema", "s.toml", "--out", "m"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
}

#[test]
fn the_row_that_shows_the_order_may_stand_far_below() {
    let sandbox = Sandbox::new();
    let mut all: Vec<Row> = rows();
    all.sort_by_key(|((_, _, day), ..)| *day > 12);
    let open = all.iter().filter(|((_, _, day), ..)| *day < 13).copied().collect::<Vec<_>>();
    let mut long: Vec<Row> = open.iter().cycle().take(9000).copied().collect();
    long.extend(&all);
    for (name, (_, form)) in ["ymd", "dmy", "mdy"].iter().zip(FORMS) {
        sandbox.write(&format!("{name}.csv"), table(&long, form));
    }
    let id = |name: &str| train(&sandbox, &format!("{name}.csv"), name)["model_id"].clone();
    assert_eq!(id("dmy"), id("ymd"));
    assert_eq!(id("mdy"), id("ymd"));
    let (expected, _) = scores(&sandbox, "ymd", "ymd.csv");
    assert_eq!(scores(&sandbox, "dmy", "mdy.csv"), (expected.clone(), 0));
    assert_eq!(scores(&sandbox, "mdy", "dmy.csv"), (expected, 0));
}

#[test]
fn a_date_is_given_as_one() {
    let sandbox = Sandbox::new();
    sandbox.write("t.csv", table(&rows(), FORMS[1].1));
    train(&sandbox, "t.csv", "m");
    let predict = |pairs: &[&str]| {
        let mut arguments = vec!["predict", "--model", "m", "--json"];
        pairs.iter().for_each(|pair| arguments.extend(["--set", pair]));
        sandbox.run(&arguments)
    };
    let as_written = predict(&["errors=2", "signup=31/01/2024"]).json();
    assert_eq!(predict(&["signup=2024-01-31", "errors=2"]).json(), as_written);
    assert_eq!(predict(&["signup_days=19753", "signup_weekday=Wednesday", "errors=2"]).json(), as_written);
    let asked = sandbox.run_with_input(&["predict", "--model", "m", "--json"], b"soon\n31/01/2024\n2\n");
    assert_eq!(asked.json(), as_written);
    assert!(asked.stderr.contains("signup (a date written `%d/%m/%Y`"), "{}", asked.stderr);
    for (pairs, status, message) in [
        (&["errors=2", "signup=soon"][..], 2, "column `signup`: `soon` is no date of the form `%d/%m/%Y`"),
        (&["errors=2"], 1, "column `signup`: missing value"),
        (&["errors=2", "signup=2024-01-31", "signup_days=1"], 2, "column `signup`: given twice"),
        (&["errors=2", "sgnup=2024-01-31"], 2, "The model's columns are `signup`, `errors`"),
    ] {
        let run = predict(pairs);
        assert!(run.status == status && run.stderr.contains(message), "{pairs:?}: {}", run.transcript());
    }
}
