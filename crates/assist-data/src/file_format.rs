//! The formats of tables: how a file shows which one it has.

use std::fmt;
use std::path::Path;

use crate::error::Error;
use crate::whole_file::is_outlet;

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
    /// The format that a file name's ending stands for. A device or a pipe needs none, and takes CSV.
    ///
    /// # Errors
    ///
    /// An ending that no format has.
    pub fn of_ending(path: &Path) -> Result<Self, Error> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("").to_ascii_lowercase();
        match ending.as_str() {
            "csv" | "txt" => Ok(Self::Csv { delimiter: b',' }),
            "tsv" => Ok(Self::Csv { delimiter: b'\t' }),
            "parquet" | "pq" => Ok(Self::Parquet),
            "arrow" | "ipc" | "feather" => Ok(Self::ArrowIpc),
            "jsonl" | "ndjson" | "json" => Ok(Self::JsonLines),
            _ if is_outlet(path) => Ok(Self::Csv { delimiter: b',' }),
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

    /// What the format is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv { .. } => "CSV",
            Self::Parquet => "Parquet",
            Self::ArrowIpc => "Arrow IPC",
            Self::JsonLines => "JSON lines",
        }
    }

    /// Whether columns have types of their own, so that a text is a text whatever it looks like.
    pub(crate) fn is_typed(self) -> bool {
        matches!(self, Self::Parquet | Self::ArrowIpc)
    }

    /// The format of the file `name` from its first bytes; `by_ending` where they do not show it.
    pub(crate) fn detect(name: &str, start: &[u8], by_ending: Self) -> Result<Self, Error> {
        let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
        if start.starts_with(b"PAR1") {
            Ok(Self::Parquet)
        } else if start.starts_with(b"ARROW1") || start.starts_with(b"\xff\xff\xff\xff") {
            Ok(Self::ArrowIpc)
        } else if text.is_empty() {
            Err(Error::EmptyFile(name.to_owned()))
        } else if text.starts_with(b"{") {
            Ok(Self::JsonLines)
        } else {
            Ok(by_ending)
        }
    }
}

/// The name of the format, as people call it.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv { .. } => "CSV",
            Self::Parquet => "Parquet",
            Self::ArrowIpc => "Arrow IPC",
            Self::JsonLines => "JSON lines",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_over_the_ending() {
        let csv = Format::Csv { delimiter: b',' };
        let detect = |bytes: &[u8]| Format::detect("t", bytes, csv).expect("a format");
        assert_eq!(detect(b"PAR1..."), Format::Parquet);
        assert_eq!(detect(b"ARROW1\0\0"), Format::ArrowIpc);
        assert_eq!(detect(b"\xef\xbb\xbf {\"a\": 1}"), Format::JsonLines);
        assert_eq!(detect(b"a,b\n1,2\n"), csv);
        assert!(matches!(Format::detect("t", b"\n \n", csv), Err(Error::EmptyFile(_))));
    }
}
