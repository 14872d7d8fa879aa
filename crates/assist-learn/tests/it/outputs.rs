//! What goes out: the input's columns with their types, in every format, however many files and threads there are.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array,
    Int32Array, Int64Array, ListArray, RecordBatch, StringArray,
};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, Float64Type, Int8Type, Int64Type, Schema};
use assist_learn::arrow;
use assist_learn::{
    DataError, Error, Format, PredictSettings, PredictionSink, Settings, Table, TableWriter,
    arrow::datatypes::Int32Type, split, unwatched, write_predictions, write_split,
};

use crate::tables::model;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str, text: &str) -> PathBuf {
        fs_err::write(self.path(name), text).expect("written");
        self.path(name)
    }

    fn table(&self, name: &str, batches: &[RecordBatch]) -> PathBuf {
        let path = self.path(name);
        let format = Format::of_ending(&path).expect("a format");
        let mut writer = TableWriter::create(&path, format, &batches[0].schema()).expect("begun");
        batches.iter().for_each(|batch| writer.write(batch).expect("written"));
        writer.finish().expect("finished");
        path
    }

    fn predicted(&self, inputs: &[PathBuf], output: &str) -> Result<PathBuf, Error> {
        let path = self.path(output);
        let table = Table::open(inputs).expect("a table");
        write_predictions(&model(), &table, PredictionSink::file(&path)?, &PredictSettings::default(), &unwatched)?;
        Ok(path)
    }
}

/// All rows of a file, as its own reader gives them.
fn read(path: &Path) -> RecordBatch {
    let table = Table::open(&[path.to_owned()]).expect("a table");
    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let batches: Vec<RecordBatch> =
        table.batches(&columns, 1000).expect("readable").map(|batch| batch.expect("a batch").record).collect();
    concat_batches(&batches[0].schema(), &batches).expect("one batch")
}

