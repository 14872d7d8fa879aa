//! Rows of one user: found by the name of their column, kept together, and said.

use serde_json::Value;

use crate::run::{Run, Sandbox, shared_folder};

/// Users of eight rows each whose label is tossed for the user. A tree that knows the users by heart is right on rows of them.
fn users(column: &str, n_users: u32) -> String {
    // Nothing but the user says what the label is.
    let row = |row: u32| {
        let user = row / 8;
        format!("{user},{}.{},{},{}\n", 20 + user % 60, toss(user + 5) % 97, toss(row) % 4, toss(user * 31 + 7) % 2)
    };
    let rows: String = (0..n_users * 8).map(row).collect();
    format!("{column},age,err,y\n{rows}")
}

/// Every bit mixed with every other (the finaliser of `MurmurHash3`).
fn toss(n: u32) -> u32 {
    let n = (n ^ n >> 16).wrapping_mul(0x85eb_ca6b);
    let n = (n ^ n >> 13).wrapping_mul(0xc2b2_ae35);
    n ^ n >> 16
}

fn compare(sandbox: &Sandbox, data: &str, more: &[&str]) -> Value {
    let arguments = ["compare", "--json", "--target", "y", "--trees", "20", "--data", data];
    sandbox.run(&[&arguments, more].concat()).json()
}

fn train(sandbox: &Sandbox, data: &str, target: &str, more: &[&str]) -> Run {
    sandbox.run(&[&["train", "--json", "--target", target, "--data", data], more].concat())
}

fn accuracy(comparison: &Value, model: &str) -> f64 {
    let models = comparison["models"].as_array().into_iter().flatten();
    let found = models.filter(|candidate| candidate["name"] == model).find_map(|c| c["test"]["accuracy"].as_f64());
    found.expect("the model is compared")
}

/// What must hold of a table with a coin flip per user.
#[track_caller]
fn tells_nothing_of_other_users(sandbox: &Sandbox, data: &str) {
    let by_user = compare(sandbox, data, &[]);
    let verdict = by_user["verdict"].as_str().expect("a verdict");
    assert!(!verdict.to_lowercase().contains("use the decision tree"), "{verdict}");
    assert!(accuracy(&by_user, "decision_tree") < 0.65, "{verdict}");
    assert_eq!(by_user["read"]["group"]["decided_by"], "detection");
    // Split by rows, the same users are on both sides, and whoever knows them by heart is right.
    let by_row = compare(sandbox, data, &["--group", "none"]);
    assert!(accuracy(&by_row, "decision_tree") > 0.9);
    assert_eq!(by_row["read"]["group"], Value::Null);
}

#[test]
fn a_label_tossed_for_each_user_is_not_learnt() {
    let sandbox = Sandbox::new();
    sandbox.write("users.csv", users("user_id", 200));
    tells_nothing_of_other_users(&sandbox, "users.csv");
    // Stated, it is the same split, under another name as well.
    sandbox.write("others.csv", users("who", 200));
    let found = train(&sandbox, "users.csv", "y", &[]).json();
    let stated = train(&sandbox, "others.csv", "y", &["--group", "who"]).json();
    assert_eq!(found["split"]["groups"]["shared"], 0);
    assert_eq!(found["test"], stated["test"]);
    assert_eq!(found["std_error_method"], "cluster_cr1");
    assert_eq!(found["split"]["method"], "groups");
    let text = sandbox.run(&["train", "--target", "y", "--data", "users.csv"]);
    assert!(text.stdout.contains("rows of one `user_id` stay together"), "{}", text.stdout);
    assert!(text.stdout.contains("--group none"), "{}", text.stdout);
}

#[test]
fn a_split_is_of_whole_users() {
    let sandbox = Sandbox::new();
    sandbox.write("users.csv", users("user_id", 60));
    let split = sandbox.run(&["split", "--json", "--target", "y", "--data", "users.csv", "--out", "parts"]).json();
    assert_eq!((&split["method"], &split["group"]), (&"groups".into(), &"user_id".into()));
    let users_of = |file: &str| {
        let text = fs_err::read_to_string(sandbox.path("parts").join(file)).expect("written");
        let users: Vec<String> =
            text.lines().skip(1).filter_map(|row| row.split(',').next()).map(str::to_owned).collect();
        users
    };
    let [train, test] = ["train.csv", "test.csv"].map(users_of);
    assert_eq!(train.len() + test.len(), 480);
    assert!(!test.is_empty() && test.iter().all(|user| !train.contains(user)));
}

