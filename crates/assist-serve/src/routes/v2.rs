//! The Open Inference Protocol, version 2, over HTTP.

use std::sync::Arc;

use assist_learn::LogRecord;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::answer::{Problem, json};
use crate::app::App;
use crate::body::{Deadline, ReadBody, read};
use crate::inference::{
    Columns, InferRequest, InferResponse, ModelMetadata, ServerMetadata, answer, metadata as metadata_of, parse,
    server as server_metadata, split, wanted,
};
use crate::recorded::Recorded;
use crate::rows::{RowScorer, ScoredUser};
use crate::schemas::{ErrorAnswer, Live, Ready};
use crate::served::Served;

/// The server.
#[utoipa::path(get, path = "/v2", tag = "open inference protocol", responses(
    (status = 200, description = "The server", body = ServerMetadata),
    (status = 401, description = "A key is needed", body = ErrorAnswer),
))]
pub(crate) async fn server() -> Response {
    json(StatusCode::OK, &server_metadata())
}

/// Whether the server lives.
#[utoipa::path(get, path = "/v2/health/live", tag = "open inference protocol", security(()), responses(
    (status = 200, description = "It lives", body = Live),
))]
pub(crate) async fn live() -> Response {
    json(StatusCode::OK, &Live { live: true })
}

/// Whether the server should be asked.
#[utoipa::path(get, path = "/v2/health/ready", tag = "open inference protocol", security(()), responses(
    (status = 200, description = "It should be asked", body = Ready),
    (status = 503, description = "It should not be asked", body = Ready),
))]
pub(crate) async fn ready(State(app): State<Arc<App>>) -> Response {
    let ready = app.is_ready();
    json(if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, &Ready { ready })
}

/// A model: its inputs and outputs.
#[utoipa::path(get, path = "/v2/models/{model}", tag = "open inference protocol",
    params(("model" = String, Path, description = "The name of the model")), responses(
    (status = 200, description = "The model", body = ModelMetadata),
    (status = 400, description = "The address is not understood", body = ErrorAnswer),
    (status = 401, description = "A key is needed", body = ErrorAnswer),
    (status = 404, description = "No model of that name is served", body = ErrorAnswer),
))]
pub(crate) async fn metadata(State(app): State<Arc<App>>, path: Result<Path<String>, PathFault>) -> Response {
    respond(one(&app, path), |served| json(StatusCode::OK, &metadata_of(served, app.outcomes.is_some())))
}

/// A version of a model: its inputs and outputs. The version that is served is the identity of the model.
#[utoipa::path(get, path = "/v2/models/{model}/versions/{version}", tag = "open inference protocol",
    params(("model" = String, Path, description = "The name of the model"),
        ("version" = String, Path, description = "The identity of the model")), responses(
    (status = 200, description = "The model", body = ModelMetadata),
    (status = 400, description = "The address is not understood", body = ErrorAnswer),
    (status = 401, description = "A key is needed", body = ErrorAnswer),
    (status = 404, description = "No such model or version is served", body = ErrorAnswer),
))]
pub(crate) async fn metadata_version(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathFault>,
) -> Response {
    respond(version(&app, path), |served| json(StatusCode::OK, &metadata_of(served, app.outcomes.is_some())))
}

/// Whether a model should be asked.
#[utoipa::path(get, path = "/v2/models/{model}/ready", tag = "open inference protocol",
    params(("model" = String, Path, description = "The name of the model")), responses(
    (status = 200, description = "It should be asked", body = Ready),
    (status = 400, description = "The address is not understood", body = ErrorAnswer),
    (status = 401, description = "A key is needed", body = ErrorAnswer),
    (status = 404, description = "No model of that name is served", body = ErrorAnswer),
))]
pub(crate) async fn model_ready(State(app): State<Arc<App>>, path: Result<Path<String>, PathFault>) -> Response {
    respond(one(&app, path), |_| json(StatusCode::OK, &Ready { ready: true }))
}

/// Whether a version of a model should be asked.
#[utoipa::path(get, path = "/v2/models/{model}/versions/{version}/ready", tag = "open inference protocol",
    params(("model" = String, Path, description = "The name of the model"),
        ("version" = String, Path, description = "The identity of the model")), responses(
    (status = 200, description = "It should be asked", body = Ready),
    (status = 400, description = "The address is not understood", body = ErrorAnswer),
    (status = 401, description = "A key is needed", body = ErrorAnswer),
    (status = 404, description = "No such model or version is served", body = ErrorAnswer),
))]
pub(crate) async fn model_ready_version(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathFault>,
) -> Response {
    respond(version(&app, path), |_| json(StatusCode::OK, &Ready { ready: true }))
}

