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
    /// How many of the positions make up a record.
    per_record: usize,
    /// Positions of delimiters and line feeds outside quotes, after one that stands for the byte before the first.
    ends: Vec<u32>,
    n_ends: usize,
    n_records: usize,
    /// What occurs in any of the windows.
    seen: Seen,
}

/// Bytes that are no part of plain text, as masks of all windows that have any.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    beyond_ascii: u64,
    /// Carriage returns outside quotes.
    returns: u64,
    quotes: u64,
    /// The second of two quotes that stand for one inside a quoted cell.
    escapes: u64,
}

/// How the cells of some bytes are quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// None of them is.
    None,
    /// What stands between the quotes of a cell is its text.
    Plain,
    /// Some cell has an escaped quote.
    Escaped,
}

/// Which cells are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    All,
    /// Only the last of each record, for which the ends of the records are enough. How many cells a record has is not looked
    /// at.
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
            per_record: if extent == Extent::Last { 1 } else { n_columns },
            ends: Vec::new(),
            n_ends: 0,
            n_records: 0,
            seen: Seen::default(),
        }
    }

    /// Takes `bytes`, which start with a record and are shorter than 4 GiB. A record that is not ended by a line feed is
    /// left out.
    ///
    /// # Errors
    ///
    /// Records of another length, quotes and carriage returns in places where readers differ, text that is not UTF-8.
    pub(crate) fn find(&mut self, bytes: &[u8]) -> Result<(), NeedsStrictReader> {
        // Room for a separator in every byte and for what is written too much; what was there is written over.
        self.ends.resize(self.ends.len().max(bytes.len() + 2 * WINDOW), 0);
        self.ends[0] = u32::MAX;
        self.n_ends = 1;
        self.seen = Seen::default();
        let n_lines = find_in_windows(self, bytes)?;
        self.check_shape(bytes, n_lines)?;
        if self.seen.beyond_ascii != 0 && std::str::from_utf8(&bytes[..self.start_of(self.n_records)]).is_err() {
            return Err(NeedsStrictReader);
        }
        Ok(())
    }

    /// How the cells are quoted.
    pub(crate) fn quoting(&self) -> Quoting {
        match self.seen {
            Seen { quotes: 0, .. } => Quoting::None,
            Seen { escapes: 0, .. } => Quoting::Plain,
            _ => Quoting::Escaped,
        }
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

    /// The texts of the cells of a column, by record, where quotes hold nothing but text: [`Quoting::Plain`].
    #[inline(always)]
    pub(crate) fn texts(&self, bytes: &[u8], column: usize) -> impl Fn(usize) -> Range<usize> {
        #[inline(always)]
        move |record| {
            let cell = self.cell(bytes, record, column);
            // Something stands there even where a cell is empty: what ends it.
            let quote = usize::from(bytes[cell.start] == b'"');
            cell.start + quote..cell.end - quote
        }
    }

    /// A cell as it stands in the text, quotes included.
    #[inline(always)]
    pub(crate) fn cell(&self, bytes: &[u8], record: usize, column: usize) -> Range<usize> {
        if self.per_record == self.n_columns {
            let index = record * self.n_columns + column;
            let (start, end) = (self.ends[index].wrapping_add(1) as usize, self.ends[index + 1] as usize);
            start..if column + 1 == self.n_columns { self.without_return(bytes, start..end) } else { end }
        } else {
            let (start, end) = (self.ends[record].wrapping_add(1) as usize, self.ends[record + 1] as usize);
            let end = self.without_return(bytes, start..end);
            start + self.last_cell(&bytes[start..end])..end
        }
    }

    /// The end of a record without the carriage return that is a part of its end of line.
    #[inline(always)]
    fn without_return(&self, bytes: &[u8], record: Range<usize>) -> usize {
        record.end - usize::from(self.seen.returns != 0 && bytes[record].ends_with(b"\r"))
    }

    /// Where the last cell of a record begins.
    #[inline(always)]
    fn last_cell(&self, record: &[u8]) -> usize {
        if self.seen.quotes != 0 && record.ends_with(b"\"") {
            return start_of_quoted(record);
        }
        record.iter().rposition(|byte| *byte == self.delimiter).map_or(0, |before| before + 1)
    }

    /// With `n` lines, the first `n` records end with a line feed just if no line is shorter or longer than the header.
    fn check_shape(&mut self, bytes: &[u8], n_lines: usize) -> Result<(), NeedsStrictReader> {
        self.n_records = n_lines;
        if self.n_ends <= n_lines * self.per_record {
            return Err(NeedsStrictReader);
        }
        if self.per_record < self.n_columns {
            // Lines alone do not show what is no record: the strict reader passes over blank lines.
            let is_blank = |ends: &[u32]| match ends[1].wrapping_sub(ends[0]) {
                1 => true,
                2 => bytes[ends[1] as usize - 1] == b'\r',
                _ => false,
            };
            return if self.ends[..=n_lines].windows(2).any(is_blank) { Err(NeedsStrictReader) } else { Ok(()) };
        }
        let mut last = self.ends[..self.n_ends].iter().skip(self.per_record).step_by(self.per_record).take(n_lines);
        if last.all(|end| bytes[*end as usize] == b'\n') { Ok(()) } else { Err(NeedsStrictReader) }
    }

    /// Notes the separators of all windows, and gives the number of line feeds outside quotes.
    #[inline(always)]
    fn windows(&mut self, bytes: &[u8]) -> Result<usize, NeedsStrictReader> {
        let mut carry = START;
        let mut n_lines = 0;
        let mut base = 0;
        let mut windows = bytes.chunks_exact(WINDOW);
        for window in windows.by_ref() {
            let window = window.try_into().expect("64 bytes");
            n_lines += self.window(window, u64::MAX, base, &mut carry)?;
            base += 64;
        }
        let rest = windows.remainder();
        // What fills it up must be no delimiter, which a blank may be.
        let mut last = [0; WINDOW];
        last[..rest.len()].copy_from_slice(rest);
        Ok(n_lines + self.window(&last, (1 << rest.len()) - 1, base, &mut carry)?)
    }

    /// Notes the separators of a window, of which the bytes in the mask `valid` count, and gives the number of its line
    /// feeds.
    #[inline(always)]
    fn window(
        &mut self,
        window: &[u8; WINDOW],
        valid: u64,
        base: u32,
        carry: &mut Carry,
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
            let outside = self.outside_quotes(window, valid, separators, lines, carry)?;
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
    #[inline(always)]
    fn outside_quotes(
        &mut self,
        window: &[u8; WINDOW],
        valid: u64,
        separators: u64,
        lines: u64,
        carry: &mut Carry,
    ) -> Result<u64, NeedsStrictReader> {
        let (mut quotes, mut returns) = (0, 0);
        for (index, bytes) in window.chunks_exact(16).enumerate() {
            let bytes = u8x16::new(bytes.try_into().expect("16 bytes"));
            quotes |= u64::from(bytes.simd_eq(u8x16::splat(b'"')).to_bitmask()) << (16 * index);
            returns |= u64::from(bytes.simd_eq(u8x16::splat(b'\r')).to_bitmask()) << (16 * index);
            self.seen.beyond_ascii |= u64::from(bytes.to_bitmask());
        }
        // Each bit is the parity of the quotes up to it: 1 from an opening quote up to the byte before the closing one.
        let mut inside = quotes;
        for shift in [1, 2, 4, 8, 16, 32] {
            inside ^= inside << shift;
        }
        inside ^= carry.inside;
        let (opening, closing) = (quotes & inside, quotes & !inside);
        returns &= !inside;
        let after_separator = (separators & !inside) << 1 | carry.after_separator;
        let after_closing = closing << 1 | carry.after_closing;
        let after_return = returns << 1 | carry.after_return;
        // A quote opens a cell or doubles another one; a cell ends after its closing quote; a return belongs to a line end.
        let misplaced = opening & !(after_separator | after_closing)
            | after_closing & !(separators & !inside | opening | returns)
            | after_return & !lines;
        self.seen.quotes |= quotes;
        self.seen.returns |= returns;
        self.seen.escapes |= opening & after_closing;
        if misplaced & valid != 0 {
            return Err(NeedsStrictReader);
        }
        *carry = Carry {
            inside: (inside >> 63).wrapping_neg(),
            after_separator: 0,
            after_closing: closing >> 63,
            after_return: returns >> 63,
        };
        Ok(!inside)
    }
}

/// [`Separators::windows`] with the instructions for counting bits that every processor of the last ten years has.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt+popcnt"))]
fn find_in_windows(separators: &mut Separators, bytes: &[u8]) -> Result<usize, NeedsStrictReader> {
    separators.windows(bytes)
}

/// Where the quoted cell begins that ends the record: at the last quote that is not one of two that stand for one.
fn start_of_quoted(record: &[u8]) -> usize {
    let mut end = record.len() - 1;
    loop {
        let quote = record[..end].iter().rposition(|byte| *byte == b'"').unwrap_or(0);
        if quote == 0 || record[quote - 1] != b'"' {
            return quote;
        }
        end = quote - 1;
    }
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
    fn blank_lines_are_no_records_where_only_the_last_cell_is_looked_for() {
        for text in ["a,b\n\n", "a,b\n\r\nc,d\n", "\na,b\n", "\r\na,b\r\n"] {
            assert_eq!(
                Separators::new(b',', 2, Extent::Last).find(text.as_bytes()),
                Err(NeedsStrictReader),
                "{text:?}"
            );
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

    /// What the `csv` crate makes of a text.
    fn records_of(text: &str) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        reader.records().map(|record| record.expect("UTF-8").iter().map(str::to_owned).collect()).collect()
    }

    fn text_of(cell: &str) -> String {
        crate::fast::text_codes::unquoted(cell.as_bytes()).expect("well formed").into_owned()
    }

    /// Each text with the way it is written: bare where that is possible, or quoted.
    fn any_cell() -> impl Strategy<Value = String> {
        let text = prop_oneof![8 => "[a-z0-9.]{0,9}", 2 => "[a-zé ]{10,70}", 1 => "[a,\"\n\r]{0,5}"];
        (text, any::<bool>()).prop_map(|(text, is_quoted)| {
            let is_special = text.contains([',', '"', '\n', '\r']);
            if is_quoted || is_special { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
        })
    }

    proptest! {
        /// What it takes, it takes as the `csv` crate does.
        #[test]
        fn it_agrees_with_the_csv_crate(text in "([a-z\"é\r\n,]|\"[a-z,\n]{0,40}\"|[a-z]{1,30},[a-z]{0,30}\n){0,60}") {
            let text = text + "\n";
            if let Some(found) = cells(&text, 2) {
                let all = records_of(&text);
                let found: Vec<Vec<String>> = found.iter().map(|record| record.iter().map(|cell| text_of(cell)).collect()).collect();
                // An unfinished quote at the end of the text makes a last record of its own there.
                prop_assert_eq!(&all[..found.len()], &found[..]);
            }
        }

        /// It takes all that is quoted as it should be, and finds the same texts by each of its ways.
        #[test]
        fn quoted_cells_are_what_the_csv_crate_makes_of_them(
            (n_columns, records) in (2..5_usize).prop_flat_map(|n| (Just(n), prop::collection::vec((prop::collection::vec(any_cell(), n), any::<bool>()), 1..20))),
        ) {
            let line = |(record, has_return): &(Vec<String>, bool)| record.join(",") + if *has_return { "\r\n" } else { "\n" };
            let text: String = records.iter().map(line).collect();
            let bytes = text.as_bytes();
            let mut all = Separators::new(b',', n_columns, Extent::All);
            let mut last = Separators::new(b',', n_columns, Extent::Last);
            all.find(bytes).expect("well formed");
            last.find(bytes).expect("well formed");
            prop_assert_eq!([all.n_records(), last.n_records()], [records.len(); 2]);
            prop_assert_eq!(all.quoting() == Quoting::None, !text.contains('"'));
            for (row, record) in records_of(&text).iter().enumerate() {
                prop_assert_eq!(last.cell(bytes, row, n_columns - 1), all.cell(bytes, row, n_columns - 1));
                prop_assert_eq!(last.start_of(row), all.start_of(row));
                for (column, expected) in record.iter().enumerate() {
                    prop_assert_eq!(&text_of(&text[all.cell(bytes, row, column)]), expected);
                    if all.quoting() == Quoting::Plain {
                        prop_assert_eq!(&text[all.texts(bytes, column)(row)], expected);
                    }
                }
            }
        }
    }
}
