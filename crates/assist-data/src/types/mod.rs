//! One type for each column of a table, whatever its files say: what a table is written with.
//!
//! A file of Parquet or Arrow has types, and keeps them. A text file has none: its cells go into a text file as they stand,
//! and into a typed one as what they plainly are. Files that disagree get the type that holds the cells of all.

pub(crate) mod common;
pub(crate) mod convert;
pub(crate) mod found;
mod one_dictionary;
pub(crate) mod typed_table;
