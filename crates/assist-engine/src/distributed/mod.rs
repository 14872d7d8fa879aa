//! Engines that run queries, and what is learnt, judged and scored with their help.

mod address;
mod counts;
mod engine;
mod evaluate;
mod files;
mod first_look;
mod predict;
mod settings;
mod sums;
mod sums_query;
mod sums_rows;
mod train;
mod unknown_level;

pub use address::SchedulerAddress;
pub use engine::{Engine, EnginePlace};
pub use evaluate::evaluate_on;
pub use files::EngineTable;
pub use predict::predict_on;
pub use settings::{EngineSettings, MOST_COUNTS};
pub use train::train_on;
