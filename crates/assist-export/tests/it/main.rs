//! What an export promises, shown by running it.

mod any_models;
mod conformance;
mod fixed;
mod models;
mod odd_names;
mod same_bits;
