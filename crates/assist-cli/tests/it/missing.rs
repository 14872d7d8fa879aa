//! Cells and labels that are missing, targets that are not two-valued, and rows that a model rejects: what every command does
//! about them, and that its hints work when they are followed to the letter.

use serde_json::json;

use crate::run::Sandbox;

/// Rows of three columns, every tenth without a label and every fourth with a missing cell.
fn gaps() -> String {
    let row = |row: u64| {
        let a = if row % 8 == 3 { String::new() } else { (row * 7 % 11).to_string() };
        let d = if row % 8 == 7 { "" } else { ["x", "y", "z"][(row % 3) as usize] };
        let y = if row % 10 == 9 { "" } else { ["no", "yes"][usize::from(row * 7 % 11 + row % 5 > 7)] };
        format!("{a},{d},{y}\n")
    };
    format!("a,d,y\n{}", (0..400).map(row).collect::<String>())
}

#[test]
fn every_command_leaves_out_rows_without_a_label_and_counts_what_is_missing() {
    let sandbox = Sandbox::new();
    sandbox.write("gaps.csv", gaps());
    let read = json!({ "missing_cells": { "a": 40, "d": 40 }, "rows_without_label": 40, "rows_with_missing_cells": 0 });
    let of_table = ["--json", "--data", "gaps.csv"];
    let of_target = ["--target", "y"];
    for (command, place) in [
        (vec!["train"], "/data/read"),
        (vec!["inspect"], "/read"),
        (vec!["compare", "--trees", "2"], "/read"),
        (vec!["tune", "--cs", "1"], "/read"),
        (vec!["evaluate"], "/read"),
        (vec!["report", "--trees", "2"], "/read"),
    ] {
        let options = if ["evaluate", "report"].contains(&command[0]) { &[][..] } else { &of_target };
        let run = sandbox.run(&[&command[..], &of_table, options].concat());
        let found = run.json().pointer(place).expect("what was read").clone();
        for (key, value) in read.as_object().expect("an object") {
            assert_eq!(found[key], *value, "{command:?}");
        }
        assert!(run.stderr.contains("40 rows without a label were left out"), "{command:?}: {}", run.stderr);
    }
    let said = sandbox.run(&["train", "--data", "gaps.csv", "--target", "y"]).stdout;
    assert!(said.contains("missing cells: `a` 40, `d` 40"), "{said}");
    let split = sandbox.run(&[&["split", "--out", "parts"], &of_table[..], &of_target].concat()).json();
    let rows = |subset: &str| split[subset]["rows"].as_u64().expect("a number");
    assert_eq!((rows("train"), rows("test"), &split["unlabelled_rows"]), (288, 72, &json!(40)));
    let unlabelled =
        |file: &str| String::from_utf8(sandbox.read(file)).expect("text").lines().filter(|l| l.ends_with(',')).count();
    assert_eq!(unlabelled("parts/train.csv") + unlabelled("parts/test.csv"), 0);
}

#[test]
fn a_model_without_gaps_is_evaluated_where_labels_are_missing() {
    let sandbox = Sandbox::trained();
    let text = String::from_utf8(sandbox.read("data/assistance.csv")).expect("text");
    let rows = text.lines().enumerate().map(|(row, line)| match line.rsplit_once(',') {
        Some((cells, _)) if row > 0 && row % 7 == 0 => format!("{cells},\n"),
        _ => format!("{line}\n"),
    });
    sandbox.write("unlabelled.csv", rows.collect::<String>());
    let run = sandbox.run(&["evaluate", "--json", "--data", "unlabelled.csv"]);
    assert_eq!((&run.json()["rows"], &run.json()["read"]["rows_without_label"]), (&12_000.into(), &2000.into()));
    assert!(run.stderr.contains("2,000 rows without a label were left out"), "{}", run.stderr);
}

#[test]
fn hints_on_missing_cells_do_not_lead_in_a_circle() {
    let sandbox = Sandbox::new();
    let circle = |row: u64| {
        let label = if row % 30 == 29 { "" } else { ["N", "Y"][(row % 7 / 4) as usize] };
        if row.is_multiple_of(2) { format!("{row},,{label}\n") } else { format!(",{row},{label}\n") }
    };
    sandbox.write("circle.csv", format!("a,b,y\n{}", (0..60).map(circle).collect::<String>()));
    let one_class =
        |row: u64| if row.is_multiple_of(3) { format!("{row},,1\n") } else { format!("{row},{},0\n", row % 7) };
    sandbox.write("class.csv", format!("a,b,y\n{}", (0..90).map(one_class).collect::<String>()));
    for (file, policy, said) in [
        (
            "circle.csv",
            "drop",
            "leaving out 58 rows with missing cells leaves none; most are missing in `b` (29), `a` (29)",
        ),
        ("circle.csv", "error", "column `y` has 2 missing cells"),
        (
            "class.csv",
            "drop",
            "leaving out 30 rows with missing cells leaves no row with label `1`; most are missing in `b` (30)",
        ),
    ] {
        let options = ["train", "--data", file, "--target", "y"];
        let refused = sandbox.run(&[&options[..], &["--missing", policy]].concat());
        assert_eq!(refused.status, 1);
        let mut parts = said.split("most are missing in");
        assert!(parts.all(|part| part.contains("`b`") || refused.stderr.contains(part)), "{}", refused.stderr);
        assert!(refused.stderr.contains("`--missing auto`"), "{}", refused.stderr);
        let followed = sandbox.run(&[&options[..], &["--missing", "auto"]].concat());
        assert_eq!(followed.status, 0, "{}", followed.stderr);
    }
}

