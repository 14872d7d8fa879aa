//! What can be read but once, kept so that it can be read from any place and as often as is needed: standard input, a FIFO,
//! what comes out of a compressed file, a sheet written as text. In memory as long as it is small, then in a temporary file
//! that has no name and is gone with its last reader.
//!
//! ```text
//! let mut writer = SpoolWriter::new();
//! writer.write_all(..)?;                     // as often as needed; writes are buffered
//! let spool: Spool = writer.finish()?;
//! spool.reader()                             // any number of these, side by side: `Read + Seek`
//! ```

use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use bytes::Bytes;

use crate::byte_reader::ByteReader;

/// So much is kept in memory.
const MOST_IN_MEMORY: usize = 1 << 26;
/// So much may there be altogether: far more than the table of a patient user, and less than a disk.
const MOST_BYTES: u64 = 1 << 34;

/// Takes bytes, once and in order.
#[derive(Debug)]
pub(crate) struct SpoolWriter {
    memory: Vec<u8>,
    file: Option<BufWriter<fs_err::File>>,
    length: u64,
    most_in_memory: usize,
    most_bytes: u64,
}

/// Bytes that can be read from any place, by several readers at once. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Spool(ByteReader);

impl SpoolWriter {
    pub(crate) fn new() -> Self {
        Self::with_limits(MOST_IN_MEMORY, MOST_BYTES)
    }

    fn with_limits(most_in_memory: usize, most_bytes: u64) -> Self {
        Self { memory: Vec::new(), file: None, length: 0, most_in_memory, most_bytes }
    }

    /// How many bytes were written.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Ends the writing.
    pub(crate) fn finish(self) -> io::Result<Spool> {
        Ok(Spool(match self.file {
            None => ByteReader::of_memory(Bytes::from(self.memory)),
            Some(file) => {
                ByteReader::of_file(Arc::new(file.into_inner().map_err(|error| of_temporary(error.error()))?))
            }
        }))
    }
}

impl Write for SpoolWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.most_bytes - self.length {
            let words = format!("it holds more than {} GiB, more than is taken in one piece", self.most_bytes >> 30);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, words));
        }
        if self.file.is_none() && self.memory.len() + bytes.len() > self.most_in_memory {
            let file = tempfile::tempfile().map_err(|error| of_temporary(&error))?;
            let path = tempfile::env::temp_dir().join("a temporary file");
            let mut file = BufWriter::with_capacity(1 << 18, fs_err::File::from_parts(file, path));
            file.write_all(&self.memory).map_err(|error| of_temporary(&error))?;
            self.memory = Vec::new();
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => file.write_all(bytes).map_err(|error| of_temporary(&error))?,
            None => self.memory.extend_from_slice(bytes),
        }
        self.length += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Spool {
    /// A spool of bytes that are in memory already.
    pub(crate) fn of_bytes(bytes: Vec<u8>) -> Self {
        Self(ByteReader::of_memory(Bytes::from(bytes)))
    }

    /// A reader from the first byte on.
    pub(crate) fn reader(&self) -> ByteReader {
        self.0.rewound()
    }
}

/// The folder for temporary files is what a user can change about these errors.
fn of_temporary(error: &io::Error) -> io::Error {
    let folder = tempfile::env::temp_dir();
    io::Error::new(error.kind(), format!("a temporary file in `{}` cannot be written: {error}", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Seek as _, SeekFrom};

    #[test]
    fn what_was_written_is_read_from_any_place_in_memory_and_beyond() {
        for most_in_memory in [0, 10, 1 << 20] {
            let mut writer = SpoolWriter::with_limits(most_in_memory, 1 << 20);
            for number in 0..1000 {
                writeln!(writer, "{number:03}").expect("written");
            }
            assert_eq!(writer.length(), 4000);
            let spool = writer.finish().expect("a spool");
            let readers = std::thread::scope(|scope| {
                let read = |start: u64| {
                    let mut reader = spool.reader();
                    move || {
                        reader.seek(SeekFrom::Start(4 * start)).expect("a place");
                        let mut text = String::new();
                        reader.take(4).read_to_string(&mut text).expect("text");
                        text
                    }
                };
                let threads: Vec<_> = (0..1000).step_by(250).map(|start| scope.spawn(read(start))).collect();
                threads.into_iter().map(|thread| thread.join().expect("no panic")).collect::<String>()
            });
            assert_eq!(readers, "000\n250\n500\n750\n");
        }
    }

    #[test]
    fn there_is_a_limit() {
        let mut writer = SpoolWriter::with_limits(4, 10);
        writer.write_all(b"0123456789").expect("as much as is allowed");
        assert_eq!(writer.write_all(b"0").expect_err("too much").kind(), io::ErrorKind::FileTooLarge);
    }
}
