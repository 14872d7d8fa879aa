//! What columns are found to be, by their cells and their names.

use std::fmt::Write as _;

use assist_data::{ColumnRole, Reader, Schema, SchemaFile, Table};

/// A table with a target `y` and one other column, beside a plain number that is always a feature.
fn resolved(name: &str, cells: &[String], declared: &str) -> Result<Schema, String> {
    let mut text = format!("y,plain,\"{name}\"\n");
    for (row, cell) in cells.iter().enumerate() {
        writeln!(text, "{},{},\"{}\"", row % 2, row % 7, cell.replace('"', "\"\"")).expect("memory");
    }
    let table = Table::from_csv_text("t.csv", &text).map_err(|error| error.to_string())?;
    let file: SchemaFile = toml::from_str(&format!("target = 'y'\n{declared}")).expect("a schema");
    file.resolve(&table, false).map_err(|error| error.to_string())
}

fn role(name: &str, cells: &[String]) -> ColumnRole {
    let schema = resolved(name, cells, "").expect("resolved");
    schema.columns.iter().find(|column| column.name == name).expect("the column").role
}

fn repeated(cells: &[&str], n: usize) -> Vec<String> {
    cells.iter().cycle().take(n).map(|cell| (*cell).to_owned()).collect()
}

fn each(n: usize, cell: impl Fn(usize) -> String) -> Vec<String> {
    (0..n).map(cell).collect()
}

#[test]
fn cells_decide_what_a_column_is() {
    use ColumnRole::{Constant, Date, Empty, FreeText, Identifier, Level, Number, TruthValue};
    let n = 120;
    for (cells, expected) in [
        (repeated(&["1", "2.5", "-3e2"], n), Number),
        (repeated(&["1", "NA", "2", "?", "-", "n/a", "3"], n), Number),
        (repeated(&["1.234,5", "2,25", ""], n), Number),
        (repeated(&["$1,234.50", "$7", "($3.00)"], n), Number),
        (repeated(&["12.5 %", "3%"], n), Number),
        (repeated(&["1 234", "12 345,5"], n), Number),
        (repeated(&["5%", "5"], n), Level),
        (repeated(&["True", "FALSE", "true"], n), TruthValue),
        (repeated(&["t", "f", ""], n), TruthValue),
        (repeated(&["yes", "no"], n), Level),
        (repeated(&["NA", "DE", "ZA"], n), Level),
        (repeated(&["0", "1", "2", "3+"], n), Level),
        (repeated(&["abc", "abc", "4"], n), Level),
        (each(n, |row| format!("2023-01-{:02}", row % 28 + 1)), Date),
        (each(n, |row| format!("{:02}.02.2023 08:{:02}", row % 28 + 1, row % 60)), Date),
        (each(n, |row| format!("k{row:x}z{}", row * 7919)), Identifier),
        (each(n, |row| format!("the user {row} wrote of page {}", row * 31)), FreeText),
        (each(n, |row| row.to_string()), Identifier),
        (each(n, |row| (row + 1).to_string()), Identifier),
        (each(n, |row| (row * 3 + 1).to_string()), Number),
        (each(n, |row| (1900 + row).to_string()), Number),
        (repeated(&["x"], n), Constant),
        (repeated(&["3.0"], n), Constant),
        (repeated(&["", "x"], n), Level),
        (repeated(&[""], n), Empty),
        (repeated(&["NA", "", "?"], n), Empty),
    ] {
        assert_eq!(role("c", &cells), expected, "{:?}", &cells[..5]);
    }
}

