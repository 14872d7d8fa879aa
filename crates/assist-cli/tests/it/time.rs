//! Rows with times: learnt from earlier ones, put to later ones.

use serde_json::Value;

use crate::run::{Run, Sandbox};

/// How rows are told when they were recorded: from the number of a day, counted from 2024-01-01.
type Written = fn(u32) -> String;

/// Month and day of a day of 2024 of twelve months of 28 days.
fn date(day: u32) -> (u32, u32) {
    (day / 28 % 12 + 1, day % 28 + 1)
}

fn iso(day: u32) -> String {
    let (month, day_of_month) = date(day);
    format!("2024-{month:02}-{day_of_month:02}")
}

/// Rows in no order of time. What `err` says of the label turns round on day 224 of 280.
fn drifting(written: Written) -> String {
    let mixed = |n: u32| (n.wrapping_mul(2_654_435_761) >> 12) % 1000;
    let row = |row: u32| {
        let day = (row * 37) % 280;
        let err = mixed(row) % 10;
        let is_likely = (err >= 5) == (day < 224);
        let needs_help = u32::from((mixed(row + 5000) < 850) == is_likely);
        format!("{},{err},{},u{},{needs_help}\n", written(day), mixed(row + 900) % 7, day / 5)
    };
    format!("when,err,wait,who,y\n{}", (0..1400).map(row).collect::<String>())
}

fn train(sandbox: &Sandbox, data: &str, more: &[&str]) -> Run {
    sandbox.run(&[&["train", "--json", "--target", "y", "--drop", "who", "--data", data], more].concat())
}

#[test]
fn test_rows_are_the_latest_however_times_are_written() {
    let sandbox = Sandbox::new();
    let forms: [(&str, Written); 5] = [
        ("iso.csv", iso),
        ("german.csv", |day| format!("{:02}.{:02}.2024", date(day).1, date(day).0)),
        ("zone.csv", |day| format!("{}T12:30:00Z", iso(day))),
        ("compact.csv", |day| iso(day).replace('-', "")),
        ("number.csv", |day| format!("{}.5", 1_700_000_000_000_u64 + u64::from(day) * 86_400_000)),
    ];
    let mut models: Vec<Value> = Vec::new();
    for (name, written) in forms {
        sandbox.write(name, drifting(written));
        let report = train(&sandbox, name, &["--time", "when", "--drop", "wait"]).json();
        assert_eq!(report["split"]["method"], "time", "{name}");
        // 56 of 280 days are a fifth.
        assert_eq!((&report["split"]["train_rows"], &report["split"]["test_rows"]), (&1120.into(), &280.into()));
        models.push(serde_json::json!([report["coefficients"], report["test"]]));
        if name == "iso.csv" {
            assert_eq!(report["split"]["time"]["train_until"], "2024-08-28");
            assert_eq!(report["split"]["time"]["test_from"], "2024-09-01");
            // What was learnt is wrong now, which a split by chance does not see.
            assert!(report["test"]["accuracy"].as_f64().expect("defined") < 0.3);
            let by_chance = train(&sandbox, name, &["--drop", "wait"]).json();
            assert!(by_chance["test"]["accuracy"].as_f64().expect("defined") > 0.5);
        }
        if name == "zone.csv" {
            assert_eq!(report["split"]["time"]["train_until"], "2024-08-28 12:30:00 UTC");
        }
    }
    assert!(models.iter().all(|model| *model == models[0]));
    let text = sandbox.run(&["train", "--target", "y", "--data", "iso.csv", "--time", "when", "--drop", "who"]);
    let said = "the latest rows by `when`: training rows up to 2024-08-28, test rows from 2024-09-01 on";
    assert!(text.stdout.contains(said), "{}", text.stdout);
}

