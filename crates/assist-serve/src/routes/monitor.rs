//! What became true of the predictions of a model: calibration, base rate, and what help changed.

use std::sync::Arc;

use assist_learn::{OutcomeReport, monitor_outcomes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::WhichModel;
use super::outcome::no_log;
use crate::answer::{Problem, json};
use crate::app::App;
use crate::outcomes::read;
use crate::schemas::ErrorAnswer;
use crate::served::Served;

/// Reading the log takes longer than a prediction: so much work is told to wait its turn.
const LARGE: usize = usize::MAX;

/// What became true of the predictions of a model.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Monitored {
    /// The name of the model.
    model: String,
    /// The figures and what is to be concluded, in `findings`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    report: OutcomeReport,
    /// Outcomes whose prediction the log does not have.
    outcomes_of_unknown_predictions: u64,
    /// Predictions of which two different truths were told; the last one holds.
    contradicted: u64,
}

/// What became true of the predictions of a model, as far as it was told by `POST /v1/outcome`.
#[utoipa::path(get, path = "/v1/monitor", tag = "models", params(WhichModel), responses(
    (status = 200, description = "What became true", body = Monitored),
    (status = 400, description = "The query is not understood", body = ErrorAnswer),
    (status = 401, description = "A key is needed", body = ErrorAnswer),
    (status = 404, description = "No model of that name is served, or the service keeps no log", body = ErrorAnswer),
    (status = 500, description = "The log cannot be read", body = ErrorAnswer),
    (status = 503, description = "Too much at once", body = ErrorAnswer),
))]
pub(crate) async fn monitor(State(app): State<Arc<App>>, which: Result<Query<WhichModel>, QueryRejection>) -> Response {
    match monitored(&app, which).await {
        Ok(monitored) => json(StatusCode::OK, &monitored),
        Err(problem) => problem.into_response(),
    }
}

async fn monitored(app: &Arc<App>, which: Result<Query<WhichModel>, QueryRejection>) -> Result<Monitored, Problem> {
    let Ok(Query(which)) = which else {
        return Err(WhichModel::not_understood());
    };
    let served = which.served(app)?;
    let folder = app.outcomes.as_ref().ok_or_else(no_log)?.folder().to_owned();
    app.work(LARGE, move || report(&served, &folder)).await
}

fn report(served: &Served, folder: &std::path::Path) -> Result<Monitored, Problem> {
    let unreadable = |error: String| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error);
    let joined = read(folder, &served.id).map_err(|error| unreadable(error.to_string()))?;
    let report = monitor_outcomes(&served.model, joined.predictions.into_iter())
        .map_err(|error| unreadable(error.to_string()))?;
    Ok(Monitored {
        model: served.name.clone(),
        report,
        outcomes_of_unknown_predictions: joined.unknown,
        contradicted: joined.contradicted,
    })
}
