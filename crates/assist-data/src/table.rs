//! A table: one or several files, read as Arrow batches with their columns bound by name.
//!
//! Text files (CSV, JSON lines) come as columns of text, so that every cell is judged in one place and an error can show
//! the cell as it stands in the file. Binary files (Parquet, Arrow IPC) come with their own types.

use std::path::{Path, PathBuf};

use arrow::record_batch::RecordBatch;

use crate::error::{Error, Place, Position};
use crate::source::{Format, Source};

/// One or several files that are one table.
#[derive(Debug, Clone)]
pub struct Table {
    sources: Vec<Source>,
    /// The names of the columns of each file.
    headers: Vec<Vec<String>>,
    part_bytes: u64,
}

/// Bytes of text in a part. The same on every machine, so that results do not depend on the number of cores.
const PART_BYTES: u64 = 1 << 24;

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
    /// input. The format is told by content and ending.
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
    pub fn from_csv_text(name: &str, text: &str) -> Result<Self, Error> {
        Self::from_sources(vec![Source::from_bytes(name, text.as_bytes().to_vec())?])
    }

    fn from_sources(sources: Vec<Source>) -> Result<Self, Error> {
        let Some(first) = sources.first() else {
            return Err(Error::NoFile(String::new()));
        };
        let mut headers = vec![first.columns()?];
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
            let header = source.columns()?;
            if let Some(column) = header.iter().find(|name| !headers[0].contains(name)).cloned() {
                let found = headers.swap_remove(0);
                return Err(Error::MissingColumn { source_name: first.name().to_owned(), column, found });
            }
            headers.push(header);
        }
        Ok(Self { sources, headers, part_bytes: PART_BYTES })
    }

    /// The names of the columns, in the order of the first file.
    pub fn columns(&self) -> &[String] {
        &self.headers[0]
    }

    /// Reads text files in parts of about so many bytes, which are the unit of parallel work. Default: 16 MiB.
    #[must_use]
    pub fn with_part_bytes(self, part_bytes: u64) -> Self {
        Self { part_bytes: part_bytes.max(1), ..self }
    }

    pub(crate) fn part_bytes(&self) -> u64 {
        self.part_bytes
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

    /// The format of the first file.
    pub fn format(&self) -> Format {
        self.sources[0].format()
    }

    /// The paths of the files; standard input has none.
    pub fn paths(&self) -> Vec<&Path> {
        self.sources.iter().filter_map(Source::path).collect()
    }

    /// All rows of the named columns, in the order in which they are named, in batches of at most `batch_rows`.
    ///
    /// # Errors
    ///
    /// A column that one of the files does not have; what is wrong further down comes from the iterator.
    pub fn batches(&self, columns: &[&str], batch_rows: usize) -> Result<Batches, Error> {
        let mut parts: Vec<Batches> = Vec::with_capacity(self.sources.len());
        for (index, source) in self.sources.iter().enumerate() {
            let found = self.headers[index].clone();
            let mut positions = Vec::with_capacity(columns.len());
            for column in columns {
                let mut matches = found.iter().enumerate().filter(|(_, name)| name == column);
                let source_name = || source.name().to_owned();
                let Some((position, _)) = matches.next() else {
                    return Err(Error::MissingColumn {
                        source_name: source_name(),
                        column: (*column).to_owned(),
                        found,
                    });
                };
                if matches.next().is_some() {
                    return Err(Error::DuplicateColumn { source_name: source_name(), column: (*column).to_owned() });
                }
                positions.push(position);
            }
            parts.push(batches_of(source.clone(), index, found, positions, batch_rows));
        }
        Ok(Box::new(parts.into_iter().flatten()))
    }

    /// Where a row stands, in the terms of its file. For a text file this reads it again up to that row, so it is meant
    /// for messages only.
    pub fn place(&self, at: RowPosition) -> Place {
        let source = &self.sources[at.source];
        let position = source.line_of(at.row).map_or(Position::Row(at.row + 1), Position::Line);
        Place { source: source.name().to_owned(), position }
    }

    /// Whether a file has types of its own.
    pub(crate) fn is_typed(&self, source: usize) -> bool {
        matches!(self.sources[source].format(), Format::Parquet | Format::ArrowIpc)
    }

    pub(crate) fn missing_column(&self, column: &str) -> Error {
        Error::MissingColumn { source_name: self.name(), column: column.to_owned(), found: self.headers[0].clone() }
    }
}

/// Opens the file only when the first of its rows is asked for, so that a thousand files are not open at once.
fn batches_of(source: Source, index: usize, header: Vec<String>, positions: Vec<usize>, batch_rows: usize) -> Batches {
    let mut rows_before = 0;
    let opened = std::iter::once_with(move || match source.batches(&header, &positions, batch_rows) {
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
