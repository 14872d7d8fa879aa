//! Fits on all folds but one, and what they say of that one.

mod cross_validation;

pub use cross_validation::{PathPoint, Scoring, c_path, chosen, out_of_fold};
