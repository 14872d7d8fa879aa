//! Tables as people have them: each file of a folder of cases stands for a kind of difficulty, and is read as its line says.
//!
//! The folder is public but no part of the repository. Where it is absent each test says that it is skipped.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::{Run, Sandbox, shared_folder};

/// What is right for a case, all of which must hold.
enum Right {
    /// The test figures are those of the table without the difficulty, bit for bit.
    Same,
    /// Just these columns are left out, each with a reason.
    LeftOut(&'static [&'static str]),
    /// So many cells of a column are missing.
    Missing(&'static str, u64),
    /// So many rows have no label and are left out.
    Unlabelled(u64),
    /// So many rows were read.
    Rows(u64),
    /// Just these coefficients.
    Features(&'static [&'static str]),
    /// A warning says all of this.
    Warns(&'static [&'static str]),
    /// The role of a column.
    Role(&'static str, &'static str),
    /// Exit 1, and the error or its hint says all of this.
    Fails(&'static [&'static str]),
}
use Right::{Fails, Features, LeftOut, Missing, Role, Rows, Same, Unlabelled, Warns};

struct Case {
    files: &'static [&'static str],
    target: &'static str,
    options: &'static [&'static str],
    right: &'static [Right],
}

/// A case of the usual target and no option.
const fn plain(files: &'static [&'static str], right: &'static [Right]) -> Case {
    Case { files, target: "churned", options: &[], right }
}

const fn of(files: &'static [&'static str], target: &'static str, right: &'static [Right]) -> Case {
    Case { files, target, options: &[], right }
}

const fn with(files: &'static [&'static str], options: &'static [&'static str], right: &'static [Right]) -> Case {
    Case { files, target: "churned", options, right }
}

/// The columns of the table without a difficulty, as coefficients.
const PLAIN: &[&str] = &["visits", "spend", "plan_family", "plan_pro"];

const SYNTAX: &[Case] = &[
    plain(&["02-utf16-tab.txt"], &[Same, LeftOut(&[])]),
    plain(&["04-semicolon-decimal-comma.csv"], &[Same, LeftOut(&[]), Role("spend", "number")]),
    with(&["04-semicolon-decimal-comma.csv"], &["--delimiter", ";", "--decimal", ","], &[Same]),
    plain(&["05-tab.csv"], &[Same]),
    with(&["05-tab.csv"], &["--delimiter", "tab"], &[Same]),
    plain(&["09-trailing-delimiter.csv"], &[Same, Rows(240)]),
    plain(&["11-preamble.csv"], &[Same, Rows(240)]),
    with(&["11-preamble.csv"], &["--skip-lines", "3"], &[Same]),
    plain(&["11-comments.csv"], &[Same, Rows(240)]),
    with(&["11-comments.csv"], &["--comment", "#"], &[Same]),
    plain(&["12-unnamed-index.csv"], &[Same, Features(PLAIN)]),
    // No column has the name of the target; the message says that there is no header, and the names by place.
    plain(&["65-no-header.csv"], &[Fails(&["looks like data", "no header", "`column 4`"])]),
];

const MEANING: &[Case] = &[
    plain(&["04-quoted-decimal-comma.csv"], &[Same, Role("spend", "number")]),
    plain(&["06-currency.csv"], &[Same, Role("spend", "number")]),
    plain(&["06-percent.csv"], &[Features(PLAIN), Role("spend", "number"), LeftOut(&[])]),
    plain(&["06-all-thousands.csv"], &[Features(PLAIN), Role("spend", "number"), LeftOut(&[])]),
    plain(&["56-nbsp.csv"], &[Same, Role("spend", "number")]),
    plain(&["07-missing-NA.csv"], &[Missing("spend", 27), Role("spend", "number"), Rows(240), Unlabelled(0)]),
    plain(&["07-missing-question.csv"], &[Missing("spend", 27), Role("spend", "number"), Rows(240)]),
    plain(&["07-missing-dash.csv"], &[Missing("spend", 27), Role("spend", "number"), Rows(240)]),
    plain(&["07-country-NA.csv"], &[Features(&["visits", "spend", "country_NA", "country_ZA"]), Missing("country", 0)]),
    plain(&["07-text-nan.csv"], &[Features(&["visits", "spend", "plan_family", "plan_nan", "plan_pro"])]),
    with(&["07-text-nan.csv"], &["--na", "nan"], &[Missing("plan", 27)]),
    plain(&["07-missing-target.csv"], &[Unlabelled(6), LeftOut(&[])]),
    of(&["10-NA-label.csv"], "y", &[Unlabelled(5), Features(&["x"])]),
    plain(&["69-blank-target-unlabelled.csv"], &[Unlabelled(60), LeftOut(&[])]),
    of(&["15-one-number-among-texts.csv"], "y", &[Role("shop", "level"), Rows(80), LeftOut(&[])]),
    plain(&["18-nan-vs-null.parquet"], &[Missing("spend", 8), Rows(240)]),
    plain(&["23-target-case.csv"], &[Fails(&["`No`", "`no`", "case"])]),
    plain(&["23-level-space.csv"], &[Warns(&["`plan`", "pro ", "BASIC"])]),
    plain(&["27-magnitudes.csv"], &[Features(&["revenue", "fraction", "plan_family", "plan_pro"])]),
    of(&["ts1000.csv"], "y", &[Rows(1000), LeftOut(&[])]),
];

