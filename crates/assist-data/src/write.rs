//! Writing tables: in every format that is read, and so that a file appears whole or not at all.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::FileWriter;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use tempfile::NamedTempFile;

use crate::error::Error;
use crate::file_format::Format;

/// A file under way: written beside its place under another name, and put there by [`finish`](Self::finish). Dropped
/// before that, it leaves nothing behind.
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
}

impl WholeFile {
    /// Starts a file that is to stand at `path`; missing folders are made.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs_err::create_dir_all(folder)?;
        let fail = |error: std::io::Error| Error::Write { path: path.to_owned(), detail: error.to_string() };
        if path.is_dir() {
            return Err(Error::Write { path: path.to_owned(), detail: "it is a folder".to_owned() });
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".assist-").suffix(".part");
        #[cfg(unix)]
        {
            // The usual mode of a new file, as far as the user's mask allows it.
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder).map_err(fail)?;
        Ok(Self { path: path.to_owned(), file: BufWriter::with_capacity(1 << 18, file) })
    }

    /// Puts the file into its place, whole and on disk.
    pub fn finish(self) -> Result<(), Error> {
        let path = self.path;
        let fail = |detail: String| Error::Write { path: path.clone(), detail };
        let file = self.file.into_inner().map_err(|error| fail(error.to_string()))?;
        file.as_file().sync_all().map_err(|error| fail(error.to_string()))?;
        file.persist(&path).map_err(|error| fail(error.error.to_string()))?;
        Ok(())
    }

    /// Writes a whole file at once.
    pub fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
        let mut whole = Self::create(path)?;
        whole.write_all(content).map_err(|error| Error::Write { path: path.to_owned(), detail: error.to_string() })?;
        whole.finish()
    }
}

impl std::io::Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Writes a table batch by batch.
pub struct TableWriter {
    path: PathBuf,
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
        let fail = |detail: String| Error::Write { path: path.to_owned(), detail };
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
        Ok(Self { path: path.to_owned(), format })
    }

    /// Appends rows.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let written = match &mut self.format {
            FormatWriter::Csv(writer) => writer.write(batch).map_err(|error| error.to_string()),
            FormatWriter::Parquet(writer) => writer.write(batch).map_err(|error| error.to_string()),
            FormatWriter::Ipc(writer) => writer.write(batch).map_err(|error| error.to_string()),
            FormatWriter::Json(writer) => writer.write(batch).map_err(|error| error.to_string()),
        };
        written.map_err(|detail| Error::Write { path: self.path.clone(), detail })
    }

    /// Completes the table and puts it into its place.
    pub fn finish(self) -> Result<(), Error> {
        let path = self.path;
        let fail = |detail: String| Error::Write { path: path.clone(), detail };
        let file = match self.format {
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