#[test]
fn names_decide_beside_cells() {
    let n = 200;
    let grouped = each(n, |row| (1000 + row / 4).to_string());
    let scores = each(n, |row| format!("{}.5", row % 9));
    let few = each(n, |row| (row % 4).to_string());
    for (name, cells, expected) in [
        ("UserID", &scores, ColumnRole::Identifier),
        ("ID", &scores, ColumnRole::Number),
        ("id", &grouped, ColumnRole::Identifier),
        ("customer_id", &grouped, ColumnRole::Identifier),
        ("Patient", &grouped, ColumnRole::Identifier),
        ("customer_id", &few, ColumnRole::Number),
        ("customer_id", &scores, ColumnRole::Number),
        ("paid", &grouped, ColumnRole::Number),
        ("rownames", &each(n, |row| (row * 2 + 5).to_string()), ColumnRole::Identifier),
    ] {
        assert_eq!(role(name, cells), expected, "{name}: {:?}", &cells[..3]);
    }
}

#[test]
fn all_rows_are_looked_at_where_the_first_ones_do_not_settle_it() {
    let n = 20_000;
    // Distinct at first, then hardly; nothing at first, then something; one value at first, then others.
    for (cells, expected) in [
        (each(n, |row| format!("k{}", row.min(9000))), ColumnRole::Level),
        (each(n, |row| format!("k{row}")), ColumnRole::Identifier),
        (each(n, |row| if row < 15_000 { String::new() } else { format!("{}", row % 5) }), ColumnRole::Number),
        (each(n, |row| if row < 15_000 { "a".to_owned() } else { "b".to_owned() }), ColumnRole::Level),
        (each(n, |_| "a".to_owned()), ColumnRole::Constant),
        (each(n, |row| (row % 15_000).to_string()), ColumnRole::Number),
    ] {
        assert_eq!(role("c", &cells), expected, "{:?}", &cells[..3]);
    }
}

#[test]
fn what_is_left_out_can_be_kept_or_declared() {
    let n = 60;
    let codes = each(n, |row| format!("k{row}"));
    let left = resolved("c", &codes, "").expect("resolved");
    assert_eq!(
        left.left_out.iter().map(|left| left.reason.to_string()).collect::<Vec<_>>(),
        ["an identifier: 60 of 60 cells are distinct"]
    );
    assert_eq!(left.dropped, ["c"]);
    for declared in ["keep = ['c']", "[categorical.c]"] {
        let kept = resolved("c", &codes, declared).expect("resolved");
        assert_eq!((kept.categorical.len(), kept.left_out.len()), (1, 0), "{declared}");
    }
    let constant = resolved("c", &repeated(&["x"], n), "keep = ['c']").expect_err("refused");
    assert_eq!(constant, "column `c` cannot be kept as a feature: constant: every cell is `x`");
    let mixed = each(n, |row| if row == 40 { "many".to_owned() } else { format!("{row}.5") });
    let error = resolved("c", &mixed, "").expect_err("mixed");
    assert_eq!(
        error,
        "column `c` mixes numbers and text: 59 of the first 60 cells are numbers, but `many` at line 42 of `t.csv` is not"
    );
    assert!(resolved("c", &mixed, "[table]\nna = ['many']").expect("resolved").numeric.len() == 2);
}

