//! Reading a log: all records in their order, and predictions with what became true of them.

use std::collections::HashMap;
use std::path::Path;

use assist_learn::{LogRecord, PredictionRecord, read_log_records};

use super::error::LogError;
use super::segment::{read_lines, segments, table_path};

/// Hands over all records of a log. One that is being written, or compacted, may be read all the same.
pub(crate) fn records(folder: &Path, mut take: impl FnMut(LogRecord)) -> Result<(), LogError> {
    let found = segments(folder)?;
    let last = found.last().map(|segment| segment.number);
    for segment in found {
        let records = if segment.is_compacted {
            read_log_records(&segment.path)?
        } else {
            match read_lines(&segment.path, Some(segment.number) == last) {
                Ok(lines) => lines.records,
                // It has been compacted since the folder was listed.
                Err(LogError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                    read_log_records(&table_path(folder, segment.number))?
                }
                Err(error) => return Err(error),
            }
        };
        records.into_iter().for_each(&mut take);
    }
    Ok(())
}

/// Predictions with what became true of them.
#[derive(Debug, Default)]
pub(crate) struct Joined {
    /// The predictions of a model, each with the last that was told of it.
    pub(crate) predictions: Vec<(PredictionRecord, Option<bool>)>,
    /// Outcomes of predictions that the log does not have.
    pub(crate) unknown: u64,
    /// Predictions of which two different truths were told.
    pub(crate) contradicted: u64,
}

/// Reads the predictions of a model, by its identity, with what became true of them.
pub(crate) fn read(folder: &Path, model_id: &str) -> Result<Joined, LogError> {
    let mut joined = Joined::default();
    let mut places: HashMap<String, Option<usize>> = HashMap::new();
    let mut is_contradicted = Vec::new();
    records(folder, |record| match record {
        LogRecord::Prediction(prediction) => {
            let is_of_model = prediction.model_id == model_id;
            places.insert(prediction.id.clone(), is_of_model.then_some(joined.predictions.len()));
            if is_of_model {
                joined.predictions.push((prediction, None));
                is_contradicted.push(false);
            }
        }
        LogRecord::Outcome(outcome) => match places.get(&outcome.id) {
            None => joined.unknown += 1,
            Some(None) => {}
            Some(Some(place)) => {
                let known = joined.predictions[*place].1.replace(outcome.truth);
                is_contradicted[*place] |= known.is_some_and(|known| known != outcome.truth);
            }
        },
    })?;
    joined.contradicted = is_contradicted.iter().map(|is| u64::from(*is)).sum();
    Ok(joined)
}
