//! An engine and its queries: each has a deadline, is asked again once where that may help, and tells afterwards whether the
//! engine still answers.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use assist_learn::arrow::array::RecordBatch;
use assist_learn::{Progress, Stage, Watch};
use ballista::prelude::{SessionConfigExt as _, SessionContextExt as _};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::address::{SchedulerAddress, SchedulerBuild};
use super::files::EngineTable;
use crate::error::Error;
use crate::fault::{ClusterState, EngineFault};

/// A small query that a cluster which works answers in this time.
const PROBE: Duration = Duration::from_secs(15);
/// How often a query is tried.
const TRIES: u32 = 2;
/// How often whoever watches is asked whether the work goes on.
const GLANCE: Duration = Duration::from_millis(200);
/// No deadline that is not stated is shorter.
const SHORTEST_DEADLINE: Duration = Duration::from_secs(60);
/// Seconds that a slow cluster takes for a megabyte, and ten times that is waited for: measured on two cores (`docs/engines.md`).
const SECONDS_A_MEGABYTE: f64 = 0.14;
/// Partitions of a query on a cluster; at least as many as its machines have cores.
const PARTITIONS: usize = 16;
/// As the programs of Ballista have it: planning is recursive.
const STACK_BYTES: usize = 32 << 20;

/// Where queries run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnginePlace {
    /// `DataFusion`, in this process.
    DataFusion,
    /// A cluster of Ballista.
    Ballista(SchedulerAddress),
}

/// An engine that runs queries.
#[derive(Debug)]
pub struct Engine {
    place: EnginePlace,
    deadline: Option<Duration>,
    build: String,
    /// Until it is dropped, when nobody waits for what still runs there, such as the name of a host.
    runtime: Option<Runtime>,
    queries: AtomicU64,
    repeated: AtomicU64,
    started: Instant,
}

