//! Hashes of rows are those of their values, however rows are kept, cut into partitions and ordered.

use std::collections::BTreeSet;

use assist_data::{Bits, Table, TestRows};
use assist_features::{Encoded, LabelScan, MissingPolicy};
use assist_score::RowSketch;

use crate::both_ways::schema_of;

/// A pseudo-random number of a row.
fn toss(row: u32, salt: u32) -> u32 {
    let word = (row ^ salt.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x2c1b_3c6d);
    ((word ^ (word >> 15)).wrapping_mul(0x297a_2d39)) >> 8
}

/// The features and the label of a row; some cells are missing.
fn row(n: u32) -> [String; 3] {
    let a = toss(n, 1) % 90;
    let d = toss(n, 2) % 60;
    let a = if a == 0 { String::new() } else { format!("{}.5", a % 45) };
    let d = if d == 0 { String::new() } else { format!("level {d}") };
    [a, d, (toss(n, 3) % 2).to_string()]
}

/// Reads the labels of the rows with these numbers in partitions of so many bytes.
#[track_caller]
fn with_scan<T>(rows: impl Iterator<Item = u32>, partition_bytes: u64, take: impl FnOnce(&LabelScan<'_>) -> T) -> T {
    let text: String = rows.map(|n| row(n).join(",") + "\n").collect();
    let table = Table::from_csv_text("t.csv", &format!("a,d,y\n{text}")).expect("readable");
    let table = table.with_partition_bytes(partition_bytes);
    let schema = schema_of(&table, "target = 'y'\n[numeric.a]\n[categorical.d]").expect("its columns");
    take(&LabelScan::read(&table, &schema, MissingPolicy::Auto, None).expect("labels"))
}

fn sketch(rows: impl Iterator<Item = u32>, partition_bytes: u64) -> RowSketch {
    with_scan(rows, partition_bytes, |labels| {
        let all = labels.encode_all().expect("rows");
        let space = all.learn_space().expect("a space");
        all.hashed(&space).sketch()
    })
}

/// Of 70,000 rows distinct ones are counted; halves of them are kept row by row.
#[test]
fn counted_and_uncounted_rows_have_the_same_hashes() {
    const ROWS: u32 = 70_000;
    let all = sketch(0..ROWS, 1 << 20);
    assert_eq!(all, sketch((0..ROWS).rev(), 9999));
    assert_eq!(all.rows().len(), RowSketch::MOST_ROWS);
    let halves = [0..ROWS / 2, ROWS / 2..ROWS].map(|half| sketch(half, 5000));
    assert_eq!(all, halves[0].clone().joined(halves[1].rows()));
}

#[test]
fn equal_rows_are_those_of_equal_cells() {
    let features = |n: u32| -> [String; 2] {
        let [a, d, _] = row(n);
        [a, d]
    };
    // Counted, kept row by row, and counted again with few test rows.
    for (train, test) in [(0..70_000, 0..90_000), (0..2000, 1500..4000), (0..70_000, 70_000..72_000)] {
        let seen: BTreeSet<[String; 2]> = train.clone().map(features).collect();
        let expected = test.clone().filter(|n| seen.contains(&features(*n))).count() as u64;
        let mut are_test = [Bits::default(), Bits::default()];
        for (n, is_test) in train.clone().map(|n| (n, false)).chain(test.clone().map(|n| (n, true))) {
            are_test[usize::from(row(n)[2] == "1")].push(is_test);
        }
        let [of_train, of_test, equal] = with_scan(train.chain(test), 7000, |labels| {
            let [train, test] = labels.encode(&TestRows::Observations(are_test)).expect("rows");
            let space = train.learn_space().expect("a space");
            let n = |rows: &Encoded| rows.class_counts().into_iter().sum();
            [n(&train), n(&test), test.hashed(&space).equal_to(&train.hashed(&space))]
        });
        assert!(of_train > 0 && of_test > 0);
        assert_eq!(equal, expected);
    }
}
