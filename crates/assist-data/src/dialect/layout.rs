//! Where the table begins among the records of a file, and which lines are none of its rows.
//!
//! Lines above a header are passed over only where that is beyond doubt: they are comments, or have other cells than the
//! table while the header below them stands above figures or is plainly set apart. All else is left for an error to name.

use std::collections::HashMap;

use crate::dialect::body::{Body, Shape};
use crate::dialect::header;
use crate::dialect::kinds::{Kind, kind_of};
use crate::dialect::records::{Cell, Record};

/// The most records that may stand above a header.
const MOST_ABOVE: usize = 100;
/// What comments begin with, where nothing is stated.
pub(crate) const COMMENT: u8 = b'#';

/// What is stated of the layout.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stated {
    /// The first record is the header, or the first row.
    pub(crate) begins_here: bool,
    pub(crate) header: Option<bool>,
    pub(crate) comment: Option<u8>,
}

/// How the records of a file make up a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Layout {
    /// Which record is the header, or the first row if there is no header.
    pub(crate) first: usize,
    pub(crate) has_header: bool,
    pub(crate) shape: Shape,
    /// The cells of its rows.
    pub(crate) n_columns: usize,
    /// What lines among the rows begin with that are comments.
    pub(crate) comment: Option<u8>,
    /// Whether header and rows fit together.
    pub(crate) is_regular: bool,
    /// The share of the records from the first one on that have the table's length.
    pub(crate) fit: f64,
}

