//! The protocol of `MLflow`'s scoring servers: tables of rows as JSON.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use assist_learn::{Arm, LogRecord};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::{Problem, json};
use crate::app::App;
use crate::body::{Deadline, ReadBody, check_depth, read, without_nan};
use crate::recorded::Recorded;
use crate::rows::{Cell, RowScorer, ScoredUser};
use crate::schemas::{ErrorAnswer, Health};
use crate::served::Served;

const EXPECTED: &str =
    "send `dataframe_records`, a list of objects, or `dataframe_split`, with `columns` and the rows as `data`";

/// Whether the service should be asked, as `MLflow`'s servers say it.
#[utoipa::path(get, path = "/ping", tag = "mlflow", security(()), responses(
    (status = 200, description = "It should be asked", body = Health),
    (status = 503, description = "It should not be asked", body = Health),
))]
pub(crate) async fn ping(state: State<Arc<App>>) -> Response {
    super::health::readyz(state).await
}

/// A table of rows in one of the two forms.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it is read straight into scores; this type describes it")]
#[serde(untagged)]
pub(crate) enum Invocation {
    /// An object a row.
    Records(RecordsTable),
    /// Names once, and a list of values a row.
    Split(SplitTable),
}

/// An object a row.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it is read straight into scores; this type describes it")]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordsTable {
    /// The rows, each an object of values by the names of the columns.
    #[schema(value_type = Vec<Object>)]
    dataframe_records: Vec<serde_json::Value>,
    /// Taken, and without effect.
    #[schema(required = false)]
    params: serde_json::Value,
}

/// Names once, and a list of values a row.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it is read straight into scores; this type describes it")]
#[serde(deny_unknown_fields)]
pub(crate) struct SplitTable {
    /// The table.
    dataframe_split: SplitFrame,
    /// Taken, and without effect.
    #[schema(required = false)]
    params: serde_json::Value,
}

/// The names of the columns, and the rows.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it is read straight into scores; this type describes it")]
pub(crate) struct SplitFrame {
    /// The names of the columns.
    columns: Vec<String>,
    /// The rows, each as many values as there are columns.
    data: Vec<Vec<serde_json::Value>>,
}

/// The answer for a table of rows: a value a row in each list, and nothing where a row cannot be scored.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct InvocationAnswer {
    /// 1 for class 1, else 0.
    predictions: Vec<Option<u8>>,
    /// Probability of class 1, corrected to the base rate.
    probabilities: Vec<Option<f64>>,
    /// Probability of class 1 as the fit has it.
    raw_probabilities: Vec<Option<f64>>,
    /// The linear predictor, or the total of points.
    scores: Vec<Option<f64>>,
    /// What names each prediction in the log of outcomes, where there is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    ids: Vec<Option<String>>,
    /// The arm of each user, where some are held out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Option<String>>, required = false)]
    arms: Vec<Option<Arm>>,
    /// Whether each user is to be helped, where some are held out: predicted 1, and not held out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Option<bool>>, required = false)]
    help: Vec<Option<bool>>,
    /// How many rows cannot be scored.
    rejected: usize,
    /// Why the first of them cannot be: at most ten.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    rejections: Vec<RejectedAt>,
}

/// Why a row cannot be scored.
#[derive(Debug, Serialize, ToSchema)]
struct RejectedAt {
    /// The row, from 0.
    row: usize,
    /// Why.
    reason: String,
}

/// So many rejections are told one by one.
const MOST_TOLD: usize = 10;

/// Predictions for a table of rows. A row that cannot be scored is `null`, and counted in `rejected`.
#[utoipa::path(post, path = "/invocations", tag = "mlflow",
    request_body(content = Invocation, content_type = "application/json"), responses(
    (status = 200, description = "The predictions", body = InvocationAnswer,
        headers(("x-model-id" = String, description = "The identity of the model that this is from"))),
    (status = 400, description = "The body is no table of this form", body = ErrorAnswer),
    (status = 401, description = "A key is needed", body = ErrorAnswer),
    (status = 408, description = "The body did not arrive in time", body = ErrorAnswer),
    (status = 413, description = "There are more bytes or rows than there may be", body = ErrorAnswer),
    (status = 415, description = "The body is compressed", body = ErrorAnswer),
    (status = 503, description = "Too much at once", body = ErrorAnswer),
))]
pub(crate) async fn invocations(State(app): State<Arc<App>>, request: Request) -> Response {
    let served = app.registry.first();
    let (body, deadline) = match read(&app, request).await {
        Ok(read) => read,
        Err(problem) => return problem.into_response(),
    };
    let id = served.id_header.clone();
    let bytes = body.bytes.len();
    let all = app.clone();
    let work = move || score(&all, &served, &body, deadline);
    super::durable::recorded(&app, app.work(bytes, work).await, id).await
}

