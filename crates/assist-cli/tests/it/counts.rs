//! The table of counts, made here and by the query in real engines: the same rows, and the same model from either.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::run::{Sandbox, are_tools_required, skip};

const SCHEMA: &str = r#"
target = "help"
positive = "1"
drop = ["note", "user"]

[numeric.errors]
[numeric.seconds]
[categorical.device]
[categorical.mood]

[table]
na = ["-99", "n/k"]
"#;

/// Users with missing cells, markers, levels with quotes and rows without a label.
fn users(n_rows: u32) -> String {
    let row = |row: u32| {
        let tossed = toss(row);
        let errors = match tossed % 23 {
            0 => "-99".to_owned(),
            1 => String::new(),
            other => (other % 5).to_string(),
        };
        let seconds = if tossed.is_multiple_of(31) { String::new() } else { format!("{}.5", toss(row + 1) % 60) };
        let device = ["Phone", "Watch", "Zoë's \"pad\"", "n/k", ""][tossed as usize / 7 % 5];
        let mood = ["good", "bad", "Bad"][tossed as usize / 37 % 3];
        let help = match (toss(row + 2) % 50, (tossed / 7 + toss(row + 1) % 60 / 20) % 3) {
            (0, _) => "",
            (noise, score) => ["0", "1"][usize::from(u32::from(noise > 10) * score > 0)],
        };
        let user = if row.is_multiple_of(41) { String::new() } else { (row / 3).to_string() };
        format!("{user},{errors},{seconds},\"{}\",{mood},{help},row {row}\n", device.replace('"', "\"\""))
    };
    let rows: String = (0..n_rows).map(row).collect();
    format!("user,errors,seconds,device,mood,help,note\n{rows}")
}

/// Every bit mixed with every other (the finaliser of `MurmurHash3`).
fn toss(n: u32) -> u32 {
    let n = (n ^ n >> 16).wrapping_mul(0x85eb_ca6b);
    let n = (n ^ n >> 13).wrapping_mul(0xc2b2_ae35);
    n ^ n >> 16
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("users.csv", users(4000));
    sandbox.write("schema.toml", SCHEMA);
    sandbox
}

const HASH: [&str; 6] = ["--schema", "schema.toml", "--split", "hash", "--split-key", "user"];

/// The counts of the table, as `more` asks for them.
fn counted(sandbox: &Sandbox, out: &str, more: &[&str]) -> Value {
    sandbox.run(&[&["counts", "--json", "--data", "users.csv", "--out", out], more].concat()).json()
}

fn trained(sandbox: &Sandbox, data: &str, out: &str, more: &[&str]) -> Value {
    let run = sandbox.run(&[&["train", "--quiet", "--data", data, "--out", out], more].concat());
    assert_eq!(run.status, 0, "{}", run.stderr);
    sandbox.metrics(out)
}

/// What two trainings found that must be the same, whatever they were told: the split, the fit, the figures, the evidence.
#[track_caller]
fn agree(a: &Value, b: &Value) {
    assert_eq!(a["split"]["equal_rows"], b["split"]["equal_rows"]);
    agree_on_bins(a, b);
}

/// As `agree`, of numbers in bins, which make more rows equal where they are counted.
#[track_caller]
fn agree_on_bins(a: &Value, b: &Value) {
    for key in ["train_rows", "test_rows", "train_class_counts", "test_class_counts"] {
        assert_eq!(a["split"][key], b["split"][key], "{key}");
    }
    for path in ["/train", "/test", "/intercept", "/coefficients", "/inference", "/fit_in_context"] {
        // A card has no coefficients to be compared.
        let [a, b] = [a, b].map(|report| report.pointer(path).unwrap_or(&Value::Null));
        close(path, a, b);
    }
}

/// Figures that agree to 1e-9, and everything else to the letter.
#[track_caller]
fn close(path: &str, a: &Value, b: &Value) {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().expect("a number"), b.as_f64().expect("a number"));
            assert!((a - b).abs() <= 1e-9 * (1.0 + b.abs()), "{path}: {a} and {b}");
        }
        (Value::Object(a), Value::Object(b)) => {
            assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{path}");
            a.iter().for_each(|(key, value)| close(&format!("{path}/{key}"), value, &b[key]));
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{path}");
            a.iter().zip(b).enumerate().for_each(|(i, (a, b))| close(&format!("{path}/{i}"), a, b));
        }
        (a, b) => assert_eq!(a, b, "{path}"),
    }
}

