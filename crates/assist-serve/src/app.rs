//! What all requests share.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use assist_learn::LogRecord;
use axum::http::StatusCode;
use tokio::sync::Semaphore;

use crate::access::Keys;
use crate::answer::Problem;
use crate::error::Error;
use crate::metrics::Metrics;
use crate::outcomes::OutcomeLog;
use crate::registry::Registry;
use crate::settings::{Access, ServiceSettings};
use crate::stop::Stop;

/// A body of so many bytes is answered in less than a millisecond.
const SMALL_WORK: usize = 32 << 10;

/// What all requests share.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) registry: Registry,
    pub(crate) settings: ServiceSettings,
    pub(crate) metrics: Metrics,
    /// The keys, where some are needed.
    pub(crate) keys: Option<Keys>,
    /// A permit for each request that may be worked on.
    pub(crate) requests: Semaphore,
    /// A permit for each KiB that bodies may take.
    pub(crate) bodies: Arc<Semaphore>,
    /// A permit for each request of many rows that may be worked on.
    large: Semaphore,
    /// The log of predictions and outcomes, where there is one.
    pub(crate) outcomes: Option<OutcomeLog>,
    pub(crate) stop: Stop,
    /// Whether the addresses of connections are being taken.
    is_listening: AtomicBool,
}

impl App {
    /// Loads models and keys.
    pub(crate) fn new(settings: ServiceSettings, stop: Stop) -> Result<Self, Error> {
        let registry = Registry::load(&settings.models)?;
        let keys = match &settings.access {
            Access::Keys(path) => Some(Keys::read(path)?),
            _ => None,
        };
        if settings.holdout.is_some() && settings.outcomes.is_none() {
            return Err(Error::HoldoutWithoutLog);
        }
        let outcomes = settings.outcomes.as_deref().map(OutcomeLog::open).transpose()?;
        let metrics = Metrics::new(&registry);
        let requests = Semaphore::new(settings.limits.requests);
        let bodies = Arc::new(Semaphore::new((settings.limits.bodies_bytes >> 10).min(Semaphore::MAX_PERMITS)));
        let large = Semaphore::new(std::thread::available_parallelism().map_or(1, NonZero::get));
        let is_listening = AtomicBool::new(false);
        Ok(Self { registry, settings, metrics, keys, requests, bodies, large, outcomes, stop, is_listening })
    }

    /// Does the work of a request: at once if its body is small, else where it holds up no other, and as many at a time as there
    /// are cores.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        if bytes <= SMALL_WORK {
            return work();
        }
        let _permit = self.large.acquire().await.map_err(|_| bug())?;
        tokio::task::spawn_blocking(work).await.map_err(|_| bug())?
    }

    /// Makes records durable, before they are acknowledged.
    pub(crate) async fn record(&self, records: &[LogRecord]) -> Result<(), Problem> {
        let Some(log) = &self.outcomes else { return Ok(()) };
        log.append(records).await.map_err(|refused| {
            self.metrics.shed("outcomes");
            Problem::overloaded(refused.to_string())
        })
    }

    /// Notes that connections are taken.
    pub(crate) fn listening(&self) {
        self.is_listening.store(true, Ordering::Relaxed);
    }

    /// Whether the service answers and will go on to.
    pub(crate) fn is_ready(&self) -> bool {
        let log_is_written = self.outcomes.as_ref().is_none_or(|log| log.failure().is_none());
        self.is_listening.load(Ordering::Relaxed) && !self.stop.is_ending() && log_is_written
    }
}

fn bug() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the request ended in a fault of the service")
}
