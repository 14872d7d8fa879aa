//! The records of the head of a text file, under one delimiter and one quote: as the `csv` crate takes them, but with their
//! lines, and with what is known of each cell.

use std::borrow::Cow;

/// The most records that are looked at.
const MOST_RECORDS: usize = 8192;

/// How the records of a text are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks {
    /// What stands between cells.
    pub(crate) delimiter: u8,
    /// What stands around cells.
    pub(crate) quote: u8,
    /// What lines begin with that are no records, where that is known.
    pub(crate) comment: Option<u8>,
}

/// A cell, without its quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) is_quoted: bool,
    /// Whether its closing quote is followed by something else than its end.
    is_ragged: bool,
}

impl Cell<'_> {
    /// The text, with a mark for what cannot be read.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes)
    }

    /// Whether it stands in quotes as a writer would place them.
    pub(crate) fn is_well_quoted(&self) -> bool {
        self.is_quoted && !self.is_ragged
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.bytes.trim_ascii().is_empty()
    }
}

/// A record: a line, or several where line breaks are quoted.
#[derive(Debug)]
pub(crate) struct Record<'a> {
    pub(crate) cells: Vec<Cell<'a>>,
    /// Where it begins and where what follows its line end begins, in bytes of the text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The line on which it begins, that of the text's first byte being 0.
    pub(crate) line: u64,
    /// Whether a blank line or a stated comment stands before it.
    pub(crate) is_set_apart: bool,
}

impl Record<'_> {
    pub(crate) fn begins_with(&self, mark: u8) -> bool {
        self.cells.first().is_some_and(|cell| !cell.is_quoted && cell.bytes.first() == Some(&mark))
    }

    /// How many cells are not blank.
    pub(crate) fn n_filled(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.is_blank()).count()
    }
}

/// The records of a text that begins with one. If the text is not whole, what it breaks off in is left out.
pub(crate) fn records(text: &[u8], marks: Marks, is_whole: bool) -> Vec<Record<'_>> {
    let mut scanner = Scanner { text, at: 0, line: 0 };
    let mut found: Vec<Record<'_>> = Vec::new();
    while found.len() < MOST_RECORDS {
        let is_set_apart = scanner.pass_over(marks.comment) && !found.is_empty();
        let (start, line) = (scanner.at, scanner.line);
        if start == text.len() {
            break;
        }
        let n_expected = found.last().map_or(0, |record| record.cells.len());
        let (cells, is_ended) = scanner.cells(marks, n_expected);
        if !is_ended && !is_whole {
            break;
        }
        found.push(Record { cells, start, end: scanner.at, line, is_set_apart });
    }
    found
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Scanner<'a> {
    /// Passes over blank lines and comments, and says whether there were any.
    fn pass_over(&mut self, comment: Option<u8>) -> bool {
        let mut any = false;
        while let Some(next) = self.text.get(self.at) {
            if matches!(next, b'\r' | b'\n') {
                self.pass_line_end();
            } else if Some(*next) == comment {
                self.at = self.next_of(self.at, |byte| matches!(byte, b'\r' | b'\n'));
                self.pass_line_end();
            } else {
                break;
            }
            any = true;
        }
        any
    }

    /// The cells up to the next line end outside quotes, and whether there is one.
    fn cells(&mut self, marks: Marks, n_expected: usize) -> (Vec<Cell<'a>>, bool) {
        let mut cells = Vec::with_capacity(n_expected);
        loop {
            cells.push(self.cell(marks));
            match self.text.get(self.at) {
                Some(byte) if *byte == marks.delimiter => self.at += 1,
                Some(_) => {
                    self.pass_line_end();
                    return (cells, true);
                }
                None => return (cells, false),
            }
        }
    }

    fn cell(&mut self, marks: Marks) -> Cell<'a> {
        let is_end = |byte: u8| byte == marks.delimiter || matches!(byte, b'\r' | b'\n');
        if self.text.get(self.at) != Some(&marks.quote) {
            let start = self.at;
            self.at = self.next_of(start, is_end);
            return Cell { bytes: &self.text[start..self.at], is_quoted: false, is_ragged: false };
        }
        let start = self.at + 1;
        let mut end = self.next_of(start, |byte| byte == marks.quote);
        while self.text.get(end + 1) == Some(&marks.quote) {
            end = self.next_of(end + 2, |byte| byte == marks.quote);
        }
        let bytes = &self.text[start.min(end)..end];
        self.line += line_ends(bytes);
        let closed = (end + 1).min(self.text.len());
        self.at = self.next_of(closed, is_end);
        Cell { bytes, is_quoted: true, is_ragged: self.at != closed || end == self.text.len() }
    }

    fn pass_line_end(&mut self) {
        if self.text.get(self.at) == Some(&b'\r') && self.text.get(self.at + 1) == Some(&b'\n') {
            self.at += 2;
        } else if self.at < self.text.len() {
            self.at += 1;
        } else {
            return;
        }
        self.line += 1;
    }

    fn next_of(&self, from: usize, is_wanted: impl Fn(u8) -> bool) -> usize {
        let from = from.min(self.text.len());
        self.text[from..].iter().position(|byte| is_wanted(*byte)).map_or(self.text.len(), |index| from + index)
    }
}

/// How many line ends a text has: line feeds, carriage returns, and both together as one.
pub(crate) fn line_ends(text: &[u8]) -> u64 {
    let mut n = 0;
    let mut after_return = false;
    for byte in text {
        n += u64::from(*byte == b'\r' || *byte == b'\n' && !after_return);
        after_return = *byte == b'\r';
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COMMAS: Marks = Marks { delimiter: b',', quote: b'"', comment: None };

    #[test]
    fn records_have_their_lines() {
        let text = b"a,b\r\n\r\n\"x\ny\",2\r# c\n3,\"\"\"\"\n4,";
        let found = records(text, COMMAS, true);
        let lines: Vec<(u64, usize, bool)> =
            found.iter().map(|record| (record.line, record.cells.len(), record.is_set_apart)).collect();
        assert_eq!(lines, [(0, 2, false), (2, 2, true), (4, 1, false), (5, 2, false), (6, 2, false)]);
        assert_eq!(&text[found[1].start..found[1].end], b"\"x\ny\",2\r");
        assert!(found[1].cells[0].is_well_quoted() && !found[1].cells[1].is_quoted);
        assert_eq!(records(text, COMMAS, false).len(), 4);
        assert_eq!(records(text, Marks { comment: Some(b'#'), ..COMMAS }, false).len(), 3);
    }

    proptest! {
        #[test]
        fn they_are_those_of_the_csv_crate(text in "([ab\"\r\n,']|\"[a,\n\"]{0,5}\"|a,b\n|#){0,40}", semicolons: bool) {
            let text = if semicolons { text.replace('\'', ";") } else { text };
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let expected: Vec<usize> = reader.byte_records().map(|record| record.expect("bytes").len()).collect();
            let found: Vec<usize> = records(text.as_bytes(), COMMAS, true).iter().map(|r| r.cells.len()).collect();
            prop_assert_eq!(found, expected, "{:?}", text);
        }
    }
}