fn texts(column: &ArrayRef) -> Vec<Option<String>> {
    let texts = cast(column, &DataType::Utf8).expect("texts");
    texts.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

fn json_lines(path: &Path) -> Vec<serde_json::Value> {
    let text = fs_err::read_to_string(path).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

const LINES: &str = r#"{"errors": 4, "wait": 1.5, "device": "Watch", "member": true, "zip": "01234", "size": null, "mixed": 1}
{"wait": 59, "errors": 1, "device": "Desk", "member": null, "zip": "", "size": 3, "mixed": "x"}
"#;

#[test]
fn values_of_json_lines_keep_their_types_in_every_format() {
    let folder = Folder::new();
    let input = [folder.text("in.jsonl", LINES)];
    for output in ["out.parquet", "out.arrow"] {
        let rows = read(&folder.predicted(&input, output).expect("written"));
        let kind = |name: &str| rows[name].data_type().clone();
        assert_eq!(
            ["errors", "wait", "device", "member", "zip", "size", "mixed"].map(kind),
            [
                DataType::Int64,
                DataType::Float64,
                DataType::Utf8,
                DataType::Boolean,
                DataType::Utf8,
                DataType::Int64,
                DataType::Utf8
            ]
        );
        assert_eq!(texts(&rows["zip"]), [Some("01234".into()), Some(String::new())]);
        assert_eq!(texts(&rows["mixed"]), [Some("1".into()), Some("x".into())]);
        assert!(rows["member"].is_null(1) && rows["size"].is_null(0));
        assert_eq!(rows["score"].as_primitive::<Float64Type>().null_count(), 0);
    }
    let lines = json_lines(&folder.predicted(&input, "out.jsonl").expect("written"));
    let keys: Vec<&String> = lines[0].as_object().expect("an object").keys().collect();
    assert_eq!(keys[..8], ["errors", "wait", "device", "member", "zip", "size", "mixed", "outcome"]);
    assert_eq!(lines[0]["errors"], 4);
    assert_eq!((&lines[1]["zip"], &lines[1]["member"]), (&"".into(), &serde_json::Value::Null));
    assert!(lines[0]["score"].is_f64() && lines[0]["outcome"] == "scored");
    let csv = fs_err::read_to_string(folder.predicted(&input, "out.csv").expect("written")).expect("text");
    assert!(
        csv.contains("\n4,1.5,Watch,true,01234,,1,scored,") && csv.contains("\n1,59,Desk,,\"\",3,x,scored,"),
        "{csv}"
    );
}

#[test]
fn explained_predictions_are_lists_in_json() {
    let folder = Folder::new();
    let mut asked = PredictSettings::default();
    (asked.explain, asked.prefix) = (true, Some("p_".to_owned()));
    let table = Table::open(&[folder.text("in.jsonl", LINES)]).expect("a table");
    let path = folder.path("out.ndjson");
    let sink = PredictionSink::file(&path).expect("begun");
    let summary = write_predictions(&model(), &table, sink, &asked, &unwatched).expect("written");
    assert_eq!(summary.prefix, "p_");
    for line in json_lines(&path) {
        let all = line["p_contributions"].as_array().expect("a list");
        let sum: f64 = all.iter().filter_map(|each| each["value"].as_f64()).sum();
        assert!((sum - line["p_score"].as_f64().expect("a number")).abs() < 1e-12);
    }
}

/// A batch with a column of nearly every kind.
fn rich() -> RecordBatch {
    let coded: DictionaryArray<Int8Type> = [Some("Watch"), Some("Desk"), Some("Watch")].into_iter().collect();
    let numbers =
        DictionaryArray::<Int32Type>::new(vec![Some(1), None, Some(0)].into(), Arc::new(Int64Array::from(vec![7, 9])));
    let decimals = Decimal128Array::from(vec![Some(1250), None, Some(-1)]).with_precision_and_scale(9, 2);
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None, Some(vec![])]);
    let columns: Vec<(Field, ArrayRef)> = vec![
        (Field::new("errors", DataType::Int32, false), Arc::new(Int32Array::from(vec![4, 1, 2]))),
        (Field::new("wait", DataType::Float64, true), Arc::new(Float64Array::from(vec![Some(1.0), Some(5.5), None]))),
        (Field::new("device", coded.data_type().clone(), true), Arc::new(coded)),
        (Field::new("rank", numbers.data_type().clone(), true), Arc::new(numbers)),
        (Field::new("price", DataType::Decimal128(9, 2), true), Arc::new(decimals.expect("a type"))),
        (Field::new("day", DataType::Date32, true), Arc::new(Date32Array::from(vec![Some(19_000), None, Some(0)]))),
        (
            Field::new("member", DataType::Boolean, true),
            Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
        ),
        (
            Field::new("raw", DataType::Binary, true),
            Arc::new(BinaryArray::from(vec![Some(&b"\x00\xff"[..]), None, Some(b"")])),
        ),
        (Field::new("codes", list.data_type().clone(), true), Arc::new(list)),
    ];
    let (mut fields, columns): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    fields[0] = fields[0].clone().with_metadata([("unit".to_owned(), "1".to_owned())].into());
    let metadata: HashMap<String, String> = [("made by".to_owned(), "us".to_owned())].into();
    RecordBatch::try_new(Arc::new(Schema::new_with_metadata(fields, metadata)), columns).expect("a batch")
}

#[test]
fn every_type_passes_through_and_nested_ones_are_refused_in_csv_before_anything_is_written() {
    let folder = Folder::new();
    for input in ["in.parquet", "in.arrow"] {
        let input = [folder.table(input, &[rich()])];
        for output in ["out.parquet", "out.arrow"] {
            let rows = read(&folder.predicted(&input, output).expect("written"));
            for (index, field) in rich().schema().fields().iter().enumerate() {
                let found = rows.schema().field(index).clone();
                // Dictionaries over numbers are read as plain columns.
                let kind = if field.name() == "rank" { &DataType::Int64 } else { field.data_type() };
                assert_eq!((found.name(), found.data_type()), (field.name(), kind), "{output}");
                assert_eq!(found.is_nullable(), field.is_nullable(), "{}", field.name());
                assert_eq!(found.metadata().get("unit"), field.metadata().get("unit"));
                if let DataType::Dictionary(_, values) = field.data_type() {
                    let plain = |column: &ArrayRef| cast(column, values).expect("plain");
                    assert_eq!(&plain(rows.column(index)), &plain(rich().column(index)));
                } else {
                    assert_eq!(rows.column(index), rich().column(index), "{}", field.name());
                }
            }
            assert_eq!(rows["outcome"].as_string::<i32>().value(2), "rejected");
        }
        let lines = json_lines(&folder.predicted(&input, "out.json").expect("written"));
        let text = fs_err::read_to_string(folder.path("out.json")).expect("text");
        assert!(text.contains("\"price\":12.50,") && lines[2]["price"] == -0.01, "{text}");
        assert_eq!(
            (&lines[0]["day"], &lines[0]["rank"], &lines[0]["codes"][0]),
            (&"2022-01-08".into(), &9.into(), &1.into())
        );
        assert_eq!((&lines[0]["member"], &lines[1]["member"]), (&true.into(), &serde_json::Value::Null));
        let refused = folder.predicted(&input, "out.csv").expect_err("refused");
        assert!(
            matches!(&refused, Error::Data(DataError::FormatWithoutType { column, .. }) if column == "codes"),
            "{refused}"
        );
        assert!(!folder.path("out.csv").exists());
    }
}

