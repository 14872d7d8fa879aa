//! Rows that were seen before: test rows that equal training rows, and tables that a model was trained on.
#![allow(clippy::format_collect, reason = "tables of tests are put together once")]

use std::fmt::Write as _;

use serde_json::Value;

use crate::run::{Run, Sandbox, shared_folder};

fn hashed(n: u32) -> u32 {
    let n = (n ^ (n >> 15)).wrapping_mul(0x2c1b_3c6d);
    let n = (n ^ (n >> 12)).wrapping_mul(0x297a_2d39);
    n ^ (n >> 15)
}

/// Rows of two small numbers, one of many values and a tossed label, each `copies` times.
fn coins(n_rows: u32, copies: u32) -> String {
    let row = |n: u32| {
        let toss = |salt: u32| hashed(n % n_rows + salt * 1_000_003);
        format!("{},{},{}.{:02},{}\n", toss(1) % 6, toss(2) % 6, toss(3) % 5, toss(4) % 100, toss(5) % 2)
    };
    format!("a,b,k,y\n{}", (0..n_rows * copies).map(row).collect::<String>())
}

fn train(sandbox: &Sandbox, data: &str, more: &[&str]) -> Run {
    let run = sandbox.run(&[&["train", "--json", "--target", "y", "--data", data, "--out", "model"], more].concat());
    assert_eq!(run.status, 0, "{}", run.stderr);
    run
}

fn is_warned_of_copies(run: &Run) -> bool {
    run.stderr.contains("far more than columns that are independent")
}

/// What `evaluate` says of a table: the share of the table's rows that are training rows, and whether it warns.
fn evaluated(sandbox: &Sandbox, data: &str, more: &[&str]) -> (Value, bool) {
    let run = sandbox.run(&[&["evaluate", "--json", "--model", "model", "--data", data], more].concat());
    let warns = run.stderr.contains("rows that the model was trained on: figures are too good");
    (run.json()["training_rows"].clone(), warns)
}

#[track_caller]
fn has_share((found, warns): (Value, bool), share_of_training: f64, share_of_table: f64) {
    let is_near = |key: &str, share: f64| found[key].as_f64().is_some_and(|found| (found - share).abs() < 0.03);
    assert!(is_near("share_of_training", share_of_training) && is_near("share_of_table", share_of_table), "{found}");
    assert_eq!((found["method"].as_str(), warns), (Some("bottom_k"), share_of_table > 0.1));
}

#[test]
fn copies_of_rows_are_counted_and_said() {
    let sandbox = Sandbox::new();
    sandbox.write("dups.csv", coins(300, 5));
    let run = train(&sandbox, "dups.csv", &[]);
    let split = &run.json()["split"];
    let (equal, test_rows) =
        (split["equal_rows"].as_u64().expect("a count"), split["test_rows"].as_u64().expect("one"));
    assert!(equal * 100 > 95 * test_rows && equal <= test_rows, "{split}");
    assert!(is_warned_of_copies(&run), "{}", run.stderr);
    let said = sandbox.run(&["train", "--target", "y", "--data", "dups.csv"]).stdout;
    assert!(said.contains(&format!("{equal} of the {test_rows} test rows")), "{said}");
    let compared = sandbox.run(&["compare", "--json", "--target", "y", "--trees", "5", "--data", "dups.csv"]);
    assert_eq!(compared.json()["equal_rows"], equal);
    assert!(is_warned_of_copies(&compared), "{}", compared.stderr);
    // Each row once, there is nothing to say.
    sandbox.write("once.csv", coins(1500, 1));
    let once = train(&sandbox, "once.csv", &[]);
    assert!(once.json()["split"]["equal_rows"].as_u64() < Some(60), "{}", once.json()["split"]);
    assert!(!is_warned_of_copies(&once), "{}", once.stderr);
}

#[test]
fn the_copies_of_the_case_are_said() {
    let Some(folder) = shared_folder("The cases", "cases/figures") else { return };
    let sandbox = Sandbox::new();
    sandbox.write("dups.csv", fs_err::read(folder.join("dups.csv")).expect("the case"));
    let run = train(&sandbox, "dups.csv", &[]);
    assert!(run.json()["split"]["equal_rows"].as_u64() > Some(290), "{}", run.json()["split"]);
    assert!(is_warned_of_copies(&run), "{}", run.stderr);
}

