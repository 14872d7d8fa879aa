//! The verdict, in sentences by theme.

mod assemble; // all findings, in their order
mod columns; // columns without evidence of an effect, and separation
mod evidence; // what several sentences ask of the figures
mod finding; // what a sentence is about
mod label; // whether the label is a formula
mod memorising; // whether the decision tree memorises
mod models; // the best model, and logistic regression beside it
mod recommendation; // what to do
mod segments; // where the error is highest

pub use assemble::verdict;
pub use finding::{Finding, Topic};
