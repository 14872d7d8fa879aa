//! A record taken for the header, with the rows below it: whether the two fit, and what the columns hold.

use std::collections::HashSet;

use crate::dialect::kinds::{Kind, kind_of};
use crate::dialect::records::{Cell, Record};

/// Rows that are looked at, and cells: enough for a judgement, whatever the width.
const MOST_ROWS: usize = 500;
const MOST_CELLS: usize = 1 << 18;

/// How the cells of the header stand to those of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One above the other.
    Same,
    /// The first column, an index, has no name, as R writes it.
    NoFirstName,
    /// Every row ends with a delimiter, the header does not.
    NoLastName,
    /// The header ends with a delimiter, no row does.
    NameWithoutColumn,
}

/// A header and the rows below it that have the table's length.
pub(crate) struct Body<'r, 'a> {
    pub(crate) header: &'r Record<'a>,
    pub(crate) rows: Vec<&'r Record<'a>>,
    pub(crate) n_columns: usize,
    pub(crate) shape: Shape,
}

impl<'r, 'a> Body<'r, 'a> {
    /// Takes the first of `records` for the header of the other ones, if it can be that of rows of `n_columns` cells.
    pub(crate) fn new(records: &'r [Record<'a>], n_columns: usize, delimiter: u8) -> Option<Self> {
        let (header, below) = records.split_first()?;
        let n_names = header.cells.len();
        let most = (MOST_CELLS / n_columns.max(1)).clamp(2, MOST_ROWS);
        let fitting = |record: &&Record<'a>| record.cells.len() == n_columns;
        let rows: Vec<&Record<'a>> = below.iter().filter(fitting).take(most).collect();
        if rows.is_empty() {
            let body = Self { header, rows, n_columns: n_names, shape: Shape::Same };
            return below.is_empty().then_some(body);
        }
        let blank_last = |record: &Record<'_>| record.cells.last().is_some_and(Cell::is_blank);
        let all_conform = || below.iter().all(|record| record.cells.len() == n_columns || record.begins_with(b'#'));
        let shape = if n_names == n_columns {
            Shape::Same
        } else if n_names + 1 == n_columns && all_conform() {
            if rows.iter().all(|row| blank_last(row)) {
                Shape::NoLastName
            } else if n_names > 0 && has_index(header, &rows, delimiter) {
                Shape::NoFirstName
            } else {
                return None;
            }
        } else if n_names == n_columns + 1 && blank_last(header) && all_conform() {
            Shape::NameWithoutColumn
        } else {
            return None;
        };
        Some(Self { header, rows, n_columns, shape })
    }

    /// The cell of the header above a column.
    fn name_of(&self, column: usize) -> Option<&Cell<'a>> {
        match self.shape {
            Shape::NoFirstName => column.checked_sub(1).and_then(|place| self.header.cells.get(place)),
            _ => self.header.cells.get(column),
        }
    }

    /// Each column's cell in the header, and what its other cells have in common: numbers or dates. `None` for texts,
    /// mixtures and columns without any value.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (Option<&Cell<'a>>, Option<Kind>)> + '_ {
        (0..self.n_columns).map(|column| (self.name_of(column), self.kind(column)))
    }

    fn kind(&self, column: usize) -> Option<Kind> {
        let mut common = None;
        for row in &self.rows {
            match kind_of(&row.cells[column].text()) {
                Kind::Missing => {}
                Kind::Text => return None,
                kind if common.is_none_or(|common| common == kind) => common = Some(kind),
                _ => return None,
            }
        }
        common
    }

    /// Whether the first record is a header beyond doubt: names that differ, with at least one above numbers or dates.
    pub(crate) fn has_names_above_figures(&self) -> bool {
        let mut is_above = false;
        for (name, kind) in self.columns() {
            let name = name.map_or(Kind::Missing, |cell| kind_of(&cell.text()));
            match kind {
                Some(kind) if kind == name => return false,
                Some(_) => is_above |= name == Kind::Text,
                None => {}
            }
        }
        is_above && self.has_distinct_names()
    }

    /// Whether every name is a text of its own. Blank ones are passed over.
    pub(crate) fn has_distinct_names(&self) -> bool {
        let mut seen = HashSet::new();
        self.header.cells.iter().filter(|cell| !cell.is_blank()).all(|cell| seen.insert(cell.bytes)) && !seen.is_empty()
    }

    /// Whether every cell of the header holds a text that is no figure.
    pub(crate) fn has_only_texts(&self) -> bool {
        self.header.cells.iter().all(|cell| kind_of(&cell.text()) == Kind::Text)
    }
}

/// Whether the first cells of the rows are names or numbers of rows, as R writes them. A row of one cell more than the
/// header may as well have a delimiter in a text, so this must be certain.
fn has_index(header: &Record<'_>, rows: &[&Record<'_>], delimiter: u8) -> bool {
    let firsts: Vec<_> = rows.iter().map(|row| &row.cells[0]).collect();
    let mut seen = HashSet::new();
    if !firsts.iter().all(|cell| !cell.is_blank() && seen.insert(cell.bytes)) {
        return false;
    }
    // With quotes around names, a delimiter inside one of them would stand in quotes as well.
    if firsts.iter().all(|cell| cell.is_well_quoted()) {
        return true;
    }
    if header.cells.len() < 2 {
        return false;
    }
    let numbers: Option<Vec<u64>> = firsts.iter().map(|cell| cell.text().parse().ok()).collect();
    if let Some(numbers) = numbers {
        return (numbers.len() > 1 || numbers == [1]) && numbers.windows(2).all(|pair| pair[0] < pair[1]);
    }
    // Texts hold commas and blanks, but hardly ever the other delimiters.
    !matches!(delimiter, b',' | b' ') && rows.len() > 1
}
