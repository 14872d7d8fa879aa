//! What is said of whole tables, from text to words.

mod examples; // what a newcomer copies
mod report; // the page and the card hold what they must
mod verdict; // every sentence changes with the data

/// Tables with a known law, those of the audit's tests.
#[path = "../../../assist-audit/tests/it/tables.rs"]
mod tables;
