//! What is asked of an engine, beside what is asked of a training.

use assist_learn::EngineWay;

/// Distinct rows up to which they are fetched: some hundred bytes each while they are learnt from.
pub const MOST_COUNTS: u64 = 4_000_000;

/// What is asked of a training on an engine, beside the settings of the training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineSettings {
    /// What is taken from the engine. Default: the table of counts, where it has no more than [`most_counts`](Self::most_counts)
    /// rows.
    pub way: Option<EngineWay>,
    /// Distinct rows up to which they are fetched.
    pub most_counts: u64,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self { way: None, most_counts: MOST_COUNTS }
    }
}
