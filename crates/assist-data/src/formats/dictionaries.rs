//! Dictionaries of numbers, truth values and dates (categories of pandas) as plain columns. A dictionary of texts stays one:
//! its entries are judged once each. Of others there is nothing to gain, and some that are written cannot be read by Arrow.

use std::sync::Arc;

use arrow::array::Array;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

use crate::cells::is_text;

/// The type in which a column is read.
pub(crate) fn plain_type(kind: &DataType) -> DataType {
    match kind {
        DataType::Dictionary(_, values) if !is_text(values) => plain_type(values),
        kind => kind.clone(),
    }
}

/// The schema in which a file is read, if that is another one.
pub(crate) fn plain_schema(schema: &Schema) -> Option<Schema> {
    if schema.fields().iter().all(is_plain) {
        return None;
    }
    Some(Schema::new_with_metadata(plain_fields(schema), schema.metadata().clone()))
}

/// Rows with plain columns.
pub(crate) fn plain(record: RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = record.schema();
    if schema.fields().iter().all(is_plain) {
        return Ok(record);
    }
    let fields = plain_fields(&schema);
    let given = record.columns().iter().zip(&fields);
    let columns = given.map(|(column, field)| {
        if column.data_type() == field.data_type() { Ok(Arc::clone(column)) } else { cast(column, field.data_type()) }
    });
    let options = RecordBatchOptions::new().with_row_count(Some(record.num_rows()));
    let columns = columns.collect::<Result<_, ArrowError>>()?;
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}

fn is_plain(field: &FieldRef) -> bool {
    !matches!(field.data_type(), DataType::Dictionary(_, values) if !is_text(values))
}

fn plain_fields(schema: &Schema) -> Vec<FieldRef> {
    let plain = |field: &FieldRef| {
        // An entry may stand for a missing cell, whatever the keys are.
        let nullable = |field: &Field| field.clone().with_data_type(plain_type(field.data_type())).with_nullable(true);
        if is_plain(field) { Arc::clone(field) } else { Arc::new(nullable(field)) }
    };
    schema.fields().iter().map(plain).collect()
}
