//! Tables of unusual sizes: many levels, many columns, many observations in few rows, and a table that changes its size.
#![allow(clippy::format_collect, reason = "tables of tests are put together once")]

use assist_data::Table;
use assist_features::{Error, LabelScan, MissingPolicy};

use crate::both_ways::schema_of;

/// Levels that come one after the other, so that the table of counts grows all the time, to the last cell that it may have;
/// the constant columns beside them take no part in that.
#[test]
fn a_table_of_counts_grows_with_its_levels() {
    const ROWS: usize = 70_000;
    let constants = ["0,c"; 30].join(",");
    let names: String = (0..30).map(|column| format!("n{column},c{column},")).collect();
    for (levels, is_counted) in [(ROWS / 4, true), (ROWS / 4 * 3 - 3, true), (ROWS / 4 * 3 + 3, false)] {
        let level = |row: usize| row * levels / ROWS;
        let text: String = (0..ROWS).map(|row| format!("{constants},l{},{}\n", level(row), row % 2)).collect();
        let table = Table::from_csv_text("t.csv", &format!("{names}d,y\n{text}")).expect("readable");
        let schema = schema_of(&table, "target = 'y'\n[categorical.d]").expect("resolved");
        let scan = LabelScan::read(&table, &schema, MissingPolicy::Auto, None).expect("two classes");
        let encoded = scan.encode_all().expect("usable");
        let space = encoded.learn_space().expect("learnt");
        assert_eq!(space.categorical.last().expect("the levels").levels.len(), levels);
        assert_eq!(encoded.class_counts(), [35_000, 35_000]);
        let design = encoded.design_by_row(&space).design;
        assert_eq!((design.n_rows() < ROWS, design.is_merged()), (is_counted, is_counted), "{levels} levels");
    }
}

#[test]
fn observations_and_rows_are_told_apart() {
    let text: String = (0..61).map(|row| format!("{},90000000,{row}\n", row % 5)).collect();
    let table = Table::from_csv_text("t.csv", &format!("a,n0,n1\n{text}")).expect("readable");
    let schema = toml::from_str::<assist_data::SchemaFile>("target = 'y'").expect("a schema");
    let schema = schema.resolve(&table, true).expect("resolved");
    let error = LabelScan::read(&table, &schema, MissingPolicy::Auto, None).expect_err("too many");
    assert_eq!(
        error.to_string(),
        "the counts of the 61 rows add up to 5490001830 observations, more than 4,294,967,295"
    );
}

#[test]
fn a_table_that_changes_between_its_passes_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.csv");
    let write = |lines: &str, n: usize| fs_err::write(&path, "a,y\n".to_owned() + &lines.repeat(n)).expect("written");
    write("1,no\n2,yes\n", 50);
    let table = Table::open(std::slice::from_ref(&path)).expect("readable");
    let schema = schema_of(&table, "target = 'y'").expect("resolved");
    let scan = LabelScan::read(&table, &schema, MissingPolicy::Auto, None).expect("two classes");
    write("1,no\n2,yes\n", 20);
    let error = scan.encode_all().expect_err("another table");
    assert!(matches!(&error, Error::Changed(name) if name.ends_with("t.csv")), "{error}");
}
