//! Answers of a model: they name it, and are given when what they say is on disk.

use assist_learn::LogRecord;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};

use crate::answer::Problem;
use crate::app::App;

/// The identity of the model that an answer is from.
pub(crate) const MODEL_ID: HeaderName = HeaderName::from_static("x-model-id");

/// The answer of a model, when what it says is durable.
pub(super) async fn recorded(
    app: &App,
    answered: Result<(Response, Vec<LogRecord>), Problem>,
    model_id: HeaderValue,
) -> Response {
    let (mut response, records) = match answered {
        Ok(answered) => answered,
        Err(problem) => return problem.into_response(),
    };
    if let Err(problem) = app.record(&records).await {
        return problem.into_response();
    }
    response.headers_mut().insert(MODEL_ID, model_id);
    response
}
