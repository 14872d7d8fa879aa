//! The page for people, and what belongs to it. It works without JavaScript: forms are sent, pages come back.

use std::sync::Arc;

use askama::Template;
use assist_learn::{PredictSettings, PredictionSink, Table, unwatched, write_predictions};
use axum::body::Body;
use axum::extract::{FromRequest as _, Multipart, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};

use crate::answer::Problem;
use crate::app::App;
use crate::body::read;
use crate::holdout::Holdout;
use crate::page::{Link, Message, NoReport, Page, ResultOnly, Shown, about, answer, fields, shown, values_of, visible};
use crate::served::Served;

/// Asks for the result alone.
const FRAGMENT: &str = "x-fragment";

/// The page of the model that answers where none is named.
pub(crate) async fn first(State(app): State<Arc<App>>) -> Response {
    let served = app.registry.first();
    page(&app, &served, None, Shown::Nothing, StatusCode::OK)
}

/// The page of a model.
pub(crate) async fn of_model(State(app): State<Arc<App>>, Path(name): Path<String>) -> Response {
    match app.registry.model(&name) {
        Some(served) => page(&app, &served, None, Shown::Nothing, StatusCode::OK),
        None => unknown(),
    }
}

/// The same page, with what was entered and what became of it.
pub(crate) async fn first_result(State(app): State<Arc<App>>, request: Request) -> Response {
    let served = app.registry.first();
    result(app, served, request).await
}

/// The same for a named model.
pub(crate) async fn result_of_model(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    match app.registry.model(&name) {
        Some(served) => result(app, served, request).await,
        None => unknown(),
    }
}

async fn result(app: Arc<App>, served: Arc<Served>, request: Request) -> Response {
    let is_fragment = request.headers().contains_key(FRAGMENT);
    let body = match read(&app, request).await {
        Ok((body, _)) => body,
        Err(problem) => return on_a_page(&problem, address(&app, &served)),
    };
    let form: Vec<(String, String)> = form_urlencoded::parse(&body.bytes).into_owned().collect();
    // Looking for what would change a decision takes longer than a prediction.
    let all = app.clone();
    let made = app.work(usize::MAX, move || {
        let values = values_of(&served, &form);
        let shown = shown(&served, &values, all.settings.error_detail);
        let is_rejected = matches!(shown, Shown::Rejected(_));
        let status = if is_rejected { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        Ok(if is_fragment {
            rendered(status, &ResultOnly { result: shown })
        } else {
            page(&all, &served, Some(&values), shown, status)
        })
    });
    made.await.unwrap_or_else(Problem::into_response)
}

fn page(
    app: &App,
    served: &Served,
    entered: Option<&[(String, String)]>,
    result: Shown,
    status: StatusCode,
) -> Response {
    let target = &served.space().target;
    let scorer = served.scorer.as_ref().map(|_| format!("/models/{}/scorer.mjs?v={}", served.name, served.id));
    let page = Page {
        title: format!("Who needs assistance? {}", visible(&target.name)),
        name: &served.name,
        id: &served.id,
        target: visible(&target.name),
        positive: visible(&target.positive),
        answers: [answer(false), answer(true)],
        about: about(served),
        holdout: app.settings.holdout.as_ref().map(Holdout::column),
        address: address(app, served),
        scorer: scorer.unwrap_or_default(),
        models: models(app, served),
        links: links(served),
        fields: fields(served, entered, &result),
        result,
    };
    rendered(status, &page)
}

/// The address of a model's page.
fn address(app: &App, served: &Served) -> String {
    let is_first = app.registry.first().name == served.name;
    if is_first { "/".to_owned() } else { format!("/models/{}", served.name) }
}

/// The pages of the models, where there are several.
fn models(app: &App, served: &Served) -> Vec<Link> {
    let models: Vec<Arc<Served>> = app.registry.models().collect();
    let several = models.len() > 1;
    let links = models.iter().enumerate().filter(|_| several).map(|(place, model)| Link {
        address: if place == 0 { "/".to_owned() } else { format!("/models/{}", model.name) },
        words: model.name.clone(),
        is_here: model.name == served.name,
    });
    links.collect()
}

fn links(served: &Served) -> Vec<Link> {
    let report = served.page.as_ref().map(|_| (format!("/models/{}/report", served.name), "Report of the model"));
    let links = report.into_iter().chain([("/docs/".to_owned(), "API")]);
    links.map(|(address, words)| Link { address, words: words.to_owned(), is_here: false }).collect()
}

/// The export of a model that scores in the page.
pub(crate) async fn scorer(State(app): State<Arc<App>>, Path(name): Path<String>) -> Response {
    match app.registry.model(&name).and_then(|served| served.scorer.clone()) {
        Some(module) => ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], module).into_response(),
        None => unknown(),
    }
}

/// The report beside a model.
pub(crate) async fn report(State(app): State<Arc<App>>, Path(name): Path<String>) -> Response {
    let Some(served) = app.registry.model(&name) else { return unknown() };
    if let Some(report) = &served.page {
        // That page holds its own styles and drawings, and no script.
        let policy = HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        );
        return ([(header::CONTENT_SECURITY_POLICY, policy)], Html(report.clone())).into_response();
    }
    let (folder, back) = (served.folder.display().to_string(), address(&app, &served));
    rendered(StatusCode::NOT_FOUND, &NoReport { title: "There is no report of this model yet", folder, back })
}

