//! Answers that are no result: one form for all, a JSON object with `error` and mostly `hint`.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// What is wrong with a request, or with the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    error: String,
    hint: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into(), hint: None }
    }

    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// A request that is not understood.
    pub(crate) fn malformed(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    /// A model that is not served.
    pub(crate) fn no_such_model() -> Self {
        Self::new(StatusCode::NOT_FOUND, "no model of that name is served").with_hint("`GET /v1/models` lists them")
    }

    /// More than a limit allows.
    pub(crate) fn too_large(error: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, error)
    }

    /// Too much at once, or too slow.
    pub(crate) fn overloaded(error: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error)
    }
}

impl Problem {
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// What is wrong and what helps, in sentences for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let sentence = |text: &str| {
            let mut letters = text.chars();
            let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
            format!("{first}{}.", letters.as_str())
        };
        std::iter::once(self.error.as_str()).chain(self.hint.as_deref()).map(sentence).collect()
    }

    /// An answer of its status with what a client has to know of it besides.
    pub(crate) fn with_body(&self, mut response: Response) -> Response {
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        // What was not read of the body would be taken for the next request.
        if matches!(self.status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body { error: &self.error, hint: self.hint.as_deref() };
        self.with_body(json(self.status, &body))
    }
}

/// A JSON document.
pub(crate) fn json(status: StatusCode, document: &impl Serialize) -> Response {
    match serde_json::to_vec(document) {
        Ok(body) => json_bytes(status, body),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "an answer could not be written as JSON").into_response(),
    }
}

/// JSON that is written already.
pub(crate) fn json_bytes(status: StatusCode, body: Vec<u8>) -> Response {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut response = Response::new(body.into());
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    response
}