const ROLES: &[Case] = &[
    plain(&["29-uuid.csv"], &[Same, LeftOut(&["uuid"]), Role("uuid", "identifier")]),
    // Hardly a level of the test rows is known: a model that scores nobody is no success.
    with(&["29-uuid.csv"], &["--keep", "uuid"], &[Fails(&["`uuid`"])]),
    plain(&["29-user-id-and-date.csv"], &[Same, LeftOut(&["user_id", "signup"]), Role("signup", "date")]),
    with(&["29-user-id-and-date.csv"], &["--drop", "signup"], &[Same, Features(PLAIN)]),
    with(
        &["29-user-id-and-date.csv"],
        &["--keep", "user_id"],
        &[LeftOut(&["signup"]), Features(&["user_id", "visits", "spend", "plan_family", "plan_pro"])],
    ),
    plain(&["57-free-text.csv"], &[LeftOut(&["comment"]), Role("comment", "free-text"), Features(&["visits"])]),
    plain(&["42-dates.csv"], &[LeftOut(&["signup"]), Role("signup", "date"), Features(&["visits", "spend"])]),
    plain(&["18-date.parquet"], &[Same, LeftOut(&["day"]), Role("day", "date")]),
    of(&["04-dotted-name.csv"], "y", &[Rows(60)]),
    of(&["05-comma-in-name.csv"], "y", &[LeftOut(&["name, first"]), Features(&["c"])]),
    Case {
        files: &["05-comma-in-name.csv"],
        target: "y",
        options: &["--drop", "name, first"],
        right: &[Features(&["c"])],
    },
    of(&["02-missing-labels-circle.csv"], "y", &[Unlabelled(2), Missing("a", 28), Missing("b", 30)]),
    of(&["03-drop-leaves-one-class.csv"], "y", &[Missing("b", 34), Rows(100)]),
    Case {
        files: &["03-drop-leaves-one-class.csv"],
        target: "y",
        options: &["--missing", "drop"],
        right: &[Fails(&["`b`", "34", "--missing auto"])],
    },
];

const FORMATS: &[Case] = &[
    plain(&["16-gzip.csv.gz"], &[Same]),
    plain(&["17-workbook.xlsx"], &[Same]),
    with(&["17-workbook.xlsx"], &["--sheet", "Sheet"], &[Same]),
    plain(&["18-codec-brotli.parquet"], &[Same]),
    plain(&["18-pandas-category-bool.parquet"], &[Role("flag", "truth-value"), LeftOut(&[]), Rows(240)]),
    plain(&["18-pandas-category-int.parquet"], &[Role("store", "number"), LeftOut(&[]), Rows(240)]),
    plain(&["21-array.json"], &[Same]),
    plain(&["21-bool-target.jsonl"], &[Same]),
    plain(&["47-hive"], &[Rows(240), Features(PLAIN)]),
    plain(&["47-types"], &[Same]),
    of(&["h1.parquet", "h2f.parquet"], "y", &[Rows(400), LeftOut(&["id"]), Role("a", "number")]),
    plain(&["53-repeated-users.csv"], &[Rows(240), Features(PLAIN)]),
];

#[test]
fn how_text_is_written_is_found_out() {
    check_all(SYNTAX);
}

#[test]
fn numbers_for_people_and_missing_cells_are_understood() {
    check_all(MEANING);
}

#[test]
fn columns_that_cannot_be_features_are_left_out_and_named() {
    check_all(ROLES);
}

#[test]
fn every_format_that_people_have_is_read() {
    check_all(FORMATS);
}

