//! Batches in, batches out.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Float64Type, Int32Type, UInt8Type};
use assist_learn::{Error, PredictSettings, PredictionSink, Value, predict, unwatched, write_predictions};

use crate::tables::{model, table};

fn batch(errors: ArrayRef, device: ArrayRef) -> RecordBatch {
    let wait: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 59.0, 7.0]));
    RecordBatch::try_from_iter_with_nullable([("device", device, true), ("wait", wait, true), ("errors", errors, true)])
        .expect("a batch")
}

fn devices(names: [&str; 3]) -> ArrayRef {
    Arc::new(StringArray::from(names.to_vec()))
}

#[test]
fn a_batch_comes_back_with_its_predictions() {
    let model = model();
    let errors: ArrayRef = Arc::new(Int64Array::from(vec![Some(4), None, Some(2)]));
    let scored = predict(&model, &batch(errors, devices(["Watch", "Desk", "Tablet"])), &PredictSettings::default());
    let scored = scored.expect("predicted");
    assert_eq!(scored.num_columns(), 3 + 7);
    let figures = scored["score"].as_primitive::<Float64Type>();
    let row = [Value::Number(4.0), Value::Number(1.0), Value::Text("Watch")];
    let expected = model.score(&row).expect("scored");
    assert_eq!(figures.value(0), expected.score);
    assert_eq!(scored["prediction"].as_primitive::<UInt8Type>().value(0), expected.prediction);
    assert!(figures.is_null(1) && figures.is_null(2));
    let reasons = scored["rejection"].as_string::<i32>();
    assert_eq!(reasons.value(1), "column `errors`: missing value");
    assert_eq!(reasons.value(2), "column `device`: unknown level `Tablet`");
}

#[test]
fn types_of_columns_do_not_matter() {
    let model = model();
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["4", "1", "2"]));
    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![4.0, 1.0, 2.0]));
    let coded: DictionaryArray<Int32Type> = ["Watch", "Desk", "Watch"].into_iter().collect();
    let plain = predict(&model, &batch(numbers, devices(["Watch", "Desk", "Watch"])), &PredictSettings::default());
    let other = predict(&model, &batch(texts, Arc::new(coded)), &PredictSettings::default());
    let scores = |batch: &RecordBatch| batch["score"].as_primitive::<Float64Type>().values().to_vec();
    assert_eq!(scores(&plain.expect("predicted")), scores(&other.expect("predicted")));
}

#[test]
fn contributions_come_with_an_explanation() {
    let mut asked = PredictSettings::default();
    asked.explain = true;
    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![4.0, 1.0, 2.0]));
    let scored = predict(&model(), &batch(numbers, devices(["Watch", "Desk", "Watch"])), &asked).expect("predicted");
    let text = scored["contributions"].as_string::<i32>().value(0).to_owned();
    let all: Vec<serde_json::Value> = serde_json::from_str(&text).expect("JSON");
    let sum: f64 = all.iter().filter_map(|each| each["value"].as_f64()).sum();
    assert!((sum - scored["score"].as_primitive::<Float64Type>().value(0)).abs() < 1e-12);
}

#[test]
fn columns_that_are_missing_or_would_be_added_are_named() {
    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![4.0, 1.0, 2.0]));
    let only = RecordBatch::try_from_iter([("errors", Arc::clone(&numbers))]).expect("a batch");
    let error = predict(&model(), &only, &PredictSettings::default()).expect_err("refused");
    assert_eq!(error.to_string(), "column `wait` is missing in `the batch`");
    let clash = batch(numbers, devices(["Watch", "Desk", "Watch"]));
    let mut columns: Vec<(&str, ArrayRef)> =
        ["device", "wait", "errors"].into_iter().zip(clash.columns().iter().cloned()).collect();
    columns.push(("score", devices(["1", "2", "3"])));
    let clash = RecordBatch::try_from_iter(columns).expect("a batch");
    let scored = predict(&model(), &clash, &PredictSettings::default()).expect("predicted");
    assert!(scored.column_by_name("assist_score").is_some() && scored["score"].data_type() == &DataType::Utf8);
    let mut stated = PredictSettings::default();
    stated.prefix = Some(String::new());
    let error = predict(&model(), &clash, &stated).expect_err("refused");
    assert!(matches!(error, Error::AddedColumn(column) if column == "score"));
}

#[test]
fn a_table_is_written_to_any_sink() {
    let (model, table) = (model(), table(50));
    let mut csv = Vec::new();
    let summary =
        write_predictions(&model, &table, PredictionSink::csv(&mut csv), &PredictSettings::default(), &unwatched)
            .expect("written");
    assert_eq!((summary.rows, summary.rejected), (50, 0));
    let csv = String::from_utf8(csv).expect("text");
    assert_eq!(csv.lines().count(), 51);
    assert!(csv.starts_with("user_id,errors,wait,device,help,outcome,prediction,"), "{csv}");
    let mut lines = Vec::new();
    let sink = PredictionSink::json_lines(&mut lines);
    write_predictions(&model, &table, sink, &PredictSettings::default(), &unwatched).expect("written");
    assert_eq!(String::from_utf8(lines).expect("text").lines().count(), 50);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scored.parquet");
    let sink = PredictionSink::file(&path).expect("begun");
    write_predictions(&model, &table, sink, &PredictSettings::default(), &unwatched).expect("written");
    let back = assist_learn::Table::open(&[path]).expect("readable");
    assert_eq!(back.columns().len(), 5 + 7);
}
