//! A segment: a file of lines. Its name is its number, so that segments have an order; `.log` is being written or waits to be
//! compacted, `.parquet` is compacted.

use std::path::{Path, PathBuf};

use assist_learn::LogRecord;

use super::error::LogError;
use super::line::{HEADER, checked};

/// What a folder of a log holds, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) number: u64,
    pub(super) path: PathBuf,
    pub(super) is_compacted: bool,
}

/// The path of a segment's lines.
pub(super) fn log_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:08}.log"))
}

/// The path of a compacted segment.
pub(super) fn table_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:08}.parquet"))
}

/// The segments of a folder. Where both files of one are there, the table, which appears whole or not at all, is complete.
pub(super) fn segments(folder: &Path) -> Result<Vec<Segment>, LogError> {
    let mut found: Vec<Segment> = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        let is_compacted = match path.extension().and_then(|ending| ending.to_str()) {
            Some("parquet") => true,
            Some("log") => false,
            _ => continue,
        };
        if let Some(number) = number {
            found.push(Segment { number, path, is_compacted });
        }
    }
    found.sort_by_key(|segment| (segment.number, !segment.is_compacted));
    found.dedup_by_key(|segment| segment.number);
    Ok(found)
}

/// The records of a segment's lines, and how many bytes of it are whole lines.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) records: Vec<LogRecord>,
    /// Behind them is at most the torn end of what was being written when the service, or the machine, ended.
    pub(super) whole: u64,
}

/// Reads the lines of a segment. What was never acknowledged may be torn at its end, where `may_be_torn`; all other damage is an
/// error, with its line.
pub(super) fn read_lines(path: &Path, may_be_torn: bool) -> Result<Lines, LogError> {
    let bytes = fs_err::read(path)?;
    let damaged = |line: usize| LogError::Damaged { path: path.to_owned(), line };
    let mut lines = Lines { records: Vec::new(), whole: 0 };
    let mut first_bad = None;
    for (number, line) in (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        let json = line.strip_suffix(b"\n").and_then(checked);
        match (json, first_bad) {
            (None, None) => first_bad = Some(number),
            // A good line behind a bad one: that was no torn end.
            (Some(_), Some(bad)) => return Err(damaged(bad)),
            (None, Some(_)) => {}
            (Some(json), None) if number == 1 => {
                if json != HEADER.as_bytes() {
                    return Err(LogError::OtherVersion { path: path.to_owned() });
                }
                lines.whole += line.len() as u64;
            }
            (Some(json), None) => {
                // The checksum is right, so it is a record of a newer program.
                let record = serde_json::from_slice(json);
                lines.records.push(record.map_err(|_| LogError::OtherVersion { path: path.to_owned() })?);
                lines.whole += line.len() as u64;
            }
        }
    }
    match first_bad {
        Some(bad) if !may_be_torn => Err(damaged(bad)),
        _ => Ok(lines),
    }
}