#[test]
fn a_column_that_may_name_users_is_advice() {
    let sandbox = Sandbox::new();
    let named = users("who", 60).replace('\n', "\nw");
    sandbox.write("users.csv", named.trim_end_matches('w'));
    let run = train(&sandbox, "users.csv", "y", &[]);
    assert_eq!(run.json()["split"]["method"], "sklearn");
    assert!(run.stderr.contains("`who` repeat") && run.stderr.contains("--group who"), "{}", run.stderr);
    let silent = train(&sandbox, "users.csv", "y", &["--group", "none"]);
    assert!(!silent.stderr.contains("--group"), "{}", silent.stderr);
}

#[test]
fn what_stands_in_a_schema_is_overruled_by_the_option() {
    let sandbox = Sandbox::new();
    sandbox.write("users.csv", users("who", 60));
    sandbox.write("users.toml", "target = 'y'\ngroup = 'who'\n");
    let run = |more: &[&str]| {
        sandbox.run(&[&["train", "--json", "--data", "users.csv", "--schema", "users.toml"], more].concat()).json()
    };
    assert_eq!(run(&[])["split"]["groups"]["column"], "who");
    assert_eq!(run(&["--group", "none"])["split"]["groups"], Value::Null);
    let unknown = train(&sandbox, "users.csv", "y", &["--group", "nobody"]);
    assert_eq!(unknown.status, 1);
    let selection = train(&sandbox, "users.csv", "y", &["--group", "who", "--split", "selection"]);
    assert_eq!(selection.status, 1);
    assert!(selection.stderr.contains("stay together"), "{}", selection.stderr);
}

/// The hint of a table that cannot be divided, followed to the letter, works.
#[test]
fn users_that_cannot_be_divided_may_be_taken_apart() {
    let sandbox = Sandbox::new();
    let row = |row: u32| format!("{},{},{}\n", row / 6, row % 7, u8::from(row < 5));
    let rows: String = (0..300).map(row).collect();
    sandbox.write("few.csv", format!("user_id,x,y\n{rows}"));
    let refused = train(&sandbox, "few.csv", "y", &[]);
    assert_eq!(refused.status, 1);
    assert!(refused.stderr.contains("`--group none`"), "{}", refused.stderr);
    assert_eq!(train(&sandbox, "few.csv", "y", &["--group", "none"]).status, 0);
}

/// Rows that are there five times: nobody can tell knowing from knowing by heart.
fn repeated() -> String {
    let toss = |n: u32| n.wrapping_mul(2_654_435_761) >> 13;
    let row =
        |row: u32| format!("{}.{},{},{}\n", row % 100, toss(row + 3) % 1000, row * 7 % 13, toss(row * 17 + 1) % 2);
    let rows: Vec<String> = (0..300).map(row).collect();
    format!("a,b,y\n{}", rows.concat().repeat(5))
}

#[track_caller]
fn cannot_be_told(sandbox: &Sandbox, data: &str) {
    let comparison = compare(sandbox, data, &[]);
    let verdict = comparison["verdict"].as_str().expect("a verdict");
    assert!(verdict.contains("memorises cannot be told"), "{verdict}");
}

#[test]
fn where_every_test_row_was_seen_memorising_cannot_be_told() {
    let sandbox = Sandbox::new();
    sandbox.write("repeated.csv", repeated());
    cannot_be_told(&sandbox, "repeated.csv");
}

#[test]
fn figures_of_the_cases_are_those_of_users() {
    let Some(folder) = shared_folder("the folder of cases", "cases/figures") else { return };
    let sandbox = Sandbox::new();
    let file = |name: &str| folder.join(name).display().to_string();
    tells_nothing_of_other_users(&sandbox, &file("grouped2.csv"));
    cannot_be_told(&sandbox, &file("dups.csv"));
    let Some(folder) = shared_folder("the folder of cases", "cases/tables") else { return };
    let repeated = folder.join("53-repeated-users.csv").display().to_string();
    let report = train(&sandbox, &repeated, "churned", &[]).json();
    let groups = &report["split"]["groups"];
    assert_eq!((&groups["column"], &groups["shared"]), (&"user_id".into(), &0.into()));
    assert_eq!(groups["train"].as_u64().zip(groups["test"].as_u64()).map(|(a, b)| a + b), Some(60));
}

