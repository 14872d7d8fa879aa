//! A model trained on an Arrow record batch, saved, loaded, and asked for predictions of a batch.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray};
use assist_learn::{Settings, load, predict, train};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rows = 0..400_u32;
    let errors: Float64Array = rows.clone().map(|row| f64::from(row % 7)).collect();
    let device: StringArray = rows.clone().map(|row| Some(["phone", "watch"][row as usize % 2])).collect();
    let label: BooleanArray = rows.map(|row| Some(row % 7 + row % 3 > 4)).collect();
    let columns = [("errors", Arc::new(errors) as ArrayRef), ("device", Arc::new(device)), ("label", Arc::new(label))];
    let batch = RecordBatch::try_from_iter(columns)?;

    let trained = train(&batch, &Settings::new("label"))?;
    trained.save("model")?;
    let predicted = predict(&load("model")?, &batch)?;
    assert_eq!(predicted.num_rows(), batch.num_rows());
    println!("{:?}", predicted.schema());
    Ok(())
}
