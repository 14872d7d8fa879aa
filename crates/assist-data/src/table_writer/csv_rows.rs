//! Rows as CSV: each cell as it is read again, in quotes where it needs them.
//!
//! Arrow's own writer formats every cell through its casts, which are compiled without optimisation; here the usual types
//! are written directly, and only the rare ones are left to it. A missing cell is empty; an empty text is `""`, so that
//! readers that tell the two apart still can.

use std::io::Write as _;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, LargeStringArray, RecordBatch, StringArray,
    StringViewArray, UInt8Array,
};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::error::Error;

/// The first line.
pub(crate) fn header(schema: &SchemaRef, delimiter: u8) -> Vec<u8> {
    let mut line = Vec::new();
    for (index, field) in schema.fields().iter().enumerate() {
        if index > 0 {
            line.push(delimiter);
        }
        write_text(&mut line, field.name(), delimiter, index == 0);
    }
    line.push(b'\n');
    line
}

/// The lines of some rows.
pub(crate) fn rows(batch: &RecordBatch, delimiter: u8) -> Result<Vec<u8>, Error> {
    let refused = |detail: String| Error::Rows { format: "CSV", detail };
    let options = FormatOptions::new().with_display_error(false);
    let columns: Result<Vec<Cells<'_>>, Error> = batch
        .columns()
        .iter()
        .map(|column| Cells::new(column, &options).map_err(|error| refused(error.to_string())))
        .collect();
    let columns = columns?;
    let mut text = Vec::with_capacity(batch.num_rows() * columns.len() * 8);
    let mut scratch = String::new();
    for row in 0..batch.num_rows() {
        for (index, (cells, column)) in columns.iter().zip(batch.columns()).enumerate() {
            if index > 0 {
                text.push(delimiter);
            }
            if column.is_valid(row) {
                cells.write(row, &mut text, delimiter, index == 0, &mut scratch).map_err(&refused)?;
            } else if columns.len() == 1 {
                // An empty line is no row.
                text.extend_from_slice(b"\"\"");
            }
        }
        text.push(b'\n');
    }
    Ok(text)
}

/// The cells of a column, by its type.
enum Cells<'a> {
    Text(&'a StringArray),
    LargeText(&'a LargeStringArray),
    TextView(&'a StringViewArray),
    Float(&'a Float64Array),
    Whole(&'a Int64Array),
    Byte(&'a UInt8Array),
    Truth(&'a BooleanArray),
    /// The place of each value, and the values.
    Coded(Vec<usize>, &'a StringArray),
    Other(ArrayFormatter<'a>),
}

impl<'a> Cells<'a> {
    fn new(column: &'a ArrayRef, options: &FormatOptions<'a>) -> Result<Self, arrow::error::ArrowError> {
        Ok(match column.data_type() {
            DataType::Utf8 => Self::Text(column.as_string()),
            DataType::LargeUtf8 => Self::LargeText(column.as_string()),
            DataType::Utf8View => Self::TextView(column.as_string_view()),
            DataType::Float64 => Self::Float(column.as_primitive()),
            DataType::Int64 => Self::Whole(column.as_primitive()),
            DataType::UInt8 => Self::Byte(column.as_primitive()),
            DataType::Boolean => Self::Truth(column.as_boolean()),
            DataType::Dictionary(_, values) if **values == DataType::Utf8 => {
                let coded = column.as_any_dictionary();
                // Without values there are no codes to look up either.
                let places = if coded.values().is_empty() { Vec::new() } else { coded.normalized_keys() };
                Self::Coded(places, coded.values().as_string())
            }
            _ => Self::Other(ArrayFormatter::try_new(column.as_ref(), options)?),
        })
    }

    /// Writes a cell that is not missing.
    fn write(
        &self,
        row: usize,
        out: &mut Vec<u8>,
        delimiter: u8,
        is_first: bool,
        scratch: &mut String,
    ) -> Result<(), String> {
        match self {
            Self::Text(cells) => write_text(out, cells.value(row), delimiter, is_first),
            Self::LargeText(cells) => write_text(out, cells.value(row), delimiter, is_first),
            Self::TextView(cells) => write_text(out, cells.value(row), delimiter, is_first),
            Self::Float(cells) => out.extend_from_slice(ryu::Buffer::new().format(cells.value(row)).as_bytes()),
            Self::Whole(cells) => write!(out, "{}", cells.value(row)).map_err(|error| error.to_string())?,
            Self::Byte(cells) => write!(out, "{}", cells.value(row)).map_err(|error| error.to_string())?,
            Self::Truth(cells) => out.extend_from_slice(if cells.value(row) { b"true" } else { b"false" }),
            Self::Coded(places, values) if values.is_valid(places[row]) => {
                write_text(out, values.value(places[row]), delimiter, is_first);
            }
            Self::Coded(..) => {}
            Self::Other(cells) => {
                scratch.clear();
                cells.value(row).write(scratch).map_err(|error| error.to_string())?;
                if !scratch.is_empty() {
                    write_text(out, scratch, delimiter, is_first);
                }
            }
        }
        Ok(())
    }
}

fn write_text(out: &mut Vec<u8>, text: &str, delimiter: u8, is_first: bool) {
    let bytes = text.as_bytes();
    let needs_quotes = bytes.is_empty()
        // A line that begins with one is a comment to many readers.
        || is_first && bytes[0] == b'#'
        || bytes.iter().any(|byte| matches!(byte, b'"' | b'\n' | b'\r') || *byte == delimiter);
    if !needs_quotes {
        out.extend_from_slice(bytes);
        return;
    }
    out.push(b'"');
    for byte in bytes {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use arrow::array::{Date32Array, Decimal128Array, DictionaryArray, Int16Array};
    use arrow::datatypes::Int8Type;

    #[test]
    fn every_cell_is_written_as_it_is_read() {
        let coded: DictionaryArray<Int8Type> = [Some("x;y"), None, Some("")].into_iter().collect();
        let decimals = Decimal128Array::from(vec![Some(150), None, Some(-5)]).with_precision_and_scale(6, 2);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("#a", Arc::new(StringArray::from(vec![Some("#1"), None, Some("")]))),
            ("b;", Arc::new(StringArray::from(vec![Some("say \"so\""), Some("line\nbreak"), Some(" plain, ")]))),
            ("c", Arc::new(Float64Array::from(vec![Some(1.0), Some(-0.1), None]))),
            ("d", Arc::new(Int16Array::from(vec![Some(-7), None, Some(3)]))),
            ("e", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]))),
            ("f", Arc::new(coded)),
            ("g", Arc::new(decimals.expect("a type"))),
            ("h", Arc::new(Date32Array::from(vec![Some(0), Some(19_000), None]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).expect("a batch");
        assert_eq!(String::from_utf8(header(&batch.schema(), b';')).expect("text"), "\"#a\";\"b;\";c;d;e;f;g;h\n");
        assert_eq!(
            String::from_utf8(rows(&batch, b';').expect("rows")).expect("text"),
            "\"#1\";\"say \"\"so\"\"\";1.0;-7;true;\"x;y\";1.50;1970-01-01\n\
             ;\"line\nbreak\";-0.1;;false;;;2022-01-08\n\
             \"\"; plain, ;;3;;\"\";-0.05;\n"
        );
    }

    #[test]
    fn a_missing_cell_alone_is_still_a_row() {
        let only: ArrayRef = Arc::new(StringArray::from(vec![None, Some("x")]));
        let batch = RecordBatch::try_from_iter([("a", only)]).expect("a batch");
        assert_eq!(rows(&batch, b',').expect("rows"), b"\"\"\nx\n");
    }
}
