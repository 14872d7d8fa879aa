//! Which delimiter and which quote a text is written with: each candidate is tried on the head, and the one under which it
//! is most of a table is taken.

use crate::dialect::kinds::{Kind, kind_of};
use crate::dialect::layout::{COMMENT, Layout, Stated};
use crate::dialect::records::{Cell, Marks, Record, records};

/// What may stand between cells where nothing is stated; where two fit as well, the former.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Cells that are looked at for delimiters left over.
const MOST_CELLS: usize = 1 << 18;

/// A text under one delimiter and one quote.
pub(crate) struct Candidate<'a> {
    pub(crate) marks: Marks,
    pub(crate) records: Vec<Record<'a>>,
    pub(crate) layout: Layout,
    score: f64,
}

impl<'a> Candidate<'a> {
    /// The text as a table with these marks; `None` where it has no record.
    pub(crate) fn new(text: &'a [u8], marks: Marks, stated: Stated, is_whole: bool) -> Option<Self> {
        let records = records(text, marks, is_whole);
        if records.is_empty() {
            return None;
        }
        let layout = Layout::of(&records, marks.delimiter, stated);
        Some(Self { score: score(text, &records, marks.delimiter, &layout), marks, records, layout })
    }

    /// Whether it is a table of several columns, a few rows perhaps excepted.
    pub(crate) fn is_table(&self) -> bool {
        self.layout.n_columns > 1 && self.layout.fit >= 0.5 && (self.layout.is_regular || self.names() > 1)
    }

    fn names(&self) -> usize {
        self.records[self.layout.first].cells.len()
    }

    /// Whether blanks alone separate the cells of every row, and what they hold makes that sure.
    fn is_sure_of_blanks(&self) -> bool {
        let Layout { first, n_columns, fit, is_regular, .. } = self.layout;
        let rows = || self.records[first..].iter();
        let is_full = rows().flat_map(|row| &row.cells).all(|cell| !cell.is_blank());
        let figures = |row: &Record<'_>| row.cells.iter().any(|cell| kind_of(&cell.text()) == Kind::Number);
        let are_figures = rows().skip(1).all(figures) && rows().len() > 1;
        let are_quoted = rows().all(|row| row.cells.iter().any(Cell::is_well_quoted));
        first == 0 && n_columns > 1 && fit == 1.0 && is_regular && is_full && (are_figures || are_quoted)
    }
}

/// The delimiter and the quote of a text; `usual` where nothing shows them.
pub(crate) fn best<'a>(
    text: &'a [u8],
    usual: u8,
    comment: Option<u8>,
    stated: Stated,
    is_whole: bool,
) -> Option<Candidate<'a>> {
    let of = |delimiter| with_delimiter(text, delimiter, comment, stated, is_whole);
    let mut best: Option<Candidate<'a>> = None;
    for delimiter in DELIMITERS.into_iter().filter(|delimiter| text.contains(delimiter)) {
        let Some(mut candidate) = of(delimiter).filter(Candidate::is_table) else { continue };
        if delimiter == usual && usual != b',' {
            candidate.score += 0.05;
        }
        if best.as_ref().is_none_or(|best| candidate.score > best.score) {
            best = Some(candidate);
        }
    }
    let is_one_column = |candidate: &Candidate<'_>| candidate.layout.is_regular && candidate.layout.fit == 1.0;
    best.or_else(|| of(b' ').filter(Candidate::is_sure_of_blanks))
        .or_else(|| of(usual).filter(is_one_column))
        .or_else(|| of(unused_delimiter(text)).filter(|column| is_column_of_figures(column, usual)))
        .or_else(|| of(usual))
}

/// The text under a delimiter, with the quote that it has.
pub(crate) fn with_delimiter(
    text: &[u8],
    delimiter: u8,
    comment: Option<u8>,
    stated: Stated,
    is_whole: bool,
) -> Option<Candidate<'_>> {
    let marks = Marks { delimiter, quote: b'"', comment };
    let usual = Candidate::new(text, marks, stated, is_whole)?;
    if has_single_quotes(text, delimiter) {
        let single = Candidate::new(text, Marks { quote: b'\'', ..marks }, stated, is_whole);
        if let Some(single) = single.filter(|single| is_sure_of_single_quotes(single, &usual)) {
            return Some(single);
        }
    }
    Some(usual)
}

