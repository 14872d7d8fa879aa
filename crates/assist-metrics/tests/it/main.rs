//! The examples, run.

mod examples; // what a newcomer copies