#[test]
fn counts_are_learnt_from_as_rows_are() {
    let sandbox = sandbox();
    let report = counted(&sandbox, "counts.csv", &HASH);
    assert_eq!(report["split"], "hash");
    let total = |key: &str| report[key].as_array().into_iter().flatten().filter_map(Value::as_u64).sum::<u64>();
    assert_eq!(report["observations"].as_u64(), Some(total("class_counts")));
    assert_eq!(report["observations"].as_u64(), Some(total("split_counts")));
    assert!(report["unlabelled_rows"].as_u64() > Some(50));
    let of_rows = trained(&sandbox, "users.csv", "rows", &HASH);
    let of_counts = trained(&sandbox, "counts.csv", "counted", &["--counts"]);
    agree(&of_rows, &of_counts);
    assert_eq!((&of_rows["split"]["method"], &of_rows["split"]["key"]), (&"hash".into(), &"user".into()));
    assert_eq!((&of_counts["split"]["method"], &of_counts["split"]["key"]), (&"stated".into(), &"split".into()));
    // The shares are those that were asked for, as far as chance goes: five standard errors.
    let share = of_rows["split"]["test_rows"].as_f64().expect("rows") / report["observations"].as_f64().expect("rows");
    assert!((share - 0.2).abs() < 5.0 * (0.16_f64 / 1333.0).sqrt(), "{share}");
    // In every format, and from standard output.
    for file in ["counts.parquet", "counts.arrow", "counts.jsonl", "counts.tsv"] {
        counted(&sandbox, file, &HASH);
        agree(&of_counts, &trained(&sandbox, file, "again", &["--counts"]));
    }
    let printed = sandbox.run(&[&["counts", "--data", "users.csv"], &HASH[..]].concat());
    assert_eq!(printed.stdout, sandbox.text("counts.csv"));
    // Counted once more, it stays as it is.
    let again = ["counts", "--counts", "--data", "counts.csv", "--out", "again.csv"];
    assert_eq!(sandbox.run(&again).status, 0);
    assert_eq!(sandbox.text("again.csv"), sandbox.text("counts.csv"));
}

#[test]
fn cards_and_audits_of_counts_are_those_of_rows() {
    let sandbox = Sandbox::new();
    let schema = ["--schema", "data/assistance.schema.toml"];
    let split = ["--split", "hash", "--split-key", "user_id"];
    let rows = [&["--data", "data/assistance.csv"], &schema[..], &split].concat();
    let count = [&["counts", "--out", "counts.csv"], &rows[..]].concat();
    assert_eq!(sandbox.run(&count).status, 0);
    let counts = [&["--counts", "--data", "counts.csv"], &schema[..]].concat();
    for form in ["card", "rule"] {
        let [of_rows, of_counts] = [("rows", &rows), ("counted", &counts)].map(|(out, data)| {
            let run = sandbox.run(&[&["train", "--quiet", "--form", form, "--out", out], &data[..]].concat());
            assert_eq!(run.status, 0, "{}", run.stderr);
            sandbox.metrics(out)
        });
        agree(&of_rows, &of_counts);
        close(form, &of_rows["form"], &of_counts["form"]);
    }
    let [of_rows, of_counts] =
        [&rows, &counts].map(|data| sandbox.run(&[&["inspect", "--json"], &data[..]].concat()).json());
    for key in ["label_audit", "profile"] {
        let (mut of_rows, mut of_counts) = (of_rows[key].clone(), of_counts[key].clone());
        // What is no feature is in the rows alone.
        for profile in [&mut of_rows, &mut of_counts] {
            // Labels are permuted by a draw of their own in either, and time goes by.
            if let Some(profile) = profile.as_object_mut() {
                profile.retain(|key, _| !["permuted_control", "seconds"].contains(&key.as_str()));
            }
            if let Some(columns) = profile["columns"].as_array_mut() {
                columns.retain(|column| ["numeric", "categorical"].contains(&column["role"].as_str().unwrap_or("")));
                columns.sort_by_key(|column| column["name"].to_string());
            }
        }
        close(key, &of_rows, &of_counts);
    }
}

