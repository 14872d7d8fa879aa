//! What a saved model *is*, and the one scorer that everything uses.
//!
//! This crate is the bottom of the house: `no_std` with `alloc`, no I/O, nothing of the workspace below it. It decodes
//! the two artifacts of a fit, turns a row of values into a typed [`Outcome`] (scored, or rejected with the column, the
//! value and what the model knows), and takes a prediction apart into contributions.
//!
//! ```
//! use assist_score::{
//!     CategoricalColumn, FeatureSpace, Model, NumericColumn, Outcome, Parameters, Target, Value,
//! };
//!
//! let space = FeatureSpace {
//!     target: Target { name: "needs_help".into(), negative: "0".into(), positive: "1".into() },
//!     dropped: vec![],
//!     numeric: vec![NumericColumn::new("errors", 0.0, 4.0)],
//!     categorical: vec![CategoricalColumn::new("device", vec!["Phone".into(), "Watch".into()])],
//! };
//! let parameters = Parameters { coefficients: vec![2.0, -0.5], intercept: -3.0, ..Parameters::default() };
//! let model = Model::new(space, parameters)?;
//!
//! let Outcome::Scored(scored) = model.score(&[Value::Number(2.0), Value::Text("Watch")]) else { panic!() };
//! assert_eq!(scored.score, -3.0 + 2.0 * 2.0 - 0.5);
//! assert_eq!(scored.prediction, 1);
//!
//! let Outcome::Rejected(rejection) = model.score(&[Value::Number(2.0), Value::Text("Tablet")]) else { panic!() };
//! assert_eq!(rejection.to_string(), "column `device`: unknown level `Tablet`");
//!
//! // The artifacts are plain bytes; both must come from the same fit.
//! let (model_bytes, features_bytes) = model.encode()?;
//! assert_eq!(Model::decode(&model_bytes, &features_bytes)?, model);
//! # Ok::<(), assist_score::Error>(())
//! ```
#![no_std]

extern crate alloc;

mod artifact;
mod calibration;
mod deserialize;
mod error;
mod exp;
mod inference;
mod level_codes;
pub mod logistic;
mod model;
mod outcome;
mod space;

pub use artifact::{FEATURES_FILE, FORMAT_VERSION, MODEL_FILE, PairId};
pub use calibration::{Calibration, Correction};
pub use error::{Artifact, Error, Inconsistency};
pub use exp::exp_of_negative;
pub use inference::{FactorTest, FactorTests, Inference, MarginalEffect, Separation};
pub use model::{ClassWeight, Convergence, Model, Parameters, Penalty, StandardErrors, Training, sigmoid};
pub use outcome::{Contribution, Outcome, Reason, Rejection, Scored, Value, parse_number, shown};
pub use space::{CategoricalColumn, Feature, FeatureKind, FeatureSpace, MISSING_LEVEL, NumericColumn, Target};
