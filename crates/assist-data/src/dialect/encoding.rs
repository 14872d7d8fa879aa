//! How the characters of a text file are written as bytes: told from its mark, and made UTF-8 where they are UTF-16.
//!
//! Bytes that are neither are never guessed: the same bytes are other letters in every country. An error names what they
//! are likely to be.

use std::io::{self, Read};

use crate::file_syntax::Encoding;

/// What the first bytes of a text say of its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// UTF-8, or bytes that have no mark and do not show another one.
    Utf8,
    Utf16(ByteOrder),
    /// UTF-32, which nobody writes on purpose.
    Utf32,
}

/// Which byte of a pair comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    LowFirst,
    HighFirst,
}

impl ByteOrder {
    pub(crate) fn encoding(self) -> Encoding {
        match self {
            Self::LowFirst => Encoding::Utf16Le,
            Self::HighFirst => Encoding::Utf16Be,
        }
    }

    fn unit(self, pair: [u8; 2]) -> u16 {
        match self {
            Self::LowFirst => u16::from_le_bytes(pair),
            Self::HighFirst => u16::from_be_bytes(pair),
        }
    }
}

impl Start {
    /// What the first bytes of a file show.
    pub(crate) fn of(start: &[u8]) -> Self {
        match start {
            [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Self::Utf32,
            [0xff, 0xfe, ..] if !start.starts_with(&[0xff; 4]) => Self::Utf16(ByteOrder::LowFirst),
            [0xfe, 0xff, ..] => Self::Utf16(ByteOrder::HighFirst),
            _ => Self::without_mark(start),
        }
    }

    /// In UTF-16 nearly every other byte of a table is zero, as its digits, delimiters and line ends are.
    fn without_mark(start: &[u8]) -> Self {
        let n_pairs = start.len() / 2;
        let zeros = |offset: usize| start.chunks_exact(2).filter(|pair| pair[offset] == 0).count();
        let is_sure = |zeros: usize, others: usize| others == 0 && n_pairs >= 4 && zeros * 10 >= n_pairs * 9;
        match (zeros(0), zeros(1)) {
            (high, low) if is_sure(low, high) => Self::Utf16(ByteOrder::LowFirst),
            (high, low) if is_sure(high, low) => Self::Utf16(ByteOrder::HighFirst),
            _ => Self::Utf8,
        }
    }
}

/// Reads UTF-16 as UTF-8, without its mark.
#[derive(Debug)]
pub(crate) struct Utf16Reader<R> {
    inner: R,
    order: ByteOrder,
    /// Bytes that were read and are not decoded yet: half a pair, or the first half of a character.
    pending: Vec<u8>,
    decoded: Vec<u8>,
    given: usize,
    /// Line ends so far, for the place of a fault.
    n_lines: u64,
    is_at_start: bool,
    is_at_end: bool,
    is_faulty: bool,
}

const BUFFER_BYTES: usize = 1 << 16;

impl<R: Read> Utf16Reader<R> {
    pub(crate) fn new(inner: R, order: ByteOrder) -> Self {
        Self {
            inner,
            order,
            pending: Vec::new(),
            decoded: Vec::new(),
            given: 0,
            n_lines: 0,
            is_at_start: true,
            is_at_end: false,
            is_faulty: false,
        }
    }

    /// The line, the first being 1, at which reading ended because it is not UTF-16.
    pub(crate) fn fault(&self) -> Option<u64> {
        self.is_faulty.then_some(self.n_lines + 1)
    }

    fn fill(&mut self) -> io::Result<()> {
        self.decoded.clear();
        self.given = 0;
        let n = self.inner.by_ref().take(BUFFER_BYTES as u64).read_to_end(&mut self.pending)?;
        self.is_at_end = n == 0;
        let mut units: Vec<u16> =
            self.pending.chunks_exact(2).map(|pair| self.order.unit([pair[0], pair[1]])).collect();
        // The first half of a character whose second half is still to come.
        if !self.is_at_end && units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) {
            units.pop();
        }
        if self.is_at_end && self.pending.len() % 2 == 1 {
            units.push(0xd800);
        }
        self.pending.drain(..(2 * units.len()).min(self.pending.len()));
        for (index, decoded) in char::decode_utf16(units).enumerate() {
            let Ok(decoded) = decoded else {
                self.is_faulty = true;
                return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-16 text"));
            };
            if decoded == '\u{feff}' && index == 0 && self.is_at_start {
                continue;
            }
            self.n_lines += u64::from(decoded == '\n');
            self.decoded.extend_from_slice(decoded.encode_utf8(&mut [0; 4]).as_bytes());
        }
        self.is_at_start = false;
        Ok(())
    }
}

