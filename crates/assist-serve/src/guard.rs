//! What every request passes on its way in and every answer on its way out: who may ask, how many at once and for how long; a
//! name for the request, its time, headers for browsers, counters and the log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tracing::{debug, error, info};
use uuid::Uuid;

use crate::answer::Problem;
use crate::app::App;
use crate::body::Deadline;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const SAME_ORIGIN: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Pages hold nothing from elsewhere and nothing inline, and stand in no frame.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                           form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// How much longer than its body a request may take to be answered.
const TO_ANSWER: Duration = Duration::from_secs(1);

/// Addresses that tell whether the service lives: neither keys nor load keep them from being answered.
const ABOUT_LIFE: [&str; 5] = ["/healthz", "/readyz", "/ping", "/v2/health/live", "/v2/health/ready"];

/// Takes a request in and lets its answer out.
pub(crate) async fn guard(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = known_method(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let request_id = request_id(request.headers());
    let origin = allowed_origin(&app, request.headers());
    request.extensions_mut().insert(Deadline(began + app.settings.limits.request_time));
    let mut response = match admit(&app, &request, &route, origin.is_some()) {
        Err(refused) => *refused,
        Ok(()) if ABOUT_LIFE.contains(&route.as_str()) => next.run(request).await,
        Ok(()) => run(&app, request, next).await,
    };
    let taken = began.elapsed();
    let status = response.status();
    add_headers(response.headers_mut(), &request_id, origin, taken);
    app.metrics.answered(method, &route, status.as_u16(), taken);
    let (status, micros) = (status.as_u16(), u64::try_from(taken.as_micros()).unwrap_or(u64::MAX));
    let id = request_id.to_str().unwrap_or("");
    match status {
        // A flood would fill the log; `assist_shed_total` counts it.
        503 => debug!(method, route, status, micros, request_id = id, "answered"),
        500.. => error!(method, route, status, micros, request_id = id, "answered"),
        400.. => info!(method, route, status, micros, request_id = id, "answered"),
        _ => debug!(method, route, status, micros, request_id = id, "answered"),
    }
    response
}

/// Works on a request if there are not too many already, for as long as it may take.
async fn run(app: &App, request: Request, next: Next) -> Response {
    let Ok(_permit) = app.requests.try_acquire() else {
        app.metrics.shed("requests");
        let problem = Problem::overloaded("too many requests are being worked on");
        return problem.with_hint("try again in a second").into_response();
    };
    app.metrics.in_flight.inc();
    let _in_flight = InFlight(app);
    let time = app.settings.limits.request_time + TO_ANSWER;
    if let Ok(response) = tokio::time::timeout(time, next.run(request)).await {
        return response;
    }
    app.metrics.shed("time");
    Problem::overloaded("the request took longer than it may").into_response()
}

/// Counts a request as worked on until it is dropped, however it ends.
struct InFlight<'a>(&'a App);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.metrics.in_flight.dec();
    }
}

/// Refuses who may not ask, and answers what browsers ask beforehand.
fn admit(app: &App, request: &Request, route: &str, is_allowed_origin: bool) -> Result<(), Box<Response>> {
    let headers = request.headers();
    if request.method() == Method::OPTIONS && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        return Err(Box::new(preflight(is_allowed_origin)));
    }
    if ABOUT_LIFE.contains(&route) {
        return Ok(());
    }
    if app.keys.as_ref().is_some_and(|keys| !keys.admit(headers)) {
        let problem = Problem::new(StatusCode::UNAUTHORIZED, "a key is needed");
        let hint = "send `Authorization: Bearer KEY`, or `X-API-Key: KEY`; a browser asks for it as a password";
        let mut response = problem.with_hint(hint).into_response();
        let challenge = HeaderValue::from_static("Basic realm=\"assist\", charset=\"UTF-8\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        return Err(Box::new(response));
    }
    // A page of another site may not use the key that the browser has, or the network that it is in.
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let is_of_another_site = headers.get(&FETCH_SITE).is_some_and(|site| site == "cross-site");
    if !is_safe && is_of_another_site && !is_allowed_origin {
        let problem = Problem::new(StatusCode::FORBIDDEN, "pages of this origin may not ask");
        return Err(Box::new(problem.into_response()));
    }
    Ok(())
}

/// The answer to a browser that asks whether a page of another origin may ask.
fn preflight(is_allowed: bool) -> Response {
    if !is_allowed {
        return Problem::new(StatusCode::FORBIDDEN, "pages of this origin may not ask").into_response();
    }
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST")),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("authorization, content-type, x-api-key, x-request-id"),
        ),
        (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// The origin that asks, if its pages may.
fn allowed_origin(app: &App, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    app.settings.origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

/// The name that the client gave the request, if it is one, else a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    let given = headers.get(&REQUEST_ID);
    let given = given.filter(|id| (1..=128).contains(&id.len()) && id.as_bytes().iter().copied().all(is_plain));
    given.cloned().unwrap_or_else(|| {
        let id = Uuid::now_v7().simple().to_string();
        HeaderValue::from_str(&id).expect("a uuid is hexadecimal digits")
    })
}

/// A label for each method that there is: clients could think of any number of others.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn add_headers(headers: &mut HeaderMap, request_id: &HeaderValue, origin: Option<HeaderValue>, taken: Duration) {
    headers.insert(REQUEST_ID, request_id.clone());
    let timing = format!("app;dur={:.3}", taken.as_secs_f64() * 1e3);
    headers.insert(SERVER_TIMING, HeaderValue::from_str(&timing).expect("digits"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::VARY, HeaderValue::from_static("origin"));
        let exposed = HeaderValue::from_static("x-model-id, x-request-id, server-timing");
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
    let is_page = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(PAGE_POLICY));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        headers.insert(PERMISSIONS, HeaderValue::from_static("camera=(), geolocation=(), microphone=()"));
        headers.insert(SAME_ORIGIN, HeaderValue::from_static("same-origin"));
    }
}