fn score(
    app: &App,
    served: &Served,
    body: &ReadBody,
    deadline: Deadline,
) -> Result<(Response, Vec<LogRecord>), Problem> {
    let (limits, detail) = (&app.settings.limits, app.settings.error_detail);
    let plain = without_nan(&body.bytes);
    check_depth(&plain, limits.depth)?;
    let mut problem = None;
    let scorer = RowScorer::new(served, false, app.settings.holdout.as_ref());
    let mut text = serde_json::Deserializer::from_slice(&plain);
    let table = TableOfRows { scorer: &scorer, deadline, most_rows: limits.rows, problem: &mut problem };
    let rows = text.deserialize_map(table).and_then(|rows| text.end().map(|()| rows));
    let rows = rows.map_err(|error| {
        problem.unwrap_or_else(|| {
            let words = detail.words(error.to_string(), "the body is no table of this form");
            Problem::malformed(words).with_hint(EXPECTED)
        })
    })?;
    let mut recorded = Recorded::new(app, served);
    let answer = answer(app, &rows, &mut recorded);
    Ok((json(StatusCode::OK, &answer), recorded.finish()))
}

fn answer(app: &App, rows: &[ScoredUser], recorded: &mut Recorded<'_>) -> InvocationAnswer {
    let mut answer = InvocationAnswer::default();
    for (row, user) in rows.iter().enumerate() {
        let id = recorded.note(user);
        let scored = user.result.as_ref().ok();
        answer.predictions.push(scored.map(|scored| scored.prediction));
        answer.probabilities.push(scored.map(|scored| scored.probability));
        answer.raw_probabilities.push(scored.map(|scored| scored.raw_probability));
        answer.scores.push(scored.map(|scored| scored.score));
        if app.outcomes.is_some() {
            answer.ids.push(id);
        }
        if app.settings.holdout.is_some() {
            answer.arms.push(user.arm);
            answer.help.push(user.help());
        }
        if let Err(rejection) = &user.result {
            answer.rejected += 1;
            if answer.rejections.len() < MOST_TOLD {
                answer.rejections.push(RejectedAt { row, reason: app.settings.error_detail.line(rejection) });
            }
        }
    }
    answer
}

/// The body: a map with one of the two forms in it.
struct TableOfRows<'w, 'a> {
    scorer: &'w RowScorer<'a>,
    deadline: Deadline,
    most_rows: usize,
    /// Why reading ended, where that is no fault of the text.
    problem: &'w mut Option<Problem>,
}

impl TableOfRows<'_, '_> {
    /// Whether a further row may be scored.
    fn check(&mut self, rows: usize) -> Result<(), &'static str> {
        let checked = if rows == self.most_rows {
            let problem = Problem::too_large(format!("the table has more than {} rows", self.most_rows));
            Err(problem.with_hint("send the rows in several requests"))
        } else if rows.is_multiple_of(256) {
            self.deadline.check()
        } else {
            Ok(())
        };
        checked.map_err(|problem| {
            *self.problem = Some(problem);
            "the table is not read to its end"
        })
    }
}

impl<'de> Visitor<'de> for TableOfRows<'_, '_> {
    type Value = Vec<ScoredUser>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `dataframe_records` or `dataframe_split`")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut rows = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let found = match key.as_ref() {
                "dataframe_records" => map.next_value_seed(Records(&mut self))?,
                "dataframe_split" => {
                    split_rows(&map.next_value::<Split<'de>>()?, &mut self).map_err(A::Error::custom)?
                }
                // What other models are asked for with it.
                "params" => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                _ => return Err(A::Error::custom(format_args!("`{}` is not known", assist_score::shown(&key)))),
            };
            if rows.replace(found).is_some() {
                return Err(A::Error::custom("there is more than one table"));
            }
        }
        rows.ok_or_else(|| A::Error::custom("there is no table"))
    }
}

/// A list of rows that are maps.
struct Records<'t, 'w, 'a>(&'t mut TableOfRows<'w, 'a>);

impl<'de> DeserializeSeed<'de> for Records<'_, '_, '_> {
    type Value = Vec<ScoredUser>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Records<'_, '_, '_> {
    type Value = Vec<ScoredUser>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of maps from column names to values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = list.next_element_seed(self.0.scorer)? {
            self.0.check(rows.len()).map_err(A::Error::custom)?;
            rows.push(row);
        }
        Ok(rows)
    }
}

/// A table as `MLflow`'s clients write it from a data frame.
#[derive(Deserialize)]
struct Split<'a> {
    #[serde(borrow)]
    columns: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    data: Vec<Vec<Cell<'a>>>,
    /// The names of rows, which nothing depends on.
    #[serde(default, rename = "index")]
    _index: Option<IgnoredAny>,
}

fn split_rows(table: &Split<'_>, rows: &mut TableOfRows<'_, '_>) -> Result<Vec<ScoredUser>, String> {
    let mut results = Vec::with_capacity(table.data.len());
    let known: Vec<bool> = table.columns.iter().map(|name| rows.scorer.takes(name)).collect();
    for (place, name) in table.columns.iter().enumerate() {
        if known[place] && table.columns[..place].contains(name) {
            return Err(format!("column `{name}` is given twice"));
        }
    }
    for (row, cells) in table.data.iter().enumerate() {
        rows.check(row)?;
        if cells.len() != table.columns.len() {
            return Err(format!("row {row} has {} values for {} columns", cells.len(), table.columns.len()));
        }
        let named = table.columns.iter().zip(cells).zip(&known).filter(|(_, is_known)| **is_known);
        let named: Vec<(Cow<'_, str>, Cell<'_>)> =
            named.map(|((name, cell), _)| (Cow::Borrowed(name.as_ref()), cell.clone())).collect();
        results.push(rows.scorer.named(&named));
    }
    Ok(results)
}