impl<R: Read> Read for Utf16Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded.len() && !self.is_at_end {
            self.fill()?;
        }
        let n = (&self.decoded[self.given..]).read(buffer)?;
        self.given += n;
        Ok(n)
    }
}

/// The encoding that bytes are likely to be which are not UTF-8, as converters call it; `None` where they are no text.
pub(crate) fn likely(bytes: &[u8]) -> Option<&'static str> {
    if bytes.iter().any(|byte| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) {
        return None;
    }
    let high = |byte: &u8| !byte.is_ascii();
    let in_runs = bytes.windows(3).filter(|three| three.iter().all(high)).count();
    let n_high = bytes.iter().filter(|byte| high(byte)).count();
    // Western letters with accents stand alone between others; Cyrillic and Asian ones stand together.
    if in_runs * 2 >= n_high.max(1) {
        let is_cyrillic = bytes.iter().filter(|byte| **byte >= 0xc0).count() * 10 >= n_high * 9;
        return Some(if is_cyrillic { "Windows-1251" } else { "GB18030" });
    }
    Some("Windows-1252")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(text: &str, order: ByteOrder) -> Vec<u8> {
        let bytes = |unit: u16| match order {
            ByteOrder::LowFirst => unit.to_le_bytes(),
            ByteOrder::HighFirst => unit.to_be_bytes(),
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn marks_and_zeros_tell_the_encoding() {
        for order in [ByteOrder::LowFirst, ByteOrder::HighFirst] {
            assert_eq!(Start::of(&written("\u{feff}a", order)), Start::Utf16(order));
            assert_eq!(Start::of(&written("größe;y\n1;0\n", order)), Start::Utf16(order));
        }
        for bytes in ["a,b\n", "", "\u{feff}a", "a\0b,c\n1,2\n"] {
            assert_eq!(Start::of(bytes.as_bytes()), Start::Utf8);
        }
        assert_eq!(Start::of(b"\xff\xfe\0\0a\0\0\0"), Start::Utf32);
        assert_eq!(Start::of(b"\xff\xff\xff\xff"), Start::Utf8);
    }

    #[test]
    fn a_fault_has_its_line() {
        let mut bytes = written("a\nb\n", ByteOrder::LowFirst);
        bytes.extend([0x00, 0xdc]);
        for bytes in [bytes.clone(), bytes[..bytes.len() - 1].to_vec()] {
            let mut text = String::new();
            let mut reader = Utf16Reader::new(bytes.as_slice(), ByteOrder::LowFirst);
            assert!(reader.read_to_string(&mut text).is_err());
            assert_eq!(reader.fault(), Some(3));
        }
    }

    #[test]
    fn the_likely_encoding_is_named() {
        assert_eq!(likely(b"Z\xfcrich und K\xf6ln"), Some("Windows-1252"));
        assert_eq!(likely(b"\xcc\xee\xf1\xea\xe2\xe0"), Some("Windows-1251"));
        assert_eq!(likely(b"\xb1\xb1\xbe\xa9\xb1\xb1"), Some("GB18030"));
        assert_eq!(likely(b"a\0\x01\xff"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(text in "\\PC{0,300}", mark: bool, high_first: bool) {
            let order = if high_first { ByteOrder::HighFirst } else { ByteOrder::LowFirst };
            let text = text.trim_start_matches('\u{feff}');
            let bytes = written(&format!("{}{text}", if mark { "\u{feff}" } else { "" }), order);
            let mut read = String::new();
            Utf16Reader::new(bytes.as_slice(), order).read_to_string(&mut read).expect("UTF-16");
            prop_assert_eq!(read, text);
        }
    }
}