#[test]
fn files_of_different_types_are_one_table() {
    let folder = Folder::new();
    let batch = |errors: ArrayRef, wait: ArrayRef, device: ArrayRef| {
        RecordBatch::try_from_iter_with_nullable([
            ("errors", errors, false),
            ("wait", wait, false),
            ("device", device, true),
        ])
        .expect("a batch")
    };
    let names = || -> ArrayRef { Arc::new(StringArray::from(vec!["Watch", "Desk"])) };
    let coded = || -> ArrayRef { Arc::new(["Desk", "Watch"].into_iter().collect::<DictionaryArray<Int8Type>>()) };
    let whole = |numbers: [i64; 2]| -> ArrayRef { Arc::new(Int64Array::from(numbers.to_vec())) };
    let float = |numbers: [f64; 2]| -> ArrayRef { Arc::new(Float64Array::from(numbers.to_vec())) };
    let inputs = [
        folder.table("a.parquet", &[batch(whole([4, 1]), whole([1, 59]), names())]),
        folder.table("b.arrow", &[batch(float([2.0, 0.5]), whole([7, 8]), coded())]),
        folder.text("c.csv", "device,errors,wait\nDesk,3,1.50\nWatch,,2\n"),
        folder.text("d.jsonl", "{\"errors\": 1, \"wait\": 5, \"device\": \"Desk\"}\n"),
    ];
    for output in ["out.parquet", "out.arrow"] {
        let rows = read(&folder.predicted(&inputs, output).expect("written"));
        assert_eq!(rows.num_rows(), 7);
        let errors = rows["errors"].as_primitive::<Float64Type>();
        let expected = [Some(4.0), Some(1.0), Some(2.0), Some(0.5), Some(3.0), None, Some(1.0)];
        assert_eq!(errors.iter().collect::<Vec<_>>(), expected);
        let waits = [1.0, 59.0, 7.0, 8.0, 1.5, 2.0, 5.0];
        assert_eq!(rows["wait"].as_primitive::<Float64Type>().values().to_vec(), waits);
        let devices = ["Watch", "Desk", "Desk", "Watch", "Desk", "Watch", "Desk"];
        assert_eq!(rows["device"].as_string::<i32>().iter().flatten().collect::<Vec<_>>(), devices);
        assert!(rows.schema().field(0).is_nullable());
    }
    // Beside a text a number is one too, written as such.
    let text = folder.text("e.csv", "device,errors,wait\nDesk,many,1\n");
    let mixed =
        read(&folder.predicted(&[inputs[0].clone(), inputs[1].clone(), text], "mixed.parquet").expect("written"));
    let errors = ["4", "1", "2", "0.5", "many"].map(|text| Some(text.to_owned()));
    assert_eq!(texts(&mixed["errors"]), errors);
    assert_eq!(mixed["rejection"].as_string::<i32>().value(4), "column `errors`: `many` is not a number");
    // The same files, dictionaries of two codes, split.
    let halves = split(
        &Table::open(&inputs[..2]).expect("a table"),
        &{
            let mut settings = Settings::new("device");
            settings.split.test_size = 0.5;
            settings
        },
        &unwatched,
    )
    .expect("split");
    assert_eq!((halves.train.num_rows(), halves.train["errors"].data_type()), (2, &DataType::Float64));
}

#[test]
fn dictionaries_of_several_batches_are_one_in_an_arrow_file() {
    let folder = Folder::new();
    let batch = |devices: [&str; 2]| {
        let device: ArrayRef = Arc::new(devices.into_iter().collect::<DictionaryArray<Int8Type>>());
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
        RecordBatch::try_from_iter([("device", device), ("errors", Arc::clone(&numbers)), ("wait", numbers)])
            .expect("a batch")
    };
    let inputs = [
        folder.table("a.parquet", &[batch(["Watch", "Desk"])]),
        folder.table("b.parquet", &[batch(["Phone", "Watch"])]),
    ];
    for output in ["out.arrow", "out.parquet"] {
        let rows = read(&folder.predicted(&inputs, output).expect("written"));
        assert!(matches!(rows["device"].data_type(), DataType::Dictionary(..)));
        assert_eq!(texts(&rows["device"]), ["Watch", "Desk", "Phone", "Watch"].map(|text| Some(text.to_owned())));
    }
}

