//! The addresses of the service, a file a route.

mod docs;
mod durable;
mod health;
mod invocations;
mod metrics;
mod model;
mod monitor;
mod openapi;
mod outcome;
mod page;
mod predict;
mod v2;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::answer::Problem;
use crate::app::App;
use crate::guard::guard;

/// All routes, behind the guard.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(page::first).post(page::first_result))
        .route("/models/{model}", get(page::of_model).post(page::result_of_model))
        .route("/models/{model}/table", post(page::table))
        .route("/models/{model}/report", get(page::report))
        .route("/models/{model}/scorer.mjs", get(page::scorer))
        .route("/assets/page.css", get(page::style))
        .route("/assets/page.js", get(page::script))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(metrics::metrics))
        .route("/openapi.json", get(openapi::openapi))
        .merge(docs::docs())
        .route("/v1/models", get(model::models))
        .route("/v1/model", get(model::model))
        .route("/v1/predict", post(predict::predict))
        .route("/v1/monitor", get(monitor::monitor))
        .route("/v1/outcome", post(outcome::outcome))
        .route("/ping", get(invocations::ping))
        .route("/invocations", post(invocations::invocations))
        .route("/v2", get(v2::server))
        .route("/v2/health/live", get(v2::live))
        .route("/v2/health/ready", get(v2::ready))
        .route("/v2/models/{model}", get(v2::metadata))
        .route("/v2/models/{model}/ready", get(v2::model_ready))
        .route("/v2/models/{model}/infer", post(v2::infer))
        .route("/v2/models/{model}/versions/{version}", get(v2::metadata_version))
        .route("/v2/models/{model}/versions/{version}/ready", get(v2::model_ready_version))
        .route("/v2/models/{model}/versions/{version}/infer", post(v2::infer_version))
        .fallback(async || {
            Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address")
                .with_hint("`GET /openapi.json` lists the addresses")
        })
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address does not take this method")
                .with_hint("`Allow` has the methods that it takes")
        })
        // Bodies have limits of their own.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(app.clone(), guard))
        .with_state(app)
}
