//! Labels and missing cells on both ways through a table: what is left out, what is counted, and what is refused.
#![allow(clippy::format_collect, reason = "tables of tests are put together once")]

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use assist_data::Table;
use assist_features::{LabelScan, MissingPolicy};

use crate::both_ways::{both_ways_agree, schema_of};

fn text_table(text: &str) -> Table {
    Table::from_csv_text("t.csv", text).expect("readable").with_partition_bytes(60)
}

/// What a table is refused with, the same on both ways.
#[track_caller]
fn refused(text: &str, schema: &str, policy: MissingPolicy) -> String {
    let table = text_table(text);
    let schema = schema_of(&table, schema).expect("resolved");
    both_ways_agree(&table, &schema, policy);
    LabelScan::read(&table, &schema, policy, None).expect_err("refused").to_string()
}

#[test]
fn rows_without_a_label_are_left_out_and_missing_cells_are_counted() {
    let mut text = "a,d,y\n".to_owned();
    for row in 0..60 {
        let a = if row % 7 == 3 { String::new() } else { (row % 5).to_string() };
        let d = ["x", "y", "", "(missing)"][row % 4];
        let y = if row % 10 == 9 { "" } else { ["no", "yes"][row % 2] };
        text.push_str(&format!("{a},{d},{y}\n"));
    }
    let table = text_table(&text);
    let schema = schema_of(&table, "target = 'y'\n[categorical.d]").expect("resolved");
    let read = |policy| LabelScan::read(&table, &schema, policy, None);
    for policy in [MissingPolicy::Auto, MissingPolicy::Level, MissingPolicy::Drop] {
        both_ways_agree(&table, &schema, policy);
    }
    let scan = read(MissingPolicy::Auto).expect("two classes");
    assert_eq!((scan.n_rows(), scan.dropped_rows(), scan.unlabelled_rows()), (54, 0, 6));
    let cells = scan.encode_all().expect("usable").missing_cells();
    let expected: [(String, u64); 2] = [("a".into(), 8), ("d".into(), 27)];
    assert_eq!(cells, expected, "a text that is spelt as the level of missing cells is one");
    let mut rows = Vec::new();
    scan.for_each_row(|label| rows.push(label));
    assert_eq!((rows.len(), rows[8], rows[9], rows[11]), (60, Some(0), None, Some(1)));

    let scan = read(MissingPolicy::Drop).expect("two classes");
    assert_eq!((scan.n_rows(), scan.dropped_rows(), scan.unlabelled_rows()), (23, 31, 6));
    let expected: [(String, u64); 2] = [("d".into(), 27), ("a".into(), 8)];
    assert_eq!(scan.lost_cells(), expected);

    let message = read(MissingPolicy::Error).expect_err("refused").to_string();
    for part in ["`a` has 8 missing cells, the first at line 5", "`d` has 27", "`y` has 6 missing cells"] {
        assert!(message.contains(part), "{message}");
    }
    let evaluated = LabelScan::read(&table, &schema, MissingPolicy::Error, Some(["no", "yes"])).expect("two classes");
    let evaluated = evaluated.encode_all().expect_err("refused");
    assert!(!evaluated.to_string().contains("`y`"), "an evaluation leaves rows without a label out: {evaluated}");
    let none = LabelScan::read(&table, &schema, MissingPolicy::Auto, Some(["no", "yes"])).expect("two classes");
    assert_eq!((none.class_counts(), none.unlabelled_rows()), ([30, 24], 6));
}

#[test]
fn what_leaving_out_rows_takes_away_is_said() {
    let rows = |row: fn(usize) -> String| (0..40).map(row).collect::<String>();
    let table = "a,b,y\n".to_owned() + &rows(|row| ["1,,no\n", ",2,yes\n"][row % 2].to_owned());
    assert_eq!(
        refused(&table, "target = 'y'\n[numeric.a]\n[numeric.b]", MissingPolicy::Drop),
        "leaving out 40 rows with missing cells leaves none; most are missing in `a` (20), `b` (20)"
    );
    let table = "a,b,y\n".to_owned() + &rows(|row| ["1,1,no\n", ",2,yes\n"][row % 2].to_owned());
    let schema = "target = 'y'\n[numeric.a]\n[numeric.b]";
    assert_eq!(
        refused(&table, schema, MissingPolicy::Drop),
        "leaving out 20 rows with missing cells leaves no row with label `yes`; most are missing in `a` (20)"
    );
    // A column that had another value only where another one is missing.
    let text = "a,b,d,y\n".to_owned()
        + &rows(|row| if row % 4 == 3 { ",2,x,1\n".into() } else { format!("{row},1,{},{}\n", "ab", row % 2) });
    let table = text_table(&text);
    let schema = schema_of(&table, "target = 'y'").expect("resolved");
    both_ways_agree(&table, &schema, MissingPolicy::Drop);
    let scan = LabelScan::read(&table, &schema, MissingPolicy::Drop, None).expect("two classes");
    let space = scan.encode_all().expect("usable").learn_space().expect("learnt");
    assert_eq!(scan.flattened_columns(&space), ["b", "d"]);
}

