//! Prediction of rows that an engine reads: they come in batches and are scored here, by the one scorer.

use std::time::Duration;

use assist_learn::arrow::array::RecordBatch;
use assist_learn::{Model, PredictSettings, PredictSummary, PredictionSink, Watch, write_predictions_of};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures_util::StreamExt as _;

use super::engine::{Engine, Failed};
use super::files::{EngineTable, TABLE};
use super::first_look::DIALECT;
use crate::error::Error;

/// Scores a table that an engine reads into a sink. Rows come in whatever order the engine has them; memory does not grow with
/// them, and a file appears whole or not at all.
///
/// # Errors
///
/// Those of a prediction; those of the engine, which is asked once: what was written to a stream cannot be taken back.
pub fn predict_on(
    engine: &Engine,
    table: &EngineTable,
    model: &Model,
    sink: PredictionSink<'_>,
    settings: &PredictSettings,
    watch: Watch<'_>,
) -> Result<PredictSummary, Error> {
    table.check_columns(table.table().columns().iter())?;
    let names: Result<Vec<String>, _> = table.table().columns().iter().map(|name| DIALECT.identifier(name)).collect();
    let query = format!("SELECT {} FROM {TABLE}", names?.join(", "));
    let deadline = engine.deadline(table);
    let begin = async {
        let context = engine.context().await?;
        table.register(&context, None)?;
        context.sql(&query).await?.execute_stream().await
    };
    let fault = |failed| Error::from(engine.fault(failed, deadline));
    let begun = engine.runtime().block_on(async { tokio::time::timeout(deadline, begin).await });
    let stream = begun.map_err(|_| fault(Failed::Deadline))?.map_err(|error| fault(Failed::Error(error)))?;
    let batches = Batches { engine, stream, deadline };
    write_predictions_of(model, table.table(), batches, sink, settings, watch)
}

/// Batches of an answer, each of which has a deadline.
struct Batches<'e> {
    engine: &'e Engine,
    stream: SendableRecordBatchStream,
    deadline: Duration,
}

impl Iterator for Batches<'_> {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let (deadline, stream) = (self.deadline, &mut self.stream);
        let next = self.engine.runtime().block_on(async { tokio::time::timeout(deadline, stream.next()).await });
        let failed: Result<RecordBatch, Failed> = match next {
            Ok(None) => return None,
            Ok(Some(batch)) => batch.map_err(|error: DataFusionError| Failed::Error(error)),
            Err(_) => Err(Failed::Deadline),
        };
        Some(failed.map_err(|failed| self.engine.fault(failed, deadline).into()))
    }
}
