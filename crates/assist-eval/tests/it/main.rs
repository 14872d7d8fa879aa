//! What is found in whole tables, from text to words.

mod audit; // rules of every shape are found, and none where there is none
mod report; // the page and the card hold what they must
mod tables; // tables with a known law
mod verdict; // every sentence changes with the data
