//! A table is the same table, however it is written; and whatever the bytes are, there is a table or an error.
#![allow(clippy::format_collect, reason = "tables of tests are put together once")]

use assist_data::{Columns, LabelCells, NumberCells, Partitions, SchemaFile, Table, TableOptions, text_column};
use proptest::prelude::*;

/// How a table is written.
#[derive(Debug, Clone)]
struct Writing {
    delimiter: char,
    quotes_all: bool,
    line_end: &'static str,
    above: &'static str,
    encoding: u8,
    is_finished: bool,
    trailing: bool,
}

fn any_writing() -> impl Strategy<Value = Writing> {
    let delimiter = prop::sample::select(vec![',', ';', '\t', '|']);
    let line_end = prop::sample::select(vec!["\n", "\r\n", "\r"]);
    let above = prop::sample::select(vec![
        "",
        "Report\n",
        "Report of all users\n\n",
        "# a comment\n",
        "# one\n# two\n",
        "Generated: 2024-03-01 09:12\n\n",
        "\n",
    ]);
    (delimiter, any::<bool>(), line_end, above, 0..4_u8, any::<bool>(), any::<bool>()).prop_map(
        |(delimiter, quotes_all, line_end, above, encoding, is_finished, trailing)| Writing {
            delimiter,
            quotes_all,
            line_end,
            above,
            encoding,
            is_finished,
            trailing,
        },
    )
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["Phone", "Watch", "Feature Phone", "Überuhr"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["a,b", "x;y", "say \"hi\"", "one\ttwo", "x|y", "it's", "#3", "two\nlines", ""])
            .prop_map(str::to_owned),
        1 => "[a-z]{1,8}( [a-z]{1,8}){0,2}",
    ]
}

type Row = (i32, f64, String, String, bool);

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (-20..200_i32, -50.0..50.0_f64, any_text(), any_text(), any::<bool>());
    prop::collection::vec(row, 1..40)
}

const NAMES: [&str; 5] = ["visits", "spend", "device", "plan", "y"];

fn cells((visits, spend, device, plan, y): &Row) -> [String; 5] {
    [visits.to_string(), format!("{spend:.2}"), device.clone(), plan.clone(), u8::from(*y).to_string()]
}

