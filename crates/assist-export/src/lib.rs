//! A fitted model printed as source for other languages, and the proof that what is printed scores as the model does.
//!
//! [`export()`] prints a [`Model`](assist_score::Model) as C, JavaScript and so on; [`verify()`] runs what was printed in real
//! runtimes, at all points of the model's input or at a sample of them, and compares every bit.
//!
//! ```
//! use assist_export::{Format, export};
//! use assist_score::{CategoricalColumn, FeatureSpace, Model, NumericColumn, Parameters, Target};
//!
//! let target = Target { name: "needs_help".into(), negative: "0".into(), positive: "1".into() };
//! let errors = NumericColumn::new("errors", 0.0, 4.0);
//! let device = CategoricalColumn::new("device", vec!["Phone".into(), "Watch".into()]);
//! let space = FeatureSpace::new(target, vec![], vec![errors], vec![device]);
//! let model = Model::new(space, Parameters { coefficients: vec![2.0, -0.5], intercept: -3.0, ..Parameters::default() })?;
//!
//! let files = export(&model, &Format::C, "helper")?;
//! assert_eq!(files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["helper.h", "helper.c"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![expect(clippy::format_collect, reason = "source code is put together once a run")]

mod axis;
mod conformance;
mod diff;
mod domain;
mod error;
mod export;
mod exported_file;
mod limits;
mod literals;
#[cfg(test)]
mod mutations;
mod names;
mod outcomes;
mod plan;
mod points;
mod random;
mod runtimes;
mod scored_rows;
mod settings;
mod slices;
mod spellings;
mod targets;
mod verify;

pub use conformance::conformance;
pub use diff::{Compared, Decision, Difference, DifferingSlice, diff, diff_rows};
pub use domain::{Domain, DomainSettings};
pub use error::Error;
pub use export::{Format, export};
pub use exported_file::ExportedFile;
pub use plan::{Factor, Input, InputKind, LevelInput, NumberInput, Plan, ProbabilityMap, Step};
pub use scored_rows::ScoredRows;
pub use settings::{Compiler, VerifySettings};
pub use spellings::spelling_key;
pub use targets::dialect::{Dialect, SqlOptions};
pub use targets::json::JSON_VERSION;
pub use targets::onnx::OnnxProfile;
pub use verify::{Status, TargetReport, verify};

/// The examples of the README run with the other ones.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
