//! One file: which format it has, what its columns are called, and how it is read.

use std::io::{Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;

use crate::error::Error;
use crate::{binary, csv_text, json_lines};

/// The formats that are read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Text with a header line and cells between commas (or tabs, for the ending `.tsv`).
    Csv {
        /// What stands between cells.
        delimiter: u8,
    },
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC, as a file or as a stream.
    ArrowIpc,
    /// One JSON object a line.
    JsonLines,
}

impl Format {
    /// The format that a file name's ending stands for.
    pub fn of_ending(path: &Path) -> Result<Self, Error> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("").to_ascii_lowercase();
        match ending.as_str() {
            "csv" | "txt" => Ok(Self::Csv { delimiter: b',' }),
            "tsv" => Ok(Self::Csv { delimiter: b'\t' }),
            "parquet" | "pq" => Ok(Self::Parquet),
            "arrow" | "ipc" | "feather" => Ok(Self::ArrowIpc),
            "jsonl" | "ndjson" | "json" => Ok(Self::JsonLines),
            _ => Err(Error::UnknownEnding(path.to_owned())),
        }
    }

    /// The ending for files of this format.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv { delimiter: b'\t' } => "tsv",
            Self::Csv { .. } => "csv",
            Self::Parquet => "parquet",
            Self::ArrowIpc => "arrow",
            Self::JsonLines => "jsonl",
        }
    }
}

pub(crate) type Records = Box<dyn Iterator<Item = Result<RecordBatch, Error>>>;

/// What can be read from any place on.
pub(crate) trait Seekable: Read + Seek + Send {}

impl<T: Read + Seek + Send> Seekable for T {}

/// A file, or what came in through standard input.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    name: String,
    format: Format,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    File(PathBuf),
    Memory(Arc<[u8]>),
}