/// Whether a cell begins with a single quote, so that it may be worth a look.
fn has_single_quotes(text: &[u8], delimiter: u8) -> bool {
    let begins = |before: u8| before == delimiter || matches!(before, b'\n' | b'\r');
    text.first() == Some(&b'\'') || text.windows(2).any(|pair| pair[1] == b'\'' && begins(pair[0]))
}

/// Whether single quotes stand around cells: around all of some column, at least twice, and nothing stands in double ones.
fn is_sure_of_single_quotes(single: &Candidate<'_>, usual: &Candidate<'_>) -> bool {
    let Layout { first, n_columns, .. } = single.layout;
    let rows = &single.records[first..];
    let double = rows.iter().flat_map(|row| &row.cells).any(|cell| cell.bytes.first() == Some(&b'"'));
    let ragged = rows.iter().flat_map(|row| &row.cells).any(|cell| cell.is_quoted && !cell.is_well_quoted());
    if double || ragged || single.layout.fit < usual.layout.fit || usual.layout.is_regular && !single.layout.is_regular
    {
        return false;
    }
    (0..n_columns).any(|column| {
        let cells = || rows[1..].iter().filter_map(|row| row.cells.get(column));
        let quoted = cells().filter(|cell| cell.is_well_quoted()).count();
        let name = rows[0].cells.get(column).is_some_and(Cell::is_well_quoted);
        quoted + usize::from(name) >= 2 && cells().all(|cell| cell.is_well_quoted() || cell.is_blank())
    })
}

/// How much of a table a text is. Rows of another length count against it, as do cells in which other delimiters are left
/// over, and lines above the header.
fn score(text: &[u8], records: &[Record<'_>], delimiter: u8, layout: &Layout) -> f64 {
    let rows = &records[layout.first..];
    let (mut cells, mut left_over) = (0_usize, 0_usize);
    // Where no other one occurs, none is left over.
    let has_others = DELIMITERS.iter().any(|other| *other != delimiter && text.contains(other));
    for cell in rows.iter().flat_map(|row| &row.cells).take(if has_others { MOST_CELLS } else { 0 }) {
        cells += 1;
        left_over += usize::from(!cell.is_quoted && has_left_over(cell.bytes, delimiter));
    }
    let left_over = left_over as f64 / cells.max(1) as f64;
    let is_above = layout.first > 0 && !records[..layout.first].iter().all(|record| record.begins_with(COMMENT));
    let irregular = if layout.is_regular { 0.0 } else { 0.3 };
    layout.fit - 0.5 * left_over - irregular - if is_above { 0.05 } else { 0.0 }
        + 0.001 * (layout.n_columns.min(50) as f64)
}

/// Whether a bare cell holds what is the delimiter of other files, not as part of a number and not followed by a blank, as
/// in a sentence.
fn has_left_over(cell: &[u8], delimiter: u8) -> bool {
    let other = |(index, byte): (usize, &u8)| {
        *byte != delimiter
            && (*byte == b'\t'
                || matches!(byte, b',' | b';' | b'|') && cell.get(index + 1).is_none_or(|next| *next != b' '))
    };
    cell.iter().enumerate().any(other) && kind_of(&String::from_utf8_lossy(cell)) != Kind::Number
}

/// A delimiter that does not occur, so that every line is one cell.
fn unused_delimiter(text: &[u8]) -> u8 {
    [b';', b'\t', b'|'].into_iter().find(|delimiter| !text.contains(delimiter)).unwrap_or(0x1f)
}

/// Whether a text is one column of numbers, written with decimal commas perhaps.
fn is_column_of_figures(candidate: &Candidate<'_>, usual: u8) -> bool {
    let rows = &candidate.records[candidate.layout.first..];
    let is_figure = |row: &Record<'_>| {
        row.cells.len() == 1 && matches!(kind_of(&row.cells[0].text()), Kind::Number | Kind::Missing)
    };
    let name = rows[0].cells[0];
    let has_name = kind_of(&name.text()) == Kind::Text && !name.bytes.contains(&usual);
    has_name && rows.len() > 1 && rows[1..].iter().all(is_figure)
}
