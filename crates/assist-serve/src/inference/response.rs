//! An answer of the protocol: a tensor for each thing that is known of a row. A row that cannot be scored has no number there, the
//! prediction -1, and its reason.

use assist_learn::Arm;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::request::{InferRequest, JSON_LENGTH};
use crate::answer::{Problem, json_bytes};
use crate::error_detail::ErrorDetail;
use crate::rows::{RowResult, ScoredUser};
use crate::served::Served;

/// What is known of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    Prediction,
    Probability,
    RawProbability,
    Score,
    Outcome,
    Reason,
    /// What names the prediction in the log of outcomes.
    Id,
    /// The arm of the user.
    Arm,
    /// Whether the user is to be helped, where some are held out.
    Help,
}

impl Output {
    /// All of them, the last three where there is a log of outcomes.
    pub(crate) fn all(has_log: bool) -> &'static [Self] {
        const ALL: [Output; 9] = [
            Output::Prediction,
            Output::Probability,
            Output::RawProbability,
            Output::Score,
            Output::Outcome,
            Output::Reason,
            Output::Id,
            Output::Arm,
            Output::Help,
        ];
        if has_log { &ALL } else { &ALL[..6] }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Prediction => "prediction",
            Self::Probability => "probability",
            Self::RawProbability => "raw_probability",
            Self::Score => "score",
            Self::Outcome => "outcome",
            Self::Reason => "reason",
            Self::Id => "id",
            Self::Arm => "arm",
            Self::Help => "help",
        }
    }

    pub(crate) fn datatype(self) -> &'static str {
        match self {
            Self::Prediction | Self::Help => "INT64",
            Self::Probability | Self::RawProbability | Self::Score => "FP64",
            Self::Outcome | Self::Reason | Self::Id | Self::Arm => "BYTES",
        }
    }

    /// Its values for all rows.
    fn values(self, rows: &[(ScoredUser, Option<String>)], detail: ErrorDetail) -> Values {
        let results = || rows.iter().map(|(user, _)| &user.result);
        let number = |of: fn(&assist_score::Scored) -> f64| {
            Values::Numbers(results().map(|row| row.as_ref().ok().map(of)).collect())
        };
        match self {
            Self::Prediction => {
                Values::Wholes(results().map(|row| row.as_ref().map_or(-1, |row| row.prediction.into())).collect())
            }
            Self::Probability => number(|row| row.probability),
            Self::RawProbability => number(|row| row.raw_probability),
            Self::Score => number(|row| row.score),
            Self::Outcome => {
                let word = |row: &RowResult| if row.is_ok() { "scored" } else { "rejected" };
                Values::Texts(results().map(|row| word(row).to_owned()).collect())
            }
            Self::Reason => {
                let line = |row: &RowResult| row.as_ref().err().map_or_else(String::new, |why| detail.line(why));
                Values::Texts(results().map(line).collect())
            }
            Self::Help => Values::Wholes(rows.iter().map(|(user, _)| user.help().map_or(-1, i64::from)).collect()),
            Self::Id => Values::Texts(rows.iter().map(|(_, id)| id.clone().unwrap_or_default()).collect()),
            Self::Arm => {
                Values::Texts(rows.iter().map(|(user, _)| user.arm.map_or("", Arm::name).to_owned()).collect())
            }
        }
    }
}

/// The values of a tensor.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Values {
    Wholes(Vec<i64>),
    /// Nothing where a row was rejected.
    Numbers(Vec<Option<f64>>),
    Texts(Vec<String>),
}

impl Values {
    /// As bytes: nothing is a NaN there.
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Wholes(wholes) => wholes.iter().flat_map(|whole| whole.to_le_bytes()).collect(),
            Self::Numbers(numbers) => {
                numbers.iter().flat_map(|number| number.unwrap_or(f64::NAN).to_le_bytes()).collect()
            }
            Self::Texts(texts) => {
                let mut bytes = Vec::new();
                for text in texts {
                    bytes.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
                    bytes.extend(text.as_bytes());
                }
                bytes
            }
        }
    }
}

