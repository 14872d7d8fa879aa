//! Integration tests, in one binary.

mod products; // products of the coded columns against the dense matrix
mod readers; // the quick way of reading against the plain one
