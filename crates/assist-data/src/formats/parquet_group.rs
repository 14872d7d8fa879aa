//! The rows of a row group, some at a time: columns in the codes of the file beside columns that Arrow's reader decodes.

use arrow::array::ArrayRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use crate::error::NeedsStrictReader;
use crate::formats::parquet_codes::{CodedColumn, FileCodes};

/// A column that is wanted of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// Its place in the file.
    pub(crate) position: usize,
    /// Whether codes of the file are of use.
    pub(crate) may_be_coded: bool,
    /// Whether its cells are levels.
    pub(crate) is_category: bool,
}

/// Some rows of a column.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FileColumn<'a> {
    /// In the codes of the file.
    Codes(FileCodes<'a>),
    /// Cell by cell.
    Cells(&'a ArrayRef),
}

/// Rows that Arrow's reader decodes.
pub(crate) type DecodedRows = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>;

/// Where a column comes from.
pub(crate) enum GroupColumn {
    Coded(Box<CodedColumn>),
    /// The place among the columns that are decoded.
    Decoded(usize),
}

/// The rows of a row group.
pub(crate) struct GroupRows {
    columns: Vec<GroupColumn>,
    records: Option<DecodedRows>,
    record: Option<RecordBatch>,
    n_left: usize,
    batch_rows: usize,
}

impl GroupRows {
    pub(crate) fn new(
        columns: Vec<GroupColumn>,
        records: Option<DecodedRows>,
        n_rows: usize,
        batch_rows: usize,
    ) -> Self {
        Self { columns, records, record: None, n_left: n_rows, batch_rows }
    }

    /// The next rows, where none of the columns is coded; nothing behind the last.
    pub(crate) fn next_record(&mut self) -> Result<Option<RecordBatch>, NeedsStrictReader> {
        Ok(self.advance()?.and_then(|_| self.record.take()))
    }

    /// How many rows come next, with those of the columns that are decoded in `record`.
    fn advance(&mut self) -> Result<Option<usize>, NeedsStrictReader> {
        let n_rows = self.n_left.min(self.batch_rows);
        if n_rows == 0 {
            return Ok(None);
        }
        self.n_left -= n_rows;
        if let Some(records) = &mut self.records {
            let record = records.next().and_then(Result::ok).filter(|record| record.num_rows() == n_rows);
            self.record = Some(record.ok_or(NeedsStrictReader)?);
        }
        Ok(Some(n_rows))
    }

    /// The next rows, and how many they are; nothing behind the last.
    pub(crate) fn next_rows(&mut self) -> Result<Option<(usize, Vec<FileColumn<'_>>)>, NeedsStrictReader> {
        let Some(n_rows) = self.advance()? else { return Ok(None) };
        let record = self.record.as_ref();
        let mut columns = Vec::with_capacity(self.columns.len());
        for column in &mut self.columns {
            columns.push(match column {
                GroupColumn::Coded(coded) => FileColumn::Codes(coded.next_rows(n_rows)?),
                GroupColumn::Decoded(place) => {
                    let cells = record.and_then(|record| record.columns().get(*place));
                    FileColumn::Cells(cells.ok_or(NeedsStrictReader)?)
                }
            });
        }
        Ok(Some((n_rows, columns)))
    }
}
