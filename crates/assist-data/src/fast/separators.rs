//! Where the cells of CSV text end: 64 bytes at a time, quotes respected.
//!
//! This is the fast half of reading CSV. It takes what RFC 4180 describes, and refuses what different readers read
//! differently (a quote inside a bare cell, a lone carriage return): there the strict reader decides.

use std::ops::Range;

use multiversion::multiversion;
use wide::u8x16;

use crate::error::NeedsStrictReader;

const WINDOW: usize = 64;

/// The separators of some bytes that begin with a record.
#[derive(Debug)]
pub(crate) struct Separators {
    delimiter: u8,
    n_columns: usize,
    extent: Extent,
    /// How many of the positions make up a record.
    per_record: usize,
    /// Positions of delimiters and line feeds outside quotes, after one that stands for the byte before the first.
    ends: Vec<u32>,
    n_ends: usize,
    n_records: usize,
    has_returns: bool,
    has_quotes: bool,
}

/// Which cells are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    All,
    /// Only the last of each record: where nothing is quoted, the ends of the lines are enough. How many cells a record has
    /// is not looked at.
    Last,
}

/// What the end of one window says about the start of the next.
#[derive(Debug, Clone, Copy)]
struct Carry {
    /// All ones inside quotes, else zero.
    inside: u64,
    /// 1 where the last byte was a separator, or there was none.
    after_separator: u64,
    /// 1 where the last byte was a closing quote.
    after_closing: u64,
    /// 1 where the last byte was a carriage return outside quotes.
    after_return: u64,
}

const START: Carry = Carry { inside: 0, after_separator: 1, after_closing: 0, after_return: 0 };

impl Separators {
    pub(crate) fn new(delimiter: u8, n_columns: usize, extent: Extent) -> Self {
        Self {
            delimiter,
            n_columns,
            extent,
            per_record: n_columns,
            has_quotes: false,
            ends: Vec::new(),
            n_ends: 0,
            n_records: 0,
            has_returns: false,
        }
    }

    /// Takes `bytes`, which start with a record and are shorter than 4 GiB. A record that is not ended by a line feed is
    /// left out.
    ///
    /// # Errors
    ///
    /// Records of another length, quotes and carriage returns in places where readers differ, text that is not UTF-8.
    pub(crate) fn find(&mut self, bytes: &[u8]) -> Result<(), NeedsStrictReader> {
        if self.extent == Extent::Last {
            self.per_record = 1;
            let found = self.find_ends(bytes);
            if !self.has_quotes {
                return found;
            }
        }
        self.per_record = self.n_columns;
        self.find_ends(bytes)
    }

    fn find_ends(&mut self, bytes: &[u8]) -> Result<(), NeedsStrictReader> {
        // Room for a separator in every byte and for what is written too much; what was there is written over.
        self.ends.resize(self.ends.len().max(bytes.len() + 2 * WINDOW), 0);
        self.ends[0] = u32::MAX;
        self.n_ends = 1;
        (self.has_returns, self.has_quotes) = (false, false);
        let mut is_ascii = true;
        let n_lines = find_in_windows(self, bytes, &mut is_ascii)?;
        self.check_shape(bytes, n_lines)?;
        if !is_ascii && std::str::from_utf8(&bytes[..self.start_of(self.n_records)]).is_err() {
            return Err(NeedsStrictReader);
        }
        Ok(())
    }

    /// How many whole records there are.
    pub(crate) fn n_records(&self) -> usize {
        self.n_records
    }

    /// Where a record begins; for the number after the last one, where that ends.
    pub(crate) fn start_of(&self, record: usize) -> usize {
        self.ends[record * self.per_record].wrapping_add(1) as usize
    }

    /// The cells of a column, by record.
    #[inline(always)]
    pub(crate) fn cells(&self, bytes: &[u8], column: usize) -> impl Fn(usize) -> Range<usize> {
        #[inline(always)]
        move |record| self.cell(bytes, record, column)
    }

    /// A cell as it stands in the text, quotes included.
    #[inline(always)]
    pub(crate) fn cell(&self, bytes: &[u8], record: usize, column: usize) -> Range<usize> {
        let (mut start, mut end);
        if self.per_record == self.n_columns {
            let index = record * self.n_columns + column;
            (start, end) = (self.ends[index].wrapping_add(1) as usize, self.ends[index + 1] as usize);
        } else {
            (start, end) = (self.ends[record].wrapping_add(1) as usize, self.ends[record + 1] as usize);
            let before = bytes[start..end].iter().rposition(|byte| *byte == self.delimiter);
            start += before.map_or(0, |before| before + 1);
        }
        if self.has_returns && column + 1 == self.n_columns && bytes[start..end].ends_with(b"\r") {
            end -= 1;
        }
        start..end
    }

