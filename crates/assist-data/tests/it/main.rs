//! What the crate does as a whole.

mod batches; // tables of record batches against the same rows as CSV
mod examples;
mod quoted; // quoted CSV in partitions