#[test]
fn a_target_that_is_not_two_valued_is_described_or_turned_into_one() {
    let labels = ["a", "b", "c", "b"];
    let text = "n,y\n".to_owned() + &(0..40).map(|row| format!("{row},{}\n", labels[row % 4])).collect::<String>();
    let schema = "target = 'y'\n[numeric.n]";
    let message = refused(&text, schema, MissingPolicy::Auto);
    assert_eq!(message, "column `y` of `t.csv` has 3 labels: `b` (20 rows), `a` (10), `c` (10); a target has two");
    let message = refused(&text, &format!("positive = 'd'\n{schema}"), MissingPolicy::Auto);
    assert_eq!(message, "the positive label `d` does not occur in column `y`, which has `b`, `a`, `c`");
    for (positive, counts) in [("a", [30, 10]), ("b", [20, 20]), ("c", [30, 10])] {
        let table = text_table(&text);
        let schema = schema_of(&table, &format!("positive = '{positive}'\n{schema}")).expect("resolved");
        both_ways_agree(&table, &schema, MissingPolicy::Auto);
        let scan = LabelScan::read(&table, &schema, MissingPolicy::Auto, None).expect("two classes");
        assert_eq!((scan.class_counts(), scan.label_counts()), (counts, counts), "{positive}");
        let target = scan.encode_all().expect("usable").learn_space().expect("learnt").target;
        assert_eq!((target.negative.as_str(), target.positive.as_str()), ("(other)", positive));
        let known = Some(["(other)", positive]);
        for scan in [
            LabelScan::read(&table, &schema, MissingPolicy::Auto, known).expect("evaluated"),
            LabelScan::read_strictly(&table, &schema, MissingPolicy::Auto, known).expect("evaluated"),
        ] {
            assert_eq!(scan.class_counts(), counts);
        }
    }
    // One label beside the positive one keeps its name, in whatever partitions it is alone.
    let two = text.replace('c', "a");
    let table = text_table(&two);
    let schema_of_two = schema_of(&table, &format!("positive = 'a'\n{schema}")).expect("resolved");
    both_ways_agree(&table, &schema_of_two, MissingPolicy::Auto);
    let scan = LabelScan::read(&table, &schema_of_two, MissingPolicy::Auto, None).expect("two classes");
    assert_eq!(scan.encode_all().expect("usable").learn_space().expect("learnt").target.negative, "b");

    let message = refused(&text.replace('c', "B"), schema, MissingPolicy::Auto);
    assert_eq!(message, "labels of column `y` in `t.csv` differ only in case or outer blanks: `b` (20 rows), `B` (10)");
    let message = refused(&two.replace('a', "B"), schema, MissingPolicy::Auto);
    assert_eq!(message, "labels of column `y` in `t.csv` differ only in case or outer blanks: `B` (20 rows), `b` (20)");
    let one = two.replace('a', "").replace("n,y\n", "n,y\n9,\n");
    let message = refused(&one, schema, MissingPolicy::Auto);
    assert_eq!(
        message,
        "all 20 rows of `t.csv` that have a label in column `y` have label `b`, and 21 have none; two classes are needed"
    );
    let message = refused(&one.replace('b', ""), schema, MissingPolicy::Auto);
    assert_eq!(message, "none of the 41 rows of `t.csv` has a label in column `y`");
}

/// Whole numbers in typed tables have a way of their own.
#[test]
fn whole_labels_against_others_are_read_the_same_way() {
    let batch = |start: i64| {
        let whole = |numbers: Vec<i64>| Arc::new(Int64Array::from(numbers)) as ArrayRef;
        let (numbers, labels) = (start..start + 20).map(|row| (row % 7, row % 5)).unzip();
        RecordBatch::try_from_iter([("n", whole(numbers)), ("y", whole(labels))]).expect("a batch")
    };
    let table = Table::from_batches("t", vec![batch(0), batch(20), batch(40)]).expect("some rows");
    for positive in ["0", "3"] {
        let schema = schema_of(&table, &format!("target = 'y'\npositive = '{positive}'")).expect("resolved");
        both_ways_agree(&table, &schema, MissingPolicy::Auto);
        let scan = LabelScan::read(&table, &schema, MissingPolicy::Auto, None).expect("two classes");
        assert_eq!(scan.class_counts(), [48, 12]);
    }
}

/// No partition has more than one label, so it is seen only where they come together; that must not take long.
#[test]
fn a_third_label_ends_the_reading_of_many_partitions() {
    let text: String = (0..20_000).map(|row| format!("{},l{row:05}\n", row % 3)).collect();
    let table = Table::from_csv_text("t.csv", &format!("a,y\n{text}")).expect("readable").with_partition_bytes(9);
    let schema = schema_of(&table, "target = 'y'").expect("resolved");
    let error = LabelScan::read(&table, &schema, MissingPolicy::Auto, None).expect_err("refused");
    assert!(error.to_string().starts_with("column `y` of `t.csv` has more than 1000"), "{error}");
    let schema = schema_of(&table, "target = 'y'\npositive = 'l00007'").expect("resolved");
    let scan = LabelScan::read(&table, &schema, MissingPolicy::Auto, None).expect("one against all others");
    assert_eq!(scan.class_counts(), [19_999, 1]);
}