    /// With `n` lines, the first `n` records end with a line feed just if no line is shorter or longer than the header.
    fn check_shape(&mut self, bytes: &[u8], n_lines: usize) -> Result<(), NeedsStrictReader> {
        self.n_records = n_lines;
        if self.n_ends <= n_lines * self.per_record {
            return Err(NeedsStrictReader);
        }
        let mut last = self.ends[..self.n_ends].iter().skip(self.per_record).step_by(self.per_record).take(n_lines);
        if last.all(|end| bytes[*end as usize] == b'\n') { Ok(()) } else { Err(NeedsStrictReader) }
    }

    /// Notes the separators of all windows, and gives the number of line feeds outside quotes.
    #[inline(always)]
    fn windows(&mut self, bytes: &[u8], is_ascii: &mut bool) -> Result<usize, NeedsStrictReader> {
        let mut carry = START;
        let mut n_lines = 0;
        let mut base = 0;
        let mut windows = bytes.chunks_exact(WINDOW);
        for window in windows.by_ref() {
            let window = window.try_into().expect("64 bytes");
            n_lines += self.window(window, WINDOW, base, &mut carry, is_ascii)?;
            base += 64;
        }
        let rest = windows.remainder();
        // What fills it up must be no delimiter, which a blank may be.
        let mut last = [0; WINDOW];
        last[..rest.len()].copy_from_slice(rest);
        Ok(n_lines + self.window(&last, rest.len(), base, &mut carry, is_ascii)?)
    }

    /// Notes the separators of a window, of which `length` bytes count, and gives the number of its line feeds.
    #[inline(always)]
    fn window(
        &mut self,
        window: &[u8; WINDOW],
        length: usize,
        base: u32,
        carry: &mut Carry,
        is_ascii: &mut bool,
    ) -> Result<usize, NeedsStrictReader> {
        let (mut separators, mut lines, mut special) = (0, 0, 0);
        for (index, bytes) in window.chunks_exact(16).enumerate() {
            let bytes = u8x16::new(bytes.try_into().expect("16 bytes"));
            let at_line = bytes.simd_eq(u8x16::splat(b'\n'));
            let ends = bytes.simd_eq(u8x16::splat(self.delimiter)) | at_line;
            // The mask is that of the top bits, so bytes outside ASCII are special without being asked for.
            let quotes = bytes.simd_eq(u8x16::splat(b'"')) | bytes.simd_eq(u8x16::splat(b'\r')) | bytes;
            separators |= u64::from(ends.to_bitmask()) << (16 * index);
            lines |= u64::from(at_line.to_bitmask()) << (16 * index);
            special |= u64::from(quotes.to_bitmask()) << (16 * index);
        }
        if special | carry.inside | carry.after_closing | carry.after_return != 0 {
            let outside = self.quoted_window(window, length, separators, lines, carry, is_ascii)?;
            separators &= outside;
            lines &= outside;
        }
        carry.after_separator = separators >> 63;
        let wanted = if self.per_record == 1 { lines } else { separators };
        let n_separators = wanted.count_ones() as usize;
        // Eight at a time, without asking how many are left: the surplus is written over by the next window.
        let room = &mut self.ends[self.n_ends..self.n_ends + n_separators.next_multiple_of(8)];
        let mut rest = wanted;
        for eight in room.chunks_exact_mut(8) {
            for end in eight {
                *end = base + rest.trailing_zeros();
                rest &= rest.wrapping_sub(1);
            }
        }
        self.n_ends += n_separators;
        Ok(lines.count_ones() as usize)
    }

