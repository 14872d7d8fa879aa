//! Reading a log: all records in their order, and predictions with what became true of them.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use assist_learn::{LogRecord, LoggedPrediction, PredictionRecord, read_log_records};
use uuid::Uuid;

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
    pub(crate) predictions: Vec<LoggedPrediction>,
    /// Outcomes of predictions that the log does not have.
    pub(crate) unknown: u64,
    /// Predictions of which two different truths were told.
    pub(crate) contradicted: u64,
}

/// Where a prediction is among those of the model; nowhere if it is of another one.
type Place = Option<usize>;

/// Reads the predictions of a model, by its identity, with what became true of them. Of each only what is judged is kept, and a
/// segment at a time.
pub(crate) fn read(folder: &Path, model_id: &str) -> Result<Joined, LogError> {
    let mut joined = Joined::default();
    let mut places: HashMap<Uuid, Place> = HashMap::new();
    let mut contradicted: HashSet<usize> = HashSet::new();
    records(folder, |record| match record {
        LogRecord::Prediction(prediction) => {
            let place = (prediction.model_id == model_id).then_some(joined.predictions.len());
            // No outcome is taken for an id of another form.
            if let Ok(id) = Uuid::parse_str(&prediction.id) {
                places.insert(id, place);
            }
            if place.is_some() {
                let PredictionRecord { probability, prediction, arm, .. } = prediction;
                joined.predictions.push(LoggedPrediction { probability, prediction, truth: None, arm });
            }
        }
        LogRecord::Outcome(outcome) => match Uuid::parse_str(&outcome.id).ok().and_then(|id| places.get(&id)) {
            None => joined.unknown += 1,
            Some(None) => {}
            Some(Some(place)) => {
                let known = joined.predictions[*place].truth.replace(outcome.truth);
                if known.is_some_and(|known| known != outcome.truth) {
                    contradicted.insert(*place);
                }
            }
        },
    })?;
    joined.contradicted = contradicted.len() as u64;
    Ok(joined)
}