impl Source {
    /// The files that an argument stands for.
    pub(crate) fn find(input: &Path) -> Result<Vec<Self>, Error> {
        if input.as_os_str() == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes)?;
            return Ok(vec![Self::from_bytes("standard input", bytes)?]);
        }
        let pattern = input.to_string_lossy();
        if input.exists() || !pattern.contains(['*', '?', '[']) {
            return Ok(vec![Self::from_path(input)?]);
        }
        let matches = glob::glob(&pattern).map_err(|_| Error::NoFile(pattern.to_string()))?;
        let mut paths: Vec<PathBuf> = matches.filter_map(Result::ok).filter(|path| path.is_file()).collect();
        paths.sort();
        if paths.is_empty() {
            return Err(Error::NoFile(pattern.to_string()));
        }
        paths.iter().map(|path| Self::from_path(path)).collect()
    }

    fn from_path(path: &Path) -> Result<Self, Error> {
        let mut start = Vec::new();
        fs_err::File::open(path)?.take(4096).read_to_end(&mut start)?;
        let name = path.display().to_string();
        let by_ending = Format::of_ending(path).unwrap_or(Format::Csv { delimiter: b',' });
        let format = tell_format(&name, &start, by_ending)?;
        Ok(Self { name, format, content: Content::File(path.to_owned()) })
    }

    pub(crate) fn from_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, Error> {
        let format = tell_format(name, &bytes[..bytes.len().min(4096)], Format::Csv { delimiter: b',' })?;
        Ok(Self { name: name.to_owned(), format, content: Content::Memory(bytes.into()) })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.content {
            Content::File(path) => Some(path),
            Content::Memory(_) => None,
        }
    }

    /// The content of a text file, without a byte order mark.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + Send>, Error> {
        let mut reader: Box<dyn Read + Send> = match &self.content {
            Content::File(path) => Box::new(fs_err::File::open(path)?),
            Content::Memory(bytes) => Box::new(Cursor::new(bytes.clone())),
        };
        let mut start = Vec::new();
        reader.by_ref().take(3).read_to_end(&mut start)?;
        if start == b"\xef\xbb\xbf" {
            start.clear();
        }
        Ok(Box::new(Cursor::new(start).chain(reader)))
    }

    /// The length of the byte order mark.
    pub(crate) fn mark_length(&self) -> std::io::Result<u64> {
        let mut start = Vec::new();
        self.seekable()?.take(3).read_to_end(&mut start)?;
        Ok(if start == b"\xef\xbb\xbf" { 3 } else { 0 })
    }

    /// The content from its first byte on, for readers of a part of it.
    pub(crate) fn seekable(&self) -> std::io::Result<Box<dyn Seekable>> {
        Ok(match &self.content {
            Content::File(path) => Box::new(fs_err::File::open(path)?),
            Content::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }

    /// The file itself, for formats that are read from their end.
    pub(crate) fn file(&self) -> Result<fs_err::File, Error> {
        match &self.content {
            Content::File(path) => Ok(fs_err::File::open(path)?),
            Content::Memory(_) => Err(Error::Unreadable {
                source_name: self.name.clone(),
                format: "CSV or JSON lines",
                detail: "it is a binary table, which can only be read from a file".to_owned(),
            }),
        }
    }

    /// The names of the columns.
    pub(crate) fn columns(&self) -> Result<Vec<String>, Error> {
        match self.format {
            Format::Csv { delimiter } => csv_text::columns(self, delimiter),
            Format::JsonLines => json_lines::columns(self),
            Format::Parquet | Format::ArrowIpc => binary::columns(self),
        }
    }

    /// The rows of the columns at `positions` of `header`.
    pub(crate) fn batches(&self, header: &[String], positions: &[usize], batch_rows: usize) -> Result<Records, Error> {
        match self.format {
            Format::Csv { delimiter } => csv_text::batches(self, delimiter, header, positions, batch_rows),
            Format::JsonLines => json_lines::batches(self, header, positions, batch_rows),
            Format::Parquet | Format::ArrowIpc => binary::batches(self, positions, batch_rows),
        }
    }

    /// The line on which a row of a text file begins; `None` for binary files and rows that do not exist.
    pub(crate) fn line_of(&self, row: u64) -> Option<u64> {
        match self.format {
            Format::Csv { delimiter } => csv_text::line_of(self, delimiter, row),
            Format::JsonLines => json_lines::line_of(self, row),
            Format::Parquet | Format::ArrowIpc => None,
        }
    }
}

/// Readers give columns in the order of the file: which to ask for, and how to put them into the order of `positions`.
pub(crate) fn in_file_order(positions: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let mut ascending = positions.to_vec();
    ascending.sort_unstable();
    let rank = |position: &usize| ascending.iter().position(|p| p == position).expect("a copy of the same list");
    let order = positions.iter().map(rank).collect();
    (ascending, order)
}

/// A schema of text columns.
pub(crate) fn text_schema<'a>(names: impl Iterator<Item = &'a String>) -> SchemaRef {
    Arc::new(Schema::new(names.map(|name| Field::new(name, DataType::Utf8, true)).collect::<Vec<_>>()))
}

fn tell_format(name: &str, start: &[u8], by_ending: Format) -> Result<Format, Error> {
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    if start.starts_with(b"PAR1") {
        Ok(Format::Parquet)
    } else if start.starts_with(b"ARROW1") || start.starts_with(b"\xff\xff\xff\xff") {
        Ok(Format::ArrowIpc)
    } else if text.is_empty() {
        Err(Error::EmptyFile(name.to_owned()))
    } else if text.starts_with(b"{") {
        Ok(Format::JsonLines)
    } else {
        Ok(by_ending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_over_the_ending() {
        let csv = Format::Csv { delimiter: b',' };
        let tell = |bytes: &[u8]| tell_format("t", bytes, csv).expect("a format");
        assert_eq!(tell(b"PAR1..."), Format::Parquet);
        assert_eq!(tell(b"ARROW1\0\0"), Format::ArrowIpc);
        assert_eq!(tell(b"\xef\xbb\xbf {\"a\": 1}"), Format::JsonLines);
        assert_eq!(tell(b"a,b\n1,2\n"), csv);
        assert!(matches!(tell_format("t", b"\n \n", csv), Err(Error::EmptyFile(_))));
    }
}