/// The style of the page.
pub(crate) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../../templates/page.css")).into_response()
}

/// What makes the page move.
pub(crate) async fn script() -> Response {
    let script = include_str!("../../templates/page.js");
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], script).into_response()
}

/// A table that was uploaded, with a prediction in each row.
pub(crate) async fn table(State(app): State<Arc<App>>, Path(name): Path<String>, request: Request) -> Response {
    let Some(served) = app.registry.model(&name) else { return unknown() };
    let back = address(&app, &served);
    match predicted(&app, served, request).await {
        Ok(response) => response,
        Err(lines) => {
            let message = Message { title: "The table was not scored", lines, back };
            rendered(StatusCode::UNPROCESSABLE_ENTITY, &message)
        }
    }
}

/// The table, or what is wrong, in lines.
async fn predicted(app: &Arc<App>, served: Arc<Served>, request: Request) -> Result<Response, Vec<String>> {
    let kind = request.headers().get(header::CONTENT_TYPE).cloned();
    let (body, _) = match read(app, request).await {
        Ok(read) => read,
        Err(problem) => return Ok(on_a_page(&problem, address(app, &served))),
    };
    let mut whole = Request::new(Body::from(body.bytes.clone()));
    if let Some(kind) = kind {
        whole.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    let no_file = || vec!["No file was sent. Choose one, and send it again.".to_owned()];
    let mut parts = Multipart::from_request(whole, &()).await.map_err(|_| no_file())?;
    while let Ok(Some(part)) = parts.next_field().await {
        let Some(name) = part.file_name().map(str::to_owned).filter(|name| !name.is_empty()) else { continue };
        let bytes = part.bytes().await.map_err(|_| no_file())?;
        let scored = app.work(usize::MAX, move || Ok(score_table(&served, &name, &bytes)));
        return match scored.await {
            Ok(scored) => scored,
            Err(problem) => Ok(problem.into_response()),
        };
    }
    Err(no_file())
}

/// Formats that are written as they are read; all others come back as CSV.
const WRITTEN: [&str; 5] = ["csv", "tsv", "parquet", "arrow", "jsonl"];

fn score_table(served: &Served, name: &str, bytes: &[u8]) -> Result<Response, Vec<String>> {
    let said = |error: &dyn std::error::Error| vec![error.to_string()];
    let folder = tempfile::tempdir().map_err(|error| said(&error))?;
    // Of the name only what says the format is used.
    let is_plain = |ending: &&str| ending.len() <= 12 && ending.chars().all(|c| c.is_ascii_alphanumeric());
    let endings: Vec<&str> = name.split('.').skip(1).filter(is_plain).collect();
    let endings = &endings[endings.len().saturating_sub(2)..];
    let input =
        folder.path().join(format!("table.{}", if endings.is_empty() { "csv".to_owned() } else { endings.join(".") }));
    fs_err::write(&input, bytes).map_err(|error| said(&error))?;
    let ending = endings.iter().rev().find(|ending| WRITTEN.contains(ending)).copied().unwrap_or("csv");
    let output = folder.path().join(format!("predicted.{ending}"));
    let scored = Table::open(&[input]).map_err(assist_learn::Error::from).and_then(|table| {
        let sink = PredictionSink::file(&output)?;
        write_predictions(&served.model, &table, sink, &PredictSettings::default(), &unwatched)
    });
    let place = folder.path().display().to_string();
    let summary = scored.map_err(|error| {
        let advice = error.advice().map(|advice| format!("{advice}."));
        // Where the table lay for a moment is of no use to anybody.
        let line = error.to_string().replace(&format!("{place}/"), "");
        std::iter::once(line).chain(advice).collect::<Vec<_>>()
    })?;
    let bytes = fs_err::read(&output).map_err(|error| said(&error))?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(type_of(ending)));
    let disposition = format!("attachment; filename=\"predicted.{ending}\"");
    headers
        .insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).expect("an ending is plain letters"));
    headers.insert("x-rows", HeaderValue::from(summary.rows));
    headers.insert("x-rejected", HeaderValue::from(summary.rejected));
    headers.insert(super::durable::MODEL_ID, served.id_header.clone());
    Ok((headers, bytes).into_response())
}

fn type_of(ending: &str) -> &'static str {
    match ending {
        "parquet" => "application/vnd.apache.parquet",
        "arrow" => "application/vnd.apache.arrow.file",
        "jsonl" => "application/x-ndjson",
        "tsv" => "text/tab-separated-values; charset=utf-8",
        _ => "text/csv; charset=utf-8",
    }
}

fn unknown() -> Response {
    let lines = vec!["No model of that name is served here.".to_owned()];
    rendered(StatusCode::NOT_FOUND, &Message { title: "Not found", lines, back: "/".to_owned() })
}

/// What is wrong with a request, for people.
fn on_a_page(problem: &Problem, back: String) -> Response {
    let message = Message { title: "That was not possible", lines: problem.lines(), back };
    problem.with_body(rendered(problem.status(), &message))
}

fn rendered(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the page cannot be written").into_response(),
    }
}
