//! The label audit: is the label a formula of the columns?

mod axis; // a column as bins of codes, and the conditions that are tried on it
mod chances; // how likely random labels would have such a rule
mod coded_rule; // a rule as a search has it
mod combinations; // the best rule of one, two or three columns
mod formulas; // the ways of joining conditions
mod literal; // a condition in the words of the table
mod refine; // cuts moved to where they have the fewest exceptions
mod result; // what was found
mod rule; // a rule in the words of the table
mod run; // the audit
mod search; // the rule with the fewest exceptions
mod training_rule; // the rule of the training rows, to be used as a model
mod words; // what was found, in sentences

pub use literal::{Condition, Literal};
pub use result::{Audit, PermutedControl, TrainingRule};
pub use rule::{LabelRule, Shape};
pub use run::audit;
pub use training_rule::training_rule;
