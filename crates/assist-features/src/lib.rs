//! Learns levels and ranges from rows, and makes the design: coded columns with counts, never a stored one-hot.
//!
//! ```
//! use assist_data::{Reader, SchemaFile, Table};
//! use assist_features::{Encoder, MissingPolicy, PartRows};
//!
//! let text = "errors,device,help\n3,Phone,1\n0,Watch,0\n3,Phone,1\n1,Phone,0\n";
//! let table = Table::from_csv_text("users.csv", text)?;
//! let schema = SchemaFile { target: Some("help".into()), ..SchemaFile::default() }.resolve(&table, false)?;
//! let mut reader = Reader::new(&table, &schema)?;
//! let mut encoder = Encoder::new(&schema, MissingPolicy::Error);
//! for batch in reader.by_ref() {
//!     encoder.push(&batch?)?;
//! }
//! let encoded = encoder.finish(&reader, None)?;
//! let space = encoded.learn_space(&PartRows::all(&encoded))?;
//! let design = encoded.design(&space, &PartRows::all(&encoded)).design;
//!
//! assert_eq!(design.n_rows(), 3, "the doubled row is kept once, with its counts");
//! assert_eq!(design.counts()[0], [0, 2]);
//! assert_eq!(design.to_dense(), ndarray::arr2(&[[3.0, 0.0], [0.0, 1.0], [1.0, 0.0]]));
//! assert_eq!(space.features()[1].name, "device_Watch");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod column;
mod design;
mod encoded;
mod encoder;
mod error;
mod merge;
mod products;

pub use column::{Codes, NumericValues};
pub use design::{CategoricalDesign, Design, NumericDesign};
pub use encoded::{Built, Encoded, PartRows};
pub use encoder::{Encoder, MissingPolicy};
pub use error::Error;