/// Columns that users have and not rows, and a label tossed for the user: with a few of the columns every user is told from the
/// others, which is no rule, and errors of a model come in whole users, which is no segment.
#[test]
fn what_tells_few_users_apart_is_neither_a_rule_nor_a_segment() {
    let sandbox = Sandbox::new();
    let columns: Vec<String> = (0..30).map(|column| format!("c{column}")).collect();
    for table in 0..4 {
        let row = |row: u32| {
            let user = row / 40 + 1000 * table;
            let cells: Vec<String> = (0..30).map(|column| (toss(user * 64 + column) % 1000).to_string()).collect();
            format!("{},{},{}\n", row / 40, cells.join(","), row / 40 % 2)
        };
        let rows: String = (0..800).map(row).collect();
        sandbox.write("few.csv", format!("who,{},y\n{rows}", columns.join(",")));
        let compared = compare(&sandbox, "few.csv", &["--group", "who"]);
        assert_eq!(compared["label_audit"]["rule_found"], false, "{}", compared["verdict"]);
        let verdict = compared["verdict"].as_str().expect("a verdict");
        assert!(!verdict.contains("wrong where") && !verdict.contains("segment"), "{verdict}");
        assert!(!verdict.contains("McNemar's exact"), "{verdict}");
    }
    // A rule of rows is found all the same.
    let row =
        |row: u32| format!("{},{},{},{}\n", row / 10, toss(row) % 9, toss(row + 77) % 50, u8::from(toss(row) % 9 > 4));
    let rows: String = (0..800).map(row).collect();
    sandbox.write("rule.csv", format!("who,x,z,y\n{rows}"));
    let found = sandbox.run(&["inspect", "--json", "--target", "y", "--group", "who", "--data", "rule.csv"]).json();
    assert_eq!(found["label_audit"]["rule_found"], true);
}

#[test]
fn what_is_not_known_of_groups_is_said() {
    let sandbox = Sandbox::new();
    let text = users("who", 60);
    let unnamed: String = text
        .lines()
        .enumerate()
        .map(
            |(at, row)| {
                if at % 9 == 4 { format!(",{}\n", row.split_once(',').expect("cells").1) } else { format!("{row}\n") }
            },
        )
        .collect();
    sandbox.write("gaps.csv", unnamed);
    let run = train(&sandbox, "gaps.csv", "y", &["--group", "who"]);
    assert!(run.stderr.contains("rows have no value in `who`"), "{}", run.stderr);
    assert_eq!(run.json()["split"]["groups"]["unnamed_rows"], 53);
    // A table without the column of the users: rows are taken for independent, and that is said.
    let rest = |row: &str| row.split_once(',').expect("cells").1.to_owned() + "\n";
    let without: String = text.lines().map(rest).collect();
    sandbox.write("without.csv", without);
    let evaluated = sandbox.run(&["evaluate", "--data", "without.csv"]);
    assert!(evaluated.stderr.contains("this table has no such column"), "{}", evaluated.stderr);
    let silent = sandbox.run(&["evaluate", "--data", "without.csv", "--group", "none"]);
    assert!(!silent.stderr.contains("no such column"), "{}", silent.stderr);
    // Methods are called what they are.
    sandbox.write("users.csv", text);
    let run = sandbox.run(&["train", "--target", "y", "--data", "users.csv", "--group", "who", "--bootstrap", "50"]);
    for method in ["(Wilson by group)", "(Obuchowski)", "(bootstrap of groups)"] {
        assert!(run.stdout.contains(method), "{}", run.stdout);
    }
    // Whoever asks for no groups gets none from the schema that is written either.
    sandbox.write("found.csv", users("user_id", 60));
    let inspected = ["inspect", "--target", "y", "--group", "none", "--data", "found.csv", "--write-schema", "s.toml"];
    assert_eq!(sandbox.run(&inspected).status, 0);
    let by_schema = sandbox.run(&["train", "--json", "--data", "found.csv", "--schema", "s.toml"]).json();
    assert_eq!(by_schema["split"]["method"], "sklearn");
    let selection = train(&sandbox, "found.csv", "y", &["--split", "selection"]);
    assert!(selection.status == 1 && selection.stderr.contains("stay together"), "{}", selection.stderr);
    let drawn = ["split", "--target", "y", "--data", "found.csv", "--split", "selection", "--out", "p"];
    let selection = sandbox.run(&drawn);
    assert!(selection.status == 1 && selection.stderr.contains("stay together"), "{}", selection.stderr);
}
