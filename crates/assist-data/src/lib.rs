//! Reads, validates, splits and generates tables of user interactions.
//!
//! CSV, Parquet, Arrow IPC, JSON lines and Arrow record batches, one file or many, become validated columns. Every cell that
//! comes out is usable; one that is not ends the reading with its file, line (or row), column and value.
//!
//! All that reads or writes tables is behind the feature `tables`, which is on by default. Without it there is no Arrow in
//! the tree, and what remains is what designs in memory need as well: labels, schemas, splits and blocks of coded rows.
//!
//! ```
//! use assist_data::{Reader, SchemaFile, Table};
//!
//! let table = Table::from_csv_text("users.csv", "user_id,errors,device,help\n1,3,Phone,yes\n2,0,Watch,no\n")?;
//! let file = SchemaFile { target: Some("help".into()), ..SchemaFile::default() };
//! let schema = file.resolve(&table, false)?;
//! assert_eq!(schema.dropped, ["user_id"]);
//!
//! let mut reader = Reader::new(&table, &schema)?;
//! let batch = reader.next().expect("one batch")?;
//! assert_eq!(batch.numbers[0].value(0), 3.0);
//! assert_eq!(batch.categories[0].value(1), "Watch");
//! assert_eq!(reader.labels(), ["yes", "no"]);
//!
//! let bad = Table::from_csv_text("bad.csv", "errors,help\n3,yes\nNaN,no\n")?;
//! let schema = file.resolve(&bad, false)?;
//! let fault = Reader::new(&bad, &schema)?.next().expect("one batch").unwrap_err();
//! assert_eq!(fault.to_string(), "column `errors` at line 3 of `bad.csv`: `NaN` is not a finite number");
//! # Ok::<(), assist_data::Error>(())
//! ```

mod advice;
#[cfg(feature = "tables")]
mod cells;
mod error;
#[cfg(feature = "tables")]
mod fast;
#[cfg(feature = "tables")]
mod file_format;
#[cfg(feature = "tables")]
mod formats;
#[cfg(feature = "tables")]
mod generate;
mod labels;
mod row_block;
mod schema;
#[cfg(feature = "tables")]
mod schema_file;
#[cfg(feature = "tables")]
mod source;
mod split;
#[cfg(feature = "tables")]
mod strict_reader;
#[cfg(feature = "tables")]
mod table;
#[cfg(feature = "tables")]
mod table_writer;
#[cfg(feature = "tables")]
mod types;
#[cfg(feature = "tables")]
mod write;

pub use advice::{Advice, quoted};
pub use error::{CellProblem, Error, MissingCells, NeedsStrictReader, Place, Position};
pub use labels::{label_key, sort_labels};
pub use row_block::{Columns, LabelCells, LevelCells, MISSING, NO_LABEL, NumberCells, RowBlock};
pub use schema::{COUNT_COLUMNS, CategoricalRole, LabelRole, NumericRole, Schema};
pub use split::{Bits, Selection, Split, Subset, TestRows, sklearn_split, sklearn_test_rows, stratified_folds};

#[cfg(feature = "tables")]
pub use {
    cells::{number_column, text_column},
    fast::Partitions,
    file_format::Format,
    generate::{Generator, LabelLaw, NOISY_EFFECTS, NOISY_INTERCEPT},
    schema_file::SchemaFile,
    strict_reader::{Batch, BatchLabels, Reader},
    table::{Batches, RawBatch, RowPosition, Table},
    table_writer::{ReadyRows, TableWriter, csv_header},
    types::typed_table::TypedTable,
    write::WholeFile,
};

/// The example of the README runs with the other ones.
#[cfg(all(doctest, feature = "tables"))]
#[doc = include_str!("../README.md")]
mod readme {}
