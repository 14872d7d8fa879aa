//! The cells that roles are found in: the first rows of every file, then all rows of the columns that these do not settle.

use std::ops::Range;
use std::sync::Arc;

use super::evidence::ColumnEvidence;
use super::file_styles::Decimals;
use super::judge::{is_undecided, kind_of};
use super::names::is_identifier_name;
use crate::error::Error;
use crate::fast::csv_cells::{ReadRows, for_each_cell};
use crate::fast::text_codes::unquoted;
use crate::table::{RawBatch, RowPosition, Table};

/// Rows of the first file that cells are judged by.
const HEAD_ROWS: usize = 8192;
/// Rows of each further file.
const FURTHER_ROWS: usize = 512;
/// Rows that are read at a time where all are.
const BATCH_ROWS: usize = 8192;

/// What the cells of some columns say.
pub(crate) struct Gathered {
    pub(crate) columns: Vec<ColumnEvidence>,
    /// Rows that were looked at.
    pub(crate) n_rows: u64,
    /// Whether these are all rows of the table.
    is_whole: bool,
}

/// Looks at the first rows of every file.
pub(crate) fn heads(table: &Table, columns: &[&str], na: &Arc<[String]>, most_rows: usize) -> Result<Gathered, Error> {
    let columns_of = |name: &&str| ColumnEvidence::new(na, is_identifier_name(name));
    let mut gathered = Gathered { columns: columns.iter().map(columns_of).collect(), n_rows: 0, is_whole: true };
    if columns.is_empty() {
        return Ok(gathered);
    }
    for source in 0..table.n_sources() {
        let most_rows = if source == 0 { most_rows } else { most_rows.min(FURTHER_ROWS) };
        gathered.add_rows_of(table, source, columns, most_rows)?;
    }
    Ok(gathered)
}

/// Looks at the first rows, and at all rows of the columns that these leave undecided.
pub(crate) fn gather(
    table: &Table,
    columns: &[&str],
    na: &Arc<[String]>,
    decimal: Option<char>,
) -> Result<Gathered, Error> {
    let mut gathered = heads(table, columns, na, HEAD_ROWS)?;
    if gathered.is_whole {
        return Ok(gathered);
    }
    let decimals = Decimals::new(table, decimal, &std::iter::empty());
    let undecided: Vec<usize> = (0..columns.len())
        .filter(|index| {
            let evidence = &gathered.columns[*index];
            is_undecided(columns[*index], evidence, &kind_of(evidence, &decimals))
        })
        .collect();
    if undecided.is_empty() {
        return Ok(gathered);
    }
    let names: Vec<&str> = undecided.iter().map(|index| columns[*index]).collect();
    let all = whole(table, &names, na)?;
    for (index, evidence) in undecided.into_iter().zip(all.columns) {
        gathered.columns[index] = evidence;
    }
    Ok(gathered)
}

fn whole(table: &Table, columns: &[&str], na: &Arc<[String]>) -> Result<Gathered, Error> {
    let columns_of = |name: &&str| ColumnEvidence::new(na, is_identifier_name(name));
    let mut gathered = Gathered { columns: columns.iter().map(columns_of).collect(), n_rows: 0, is_whole: true };
    for source in 0..table.n_sources() {
        gathered.add_rows_of(table, source, columns, usize::MAX)?;
    }
    Ok(gathered)
}

impl Gathered {
    /// Takes the first rows of a file, or all of them, if it has no more.
    fn add_rows_of(&mut self, table: &Table, source: usize, columns: &[&str], most_rows: usize) -> Result<(), Error> {
        self.columns.iter_mut().for_each(|evidence| evidence.begin_file(source));
        let add = |column: usize, row: u64, bytes: &[u8], cell: Range<usize>| {
            self.columns[column].add_cell(bytes, cell, unquoted, || RowPosition { source, row });
        };
        let read = for_each_cell(table, source, columns, most_rows, add);
        let (ReadRows::All(n_read) | ReadRows::First(n_read) | ReadRows::UpTo(n_read)) = read;
        self.n_rows += n_read as u64;
        self.columns.iter_mut().for_each(|evidence| evidence.rows += n_read as u64);
        match read {
            ReadRows::All(_) => {}
            ReadRows::First(_) => self.is_whole = false,
            ReadRows::UpTo(_) => self.add_after(table, source, columns, n_read..most_rows)?,
        }
        Ok(())
    }

    /// Takes the rows of a file that are in a range, as the strict reader reads them.
    fn add_after(&mut self, table: &Table, source: usize, columns: &[&str], rows: Range<usize>) -> Result<(), Error> {
        let mut n_rows = 0;
        for batch in table.batches_of_source(source, columns, rows.end.min(BATCH_ROWS))? {
            if n_rows >= rows.end {
                self.is_whole = false;
                break;
            }
            let mut batch = batch?;
            let n_known = rows.start.saturating_sub(n_rows).min(batch.record.num_rows());
            n_rows += batch.record.num_rows();
            batch.record = batch.record.slice(n_known, batch.record.num_rows() - n_known);
            batch.first_row += n_known as u64;
            self.add(table, &batch);
        }
        Ok(())
    }

    fn add(&mut self, table: &Table, batch: &RawBatch) {
        self.n_rows += batch.record.num_rows() as u64;
        let start = RowPosition { source: batch.source, row: batch.first_row };
        let is_typed = table.is_typed(batch.source);
        for (evidence, column) in self.columns.iter_mut().zip(batch.record.columns()) {
            evidence.add(column, is_typed, start);
        }
    }
}