    /// The bytes outside quotes of a window that has something special, or follows something special.
    #[cold]
    fn quoted_window(
        &mut self,
        window: &[u8; WINDOW],
        length: usize,
        separators: u64,
        lines: u64,
        carry: &mut Carry,
        is_ascii: &mut bool,
    ) -> Result<u64, NeedsStrictReader> {
        let valid = if length == WINDOW { u64::MAX } else { (1 << length) - 1 };
        let mask = |is: &dyn Fn(u8) -> bool| {
            window.iter().rev().fold(0_u64, |mask, byte| mask << 1 | u64::from(is(*byte))) & valid
        };
        *is_ascii &= mask(&|byte| !byte.is_ascii()) == 0;
        let quotes = mask(&|byte| byte == b'"');
        self.has_quotes |= quotes != 0;
        // Each bit is the parity of the quotes up to it: 1 from an opening quote up to the byte before the closing one.
        let mut inside = quotes;
        for shift in [1, 2, 4, 8, 16, 32] {
            inside ^= inside << shift;
        }
        inside ^= carry.inside;
        let (opening, closing) = (quotes & inside, quotes & !inside);
        let returns = mask(&|byte| byte == b'\r') & !inside;
        self.has_returns |= returns != 0;
        let after_separator = (separators & !inside) << 1 | carry.after_separator;
        let after_closing = closing << 1 | carry.after_closing;
        let after_return = returns << 1 | carry.after_return;
        // A quote opens a cell or doubles another one; a cell ends after its closing quote; a return belongs to a line end.
        let misplaced = opening & !(after_separator | after_closing)
            | after_closing & !(separators & !inside | opening | returns)
            | after_return & !lines;
        if misplaced & valid != 0 {
            return Err(NeedsStrictReader);
        }
        *carry = Carry {
            inside: if inside >> 63 == 1 { u64::MAX } else { 0 },
            after_separator: 0,
            after_closing: closing >> 63,
            after_return: returns >> 63,
        };
        Ok(!inside)
    }
}

/// [`Separators::windows`] with the instructions for counting bits that every processor of the last ten years has.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt+popcnt"))]
fn find_in_windows(separators: &mut Separators, bytes: &[u8], is_ascii: &mut bool) -> Result<usize, NeedsStrictReader> {
    separators.windows(bytes, is_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cells(text: &str, n_columns: usize) -> Option<Vec<Vec<String>>> {
        let mut separators = Separators::new(b',', n_columns, Extent::All);
        separators.find(text.as_bytes()).ok()?;
        let n = separators.n_records();
        let mut records = vec![Vec::new(); n];
        for (index, record) in records.iter_mut().enumerate() {
            record
                .extend((0..n_columns).map(|column| text[separators.cell(text.as_bytes(), index, column)].to_owned()));
        }
        Some(records)
    }

    #[test]
    fn quotes_hide_separators_and_lines() {
        let found = cells("a,\"b,\n\"\"c\"\"\"\r\n1,2\nrest,", 2).expect("well formed");
        assert_eq!(found, [["a", "\"b,\n\"\"c\"\"\""], ["1", "2"]]);
    }

    #[test]
    fn what_readers_differ_about_is_refused() {
        for text in ["a,b\"c\n", "a,\"b\"c\n", "a\rb,c\n", "a,b\n\n", "a,b\nc\n", "a,b,c\n", "a\nb,c,d\n"] {
            assert_eq!(cells(text, 2), None, "{text:?}");
        }
    }

    #[test]
    fn last_cells_are_found_without_the_others() {
        for text in ["a,b\n1,2\n,\n", "a,b\r\n1,2\r\n", "a,\"b,c\"\n\"1\n2\",3\n"] {
            let last = |extent| {
                let mut separators = Separators::new(b',', 2, extent);
                separators.find(text.as_bytes()).expect("well formed");
                let cell = |record| text[separators.cell(text.as_bytes(), record, 1)].to_owned();
                (0..separators.n_records()).map(cell).collect::<Vec<_>>()
            };
            assert_eq!(last(Extent::Last), last(Extent::All), "{text:?}");
        }
    }

    proptest! {
        /// What it takes, it takes as the `csv` crate does.
        #[test]
        fn it_agrees_with_the_csv_crate(text in "([a-z\"é\r\n,]|\"[a-z,\n]{0,40}\"|[a-z]{1,30},[a-z]{0,30}\n){0,60}") {
            let text = text + "\n";
            if let Some(found) = cells(&text, 2) {
                let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
                let mut all = Vec::new();
                for record in reader.records() {
                    all.push(record.expect("UTF-8").iter().map(str::to_owned).collect::<Vec<_>>());
                }
                let unquoted = |cell: &String| crate::fast::text_codes::unquoted(cell.as_bytes()).expect("well formed").into_owned();
                let found: Vec<Vec<String>> = found.iter().map(|record| record.iter().map(unquoted).collect()).collect();
                // An unfinished quote at the end of the text makes a last record of its own there.
                prop_assert_eq!(&all[..found.len()], &found[..]);
            }
        }
    }
}
