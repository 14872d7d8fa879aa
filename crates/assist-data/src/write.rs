//! Writing tables, in every format that is read.

use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::FileWriter;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::error::Error;
use crate::file_format::Format;
use crate::whole_file::{ClosedPipe, WholeFile};

/// Writes a table batch by batch.
pub struct TableWriter {
    path: PathBuf,
    closed_pipe: ClosedPipe,
    format: FormatWriter,
}

enum FormatWriter {
    Csv(Box<arrow::csv::Writer<WholeFile>>),
    Parquet(Box<ArrowWriter<WholeFile>>),
    Ipc(Box<FileWriter<WholeFile>>),
    Json(Box<arrow::json::LineDelimitedWriter<WholeFile>>),
}

impl TableWriter {
    /// Starts a table at `path` with the columns of `schema`.
    pub fn create(path: &Path, format: Format, schema: &SchemaRef) -> Result<Self, Error> {
        let file = WholeFile::create(path)?;
        let closed_pipe = file.closed_pipe();
        let fail = |detail: String| closed_pipe.or(Error::Write { path: path.to_owned(), detail });
        let format = match format {
            Format::Csv { delimiter } => {
                let mut writer =
                    arrow::csv::WriterBuilder::new().with_header(true).with_delimiter(delimiter).build(file);
                // An empty batch makes it write the header, which a table without rows has as well.
                writer.write(&RecordBatch::new_empty(schema.clone())).map_err(|error| fail(error.to_string()))?;
                FormatWriter::Csv(Box::new(writer))
            }
            Format::Parquet => {
                let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
                let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties));
                FormatWriter::Parquet(Box::new(writer.map_err(|error| fail(error.to_string()))?))
            }
            Format::ArrowIpc => {
                let writer = FileWriter::try_new(file, schema);
                FormatWriter::Ipc(Box::new(writer.map_err(|error| fail(error.to_string()))?))
            }
            Format::JsonLines => FormatWriter::Json(Box::new(arrow::json::LineDelimitedWriter::new(file))),
        };
        Ok(Self { path: path.to_owned(), closed_pipe, format })
    }

    /// Appends rows.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let written = match &mut self.format {
            FormatWriter::Csv(writer) => writer.write(batch).map_err(|error| error.to_string()),
            FormatWriter::Parquet(writer) => writer.write(batch).map_err(|error| error.to_string()),
            FormatWriter::Ipc(writer) => writer.write(batch).map_err(|error| error.to_string()),
            FormatWriter::Json(writer) => writer.write(batch).map_err(|error| error.to_string()),
        };
        written.map_err(|detail| self.closed_pipe.or(Error::Write { path: self.path.clone(), detail }))
    }

    /// Completes the table and puts it into its place.
    pub fn finish(self) -> Result<(), Error> {
        let Self { path, closed_pipe, format } = self;
        let fail = |detail: String| closed_pipe.or(Error::Write { path: path.clone(), detail });
        let file = match format {
            FormatWriter::Csv(writer) => writer.into_inner(),
            FormatWriter::Parquet(writer) => writer.into_inner().map_err(|error| fail(error.to_string()))?,
            FormatWriter::Ipc(mut writer) => {
                writer.finish().map_err(|error| fail(error.to_string()))?;
                writer.into_inner().map_err(|error| fail(error.to_string()))?
            }
            FormatWriter::Json(mut writer) => {
                writer.finish().map_err(|error| fail(error.to_string()))?;
                writer.into_inner()
            }
        };
        file.finish()
    }
}
