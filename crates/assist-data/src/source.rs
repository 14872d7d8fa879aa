//! What one table is read from: a file, text in memory, or record batches. It is opened here; what its bytes mean is
//! known to `formats/`.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::record_batch::RecordBatch;

use crate::byte_reader::ByteReader;
use crate::error::Error;
use crate::file_format::Format;
use crate::spool::{Spool, SpoolWriter};

/// A file, what came in through standard input, or record batches in memory.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    name: String,
    format: Format,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    File(PathBuf),
    Spool(Spool),
    Batches(Arc<[RecordBatch]>),
}

impl Source {
    /// The files that an argument stands for.
    pub(crate) fn find(input: &Path) -> Result<Vec<Self>, Error> {
        if input.as_os_str() == "-" {
            let mut writer = SpoolWriter::new();
            std::io::copy(&mut std::io::stdin().lock(), &mut writer)?;
            return Ok(vec![Self::from_spool("standard input", writer.finish()?)?]);
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
        let format = Format::detect(&name, &start, by_ending)?;
        Ok(Self { name, format, content: Content::File(path.to_owned()) })
    }

    pub(crate) fn from_bytes(name: &str, bytes: Vec<u8>) -> Result<Self, Error> {
        Self::from_spool(name, Spool::of_bytes(bytes))
    }

    fn from_spool(name: &str, spool: Spool) -> Result<Self, Error> {
        let format = Format::detect(name, &spool.reader().head(4096)?, Format::Csv { delimiter: b',' })?;
        Ok(Self { name: name.to_owned(), format, content: Content::Spool(spool) })
    }

    /// Record batches, which have the types of the format that would store them: Arrow IPC.
    pub(crate) fn from_batches(name: &str, batches: Vec<RecordBatch>) -> Self {
        Self { name: name.to_owned(), format: Format::ArrowIpc, content: Content::Batches(batches.into()) }
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
            Content::Spool(_) | Content::Batches(_) => None,
        }
    }

    /// The record batches of a source that consists of them.
    pub(crate) fn record_batches(&self) -> Option<&Arc<[RecordBatch]>> {
        match &self.content {
            Content::Batches(batches) => Some(batches),
            Content::File(_) | Content::Spool(_) => None,
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
        match &self.content {
            Content::File(path) => Ok(ByteReader::of_file(Arc::new(fs_err::File::open(path)?))),
            Content::Spool(spool) => Ok(spool.reader()),
            Content::Batches(_) => {
                Err(std::io::Error::new(std::io::ErrorKind::Unsupported, "record batches have no bytes"))
            }
        }
    }
}
