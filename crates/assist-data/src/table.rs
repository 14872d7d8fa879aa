//! A table: one or several files, read as Arrow batches with their columns bound by name.
//!
//! Text files (CSV, JSON lines) come as columns of text, so that every cell is judged in one place and an error can show
//! the cell as it stands in the file. Binary files (Parquet, Arrow IPC) and record batches come with their own types.

use std::path::{Path, PathBuf};

use arrow::record_batch::RecordBatch;

use crate::error::{Error, Place, Position};
use crate::file_format::Format;
use crate::formats::reader_of;
use crate::source::Source;

/// One or several files, or record batches, that are one table.
#[derive(Debug, Clone)]
pub struct Table {
    sources: Vec<Source>,
    /// The names of the columns of each file.
    headers: Vec<Vec<String>>,
    partition_bytes: u64,
}

/// Bytes of text in a partition. The same on every machine, so that results do not depend on the number of cores.
const PARTITION_BYTES: u64 = 1 << 24;

/// Some rows of a table.
#[derive(Debug, Clone)]
pub struct RawBatch {
    /// The rows.
    pub record: RecordBatch,
    /// Which of the table's files they are from.
    pub source: usize,
    /// The number of the batch's first row within its file, from 0.
    pub first_row: u64,
}

/// A row of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowPosition {
    /// Which of the table's files.
    pub source: usize,
    /// Which of its rows, from 0.
    pub row: u64,
}

/// An iterator over the rows of a table.
pub type Batches = Box<dyn Iterator<Item = Result<RawBatch, Error>>>;

impl Table {
    /// Opens files as one table. Each of `inputs` is a path, a pattern such as `logs/*.csv`, or `-` for CSV on standard
    /// input. The format is detected from content and ending.
    ///
    /// # Errors
    ///
    /// A file that is missing, empty, damaged, or has a header with unnamed or doubled columns.
    pub fn open(inputs: &[PathBuf]) -> Result<Self, Error> {
        let mut sources = Vec::new();
        for input in inputs {
            sources.extend(Source::find(input)?);
        }
        Self::from_sources(sources)
    }

