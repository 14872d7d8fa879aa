//! Predictions for one user, or for a list of them.

use std::sync::Arc;

use assist_learn::LogRecord;
use assist_score::Rejection;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde::de::{Deserializer as _, Error as _, SeqAccess, Visitor};
use utoipa::IntoParams;

use super::durable::MODEL_ID;
use crate::answer::{Problem, json_bytes};
use crate::app::App;
use crate::body::{Deadline, ReadBody, check_depth, read};
use crate::error_detail::ErrorDetail;
use crate::recorded::Recorded;
use crate::rows::{RowScorer, ScoredUser};
use crate::schemas::{ErrorAnswer, Predictions, RejectedPrediction, ScoredRow, UserOrUsers};
use crate::served::Served;

/// What is asked for beside the prediction.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PredictQuery {
    /// The name of the model; the first one answers where none is named.
    model: Option<String>,
    /// With what every feature adds to the score.
    #[serde(default)]
    explain: bool,
}

/// Which users need assistance: one object of column values, or a list of them.
///
/// A list is answered with a list: a user who cannot be scored has a rejection in their place. Names that the model does not know
/// are passed over, and told in `ignored` unless the training table had them; a column that is not given, null or an empty text is missing.
#[utoipa::path(post, path = "/v1/predict", tag = "predictions", params(PredictQuery),
    request_body(content = UserOrUsers, content_type = "application/json"),
    responses(
        (status = 200, description = "The prediction, or the list of them", body = Predictions,
            headers(("x-model-id" = String, description = "The identity of the model that this is from"))),
        (status = 400, description = "The body is no JSON of this form", body = ErrorAnswer),
        (status = 401, description = "A key is needed", body = ErrorAnswer),
        (status = 404, description = "No model of that name is served", body = ErrorAnswer),
        (status = 408, description = "The body did not arrive in time", body = ErrorAnswer),
        (status = 413, description = "The body or the list is longer than it may be", body = ErrorAnswer),
        (status = 415, description = "The body is compressed", body = ErrorAnswer),
        (status = 422, description = "The user cannot be scored", body = RejectedPrediction),
        (status = 503, description = "Too much at once", body = ErrorAnswer),
    ))]
pub(crate) async fn predict(State(app): State<Arc<App>>, request: Request) -> Response {
    // Mostly there is none, and nothing to be parsed.
    let query = match request.uri().query() {
        None => Ok(PredictQuery::default()),
        Some(_) => Query::try_from_uri(request.uri()).map(|Query(query)| query),
    };
    answer(app, query, request).await.unwrap_or_else(Problem::into_response)
}

async fn answer(
    app: Arc<App>,
    query: Result<PredictQuery, QueryRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let query = query.map_err(|_| {
        let problem = Problem::malformed("the query of the address is not understood");
        problem.with_hint("it takes `model=NAME` and `explain=true`")
    })?;
    let served = match &query.model {
        Some(name) => app.registry.model(name).ok_or_else(Problem::no_such_model)?,
        None => app.registry.first(),
    };
    let (body, deadline) = read(&app, request).await?;
    let id = served.id_header.clone();
    let work = Work { app: app.clone(), served, explain: query.explain, body, deadline };
    let (mut response, records) = app.work(work.body.bytes.len(), move || work.answer()).await?;
    app.record(&records).await?;
    response.headers_mut().insert(MODEL_ID, id);
    Ok(response)
}

/// A body that is to be answered.
struct Work {
    app: Arc<App>,
    served: Arc<Served>,
    explain: bool,
    body: ReadBody,
    deadline: Deadline,
}

impl Work {
    /// The answer, and what is to be durable before it is given.
    fn answer(&self) -> Result<(Response, Vec<LogRecord>), Problem> {
        let json = &self.body.bytes[..];
        check_depth(json, self.app.settings.limits.depth)?;
        match std::str::from_utf8(json) {
            // The parser then need not look at each text alone.
            Ok(text) => self.answer_to(serde_json::Deserializer::from_str(text)),
            // It says where it is wrong.
            Err(_) => self.answer_to(serde_json::Deserializer::from_slice(json)),
        }
    }

