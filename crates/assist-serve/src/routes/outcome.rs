//! What became true of predictions.

use std::sync::Arc;

use assist_learn::{LogRecord, TruthRecord};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::{Problem, json};
use crate::app::App;
use crate::body::{check_depth, read};
use crate::recorded::now;
use crate::schemas::ErrorAnswer;

/// What became true of a prediction.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outcome {
    /// The `id` of the prediction.
    #[schema(value_type = String, format = "uuid")]
    id: String,
    /// Whether it was class 1: 1 or 0, `true` or `false`, or one of the two labels.
    truth: Truth,
}

/// Whether it was class 1.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged, expecting = "`truth` is 1 or 0, `true` or `false`, or one of the two labels")]
enum Truth {
    /// `true` or `false`.
    Boolean(bool),
    /// 1 or 0.
    Number(u8),
    /// One of the labels of the table that the model was trained on.
    Label(String),
}

/// One outcome, or a list of them.
#[derive(Debug, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes what is read as the one or the other")]
pub(crate) enum OutcomeOrOutcomes {
    /// One.
    One(Outcome),
    /// Several, all of which are noted or none.
    Many(Vec<Outcome>),
}

/// How many outcomes were noted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Noted {
    /// They are on disk.
    recorded: usize,
}

/// Notes what became true of predictions. It is on disk when this is answered.
///
/// Whether the log has a prediction of that id is looked at when it is read: outcomes of others are counted there. Of several
/// outcomes of one prediction the last holds.
#[utoipa::path(post, path = "/v1/outcome", tag = "predictions",
    request_body(content = OutcomeOrOutcomes, content_type = "application/json"), responses(
    (status = 200, description = "They are on disk", body = Noted),
    (status = 400, description = "The body is no outcome", body = ErrorAnswer),
    (status = 401, description = "A key is needed", body = ErrorAnswer),
    (status = 404, description = "The service keeps no log of outcomes", body = ErrorAnswer),
    (status = 408, description = "The body did not arrive in time", body = ErrorAnswer),
    (status = 413, description = "The body or the list is longer than it may be", body = ErrorAnswer),
    (status = 415, description = "The body is compressed", body = ErrorAnswer),
    (status = 503, description = "Too much at once, or the log cannot be written", body = ErrorAnswer),
))]
pub(crate) async fn outcome(State(app): State<Arc<App>>, request: Request) -> Response {
    match note(&app, request).await {
        Ok(recorded) => json(StatusCode::OK, &Noted { recorded }),
        Err(problem) => problem.into_response(),
    }
}

async fn note(app: &Arc<App>, request: Request) -> Result<usize, Problem> {
    if app.outcomes.is_none() {
        return Err(no_log());
    }
    let (body, _) = read(app, request).await?;
    let (bytes, all) = (body.bytes.len(), app.clone());
    let records = app.work(bytes, move || records(&all, &body.bytes)).await?;
    app.record(&records).await?;
    Ok(records.len())
}

/// What is said where no log is kept.
pub(crate) fn no_log() -> Problem {
    let problem = Problem::new(StatusCode::NOT_FOUND, "this service keeps no log of outcomes");
    problem.with_hint("whoever runs it can have it keep one")
}

fn records(app: &App, body: &[u8]) -> Result<Vec<LogRecord>, Problem> {
    let (limits, detail) = (&app.settings.limits, app.settings.error_detail);
    check_depth(body, limits.depth)?;
    let is_list = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let outcomes: Result<Vec<Outcome>, _> =
        if is_list { serde_json::from_slice(body) } else { serde_json::from_slice(body).map(|outcome| vec![outcome]) };
    let outcomes = outcomes.map_err(|error| {
        let words = detail.words(error.to_string(), "the body is no outcome");
        Problem::malformed(words).with_hint("send `id` and `truth` as an object, or a list of such objects")
    })?;
    if outcomes.len() > limits.rows {
        return Err(Problem::too_large(format!("the list has more than {} outcomes", limits.rows)));
    }
    let time = now();
    outcomes.iter().enumerate().map(|(place, outcome)| record(app, place, outcome, time)).collect()
}

fn record(app: &App, place: usize, outcome: &Outcome, time: i64) -> Result<LogRecord, Problem> {
    let Ok(id) = Uuid::parse_str(&outcome.id) else {
        let problem = Problem::malformed(format!("outcome {place}: `id` is not that of a prediction"));
        return Err(problem.with_hint("a prediction has its `id` beside it; outcomes are counted from 0"));
    };
    let truth = match &outcome.truth {
        Truth::Boolean(truth) => Some(*truth),
        Truth::Number(number) => [false, true].get(usize::from(*number)).copied(),
        Truth::Label(label) => app.registry.models().find_map(|served| {
            let target = &served.space().target;
            [&target.negative, &target.positive].iter().position(|known| *known == label).map(|class| class == 1)
        }),
    };
    let Some(truth) = truth else {
        let problem = Problem::malformed(format!("outcome {place}: `truth` is neither of the classes"));
        return Err(problem.with_hint("1, `true` or the label of class 1; 0, `false` or the label of class 0"));
    };
    Ok(LogRecord::Outcome(TruthRecord { id: id.to_string(), time, truth }))
}