impl Engine {
    /// An engine that answers; a cluster is asked whether it has machines. `deadline` is that of a query on a cluster, by default
    /// ten times what its files should take, and a minute at least.
    ///
    /// # Errors
    ///
    /// No cluster there, one of another version, or one without machines.
    pub fn start(place: EnginePlace, deadline: Option<Duration>) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK_BYTES).build();
        let runtime = runtime.map_err(assist_learn::Error::from)?;
        let (queries, repeated, build) = (AtomicU64::new(0), AtomicU64::new(0), String::new());
        let runtime = Some(runtime);
        let mut engine = Self { place, deadline, build, runtime, queries, repeated, started: Instant::now() };
        engine.build = match &engine.place {
            EnginePlace::DataFusion => format!("datafusion/{}", datafusion::DATAFUSION_VERSION),
            EnginePlace::Ballista(address) => {
                let SchedulerBuild { server } = engine.runtime().block_on(address.ready())?;
                server
            }
        };
        Ok(engine)
    }

    /// What it is called in messages.
    pub(super) fn name(&self) -> String {
        match &self.place {
            EnginePlace::DataFusion => "DataFusion".to_owned(),
            EnginePlace::Ballista(address) => format!("the cluster at {address}"),
        }
    }

    /// Where it is.
    pub(super) fn place(&self) -> &EnginePlace {
        &self.place
    }

    /// The program and its version.
    pub(super) fn build(&self) -> &str {
        &self.build
    }

    /// Queries with a result so far, and those that were repeated.
    pub(super) fn queries(&self) -> [u64; 2] {
        [&self.queries, &self.repeated].map(|count| count.load(Ordering::Relaxed))
    }

    /// Seconds since it was started.
    pub(super) fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// The runtime that queries run on.
    pub(super) fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("it is there until the engine is dropped")
    }

    /// All rows of the result of a query on a table.
    pub(super) fn query(&self, table: &EngineTable, sql: &str, watch: Watch<'_>) -> Result<Vec<RecordBatch>, Error> {
        self.query_of(table, None, sql, watch)
    }

    /// As [`query`](Self::query), on one of the files alone where that is stated.
    pub(super) fn query_of(
        &self,
        table: &EngineTable,
        only: Option<usize>,
        sql: &str,
        watch: Watch<'_>,
    ) -> Result<Vec<RecordBatch>, Error> {
        let deadline = self.deadline(table);
        let mut tries = 0;
        loop {
            tries += 1;
            let rows = async {
                let context = self.context().await?;
                table.register(&context, only)?;
                let plan = context.sql(sql).await?;
                // Polled on a thread of its own, so that watching does not hold it up, until nobody waits for it.
                let mut work = JoinSet::from_iter([plan.collect()]);
                let done = work.join_next().await.expect("one was put in");
                done.map_err(|error| DataFusionError::External(Box::new(error)))?
            };
            let in_time = async { tokio::time::timeout(deadline, rows).await };
            let failed = match self.runtime().block_on(watched(in_time, watch))? {
                Ok(Ok(rows)) => {
                    self.queries.fetch_add(1, Ordering::Relaxed);
                    return Ok(rows);
                }
                Ok(Err(error)) => Failed::Error(error),
                Err(_) => Failed::Deadline,
            };
            let fault = self.fault(failed, deadline);
            // What went wrong on a machine that is gone goes well on those that are left.
            if tries >= TRIES || !is_worth_a_try(&fault) {
                return Err(fault.into());
            }
            self.repeated.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How long a query on a table is waited for.
    pub(super) fn deadline(&self, table: &EngineTable) -> Duration {
        if self.place == EnginePlace::DataFusion {
            // It has no machines that could be lost.
            return Duration::from_secs(u64::from(u32::MAX));
        }
        let expected = table.bytes() as f64 / 1e6 * SECONDS_A_MEGABYTE;
        self.deadline.unwrap_or_else(|| Duration::from_secs_f64(10.0 * expected).max(SHORTEST_DEADLINE))
    }

    /// A context of its own for each query: one whose cluster failed is not used again.
    pub(super) async fn context(&self) -> Result<SessionContext, DataFusionError> {
        match &self.place {
            EnginePlace::DataFusion => Ok(SessionContext::new_with_config(plain(SessionConfig::new())?)),
            EnginePlace::Ballista(address) => {
                let config = SessionConfig::new_with_ballista().with_target_partitions(PARTITIONS);
                let state = SessionStateBuilder::new().with_default_features().with_config(plain(config)?).build();
                SessionContext::remote_with_state(&address.to_string(), state).await
            }
        }
    }

    /// What is said of a query that failed, when it has been found out whether the engine still answers.
    pub(super) fn fault(&self, failed: Failed, deadline: Duration) -> EngineFault {
        if let Failed::Error(error) = &failed {
            let detail = last_line(error);
            if self.place != EnginePlace::DataFusion && is_missing_file(&detail) {
                return EngineFault::FileNotSeen { detail };
            }
        }
        let (engine, state) = (self.name(), self.state());
        match failed {
            Failed::Error(error) => EngineFault::Query { engine, detail: last_line(&error), state },
            Failed::Deadline => EngineFault::Deadline { engine, deadline, state },
        }
    }

    /// Whether the engine still answers.
    fn state(&self) -> ClusterState {
        let EnginePlace::Ballista(address) = &self.place else { return ClusterState::InProcess };
        self.runtime().block_on(async {
            match address.ready().await {
                Err(EngineFault::NoExecutors { .. }) => return ClusterState::Empty,
                Err(_) => return ClusterState::Gone,
                Ok(_) => {}
            }
            let probe = async { self.context().await?.sql("SELECT 1").await?.collect().await };
            match tokio::time::timeout(PROBE, probe).await {
                Ok(Ok(_)) => ClusterState::Answers,
                _ => ClusterState::Stuck,
            }
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// How a query ended that has no result.
pub(super) enum Failed {
    Error(DataFusionError),
    Deadline,
}

/// What queries are planned with wherever they run.
fn plain(mut config: SessionConfig) -> Result<SessionConfig, DataFusionError> {
    // Texts come as the rest of this program has them.
    config.options_mut().set("datafusion.sql_parser.map_string_types_to_utf8view", "false")?;
    config.options_mut().set("datafusion.execution.parquet.schema_force_view_types", "false")?;
    // `Name` and `name` are two columns.
    config.options_mut().set("datafusion.sql_parser.enable_ident_normalization", "false")?;
    Ok(config)
}

/// Waits for work, and ends it where whoever watches says so.
async fn watched<T>(work: impl Future<Output = T>, watch: Watch<'_>) -> Result<T, Error> {
    let mut work = std::pin::pin!(work);
    loop {
        if watch(Progress::of(Stage::Querying)) == ControlFlow::Break(()) {
            return Err(assist_learn::Error::Cancelled.into());
        }
        if let Ok(done) = tokio::time::timeout(GLANCE, &mut work).await {
            return Ok(done);
        }
    }
}

/// Whether a query may go well when it is asked again.
fn is_worth_a_try(fault: &EngineFault) -> bool {
    let (EngineFault::Query { state, .. } | EngineFault::Deadline { state, .. }) = fault else { return false };
    *state == ClusterState::Answers
}

/// What an engine says of a file that is not there.
fn is_missing_file(detail: &str) -> bool {
    detail.contains("not found") && detail.contains("Object at location")
}

/// The innermost of an engine's words, on one line.
fn last_line(error: &DataFusionError) -> String {
    const MOST: usize = 600;
    let text: String = error.to_string().split_whitespace().collect::<Vec<&str>>().join(" ");
    if text.chars().count() <= MOST {
        return text;
    }
    let skipped = text.chars().count() - MOST;
    format!("… {}", text.chars().skip(skipped).collect::<String>())
}
