//! Writing tables in every format that is read. Rows are made into text, or into pages of a column, on all cores; they stand
//! in the file in their order, and its bytes do not depend on the number of threads.

pub(crate) mod csv_rows;
mod json_rows;
mod parquet_rows;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::FileWriter;

use crate::error::Error;
use crate::file_format::Format;
use crate::whole_file::{ClosedPipe, WholeFile};

use parquet_rows::ParquetRows;

/// Rows as a writer takes them. What can be done before it is their turn has been done.
#[derive(Debug)]
pub struct ReadyRows(Ready);

#[derive(Debug)]
enum Ready {
    Text(Vec<u8>),
    Columns(RecordBatch),
}

impl ReadyRows {
    /// Makes rows ready for a table in `format`: into text, where it is one.
    ///
    /// # Errors
    ///
    /// A column of a type that the format cannot hold.
    pub fn new(format: Format, batch: RecordBatch) -> Result<Self, Error> {
        Ok(Self(match format {
            Format::Csv { delimiter } => Ready::Text(csv_rows::rows(&batch, delimiter)?),
            Format::JsonLines => Ready::Text(json_rows::rows(&batch)?),
            Format::Parquet | Format::ArrowIpc => Ready::Columns(batch),
        }))
    }

    /// The text of the rows, where the format is one of text.
    pub fn text(&self) -> Option<&[u8]> {
        match &self.0 {
            Ready::Text(text) => Some(text),
            Ready::Columns(_) => None,
        }
    }
}

/// The first line of a CSV file with these columns.
pub fn csv_header(schema: &SchemaRef, delimiter: u8) -> Vec<u8> {
    csv_rows::header(schema, delimiter)
}

/// Writes a table batch by batch.
pub struct TableWriter {
    path: PathBuf,
    closed_pipe: ClosedPipe,
    schema: SchemaRef,
    format: Format,
    content: Content,
}

enum Content {
    Text(WholeFile),
    Parquet(Box<ParquetRows>),
    Ipc(Box<FileWriter<WholeFile>>),
}

impl TableWriter {
    /// Starts a table at `path` with the columns of `schema`.
    pub fn create(path: &Path, format: Format, schema: &SchemaRef) -> Result<Self, Error> {
        let mut file = WholeFile::create(path)?;
        let closed_pipe = file.closed_pipe();
        let fail = |detail: String| closed_pipe.or(Error::Write { path: path.to_owned(), detail });
        let content = match format {
            Format::Csv { delimiter } => {
                // A table without rows has a header as well.
                file.write_all(&csv_header(schema, delimiter)).map_err(|error| fail(error.to_string()))?;
                Content::Text(file)
            }
            Format::JsonLines => Content::Text(file),
            Format::Parquet => Content::Parquet(Box::new(ParquetRows::new(file, schema).map_err(fail)?)),
            Format::ArrowIpc => {
                let writer = FileWriter::try_new(file, schema);
                Content::Ipc(Box::new(writer.map_err(|error| fail(error.to_string()))?))
            }
        };
        Ok(Self { path: path.to_owned(), closed_pipe, schema: SchemaRef::clone(schema), format, content })
    }

    /// The format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Appends rows.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let ready = ReadyRows::new(self.format, batch.clone())?;
        self.append(vec![ready])
    }

    /// Appends rows that were made ready for the format, in their order.
    pub fn append(&mut self, rows: Vec<ReadyRows>) -> Result<(), Error> {
        let fail = |detail: String| self.closed_pipe.or(Error::Write { path: self.path.clone(), detail });
        let mut batches = Vec::new();
        for ready in rows {
            match (ready.0, &mut self.content) {
                (Ready::Text(text), Content::Text(file)) => {
                    file.write_all(&text).map_err(|error| fail(error.to_string()))?;
                }
                (Ready::Columns(batch), Content::Parquet(_) | Content::Ipc(_)) => {
                    // The writers take columns of other types than were announced, and the file could not be read.
                    if !has_types(&batch, &self.schema) {
                        return Err(fail("its rows have other types than its columns".to_owned()));
                    }
                    batches.push(batch);
                }
                _ => return Err(fail("its rows are ready for another format".to_owned())),
            }
        }
        match &mut self.content {
            Content::Text(_) => Ok(()),
            Content::Parquet(file) => file.append(&batches).map_err(fail),
            Content::Ipc(file) => {
                batches.iter().try_for_each(|batch| file.write(batch)).map_err(|error| fail(error.to_string()))
            }
        }
    }

    /// Completes the table and puts it into its place.
    pub fn finish(self) -> Result<(), Error> {
        let (path, closed_pipe) = (self.path, self.closed_pipe);
        let fail = |detail: String| closed_pipe.or(Error::Write { path: path.clone(), detail });
        let file = match self.content {
            Content::Text(file) => file,
            Content::Parquet(file) => file.finish().map_err(fail)?,
            Content::Ipc(mut writer) => {
                writer.finish().map_err(|error| fail(error.to_string()))?;
                writer.into_inner().map_err(|error| fail(error.to_string()))?
            }
        };
        file.finish()
    }
}

fn has_types(batch: &RecordBatch, schema: &SchemaRef) -> bool {
    let mut pairs = batch.columns().iter().zip(schema.fields());
    batch.num_columns() == schema.fields().len() && pairs.all(|(column, field)| column.data_type() == field.data_type())
}
