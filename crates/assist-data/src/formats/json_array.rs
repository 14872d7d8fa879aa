//! An array of JSON objects, however it is spread over lines, written as JSON lines into a spool: one object a line, which
//! is then read like any other file of JSON lines. Places in messages are rows.
//!
//! Only brackets, quotes and commas are looked at here; whether an object is one is judged by the reader of JSON lines.

use std::io::{BufWriter, Read, Write};

use crate::byte_reader::ByteReader;
use crate::error::{Error, Place, Position};
use crate::spool::{Spool, SpoolWriter};

/// Whether a text begins like an array of objects: a bracket, then an object or the end of the array. A header of CSV may
/// begin with a bracket too.
pub(crate) fn is_array(text: &[u8]) -> bool {
    let Some(rest) = text.trim_ascii_start().strip_prefix(b"[") else { return false };
    matches!(rest.trim_ascii_start().first(), None | Some(b'{' | b']'))
}

/// The objects of an array, one a line.
pub(crate) fn lines(source_name: &str, content: ByteReader) -> Result<Spool, Error> {
    let writer = BufWriter::with_capacity(1 << 16, SpoolWriter::new());
    let mut array = Array { source_name, writer, state: State::Before, depth: 0, row: 0, has_content: false };
    let mut content = content;
    let mut buffer = vec![0; 1 << 16];
    let mut is_first = true;
    loop {
        let n = content.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        let bytes = &buffer[..n];
        let mark = is_first && bytes.starts_with(b"\xef\xbb\xbf");
        is_first = false;
        array.take(&bytes[if mark { 3 } else { 0 }..])?;
    }
    array.finish()
}

struct Array<'a> {
    source_name: &'a str,
    writer: BufWriter<SpoolWriter>,
    state: State,
    /// Open brackets within the element.
    depth: u32,
    /// Elements before this one.
    row: u64,
    /// Whether the element has begun.
    has_content: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    Element,
    Text,
    Escape,
    After,
}

impl Array<'_> {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Error> {
        // Written from here on, up to where something is left out.
        let mut start = 0;
        for (at, byte) in bytes.iter().enumerate() {
            match (self.state, byte) {
                (State::Text, b'\\') => self.state = State::Escape,
                (State::Text, b'"') => self.state = State::Element,
                (State::Escape, _) => self.state = State::Text,
                // A bare line end within a text is refused by the reader of lines, as it has to be.
                (State::Text, _) => {}
                (State::Element, b'"') => (self.state, self.has_content) = (State::Text, true),
                (State::Element, b'{' | b'[') => (self.depth, self.has_content) = (self.depth + 1, true),
                (State::Element, b'}' | b']') if self.depth > 0 => self.depth -= 1,
                (State::Element, b']') => {
                    self.write(&bytes[start..at])?;
                    start = at + 1;
                    // An array may be empty, but must not end with a comma.
                    if self.has_content || self.row > 0 {
                        self.end_element()?;
                    }
                    self.state = State::After;
                }
                (State::Element, b',') if self.depth == 0 => {
                    self.write(&bytes[start..at])?;
                    start = at + 1;
                    self.end_element()?;
                }
                (State::Element, b'\n' | b'\r') => {
                    self.write(&bytes[start..at])?;
                    start = at + 1;
                }
                (State::Element, byte) => self.has_content |= !byte.is_ascii_whitespace(),
                (State::Before, b'[') => (self.state, start) = (State::Element, at + 1),
                (State::Before | State::After, byte) if byte.is_ascii_whitespace() => start = at + 1,
                (State::Before | State::After, _) => return Err(self.fault("something follows the array")),
            }
        }
        self.write(&bytes[start..])
    }

    fn end_element(&mut self) -> Result<(), Error> {
        self.row += 1;
        if !self.has_content {
            return Err(self.fault("there is nothing between two commas, or after the last one"));
        }
        self.has_content = false;
        self.write(b"\n")
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.writer.write_all(bytes).map_err(|error| Error::of_spool(self.source_name, error))
    }

    fn fault(&self, detail: &str) -> Error {
        let place = Place { source: self.source_name.to_owned(), position: Position::Row(self.row.max(1)) };
        Error::Json { place, detail: detail.to_owned() }
    }

    fn finish(mut self) -> Result<Spool, Error> {
        if self.state != State::After {
            self.row += 1;
            return Err(self.fault("the array is cut off, its bracket is never closed"));
        }
        let writer = self.writer.into_inner().map_err(|error| Error::of_spool(self.source_name, error.into_error()))?;
        let spool = writer.finish().map_err(|error| Error::of_spool(self.source_name, error))?;
        Ok(spool)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &str) -> Result<String, String> {
        let content = Spool::of_bytes(text.as_bytes().to_vec()).reader();
        let spool = lines("t.json", content).map_err(|error| error.to_string())?;
        let mut lines = String::new();
        spool.reader().read_to_string(&mut lines).map_err(|error| error.to_string())?;
        Ok(lines)
    }

    #[test]
    fn an_object_is_a_line_however_it_is_written() {
        for (array, lines) in [
            ("[{\"a\":1},{\"a\":2}]", "{\"a\":1}\n{\"a\":2}\n"),
            ("\u{feff} [\r\n  {\r\n    \"a\": 1\r\n  },\n{}\n]\n\n", "  {    \"a\": 1  }\n{}\n"),
            ("[{\"a,]\\\"\": \"},\\\\\"},{\"b\":[1,{\"c\":2}]}]", "{\"a,]\\\"\": \"},\\\\\"}\n{\"b\":[1,{\"c\":2}]}\n"),
            ("[ ]", " "),
        ] {
            assert_eq!(lines_of(array).expect("an array"), lines, "{array}");
        }
        assert!(is_array(b"\n[ {") && is_array(b"[") && is_array(b"[]") && !is_array(b"[a],[b]") && !is_array(b"{"));
    }

    #[test]
    fn what_is_no_array_is_refused() {
        let place = |row: u64| format!("row {row} of `t.json` is not a JSON object of plain values: ");
        for (array, row, words) in [
            ("[{\"a\":1},", 2, "the array is cut off, its bracket is never closed"),
            ("[{\"a\":\"1]", 1, "the array is cut off, its bracket is never closed"),
            ("[{\"a\":1},,{}]", 2, "there is nothing between two commas, or after the last one"),
            ("[{\"a\":1},\n]", 2, "there is nothing between two commas, or after the last one"),
            ("[{\"a\":1}] [", 1, "something follows the array"),
        ] {
            assert_eq!(lines_of(array).expect_err("refused"), place(row) + words);
        }
    }
}
