//! What one table is read from: a file, a spool, or record batches. How it came to that is known to `opening.rs`; what its
//! bytes mean is known to `formats/`.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::record_batch::RecordBatch;

use crate::byte_reader::ByteReader;
use crate::compression::Compression;
use crate::dialect::Dialect;
use crate::error::{Error, Position};
use crate::file_format::Format;
use crate::file_syntax::Encoding;
#[cfg(feature = "cloud")]
use crate::objects::object::Object;
use crate::spool::Spool;

/// A file, what was unpacked from one or came in through standard input, or record batches in memory.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    name: String,
    format: Format,
    content: Content,
    /// The file that it is, or comes from.
    path: Option<PathBuf>,
    compression: Option<Compression>,
    sheet: Option<String>,
    lines: LineNames,
    path_columns: Arc<[PathColumn]>,
    encoding: Encoding,
    /// How CSV text is written, once that was detected.
    dialect: Option<Arc<Dialect>>,
}

/// Where the bytes of a source are.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// In a file that is opened for each reading.
    File(PathBuf),
    /// In memory, or in a file that has no name.
    Spool(Spool),
    /// In an object of a store.
    #[cfg(feature = "cloud")]
    Object(Arc<Object>),
    /// Nowhere.
    Batches(Arc<[RecordBatch]>),
}

/// What a line of text is called in messages.
#[derive(Debug, Clone, Default)]
pub(crate) enum LineNames {
    /// A line.
    #[default]
    Lines,
    /// A row: lines from which on rows have another distance from them, ascending, with the row there.
    Rows(Arc<[(u64, u64)]>),
}

/// A column that the names of folders give, with its one value: `plan=basic/part-0.parquet`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathColumn {
    /// What the column is called.
    pub(crate) name: String,
    /// Its cell in all rows; `None` where it is missing.
    pub(crate) value: Option<String>,
}

impl Content {
    /// The bytes, from the first one on.
    pub(crate) fn reader(&self) -> std::io::Result<ByteReader> {
        match self {
            Self::File(path) => Ok(ByteReader::of_file(Arc::new(fs_err::File::open(path)?))),
            Self::Spool(spool) => Ok(spool.reader()),
            #[cfg(feature = "cloud")]
            Self::Object(object) => Ok(ByteReader::of_object(Arc::clone(object))),
            Self::Batches(_) => {
                Err(std::io::Error::new(std::io::ErrorKind::Unsupported, "record batches have no bytes"))
            }
        }
    }
}

impl Source {
    /// A source of plain bytes in one of the formats.
    pub(crate) fn new(name: &str, format: Format, content: Content) -> Self {
        Self {
            name: name.to_owned(),
            format,
            content,
            path: None,
            compression: None,
            sheet: None,
            lines: LineNames::Lines,
            path_columns: Arc::default(),
            encoding: Encoding::Utf8,
            dialect: None,
        }
    }

    /// CSV text in memory, or what other format its first bytes show.
    pub(crate) fn from_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, Error> {
        let format = Format::detect(name, &bytes[..bytes.len().min(4096)], Format::Csv { delimiter: b',' })?;
        Ok(Self::new(name, format, Content::Spool(Spool::of_bytes(bytes))))
    }

    /// Record batches, which have the types of the format that would store them: Arrow IPC.
    pub(crate) fn from_batches(name: &str, batches: Vec<RecordBatch>) -> Self {
        Self::new(name, Format::ArrowIpc, Content::Batches(batches.into()))
    }

    /// Says which file it is, or comes from, and how that is compressed.
    pub(crate) fn with_origin(self, path: Option<&Path>, compression: Option<Compression>) -> Self {
        Self { path: path.map(Path::to_owned), compression, ..self }
    }

    /// Says which sheet of a workbook it is.
    pub(crate) fn with_sheet(self, sheet: Option<String>) -> Self {
        Self { sheet, ..self }
    }

    /// Says what its lines are called; lines by default.
    pub(crate) fn with_lines(self, lines: LineNames) -> Self {
        Self { lines, ..self }
    }

    /// Gives it the columns of its path as well.
    pub(crate) fn with_path_columns(self, path_columns: Vec<PathColumn>) -> Self {
        Self { path_columns: path_columns.into(), ..self }
    }

    /// Says how its file has the characters that are UTF-8 here.
    pub(crate) fn with_encoding(self, encoding: Encoding) -> Self {
        Self { encoding, ..self }
    }

    /// Says how its CSV text is written.
    pub(crate) fn with_dialect(self, dialect: Dialect) -> Self {
        let format = Format::Csv { delimiter: dialect.marks.delimiter };
        Self { format, dialect: Some(Arc::new(dialect)), ..self }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// The file that it is, or comes from.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// How its file is compressed.
    pub(crate) fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// How its file has the characters of text.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How CSV text is written, once its table is open.
    pub(crate) fn dialect(&self) -> Option<&Dialect> {
        self.dialect.as_deref()
    }

    /// The sheet of a workbook that it is.
    pub(crate) fn sheet(&self) -> Option<&str> {
        self.sheet.as_deref()
    }

    /// The columns that its path gives.
    pub(crate) fn path_columns(&self) -> &[PathColumn] {
        &self.path_columns
    }

    /// The record batches of a source that consists of them.
    pub(crate) fn record_batches(&self) -> Option<&Arc<[RecordBatch]>> {
        match &self.content {
            Content::Batches(batches) => Some(batches),
            Content::File(_) | Content::Spool(_) => None,
            #[cfg(feature = "cloud")]
            Content::Object(_) => None,
        }
    }

    /// The content of a text file, without a byte order mark.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + Send>, Error> {
        let mut reader = self.reader()?;
        let mut start = Vec::new();
        reader.by_ref().take(3).read_to_end(&mut start)?;
        if start == b"\xef\xbb\xbf" {
            start.clear();
        }
        Ok(Box::new(Cursor::new(start).chain(reader)))
    }

    /// The length of the byte order mark.
    pub(crate) fn mark_length(&self) -> std::io::Result<u64> {
        Ok(if self.reader()?.head(3)? == b"\xef\xbb\xbf" { 3 } else { 0 })
    }

    /// The content from its first byte on. Readers have positions of their own, for those of a partition and for formats
    /// that are read from their end.
    pub(crate) fn reader(&self) -> std::io::Result<ByteReader> {
        self.content.reader()
    }

    /// How many lines of its text are among the first `rows` of what they are called in messages.
    pub(crate) fn lines_before_row(&self, rows: u64) -> u64 {
        let LineNames::Rows(_) = self.lines else { return rows };
        // No line has a smaller row than its own number.
        let (mut low, mut high) = (0, rows);
        while low < high {
            let line = low + (high - low).div_ceil(2);
            match self.position_of_line(line) {
                Position::Row(row) if row > rows => high = line - 1,
                _ => low = line,
            }
        }
        low
    }

    /// What a line of its text, the first being 1, is to whoever reads a message.
    pub(crate) fn position_of_line(&self, line: u64) -> Position {
        match &self.lines {
            LineNames::Lines => Position::Line(line),
            LineNames::Rows(rows) => {
                let next = rows.partition_point(|(first, _)| *first <= line);
                let (first, row) = next.checked_sub(1).map_or((1, 1), |at| rows[at]);
                Position::Row(row + (line - first))
            }
        }
    }
}
