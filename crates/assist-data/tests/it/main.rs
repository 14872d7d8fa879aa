//! What the crate does as a whole.

mod batches; // tables of record batches against the same rows as CSV
mod examples; // the examples run
mod quoted; // quoted CSV in partitions
mod roles; // what columns are found to be
