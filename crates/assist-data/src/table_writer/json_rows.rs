//! Rows as JSON lines: one object each, which has every column, missing cells as `null`.

use arrow::array::RecordBatch;
use arrow::json::WriterBuilder;
use arrow::json::writer::LineDelimited;

use crate::error::Error;

/// The lines of some rows.
pub(crate) fn rows(batch: &RecordBatch) -> Result<Vec<u8>, Error> {
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(Vec::new());
    match writer.write(batch) {
        Ok(()) => Ok(writer.into_inner()),
        Err(error) => Err(Error::Rows { format: "JSON lines", detail: error.to_string() }),
    }
}
