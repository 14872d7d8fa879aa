//! What is found in whole tables, from text to figures.

mod audit; // rules of every shape are found, and none where there is none
mod examples; // what a newcomer copies
mod tables; // tables with a known law
mod written; // what is written as JSON is read back
