//! Predictions on their way out: counted, and noted for the log of outcomes where there is one.

use std::time::{SystemTime, UNIX_EPOCH};

use assist_learn::{LogRecord, PredictionRecord};
use uuid::Uuid;

use crate::app::App;
use crate::rows::ScoredUser;
use crate::served::Served;

/// The predictions of a request.
#[derive(Debug)]
pub(crate) struct Recorded<'a> {
    app: &'a App,
    served: &'a Served,
    counted: [u64; 2],
    /// What is to be durable before the request is answered.
    records: Vec<LogRecord>,
}

impl<'a> Recorded<'a> {
    /// The predictions of a request that is answered by a model.
    pub(crate) fn new(app: &'a App, served: &'a Served) -> Self {
        Self { app, served, counted: [0; 2], records: Vec::new() }
    }

    /// Notes what became of a row, and gives what names its prediction in the log.
    pub(crate) fn note(&mut self, user: &ScoredUser) -> Option<String> {
        let scored = match &user.result {
            Ok(scored) => scored,
            Err(rejection) => {
                self.app.metrics.rejected(self.served, rejection);
                return None;
            }
        };
        self.counted[usize::from(scored.prediction.min(1))] += 1;
        self.app.outcomes.as_ref()?;
        let id = Uuid::now_v7().to_string();
        self.records.push(LogRecord::Prediction(PredictionRecord {
            id: id.clone(),
            time: now(),
            model: self.served.name.clone(),
            model_id: self.served.id.clone(),
            prediction: scored.prediction,
            probability: scored.probability,
            arm: user.arm,
        }));
        Some(id)
    }

    /// Counts them, and gives what is to be durable before the request is answered.
    pub(crate) fn finish(self) -> Vec<LogRecord> {
        self.app.metrics.scored(self.served, self.counted);
        self.records
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
}
