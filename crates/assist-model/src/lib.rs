//! Weighted, penalised logistic regression fitted with argmin's L-BFGS, and the artifacts that keep it.
//!
//! ```
//! use assist_data::{SchemaFile, Table};
//! use assist_features::{MissingPolicy, LabelScan};
//! use assist_model::LogisticRegression;
//!
//! let text = "errors,device,help\n4,Phone,1\n0,Watch,0\n3,Watch,1\n1,Phone,0\n2,Phone,1\n2,Watch,0\n";
//! let table = Table::from_csv_text("users.csv", text)?;
//! let schema = SchemaFile { target: Some("help".into()), ..SchemaFile::default() }.resolve(&table, false)?;
//! let encoded = LabelScan::read(&table, &schema, MissingPolicy::Error, None)?.encode_all()?;
//! let space = encoded.learn_space()?;
//! let design = encoded.design(&space).design;
//!
//! let fit = LogisticRegression::default().with_c(10.0).fit(&design)?;
//! let facts = &fit.model.parameters().training.fit;
//! assert!(facts.converged && facts.gradient_max_norm <= 1e-8);
//! assert!(fit.model.parameters().coefficients[0] > 0.0, "errors speak for help");
//!
//! let folder = tempfile::tempdir()?;
//! assist_model::save(folder.path(), &fit.model)?;
//! assert_eq!(assist_model::load(folder.path())?, fit.model);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod choices;
mod effects;
mod error;
mod firth;
mod fit;
mod inference;
mod likelihood;
mod linalg;
pub mod logistic;
mod newton;
mod objective;
mod separation;
mod settings;
mod solution;
mod solver;
mod sparse;
mod store;
mod weights;

pub use choices::{Covariance, InferenceLevel, Solver};
pub use error::Error;
pub use fit::{Fit, FitReport};
pub use inference::Wald;
pub use likelihood::holm;
pub use objective::{Evaluation, Objective};
pub use settings::LogisticRegression;
pub use solution::SampleReport;
pub use store::{load, load_with_id, save};
pub use weights::class_weights;
