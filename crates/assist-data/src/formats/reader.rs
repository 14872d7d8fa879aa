//! What every format can do.

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use crate::error::Error;
use crate::source::Source;

/// The rows of a source.
pub(crate) type Records = Box<dyn Iterator<Item = Result<RecordBatch, Error>>>;

/// Reads sources of one format.
pub(crate) trait FormatReader {
    /// The names of the columns.
    fn columns(&self, source: &Source) -> Result<Vec<String>, Error>;

    /// The rows of the columns at `positions` of `header`, in the order of `positions`.
    fn batches(
        &self,
        source: &Source,
        header: &[String],
        positions: &[usize],
        batch_rows: usize,
    ) -> Result<Records, Error>;

    /// The line on which a row of a text file begins, both counted from where they begin: lines from 1, rows from 0. `None`
    /// for rows that do not exist, and for formats without lines.
    fn line_of(&self, source: &Source, row: u64) -> Option<u64>;

    /// The types of the columns, over all rows: those of a typed file, or what the values of a text file say of themselves
    /// (its cells still come as texts). `None` where nothing is known of them but their texts.
    fn types(&self, _source: &Source) -> Result<Option<SchemaRef>, Error> {
        Ok(None)
    }
}
