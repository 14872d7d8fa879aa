//! The log of a service: its predictions, and what became true of them. What was acknowledged is on disk.

mod compact;
mod error;
mod line;
mod log;
mod read;
mod segment;

pub use error::LogError;
pub(crate) use log::OutcomeLog;
pub(crate) use read::read;
