//! What is counted while the service runs, as Prometheus reads it. No label has a value of a user.

use std::time::Duration;

use assist_score::Rejection;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry as Collected, Unit};

use crate::registry::Registry;
use crate::served::Served;

/// From 0.1 ms, which a prediction takes, to 10 s, after which requests end.
const SECONDS: [f64; 15] =
    [0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequest {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfReason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPrediction {
    model: String,
    prediction: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRejection {
    model: String,
    column: String,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfModel {
    model: String,
    model_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfReload {
    model: String,
    result: &'static str,
}

/// All counters.
#[derive(Debug)]
pub(crate) struct Metrics {
    collected: Collected,
    requests: Family<OfRequest, Counter>,
    seconds: Family<OfRoute, Histogram>,
    shed: Family<OfReason, Counter>,
    /// The counters of each model's predictions, found without a lock: every prediction needs one.
    by_model: Vec<(String, [Counter; 2])>,
    rejections: Family<OfRejection, Counter>,
    models: Family<OfModel, Gauge>,
    reloads: Family<OfReload, Counter>,
    /// Requests that are being worked on.
    pub(crate) in_flight: Gauge,
    /// Connections that are open.
    pub(crate) connections: Gauge,
}

impl Metrics {
    /// The counters of these models.
    pub(crate) fn new(registry: &Registry) -> Self {
        let mut collected = Collected::with_prefix("assist");
        let metrics = Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            shed: Family::default(),
            by_model: Vec::new(),
            rejections: Family::default(),
            models: Family::default(),
            reloads: Family::default(),
            in_flight: Gauge::default(),
            connections: Gauge::default(),
            collected: Collected::default(),
        };
        collected.register("http_requests", "Requests that were answered", metrics.requests.clone());
        let help = "Time from a request's head to its answer";
        collected.register_with_unit("http_request_duration", help, Unit::Seconds, metrics.seconds.clone());
        collected.register("http_requests_in_flight", "Requests that are being worked on", metrics.in_flight.clone());
        collected.register("http_connections", "Connections that are open", metrics.connections.clone());
        collected.register("shed", "Requests and connections that were refused for load", metrics.shed.clone());
        let predictions: Family<OfPrediction, Counter> = Family::default();
        collected.register("predictions", "Rows that were scored, by what was predicted", predictions.clone());
        collected.register("rejections", "Rows that were rejected, by column and reason", metrics.rejections.clone());
        collected.register("model_info", "The models that are served", metrics.models.clone());
        collected.register("model_reloads", "Models that were loaded again, or refused", metrics.reloads.clone());
        for served in registry.models() {
            metrics.models.get_or_create(&of_model(&served)).set(1);
        }
        let by_model = registry.models().map(|served| {
            let counter = |prediction| {
                let labels = OfPrediction { model: served.name.clone(), prediction };
                predictions.get_or_create(&labels).clone()
            };
            (served.name.clone(), [counter(0), counter(1)])
        });
        Self { collected, by_model: by_model.collect(), ..metrics }
    }

    /// Notes a request that was answered.
    pub(crate) fn answered(&self, method: &'static str, route: &str, status: u16, taken: Duration) {
        self.requests.get_or_create(&OfRequest { method, route: route.to_owned(), status }).inc();
        self.seconds.get_or_create(&OfRoute { route: route.to_owned() }).observe(taken.as_secs_f64());
    }

    /// Notes that something was refused for load.
    pub(crate) fn shed(&self, reason: &'static str) {
        self.shed.get_or_create(&OfReason { reason }).inc();
    }

    /// Notes rows that were scored: how many were predicted class 0, and class 1.
    pub(crate) fn scored(&self, served: &Served, predictions: [u64; 2]) {
        let Some((_, of_model)) = self.by_model.iter().find(|(name, _)| *name == served.name) else { return };
        for (counter, rows) in of_model.iter().zip(predictions) {
            if rows > 0 {
                counter.inc_by(rows);
            }
        }
    }

    /// Notes a row that was rejected.
    pub(crate) fn rejected(&self, served: &Served, rejection: &Rejection) {
        let column = rejection.subject.column().unwrap_or("").to_owned();
        let labels = OfRejection { model: served.name.clone(), column, reason: rejection.reason.kind() };
        self.rejections.get_or_create(&labels).inc();
    }

    /// Notes that a model was loaded in the place of another.
    pub(crate) fn loaded(&self, served: &Served, old: &Served) {
        self.models.remove(&of_model(old));
        self.models.get_or_create(&of_model(served)).set(1);
        self.reloads.get_or_create(&OfReload { model: served.name.clone(), result: "loaded" }).inc();
    }

    /// Notes that a model was refused.
    pub(crate) fn refused(&self, name: &str) {
        self.reloads.get_or_create(&OfReload { model: name.to_owned(), result: "refused" }).inc();
    }

    /// All of it as text.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.collected)?;
        Ok(text)
    }
}

fn of_model(served: &Served) -> OfModel {
    OfModel { model: served.name.clone(), model_id: served.id.clone() }
}