/// The answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InferResponse<'a> {
    /// The model.
    model_name: &'a str,
    /// Its identity.
    model_version: &'a str,
    /// The name of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    id: Option<&'a str>,
    /// What was asked for.
    outputs: Vec<OutputTensor>,
}

/// A tensor of the answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutputTensor {
    /// What it is.
    name: &'static str,
    /// What it holds.
    datatype: &'static str,
    /// As many as there are rows.
    shape: [usize; 1],
    /// Settings of the tensor, where it follows as bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    parameters: Option<BinarySize>,
    /// Its values, unless they follow as bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Object>, required = false)]
    data: Option<Values>,
}

/// How many bytes a tensor has behind the JSON.
#[derive(Debug, Serialize, ToSchema)]
struct BinarySize {
    binary_data_size: usize,
}

/// An output that is wanted, and whether as bytes.
pub(crate) type Wanted = Vec<(Output, bool)>;

/// Which outputs a request wants.
pub(crate) fn wanted(request: &InferRequest<'_>, has_log: bool) -> Result<Wanted, Problem> {
    let all = Output::all(has_log);
    let all_binary = request.parameters.as_ref().and_then(|parameters| parameters.binary_data_output).unwrap_or(false);
    let named = match &request.outputs {
        Some(named) if !named.is_empty() => named,
        _ => return Ok(all.iter().map(|output| (*output, all_binary)).collect()),
    };
    let mut wanted: Wanted = Vec::with_capacity(named.len());
    for output in named {
        let known = all.iter().copied().find(|known| known.name() == output.name);
        let Some(known) = known else {
            let names: Vec<String> = all.iter().map(|output| format!("`{}`", output.name())).collect();
            let names = names.join(", ");
            let words = format!("output `{}` is unknown", assist_score::shown(&output.name));
            return Err(Problem::malformed(words).with_hint(format!("the outputs are {names}")));
        };
        if wanted.iter().any(|(already, _)| *already == known) {
            return Err(Problem::malformed(format!("output `{}` is wanted twice", output.name)));
        }
        let parameters = output.parameters.as_ref();
        let unsupported = parameters.is_some_and(|parameters| {
            parameters.classification.unwrap_or(0) > 0 || parameters.shared_memory_region.is_some()
        });
        if unsupported {
            let words = format!("output `{}`: neither classification nor shared memory is supported", output.name);
            return Err(Problem::malformed(words));
        }
        wanted.push((known, parameters.and_then(|parameters| parameters.binary_data).unwrap_or(all_binary)));
    }
    Ok(wanted)
}

/// The answer for rows.
pub(crate) fn answer(
    served: &Served,
    id: Option<&str>,
    rows: &[(ScoredUser, Option<String>)],
    wanted: &Wanted,
    detail: ErrorDetail,
) -> Result<Response, Problem> {
    let mut binary = Vec::new();
    let mut outputs = Vec::with_capacity(wanted.len());
    for (output, is_binary) in wanted {
        let values = output.values(rows, detail);
        let (parameters, data) = if *is_binary {
            let bytes = values.bytes();
            binary.extend_from_slice(&bytes);
            (Some(BinarySize { binary_data_size: bytes.len() }), None)
        } else {
            (None, Some(values))
        };
        let (name, datatype) = (output.name(), output.datatype());
        outputs.push(OutputTensor { name, datatype, shape: [rows.len()], parameters, data });
    }
    let response = InferResponse { model_name: &served.name, model_version: &served.id, id, outputs };
    let unwritten = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be written");
    let mut body = serde_json::to_vec(&response).map_err(unwritten)?;
    if !wanted.iter().any(|(_, is_binary)| *is_binary) {
        return Ok(json_bytes(StatusCode::OK, body));
    }
    let length = HeaderValue::from(body.len());
    body.append(&mut binary);
    let mut response = (StatusCode::OK, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(JSON_LENGTH, length);
    Ok(response)
}
