//! The description of the service, made from its types and the columns of its model.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::answer::json;
use crate::app::App;
use crate::openapi::document;

/// The description of the service, with the columns of the model that answers where none is named.
#[utoipa::path(get, path = "/openapi.json", tag = "service", responses(
    (status = 200, description = "This document", body = Object, content_type = "application/json"),
    (status = 401, description = "A key is needed", body = crate::schemas::ErrorAnswer),
))]
pub(crate) async fn openapi(State(app): State<Arc<App>>) -> Response {
    json(StatusCode::OK, &document(&app))
}
