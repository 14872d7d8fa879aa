//! What is stated of a table and contradicts it is an error that names both; files of one table may be written in several ways.

use std::fmt::Write as _;

use serde_json::Value;

use crate::run::Sandbox;

/// Rows of errors, an income, a plan and a label; `income` writes an amount of cents.
fn table(rows: std::ops::Range<u32>, delimiter: char, income: impl Fn(u32) -> String) -> String {
    let mut text = ["errors", "income", "plan", "help"].join(&delimiter.to_string()) + "\n";
    for i in rows {
        let (errors, cents, plan) = (i * 5 % 7, 120_050 + i * 7919 % 880_000, ["basic", "pro", "team"][i as usize % 3]);
        let help = u32::from(errors + cents / 300_000 + i * 13 % 3 > 5);
        let income = income(cents);
        writeln!(text, "{errors}{delimiter}{income}{delimiter}{plan}{delimiter}{help}").expect("memory");
    }
    text
}

fn with_point(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn with_comma(cents: u32) -> String {
    with_point(cents).replace('.', ",")
}

fn in_dollars(cents: u32) -> String {
    format!("\"${},{:03}.{:02}\"", cents / 100_000, cents / 100 % 1000, cents % 100)
}

#[test]
fn files_of_one_table_may_be_written_in_several_ways() {
    let sandbox = Sandbox::new();
    sandbox.write("all.csv", table(0..200, ',', with_point));
    sandbox.write("1.csv", table(0..90, ',', with_point));
    sandbox.write("2.csv", table(90..200, ';', with_comma));
    let train = |data: &[&str], out: &str| {
        let options = ["train", "--json", "--target", "help", "--out", out, "--data"];
        sandbox.run(&[&options[..], data].concat()).json()
    };
    let expected = train(&["all.csv"], "one")["model_id"].clone();
    let report = train(&["1.csv", "2.csv"], "two");
    assert_eq!(report["model_id"], expected);
    let inspected = sandbox.run(&["inspect", "--data", "1.csv", "2.csv", "--target", "help"]).stdout;
    assert!(inspected.contains("`income` (plain, or by file decimal comma)"), "{inspected}");
    let outcomes = |data: &[&str]| {
        let options = ["predict", "--json", "--model", "one", "--input"];
        let run = sandbox.run(&[&options[..], data].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
        run.stdout
    };
    assert_eq!(outcomes(&["1.csv", "2.csv"]), outcomes(&["all.csv"]));
    let evaluated = |data: &[&str]| {
        let options = ["evaluate", "--json", "--model", "one", "--data"];
        let mut report: Value = sandbox.run(&[&options[..], data].concat()).json();
        report["read"].take();
        report
    };
    assert_eq!(evaluated(&["1.csv", "2.csv"]), evaluated(&["all.csv"]));
    // Euros are no dollars.
    sandbox.write("usd.csv", table(0..90, ';', |cents| format!("${}", with_point(cents))));
    sandbox.write("eur.csv", table(90..200, ';', |cents| format!("€{}", with_point(cents))));
    let report = train(&["usd.csv", "eur.csv"], "money");
    assert!(report["data"]["read"]["left_out"].to_string().contains("unit is not the same in all files"), "{report}");
}

#[test]
fn one_user_is_given_as_the_table_was_written() {
    let sandbox = Sandbox::new();
    sandbox.write("c.csv", table(0..200, ';', with_comma));
    sandbox.write("d.csv", table(0..200, ',', in_dollars));
    let mut answers = Vec::new();
    for (data, incomes) in [("c.csv", ["2373,46", "2373.46"]), ("d.csv", ["$2,373.46", "2373.46"])] {
        let run = sandbox.run(&["train", "--data", data, "--target", "help", "--out", "m"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        for income in incomes {
            let set = format!("income={income}");
            let run = sandbox
                .run(&["predict", "--model", "m", "--json", "--set", "errors=2", "--set", "plan=pro", "--set", &set]);
            answers.push(run.json());
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[test]
fn markers_of_missing_cells_are_those_of_the_model() {
    let sandbox = Sandbox::new();
    let text = table(0..200, ',', |cents| if cents < 200_000 { "unknown".to_owned() } else { with_point(cents) });
    sandbox.write("t.csv", &text);
    let run = sandbox.run(&["train", "--data", "t.csv", "--target", "help", "--na", "unknown", "--out", "m"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let predict = |set: &str| {
        sandbox
            .run(&["predict", "--model", "m", "--json", "--set", "errors=2", "--set", "plan=pro", "--set", set])
            .json()
    };
    assert_eq!(predict("income="), predict("income=unknown"));
    assert_eq!(predict("income=NA"), predict("income=unknown"));
}

#[test]
fn labels_are_numbers_however_these_are_written() {
    let sandbox = Sandbox::new();
    let labelled = |text: String, zero: &str, one: &str| {
        let label = |line: &str| match line.rsplit_once(';') {
            Some((rest, "0")) => format!("{rest};{zero}"),
            Some((rest, "1")) => format!("{rest};{one}"),
            _ => line.to_owned(),
        };
        text.lines().map(label).collect::<Vec<_>>().join("\n")
    };
    let ids = [("12", "178"), ("12,0", "178,0"), ("12.0", "178.0")].map(|(zero, one)| {
        sandbox.write("t.csv", labelled(table(0..200, ';', with_comma), zero, one));
        sandbox.run(&["train", "--json", "--data", "t.csv", "--target", "help", "--out", "m"]).json()["model_id"]
            .clone()
    });
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[test]
fn what_is_stated_and_cannot_be_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("t.csv", table(0..200, ',', with_point));
    sandbox.write("c.csv", table(0..200, ';', with_comma));
    assert_eq!(sandbox.run(&["generate", "--rows", "300", "--out", "t.parquet"]).status, 0);
    let train = |data: &str, options: &[&str]| {
        let target = if data == "t.parquet" { "needs_assistance_flag" } else { "help" };
        sandbox.run(&[&["train", "--data", data, "--target", target, "--out", "m"][..], options].concat())
    };
    for (data, options, message) in [
        (
            "t.csv",
            &["--decimal", ","][..],
            "a decimal comma is stated, but in `t.csv` the numbers of column `income` have a decimal point",
        ),
        (
            "c.csv",
            &["--decimal", "."],
            "a decimal point is stated, but in `c.csv` the numbers of column `income` have a decimal comma",
        ),
        ("t.csv", &["--sheet", "x"], "a sheet is stated, but in `t.csv` the file is CSV, which has none"),
        (
            "t.parquet",
            &["--delimiter", ";"],
            "a delimiter is stated, but in `t.parquet` the file is Parquet, which has none",
        ),
        ("t.parquet", &["--skip-lines", "2"], "lines above the header are stated"),
        ("t.parquet", &["--no-header"], "a table with or without a header is stated"),
        ("t.csv", &["--keep", "help"], "column `help` is the target, and cannot be dropped, kept or declared"),
        ("t.csv", &["--comment", "5"], "`5` cannot mark comments"),
        (
            "t.csv",
            &["--numeric", "plan"],
            "column `plan` is declared numeric, but `basic` at line 2 of `t.csv` is no number",
        ),
    ] {
        let run = train(data, options);
        assert!(run.status != 0 && run.stderr.contains(message), "{options:?}: {}", run.transcript());
        assert!(!sandbox.path("m").exists(), "{options:?}");
        assert!(!run.stderr.contains("one thing of each column"), "{}", run.stderr);
    }
    // The hint holds.
    assert!(train("t.csv", &["--numeric", "plan"]).stderr.contains("`--categorical plan`"));
    assert_eq!(train("t.csv", &["--categorical", "plan"]).status, 0);
    // A prediction is told the same.
    let run = sandbox.run(&["predict", "--model", "m", "--input", "t.csv", "--decimal", ","]);
    assert!(run.status == 1 && run.stderr.contains("a decimal comma is stated"), "{}", run.stderr);
    // A schema may be meant for files of several formats.
    sandbox.write("s.toml", "target = 'needs_assistance_flag'\n[table]\ndelimiter = ';'\n");
    let run = sandbox.run(&["train", "--data", "t.parquet", "--schema", "s.toml", "--out", "n"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
}
