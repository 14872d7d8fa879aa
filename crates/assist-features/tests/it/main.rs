//! Integration tests, in one binary.

mod bins; // numeric columns with cuts against step indicators, and where they are cut
mod both_ways; // what the fast path and the strict reader must agree on
mod examples; // the examples run
mod hashed; // hashes of rows, however these are kept
mod in_memory; // columns in memory against the same table, and their faults
mod labels; // rows without a label, missing cells, targets that are not two-valued
mod products; // products of the coded columns against the dense matrix
mod rare; // levels of few rows pooled into one
mod readers; // the fast path of reading against the strict reader
mod sizes; // many levels, columns and observations
mod spreads; // means and spreads of features, and numbers counted from other centres
