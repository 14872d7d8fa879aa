//! What one file gives of the table that it is a part of. Files of a table may hold a column with different types, and the
//! folders that they lie in may give columns; here each file's rows become rows of the table.
//!
//! Types are put together as pandas does it: whole numbers beside fractions become fractions, numbers beside texts become
//! texts. As soon as one file has no types of its own (CSV, JSON lines), the table has none, and every cell is a text.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

use crate::cells::{is_text, text_column};
use crate::source::PathColumn;
use crate::types::common;

/// The columns of one file beside those of the table.
#[derive(Debug, Clone)]
pub(crate) struct Alignment {
    /// Columns that are in the file; those of its path come after them.
    n_in_file: usize,
    path_columns: Vec<PathColumn>,
    /// The type of each column in the table, where the file has another one.
    types: Vec<Option<DataType>>,
}

/// Some columns of a file, and how to make columns of the table from them.
#[derive(Debug, Clone)]
pub(crate) struct Aligned {
    in_file: Vec<usize>,
    columns: Vec<Column>,
    /// Whether the file's columns are those of the table already.
    is_plain: bool,
    purpose: Purpose,
}

#[derive(Debug, Clone)]
enum Column {
    /// The one that the file gives next, as another type if it has to be.
    InFile(Option<DataType>),
    OfPath(PathColumn),
}

/// Who reads the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Someone to whom types matter.
    Types,
    /// The fast path, to which a number is a number and a text a text, whatever their types.
    Cells,
}

impl Purpose {
    fn needs(self, kind: &DataType, given: &DataType) -> bool {
        match self {
            Self::Types => given != kind,
            Self::Cells => !(kind.is_numeric() && given.is_numeric() || is_text(kind) && is_text(given)),
        }
    }
}

impl Alignment {
    /// The alignment of each file: `headers` has the names in each, `types` those of files that have types, and
    /// `path_columns` what the paths give.
    pub(crate) fn of_files(
        headers: &[Vec<String>],
        types: &[Option<Vec<DataType>>],
        path_columns: &[Vec<PathColumn>],
    ) -> Vec<Self> {
        let mut common: HashMap<&str, Option<DataType>> = HashMap::new();
        let are_typed = types.iter().all(Option::is_some);
        for (header, types) in headers.iter().zip(types) {
            for (name, kind) in header.iter().zip(types.iter().flatten()) {
                let kind = if are_typed { kind.clone() } else { as_text(kind) };
                let known = common.entry(name).or_insert_with(|| Some(kind.clone()));
                *known = known.as_ref().and_then(|known| common_type(known, &kind));
            }
        }
        let other = |(name, kind): (&String, &DataType)| {
            common.get(name.as_str()).cloned().flatten().filter(|common| common != kind)
        };
        let files = headers.iter().zip(types).zip(path_columns);
        let alignments = files.map(|((header, types), path_columns)| Self {
            n_in_file: header.len(),
            path_columns: path_columns.clone(),
            types: types.iter().flat_map(|types| header.iter().zip(types).map(other)).collect(),
        });
        alignments.collect()
    }

    /// What to ask of the file for the columns at `positions` of its header with the columns of its path.
    pub(crate) fn columns(&self, positions: &[usize], purpose: Purpose) -> Aligned {
        let mut in_file = Vec::with_capacity(positions.len());
        let mut columns = Vec::with_capacity(positions.len());
        let mut is_plain = true;
        for position in positions {
            if let Some(of_path) = self.path_column(*position) {
                columns.push(Column::OfPath(of_path.clone()));
                is_plain = false;
                continue;
            }
            let other = self.types.get(*position).cloned().flatten();
            is_plain &= other.is_none();
            in_file.push(*position);
            columns.push(Column::InFile(other));
        }
        // Rows have to be counted even where only the path is asked for.
        if in_file.is_empty() && self.n_in_file > 0 {
            in_file.push(0);
        }
        Aligned { in_file, columns, is_plain, purpose }
    }

    /// How many columns are in the file.
    pub(crate) fn n_in_file(&self) -> usize {
        self.n_in_file
    }

    /// The column of the path that is at a position of the header.
    fn path_column(&self, position: usize) -> Option<&PathColumn> {
        self.path_columns.get(position.checked_sub(self.n_in_file)?)
    }
}

impl Aligned {
    /// The positions to ask of the file.
    pub(crate) fn in_file(&self) -> &[usize] {
        &self.in_file
    }

