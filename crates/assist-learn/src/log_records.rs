//! What a service notes of its predictions and of what became true: a record each, and a Parquet table of many.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use assist_data::{Format, Table, TableWriter};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::monitor::Arm;

/// A record of a log: a prediction, or what became true of one. No record has values of a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum LogRecord {
    /// A prediction.
    Prediction(PredictionRecord),
    /// What became true of a prediction.
    Outcome(TruthRecord),
}

/// A prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictionRecord {
    /// What names it: a UUID.
    pub id: String,
    /// When it was made, in milliseconds since 1970 (UTC).
    pub time: i64,
    /// The name of the model.
    pub model: String,
    /// The identity of the model.
    pub model_id: String,
    /// 1 or 0.
    pub prediction: u8,
    /// Probability of class 1, corrected to the base rate.
    pub probability: f64,
    /// To which arm of an experiment the user belongs, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<Arm>,
}

/// What became true of a prediction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthRecord {
    /// What names the prediction.
    pub id: String,
    /// When it was told, in milliseconds since 1970 (UTC).
    pub time: i64,
    /// Whether it was class 1.
    pub truth: bool,
}

const COLUMNS: [&str; 9] = ["kind", "id", "time", "model", "model_id", "prediction", "probability", "arm", "truth"];

/// Writes records as a Parquet table, which appears whole or not at all.
///
/// # Errors
///
/// The operating system's, with the path.
pub fn write_log_records(path: &Path, records: &[LogRecord]) -> Result<(), Error> {
    let mut writer = TableWriter::create(path, Format::Parquet, &schema())?;
    writer.write(&batch(records)?)?;
    Ok(writer.finish()?)
}

/// Reads the records of a Parquet table that [`write_log_records`] wrote.
///
/// # Errors
///
/// A file that is none, or has other columns.
pub fn read_log_records(path: &Path) -> Result<Vec<LogRecord>, Error> {
    let table = Table::open(&[path.to_owned()])?;
    let mut records = Vec::new();
    for batch in table.batches(&COLUMNS, 65_536)? {
        let batch = batch?.record;
        let columns = Columns::of(&batch)?;
        for row in 0..batch.num_rows() {
            records.push(columns.record(row).ok_or_else(|| wrong(path, row))?);
        }
    }
    Ok(records)
}

fn schema() -> SchemaRef {
    let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    let types = [
        (DataType::Utf8, false),
        (DataType::Utf8, false),
        (time, false),
        (DataType::Utf8, true),
        (DataType::Utf8, true),
        (DataType::Int64, true),
        (DataType::Float64, true),
        (DataType::Utf8, true),
        (DataType::Boolean, true),
    ];
    let fields = COLUMNS.into_iter().zip(types).map(|(name, (kind, nullable))| Field::new(name, kind, nullable));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn batch(records: &[LogRecord]) -> Result<RecordBatch, Error> {
    let prediction = |record: &LogRecord| match record {
        LogRecord::Prediction(prediction) => Some(prediction.clone()),
        LogRecord::Outcome(_) => None,
    };
    let predictions: Vec<Option<PredictionRecord>> = records.iter().map(prediction).collect();
    let predictions = || predictions.iter().map(Option::as_ref);
    let id_and_time = |record: &LogRecord| match record {
        LogRecord::Prediction(prediction) => (prediction.id.clone(), prediction.time),
        LogRecord::Outcome(outcome) => (outcome.id.clone(), outcome.time),
    };
    let (ids, times): (Vec<String>, Vec<i64>) = records.iter().map(id_and_time).unzip();
    let truth = records.iter().map(|record| match record {
        LogRecord::Outcome(outcome) => Some(outcome.truth),
        LogRecord::Prediction(_) => None,
    });
    let kinds = predictions().map(|prediction| if prediction.is_some() { "prediction" } else { "outcome" });
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(kinds)),
        Arc::new(StringArray::from_iter_values(ids)),
        Arc::new(TimestampMillisecondArray::from(times).with_timezone("UTC")),
        Arc::new(predictions().map(|p| p.map(|p| p.model.as_str())).collect::<StringArray>()),
        Arc::new(predictions().map(|p| p.map(|p| p.model_id.as_str())).collect::<StringArray>()),
        Arc::new(predictions().map(|p| p.map(|p| i64::from(p.prediction))).collect::<Int64Array>()),
        Arc::new(predictions().map(|p| p.map(|p| p.probability)).collect::<Float64Array>()),
        Arc::new(predictions().map(|p| p.and_then(|p| p.arm.map(Arm::name))).collect::<StringArray>()),
        Arc::new(truth.collect::<BooleanArray>()),
    ];
    RecordBatch::try_new(schema(), columns).map_err(|error| unwritten(&error.to_string()))
}

