//! Rows as Parquet: the columns of a row group are encoded side by side, and row groups are of bounded size.

use std::sync::Arc;

use arrow::array::{Array, RecordBatch, new_empty_array};
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use rayon::prelude::*;

use crate::whole_file::WholeFile;

/// Rows of a row group, where they are not too large.
const GROUP_ROWS: usize = 1 << 18;
/// Bytes of rows in memory after which a row group ends; encoded they are hardly ever more.
const GROUP_BYTES: usize = 1 << 26;

/// A Parquet file under way.
pub(crate) struct ParquetRows {
    file: SerializedFileWriter<WholeFile>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    /// How many columns of Parquet each column of Arrow has: several, where it is a struct.
    n_leaves: Vec<usize>,
    /// The columns of the row group under way, those of one column of Arrow together.
    columns: Vec<Vec<ArrowColumnWriter>>,
    rows: usize,
    bytes: usize,
}

impl ParquetRows {
    pub(crate) fn new(file: WholeFile, schema: &SchemaRef) -> Result<Self, String> {
        let begin = || {
            let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
            let writer = ArrowWriter::try_new(file, Arc::clone(schema), Some(properties))?;
            let (file, factory) = writer.into_serialized_writer()?;
            let n_leaves = schema.fields().iter().map(|field| {
                let leaves = compute_leaves(field, &new_empty_array(field.data_type()))?;
                Ok(leaves.len())
            });
            let n_leaves = n_leaves.collect::<Result<_, ParquetError>>()?;
            let schema = Arc::clone(schema);
            Ok(Self { file, factory, schema, n_leaves, columns: Vec::new(), rows: 0, bytes: 0 })
        };
        begin().map_err(|error: ParquetError| error.to_string())
    }

    pub(crate) fn append(&mut self, batches: &[RecordBatch]) -> Result<(), String> {
        self.encode(batches).map_err(|error| error.to_string())
    }

    /// Completes the file, which has yet to be put into its place.
    pub(crate) fn finish(mut self) -> Result<WholeFile, String> {
        self.end_group().and_then(|()| self.file.into_inner()).map_err(|error| error.to_string())
    }

    /// Row groups end at the same rows however the batches come together here.
    fn encode(&mut self, batches: &[RecordBatch]) -> Result<(), ParquetError> {
        let mut of_group = Vec::new();
        for batch in batches {
            let mut start = 0;
            while start < batch.num_rows() {
                let length = (batch.num_rows() - start).min(GROUP_ROWS - self.rows);
                let rows = batch.slice(start, length);
                start += length;
                self.rows += length;
                let bytes = rows.columns().iter().map(|column| column.to_data().get_slice_memory_size());
                self.bytes += bytes.sum::<Result<usize, _>>().unwrap_or(0);
                of_group.push(rows);
                if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES {
                    self.write(&of_group)?;
                    self.end_group()?;
                    of_group.clear();
                }
            }
        }
        self.write(&of_group)
    }

    /// Rows of the row group under way.
    fn write(&mut self, rows: &[RecordBatch]) -> Result<(), ParquetError> {
        if rows.is_empty() {
            return Ok(());
        }
        if self.columns.is_empty() {
            let mut all = self.factory.create_column_writers(self.file.flushed_row_groups().len())?.into_iter();
            self.columns = self.n_leaves.iter().map(|n_leaves| all.by_ref().take(*n_leaves).collect()).collect();
        }
        self.columns.par_iter_mut().zip(self.schema.fields().par_iter()).enumerate().try_for_each(
            |(index, (writers, field))| {
                for rows in rows {
                    let leaves = compute_leaves(field, rows.column(index))?;
                    writers.iter_mut().zip(&leaves).try_for_each(|(writer, leaf)| writer.write(leaf))?;
                }
                Ok(())
            },
        )
    }

    fn end_group(&mut self) -> Result<(), ParquetError> {
        (self.rows, self.bytes) = (0, 0);
        if self.columns.is_empty() {
            return Ok(());
        }
        let columns = std::mem::take(&mut self.columns);
        let chunks: Result<Vec<ArrowColumnChunk>, ParquetError> =
            columns.into_par_iter().flatten_iter().map(ArrowColumnWriter::close).collect();
        let mut group = self.file.next_row_group()?;
        for chunk in chunks? {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }
}