/// The count is that of equal lines, for rows that are counted while they are read, for weights, counts and groups.
#[test]
fn equal_rows_are_counted_exactly_however_they_are_kept() {
    let sandbox = Sandbox::new();
    let row = |n: u32| [hashed(n) % 40, hashed(n + 9_000_000) % 50, hashed(n + 5_000_000) % 3];
    for n_rows in [1500, 70_000] {
        let rows = (0..n_rows).map(|n| {
            let [a, d, y] = row(n);
            format!("{a},level {d},{}\n", u32::from(y == 0))
        });
        sandbox.write("all.csv", format!("a,d,y\n{}", rows.collect::<String>()));
        let run = sandbox.run(&["split", "--target", "y", "--data", "all.csv", "--out", "parts"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
        let lines = |name: &str| -> Vec<String> {
            let text = fs_err::read_to_string(sandbox.path("parts").join(name)).expect("written");
            text.lines().skip(1).filter_map(|line| Some(line.rsplit_once(',')?.0.to_owned())).collect()
        };
        let training: std::collections::BTreeSet<String> = lines("train.csv").into_iter().collect();
        let equal = lines("test.csv").iter().filter(|line| training.contains(*line)).count();
        let run = train(&sandbox, "all.csv", &[]);
        assert_eq!(run.json()["split"]["equal_rows"], equal, "{n_rows} rows");
        // Forty by fifty cells are equal by nature.
        assert!(!is_warned_of_copies(&run), "{}", run.stderr);
    }
    // One row of many observations is on both sides of a split of observations.
    let counts: String = (0..40).fold(String::from("a,n0,n1\n"), |mut text, n| {
        let _ = writeln!(text, "{n}.5,{},{}", 5_000_000_000_u64 + n, 4_000_000_000_u64);
        text
    });
    sandbox.write("counts.csv", counts);
    let run = sandbox.run(&["train", "--json", "--counts", "--data", "counts.csv"]);
    let split = &run.json()["split"];
    assert_eq!(split["equal_rows"], split["test_rows"]);
    assert!(!is_warned_of_copies(&run), "{}", run.stderr);
    // A row that weighs nothing teaches nothing, so that no test row equals it.
    let weighed = |n: u32| format!("{},{},{}\n", n % 100, u32::from(n >= 100), hashed(n) % 2);
    sandbox.write("weighed.csv", format!("a,w,y\n{}", (0..200).map(weighed).collect::<String>()));
    let run = train(&sandbox, "weighed.csv", &["--weight", "w"]);
    let of_weights = run.json()["split"]["equal_rows"].as_u64();
    let of_rows = train(&sandbox, "weighed.csv", &["--drop", "w"]).json()["split"]["equal_rows"].as_u64();
    assert!(of_weights > Some(0) && of_weights < of_rows, "{of_weights:?} {of_rows:?}");
}

#[test]
fn a_table_that_was_trained_on_is_recognised() {
    let sandbox = Sandbox::new();
    let generate = |seed: &str, out: &str| {
        let run = sandbox.run(&["generate", "--rows", "6000", "--label", "noisy", "--seed", seed, "--out", out]);
        assert_eq!(run.status, 0, "{}", run.stderr);
    };
    generate("1", "all.csv");
    generate("2", "fresh.csv");
    let target = ["--target", "needs_assistance_flag"];
    let run = |arguments: &[&str]| {
        let run = sandbox.run(&[arguments, &target].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
    };
    run(&["train", "--data", "all.csv", "--out", "model"]);
    run(&["split", "--data", "all.csv", "--out", "parts"]);
    has_share(evaluated(&sandbox, "parts/train.csv", &[]), 1.0, 1.0);
    has_share(evaluated(&sandbox, "all.csv", &[]), 1.0, 0.8);
    has_share(evaluated(&sandbox, "parts/test.csv", &[]), 0.0, 0.0);
    has_share(evaluated(&sandbox, "fresh.csv", &[]), 0.0, 0.0);
    // Neither the order of the rows nor the format nor other columns make a difference.
    let text = String::from_utf8(sandbox.read("parts/train.csv")).expect("text");
    let mut lines: Vec<&str> = text.lines().collect();
    let header = lines.remove(0);
    lines.sort_by_key(|line| line.bytes().fold(7, |hash, byte| hashed(hash ^ u32::from(byte))));
    let shuffled: String = lines.iter().map(|line| format!("{line},x\n")).collect();
    sandbox.write("shuffled.csv", format!("{header},other\n{shuffled}"));
    has_share(evaluated(&sandbox, "shuffled.csv", &["--slices", "device_type"]), 1.0, 1.0);
    has_share(evaluated(&sandbox, "shuffled.csv", &["--slices", "other", "--threads", "1"]), 1.0, 1.0);
    let run_of_parquet = sandbox.run(&["predict", "--model", "model", "--input", "all.csv", "--output", "all.parquet"]);
    assert_eq!(run_of_parquet.status, 0, "{}", run_of_parquet.stderr);
    has_share(evaluated(&sandbox, "all.parquet", &[]), 1.0, 0.8);
    // A model of all rows has seen them all.
    run(&["train", "--data", "all.csv", "--out", "model", "--all-rows"]);
    has_share(evaluated(&sandbox, "parts/test.csv", &[]), 0.2, 1.0);
    has_share(evaluated(&sandbox, "fresh.csv", &[]), 0.0, 0.0);
}

/// Where there are few distinct rows, the same ones are in every table: only how often they are seen tells.
#[test]
fn rows_that_are_equal_by_nature_are_not_warned_of() {
    let sandbox = Sandbox::new();
    let rows = |from: u32, n: u32| {
        let row = |n: u32| format!("{},{},{}\n", hashed(n) % 3, hashed(n + 77_000) % 4, hashed(n + 5_000_000) % 2);
        format!("a,d,y\n{}", (from..from + n).map(row).collect::<String>())
    };
    sandbox.write("all.csv", rows(0, 2000));
    sandbox.write("fresh.csv", rows(2000, 2000));
    assert!(!is_warned_of_copies(&train(&sandbox, "all.csv", &[])));
    for data in ["all.csv", "fresh.csv"] {
        let (found, warns) = evaluated(&sandbox, data, &[]);
        assert_eq!((found["share_of_table"].as_f64(), warns), (None, false), "{found}");
        assert!(found["reason"].as_str().is_some_and(|reason| reason.contains("equal by nature")), "{found}");
    }
}
