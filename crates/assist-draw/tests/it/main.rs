//! Draws are held against their laws, and the examples are run.

mod examples; // what a newcomer copies
mod laws; // chi-square and moments of what is drawn
