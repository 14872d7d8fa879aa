//! Laws of the objective and of the fit, in one binary.

mod bins; // bins of a number are levels by another name
mod clusters; // standard errors of groups of rows
mod derivatives; // gradient and Hessian against finite differences, merged rows against unmerged ones
mod evidence; // what the rows say of each coefficient, whatever predicts
mod examples; // the examples run
mod inference; // standard errors, tests and effects against figures by hand
mod large; // many features: the same optimum without a square of them, and what is refused
mod recipes; // each objective at its optimum; the standard one knows nothing of units and offsets
mod row_weights; // rows that have weights of their own
mod rows; // rows that the tests are made of
mod separation; // what has no finite optimum is certified and named, and nothing else
mod settings; // what is refused before a row is looked at
mod solvers; // all solvers find the same optimum
mod weighted_evidence; // of rows with weights, alone and in groups
mod weights; // weights are rows written more than once
