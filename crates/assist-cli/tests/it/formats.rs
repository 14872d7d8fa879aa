//! The same table gives the same figures, however it is written.

use serde_json::Value;

use crate::run::Sandbox;

fn figures(sandbox: &Sandbox, data: &[&str], input: &[u8]) -> (Value, Value, Value) {
    let mut arguments = vec!["train", "--json", "--target", "needs_assistance_flag", "--data"];
    arguments.extend(data);
    let mut report = sandbox.run_with_input(&arguments, input).json();
    (report["coefficients"].take(), report["train"].take(), report["test"].take())
}

#[test]
fn every_format_gives_the_same_figures() {
    let sandbox = Sandbox::new();
    let make = |name: &str| {
        let run = sandbox.run(&["generate", "--rows", "3000", "--seed", "5", "--label", "noisy", "--out", name]);
        assert_eq!(run.status, 0, "{}", run.stderr);
    };
    make("t.csv");
    let expected = figures(&sandbox, &["t.csv"], b"");
    for name in ["t.tsv", "t.parquet", "t.arrow", "t.jsonl"] {
        make(name);
        assert_eq!(figures(&sandbox, &[name], b""), expected, "{name}");
    }
    // Content decides: a Parquet file under another name.
    fs_err::rename(sandbox.path("t.parquet"), sandbox.path("misnamed.csv")).expect("renamed");
    assert_eq!(figures(&sandbox, &["misnamed.csv"], b""), expected);
    // Standard input, and a byte order mark with Windows line ends.
    let csv = String::from_utf8(sandbox.read("t.csv")).expect("text");
    assert_eq!(figures(&sandbox, &["-"], csv.as_bytes()), expected);
    let windows = format!("\u{feff}{}", csv.replace('\n', "\r\n"));
    assert_eq!(figures(&sandbox, &["-"], windows.as_bytes()), expected);
}

#[test]
fn several_files_are_one_table_with_columns_bound_by_name() {
    let sandbox = Sandbox::new();
    let csv = String::from_utf8(sandbox.read("data/assistance.csv")).expect("text");
    let expected = figures(&sandbox, &["data/assistance.csv"], b"");
    let lines: Vec<&str> = csv.lines().collect();
    let (header, rows) = (lines[0], &lines[1..]);
    let reversed = |line: &str| line.split(',').rev().collect::<Vec<_>>().join(",");
    sandbox.write("part-1.csv", format!("{header}\n{}\n", rows[..5000].join("\n")));
    let rest: Vec<String> = rows[5000..].iter().map(|row| reversed(row)).collect();
    sandbox.write("part-2.csv", format!("{}\n{}\n", reversed(header), rest.join("\n")));
    assert_eq!(figures(&sandbox, &["part-1.csv", "part-2.csv"], b""), expected);
    assert_eq!(figures(&sandbox, &["part-*.csv"], b""), expected);
    // A fault is told from the file that it is in.
    sandbox.write(
        "part-2.csv",
        format!("{header}\n{}\n", rows[5000].replace(rows[5000].split(',').nth(6).expect("a cell"), "x")),
    );
    let run = sandbox.run(&["train", "--data", "part-*.csv", "--target", "needs_assistance_flag"]);
    assert!(run.status == 1 && run.stderr.contains("line 2 of `part-2.csv`"), "{}", run.stderr);
}

#[test]
fn split_keeps_every_column_in_every_format() {
    let sandbox = Sandbox::new();
    for ending in ["csv", "tsv", "parquet", "arrow", "jsonl"] {
        let name = format!("t.{ending}");
        assert_eq!(sandbox.run(&["generate", "--rows", "500", "--out", &name]).status, 0);
        let run =
            sandbox.run(&["split", "--data", &name, "--target", "needs_assistance_flag", "--out", "parts", "--json"]);
        assert_eq!(run.json()["test"]["rows"], 100);
        // Both parts together are trained on like the whole; the order of the rows does not matter to the class counts.
        let parts = [format!("parts/train.{ending}"), format!("parts/test.{ending}")];
        let report =
            sandbox.run(&["train", "--json", "--target", "needs_assistance_flag", "--data", &parts[0], &parts[1]]);
        assert_eq!(report.json()["data"]["rows"], 500);
    }
}

#[test]
fn a_prediction_keeps_the_columns_of_every_format_in_every_other() {
    let sandbox = Sandbox::trained();
    let endings = ["csv", "tsv", "parquet", "arrow", "jsonl"];
    let columns = |name: &str| -> Vec<Value> {
        // Through JSON lines, so that what is compared are values and not their spelling.
        let run = sandbox.run(&["predict", "--input", name, "--output", "all.jsonl", "--prefix", "p_"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let text = String::from_utf8(sandbox.read("all.jsonl")).expect("text");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    assert_eq!(sandbox.run(&["generate", "--rows", "50", "--out", "t.csv"]).status, 0);
    let expected = columns("t.csv");
    assert!(expected[0]["user_id"] == 1 && expected[0]["age_group"].is_string(), "{}", expected[0]);
    for from in endings {
        let input = format!("t.{from}");
        assert_eq!(sandbox.run(&["generate", "--rows", "50", "--out", &input]).status, 0);
        for to in endings {
            let output = format!("scored.{to}");
            assert_eq!(sandbox.run(&["predict", "--input", &input, "--output", &output]).status, 0);
            let scored = columns(&output);
            assert_eq!(scored.len(), 50);
            for (row, before) in scored.iter().zip(&expected) {
                for (name, value) in before.as_object().expect("an object") {
                    assert_eq!(&row[name], value, "`{name}` from {from} to {to}");
                    if let Some(plain) = name.strip_prefix("p_") {
                        assert_eq!(&row[plain], value, "`{plain}` from {from} to {to}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_shipped_table_is_generated_byte_for_byte() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["generate", "--rows", "14000", "--seed", "42", "--label", "rule", "--out", "again.csv"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(sandbox.read("again.csv") == sandbox.read("data/assistance.csv"), "the shipped table is another one");
}
