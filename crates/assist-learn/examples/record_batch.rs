//! Trains on an Arrow record batch, saves the model, loads it, and predicts a batch.
#![expect(clippy::print_stdout, reason = "an example shows what it has made")]

use std::sync::Arc;

use arrow::array::{BooleanArray, Float64Array, RecordBatch, StringArray};
use assist_learn::{PredictSettings, Settings, Table};

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let errors = Float64Array::from_iter_values((0..200).map(|i| f64::from(i % 5)));
    let device = StringArray::from_iter_values((0..200).map(|i| ["Phone", "Watch"][i % 2]));
    let help = (0..200).map(|i| Some(i % 5 + i % 3 > 3)).collect::<BooleanArray>();
    let batch = RecordBatch::try_from_iter([
        ("errors", Arc::new(errors) as _),
        ("device", Arc::new(device) as _),
        ("help", Arc::new(help) as _),
    ])?;
    let table = Table::from_batches("users", vec![batch.clone()])?;
    let trained = assist_learn::train(&table, &Settings::new("help"), &assist_learn::unwatched)?;
    let folder = tempfile::tempdir()?;
    trained.save(folder.path())?;
    let model = assist_learn::load(folder.path())?;
    let scored = assist_learn::predict(&model, &batch, &PredictSettings::default())?;
    println!("{:?}", scored.slice(0, 3));
    Ok(())
}
