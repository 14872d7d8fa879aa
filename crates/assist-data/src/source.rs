//! What one table is read from: a file, text in memory, or record batches. It is opened here; what its bytes mean is
//! known to `formats/`.

use std::io::{Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::record_batch::RecordBatch;

use crate::dialect::Dialect;
use crate::dialect::encoding::{NotUtf16, Start, Utf16Reader};
use crate::error::{Error, Place, Position};
use crate::file_format::Format;
use crate::file_syntax::Encoding;

/// What can be read from any place on.
pub(crate) trait Seekable: Read + Seek + Send {}

impl<T: Read + Seek + Send> Seekable for T {}

/// A file, what came in through standard input, or record batches in memory.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    name: String,
    format: Format,
    content: Content,
    /// The file that was named, whatever its content was made into.
    path: Option<PathBuf>,
    encoding: Encoding,
    /// How text is written, once that was detected.
    dialect: Option<Arc<Dialect>>,
}

#[derive(Debug, Clone)]
enum Content {
    File(PathBuf),
    Memory(Arc<[u8]>),
    Batches(Arc<[RecordBatch]>),
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
        let source = Self::from_content(name, &start, Content::File(path.to_owned()), by_ending)?;
        Ok(Self { path: Some(path.to_owned()), ..source })
    }

    pub(crate) fn from_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, Error> {
        let start = bytes[..bytes.len().min(4096)].to_vec();
        Self::from_content(name.to_owned(), &start, Content::Memory(bytes.into()), Format::Csv { delimiter: b',' })
    }

    /// A source whose first bytes are `start`; text of another encoding is made UTF-8.
    fn from_content(name: String, start: &[u8], content: Content, by_ending: Format) -> Result<Self, Error> {
        let of = |content, encoding, format| Self {
            name: name.clone(),
            format,
            content,
            path: None,
            encoding,
            dialect: None,
        };
        let order = match Start::of(start) {
            Start::Utf8 => return Ok(of(content, Encoding::Utf8, Format::detect(&name, start, by_ending)?)),
            Start::Utf16(order) => order,
            Start::Utf32 => return Err(Error::Utf32(name)),
        };
        let written = of(content, Encoding::Utf8, by_ending);
        let mut bytes = Vec::new();
        Utf16Reader::new(written.seekable()?, order)
            .read_to_end(&mut bytes)
            .map_err(|error| not_utf16(&name, error))?;
        let format = Format::detect(&name, &bytes[..bytes.len().min(4096)], by_ending)?;
        Ok(of(Content::Memory(bytes.into()), order.encoding(), format))
    }

    /// Record batches, which have the types of the format that would store them: Arrow IPC.
    pub(crate) fn from_batches(name: &str, batches: Vec<RecordBatch>) -> Self {
        Self {
            name: name.to_owned(),
            format: Format::ArrowIpc,
            content: Content::Batches(batches.into()),
            path: None,
            encoding: Encoding::Utf8,
            dialect: None,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// How the characters of a text file are written; what is read here is UTF-8.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How CSV text is written, once its table is open.
    pub(crate) fn dialect(&self) -> Option<&Dialect> {
        self.dialect.as_deref()
    }

    pub(crate) fn with_dialect(self, dialect: Dialect) -> Self {
        let format = Format::Csv { delimiter: dialect.marks.delimiter };
        Self { format, dialect: Some(Arc::new(dialect)), ..self }
    }

    /// The record batches of a source that consists of them.
    pub(crate) fn record_batches(&self) -> Option<&Arc<[RecordBatch]>> {
        match &self.content {
            Content::Batches(batches) => Some(batches),
            Content::File(_) | Content::Memory(_) => None,
        }
    }

    /// The content of a text file, without a byte order mark.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + Send>, Error> {
        let mut reader = self.seekable()?;
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

    /// The content from its first byte on, for readers of a partition of it.
    pub(crate) fn seekable(&self) -> std::io::Result<Box<dyn Seekable>> {
        Ok(match &self.content {
            Content::File(path) => Box::new(fs_err::File::open(path)?),
            Content::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
            Content::Batches(_) => {
                return Err(std::io::Error::new(std::io::ErrorKind::Unsupported, "record batches have no bytes"));
            }
        })
    }

    /// The file itself, for formats that are read from their end.
    pub(crate) fn file(&self) -> Result<fs_err::File, Error> {
        match &self.content {
            Content::File(path) => Ok(fs_err::File::open(path)?),
            Content::Memory(_) | Content::Batches(_) => Err(Error::Unreadable {
                source_name: self.name.clone(),
                format: "CSV or JSON lines",
                detail: "it is a binary table, which can only be read from a file".to_owned(),
            }),
        }
    }
}

fn not_utf16(name: &str, error: std::io::Error) -> Error {
    match error.get_ref().and_then(|error| error.downcast_ref::<NotUtf16>()) {
        Some(fault) => {
            Error::NotUtf16 { place: Place { source: name.to_owned(), position: Position::Line(fault.line) } }
        }
        None => Error::Io(error),
    }
}
