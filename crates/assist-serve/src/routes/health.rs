//! Whether the service lives, and whether it should be asked.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::answer::json;
use crate::app::App;
use crate::schemas::Health;

/// Whether the service lives: it answers.
#[utoipa::path(get, path = "/healthz", tag = "service", security(()), responses((status = 200, description = "It lives", body = Health)))]
pub(crate) async fn healthz() -> Response {
    json(StatusCode::OK, &Health { status: "ok" })
}

/// Whether the service should be asked: its models are loaded, and it is not ending.
#[utoipa::path(get, path = "/readyz", tag = "service", security(()), responses(
    (status = 200, description = "It should be asked", body = Health),
    (status = 503, description = "It should not be asked: it is ending", body = Health),
))]
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> Response {
    if app.is_ready() {
        json(StatusCode::OK, &Health { status: "ready" })
    } else {
        json(StatusCode::SERVICE_UNAVAILABLE, &Health { status: "not ready" })
    }
}