/// Predictions for rows that are sent as tensors, one a column.
///
/// A row that cannot be scored has the prediction -1, no numbers, the outcome `rejected` and its reason. With
/// `Inference-Header-Content-Length` tensors follow the JSON as bytes.
#[utoipa::path(post, path = "/v2/models/{model}/infer", tag = "open inference protocol",
    params(("model" = String, Path, description = "The name of the model")),
    request_body(content = InferRequest, content_type = "application/json"), responses(
    (status = 200, description = "The predictions", body = InferResponse,
        headers(("x-model-id" = String, description = "The identity of the model that this is from"))),
    (status = 400, description = "The request is not one of this protocol, or not for this model", body = ErrorAnswer),
    (status = 401, description = "A key is needed", body = ErrorAnswer),
    (status = 404, description = "No model of that name is served", body = ErrorAnswer),
    (status = 408, description = "The body did not arrive in time", body = ErrorAnswer),
    (status = 413, description = "There are more bytes or rows than there may be", body = ErrorAnswer),
    (status = 415, description = "The body is compressed", body = ErrorAnswer),
    (status = 503, description = "Too much at once", body = ErrorAnswer),
))]
pub(crate) async fn infer(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathFault>,
    request: Request,
) -> Response {
    match one(&app, path) {
        Ok(served) => predicted(app, served, request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Predictions of a version of a model, for rows that are sent as tensors.
#[utoipa::path(post, path = "/v2/models/{model}/versions/{version}/infer", tag = "open inference protocol",
    params(("model" = String, Path, description = "The name of the model"),
        ("version" = String, Path, description = "The identity of the model")),
    request_body(content = InferRequest, content_type = "application/json"), responses(
    (status = 200, description = "The predictions", body = InferResponse,
        headers(("x-model-id" = String, description = "The identity of the model that this is from"))),
    (status = 400, description = "The request is not one of this protocol, or not for this model", body = ErrorAnswer),
    (status = 401, description = "A key is needed", body = ErrorAnswer),
    (status = 404, description = "No such model or version is served", body = ErrorAnswer),
    (status = 408, description = "The body did not arrive in time", body = ErrorAnswer),
    (status = 413, description = "There are more bytes or rows than there may be", body = ErrorAnswer),
    (status = 415, description = "The body is compressed", body = ErrorAnswer),
    (status = 503, description = "Too much at once", body = ErrorAnswer),
))]
pub(crate) async fn infer_version(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathFault>,
    request: Request,
) -> Response {
    match version(&app, path) {
        Ok(served) => predicted(app, served, request).await,
        Err(problem) => problem.into_response(),
    }
}

type PathFault = axum::extract::rejection::PathRejection;

fn one(app: &App, path: Result<Path<String>, PathFault>) -> Result<Arc<Served>, Problem> {
    let Path(name) = path.map_err(|_| not_understood())?;
    app.registry.model(&name).ok_or_else(Problem::no_such_model)
}

fn version(app: &App, path: Result<Path<(String, String)>, PathFault>) -> Result<Arc<Served>, Problem> {
    let Path((name, version)) = path.map_err(|_| not_understood())?;
    let served = app.registry.model(&name).ok_or_else(Problem::no_such_model)?;
    if served.id == version {
        return Ok(served);
    }
    let problem = Problem::new(StatusCode::NOT_FOUND, "that version of the model is not served");
    Err(problem.with_hint("`GET /v2/models/NAME` has the version that is"))
}

fn not_understood() -> Problem {
    Problem::malformed("the address is not understood")
}

fn respond(served: Result<Arc<Served>, Problem>, answer: impl Fn(&Served) -> Response) -> Response {
    match served {
        Ok(served) => answer(&served),
        Err(problem) => problem.into_response(),
    }
}

async fn predicted(app: Arc<App>, served: Arc<Served>, request: Request) -> Response {
    let headers = request.headers().clone();
    let (body, deadline) = match read(&app, request).await {
        Ok(read) => read,
        Err(problem) => return problem.into_response(),
    };
    let id = served.id_header.clone();
    let bytes = body.bytes.len();
    let all = app.clone();
    let work = move || score(&all, &served, &body, &headers, deadline);
    super::durable::recorded(&app, app.work(bytes, work).await, id).await
}

fn score(
    app: &App,
    served: &Served,
    body: &ReadBody,
    headers: &HeaderMap,
    deadline: Deadline,
) -> Result<(Response, Vec<LogRecord>), Problem> {
    let (limits, detail) = (&app.settings.limits, app.settings.error_detail);
    let (json, binary) = split(&body.bytes, headers)?;
    let request = parse(&json, limits.depth, detail)?;
    let wanted = wanted(&request, app.outcomes.is_some())?;
    let scorer = RowScorer::new(served, false, app.settings.holdout.as_ref());
    let columns = Columns::new(served, &scorer, request.inputs, binary, limits.rows)?;
    let mut rows: Vec<(ScoredUser, Option<String>)> = Vec::with_capacity(columns.n_rows);
    let mut recorded = Recorded::new(app, served);
    for row in 0..columns.n_rows {
        if row.is_multiple_of(256) {
            deadline.check()?;
        }
        let user = scorer.named(&columns.row(row));
        let id = recorded.note(&user);
        rows.push((user, id));
    }
    Ok((answer(served, request.id.as_deref(), &rows, &wanted, detail)?, recorded.finish()))
}
