//! Reads, validates, splits and generates tables of user interactions.
//!
//! CSV, Parquet, Arrow IPC and JSON lines, one file or many, become validated Arrow columns. Every cell that comes out is
//! usable; one that is not ends the reading with its file, line (or row), column and value.
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
mod binary;
mod blocks;
mod cells;
mod csv_records;
mod csv_text;
mod error;
mod generate;
mod json_lines;
mod labels;
mod partitions;
mod reader;
mod schema;
mod separators;
mod source;
mod split;
mod table;
mod test_rows;
mod text_codes;
mod write;

pub use advice::{Advice, quoted};
pub use blocks::{LabelCells, LevelCells, MISSING, NO_LABEL, NumberCells, RowBlock};
pub use cells::text_column;
pub use error::{CellProblem, Error, MissingCells, Place, Position};
pub use generate::{Generator, LabelLaw, NOISY_EFFECTS, NOISY_INTERCEPT};
pub use partitions::{Columns, NeedsStrictReader, Partitions};
pub use reader::{Batch, BatchLabels, Reader, label_key};
pub use schema::{COUNT_COLUMNS, CategoricalRole, LabelRole, NumericRole, Schema, SchemaFile};
pub use source::Format;
pub use split::{Part, Selection, Split, sklearn_split, sklearn_test_rows, stratified_folds};
pub use table::{Batches, RawBatch, RowPosition, Table};
pub use test_rows::{Bits, TestRows};
pub use write::{TableWriter, WholeFile};
