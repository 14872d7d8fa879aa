//! Artifacts as bytes: what was encoded is decoded, and nothing else is.

mod artifacts;
mod deserialize; // rows from JSON text
