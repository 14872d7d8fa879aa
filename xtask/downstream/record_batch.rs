//! A model trained on an Arrow record batch, saved, loaded, and asked for the predictions of a batch.

use std::sync::Arc;

use assist_learn::arrow::array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray};
use assist_learn::{PredictSettings, Settings, Table, load, predict, train, unwatched};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let errors: Float64Array = (0..400).map(|row| f64::from(row % 7)).collect();
    let device: StringArray = (0..400).map(|row| Some(["phone", "watch"][row % 2])).collect();
    let label: BooleanArray = (0..400).map(|row| Some(row % 7 + row % 3 > 4)).collect();
    let columns = [("errors", Arc::new(errors) as ArrayRef), ("device", Arc::new(device)), ("label", Arc::new(label))];
    let batch = RecordBatch::try_from_iter(columns)?;

    let table = Table::from_batches("users", vec![batch.clone()])?;
    train(&table, &Settings::new("label"), &unwatched)?.save("model".as_ref())?;
    let scored = predict(&load("model".as_ref())?, &batch, &PredictSettings::default())?;
    println!("{:?}", scored.slice(0, 3));
    Ok(())
}
