//! The body of a request, read within its limits: size, time, what all bodies may take together, and how deep JSON is nested.

use std::borrow::Cow;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Body as _;
use tokio::sync::OwnedSemaphorePermit;

use crate::answer::Problem;
use crate::app::App;

/// Until when a request has to be answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(pub(crate) Instant);

impl Deadline {
    /// A problem once it has passed.
    pub(crate) fn check(self) -> Result<(), Problem> {
        if Instant::now() < self.0 {
            return Ok(());
        }
        Err(Problem::overloaded("the request took longer than it may").with_hint("ask for fewer rows at once"))
    }
}

/// A body that was read, with its share of what all bodies may take.
#[derive(Debug)]
pub(crate) struct ReadBody {
    pub(crate) bytes: Bytes,
    _share: Option<OwnedSemaphorePermit>,
}

/// Bodies of up to this many bytes are not counted: the limit on requests bounds what they take together.
const SMALL: usize = 16 << 10;

/// Reads a body as it is sent.
pub(crate) async fn read(app: &App, request: Request) -> Result<(ReadBody, Deadline), Problem> {
    let (head, body) = request.into_parts();
    let deadline = head.extensions.get::<Deadline>().copied();
    let deadline = deadline.unwrap_or_else(|| Deadline(Instant::now() + app.settings.limits.request_time));
    refuse_encoded(&head.headers)?;
    let limit = app.settings.limits.body_bytes;
    let stated = stated_length(&head.headers);
    if stated.is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    // A body of a length that is not stated may become as long as the limit.
    let length = stated.and_then(|length| usize::try_from(length).ok()).unwrap_or(limit);
    let share = if length <= SMALL { None } else { Some(share_of(app, length)?) };
    let mut body = body;
    // Nearly always all of it is there already.
    let first = first_piece(&mut body).await.unwrap_or_default();
    if stated == Some(first.len() as u64) {
        return Ok((ReadBody { bytes: first, _share: share }, deadline));
    }
    if first.len() > limit {
        return Err(too_large(limit));
    }
    let read = tokio::time::timeout_at(deadline.0.into(), collect(first, body, limit));
    match read.await {
        Ok(bytes) => Ok((ReadBody { bytes: bytes?, _share: share }, deadline)),
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "the body of the request did not arrive in time")),
    }
}

/// A share of what all bodies may take.
fn share_of(app: &App, length: usize) -> Result<OwnedSemaphorePermit, Problem> {
    let kibibytes = u32::try_from(length.div_ceil(1 << 10)).unwrap_or(u32::MAX);
    app.bodies.clone().try_acquire_many_owned(kibibytes).map_err(|_| {
        app.metrics.shed("bodies");
        Problem::overloaded("the bodies of other requests take all memory that is meant for them")
    })
}

/// The first piece of a body, if it is there.
async fn first_piece(body: &mut Body) -> Option<Bytes> {
    let polled = poll_fn(|context| Poll::Ready(Pin::new(&mut *body).poll_frame(context))).await;
    match polled {
        Poll::Ready(Some(Ok(frame))) => frame.into_data().ok(),
        _ => None,
    }
}

async fn collect(first: Bytes, body: Body, limit: usize) -> Result<Bytes, Problem> {
    match Limited::new(body, limit.saturating_sub(first.len())).collect().await {
        Ok(collected) if first.is_empty() => Ok(collected.to_bytes()),
        Ok(collected) => Ok([first, collected.to_bytes()].concat().into()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(too_large(limit)),
        Err(_) => Err(Problem::malformed("the body of the request ended before its end")),
    }
}

fn too_large(limit: usize) -> Problem {
    Problem::too_large(format!("the body of the request has more than {limit} bytes"))
        .with_hint("send the rows in several requests")
}

fn stated_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn refuse_encoded(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(header::CONTENT_ENCODING) {
        Some(encoding) if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "a compressed body is not taken");
            Err(problem.with_hint("send the body as it is, without `Content-Encoding`"))
        }
        _ => Ok(()),
    }
}

/// Refuses JSON that is nested deeper than the limit, before anything is made of it.
pub(crate) fn check_depth(json: &[u8], most: usize) -> Result<(), Problem> {
    // Mostly there are fewer brackets than the limit, which is seen without telling texts from what is between them.
    if opening_brackets(json) <= most {
        return Ok(());
    }
    let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth += 1;
                if depth > most {
                    return Err(Problem::malformed(format!("JSON is nested deeper than {most} levels")));
                }
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// How many brackets open, in texts as well; counted in bytes, many at a time.
fn opening_brackets(json: &[u8]) -> usize {
    let opens = |byte: &u8| u8::from(*byte == b'[') + u8::from(*byte == b'{');
    json.chunks(usize::from(u8::MAX)).map(|chunk| usize::from(chunk.iter().map(opens).sum::<u8>())).sum()
}

/// JSON with `null` for each `NaN`, which Python writes for a missing number and no JSON has.
pub(crate) fn without_nan(json: &[u8]) -> Cow<'_, [u8]> {
    const NAN: &[u8] = b"NaN";
    if !json.windows(NAN.len()).any(|bytes| bytes == NAN) {
        return Cow::Borrowed(json);
    }
    let mut plain = Vec::with_capacity(json.len() + 64);
    let (mut in_text, mut is_escaped, mut at) = (false, false, 0);
    while let Some(byte) = json.get(at) {
        if !in_text && json[at..].starts_with(NAN) {
            plain.extend_from_slice(b"null");
            at += NAN.len();
            continue;
        }
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            _ => {}
        }
        plain.push(*byte);
        at += 1;
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_nothing_outside_of_texts() {
        let plain = |json: &str| String::from_utf8(without_nan(json.as_bytes()).into_owned()).expect("text");
        assert_eq!(plain(r#"[NaN,{"NaN":NaN,"a\"NaN":"NaN"}]"#), r#"[null,{"NaN":null,"a\"NaN":"NaN"}]"#);
        assert_eq!(plain("[1]"), "[1]");
    }

    #[test]
    fn depth_is_that_of_brackets_outside_of_texts() {
        for (json, depth) in [("1", 0), ("{}", 1), (r#"[{"a":[1]}]"#, 3), (r#"{"[[[\"[[":"\\"}"#, 1), ("[][][]", 1)] {
            assert!(check_depth(json.as_bytes(), depth).is_ok(), "{json}");
            if depth > 0 {
                assert!(check_depth(json.as_bytes(), depth - 1).is_err(), "{json}");
            }
        }
        assert!(check_depth("[".repeat(1 << 20).as_bytes(), 16).is_err());
    }
}