/// All faults at once: one broken kind does not hide the next.
#[track_caller]
fn check_all(cases: &[Case]) {
    let Some(folder) = tables() else { return };
    let sandbox = Sandbox::new();
    let expected = train(&sandbox, &folder, &plain(&["00-plain.csv"], &[])).json();
    let faults: Vec<String> = cases.iter().flat_map(|case| faults_of(&sandbox, &folder, case, &expected)).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn tables() -> Option<PathBuf> {
    shared_folder("the cases of tables", "cases/tables")
}

fn train(sandbox: &Sandbox, folder: &Path, case: &Case) -> Run {
    let files: Vec<String> = case.files.iter().map(|file| folder.join(file).display().to_string()).collect();
    let mut arguments = vec!["train", "--json", "--target", case.target];
    arguments.extend(case.options);
    arguments.push("--data");
    arguments.extend(files.iter().map(String::as_str));
    sandbox.run(&arguments)
}

fn faults_of(sandbox: &Sandbox, folder: &Path, case: &Case, expected: &Value) -> Vec<String> {
    let run = train(sandbox, folder, case);
    let name = format!("{} {}", case.files.join(" "), case.options.join(" "));
    let refusals: Vec<&[&str]> =
        case.right.iter().filter_map(|right| if let Fails(words) = right { Some(*words) } else { None }).collect();
    if run.status != i32::from(!refusals.is_empty()) {
        return vec![format!("{name}: exit {}, {}", run.status, run.stderr.trim())];
    }
    let unsaid = refusals.concat().into_iter().filter(|word| !run.stderr.contains(*word));
    let mut faults: Vec<String> =
        unsaid.map(|word| format!("{name}: `{word}` is not said in {}", run.stderr.trim())).collect();
    if refusals.is_empty() {
        let report: Value = serde_json::from_str(&run.stdout).expect("a JSON document and nothing else");
        faults.extend(case.right.iter().filter_map(|right| {
            let found = fault(right, &report, expected)?;
            Some(format!("{name}: {found}"))
        }));
    }
    faults
}

/// What is wrong of a report, if anything.
fn fault(right: &Right, report: &Value, expected: &Value) -> Option<String> {
    let differs = |what: &str, found: String, right: String| {
        (found != right).then(|| format!("{what} is {found}, and not {right}"))
    };
    match right {
        Same => differs("test", report["test"].to_string(), expected["test"].to_string()),
        LeftOut(columns) => differs("left out", format!("{:?}", left_out(report)), format!("{columns:?}")),
        Missing(column, cells) => {
            let found = report["data"]["read"]["missing_cells"][column].as_u64().unwrap_or(0);
            differs(&format!("missing in {column}"), found.to_string(), cells.to_string())
        }
        Unlabelled(rows) => {
            differs("unlabelled", report["data"]["read"]["rows_without_label"].to_string(), rows.to_string())
        }
        Rows(rows) => differs("rows", report["data"]["rows"].to_string(), rows.to_string()),
        Features(names) => differs("features", format!("{:?}", features(report)), format!("{names:?}")),
        Role(column, role) => {
            differs(column, read_of(report, column)["role"].to_string(), Value::from(*role).to_string())
        }
        Warns(words) => {
            let warnings = report["warnings"].to_string();
            let unsaid: Vec<_> = words.iter().filter(|word| !warnings.contains(**word)).collect();
            (!unsaid.is_empty()).then(|| format!("{unsaid:?} is in none of {warnings}"))
        }
        Fails(_) => None,
    }
}

/// What is said of how a column was read.
fn read_of<'a>(report: &'a Value, column: &str) -> &'a Value {
    let mut columns = report["data"]["read"]["columns"].as_array().into_iter().flatten();
    columns.find(|read| read["name"] == column).unwrap_or(&Value::Null)
}

fn left_out(report: &Value) -> Vec<&str> {
    let columns = report["data"]["read"]["columns"].as_array().into_iter().flatten();
    columns.filter(|read| read["left_out"].is_string()).filter_map(|read| read["name"].as_str()).collect()
}

fn features(report: &Value) -> Vec<&str> {
    let coefficients = report["coefficients"].as_array().into_iter().flatten();
    coefficients.filter_map(|coefficient| coefficient["feature"].as_str()).collect()
}

#[test]
fn a_table_without_a_header_is_trained_on_where_that_is_said() {
    let Some(folder) = tables() else { return };
    let sandbox = Sandbox::new();
    let expected = train(&sandbox, &folder, &plain(&["00-plain.csv"], &[])).json();
    let file = folder.join("65-no-header.csv").display().to_string();
    let call = |target: &str| sandbox.run(&["train", "--json", "--no-header", "--target", target, "--data", &file]);
    // Columns are named by their places; the message that lists them says how.
    let unknown = call("no such column");
    assert_eq!(unknown.status, 1, "{}", unknown.stderr);
    let last = unknown.stderr.rsplit('`').nth(1).expect("names in backticks").to_owned();
    assert_eq!(call(&last).json()["test"], expected["test"]);
}