#[test]
fn a_target_of_many_labels_is_learnt_against_the_positive_one() {
    let sandbox = Sandbox::new();
    let row = |row: u64| format!("{},{},{}\n", row * 7 % 11, row % 5, ["a", "b", "c"][(row * 7 % 11 / 4) as usize]);
    sandbox.write("three.csv", format!("n,m,y\n{}", (0..300).map(row).collect::<String>()));
    let options = ["train", "--data", "three.csv", "--target", "y"];
    let refused = sandbox.run(&options);
    assert_eq!(refused.status, 1);
    assert!(refused.stderr.contains("column `y` of `three.csv` has 3 labels: "), "{}", refused.stderr);
    assert!(refused.stderr.contains("choose `--positive` from "), "{}", refused.stderr);
    let trained = sandbox.run(&[&options[..], &["--positive", "b"]].concat());
    assert!(trained.stdout.contains("class 1 is `b` and class 0 every other label"), "{}", trained.transcript());
    let report = sandbox.metrics("artifacts");
    assert_eq!((&report["data"]["negative"], &report["data"]["positive"]), (&json!("(other)"), &json!("b")));
    // All other labels are negative where the model is evaluated, those that it has never seen as well.
    let text = String::from_utf8(sandbox.read("three.csv")).expect("text");
    sandbox.write("other.csv", text.replace(",c\n", ",d\n"));
    let evaluated = |file: &str| sandbox.run(&["evaluate", "--json", "--data", file]).json();
    let [three, other] = ["three.csv", "other.csv"].map(evaluated);
    assert_eq!((&three["rows"], &three["confusion_matrix"]), (&other["rows"], &other["confusion_matrix"]));
    let page = sandbox.run(&["report", "--data", "three.csv", "--trees", "2"]);
    assert_eq!(page.status, 0, "{}", page.stderr);

    sandbox.write("case.csv", text.replace(",c\n", ",B \n"));
    let refused = sandbox.run(&["train", "--data", "case.csv", "--target", "y"]);
    assert!(refused.stderr.contains("differ only in case or outer blanks: "), "{}", refused.stderr);
    let refused = sandbox.run(&["train", "--data", "three.csv", "--target", "n", "--positive", "77"]);
    assert!(refused.stderr.contains("the positive label `77` does not occur in column `n`"), "{}", refused.stderr);
    let numbers = |row: u64| format!("{},{}\n", row * 7 % 13, row * 7919 % 10_007);
    sandbox.write("numbers.csv", format!("n,y\n{}", (0..300).map(numbers).collect::<String>()));
    let refused = sandbox.run(&["train", "--data", "numbers.csv", "--target", "y"]);
    assert!(refused.stderr.contains("has 300 different numbers"), "{}", refused.stderr);
}

/// Levels that occur once each are unknown in every row of the test set that has one.
#[test]
fn a_model_that_rejects_most_test_rows_is_none() {
    let sandbox = Sandbox::new();
    let table = |every: u64| {
        let row = |row: u64| {
            let tag = if row.is_multiple_of(every) { format!("t{row}") } else { "usual".to_owned() };
            format!("{},{tag},{}\n", row * 7 % 11, u8::from(row * 7 % 11 + row % 4 > 6))
        };
        format!("a,tag,y\n{}", (0..400).map(row).collect::<String>())
    };
    sandbox.write("most.csv", table(1));
    sandbox.write("some.csv", table(5));
    for command in [vec!["train"], vec!["compare", "--trees", "2"]] {
        let options = ["--data", "most.csv", "--target", "y", "--keep", "tag"];
        let refused = sandbox.run(&[&command[..], &options].concat());
        assert_eq!(refused.status, 1, "{}", refused.transcript());
        assert!(refused.stderr.contains("80 of 80 test rows are rejected"), "{}", refused.stderr);
        assert!(refused.stderr.contains("`tag` in 80 rows (levels that no training row has: `t"), "{}", refused.stderr);
        assert!(refused.stderr.contains("and 75 more)"), "{}", refused.stderr);
        assert!(refused.stderr.contains("without `--keep tag`"), "{}", refused.stderr);
        assert!(!sandbox.path("artifacts").exists(), "nothing is saved");
        assert_eq!(sandbox.run(&[&command[..], &options[..4]].concat()).status, 0);
        let _ = fs_err::remove_dir_all(sandbox.path("artifacts"));
    }
    // Single levels are a fifth of the rows, so they are pooled where nobody asks for anything else.
    let unasked = sandbox.run(&["train", "--data", "some.csv", "--target", "y"]);
    assert!(
        unasked.stdout.contains("training rows are one, `(rare)`; `--rare 1` keeps them apart"),
        "{}",
        unasked.stdout
    );
    let run = sandbox.run(&["train", "--json", "--data", "some.csv", "--target", "y", "--rare", "1"]);
    let test = &run.json()["test"];
    let by = &test["rejected_by"][0];
    assert_eq!(
        (&by["column"], &by["reason"], &by["rows"]),
        (&json!("tag"), &json!("unknown_level"), &test["rejected_rows"])
    );
    assert_eq!(by["levels"].as_array().expect("a list").len(), 5);
    assert!(run.stderr.contains("of 80 test rows are rejected"), "{}", run.stderr);
    // Of a column with frequent levels the rare ones can be pooled.
    assert!(run.stderr.contains("with `--rare 20`"), "{}", run.stderr);
    let pooled = sandbox.run(&["train", "--json", "--data", "some.csv", "--target", "y", "--rare", "20"]);
    assert!(pooled.json()["test"]["rejected_by"].is_null(), "{}", pooled.stderr);
}