/// Fewer rows in folds of time than in those by chance, and every command divides the rows alike.
#[test]
fn every_command_learns_from_what_came_before() {
    let sandbox = Sandbox::new();
    sandbox.write("t.csv", drifting(iso));
    let data = ["--target", "y", "--drop", "who", "--data", "t.csv", "--time", "when"];
    let run = |command: &str, more: &[&str]| sandbox.run(&[&[command, "--json"], &data[..], more].concat()).json();
    let trained = run("train", &["--calibrate", "sigmoid"]);
    assert_eq!(trained["data"]["dropped"], serde_json::json!(["who", "when"]));
    let compared = run("compare", &["--trees", "10"]);
    let models = compared["models"].as_array().expect("models");
    let logistic = models.iter().find(|model| model["name"] == "logistic_regression").expect("compared");
    assert_eq!(logistic["test"]["confusion_matrix"], trained["test"]["confusion_matrix"]);
    // Of five folds and one before them: five sixths of the training rows are judged.
    let tuned = run("tune", &[]);
    assert!((930..=940).contains(&tuned["rows"].as_u64().expect("a number")), "{}", tuned["rows"]);
    let report = sandbox.run(&["report", "--data", "t.csv", "--out", "page.html"]);
    assert_eq!(report.status, 0, "{}", report.stderr);
    let page = fs_err::read_to_string(sandbox.path("page.html")).expect("written");
    assert!(page.contains("test rows from 2024-09-01 on"));

    let split = sandbox.run(&["split", "--json", "--target", "y", "--data", "t.csv", "--time", "when", "--out", "p"]);
    assert_eq!(split.json()["method"], "time");
    let days_of = |file: &str| {
        let text = fs_err::read_to_string(sandbox.path("p").join(file)).expect("written");
        text.lines().skip(1).map(|row| row[..10].to_owned()).collect::<Vec<String>>()
    };
    let [train_days, test_days] = ["train.csv", "test.csv"].map(days_of);
    assert_eq!((train_days.len(), test_days.len()), (1120, 280));
    assert!(train_days.iter().max() < test_days.iter().min());
}

#[test]
fn users_that_were_seen_before_are_not_tested_on() {
    let sandbox = Sandbox::new();
    sandbox.write("t.csv", drifting(iso));
    let by_user = ["--time", "when", "--group", "who"];
    let run = sandbox.run(&[&["train", "--json", "--target", "y", "--data", "t.csv"], &by_user[..]].concat()).json();
    let (split, left_out) = (&run["split"], run["split"]["time"]["left_out"].as_u64().expect("some are left out"));
    assert_eq!((&split["groups"]["shared"], &split["method"]), (&0.into(), &"time".into()));
    let n = |key: &str| split[key].as_u64().expect("a number");
    assert_eq!(n("train_rows") + n("test_rows") + left_out, 1400);
    assert!(left_out > 0 && n("test_rows") > 0 && n("train_rows") == 1120);
    let tuned = sandbox.run(&[&["tune", "--json", "--target", "y", "--data", "t.csv"], &by_user[..]].concat()).json();
    assert!(tuned["rows"].as_u64().is_some_and(|rows| rows < 934));
    let split = sandbox.run(&[&["split", "--target", "y", "--data", "t.csv", "--out", "p"], &by_user[..]].concat());
    assert!(split.stdout.contains(&format!("left out {left_out} later rows of groups")), "{}", split.stdout);

    // Where every later row is of a known user, the hint helps.
    let row = |row: u32| format!("{row},u{},{},{}\n", row % 9, row % 7, row % 2);
    let known: String = (0..200).map(row).collect();
    sandbox.write("known.csv", format!("day,who,x,y\n{known}"));
    let known = ["--time", "day", "--group", "who"];
    let refused = sandbox.run(&[&["train", "--target", "y", "--data", "known.csv"], &known[..]].concat());
    assert_eq!(refused.status, 1);
    assert!(
        refused.stderr.contains("all 40 later rows") && refused.stderr.contains("--group none"),
        "{}",
        refused.stderr
    );
    let heeded = ["train", "--target", "y", "--data", "known.csv", "--time", "day", "--group", "none"];
    assert_eq!(sandbox.run(&heeded).status, 0);
}