#[test]
fn dates_become_features_where_that_is_declared() {
    let cells = each(60, |row| format!("2023-01-{:02} {:02}:30", row % 28 + 1, row % 24));
    let schema = resolved("seen", &cells, "[date.seen]").expect("resolved");
    let names: Vec<&str> = schema.feature_columns().collect();
    assert_eq!(names, ["plain", "seen_days", "seen_hour", "seen_weekday"]);
    assert_eq!(schema.source_columns().collect::<Vec<_>>(), ["plain", "seen", "seen", "seen"]);

    let table =
        Table::from_csv_text("t.csv", "y,seen\n0,2023-01-31 08:30\n1,NA\n0,2023-02-01 23:59\n").expect("a table");
    let file: SchemaFile = toml::from_str("target = 'y'\n[date.seen]\nparts = ['days', 'weekday']").expect("a schema");
    let schema = file.resolve(&table, false).expect("resolved");
    let batch = Reader::new(&table, &schema).expect("a reader").next().expect("a batch").expect("readable");
    assert_eq!(batch.numbers[0].iter().collect::<Vec<_>>(), [Some(19_388.0), None, Some(19_389.0)]);
    assert_eq!(batch.categories[0].iter().collect::<Vec<_>>(), [Some("Tuesday"), None, Some("Wednesday")]);

    let ambiguous = each(60, |row| format!("0{}/0{}/2023", row % 9 + 1, row % 8 + 1));
    let error = resolved("seen", &ambiguous, "[date.seen]").expect_err("ambiguous");
    assert_eq!(error, "the dates of column `seen` can be read as `%m/%d/%Y` and as `%d/%m/%Y`");
    assert!(resolved("seen", &ambiguous, "[date.seen]\nform = '%d/%m/%Y'").is_ok());
    let none = resolved("seen", &repeated(&["soon", "later"], 60), "[date.seen]").expect_err("no dates");
    assert_eq!(none, "column `seen` is declared as dates, but `soon` at line 2 of `t.csv` is none");
}

#[test]
fn roles_are_in_the_order_of_the_file() {
    let table = Table::from_csv_text(
        "t.csv",
        "user_id,device,errors,task,secs,y\n1,Phone,3,a,1.5,1\n2,Watch,2,b,,0\n3,Phone,1,b,2,0\n",
    )
    .expect("a table");
    let file = SchemaFile { target: Some("y".to_owned()), ..SchemaFile::default() };
    let schema = file.resolve(&table, false).expect("resolved");
    assert_eq!(schema.feature_columns().collect::<Vec<_>>(), ["errors", "secs", "device", "task"]);
    assert_eq!(schema.dropped, ["user_id"]);
}

#[test]
fn what_is_named_must_be_there() {
    let table = Table::from_csv_text("t.csv", "a,y\n1,0\n2,1\n").expect("a table");
    for (text, message) in [
        ("", "no target column was given"),
        ("target = 'Y'", "column `Y` is missing in `t.csv`"),
        ("target = 'y'\ndrop = ['user_id']", "column `user_id` is missing in `t.csv`"),
        ("target = 'y'\nkeep = ['user_id']", "column `user_id` is missing in `t.csv`"),
        ("target = 'y'\n[numeric.b]", "column `b` is missing in `t.csv`"),
        ("target = 'y'\ndrop = ['a']", "no feature column is left besides the target and the dropped columns"),
    ] {
        let file: SchemaFile = toml::from_str(text).expect("a schema");
        assert_eq!(file.resolve(&table, false).expect_err("refused").to_string(), message);
    }
}

#[test]
fn labels_that_stand_for_missing_ones_are_missing() {
    let labels = |cells: &[&str]| {
        let rows: Vec<String> = cells.iter().enumerate().map(|(row, label)| format!("{row}.5,{label}")).collect();
        let table = Table::from_csv_text("t.csv", &format!("a,y\n{}\n", rows.join("\n"))).expect("a table");
        let file = SchemaFile { target: Some("y".to_owned()), ..SchemaFile::default() };
        let schema = file.resolve(&table, false).expect("resolved");
        let mut reader = Reader::new(&table, &schema).expect("a reader");
        reader.by_ref().for_each(|batch| assert!(batch.is_ok()));
        reader.labels().to_vec()
    };
    assert_eq!(labels(&["yes", "NA", "no", "n/a", "yes"]), ["yes", "no"]);
    assert_eq!(labels(&["-", "+", "+"]), ["-", "+"]);
    assert_eq!(labels(&["-", "1", "0", "?"]), ["1", "0"]);
    assert_eq!(labels(&["None", "Severe", "None"]), ["None", "Severe"]);
    assert_eq!(labels(&["T", "F", "T"]), ["true", "false"]);
    assert_eq!(labels(&["TRUE", "False"]), ["true", "false"]);
}
