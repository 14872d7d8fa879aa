//! What a saved model *is*, and the one scorer that everything uses.
//!
//! This crate is the bottom of the house: `no_std` with `alloc`, no I/O, nothing of the workspace below it. It decodes
//! the two artifacts of a fit, turns a row of values into a [`Scored`] or a [`Rejection`] (with the column, the
//! value and what the model knows), and explains a prediction by the contributions of its features.
//!
//! ```
//! use assist_score::{CategoricalColumn, FeatureSpace, Model, NumericColumn, Parameters, Target, Value};
//!
//! let target = Target { name: "needs_help".into(), negative: "0".into(), positive: "1".into() };
//! let errors = NumericColumn::new("errors", 0.0, 4.0);
//! let device = CategoricalColumn::new("device", vec!["Phone".into(), "Watch".into()]);
//! let space = FeatureSpace::new(target, vec![], vec![errors], vec![device]);
//! let parameters = Parameters { coefficients: vec![2.0, -0.5], intercept: -3.0, ..Parameters::default() };
//! let model = Model::new(space, parameters)?;
//!
//! let scored = model.score(&[Value::Number(2.0), Value::Text("Watch")])?;
//! assert_eq!(scored.score, -3.0 + 2.0 * 2.0 - 0.5);
//! assert_eq!(scored.prediction, 1);
//! assert_eq!(model.score_named([("device", Value::from("Watch")), ("errors", 2.0.into())])?, scored);
//!
//! let rejection = model.score(&[Value::Number(2.0), Value::Text("Tablet")]).expect_err("an unknown level");
//! assert_eq!(rejection.to_string(), "column `device`: unknown level `Tablet`");
//!
//! // The artifacts are plain bytes; both must come from the same fit.
//! let (model_bytes, features_bytes) = model.encode()?;
//! assert_eq!(Model::decode(&model_bytes, &features_bytes)?, model);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
#![no_std]

extern crate alloc;

mod artifact;
mod by_column;
mod calibration;
mod check;
mod columns;
mod currency;
mod deserialize;
mod error;
mod evidence;
mod exp;
mod features;
mod files;
mod form;
mod inference;
mod level_codes;
pub mod logistic;
mod missing_marker;
mod model;
mod named;
mod needed_columns;
mod number_style;
mod number_text;
mod outcome;
mod parameters;
mod reading;
mod recipe;
mod rejection;
mod row;
mod row_sketch;
mod scorer;
mod space;
mod spelling;
mod style_evidence;
mod terms;
mod text;
mod totals;
mod training_profile;

pub use artifact::{FORMAT_VERSION, PairId};
pub use by_column::ColumnContribution;
pub use calibration::{Calibration, Correction};
pub use columns::{CategoricalColumn, MISSING_LEVEL, NumericColumn, RARE_LEVEL, Target};
pub use error::{Error, Inconsistency, TermFault};
pub use evidence::{CoefficientEvidence, ColumnTest, Evidence, EvidenceMethod};
pub use exp::{exp_of_negative, sigmoid};
pub use features::Feature;
pub use files::{Artifact, FEATURES_FILE, MODEL_FILE};
pub use form::Form;
pub use inference::{FactorTest, FactorTests, Inference, MarginalEffect, Separation};
pub use missing_marker::{MISSING_MARKERS, is_missing_marker};
pub use model::{Model, WeightedTerm};
pub use number_style::NumberStyle;
pub use outcome::{Contribution, Outcome, Scored, Value};
pub use parameters::{ClassWeight, Convergence, Parameters, Penalty, ScoreTotal, StandardErrors, Training, Weighting};
pub use reading::{Derived, Reading};
pub use recipe::{Intercept, ObjectiveForm, PenaltyUnits, Recipe};
pub use rejection::{Reason, Rejection, Subject};
pub use row_sketch::RowSketch;
pub use space::FeatureSpace;
pub use style_evidence::StyleEvidence;
pub use terms::Term;
pub use text::{canonical_level, is_unprintable, parse_number, printable, shown, shown_within, truth_value};
pub use totals::Decides;
pub use training_profile::{NumericProfile, ScoreProfile, TrainingProfile};

/// The examples of the README run with the other ones.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
