//! Weighted, penalised logistic regression fitted with argmin's L-BFGS, and the artifacts that keep it.
//!
//! ```
//! use assist_features::Design;
//! use assist_model::LogisticRegression;
//!
//! let design = Design::builder()
//!     .number("errors", &[4.0, 0.0, 3.0, 1.0, 2.0, 2.0])
//!     .category("device", &["Phone", "Watch", "Watch", "Phone", "Phone", "Watch"])
//!     .labels(&[true, false, true, false, true, false])
//!     .build()?;
//!
//! let fit = LogisticRegression::default().with_c(10.0).fit(&design)?;
//! let facts = &fit.model.parameters().training.fit;
//! assert!(facts.converged && facts.gradient_max_norm <= 1e-8);
//! assert!(fit.model.parameters().coefficients[0] > 0.0, "more errors, more probably class 1");
//!
//! let folder = tempfile::tempdir()?;
//! assist_model::save(folder.path(), &fit.model)?;
//! assert_eq!(assist_model::load(folder.path())?, fit.model);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod certificate;
mod choices;
mod curvature;
mod dual;
mod effects;
mod error;
mod evidence;
mod factor_tests;
mod firth;
mod fit;
mod inference;
mod influence;
mod interrupt;
mod kernel_newton;
mod large;
mod likelihood;
mod linalg;
mod linear_program;
mod logistic;
mod memory;
mod newton;
mod newton_cg;
mod objective;
mod penalty;
mod pull;
mod ridge;
mod score_tests;
mod separation;
mod settings;
mod solution;
mod solver;
mod sparse;
mod sparse_columns;
mod store;
mod summed;
mod units;
mod wald;
mod weights;

pub use assist_features::{Design, DesignBuilder};
pub use assist_score::{ClassWeight, Intercept, Model, Penalty, PenaltyUnits, Recipe};
pub use choices::{Covariance, InferenceLevel, Solver};
pub use error::{Error, SquareFor};
pub use factor_tests::holm;
pub use fit::{Fit, FitReport};
pub use influence::{InfluentialObservation, NoUnpenalisedFit, UnpenalisedFit};
pub use interrupt::Interrupt;
pub use objective::{Objective, ObjectiveValue};
pub use pull::Pull;
pub use score_tests::{ScoreTest, score_tests};
pub use settings::LogisticRegression;
pub use solution::SampleReport;
pub use store::{Companion, check_folder, load, read_companion, save, save_with};
pub use summed::{AddUp, RowSums, RowsElsewhere, Scaling, SumsError};
pub use wald::Wald;
pub use weights::{class_weights, class_weights_of};

/// The examples of the README run with the other ones.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