#[test]
fn numbers_of_a_declared_bin_are_counted_as_one() {
    let sandbox = sandbox();
    let cuts = "[numeric.seconds]\ncuts = [9.5, 20, 47.25, 1000]\nmax = 2000";
    sandbox.write("schema.toml", SCHEMA.replace("[numeric.seconds]", cuts));
    let report = counted(&sandbox, "counts.csv", &HASH);
    assert!(report["rows"].as_u64() < Some(600), "{report}");
    let of_rows = trained(&sandbox, "users.csv", "rows", &HASH);
    // A cut beyond all rows makes no bin.
    assert_eq!(of_rows["bins"], serde_json::json!({ "seconds": [9.5, 20.0, 47.25] }));
    let with_schema = ["--counts", "--schema", "schema.toml"];
    agree_on_bins(&of_rows, &trained(&sandbox, "counts.csv", "counted", &with_schema));
    let query = ["counts", "--sql", "--dialect", "duckdb", "--table", "app.people", "--out", "query.sql"];
    assert_eq!(sandbox.run(&[&query, &HASH[..]].concat()).status, 0);
    if duckdb(&sandbox, "query.sql", "engine.csv").is_some() {
        agree_on_bins(&of_rows, &trained(&sandbox, "engine.csv", "engine", &with_schema));
    }
    for model in ["rows", "counted"] {
        let data = if model == "rows" { "users.csv" } else { "counts.csv" };
        let run = sandbox.run(&["report", "--model", model, "--data", data, "--trees", "5", "--out", "page.html"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
    sandbox.write("schema.toml", SCHEMA.replace("[numeric.seconds]", "[numeric.seconds]\ncuts = [3, 1]"));
    let run = sandbox.run(&["train", "--data", "users.csv", "--schema", "schema.toml"]);
    assert!(run.stderr.contains("the cuts of column `seconds` do not ascend"), "{}", run.stderr);
}

#[test]
fn the_side_that_counts_name_is_never_a_feature() {
    let sandbox = sandbox();
    counted(&sandbox, "counts.csv", &HASH);
    let plain = trained(&sandbox, "counts.csv", "plain", &["--counts"]);
    for more in [["--group", "none"], ["--time", "none"], ["--seed", "7"]] {
        let report = trained(&sandbox, "counts.csv", "again", &[&["--counts"], &more[..]].concat());
        agree(&plain, &report);
        assert_eq!(report["split"]["method"], "stated");
    }
    // A schema of the rows, whose group the counts do not have: that is told.
    sandbox.write("grouped.toml", format!("group = \"user\"\n{}", SCHEMA.replace(", \"user\"", "")));
    let run = sandbox.run(&["train", "--counts", "--data", "counts.csv", "--schema", "grouped.toml", "--out", "again"]);
    assert!(run.status == 0 && run.stderr.contains("which rows are of one `user`"), "{}", run.stderr);
    // Another way of dividing them is refused, and the hint leads there.
    let both = ["counts", "--counts", "--data", "both.csv", "--group", "user"];
    sandbox.write("both.csv", "user,x,n0,n1,split\n1,1,3,4,train\n2,2,4,3,train\n3,1,2,5,test\n4,2,5,2,test\n");
    let refused = sandbox.run(&both);
    assert!(refused.stderr.contains("`user` would divide them in another way"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--drop split"), "{}", refused.stderr);
    assert_eq!(sandbox.run(&[&both[..], &["--drop", "split"]].concat()).status, 0);
}

#[test]
fn users_in_counts_are_divided_by_their_hash_as_well() {
    let sandbox = sandbox();
    let by_hash = ["--schema", "schema.toml", "--group", "user", "--split", "hash"];
    counted(&sandbox, "counts.csv", &[&by_hash[..], &["--with-group"]].concat());
    let of_rows = trained(&sandbox, "users.csv", "rows", &by_hash);
    let of_counts = trained(&sandbox, "counts.csv", "counted", &["--counts", "--group", "user", "--split", "hash"]);
    agree(&of_rows, &of_counts);
    let query =
        ["counts", "--sql", "--dialect", "duckdb", "--table", "app.people", "--out", "query.sql", "--with-group"];
    assert_eq!(sandbox.run(&[&query[..], &by_hash].concat()).status, 0);
    if duckdb(&sandbox, "query.sql", "engine.csv").is_some() {
        agree(&of_rows, &trained(&sandbox, "engine.csv", "e", &["--counts", "--group", "user", "--split", "hash"]));
    }
}

#[test]
fn labels_keep_their_meaning_and_their_names() {
    let sandbox = sandbox();
    // The label that sorts first is the positive one.
    let zero = SCHEMA.replace("positive = \"1\"", "positive = \"0\"");
    sandbox.write("schema.toml", zero);
    counted(&sandbox, "counts.csv", &HASH);
    let schema = ["--counts", "--schema", "schema.toml"];
    agree(&trained(&sandbox, "users.csv", "rows", &HASH), &trained(&sandbox, "counts.csv", "counted", &schema));
    let query = ["counts", "--sql", "--dialect", "duckdb", "--table", "app.people", "--out", "query.sql"];
    assert_eq!(sandbox.run(&[&query, &HASH[..]].concat()).status, 0);
    if duckdb(&sandbox, "query.sql", "engine.csv").is_some() {
        assert_eq!(sandbox.text("engine.csv").lines().count(), sandbox.text("counts.csv").lines().count());
        agree(&trained(&sandbox, "users.csv", "rows", &HASH), &trained(&sandbox, "engine.csv", "engine", &schema));
    }
    // Labels in words: the model has their names, so it is evaluated on rows.
    let words = |line: &str| line.replace(",0,row", ",no,row").replace(",1,row", ",yes,row");
    sandbox.write("users.csv", users(4000).lines().map(|line| words(line) + "\n").collect::<String>());
    sandbox.write("schema.toml", SCHEMA.replace("positive = \"1\"", "positive = \"yes\""));
    counted(&sandbox, "counts.csv", &HASH);
    let of_counts = trained(&sandbox, "counts.csv", "counted", &schema);
    agree(&trained(&sandbox, "users.csv", "rows", &HASH), &of_counts);
    assert_eq!((&of_counts["data"]["target"], &of_counts["data"]["positive"]), (&"help".into(), &"yes".into()));
    let evaluated = sandbox.run(&["evaluate", "--json", "--model", "counted", "--data", "users.csv"]);
    assert_eq!(evaluated.status, 0, "{}", evaluated.stderr);
}

#[test]
fn a_report_of_counts_and_of_rows_splits_again_as_the_training_did() {
    let sandbox = sandbox();
    counted(&sandbox, "counts.csv", &HASH);
    trained(&sandbox, "users.csv", "rows", &HASH);
    trained(&sandbox, "counts.csv", "counted", &["--counts"]);
    for (model, data) in [("rows", "users.csv"), ("counted", "counts.csv")] {
        let run = sandbox.run(&["report", "--model", model, "--data", data, "--trees", "5", "--out", "page.html"]);
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
}

#[test]
fn rows_of_a_user_stay_together_by_their_hash() {
    let sandbox = sandbox();
    let group = ["--schema", "schema.toml", "--split", "hash", "--group", "user"];
    let report = trained(&sandbox, "users.csv", "grouped", &group);
    let groups = &report["split"]["groups"];
    assert_eq!((&groups["column"], &groups["shared"]), (&"user".into(), &0.into()));
    // The same rows as those of a key that is no group, whose intervals are others.
    let keyed = trained(&sandbox, "users.csv", "keyed", &HASH);
    assert_eq!(report["split"]["test_class_counts"], keyed["split"]["test_class_counts"]);
    assert_eq!(keyed["split"]["groups"], Value::Null);
    // `split` writes the very rows, and another seed others.
    let files =
        sandbox.run(&[&["split", "--json", "--data", "users.csv", "--out", "files"], &HASH[..]].concat()).json();
    assert_eq!(files["test"]["rows"], keyed["split"]["test_rows"]);
    let other = trained(&sandbox, "users.csv", "other", &[&HASH[..], &["--seed", "7"]].concat());
    assert_ne!(other["split"]["test_class_counts"], keyed["split"]["test_class_counts"]);
    // A table of counts that keeps the users gives the intervals of the rows.
    let with_group = ["--schema", "schema.toml", "--group", "user", "--with-group"];
    counted(&sandbox, "users_counts.csv", &with_group);
    let of_rows = trained(&sandbox, "users.csv", "rows", &["--schema", "schema.toml", "--group", "user"]);
    let of_counts = trained(&sandbox, "users_counts.csv", "counted", &["--counts", "--group", "user"]);
    agree(&of_rows, &of_counts);
}

#[test]
fn rows_are_divided_as_a_column_says() {
    let sandbox = sandbox();
    let side = |row: usize| if row.is_multiple_of(3) { "Test" } else { "train" };
    let table: Vec<String> = (0_usize..)
        .zip(users(3000).lines())
        .map(|(row, line)| if row == 0 { format!("{line},part") } else { format!("{line},{}", side(row)) })
        .collect();
    sandbox.write("parts.csv", table.join("\n"));
    let stated = ["--schema", "schema.toml", "--split", "stated", "--split-key", "part", "--drop", "user"];
    let report = trained(&sandbox, "parts.csv", "stated", &stated);
    assert!(report["split"]["test_rows"].as_u64() > Some(900));
    // A side that is none is named where it stands.
    sandbox.write("odd.csv", table.join("\n").replacen("train", "valid", 1));
    sandbox.write("gone.csv", table.join("\n").replacen("train", "", 1));
    let mut transcripts = String::new();
    for data in ["odd.csv", "gone.csv"] {
        let run = sandbox.run(&[&["train", "--data", data], &stated[..]].concat());
        transcripts.push_str(&format!("$ train --data {data} --split stated --split-key part\n{}\n", run.transcript()));
    }
    insta::assert_snapshot!("counts_sides", transcripts);
}

#[test]
fn what_cannot_be_counted_is_told() {
    let sandbox = sandbox();
    sandbox.write("bare.toml", "[categorical.device]\n");
    sandbox.write("half.toml", "target = \"help\"\n[categorical.device]\n");
    sandbox.write("dates.toml", "target = \"help\"\npositive = \"1\"\n[categorical.device]\n[date.day]\n");
    sandbox.write("german.toml", "target = \"help\"\npositive = \"1\"\n[numeric.cost.style]\ndecimal = \",\"\n");
    let data = ["--data", "users.csv", "--schema", "schema.toml"];
    let sql = ["--sql", "--dialect", "duckdb", "--schema", "schema.toml"];
    let mut transcripts = String::new();
    for options in [
        &[&data[..], &["--split", "hash", "--group", "none"]].concat()[..],
        &[&data[..], &["--split", "stated"]].concat(),
        &[&data[..], &["--split-key", "user"]].concat(),
        &[&data[..], &["--split", "hash", "--split-key", "help"]].concat(),
        &[&data[..], &["--split", "hash", "--split-key", "nobody"]].concat(),
        &[&data[..], &["--split", "hash", "--split-key", "note", "--group", "user"]].concat(),
        &[&data[..], &["--with-group", "--group", "none"]].concat(),
        &[&data[..], &["--weight", "seconds"]].concat(),
        &[&data[..], &["--out", "users.csv"]].concat(),
        &[&data[..], &["--out", "counts.xyz"]].concat(),
        &["--sql"],
        &["--sql", "--schema", "bare.toml"],
        &["--sql", "--schema", "half.toml"],
        &["--sql", "--schema", "dates.toml"],
        &["--sql", "--schema", "german.toml"],
        &[&sql[..], &["--data", "users.csv"]].concat(),
        &[&sql[..], &["--split", "hash"]].concat(),
        &[&sql[..], &["--group", "user"]].concat(),
        &[&sql[..], &["--with-group"]].concat(),
        &[&sql[..], &["--weight", "w"]].concat(),
        &[&sql[..], &["--time", "day"]].concat(),
        &[&sql[..], &["--numeric", "n0"]].concat(),
        &[&sql[..], &["--split", "stated", "--split-key", "device"]].concat(),
        &["--sql", "--dialect", "sqlite", "--schema", "schema.toml", "--split", "hash", "--split-key", "user"],
        &["--sql", "--dialect", "bigquery", "--schema", "schema.toml", "--categorical", "a.b"],
    ] {
        let run = sandbox.run(&[&["counts"], options].concat());
        transcripts.push_str(&format!("$ counts {}\n{}\n", options.join(" "), run.transcript()));
    }
    insta::assert_snapshot!("counts_failures", transcripts);
}

#[test]
fn the_query_is_that_of_each_dialect() {
    let sandbox = sandbox();
    let mut queries = String::new();
    for dialect in ["duckdb", "postgres", "spark", "bigquery", "snowflake", "trino"] {
        let options = ["counts", "--sql", "--dialect", dialect, "--table", "app.users"];
        let run = sandbox.run(&[&options, &HASH[..]].concat());
        assert_eq!(run.status, 0, "{}", run.stderr);
        queries.push_str(&format!("# {dialect}\n{}\n", run.stdout));
    }
    insta::assert_snapshot!("counts_queries", queries);
}

/// What each engine is asked, and by whom: a table `people` of `users.csv` with columns of its own types, and the result as CSV.
const DUCKDB: &str = r#"
import duckdb, sys
db = duckdb.connect()
types = {'user': 'BIGINT', 'errors': 'INTEGER', 'seconds': 'DOUBLE', 'device': 'VARCHAR', 'mood': 'VARCHAR', 'help': 'INTEGER', 'note': 'VARCHAR'}
db.execute('CREATE SCHEMA app')
db.execute(f"CREATE TABLE app.people AS SELECT * FROM read_csv('users.csv', columns = {types}, auto_detect = false, header = true, nullstr = '')")
db.execute("COPY app.people TO 'people.parquet'")
query = open(sys.argv[1]).read().strip()
db.execute(f"COPY ({query}) TO '{sys.argv[2]}' (HEADER)")
"#;

fn duckdb(sandbox: &Sandbox, query: &str, out: &str) -> Option<()> {
    let is_there = Command::new("python3").args(["-c", "import duckdb"]).output();
    if !is_there.is_ok_and(|output| output.status.success()) {
        skip("counts of DuckDB: Python has no module `duckdb`");
        return None;
    }
    sandbox.write("engine.py", DUCKDB);
    run(Command::new("python3").current_dir(sandbox.path("")).args(["engine.py", query, out]));
    Some(())
}

fn postgres(sandbox: &Sandbox, query: &str, out: &str) -> Option<()> {
    let is_there = Command::new("psql").args(["-X", "-q", "-c", "SELECT 1"]).stdin(Stdio::null()).output();
    if !is_there.is_ok_and(|output| output.status.success()) {
        skip("counts of PostgreSQL: `psql` reaches no server");
        return None;
    }
    let query = sandbox.text(query).replace("\"app\".\"people\"", "people");
    let query: Vec<&str> = query.lines().filter(|line| !line.starts_with("--")).collect();
    let script = format!(
        "CREATE TEMP TABLE people (\"user\" bigint, errors integer, seconds double precision, device text, mood text, help smallint, note text);\n\
         \\copy people FROM 'users.csv' WITH (FORMAT csv, HEADER)\n\
         CREATE TEMP VIEW counted AS {};\n\
         \\copy (SELECT * FROM counted) TO '{out}' WITH (FORMAT csv, HEADER)\n",
        query.join("\n")
    );
    sandbox.write("engine.sql", script);
    let options = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "engine.sql"];
    run(Command::new("psql").current_dir(sandbox.path("")).args(options).stdin(Stdio::null()));
    Some(())
}

#[track_caller]
fn run(command: &mut Command) {
    let output = command.output().expect("started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Runs a query in an engine and writes what it gives.
type Engine = fn(&Sandbox, &str, &str) -> Option<()>;

#[test]
fn real_engines_count_the_same_rows() {
    let sandbox = sandbox();
    counted(&sandbox, "counts.csv", &HASH);
    let of_rows = trained(&sandbox, "users.csv", "rows", &HASH);
    for (dialect, engine) in [("duckdb", duckdb as Engine), ("postgres", postgres)] {
        let query = ["counts", "--sql", "--dialect", dialect, "--table", "app.people", "--out", "query.sql"];
        assert_eq!(sandbox.run(&[&query, &HASH[..]].concat()).status, 0);
        if engine(&sandbox, "query.sql", "engine.csv").is_none() {
            continue;
        }
        let recounted = ["counts", "--counts", "--data", "engine.csv", "--out", "recounted.csv"];
        assert_eq!(sandbox.run(&recounted).status, 0);
        assert_eq!(sandbox.text("recounted.csv"), sandbox.text("counts.csv"), "{dialect}");
        agree(&of_rows, &trained(&sandbox, "engine.csv", "engine", &["--counts"]));
        // Of counts without sides the test rows are drawn, and the order of the rows makes the draws the same.
        let drawn = ["counts", "--sql", "--dialect", dialect, "--table", "app.people", "--schema", "schema.toml"];
        assert_eq!(sandbox.run(&[&drawn[..], &["--out", "drawn.sql"]].concat()).status, 0);
        engine(&sandbox, "drawn.sql", "drawn.csv");
        counted(&sandbox, "local.csv", &["--schema", "schema.toml", "--group", "none"]);
        let [here, there] = ["local.csv", "drawn.csv"].map(|data| trained(&sandbox, data, "drawn", &["--counts"]));
        agree(&here, &there);
        assert_eq!(here["split"]["method"], "hypergeometric");
    }
    // Its own files as well, whose columns are codes of dictionaries without a word of that in their pages.
    if sandbox.path("people.parquet").exists() {
        agree(&of_rows, &trained(&sandbox, "people.parquet", "own", &HASH));
    }
    assert!(!are_tools_required() || sandbox.path("drawn.csv").exists());
}
