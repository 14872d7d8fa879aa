//! Learns levels and ranges from rows, and makes the design: coded columns with counts, never a stored one-hot.
//!
//! Columns in memory become a design by [`Design::builder`]:
//!
//! ```
//! use assist_features::Design;
//!
//! let design = Design::builder()
//!     .number("errors", &[3.0, 0.0, 3.0, 1.0])
//!     .category("device", &["Phone", "Watch", "Phone", "Phone"])
//!     .labels(&[true, false, true, false])
//!     .build()?;
//! assert_eq!(design.n_rows(), 3, "the doubled row is kept once, with its counts");
//! assert_eq!(design.counts().next(), Some([0, 2]));
//! assert_eq!(design.to_dense(), ndarray::arr2(&[[3.0, 0.0], [0.0, 1.0], [1.0, 0.0]]));
//! assert_eq!(design.space().features()[1].name, "device_Watch");
//! # Ok::<(), assist_features::Error>(())
//! ```
//!
//! A table is read twice (feature `tables`). The first pass (`LabelScan`) learns the labels, from which a split is made; the second turns
//! the training rows and the test rows into [`Encoded`] columns, or into counts of distinct rows where there are few of
//! these. [`Encoded::learn_space`] learns levels and ranges on the training rows, and [`Encoded::design`] makes the design
//! of either in that space. Columns in memory go the same way.

mod added_terms;
mod additional;
mod bins;
mod block;
mod builder;
mod by_feature;
mod clusters;
mod column;
mod column_profiles;
mod counted_rows;
mod design;
mod distinct_rows;
#[cfg(feature = "tables")]
mod encode;
mod encoded;
mod error;
mod fault;
#[cfg(feature = "tables")]
mod group_scan;
mod hashed_rows;
mod input;
mod kernels;
#[cfg(feature = "tables")]
mod label_scan;
mod layout;
mod learn;
mod level_codes;
#[cfg(feature = "tables")]
mod losses;
mod matvec;
mod merge;
mod missing;
mod moments;
#[cfg(feature = "tables")]
mod partition_classes;
mod placement;
mod rare;
mod rare_levels;
mod rejects;
mod row_counter;
mod rows;
mod scores;
mod segment;
mod shortest;
mod spline;
mod spread;
mod steps;
mod term_fault;
mod uncounted_rows;
mod weighing;
mod weights;

pub use added_terms::AddedTerms;
pub use assist_score::logistic::{BLOCK_ROWS, BlockVector};
#[cfg(feature = "tables")]
pub use bins::supervised_cuts;
pub use block::Block;
pub use builder::DesignBuilder;
pub use by_feature::{ByFeature, FeatureCells};
pub use clusters::ClusterMoments;
pub use column_profiles::edges;
pub use design::Design;
pub use distinct_rows::{DistinctColumn, DistinctRows};
pub use encoded::{DesignWithRejects, Encoded};
pub use error::{Error, Remainder};
pub use fault::{ColumnKind, InputFault};
pub use hashed_rows::HashedRows;
#[cfg(feature = "tables")]
pub use label_scan::LabelScan;
pub use matvec::{CodedVector, Sums};
pub use missing::MissingPolicy;
pub use moments::Moments;
pub use rare::PooledLevels;
pub use rare_levels::RareLevels;
pub use rejects::{RejectReason, RejectedBy, RejectedLevel, Rejects};
pub use scores::Scores;
pub use shortest::shortest_between;
pub use spread::Spreads;
pub use term_fault::AddedTermFault;
pub use weights::RowWeights;

/// The examples of the README run with the other ones.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
