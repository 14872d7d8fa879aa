//! What is to be believed of a label and of a model.
//!
//! [`audit()`] looks for the rule behind a label: conditions on at most three columns that reproduce it. [`compare`] puts a
//! model beside trees, a forest and controls, and says where each is most wrong. [`profile()`] says what the columns hold.
//! All of them see rows as codes of distinct values, [`CodedRows`].
//!
//! ```
//! use assist_audit::{CodedRows, audit};
//! use assist_data::{SchemaFile, Table, TestRows};
//! use assist_features::{LabelScan, MissingPolicy};
//!
//! let rows = (0..400).map(|i| (i % 5, i * 7 % 97)).map(|(e, t)| format!("{e},{t},{}\n", u8::from(e > 2 || t > 60)));
//! let table = Table::from_csv_text("users.csv", &format!("errors,time,help\n{}", rows.collect::<String>()))?;
//! let schema = SchemaFile { target: Some("help".into()), ..SchemaFile::default() }.resolve(&table, false)?;
//! let labels = LabelScan::read(&table, &schema, MissingPolicy::Error, None)?;
//! let [train, test] = labels.encode(&TestRows::None)?;
//! let space = train.learn_space()?;
//! let (train, test) = (train.design(&space).design, test.design(&space).design);
//!
//! let audit = audit(&CodedRows::new(&space, &train, &test), &train, &test)?;
//! assert_eq!(audit.rule.as_deref(), Some("errors >= 3 OR time > 60"));
//! assert!(audit.is_exact());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod coded;
mod comparison;
mod error;
mod label_audit;
mod profile;
mod sample;
mod single_columns;
mod trees;
mod unseen;
mod wrong_slices;

pub use coded::{CodedColumn, CodedRows, CodedValues};
pub use comparison::{
    Candidate, CandidateKind, CandidatePair, Comparison, ComparisonSettings, ComparisonWithScores, Decisions,
    IMPORTANCE_ROWS, Importance, ParameterKind, ProposedTerm, StepsBesideProduct, TermTest, TermTests, TermsNotTested,
    TestScores, ThresholdChoice, TrainingFold, compare,
};
pub use error::Error;
pub use label_audit::{
    Audit, Condition, LabelRule, Literal, PermutedControl, Shape, TrainingRule, audit, training_rule,
};
pub use profile::{ColumnProfile, Profile, Role, ValuesProfile, profile};
pub use single_columns::SingleColumn;
pub use trees::{Forest, MOST_LEVELS, Tree};
pub use unseen::UnseenRows;
pub use wrong_slices::{HeatMap, WrongSlice, heat_map, wrong_slices};

/// The examples of the README run with the other ones.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
