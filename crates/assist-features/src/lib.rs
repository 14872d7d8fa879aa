//! Learns levels and ranges from rows, and makes the design: coded columns with counts, never a stored one-hot.
//!
//! A table is read twice (feature `tables`). The first pass, `LabelScan`, learns the labels, from which a split is made; the
//! second turns the rows of either subset into [`Encoded`] columns, or into counts of distinct rows where there are few.
//!
//! ```
//! use assist_data::{SchemaFile, Table};
//! use assist_features::{MissingPolicy, LabelScan};
//!
//! let text = "errors,device,help\n3,Phone,1\n0,Watch,0\n3,Phone,1\n1,Phone,0\n";
//! let table = Table::from_csv_text("users.csv", text)?;
//! let schema = SchemaFile { target: Some("help".into()), ..SchemaFile::default() }.resolve(&table, false)?;
//! let observations = LabelScan::read(&table, &schema, MissingPolicy::Error, None)?;
//! assert_eq!(observations.class_counts(), [2, 2]);
//!
//! let encoded = observations.encode_all()?;
//! let space = encoded.learn_space()?;
//! let design = encoded.design(&space).design;
//! assert_eq!(design.n_rows(), 3, "the doubled row is kept once, with its counts");
//! assert_eq!(design.counts().next(), Some([0, 2]));
//! assert_eq!(design.to_dense(), ndarray::arr2(&[[3.0, 0.0], [0.0, 1.0], [1.0, 0.0]]));
//! assert_eq!(space.features()[1].name, "device_Watch");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(
    not(feature = "tables"),
    allow(dead_code, reason = "without tables nothing fills the counts and columns that rows of tables become")
)]

mod bins;
mod column;
mod counted;
mod design;
#[cfg(feature = "tables")]
mod encode;
mod encoded;
mod error;
#[cfg(feature = "tables")]
mod label_scan;
mod merge;
mod missing;
#[cfg(feature = "tables")]
mod partition_classes;
mod placement;
mod products;
mod uncounted;

pub use design::Design;
pub use encoded::{DesignWithRejects, Encoded};
pub use error::Error;
#[cfg(feature = "tables")]
pub use label_scan::LabelScan;
pub use missing::MissingPolicy;
pub use products::{BLOCK_ROWS, Block, BlockVector, Moments, Sums, Terms};