impl Layout {
    /// The layout of records of which there is at least one.
    pub(crate) fn of(records: &[Record<'_>], delimiter: u8, stated: Stated) -> Self {
        let n_columns = usual_length(records);
        let start = if stated.begins_here {
            Body::new(records, n_columns, delimiter).map(|body| (0, body))
        } else {
            first_record(records, n_columns, delimiter, stated)
        };
        let Some((first, body)) = start else {
            // An error will name the first row that does not fit.
            let fit = share_of_length(records, n_columns, None);
            let has_header = stated.header != Some(false);
            return Self {
                first: 0,
                has_header,
                shape: Shape::Same,
                n_columns,
                comment: stated.comment,
                is_regular: false,
                fit,
            };
        };
        let n_columns = body.n_columns;
        let comment = stated.comment.or_else(|| comment_among(&records[first + 1..], n_columns));
        Self {
            first,
            has_header: stated.header.unwrap_or_else(|| !header::is_absent(&body)),
            shape: body.shape,
            n_columns,
            comment,
            is_regular: true,
            fit: share_of_length(&records[first + usize::from(body.shape != Shape::Same)..], n_columns, comment),
        }
    }
}

/// How many cells the rows have: the most frequent number, larger than one if all from the first such row on have it.
fn usual_length(records: &[Record<'_>]) -> usize {
    let most_frequent = |least: usize| {
        let mut counts: HashMap<usize, usize> = HashMap::new();
        for record in records.iter().filter(|record| record.cells.len() >= least) {
            *counts.entry(record.cells.len()).or_default() += 1;
        }
        counts.into_iter().max_by_key(|(length, count)| (*count, *length)).map(|(length, _)| length)
    };
    let overall = most_frequent(1).unwrap_or(1);
    let Some(several) = most_frequent(2).filter(|several| *several != overall) else { return overall };
    let first = records.iter().position(|record| record.cells.len() == several).unwrap_or(0);
    let after = &records[first..];
    let all_have_it = after.iter().all(|record| record.cells.len() == several || record.begins_with(COMMENT));
    if all_have_it { several } else { overall }
}

fn share_of_length(records: &[Record<'_>], n_columns: usize, comment: Option<u8>) -> f64 {
    let rows = || records.iter().filter(|record| !comment.is_some_and(|mark| record.begins_with(mark)));
    let conforming = rows().filter(|record| record.cells.len() == n_columns).count();
    if rows().next().is_none() { 1.0 } else { conforming as f64 / rows().count() as f64 }
}

/// Lines that begin with `#` among the rows are comments if none of them has the cells of a row.
fn comment_among(rows: &[Record<'_>], n_columns: usize) -> Option<u8> {
    let mut marked = rows.iter().filter(|row| row.begins_with(COMMENT)).peekable();
    (marked.peek().is_some() && marked.all(|row| row.cells.len() != n_columns)).then_some(COMMENT)
}

/// Which record is the header, or the first row, with the rows below it.
fn first_record<'r, 'a>(
    records: &'r [Record<'a>],
    n_columns: usize,
    delimiter: u8,
    stated: Stated,
) -> Option<(usize, Body<'r, 'a>)> {
    let body = |first: usize| Body::new(&records[first..], n_columns, delimiter);
    let is_mark = |record: &Record<'_>| stated.comment.is_none() && record.begins_with(COMMENT);
    let at_once = body(0);
    let is_settled =
        |body: &Body<'_, '_>| body.has_names_above_figures() && !is_mark(body.header) && !is_sparse(body.header);
    if at_once.as_ref().is_some_and(is_settled) {
        return at_once.map(|body| (0, body));
    }
    let mut above = Above::default();
    for (first, record) in records.iter().enumerate().take(MOST_ABOVE) {
        if first > 0
            && !is_mark(record)
            && above.may_end_before(record)
            && let Some(body) = body(first)
        {
            if body.has_names_above_figures() && !above.repeat(records, record) {
                return Some((first, body));
            }
            if above.all_comments {
                // The last of them may be the header itself: `#id,name`.
                let last = &records[first - 1];
                let is_remark = n_columns == 1 && last.cells[0].bytes.starts_with(b"# ");
                let header = Body::new(&records[first - 1..], n_columns, delimiter).filter(|_| !is_remark);
                return Some(header.map_or((first, body), |header| (first - 1, header)));
            }
            let is_stated = stated.header == Some(false) && share_of_length(&records[first..], n_columns, None) >= 1.0;
            if above.all_titles && (is_stated || is_set_off(&body, delimiter)) {
                return Some((first, body));
            }
        }
        above.push(record, n_columns, is_mark(record));
    }
    at_once.map(|body| (0, body))
}

/// Whether a record has hardly anything in its cells, as a title or a pair that a spreadsheet has filled up with delimiters.
fn is_sparse(record: &Record<'_>) -> bool {
    let (n_cells, n_filled) = (record.cells.len(), record.n_filled());
    let is_hardly_filled = n_filled * 2 <= n_cells || n_filled <= 2 && n_cells >= 3;
    n_cells > 1 && is_hardly_filled && record.cells.last().is_some_and(Cell::is_blank)
}

/// Whether a table of nothing but texts plainly begins below lines of one cell. Free text has blanks after its commas.
fn is_set_off(body: &Body<'_, '_>, delimiter: u8) -> bool {
    let may_be_prose = matches!(delimiter, b',' | b' ');
    let is_prose = may_be_prose && body.header.cells.iter().any(|cell| cell.bytes.starts_with(b" "));
    let is_plain = body.n_columns >= 3 || body.header.is_set_apart || body.n_columns == 2 && !may_be_prose;
    is_plain && !is_prose && !body.rows.is_empty() && body.has_only_texts() && body.has_distinct_names()
}

/// The records above one that may be the header.
#[derive(Debug)]
struct Above {
    all_comments: bool,
    /// All are comments, or have one cell of text where the table has several.
    all_titles: bool,
    /// How many have the cells of a row.
    n_like_rows: usize,
}

impl Default for Above {
    fn default() -> Self {
        Self { all_comments: true, all_titles: true, n_like_rows: 0 }
    }
}

impl Above {
    fn push(&mut self, record: &Record<'_>, n_columns: usize, is_comment: bool) {
        let is_other = record.cells.len() != n_columns;
        let is_text = |cell: &Cell<'_>| matches!(kind_of(&cell.text()), Kind::Text | Kind::Missing);
        let is_title = record.n_filled() <= 1 && record.cells.first().is_some_and(is_text);
        self.all_comments &= is_comment;
        self.all_titles &= is_comment || is_other && is_title;
        self.n_like_rows += usize::from(!is_comment && !is_other && !is_sparse(record));
    }

    /// Whether a table may begin with `record`: no row stands above it, or a blank line and hardly any.
    fn may_end_before(&self, record: &Record<'_>) -> bool {
        (self.n_like_rows == 0 || self.n_like_rows <= 2 && record.is_set_apart) && !is_sparse(record)
    }

    /// Whether a record occurred above already, as the header does in files that were put together.
    fn repeat(&self, records: &[Record<'_>], record: &Record<'_>) -> bool {
        let is_same = |other: &&Record<'_>| {
            other.start < record.start
                && other.cells.len() == record.cells.len()
                && other.cells.iter().zip(&record.cells).all(|(a, b)| a.bytes == b.bytes)
        };
        self.n_like_rows > 0 && records.iter().take(MOST_ABOVE).any(|other| is_same(&other))
    }
}
