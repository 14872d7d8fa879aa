//! Columns that are asked for, in the terms of Arrow's readers.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

/// Readers give columns in the order of the file: which to ask for, and how to put them into the order of `positions`. One
/// that is wanted twice is asked for once.
pub(crate) fn in_file_order(positions: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let mut ascending = positions.to_vec();
    ascending.sort_unstable();
    ascending.dedup();
    let order = positions.iter().map(|position| ascending.partition_point(|before| before < position)).collect();
    (ascending, order)
}

/// A schema of text columns.
pub(crate) fn text_schema<'a>(names: impl Iterator<Item = &'a String>) -> SchemaRef {
    Arc::new(Schema::new(names.map(|name| Field::new(name, DataType::Utf8, true)).collect::<Vec<_>>()))
}