/// The columns of a batch, whatever types the reader gave them.
struct Columns {
    texts: [StringArray; 5],
    times: Int64Array,
    predictions: Int64Array,
    probabilities: Float64Array,
    truths: BooleanArray,
}

impl Columns {
    fn of(batch: &RecordBatch) -> Result<Self, Error> {
        let column = |name: &str, kind: &DataType| -> Result<ArrayRef, Error> {
            let column =
                batch.column_by_name(name).ok_or_else(|| unwritten(&format!("there is no column `{name}`")))?;
            cast(column, kind).map_err(|error| unwritten(&error.to_string()))
        };
        let text = |name: &str| Ok::<_, Error>(StringArray::from(column(name, &DataType::Utf8)?.to_data()));
        let time = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
        let time = cast(&column("time", &time)?, &DataType::Int64).map_err(|error| unwritten(&error.to_string()))?;
        Ok(Self {
            texts: [text("kind")?, text("id")?, text("model")?, text("model_id")?, text("arm")?],
            times: Int64Array::from(time.to_data()),
            predictions: Int64Array::from(column("prediction", &DataType::Int64)?.to_data()),
            probabilities: Float64Array::from(column("probability", &DataType::Float64)?.to_data()),
            truths: BooleanArray::from(column("truth", &DataType::Boolean)?.to_data()),
        })
    }

    fn record(&self, row: usize) -> Option<LogRecord> {
        let text = |column: usize| self.texts[column].is_valid(row).then(|| self.texts[column].value(row).to_owned());
        let (id, time) = (text(1)?, self.times.value(row));
        match text(0)?.as_str() {
            "prediction" => Some(LogRecord::Prediction(PredictionRecord {
                id,
                time,
                model: text(2)?,
                model_id: text(3)?,
                prediction: self.predictions.is_valid(row).then(|| self.predictions.value(row))?.try_into().ok()?,
                probability: self.probabilities.is_valid(row).then(|| self.probabilities.value(row))?,
                arm: text(4).as_deref().and_then(Arm::named),
            })),
            "outcome" => {
                let truth = self.truths.is_valid(row).then(|| self.truths.value(row))?;
                Some(LogRecord::Outcome(TruthRecord { id, time, truth }))
            }
            _ => None,
        }
    }
}

fn wrong(path: &Path, row: usize) -> Error {
    unreadable(path.display().to_string(), format!("row {row} is neither a prediction nor an outcome"))
}

fn unwritten(detail: &str) -> Error {
    unreadable("records of outcomes".to_owned(), detail.to_owned())
}

fn unreadable(source_name: String, detail: String) -> Error {
    assist_data::Error::Unreadable { source_name, format: "Parquet", detail }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_from_a_table() {
        let prediction = |arm| {
            LogRecord::Prediction(PredictionRecord {
                id: "01a2209b-6c29-71b1-af83-c96bbdfba1cd".to_owned(),
                time: 1_795_843_384_123,
                model: "default".to_owned(),
                model_id: "ab".to_owned(),
                prediction: 1,
                probability: 0.1 + 0.2,
                arm,
            })
        };
        let outcome = |truth| LogRecord::Outcome(TruthRecord { id: "x".to_owned(), time: 1_795_843_384_124, truth });
        let all = [
            prediction(None),
            outcome(true),
            prediction(Some(Arm::HeldOut)),
            prediction(Some(Arm::Helped)),
            outcome(false),
        ];
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("records.parquet");
        for records in [&all[..], &all[..1], &all[1..2]] {
            write_log_records(&path, records).expect("written");
            assert_eq!(read_log_records(&path).expect("read"), records);
        }
        fs_err::write(&path, b"PAR1 no").expect("written");
        assert!(read_log_records(&path).is_err());
    }
}
