//! A request of the protocol: JSON, and behind it the tensors that are sent as bytes.

use std::borrow::Cow;

use axum::http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;

use super::data::Data;
use crate::answer::Problem;
use crate::body::{check_depth, without_nan};
use crate::error_detail::ErrorDetail;

/// Says how much of a body is JSON, where tensors follow it as bytes.
pub(crate) const JSON_LENGTH: &str = "inference-header-content-length";

/// A request for predictions.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct InferRequest<'a> {
    /// A name for the request, which the answer has as well.
    #[serde(default)]
    pub(crate) id: Option<String>,
    /// Settings of the request.
    #[serde(default)]
    pub(crate) parameters: Option<RequestParameters>,
    /// The columns.
    #[serde(borrow)]
    pub(crate) inputs: Vec<InputTensor<'a>>,
    /// What is to be answered; everything if it is not said.
    #[serde(default)]
    pub(crate) outputs: Option<Vec<OutputRequest>>,
}

/// Settings of a request.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct RequestParameters {
    /// Whether all tensors are answered as bytes.
    #[serde(default)]
    pub(crate) binary_data_output: Option<bool>,
}

/// A column.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct InputTensor<'a> {
    /// The name of the column.
    #[serde(borrow)]
    #[schema(value_type = String)]
    pub(crate) name: Cow<'a, str>,
    /// `[n]` or `[n, 1]`.
    #[schema(value_type = Vec<u64>, min_items = 1, max_items = 2)]
    pub(crate) shape: Vec<u64>,
    /// What it holds: `FP64`, `FP32`, `INT8` to `INT64`, `UINT8` to `UINT64`, `BOOL`, or `BYTES` for text.
    #[schema(value_type = String, example = "FP64")]
    pub(crate) datatype: Cow<'a, str>,
    /// Settings of the tensor.
    #[serde(default)]
    pub(crate) parameters: Option<InputParameters>,
    /// Its values, unless they follow as bytes.
    #[serde(borrow, default)]
    #[schema(value_type = Option<Vec<Object>>)]
    pub(crate) data: Option<Data<'a>>,
}

/// Settings of an input.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct InputParameters {
    /// How many bytes it has, where it follows the JSON as bytes.
    #[serde(default)]
    pub(crate) binary_data_size: Option<usize>,
    /// Not supported: a region of shared memory.
    #[serde(default)]
    pub(crate) shared_memory_region: Option<String>,
}

/// What is to be answered.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct OutputRequest {
    /// `prediction`, `probability`, `raw_probability`, `score`, `outcome` or `reason`.
    pub(crate) name: String,
    /// Settings of the tensor.
    #[serde(default)]
    pub(crate) parameters: Option<OutputParameters>,
}

/// Settings of an output.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct OutputParameters {
    /// Whether it is answered as bytes.
    #[serde(default)]
    pub(crate) binary_data: Option<bool>,
    /// Not supported: classes with their ranks.
    #[serde(default)]
    pub(crate) classification: Option<u64>,
    /// Not supported: a region of shared memory.
    #[serde(default)]
    pub(crate) shared_memory_region: Option<String>,
}

/// The JSON of a body, and the bytes that follow it.
pub(crate) fn split<'a>(body: &'a [u8], headers: &HeaderMap) -> Result<(Cow<'a, [u8]>, &'a [u8]), Problem> {
    let length = match headers.get(JSON_LENGTH) {
        None => body.len(),
        Some(stated) => {
            let stated = stated.to_str().ok().and_then(|text| text.parse().ok());
            let within = stated.filter(|length| *length <= body.len());
            within.ok_or_else(|| {
                let bytes = body.len();
                Problem::malformed(format!(
                    "`Inference-Header-Content-Length` is no length within the body's {bytes} bytes"
                ))
            })?
        }
    };
    let (json, binary) = body.split_at(length);
    Ok((without_nan(json), binary))
}

/// A request from its JSON.
pub(crate) fn parse(json: &[u8], depth: usize, detail: ErrorDetail) -> Result<InferRequest<'_>, Problem> {
    check_depth(json, depth)?;
    serde_json::from_slice(json).map_err(|error| {
        let words = detail.words(error.to_string(), "the body is not a request of this protocol");
        let hint = "`inputs` is a list of tensors, each with `name`, `shape`, `datatype` and `data`";
        Problem::malformed(words).with_hint(hint)
    })
}