#[test]
fn a_schema_states_the_time_and_an_option_overrules_it() {
    let sandbox = Sandbox::new();
    sandbox.write("t.csv", drifting(iso));
    let inspected =
        ["inspect", "--target", "y", "--drop", "who", "--time", "when", "--data", "t.csv", "--write-schema", "t.toml"];
    assert_eq!(sandbox.run(&inspected).status, 0);
    assert!(fs_err::read_to_string(sandbox.path("t.toml")).expect("written").contains("time = \"when\""));
    let run = |more: &[&str]| {
        sandbox.run(&[&["train", "--json", "--data", "t.csv", "--schema", "t.toml"], more].concat()).json()
    };
    assert_eq!(run(&[])["split"]["method"], "time");
    assert_eq!(run(&["--time", "none"])["split"]["method"], "sklearn");
    // A date may be a feature as well; days beyond those of the training rows are what testing is about.
    let kept = train(&sandbox, "t.csv", &["--time", "when", "--date", "when"]).json();
    let features: Vec<&str> =
        kept["coefficients"].as_array().expect("a list").iter().filter_map(|c| c["feature"].as_str()).collect();
    assert!(features.contains(&"when_days"), "{features:?}");
}

#[test]
fn counted_rows_are_divided_by_time() {
    let sandbox = Sandbox::new();
    let row = |day: u64| {
        format!("{day},{},{},{}\n", day % 5, 2_000_000_000 + day * 1000, 1_000_000_000 + day % 5 * 100_000_000)
    };
    let rows: String = (0..50).map(row).collect();
    sandbox.write("n.csv", format!("day,err,n0,n1\n{rows}"));
    let report = sandbox.run(&["train", "--json", "--counts", "--data", "n.csv", "--time", "day"]).json();
    assert_eq!(report["split"]["time"]["train_until"], "40");
    let total =
        |days: std::ops::Range<u64>| days.map(|day| 3_000_000_000 + day * 1000 + day % 5 * 100_000_000).sum::<u64>();
    assert_eq!(
        (report["split"]["train_rows"].as_u64(), report["split"]["test_rows"].as_u64()),
        (Some(total(0..41)), Some(total(41..50)))
    );
}

