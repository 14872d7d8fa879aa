//! Integration tests, in one binary.

mod bins; // numeric columns with cuts against step indicators, and where they are cut
mod products; // products of the coded columns against the dense matrix
mod readers; // the fast path against the strict reader