#[test]
fn truth_values_of_every_writer_are_one_value() {
    let Some(folder) = tables() else { return };
    let sandbox = Sandbox::new();
    let names = ["46-bools.csv", "46-bools.jsonl"];
    let files = names.map(|name| folder.join(name).display().to_string());
    let mut scores = Vec::new();
    let mut models = Vec::new();
    for trained in &files {
        let report = sandbox.run(&["train", "--json", "--target", "churned", "--data", trained]).json();
        models.push((report["model_id"].clone(), report["coefficients"].clone()));
        for scored in &files {
            let run = sandbox.run(&["predict", "--json", "--input", scored]);
            assert_eq!(run.status, 0, "{trained}, {scored}: {}", run.stderr);
            scores.push(run.stdout);
        }
    }
    assert!(models.iter().all(|model| *model == models[0]), "{models:?}");
    assert!(scores.iter().all(|of| *of == scores[0]));
}

#[test]
fn what_goes_out_keeps_the_columns_of_the_input() {
    let Some(folder) = tables() else { return };
    let sandbox = Sandbox::new();
    let input = folder.join("46-bools.jsonl").display().to_string();
    assert_eq!(sandbox.run(&["train", "--target", "churned", "--data", &input]).status, 0);
    for output in ["o.jsonl", "o.parquet", "o.arrow", "o.csv"] {
        let run = sandbox.run(&["predict", "--input", &input, "--output", output]);
        assert_eq!(run.status, 0, "{output}: {}", run.stderr);
        // Read again, it is the same table with more columns: the same model results from it.
        let drop = ["prediction", "probability", "raw_probability", "score", "outcome", "reason"];
        let mut arguments = vec!["train", "--json", "--target", "churned", "--out", "again", "--data", output];
        let header = added_columns(&sandbox, output, &drop);
        for column in &header {
            arguments.extend(["--drop", column]);
        }
        assert_eq!(sandbox.run(&arguments).json()["coefficients"], sandbox.metrics("artifacts")["coefficients"]);
    }
    let first = String::from_utf8(sandbox.read("o.jsonl")).expect("text");
    let first: Value = serde_json::from_str(first.lines().next().expect("a line")).expect("an object");
    assert_eq!(first["member"], Value::Bool(true));
    assert_eq!(first["churned"], Value::Bool(false));
}

/// Which of the columns are in a table that was written.
fn added_columns(sandbox: &Sandbox, table: &str, candidates: &[&'static str]) -> Vec<&'static str> {
    let read = sandbox.run(&["inspect", "--json", "--target", "churned", "--data", table]).json();
    let names: Vec<String> =
        read["read"]["columns"].as_array().into_iter().flatten().map(|column| column["name"].to_string()).collect();
    candidates.iter().copied().filter(|name| names.contains(&format!("\"{name}\""))).collect()
}

#[test]
fn a_clash_of_names_never_stops_a_prediction() {
    let Some(folder) = tables() else { return };
    let sandbox = Sandbox::new();
    let input = folder.join("41-score-column.csv").display().to_string();
    assert_eq!(sandbox.run(&["train", "--target", "outcome", "--data", &input]).status, 0);
    for options in [&[][..], &["--prefix", "assist_"]] {
        let mut arguments = vec!["predict", "--input", &input, "--output", "out.csv"];
        arguments.extend(options);
        let run = sandbox.run(&arguments);
        assert_eq!(run.status, 0, "{options:?}: {}", run.stderr);
        let written = String::from_utf8(sandbox.read("out.csv")).expect("text");
        let (header, rows) = written.split_once('\n').expect("a header");
        let names: Vec<&str> = header.split(',').collect();
        assert_eq!(names[..3], ["score", "visits", "outcome"]);
        assert!((3..names.len()).all(|place| !names[..place].contains(&names[place])), "{header}");
        assert!(rows.starts_with("239.92,2,0,"), "{options:?}: {rows:.40}");
        if !options.is_empty() {
            assert!(names[3..].iter().all(|name| name.starts_with("assist_")), "{header}");
        }
    }
}

#[test]
fn damaged_files_are_refused_without_much_memory() {
    let Some(folder) = shared_folder("the damaged cases", "cases/damaged") else { return };
    let sandbox = Sandbox::new();
    for entry in fs_err::read_dir(folder).expect("a folder") {
        let file = entry.expect("an entry").path().display().to_string();
        let words = ["train", "--target", "y", "--data", &file];
        // One of them once took six times this.
        let run = if cfg!(unix) { sandbox.run_within(1 << 20, &words) } else { sandbox.run(&words) };
        assert_eq!(run.status, 1, "{file}: {}", run.stderr);
        assert!(run.stderr.starts_with("error: "), "{file}: {}", run.stderr);
    }
}