#[test]
fn csv_stays_as_it_stands_in_csv_and_becomes_numbers_where_it_is_numbers() {
    let folder = Folder::new();
    let rows = "errors,wait,device,zip,note,price,flag\n4,1.50,Watch,01234,\"a, b\",1e3,True\n1,+2,Desk,,\"say \"\"so\"\"\",7,False\n";
    let input = [folder.text("in.csv", rows)];
    let csv = fs_err::read_to_string(folder.predicted(&input, "out.csv").expect("written")).expect("text");
    let starts: Vec<&str> = rows.lines().collect();
    assert!(csv.lines().zip(&starts).all(|(line, start)| line.starts_with(start)), "{csv}");
    let tabs = fs_err::read_to_string(folder.predicted(&input, "out.tsv").expect("written")).expect("text");
    assert!(tabs.contains("\n4\t1.50\tWatch\t01234\ta, b\t1e3\tTrue\tscored\t"), "{tabs}");
    let typed = read(&folder.predicted(&input, "out.parquet").expect("written"));
    let kinds: Vec<DataType> = (0..7).map(|index| typed.column(index).data_type().clone()).collect();
    // `+2` is a number to the model, but would not come back as it is.
    assert_eq!(format!("{kinds:?}"), "[Int64, Utf8, Utf8, Utf8, Utf8, Float64, Boolean]");
    assert_eq!(typed["errors"].as_primitive::<Int64Type>().values().to_vec(), [4, 1]);
    assert_eq!(texts(&typed["zip"]), [Some("01234".to_owned()), None]);
    assert_eq!(texts(&typed["outcome"]), [Some("scored".to_owned()), Some("scored".to_owned())]);
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    let folder = Folder::new();
    // More rows than a row group has.
    let batch = |start: i64| {
        let number = |modulus: i64| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values((start..start + 50_000).map(|i| i % modulus)))
        };
        let device: ArrayRef =
            Arc::new(["Watch", "Desk", "None"].into_iter().cycle().take(50_000).map(Some).collect::<StringArray>());
        RecordBatch::try_from_iter([("errors", number(5)), ("wait", number(61)), ("device", device)]).expect("a batch")
    };
    let batches: Vec<RecordBatch> = (0..6).map(|index| batch(index * 50_000)).collect();
    let (all, some) = (folder.table("all.parquet", &batches), folder.table("some.parquet", &batches[..1]));
    for (input, output) in
        [(all, "out.parquet"), (some.clone(), "out.arrow"), (some.clone(), "out.csv"), (some, "out.jsonl")]
    {
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            let path = pool.install(|| folder.predicted(std::slice::from_ref(&input), output)).expect("written");
            fs_err::read(path).expect("read")
        };
        assert!(with(1) == with(3), "{output}");
    }
    let rows = read(&folder.path("out.parquet"));
    assert_eq!(rows.num_rows(), 300_000);
    assert_eq!(rows["errors"].as_primitive::<Int64Type>().value(299_999), 299_999 % 5);
}

#[test]
fn a_split_keeps_types_and_says_its_format() {
    let folder = Folder::new();
    let line = |i: i32| format!("{{\"n\": {i}, \"zip\": \"0{i}\", \"help\": {}, \"note\": null}}", i % 2 == 0);
    let lines = (0..40).map(line).collect::<Vec<_>>().join("\n");
    let table = Table::open(&[folder.text("in.jsonl", &lines)]).expect("a table");
    let files = write_split(&table, &Settings::new("help"), &folder.path("parts"), &unwatched).expect("written");
    assert_eq!(files.format, "JSON lines");
    let all: Vec<serde_json::Value> =
        [&files.train, &files.test].iter().flat_map(|file| json_lines(&file.path)).collect();
    assert_eq!(all.len(), 40);
    for line in all {
        let n = line["n"].as_i64().expect("a whole number");
        assert_eq!((&line["zip"], &line["help"]), (&format!("0{n}").into(), &(n % 2 == 0).into()));
    }
}
