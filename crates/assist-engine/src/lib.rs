//! Counts taken where the data are: a fit needs only how often each distinct row was seen with either label, and that is one
//! `GROUP BY` in whatever engine holds the rows.
//!
//! ```
//! use assist_engine::{QueryOptions, counts_query};
//! use assist_export::Dialect;
//! use assist_learn::Settings;
//!
//! let mut settings = Settings::new("needs_help");
//! settings.roles.positive = Some("yes".into());
//! settings.roles.categorical.insert("device".into(), Default::default());
//! let query = counts_query(&settings, &QueryOptions::new(Dialect::Postgres, "interactions"))?;
//! assert!(query.ends_with("ORDER BY \"device\" COLLATE \"C\" NULLS LAST\n"), "{query}");
//! # Ok::<(), assist_engine::Error>(())
//! ```

mod counts_query;
#[cfg(feature = "distributed")]
mod distributed;
mod error;
mod fault;

pub use counts_query::{QueryOptions, counts_query};
#[cfg(feature = "distributed")]
pub use distributed::{
    Engine, EnginePlace, EngineSettings, EngineTable, MOST_COUNTS, SchedulerAddress, evaluate_on, predict_on, train_on,
};
pub use error::Error;
pub use fault::{ClusterState, EngineFault};

/// The example of the README runs with the other ones.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
