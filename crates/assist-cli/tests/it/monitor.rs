//! `monitor`: later rows beside those of a training, each outcome of it word by word.

use serde_json::Value;

use crate::run::{Sandbox, reference};

/// The shipped table with some cells changed, by the number of the row: columns are `user_id, age_group, device_type, input_mode,
/// task_type, error_count, ...` as its header names them.
fn changed(sandbox: &Sandbox, name: &str, change: impl Fn(usize, &str, &str) -> Option<String>) {
    let text = sandbox.text("data/assistance.csv");
    let mut lines = text.lines();
    let header = lines.next().expect("a header");
    let columns: Vec<&str> = header.split(',').collect();
    let row = |(row, line): (usize, &str)| {
        let cells = line.split(',').zip(&columns);
        let cells = cells.map(|(cell, column)| change(row, column, cell).unwrap_or_else(|| cell.to_owned()));
        cells.collect::<Vec<_>>().join(",") + "\n"
    };
    let rows: String = lines.enumerate().map(row).collect();
    sandbox.write(name, format!("{header}\n{rows}"));
}

/// Other devices in a third of the rows, an unknown one among them, and errors that are more by one.
fn drifted(sandbox: &Sandbox) {
    changed(sandbox, "drifted.csv", |row, column, cell| match (row % 3, column) {
        (0, "device_type") => Some(if row % 30 == 0 { "Tablet" } else { "Smartwatch" }.to_owned()),
        (0 | 1, "error_count") => cell.parse::<u32>().ok().map(|errors| (errors + 1).to_string()),
        _ => None,
    });
}

#[test]
fn what_success_looks_like() {
    let sandbox = Sandbox::trained();
    drifted(&sandbox);
    let header = sandbox.text("data/assistance.csv");
    let columns: Vec<&str> = header.lines().next().expect("a header").split(',').collect();
    let target = columns.iter().position(|column| *column == "needs_assistance_flag").expect("the target");
    let without_target = |line: &str| {
        let cells = line.split(',').enumerate().filter(|(place, _)| *place != target);
        cells.map(|(_, cell)| cell).collect::<Vec<_>>().join(",") + "\n"
    };
    let few: String = header.lines().take(41).map(without_target).collect();
    sandbox.write("few.csv", few);
    for (name, arguments) in [
        ("monitor", vec!["monitor", "--data", "data/assistance.csv"]),
        ("monitor_drifted", vec!["monitor", "--data", "drifted.csv"]),
        ("monitor_few_without_outcomes", vec!["monitor", "--data", "few.csv"]),
        ("monitor_fails_on_no_drift", vec!["monitor", "--data", "data/assistance.csv", "--fail-on-drift", "--quiet"]),
    ] {
        let run = sandbox.run(&arguments);
        assert_eq!(run.status, 0, "{name}: {}", run.stderr);
        insta::assert_snapshot!(name, run.transcript());
    }
}

#[test]
fn what_failure_looks_like() {
    let sandbox = Sandbox::trained();
    drifted(&sandbox);
    sandbox.write("empty.csv", "user_id,needs_assistance_flag\n");
    sandbox.write("other.csv", "error_count,task_completion_time_sec\n1,2\n");
    for (name, arguments) in [
        ("monitor_fails_on_drift", vec!["monitor", "--data", "drifted.csv", "--fail-on-drift"]),
        ("monitor_nothing", vec!["monitor"]),
        ("monitor_without_rows", vec!["monitor", "--data", "empty.csv"]),
        ("monitor_other_columns", vec!["monitor", "--data", "other.csv"]),
        ("monitor_without_counts", vec!["monitor", "--data", "data/assistance.csv", "--counts"]),
        ("monitor_no_model", vec!["monitor", "--model", "nowhere", "--data", "data/assistance.csv"]),
    ] {
        let run = sandbox.run(&arguments);
        assert_ne!(run.status, 0, "{name}");
        insta::assert_snapshot!(name, run.transcript());
    }
}

/// The document holds what is printed, whether or not the drift is a failure.
#[test]
fn a_document_is_printed() {
    let sandbox = Sandbox::trained();
    drifted(&sandbox);
    let run = sandbox.run(&["monitor", "--json", "--data", "drifted.csv"]);
    let report = run.json();
    assert_eq!((report["drift"].as_str(), report["rows"].as_u64()), (Some("large"), Some(14_000)));
    let first = &report["columns"][0];
    assert_eq!((first["column"].as_str(), first["drift"].as_str()), (Some("device_type"), Some("large")));
    assert!(first["psi"].as_f64() > Some(0.25) && first["p_holm"].as_f64() < Some(1e-9), "{first}");
    assert_eq!(report["rejected_by"][0]["levels"][0]["level"], "Tablet");
    let failed = sandbox.run(&["monitor", "--json", "--data", "drifted.csv", "--fail-on-drift"]);
    assert_eq!((failed.status, &failed.stdout), (1, &run.stdout));
    // The order of rows and the number of threads make no difference.
    let on_one = sandbox.run(&["monitor", "--json", "--data", "drifted.csv", "--threads", "1"]);
    assert_eq!(on_one.stdout, run.stdout);
}

/// Random halves of the reference table: a model of one, the other as later rows. At most one in twenty has a clear difference in
/// any column or in the scores, and none drifts.
#[test]
fn halves_of_the_reference_table_do_not_drift() {
    let Some((data, _)) = reference("drift between halves of one table") else { return };
    let text = fs_err::read_to_string(data).expect("read");
    let (header, lines) = text.split_once('\n').expect("a header");
    let lines: Vec<&str> = lines.lines().collect();
    let sandbox = Sandbox::new();
    let (splits, mut clear, mut drifted) = (24_u64, 0, 0);
    for split in 0..splits {
        let mut halves = [header.to_owned() + "\n", header.to_owned() + "\n"];
        for (row, line) in (0_u64..).zip(&lines) {
            // The upper bits of a product (Knuth, The Art of Computer Programming 3, section 6.4), mixed once more.
            let mixed = (row + split * 1_000_003).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let half = &mut halves[usize::from(mixed >> 63 == 1)];
            half.push_str(line);
            half.push('\n');
        }
        sandbox.write("first.csv", &halves[0]);
        sandbox.write("second.csv", &halves[1]);
        let quick = ["--inference", "basic", "--bootstrap", "0"];
        let train = ["train", "--quiet", "--data", "first.csv", "--target", "needs_assistance_flag", "--all-rows"];
        assert_eq!(sandbox.run(&[&train[..], &quick].concat()).status, 0);
        let report = sandbox.run(&["monitor", "--json", "--data", "second.csv"]).json();
        let columns = report["columns"].as_array().expect("columns").iter().chain([&report["score"]]);
        let is_clear = |drift: &Value| drift["p_holm"].as_f64().expect("a p-value") < 0.05;
        clear += u32::from(columns.clone().any(is_clear));
        drifted += u32::from(report["drift"] != "none");
    }
    // Of 24 splits at 5 % more than 4 are clear in one of a hundred cases.
    assert!(clear <= 4 && drifted == 0, "{clear} of {splits} clear, {drifted} drifted");
}
