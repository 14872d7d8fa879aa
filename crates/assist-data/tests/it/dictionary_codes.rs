//! Parquet columns read in the codes of their dictionaries: the rows are those of the strict reader, however the file was written.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Float32Array, Float64Array, Int16Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use assist_data::{Columns, NumberCells, Partitions, Table};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{WriterProperties, WriterVersion};
use proptest::prelude::*;

use crate::batches::{Fault, rows, schema_of};

const SCHEMA: &str = "target = 'y'\n[numeric.whole]\n[numeric.small]\n[numeric.part]\n[numeric.half]\n[categorical.text]\n[categorical.code]";

/// A row: numbers, some of which are missing, and texts.
type Row = (Option<i64>, Option<i16>, Option<u8>, Option<u8>, Option<u8>, i32, bool);

fn batch(rows: &[Row]) -> RecordBatch {
    let texts = ["Phone", "Watch", "", "Smart TV", "Café"];
    // Not a number is a number that is missing.
    let part = |part: u8| if part == 7 { f64::NAN } else { f64::from(part) / 3.0 };
    let columns: [(&str, ArrayRef); 7] = [
        ("whole", Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>())),
        ("small", Arc::new(rows.iter().map(|row| row.1).collect::<Int16Array>())),
        ("part", Arc::new(rows.iter().map(|row| row.2.map(part)).collect::<Float64Array>())),
        ("half", Arc::new(rows.iter().map(|row| row.3.map(|half| f32::from(half) / 2.0)).collect::<Float32Array>())),
        (
            "text",
            Arc::new(rows.iter().map(|row| row.4.map(|text| texts[usize::from(text) % 5])).collect::<StringArray>()),
        ),
        ("code", Arc::new(rows.iter().map(|row| Some(row.5)).collect::<Int32Array>())),
        ("y", Arc::new(rows.iter().map(|row| Some(if row.6 { "yes" } else { "no" })).collect::<StringArray>())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)))
        .expect("columns of one length")
}

fn write(path: &Path, batch: &RecordBatch, properties: WriterProperties) {
    let file = fs_err::File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("a writer");
    writer.write(batch).expect("written");
    writer.close().expect("closed");
}

/// Of each numeric column whether all of its blocks are codes.
fn are_coded(table: &Table) -> Vec<bool> {
    let schema = schema_of(table, SCHEMA);
    let partitions = Partitions::new(table, &schema, None).expect("fast");
    let mut are_coded = vec![true; schema.numeric.len()];
    for partition in 0..partitions.len() {
        let read = partitions.for_each_block::<Fault>(partition, Columns::All, |block| {
            for (is_coded, cells) in are_coded.iter_mut().zip(&block.numbers) {
                *is_coded &= matches!(cells, NumberCells::Coded { .. });
            }
            Ok(())
        });
        read.expect("fast");
    }
    are_coded
}

fn any_row() -> impl Strategy<Value = Row> {
    let some = |values: std::ops::Range<u8>| prop_oneof![9 => values.prop_map(Some), 1 => Just(None)];
    let whole =
        prop_oneof![4 => (0_i64..20).prop_map(Some), 1 => any::<i32>().prop_map(|n| Some(n.into())), 1 => Just(None)];
    let small = prop_oneof![5 => (-3_i16..3).prop_map(Some), 1 => Just(None)];
    (whole, small, some(0..9), some(0..200), some(0..5), -2_i32..30, any::<bool>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn rows_are_the_same_however_they_are_written(
        mut some in proptest::collection::vec(any_row(), 2..60),
        times in 1_usize..200,
        version in prop_oneof![Just(WriterVersion::PARQUET_1_0), Just(WriterVersion::PARQUET_2_0)],
        compression in prop_oneof![Just(Compression::UNCOMPRESSED), Just(Compression::SNAPPY)],
        (page_rows, group_rows) in (1_usize..4000, 100_usize..6000),
        dictionary_bytes in prop_oneof![3 => Just(1 << 20), 1 => 16_usize..200],
    ) {
        (some[0].6, some[1].6) = (true, false);
        let all: Vec<Row> = some.iter().cycle().take(some.len() * times).copied().collect();
        let properties = WriterProperties::builder()
            .set_writer_version(version)
            .set_compression(compression)
            .set_data_page_row_count_limit(page_rows)
            .set_write_batch_size(page_rows.min(512))
            .set_max_row_group_row_count(Some(group_rows))
            .set_dictionary_page_size_limit(dictionary_bytes)
            .build();
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.parquet");
        write(&path, &batch(&all), properties);
        let table = Table::open(&[path]).expect("a table");
        let found = rows(&table, &schema_of(&table, SCHEMA));
        prop_assert_eq!(found.len(), all.len());
        if dictionary_bytes == 1 << 20 {
            prop_assert_eq!(are_coded(&table), vec![true; 4]);
        }
    }
}

#[test]
fn ranges_of_a_row_group_pass_over_pages() {
    // One row group of more rows than a partition has, in pages that no range begins with.
    let all: Vec<Row> = (0_u32..300_000)
        .map(|row| {
            let of = |n: u32| u8::try_from(row / 7 % n).expect("small");
            let missing = row % 1001 == 0;
            let whole = (!missing).then_some(i64::from(row / 1000));
            (whole, Some(i16::from(of(5))), Some(of(9)), Some(of(90)), Some(of(5)), i32::from(of(30)), row % 3 == 0)
        })
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    let properties = WriterProperties::builder().set_data_page_row_count_limit(7001).set_write_batch_size(701).build();
    write(&path, &batch(&all), properties);
    let table = Table::open(&[path]).expect("a table");
    let schema = schema_of(&table, SCHEMA);
    assert!(Partitions::new(&table, &schema, None).expect("fast").len() > 1);
    assert_eq!(rows(&table, &schema).len(), all.len());
    assert_eq!(are_coded(&table), [true; 4]);
}

#[test]
fn columns_without_a_value_are_columns() {
    let all: Vec<Row> = (0..3000).map(|row| (None, None, None, Some(3), None, 4, row % 2 == 0)).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    write(&path, &batch(&all), WriterProperties::default());
    let table = Table::open(&[path]).expect("a table");
    assert_eq!(rows(&table, &schema_of(&table, SCHEMA)).len(), all.len());
}

#[test]
fn columns_without_a_dictionary_are_read_beside_those_with_one() {
    let all: Vec<Row> =
        (0..5000).map(|row| (Some(row * 7919), Some(1), Some(2), None, Some(3), 4, row % 2 == 0)).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    let plain = WriterProperties::builder()
        .set_column_dictionary_enabled("part".into(), false)
        .set_column_dictionary_enabled("text".into(), false);
    write(&path, &batch(&all), plain.build());
    let table = Table::open(&[path]).expect("a table");
    assert_eq!(rows(&table, &schema_of(&table, SCHEMA)).len(), all.len());
    assert!(!are_coded(&table)[2]);
}
