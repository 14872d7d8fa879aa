//! The records of a partition of a CSV file, a buffer at a time.

use std::io::{Seek, SeekFrom};
use std::ops::Range;

use crate::byte_reader::ByteReader;
use crate::dialect::records::Marks;
use crate::error::NeedsStrictReader;
use crate::fast::separators::{Extent, Separators};
use crate::source::Source;

/// Bytes that are read at a time: some hundred rows, which stay in the processor's nearest caches with their separators.
const BUFFER_BYTES: usize = 1 << 15;
/// A record longer than this is left to the strict reader.
const LONGEST_RECORD: usize = 1 << 24;

/// Reads the records of a partition.
pub(crate) struct CsvRecords {
    file: ByteReader,
    separators: Separators,
    /// What comments begin with, which the strict reader passes over.
    comment: Option<u8>,
    /// Bytes of the partition that are still in the file.
    left: u64,
    /// Whether the partition ends with the file, where a record may end without a line feed.
    is_last: bool,
    buffer: Vec<u8>,
    /// Where the records end that were given last.
    given: usize,
}

impl CsvRecords {
    pub(crate) fn new(
        source: &Source,
        marks: Marks,
        n_columns: usize,
        extent: Extent,
        bytes: Range<u64>,
        is_last: bool,
    ) -> Result<Self, NeedsStrictReader> {
        let mut file = source.reader().map_err(|_| NeedsStrictReader)?;
        file.seek(SeekFrom::Start(bytes.start)).map_err(|_| NeedsStrictReader)?;
        Ok(Self {
            file,
            separators: Separators::new(marks.delimiter, n_columns, extent),
            comment: marks.comment,
            left: bytes.end - bytes.start,
            is_last,
            buffer: Vec::with_capacity(BUFFER_BYTES),
            given: 0,
        })
    }

    /// The next records: their bytes and their separators.
    pub(crate) fn next_records(&mut self) -> Result<Option<(&[u8], &Separators)>, NeedsStrictReader> {
        loop {
            self.buffer.drain(..self.given);
            self.given = 0;
            let before = self.buffer.len();
            let want = BUFFER_BYTES.max(2 * before) - before;
            let want = usize::try_from(self.left).map_or(want, |left| left.min(want));
            let n = self.file.read_behind(&mut self.buffer, want).map_err(|_| NeedsStrictReader)? as u64;
            // A file that became shorter meanwhile.
            if n == 0 && self.left > 0 {
                return Err(NeedsStrictReader);
            }
            self.left -= n;
            if self.left == 0 && self.is_last {
                let text = self.buffer.trim_ascii_end().len();
                // Blank lines at the end are nothing; blanks that belong to the last cell are.
                if self.buffer[text..].iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
                    self.buffer.truncate(text);
                }
                if !self.buffer.is_empty() && self.buffer.last() != Some(&b'\n') {
                    self.buffer.push(b'\n');
                }
            }
            if self.buffer.is_empty() {
                return Ok(None);
            }
            self.separators.find(&self.buffer)?;
            self.given = self.separators.start_of(self.separators.n_records());
            if self.comment.is_some_and(|mark| self.has_comment(mark)) {
                return Err(NeedsStrictReader);
            }
            if self.given > 0 {
                return Ok(Some((&self.buffer[..self.given], &self.separators)));
            }
            // The partition ends inside a record: its end was no end of a line but a line break inside quotes.
            if self.left == 0 || self.buffer.len() > LONGEST_RECORD {
                return Err(NeedsStrictReader);
            }
        }
    }
    /// Whether one of the records is none.
    fn has_comment(&self, mark: u8) -> bool {
        (0..self.separators.n_records()).any(|record| self.buffer[self.separators.start_of(record)] == mark)
    }
}
