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
//! let bad = Table::from_csv_text("bad.csv", "errors,help\n3,yes\ninf,no\n")?;
//! let schema = file.resolve(&bad, false)?;
//! let fault = Reader::new(&bad, &schema)?.next().expect("one batch").unwrap_err();
//! assert_eq!(fault.to_string(), "column `errors` at line 3 of `bad.csv`: `inf` is not a finite number");
//! # Ok::<(), assist_data::Error>(())
//! ```

mod advice;
#[cfg(feature = "tables")]
mod alignment;
#[cfg(feature = "tables")]
mod archive;
#[cfg(feature = "tables")]
mod byte_reader;
mod cell_reading;
#[cfg(feature = "tables")]
mod cells;
mod column_role;
#[cfg(feature = "tables")]
mod compression;
mod dates;
#[cfg(feature = "tables")]
mod dialect;
mod error;
mod error_advice;
#[cfg(feature = "tables")]
mod fast;
mod fault;
#[cfg(feature = "tables")]
mod file_format;
#[cfg(feature = "tables")]
mod file_syntax;
#[cfg(feature = "tables")]
mod folder;
#[cfg(feature = "tables")]
mod formats;
#[cfg(feature = "tables")]
mod generate;
mod group_fault;
#[cfg(feature = "tables")]
mod guard;
#[cfg(feature = "tables")]
mod label_census;
mod labels;
mod nearest;
#[cfg(feature = "cloud")]
mod objects;
#[cfg(feature = "tables")]
mod opening;
mod permissions;
#[cfg(feature = "tables")]
mod roles;
mod row_block;
mod row_length;
#[cfg(feature = "tables")]
mod same_file;
mod schema;
#[cfg(feature = "tables")]
mod schema_file;
#[cfg(feature = "tables")]
mod schema_writer;
#[cfg(feature = "tables")]
mod source;
mod split;
#[cfg(feature = "tables")]
mod spool;
mod store_fault;
#[cfg(feature = "tables")]
mod strict_reader;
#[cfg(feature = "tables")]
mod table;
#[cfg(feature = "tables")]
mod table_options;
#[cfg(feature = "tables")]
mod table_writer;
mod time_fault;
#[cfg(feature = "tables")]
mod toml_text;
#[cfg(feature = "tables")]
mod types;
#[cfg(feature = "tables")]
mod under_way;
#[cfg(feature = "tables")]
mod whole_file;

pub use advice::{Advice, quoted};
/// So many observations can be counted and split: sums of counts up to here are exact.
pub use assist_draw::MOST_OBSERVATIONS;
pub use cell_reading::{DateReading, LabelReading, LevelReading, NumberReading, Unreadable};
pub use column_role::{ColumnFound, ColumnRole, DecidedBy, LeftOut, LeftOutReason};
pub use dates::{DatePart, moment, weekday};
pub use error::{CellProblem, Error, FoundLabels, MissingCells, NeedsStrictReader, Place, Position};
pub use group_fault::GroupFault;
pub use labels::{OTHER_LABELS, folded_label, label_key, sort_labels};
pub use nearest::nearest;
pub use permissions::take_after;
pub use row_block::{Columns, LabelCells, LevelCells, MISSING, NO_LABEL, NumberCells, RowBlock};
pub use row_length::RowLengthCause;
pub use schema::{COUNT_COLUMNS, CategoricalRole, GroupRole, KeyPurpose, LabelRole, NumericRole, Schema, TimeRole};
pub use split::{
    Bits, CountedFolds, Group, GroupTotals, NO_GROUP, RowClasses, Selection, Split, Subset, TestRows, TimeFold,
    TimeSplit, Timeline, counted_test_rows, group_folds, group_key, group_split, is_test_key, is_test_side, mixed_word,
    sklearn_split, sklearn_test_rows, split_key, split_salt, split_threshold, stratified_folds,
};
pub use store_fault::StoreFault;
pub use time_fault::TimeFault;

#[cfg(feature = "tables")]
pub use {
    cells::{moment_column, number_column, text_column},
    fast::Partitions,
    file_format::Format,
    file_syntax::{Encoding, FileSyntax},
    generate::{Generator, LabelLaw, NOISY_EFFECTS, NOISY_INTERCEPT},
    label_census::LabelCensus,
    roles::{ModelReadings, is_identifier_name, label_reading, time_column, weight_column},
    same_file::{check_output, is_standard_output},
    schema_file::{DateRole, NO_COLUMN, SchemaFile},
    split::{GroupBuffer, GroupCounter},
    strict_reader::{Batch, BatchLabels, Reader},
    table::{Batches, RawBatch, RowPosition, Table},
    table_options::TableOptions,
    table_writer::{ReadyRows, TableWriter, csv_header},
    types::typed_table::TypedTable,
    under_way::remove_files_under_way,
    whole_file::{WholeFile, is_outlet},
};

/// The example of the README runs with the other ones.
#[cfg(all(doctest, feature = "tables"))]
#[doc = include_str!("../README.md")]
mod readme {}