    /// A table from CSV text, under a name for its messages.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn from_csv_text(name: &str, text: &str) -> Result<Self, Error> {
        Self::from_sources(vec![Source::from_bytes(name, text.as_bytes().to_vec())?])
    }

    /// A table from Arrow record batches, under a name for its messages, in which places are rows. It is read like an Arrow
    /// file of these batches, and nothing is copied: dictionaries are levels, nulls are missing cells.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
    /// use assist_data::{Reader, SchemaFile, Table};
    ///
    /// let errors: ArrayRef = Arc::new(Float64Array::from(vec![Some(3.0), None]));
    /// let help: ArrayRef = Arc::new(StringArray::from(vec!["yes", "no"]));
    /// let batch = RecordBatch::try_from_iter_with_nullable([("errors", errors, true), ("help", help, false)])?;
    ///
    /// let table = Table::from_batches("users", vec![batch])?;
    /// let schema = SchemaFile { target: Some("help".into()), ..SchemaFile::default() }.resolve(&table, false)?;
    /// let rows = Reader::new(&table, &schema)?.next().expect("one batch")?;
    /// assert_eq!(rows.numbers[0].iter().collect::<Vec<_>>(), [Some(3.0), None]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No batch at all, a batch with other columns (names, types or order) than the first, unnamed or doubled columns.
    pub fn from_batches(name: &str, batches: Vec<RecordBatch>) -> Result<Self, Error> {
        Self::from_sources(vec![Source::from_batches(name, batches)])
    }

    fn from_sources(sources: Vec<Source>) -> Result<Self, Error> {
        let Some(first) = sources.first() else {
            return Err(Error::NoFile(String::new()));
        };
        let mut headers = vec![reader_of(first).columns(first)?];
        for (index, name) in headers[0].iter().enumerate() {
            let source_name = first.name().to_owned();
            if name.is_empty() {
                return Err(Error::UnnamedColumn { source_name, position: index + 1 });
            }
            if headers[0][..index].contains(name) {
                return Err(Error::DuplicateColumn { source_name, column: name.clone() });
            }
        }
        // What only a later file has would be lost without a word.
        for source in &sources[1..] {
            let header = reader_of(source).columns(source)?;
            if let Some(column) = header.iter().find(|name| !headers[0].contains(name)).cloned() {
                let found = headers.swap_remove(0);
                return Err(Error::MissingColumn { source_name: first.name().to_owned(), column, found });
            }
            headers.push(header);
        }
        Ok(Self { sources, headers, partition_bytes: PARTITION_BYTES })
    }

    /// The names of the columns, in the order of the first file.
    pub fn columns(&self) -> &[String] {
        &self.headers[0]
    }

    /// Reads text files in partitions of about so many bytes, which are the unit of parallel work. Default: 16 MiB.
    #[must_use]
    pub fn with_partition_bytes(self, partition_bytes: u64) -> Self {
        Self { partition_bytes: partition_bytes.max(1), ..self }
    }

    pub(crate) fn partition_bytes(&self) -> u64 {
        self.partition_bytes
    }

    pub(crate) fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The names of the columns of one of the files.
    pub(crate) fn header(&self, source: usize) -> &[String] {
        &self.headers[source]
    }

    /// What the table is called in messages: the name of its first file.
    pub fn name(&self) -> String {
        self.sources[0].name().to_owned()
    }

    /// The format of the first file. Record batches have that of the file that would store them, [`Format::ArrowIpc`].
    pub fn format(&self) -> Format {
        self.sources[0].format()
    }

    /// The paths of the files; standard input and record batches have none.
    pub fn paths(&self) -> Vec<&Path> {
        self.sources.iter().filter_map(Source::path).collect()
    }

    /// All rows of the named columns, in the order in which they are named, in batches of at most `batch_rows`.
    ///
    /// # Errors
    ///
    /// A column that one of the files does not have; what is wrong further down comes from the iterator.
    pub fn batches(&self, columns: &[&str], batch_rows: usize) -> Result<Batches, Error> {
        let of_sources: Vec<Batches> = (0..self.sources.len())
            .map(|index| self.batches_of(index, columns, batch_rows))
            .collect::<Result<_, Error>>()?;
        Ok(Box::new(of_sources.into_iter().flatten()))
    }

    /// As [`batches`](Self::batches), of one of the files.
    pub(crate) fn batches_of(&self, index: usize, columns: &[&str], batch_rows: usize) -> Result<Batches, Error> {
        let source = &self.sources[index];
        let found = self.headers[index].clone();
        let mut positions = Vec::with_capacity(columns.len());
        for column in columns {
            let mut matches = found.iter().enumerate().filter(|(_, name)| name == column);
            let source_name = || source.name().to_owned();
            let Some((position, _)) = matches.next() else {
                return Err(Error::MissingColumn { source_name: source_name(), column: (*column).to_owned(), found });
            };
            if matches.next().is_some() {
                return Err(Error::DuplicateColumn { source_name: source_name(), column: (*column).to_owned() });
            }
            positions.push(position);
        }
        Ok(batches_of(source.clone(), index, found, positions, batch_rows))
    }

    /// Where a row stands, in the terms of its file. For a text file this reads it again up to that row, so it is meant
    /// for messages only.
    pub fn place(&self, at: RowPosition) -> Place {
        let source = &self.sources[at.source];
        let position = reader_of(source).line_of(source, at.row).map_or(Position::Row(at.row + 1), Position::Line);
        Place { source: source.name().to_owned(), position }
    }

    /// Whether a file has types of its own.
    pub(crate) fn is_typed(&self, source: usize) -> bool {
        self.sources[source].format().is_typed()
    }

    pub(crate) fn missing_column(&self, column: &str) -> Error {
        Error::MissingColumn { source_name: self.name(), column: column.to_owned(), found: self.headers[0].clone() }
    }
}

/// Opens the file only when the first of its rows is asked for, so that a thousand files are not open at once.
fn batches_of(source: Source, index: usize, header: Vec<String>, positions: Vec<usize>, batch_rows: usize) -> Batches {
    let mut rows_before = 0;
    let opened =
        std::iter::once_with(move || match reader_of(&source).batches(&source, &header, &positions, batch_rows) {
            Ok(batches) => batches,
            Err(error) => Box::new(std::iter::once(Err(error))),
        });
    Box::new(opened.flatten().map(move |record| {
        let record = record?;
        let first_row = rows_before;
        rows_before += record.num_rows() as u64;
        Ok(RawBatch { record, source: index, first_row })
    }))
}