fn written(rows: &[Row], how: &Writing) -> Vec<u8> {
    let cell = |text: &str| {
        let special = text.contains(['"', '\n', '\r', how.delimiter]) || text.starts_with('#');
        if how.quotes_all || special { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
    };
    let line = |cells: &[String]| {
        let mut line = cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(&how.delimiter.to_string());
        if how.trailing {
            line.push(how.delimiter);
        }
        line + how.line_end
    };
    let mut text = how.above.replace('\n', how.line_end);
    text += &line(&NAMES.map(str::to_owned));
    text.extend(rows.iter().map(|row| line(&cells(row))));
    if !how.is_finished {
        text.truncate(text.len() - how.line_end.len());
    }
    match how.encoding {
        0 => text.into_bytes(),
        1 => format!("\u{feff}{text}").into_bytes(),
        2 => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
        _ => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect(),
    }
}

fn open(bytes: &[u8], options: &TableOptions) -> (Result<Table, assist_data::Error>, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.csv");
    fs_err::write(&path, bytes).expect("written");
    (Table::open_with(&[path], options), folder)
}

/// All rows as the strict reader has them.
fn rows_of(table: &Table, columns: &[&str]) -> Result<Vec<Vec<String>>, assist_data::Error> {
    let mut rows = Vec::new();
    for batch in table.batches(columns, 64)? {
        let record = batch?.record;
        let texts: Vec<_> = record.columns().iter().map(|column| text_column(column).expect("text")).collect();
        let cell = |column: &arrow::array::StringArray, row| column.iter().nth(row).flatten().unwrap_or("").to_owned();
        rows.extend((0..record.num_rows()).map(|row| texts.iter().map(|column| cell(column, row)).collect::<Vec<_>>()));
    }
    Ok(rows)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_table_is_the_same_however_it_is_written(rows in any_rows(), how in any_writing()) {
        let (table, _folder) = open(&written(&rows, &how), &TableOptions::default());
        let table = table.expect("readable");
        prop_assert_eq!(&table.columns()[..5], &NAMES[..], "{:?}", table.syntax());
        let expected: Vec<Vec<String>> = rows.iter().map(|row| cells(row).to_vec()).collect();
        prop_assert_eq!(rows_of(&table, &NAMES).expect("readable"), expected);
        let syntax = table.syntax().remove(0);
        prop_assert_eq!(syntax.delimiter, Some(how.delimiter));
        let lines_above = how.above.matches('\n').count() as u64;
        prop_assert_eq!((syntax.header, syntax.lines_above), (Some(true), Some(lines_above)));
    }

    /// Numbers without a name are read whatever stands between them.
    #[test]
    fn the_fast_path_takes_every_delimiter(rows in prop::collection::vec((0..30_i32, 0..40_i32, any::<bool>()), 4..60), how in any_writing(), part in 20..400_u64) {
        let how = Writing { line_end: "\n", trailing: false, ..how };
        let line = |cells: [String; 3]| cells.join(&how.delimiter.to_string()) + "\n";
        let mut text = how.above.to_owned() + &line(["a", "b", "y"].map(str::to_owned));
        text.extend(rows.iter().map(|(a, b, y)| line([a.to_string(), b.to_string(), format!("l{}", u8::from(*y))])));
        let (table, _folder) = open(text.as_bytes(), &TableOptions::default());
        let table = table.expect("readable").with_partition_bytes(part);
        let file = SchemaFile { target: Some("y".into()), ..SchemaFile::default() };
        let schema = file.resolve(&table, false).expect("resolved");
        let partitions = Partitions::new(&table, &schema, None).expect("the fast path");
        let mut sum = 0.0;
        let mut n_rows = 0;
        for partition in 0..partitions.len() {
            let taken = partitions.for_each_block::<Fault>(partition, Columns::All, |block| {
                n_rows += block.n_rows;
                sum += match &block.numbers[0] {
                    NumberCells::Coded { codes, values } => codes.iter().map(|code| values[*code as usize]).sum(),
                    NumberCells::Each(values) => values.iter().sum::<f64>(),
                };
                assert!(matches!(block.labels, LabelCells::Single(_)));
                Ok(())
            });
            prop_assert!(taken.is_ok(), "the strict reader is needed for {:?}", text);
        }
        prop_assert_eq!((n_rows, sum), (rows.len(), rows.iter().map(|row| f64::from(row.0)).sum::<f64>()));
    }
}

/// What the fast path may say.
#[derive(Debug)]
struct Fault;

impl From<assist_data::Error> for Fault {
    fn from(_: assist_data::Error) -> Self {
        Self
    }
}

impl From<assist_data::NeedsStrictReader> for Fault {
    fn from(_: assist_data::NeedsStrictReader) -> Self {
        Self
    }
}

fn any_options() -> impl Strategy<Value = TableOptions> {
    let delimiter = prop::option::weighted(0.3, prop::sample::select(vec![',', ';', '\t', ' ']));
    let comment = prop::option::weighted(0.2, prop::sample::select(vec!['#', '%']));
    let skip_lines = prop::option::weighted(0.2, 0..4_u64);
    let header = prop::option::weighted(0.3, any::<bool>());
    (delimiter, comment, skip_lines, header).prop_map(|(delimiter, comment, skip_lines, header)| TableOptions {
        delimiter,
        comment,
        skip_lines,
        header,
        ..TableOptions::default()
    })
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        6 => prop::sample::select(b",;\t| \"'#\n\r\n,01.a".to_vec()),
        1 => any::<u8>(),
    ];
    prop_oneof![
        prop::collection::vec(byte, 0..200),
        (any_rows(), any_writing(), prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)).prop_map(
            |(rows, how, damage)| {
                let mut bytes = written(&rows, &how);
                for (place, byte) in damage {
                    let at = place.index(bytes.len());
                    bytes[at] = byte;
                }
                bytes
            }
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn whatever_the_bytes_are_there_is_a_table_or_an_error(bytes in any_bytes(), options in any_options()) {
        let (table, _folder) = open(&bytes, &options);
        match table {
            Ok(table) => {
                let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
                for syntax in table.syntax() {
                    prop_assert!(!syntax.to_string().is_empty());
                }
                if let Ok(rows) = rows_of(&table, &columns) {
                    prop_assert!(rows.iter().all(|row| row.len() == columns.len()));
                    if !rows.is_empty() {
                        let _ = table.place(assist_data::RowPosition { source: 0, row: rows.len() as u64 - 1 });
                    }
                }
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
