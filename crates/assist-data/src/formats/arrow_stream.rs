//! A stream of Arrow messages on its way to Arrow's own reader, which believes every length that it reads: here each message
//! is looked at before any of its bytes is handed on.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use crate::byte_reader::ByteReader;
use crate::formats::arrow_lengths::{CONTINUATION, check_buffers, end_of, message};

/// The bytes of a stream, message by message.
pub(crate) struct CheckedStream {
    /// Reads on from the message.
    bytes: BufReader<ByteReader>,
    /// Reads ahead, anywhere.
    ahead: ByteReader,
    /// Where the next message begins.
    position: u64,
    length: u64,
    /// Length and metadata of the message, and how much of them was handed on.
    framed: Vec<u8>,
    handed_on: usize,
    /// What is left of its body.
    body: u64,
}

impl CheckedStream {
    pub(crate) fn new(bytes: ByteReader) -> io::Result<Self> {
        Ok(Self {
            ahead: bytes.rewound(),
            position: 0,
            length: bytes.length()?,
            bytes: BufReader::with_capacity(1 << 16, bytes),
            framed: Vec::new(),
            handed_on: 0,
            body: 0,
        })
    }

    /// Takes the next message; an end, or what is left of one that is cut off, goes to the reader as it is.
    fn next_message(&mut self) -> io::Result<()> {
        self.framed.clear();
        self.handed_on = 0;
        self.take(4)?;
        if self.framed == CONTINUATION {
            self.take(4)?;
        }
        let Some(stated) = self.framed.last_chunk::<4>().map(|length| i32::from_le_bytes(*length)) else {
            return Ok(());
        };
        let fail = |error: arrow::error::ArrowError| io::Error::other(error);
        let left = self.length.saturating_sub(self.position);
        let metadata = end_of(0, stated.into(), left).map_err(fail)?;
        if metadata == 0 {
            return Ok(());
        }
        self.take(metadata)?;
        let found = message(&self.framed).map_err(fail)?;
        let left = self.length.saturating_sub(self.position);
        let body = end_of(0, found.bodyLength(), left).map_err(fail)?;
        let (ahead, body_start) = (&mut self.ahead, self.position);
        let read_at = |offset, buffer: &mut [u8]| {
            ahead.seek(SeekFrom::Start(body_start + offset))?;
            ahead.read(buffer)
        };
        check_buffers(&found, body, read_at).map_err(fail)?;
        self.body = body;
        self.position += body;
        Ok(())
    }

    fn take(&mut self, n: u64) -> io::Result<()> {
        self.position += (&mut self.bytes).take(n).read_to_end(&mut self.framed)? as u64;
        Ok(())
    }
}

impl Read for CheckedStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.handed_on == self.framed.len() && self.body == 0 {
            self.next_message()?;
        }
        if self.handed_on < self.framed.len() {
            let n = (&self.framed[self.handed_on..]).read(buffer)?;
            self.handed_on += n;
            return Ok(n);
        }
        let n = (&mut self.bytes).take(self.body).read(buffer)?;
        self.body -= n as u64;
        Ok(n)
    }
}
