//! The description of the service: made from the types and routes, and from the columns of the model.

use std::sync::Arc;

use assist_learn::{AskedColumn, RowReader};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use utoipa::OpenApi as _;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi, SecurityRequirement};

use crate::answer::json as json_answer;
use crate::app::App;
use crate::served::Served;

/// The description of the service, with the columns of the model that answers where none is named.
#[utoipa::path(get, path = "/openapi.json", tag = "service", responses(
    (status = 200, description = "This document", body = Object, content_type = "application/json"),
    (status = 401, description = "A key is needed", body = crate::schemas::ErrorAnswer),
))]
pub(crate) async fn openapi(State(app): State<Arc<App>>) -> Response {
    json_answer(StatusCode::OK, &document(&app))
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "assist",
        description = "Which users need assistance: predictions of a model, with what is wrong where there is none.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        contact()
    ),
    servers((url = "/")),
    paths(
        super::predict::predict,
        super::outcome::outcome,
        super::monitor::monitor,
        super::model::models,
        super::model::model,
        super::v2::server,
        super::v2::live,
        super::v2::ready,
        super::v2::metadata,
        super::v2::metadata_version,
        super::v2::model_ready,
        super::v2::model_ready_version,
        super::v2::infer,
        super::v2::infer_version,
        super::invocations::invocations,
        super::invocations::ping,
        super::health::healthz,
        super::health::readyz,
        super::metrics::metrics,
        openapi,
    ),
    tags(
        (name = "predictions", description = "Which users need assistance"),
        (name = "models", description = "What is served"),
        (name = "open inference protocol", description = "The protocol of KServe and Triton, version 2, over HTTP"),
        (name = "mlflow", description = "The protocol of MLflow's scoring servers"),
        (name = "service", description = "Whether it lives, and how it does"),
    )
)]
struct Described;

/// The description of a service.
fn document(app: &App) -> Value {
    let mut described = Described::openapi();
    add_keys(&mut described, app.keys.is_some());
    let mut document = serde_json::to_value(&described).unwrap_or_default();
    document["components"]["schemas"]["UserValues"] = user_values(&app.registry.first());
    document
}

fn add_keys(described: &mut OpenApi, are_needed: bool) {
    if !are_needed {
        return;
    }
    let components = described.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let header = ApiKey::Header(ApiKeyValue::new("X-API-Key"));
    components.add_security_scheme("key", SecurityScheme::ApiKey(header));
    let either = ["bearer", "key"].map(|name| SecurityRequirement::new(name, Vec::<String>::new()));
    described.security = Some(either.into());
}

/// The values of a user, as the columns of the model are.
fn user_values(served: &Served) -> Value {
    let reader = RowReader::new(&served.model);
    let (mut properties, mut required, mut example) = (serde_json::Map::new(), Vec::new(), serde_json::Map::new());
    for column in reader.columns() {
        let name = column.name().to_owned();
        let (mut schema, may_be_missing, value) = property(&column);
        if may_be_missing {
            schema = json!({ "oneOf": [schema, { "type": "null" }] });
        } else {
            required.push(name.clone());
        }
        example.insert(name.clone(), value);
        properties.insert(name, schema);
    }
    json!({
        "type": "object",
        "description": "The values of a user, by the names of the columns",
        "properties": properties,
        "required": required,
        "example": example,
    })
}

/// The schema of a column's values, whether they may be missing, and one of them.
fn property(column: &AskedColumn<'_>) -> (Value, bool, Value) {
    match column {
        AskedColumn::Number(column) => {
            let kind = if column.integer { "integer" } else { "number" };
            let mut schema = json!({ "type": kind });
            // Larger ones are numbers of JSON and none of 64 bits.
            let bounds = [("minimum", column.min, -1e15), ("maximum", column.max, 1e15)];
            for (key, bound, widest) in bounds {
                schema[key] = number(bound.unwrap_or(widest));
            }
            let (low, high) = column.training_range;
            schema["description"] = json!(format!(
                "{}; the training rows have {low} to {high}{}",
                column.expected(),
                column.unit.as_deref().map(|unit| format!(" {unit}")).unwrap_or_default()
            ));
            let middle = (low / 2.0 + high / 2.0).floor().clamp(low, high);
            (schema, column.fill_value.is_some(), number(middle))
        }
        AskedColumn::Level(column) => {
            let of_rows = |level: &&String| !level.starts_with('(');
            let mut schema = json!({ "type": "string" });
            if column.rare.is_none() {
                schema["enum"] = json!(column.levels.iter().filter(of_rows).collect::<Vec<_>>());
            }
            let example = column.levels.iter().find(of_rows).cloned().unwrap_or_default();
            (schema, column.missing.is_some(), json!(example))
        }
        AskedColumn::Date { form, may_be_missing, .. } => {
            let words = if form.is_empty() { "a date".to_owned() } else { format!("a date of the form `{form}`") };
            let schema = json!({ "type": "string", "format": "date", "description": words });
            (schema, *may_be_missing, json!("2026-01-31"))
        }
        _ => (json!({}), true, Value::Null),
    }
}

/// A whole number without a point, which is what it is in JSON Schema either way.
#[expect(clippy::cast_possible_truncation, reason = "whole numbers of this size are exact")]
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { json!(value as i64) } else { json!(value) }
}
