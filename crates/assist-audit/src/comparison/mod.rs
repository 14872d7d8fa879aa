//! Logistic regression beside a decision tree, a random forest and controls, on the same split.

mod candidate; // a model with its figures
mod candidate_kind; // which models there are
mod compare; // fits the others and judges all
mod importances; // what each column is worth to a model
mod operating_point; // the threshold that is chosen for every model in the same way
mod result; // models side by side
mod settings; // how many trees, how many rows
mod subsets; // training and test observations with their features
mod term_tests; // bends and interactions that a model lacks

pub use candidate::{Candidate, Importance, ParameterKind};
pub use candidate_kind::CandidateKind;
pub use compare::compare;
pub use importances::IMPORTANCE_ROWS;
pub use operating_point::{Decisions, ThresholdChoice, TrainingFold};
pub use result::{CandidatePair, Comparison, ComparisonWithScores, TestScores};
pub use settings::ComparisonSettings;
pub use term_tests::{ProposedTerm, StepsBesideProduct, TermTest, TermTests, TermsNotTested};
