//! Tables of Arrow record batches: the same rows as CSV text, whichever types and batches hold them.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array, LargeStringArray,
    RecordBatch, StringArray,
};
use arrow::datatypes::{Field, Int8Type, Int32Type, Schema as ArrowSchema};
use assist_data::{
    Columns, Error, Format, LabelCells, MISSING, NO_LABEL, NeedsStrictReader, NumberCells, Partitions, Schema,
    SchemaFile, Table,
};
use proptest::prelude::*;

#[derive(Debug)]
pub(crate) enum Fault {
    NeedsStrictReader,
    Data(Error),
}

impl From<NeedsStrictReader> for Fault {
    fn from(_: NeedsStrictReader) -> Self {
        Self::NeedsStrictReader
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Data(error)
    }
}

/// A row as a block has it: numbers as they are written, levels, the label.
pub(crate) type Row = (Vec<Option<String>>, Vec<Option<String>>, Option<String>);

/// All rows of some partitions, codes replaced by what they stand for.
pub(crate) fn rows_of(partitions: &Partitions<'_>) -> Result<Vec<Row>, Fault> {
    let mut all = Vec::new();
    for partition in 0..partitions.len() {
        let mut rows = Vec::new();
        let names = partitions.for_each_block::<Fault>(partition, Columns::All, |block| {
            for row in 0..block.n_rows {
                let number = |cells: &NumberCells<'_>| match cells {
                    NumberCells::Each(values) => values[row],
                    NumberCells::Coded { codes, values } => values[codes[row] as usize],
                };
                let numbers = block.numbers.iter().map(number).map(|n| (!n.is_nan()).then(|| n.to_string())).collect();
                let level = |codes: &[u32], levels: &[String]| {
                    (codes[row] != MISSING).then(|| levels[codes[row] as usize].clone())
                };
                let levels = block.categories.iter().map(|cells| level(cells.codes, cells.levels)).collect();
                let LabelCells::Single(labels) = block.labels else { return Err(Fault::NeedsStrictReader) };
                rows.push((numbers, levels, labels[row]));
            }
            Ok(())
        })?;
        let label = |index: u8| (index != NO_LABEL).then(|| names[usize::from(index)].clone());
        all.extend(rows.into_iter().map(|(numbers, levels, index)| (numbers, levels, label(index))));
    }
    Ok(all)
}

/// The rows on the fast path, which must be those of the strict reader.
#[track_caller]
pub(crate) fn rows(table: &Table, schema: &Schema) -> Vec<Row> {
    let fast = rows_of(&Partitions::new(table, schema, None).expect("fast")).expect("fast");
    let strict = rows_of(&Partitions::strict(table, schema, None)).expect("usable");
    assert_eq!(fast, strict);
    fast
}

const SCHEMA: &str = "target = 'y'\n[numeric.a]\n[numeric.b]\n[categorical.d]\n[categorical.e]";

pub(crate) fn schema_of(table: &Table, text: &str) -> Schema {
    toml::from_str::<SchemaFile>(text).expect("a schema").resolve(table, false).expect("resolved")
}

/// Cells of `a`, `b`, `d`, `e` and `y`.
type Cells = (Option<i32>, Option<f64>, Option<&'static str>, Option<&'static str>, u8);

/// Batches of some rows; the dictionary of each begins with other entries, and has one that no row has.
fn batch(rows: &[Cells], turn: usize) -> RecordBatch {
    let mut entries = vec![Some("Phone"), Some("never\0used"), None, Some("Watch"), Some("")];
    entries.rotate_left(turn % 5);
    let key = |level: Option<&str>| {
        let empty = || entries.iter().position(Option::is_none).filter(|_| turn.is_multiple_of(2));
        let index = level.map_or_else(empty, |level| entries.iter().position(|entry| *entry == Some(level)));
        index.map(|index| i32::try_from(index).expect("few"))
    };
    let keys: Int32Array = rows.iter().map(|row| key(row.2)).collect();
    let dictionary = DictionaryArray::<Int32Type>::new(keys, Arc::new(StringArray::from(entries.clone())));
    let small: DictionaryArray<Int8Type> = rows.iter().map(|row| row.3).collect();
    let columns: [(&str, ArrayRef); 5] = [
        ("a", Arc::new(rows.iter().map(|row| row.0).collect::<Int32Array>())),
        ("y", Arc::new(rows.iter().map(|row| Some(i64::from(row.4))).collect::<Int64Array>())),
        ("b", Arc::new(rows.iter().map(|row| row.1).collect::<Float64Array>())),
        ("d", Arc::new(dictionary)),
        ("e", Arc::new(small)),
    ];
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), columns.map(|(_, column)| column).to_vec())
        .expect("a batch")
}

fn csv(rows: &[Cells]) -> String {
    let mut text = "a,y,b,d,e\n".to_owned();
    for (a, b, d, e, y) in rows {
        let cell = |text: Option<String>| text.unwrap_or_default();
        let (a, b) = (cell(a.map(|a| a.to_string())), cell(b.map(|b| b.to_string())));
        text.push_str(&format!("{a},{y},{b},{},{}\n", d.unwrap_or(""), e.unwrap_or("")));
    }
    text
}

