//! The counters, for Prometheus.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::answer::Problem;
use crate::app::App;

/// The format of the text.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The counters of the service, as Prometheus reads them.
#[utoipa::path(get, path = "/metrics", tag = "service", responses(
    (status = 200, description = "The counters", body = String, content_type = "application/openmetrics-text"),
    (status = 401, description = "A key is needed", body = crate::schemas::ErrorAnswer),
))]
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Response {
    match app.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the counters cannot be written").into_response(),
    }
}