#[test]
fn what_is_no_time_is_refused_where_it_stands() {
    let sandbox = Sandbox::new();
    let rows = |cell: fn(u32) -> String| {
        let row = |row: u32| format!("{},{},{}\n", cell(row), row % 7, row % 2);
        format!("when,x,y\n{}", (0..60).map(row).collect::<String>())
    };
    let refused = |name: &str, text: String, expected: &str| {
        sandbox.write(name, text);
        let run = sandbox.run(&["train", "--target", "y", "--data", name, "--time", "when"]);
        assert_eq!(run.status, 1, "{name}: {}", run.stderr);
        assert!(run.stderr.contains(expected) && run.stderr.contains("hint:"), "{name}: {}", run.stderr);
    };
    refused("gap.csv", rows(|row| if row == 30 { String::new() } else { iso(row) }), "line 32");
    refused("hours.csv", rows(|row| format!("{:02}:{:02}", row % 24, row)), "times of day");
    refused("one.csv", rows(|_| iso(3)), "1 different time,");
    refused(
        "words.csv",
        rows(|row| format!("week {}", ["one", "two", "three"][row as usize % 3])),
        "neither numbers alone",
    );
    refused(
        "odd.csv",
        rows(|row| if row < 50 { format!("{:02}/{:02}/2024", row % 9 + 1, row % 12 + 1) } else { "05/05/2024".into() }),
        "can be read as",
    );
    let named = |column: &str| sandbox.run(&["train", "--target", "y", "--data", "gap.csv", "--time", column]);
    assert!(named("y").stderr.contains("holds the label"));
    assert!(named("whem").stderr.contains("there is a column `when`"));
    let drawn = sandbox.run(&["train", "--target", "y", "--data", "one.csv", "--time", "when", "--split", "selection"]);
    assert!(drawn.stderr.contains("divided by the times of `when`"), "{}", drawn.stderr);
    // The hint, followed to the letter, leads to the very cell.
    sandbox.write("bad.csv", rows(|row| if row == 40 { "soon".to_owned() } else { iso(row) }));
    let hinted = sandbox.run(&["train", "--target", "y", "--data", "bad.csv", "--time", "when"]).stderr;
    assert!(hinted.contains("`[date.\"when\"]`, `form = \"%Y-%m-%d\"` (say) and `parts = []`"), "{hinted}");
    sandbox.write("s.toml", "target = 'y'\ntime = 'when'\n[date.\"when\"]\nform = \"%Y-%m-%d\"\nparts = []\n");
    let named = sandbox.run(&["train", "--data", "bad.csv", "--schema", "s.toml"]).stderr;
    assert!(named.contains("column `when` at line 42") && named.contains("`soon`"), "{named}");
    let heeded = sandbox.run(&["train", "--json", "--data", "odd.csv", "--schema", "s.toml"]);
    assert!(heeded.stderr.contains("is no date of the form"), "{}", heeded.stderr);
    sandbox.write("m.toml", "target = 'y'\ntime = 'when'\n[date.\"when\"]\nform = \"%m/%d/%Y\"\nparts = []\n");
    let heeded = sandbox.run(&["train", "--json", "--data", "odd.csv", "--schema", "m.toml"]).json();
    assert_eq!(heeded["coefficients"].as_array().map(Vec::len), Some(1));
    // A class is called what it means.
    let row =
        |row: u32| format!("{row},{},{}\n", row % 7, if row > 45 || row.is_multiple_of(2) { "no" } else { "yes" });
    let late: String = (0..60).map(row).collect();
    sandbox.write("late.csv", format!("when,x,y\n{late}"));
    let refused = sandbox.run(&["train", "--target", "y", "--positive", "no", "--data", "late.csv", "--time", "when"]);
    assert!(refused.stderr.contains("none of the later rows is of class 0"), "{}", refused.stderr);
    // It can be looked at all the same.
    assert_eq!(sandbox.run(&["inspect", "--target", "y", "--data", "late.csv", "--time", "when"]).status, 0);
}

/// With all rows the model is fitted to those as well that are in neither subset.
#[test]
fn a_model_of_all_rows_knows_those_that_were_left_out() {
    let sandbox = Sandbox::new();
    let user = |row: u32| if row.is_multiple_of(3) { format!("u{}", row % 7) } else { format!("n{row}") };
    let row = |row: u32| format!("{},{},{},{}\n", row / 5, user(row), row.wrapping_mul(2_654_435_761) >> 8, row % 2);
    let all: Vec<String> = (0..2000).map(row).collect();
    sandbox.write("t.csv", format!("day,who,x,y\n{}", all.concat()));
    // Of the latest fifth every third row is of one of seven users that were there from the first day.
    let left_out: Vec<String> = (1600..2000).filter(|row: &u32| row.is_multiple_of(3)).map(row).collect();
    sandbox.write("left.csv", format!("day,who,x,y\n{}", left_out.concat()));
    let share = |more: &[&str]| {
        let of_all = ["train", "--target", "y", "--data", "t.csv", "--time", "day", "--group", "who"];
        assert_eq!(sandbox.run(&[&of_all[..], more].concat()).status, 0);
        let known = sandbox.run(&["evaluate", "--json", "--data", "left.csv"]).json()["training_rows"].clone();
        known["share_of_table"].as_f64().unwrap_or_else(|| panic!("{known}"))
    };
    assert_eq!(left_out.len(), 133);
    assert!(share(&[]) < 0.01 && share(&["--all-rows"]) > 0.99);
}
