//! The cells of some columns of a CSV file as texts, column by column, for whoever only looks at them.

use std::io::{Seek, SeekFrom};
use std::ops::Range;

use crate::alignment::Purpose;
use crate::error::NeedsStrictReader;
use crate::fast::csv_records::CsvRecords;
use crate::fast::separators::{Extent, Quoting};
use crate::file_format::Format;
use crate::formats::csv_text;
use crate::table::{Table, positions_of};

/// How far a file was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadRows {
    /// All rows that there are.
    All(usize),
    /// So many rows as were asked for, and there are more.
    First(usize),
    /// So many rows, after which only the strict reader goes on.
    UpTo(usize),
}

/// Hands the cells of the first rows of a file to `take`: the number of their column among `columns`, that of their row, some
/// bytes of the file, and where the cell is among these; [`unquoted`](crate::fast::text_codes::unquoted) it is a text. Empty
/// cells are left out.
pub(crate) fn for_each_cell(
    table: &Table,
    source: usize,
    columns: &[&str],
    most_rows: usize,
    mut take: impl FnMut(usize, u64, &[u8], Range<usize>),
) -> ReadRows {
    let Ok((mut records, positions)) = open(table, source, columns) else { return ReadRows::UpTo(0) };
    let mut n_rows = 0;
    loop {
        let (text, separators) = match records.next_records() {
            Ok(Some(found)) => found,
            Ok(None) => return ReadRows::All(n_rows),
            Err(NeedsStrictReader) => return ReadRows::UpTo(n_rows),
        };
        let n_records = separators.n_records().min(most_rows - n_rows);
        for (column, position) in positions.iter().enumerate() {
            let mut take_cells = |cell_of: &dyn Fn(usize) -> Range<usize>| {
                for record in 0..n_records {
                    let cell = cell_of(record);
                    if !cell.is_empty() {
                        take(column, (n_rows + record) as u64, text, cell);
                    }
                }
            };
            match separators.quoting() {
                Quoting::Plain => take_cells(&separators.texts(text, *position)),
                // An empty cell in quotes is one without them.
                Quoting::None | Quoting::Escaped => take_cells(&|record| {
                    let cell = separators.cell(text, record, *position);
                    if &text[cell.clone()] == b"\"\"" { cell.start..cell.start } else { cell }
                }),
            }
        }
        n_rows += n_records;
        if n_records < separators.n_records() {
            return ReadRows::First(n_rows);
        }
    }
}

/// The records of a file that is plain CSV, and where the columns stand in it.
fn open(table: &Table, source: usize, columns: &[&str]) -> Result<(CsvRecords, Vec<usize>), NeedsStrictReader> {
    let (file, header) = (&table.sources()[source], table.header(source));
    let positions = positions_of(columns, header).map_err(|_| NeedsStrictReader)?;
    let is_csv = matches!(file.format(), Format::Csv { .. });
    // Of a table with one column the strict reader passes over blank lines.
    if !is_csv || header.len() < 2 || !table.alignment(source).columns(&positions, Purpose::Types).is_plain() {
        return Err(NeedsStrictReader);
    }
    let marks = file.dialect().ok_or(NeedsStrictReader)?.marks;
    if marks.quote != b'"' {
        return Err(NeedsStrictReader);
    }
    let start = csv_text::data_start(file).map_err(|_| NeedsStrictReader)?;
    let end = file.reader().map_err(|_| NeedsStrictReader)?.seek(SeekFrom::End(0)).map_err(|_| NeedsStrictReader)?;
    let records = CsvRecords::new(file, marks, header.len(), Extent::All, start..end.max(start), true)?;
    Ok((records, positions))
}