fn any_cells() -> impl Strategy<Value = Cells> {
    (
        prop::option::weighted(0.9, -5..9_000_i32),
        prop::option::weighted(0.9, -3.0..3.0_f64),
        prop::option::weighted(0.9, prop::sample::select(vec!["Phone", "Watch"])),
        prop::option::weighted(0.9, prop::sample::select(vec!["x", "y", "z"])),
        0..2_u8,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn rows_are_those_of_the_same_csv(rows_of_table in prop::collection::vec(any_cells(), 1..60), size in 1..20_usize) {
        let batches = rows_of_table.chunks(size).enumerate().map(|(turn, rows)| batch(rows, turn)).collect();
        let table = Table::from_batches("t", batches).expect("a table");
        let text = Table::from_csv_text("t", &csv(&rows_of_table)).expect("a table");
        prop_assert_eq!(table.columns(), text.columns());
        prop_assert_eq!(rows(&table, &schema_of(&table, SCHEMA)), rows(&text, &schema_of(&text, SCHEMA)));
    }
}

#[test]
fn many_rows_are_several_partitions_of_whole_and_of_divided_batches() {
    let cells = |row: i32| (Some(row % 7), Some(f64::from(row)), Some("Phone"), Some("x"), u8::from(row % 3 == 0));
    let all: Vec<Cells> = (0..150_000).map(cells).collect();
    for size in [150_000, 50_000, 777] {
        let batches = all.chunks(size).map(|rows| batch(rows, 0)).collect();
        let table = Table::from_batches("t", batches).expect("a table");
        let schema = schema_of(&table, SCHEMA);
        let partitions = Partitions::new(&table, &schema, None).expect("fast");
        assert_eq!(partitions.len(), 3);
        let rows = rows_of(&partitions).expect("fast");
        let ids: Vec<i32> = rows.iter().filter_map(|row| row.0[1].as_deref()?.parse().ok()).collect();
        assert!(ids.into_iter().eq(0..150_000), "batches of {size} rows");
    }
}

#[test]
fn roles_are_inferred_from_types_and_from_more_than_one_batch() {
    let batch = |number: Option<f64>, text: Option<&str>, help: bool| {
        let columns: [(&str, ArrayRef, bool); 3] = [
            ("number", Arc::new(Float64Array::from(vec![number])), true),
            ("text", Arc::new(LargeStringArray::from(vec![text])), true),
            ("help", Arc::new(BooleanArray::from(vec![help])), true),
        ];
        RecordBatch::try_from_iter_with_nullable(columns).expect("a batch")
    };
    let table = Table::from_batches("t", vec![batch(None, None, true), batch(Some(2.0), Some("x"), false)]);
    let table = table.expect("a table");
    assert_eq!((table.format(), table.name(), table.paths().len()), (Format::ArrowIpc, "t".to_owned(), 0));
    let schema = schema_of(&table, "target = 'help'");
    assert_eq!((schema.numeric[0].0.as_str(), schema.categorical[0].0.as_str()), ("number", "text"));
    let found = rows(&table, &schema);
    assert_eq!(found[0], (vec![None], vec![None], Some("true".to_owned())));
    assert_eq!(found[1], (vec![Some("2".to_owned())], vec![Some("x".to_owned())], Some("false".to_owned())));
}

#[test]
fn places_in_messages_are_rows() {
    let good = (Some(1), Some(1.0), Some("Phone"), Some("x"), 0);
    let bad = (Some(-1), Some(f64::INFINITY), Some("Phone"), Some("x"), 1);
    let table = Table::from_batches("users", vec![batch(&[good, good], 0), batch(&[good, bad], 1)]).expect("a table");
    for (schema, message) in [
        ("target = 'y'\n[numeric.a]\nmin = 0", "column `a` at row 4 of `users`: -1 is below the minimum 0"),
        ("target = 'y'\ndrop = ['a']", "column `b` at row 4 of `users`: `inf` is not a finite number"),
    ] {
        let schema = schema_of(&table, schema);
        let partitions = Partitions::new(&table, &schema, None).expect("fast");
        assert!(matches!(rows_of(&partitions), Err(Fault::NeedsStrictReader)));
        let Err(Fault::Data(error)) = rows_of(&Partitions::strict(&table, &schema, None)) else {
            panic!("the strict reader says what is wrong")
        };
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn batches_that_are_no_table_are_refused() {
    let one = |name: &str, column: ArrayRef| RecordBatch::try_from_iter([(name, column)]).expect("a batch");
    let floats = || Arc::new(Float64Array::from(vec![1.0])) as ArrayRef;
    let whole = || Arc::new(Int64Array::from(vec![1])) as ArrayRef;
    for (batches, message, advice) in [
        (vec![], "`t` is empty", "give a table with a header and at least one row"),
        (
            vec![one("a", floats()), one("b", floats())],
            "batch 2 of `t` has other columns than the first one",
            "the first one has `a: Float64`, this one has `b: Float64`",
        ),
        (
            vec![one("a", floats()), one("a", floats()), one("a", whole())],
            "batch 3 of `t` has other columns than the first one",
            "the first one has `a: Float64`, this one has `a: Int64`",
        ),
        (
            vec![one("", floats())],
            "column 1 of `t` has no name",
            "name it in the header, or remove it; pandas writes such a column unless it is given `index=False`",
        ),
    ] {
        let error = Table::from_batches("t", batches).expect_err("refused");
        assert_eq!(
            (error.to_string().as_str(), error.advice().map(|a| a.to_string()).as_deref()),
            (message, Some(advice))
        );
    }
}

#[test]
fn batches_without_rows_have_columns_but_nothing_to_infer_roles_from() {
    let empty = batch(&[], 0);
    let table = Table::from_batches("t", vec![empty.clone(), empty]).expect("a table");
    assert_eq!(table.columns(), ["a", "y", "b", "d", "e"]);
    let file: SchemaFile = toml::from_str("target = 'y'").expect("a schema");
    assert_eq!(file.resolve(&table, false).expect_err("no rows").to_string(), "`t` has a header but no rows");
}
