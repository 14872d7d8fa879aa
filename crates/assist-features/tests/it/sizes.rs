//! Tables of unusual sizes: many levels, many columns, many observations in few rows, and a table that changes its size.
#![allow(clippy::format_collect, reason = "tables of tests are put together once")]

use assist_data::Table;
use assist_features::{Design, Error, LabelScan, MissingPolicy};

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
fn observations_are_as_many_as_a_float_tells_apart() {
    let counted = |text: &str| {
        let table = Table::from_csv_text("t.csv", &format!("a,n0,n1\n{text}")).expect("readable");
        let schema = toml::from_str::<assist_data::SchemaFile>("target = 'y'").expect("a schema");
        let schema = schema.resolve(&table, true).expect("resolved");
        let scan = LabelScan::read(&table, &schema, MissingPolicy::Auto, None).map_err(|error| error.to_string())?;
        scan.encode_all().map(|encoded| encoded.class_counts()).map_err(|error| error.to_string())
    };
    let half = 1_u64 << 52;
    assert_eq!(counted(&format!("1,{half},1\n2,0,{}\n", half - 1)), Ok([half, half]));
    assert_eq!(counted("1,1000000000000,3\n2,0,90000000000\n"), Ok([1_000_000_000_000, 90_000_000_003]));
    assert_eq!(
        counted(&format!("1,{half},1\n2,0,{half}\n3,1,1\n")),
        Err("line 3 of `t.csv`: the counts up to here add up to 9007199254740993 observations, more than \
             9007199254740992, up to which sums are exact"
            .to_owned())
    );
    let error = counted("1,9007199254740993,1\n2,1,1\n").expect_err("no float");
    assert!(error.contains("9007199254740991"), "{error}");
    let counts = [[half, half], [0, 1]];
    let error = Design::builder().number("a", &[1.0, 2.0]).counts(&counts).build().expect_err("too many");
    assert!(error.to_string().starts_with("row 2: the counts up to here add up to 9007199254740993"), "{error}");
}

/// Rows with more observations than 32 bits count are rows like others: the same design as one of a thousandth, a thousand times.
#[test]
fn large_counts_are_small_ones_times_a_number() {
    let text = |rows: usize, times: u64| -> String {
        (0..rows)
            .map(|row| {
                format!("{},{},l{},{},{}\n", row % 7, row % 11, row % 3, row as u64 % 5 * times, row as u64 % 4 * times)
            })
            .collect()
    };
    // The second table is counted while it is read.
    for rows in [500, 70_000] {
        let design = |times: u64| {
            let table =
                Table::from_csv_text("t.csv", &format!("a,b,d,n0,n1\n{}", text(rows, times))).expect("readable");
            let schema = toml::from_str::<assist_data::SchemaFile>("target = 'y'").expect("a schema");
            let schema = schema.resolve(&table, true).expect("resolved");
            let encoded =
                LabelScan::read(&table, &schema, MissingPolicy::Auto, None).expect("two classes").encode_all();
            let encoded = encoded.expect("usable");
            let space = encoded.learn_space_with_bins().expect("learnt");
            (encoded.design(&encoded_space(&space)).design, space)
        };
        let ((few, space), (many, same_space)) = (design(1), design(10_000_000_000));
        assert_eq!(space.categorical, same_space.categorical);
        assert!(few.counts().map(|counts| counts.map(|n| n * 10_000_000_000)).eq(many.counts()), "{rows} rows");
        assert_eq!((few.n_rows(), few.to_dense()), (many.n_rows(), many.to_dense()));
    }
}

/// A space without its cuts, which more observations make more of.
fn encoded_space(space: &assist_score::FeatureSpace) -> assist_score::FeatureSpace {
    let mut space = space.clone();
    space.numeric.iter_mut().for_each(|column| column.cuts.clear());
    space
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
