//! The product as a library.

mod columns; // columns in memory as they are: fits without a split, scores in order
mod documents; // what is written as JSON is read again by the same definition
mod examples; // the examples run
mod faults; // what is wrong is said as data
mod flips; // what would change a decision, and what it is made of
mod forms; // rules as models
mod groups; // rows of one user stay together
mod monitor; // later rows beside those of a training
mod monitor_log; // predictions of a service beside outcomes
mod outputs;
mod predictions; // batches in, batches out
mod proposed_terms; // tables that a sum of lines cannot tell, and the terms that a comparison proposes for them
mod rare; // levels of few rows pooled into one
mod separated; // one cause has one hint, which works
mod tables; // tables that the tests share
mod work; // settings, progress and cancelling