    /// Whether all columns are in the file, and as the table has them.
    pub(crate) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// Rows of the table from what the file gave.
    pub(crate) fn complete(&self, record: RecordBatch) -> Result<RecordBatch, ArrowError> {
        if self.is_plain {
            return Ok(record);
        }
        let (n_rows, given) = (record.num_rows(), record.schema());
        let mut in_file = record.columns().iter().zip(given.fields());
        let (mut fields, mut columns) = (Vec::new(), Vec::new());
        for column in &self.columns {
            let (field, column) = match column {
                Column::OfPath(column) => (
                    Arc::new(Field::new(&column.name, DataType::Utf8, true)),
                    repeated(column.value.as_deref(), n_rows),
                ),
                Column::InFile(other) => {
                    let missing = || ArrowError::SchemaError("a column less than was asked for".to_owned());
                    let (column, field) = in_file.next().ok_or_else(missing)?;
                    match other.as_ref().filter(|kind| self.purpose.needs(kind, column.data_type())) {
                        Some(kind) => {
                            let field = field.as_ref().clone().with_data_type(kind.clone()).with_nullable(true);
                            (Arc::new(field), converted(column, kind)?)
                        }
                        None => (Arc::clone(field), Arc::clone(column)),
                    }
                }
            };
            fields.push(field);
            columns.push(column);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(n_rows));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
    }
}

fn repeated(value: Option<&str>, n_rows: usize) -> ArrayRef {
    match value {
        Some(value) => Arc::new(StringArray::from_iter_values(std::iter::repeat_n(value, n_rows))),
        None => Arc::new(StringArray::new_null(n_rows)),
    }
}

fn converted(column: &ArrayRef, kind: &DataType) -> Result<ArrayRef, ArrowError> {
    // Cells are spelled as they are everywhere else, where there is such a spelling.
    if is_text(kind)
        && !is_text(column.data_type())
        && let Ok(texts) = text_column(column)
    {
        return cast(&texts, kind);
    }
    cast(column, kind)
}

/// The type of a column that has these two, as it is read; `None` where there is no such type, and each file keeps its own.
fn common_type(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::{Boolean, Dictionary, Float64, Int64, Null, UInt64};
    let is_number = |kind: &DataType| kind.is_numeric() || *kind == Boolean;
    let is_whole = |kind: &DataType| kind.is_integer() || *kind == Boolean;
    match (a, b) {
        (Dictionary(_, values), other) | (other, Dictionary(_, values)) if a != b && *other != Null => {
            common_type(values, other)
        }
        // What is read needs the digits of a fit and no more, and truth values are numbers beside numbers.
        (a, b) if a != b && is_number(a) && is_number(b) => {
            let is_long = *a == UInt64 || *b == UInt64;
            Some(if is_whole(a) && is_whole(b) && !is_long { Int64 } else { Float64 })
        }
        _ => common::common_type(a, b),
    }
}

/// The type of a column in a table without types.
fn as_text(kind: &DataType) -> DataType {
    match kind {
        DataType::LargeUtf8 => DataType::LargeUtf8,
        DataType::Dictionary(_, values) => as_text(values),
        kind if is_plain(kind) => DataType::Utf8,
        kind => kind.clone(),
    }
}

/// Whether cells are single values that can be written as text.
fn is_plain(kind: &DataType) -> bool {
    is_text(kind) || kind.is_numeric() || kind.is_temporal() || matches!(kind, DataType::Boolean | DataType::Null)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::TimeUnit;

    #[test]
    fn types_are_put_together_as_pandas_does_it() {
        use DataType::{
            Boolean, Date32, Decimal128, Float32, Float64, Int8, Int32, Int64, LargeUtf8, Null, UInt64, Utf8, Utf8View,
        };
        let coded = |values: DataType| DataType::Dictionary(Box::new(Int8), Box::new(values));
        let moment = |unit| DataType::Timestamp(unit, None);
        let list = DataType::List(Arc::new(Field::new("item", Int8, true)));
        for (a, b, common) in [
            (Int32, Int32, Some(Int32)),
            (Int32, Int64, Some(Int64)),
            (Int64, Float64, Some(Float64)),
            (Float32, Float64, Some(Float64)),
            (Int64, UInt64, Some(Float64)),
            (Int64, Decimal128(9, 2), Some(Float64)),
            (Boolean, Int8, Some(Int64)),
            (Boolean, Utf8, Some(Utf8)),
            (Int64, Utf8, Some(Utf8)),
            (Utf8View, LargeUtf8, Some(LargeUtf8)),
            (coded(Utf8), Utf8, Some(Utf8)),
            (coded(Int64), coded(Float64), Some(Float64)),
            (Null, coded(Utf8), Some(coded(Utf8))),
            (Date32, moment(TimeUnit::Second), Some(moment(TimeUnit::Second))),
            (moment(TimeUnit::Second), moment(TimeUnit::Nanosecond), Some(moment(TimeUnit::Nanosecond))),
            (Date32, Int64, Some(Utf8)),
            (list, Int64, None),
        ] {
            assert_eq!(common_type(&a, &b), common, "{a} and {b}");
            assert_eq!(common_type(&b, &a), common, "{b} and {a}");
        }
    }
}