    fn answer_to<'de>(
        &self,
        mut text: serde_json::Deserializer<impl serde_json::de::Read<'de>>,
    ) -> Result<(Response, Vec<LogRecord>), Problem> {
        let json = &self.body.bytes[..];
        let scorer = RowScorer::new(&self.served, self.explain, self.app.settings.holdout.as_ref());
        let mut recorded = Recorded::new(&self.app, &self.served);
        let first = json.iter().find(|byte| !byte.is_ascii_whitespace());
        if first == Some(&b'[') {
            let mut problem = None;
            let list = List { work: self, scorer: &scorer, recorded: &mut recorded, problem: &mut problem };
            let list = text.deserialize_seq(list).and_then(|list| text.end().map(|()| list));
            let list = list.map_err(|error| problem.unwrap_or_else(|| self.malformed(&error)))?;
            return Ok((json_bytes(StatusCode::OK, list), recorded.finish()));
        }
        let row = scorer.row(&mut text).and_then(|row| text.end().map(|()| row));
        let row = row.map_err(|error| self.malformed(&error))?;
        let faults = match row.result {
            Ok(_) => Vec::new(),
            Err(_) => scorer.faults(&mut serde_json::Deserializer::from_slice(json)).unwrap_or_default(),
        };
        let mut answer = Vec::with_capacity(256);
        self.write(&row, &faults, &mut answer, &mut recorded);
        let status = if row.result.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        Ok((json_bytes(status, answer), recorded.finish()))
    }

    /// Writes what became of a row, with all of its faults where they were looked for, and notes it.
    fn write(&self, row: &ScoredUser, faults: &[Rejection], answer: &mut Vec<u8>, recorded: &mut Recorded<'_>) {
        let id = recorded.note(row);
        let written = match &row.result {
            Ok(scored) => serde_json::to_writer(answer, &ScoredRow::new(scored, id.as_deref(), row)),
            Err(rejection) => {
                let others = faults.iter().filter(|fault| fault.subject != rejection.subject);
                let also = others.map(|fault| self.detail().rejected(fault)).collect();
                serde_json::to_writer(answer, &self.detail().rejected(rejection).with(also, &row.ignored))
            }
        };
        written.expect("plain values are written to memory");
    }

    fn detail(&self) -> ErrorDetail {
        self.app.settings.error_detail
    }

    fn malformed(&self, error: &serde_json::Error) -> Problem {
        malformed_json(error, self.detail())
    }
}

/// What is said of a text that is no JSON of the form that is asked for.
pub(crate) fn malformed_json(error: &serde_json::Error, detail: ErrorDetail) -> Problem {
    let words = detail.words(error.to_string(), "the body is not JSON of this form");
    Problem::malformed(words).with_hint("send one object of column names and values, or a list of such objects")
}

/// A list of rows, answered while it is read.
struct List<'w, 'a> {
    work: &'w Work,
    scorer: &'w RowScorer<'a>,
    recorded: &'w mut Recorded<'a>,
    /// Why reading ended, where that is no fault of the text.
    problem: &'w mut Option<Problem>,
}

/// So many rows are scored between looks at the clock.
const ROWS_BETWEEN_LOOKS: usize = 256;

impl List<'_, '_> {
    /// What keeps the next row from being answered.
    fn check(&self, rows: usize) -> Result<(), Problem> {
        let most = self.work.app.settings.limits.rows;
        if rows == most {
            let problem = Problem::too_large(format!("the list has more than {most} rows"));
            return Err(problem.with_hint("send the rows in several requests"));
        }
        if rows.is_multiple_of(ROWS_BETWEEN_LOOKS) { self.work.deadline.check() } else { Ok(()) }
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of maps from column names to values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<u8>, A::Error> {
        let mut answer = Vec::with_capacity(2 * self.work.body.bytes.len());
        let mut rows = 0_usize;
        answer.push(b'[');
        while let Some(row) = list.next_element_seed(self.scorer)? {
            if let Err(problem) = self.check(rows) {
                let words = "the list is not read to its end";
                *self.problem = Some(problem);
                return Err(A::Error::custom(words));
            }
            if rows > 0 {
                answer.push(b',');
            }
            self.work.write(&row, &[], &mut answer, self.recorded);
            rows += 1;
        }
        answer.push(b']');
        Ok(answer)
    }
}
