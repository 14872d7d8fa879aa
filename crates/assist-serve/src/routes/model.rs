//! What is served: the models, and what each takes.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::{Problem, json};
use crate::app::App;
use crate::describe::{describe, list};
use crate::schemas::{ErrorAnswer, ModelDescription, ModelList};
use crate::served::Served;

/// Which model is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichModel {
    /// The name of the model; the first one answers where none is named.
    model: Option<String>,
}

impl WhichModel {
    /// What is said of another query.
    pub(crate) fn not_understood() -> Problem {
        Problem::malformed("the query of the address is not understood").with_hint("it takes `model=NAME`")
    }

    /// The model that is asked.
    pub(crate) fn served(&self, app: &App) -> Result<Arc<Served>, Problem> {
        match &self.model {
            Some(name) => app.registry.model(name).ok_or_else(Problem::no_such_model),
            None => Ok(app.registry.first()),
        }
    }
}

/// The models that are served.
#[utoipa::path(get, path = "/v1/models", tag = "models", responses(
    (status = 200, description = "The models", body = ModelList),
    (status = 401, description = "A key is needed", body = ErrorAnswer),
))]
pub(crate) async fn models(State(app): State<Arc<App>>) -> Response {
    json(StatusCode::OK, &list(&app.registry))
}

/// A model: its columns with levels and ranges, its coefficients, its threshold, and the figures of its training.
#[utoipa::path(get, path = "/v1/model", tag = "models", params(WhichModel), responses(
    (status = 200, description = "The model", body = ModelDescription),
    (status = 400, description = "The query is not understood", body = ErrorAnswer),
    (status = 401, description = "A key is needed", body = ErrorAnswer),
    (status = 404, description = "No model of that name is served", body = ErrorAnswer),
))]
pub(crate) async fn model(
    State(app): State<Arc<App>>,
    which: Result<Query<WhichModel>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Ok(Query(which)) = which else {
        return WhichModel::not_understood().into_response();
    };
    match which.served(&app) {
        Ok(served) => json(StatusCode::OK, &describe(&served)),
        Err(problem) => problem.into_response(),
    }
}
