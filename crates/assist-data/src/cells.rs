//! Cells as text and as numbers, whatever type the file gave them.
//!
//! What rows pass through is converted here and not by Arrow's casts, which are compiled without optimisation: they know some
//! thousand pairs of types, take long to optimise, and are left with the rare ones.

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, Float64Array, GenericStringArray, GenericStringBuilder, Int64Array,
    OffsetSizeTrait, PrimitiveArray, StringArray, StringBuilder, downcast_dictionary_array, downcast_integer_array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int32Type, TimeUnit};
use std::fmt::Write as _;

use crate::error::CellProblem;

/// A column as text: levels and labels. Whole numbers are written without a fraction, so that the label 1 is `1` in every
/// format. An empty text is a missing one, as in a CSV file.
///
/// # Errors
///
/// A type that is neither number, text nor truth value.
pub fn text_column(column: &ArrayRef) -> Result<StringArray, CellProblem> {
    let unusable = || CellProblem::Type(column.data_type().to_string());
    let array: &dyn Array = column;
    Ok(match column.data_type() {
        DataType::Utf8 => without_empty(column.as_string::<i32>())?,
        DataType::LargeUtf8 => texts(column.as_string::<i64>().iter())?,
        DataType::Utf8View => texts(column.as_string_view().iter())?,
        // As pandas writes truth values into CSV files.
        DataType::Boolean => {
            let name = |truth: bool| if truth { "True" } else { "False" };
            column.as_boolean().iter().map(|truth| truth.map(name)).collect()
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => written::<i32, _>(&number_column(column)?),
        kind if kind.is_integer() => downcast_integer_array!(
            array => written::<i32, _>(array),
            _ => return Err(unusable())
        ),
        DataType::Dictionary(..) => downcast_dictionary_array!(
            array => match array.downcast_dict::<StringArray>() {
                Some(coded) => texts(coded.into_iter())?,
                None => cast_to_text(column)?,
            },
            _ => return Err(unusable())
        ),
        kind if kind.is_decimal() => cast_to_text(column)?,
        _ => return Err(unusable()),
    })
}

/// Bytes that the texts of one column of a batch can have.
const MOST_TEXT: usize = i32::MAX as usize;

fn texts<'a>(cells: impl Iterator<Item = Option<&'a str>>) -> Result<StringArray, CellProblem> {
    texts_within(MOST_TEXT, cells)
}

fn texts_within<'a>(most: usize, cells: impl Iterator<Item = Option<&'a str>>) -> Result<StringArray, CellProblem> {
    let mut texts = StringBuilder::new();
    let mut left = most;
    for text in cells {
        let text = text.filter(|text| !text.is_empty());
        left = left.checked_sub(text.map_or(0, str::len)).ok_or(CellProblem::TooLong)?;
        texts.append_option(text);
    }
    Ok(texts.finish())
}

/// An empty text is a missing one; where there is none, the column is shared.
fn without_empty(column: &StringArray) -> Result<StringArray, CellProblem> {
    if column.iter().flatten().all(|text| !text.is_empty()) { Ok(column.clone()) } else { texts(column.iter()) }
}

/// Numbers as texts.
pub(crate) fn written<O: OffsetSizeTrait, T: ArrowPrimitiveType<Native: std::fmt::Display>>(
    numbers: &PrimitiveArray<T>,
) -> GenericStringArray<O> {
    let mut texts = GenericStringBuilder::with_capacity(numbers.len(), numbers.len() * 4);
    for number in numbers {
        match number {
            Some(number) => {
                write!(texts, "{number}").expect("memory takes everything");
                texts.append_value("");
            }
            None => texts.append_null(),
        }
    }
    texts.finish()
}

fn cast_to_text(column: &ArrayRef) -> Result<StringArray, CellProblem> {
    let text = cast(column, &DataType::Utf8).map_err(|_| CellProblem::Type(column.data_type().to_string()))?;
    without_empty(text.as_string::<i32>())
}

/// A column of numbers or truth values as 64-bit floats; integers beyond 2^53 are rounded to the nearest.
///
/// # Errors
///
/// Another type.
#[expect(clippy::cast_lossless, reason = "one body for integers of every width")]
pub fn number_column(column: &ArrayRef) -> Result<Float64Array, CellProblem> {
    let array: &dyn Array = column;
    Ok(match column.data_type() {
        DataType::Float64 => column.as_primitive::<Float64Type>().clone(),
        DataType::Float32 => column.as_primitive::<Float32Type>().unary(f64::from),
        DataType::Boolean => {
            column.as_boolean().iter().map(|truth| truth.map(|truth| f64::from(u8::from(truth)))).collect()
        }
        kind if kind.is_integer() => downcast_integer_array!(
            array => array.unary(|number| number as f64),
            _ => return Err(CellProblem::Type(column.data_type().to_string()))
        ),
        kind if kind.is_numeric() => {
            let numbers = cast(column, &DataType::Float64);
            numbers.map_err(|_| CellProblem::Type(kind.to_string()))?.as_primitive::<Float64Type>().clone()
        }
        kind => return Err(CellProblem::Type(kind.to_string())),
    })
}

/// Whether a type holds texts, plain or as a dictionary.
pub(crate) fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// Whether a type holds dates or times.
pub(crate) fn is_date(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) | DataType::Time32(_) | DataType::Time64(_)
    )
}

/// A column of dates or times as seconds since 1970-01-01 00:00 UTC; those without a zone are taken as UTC.
///
/// # Errors
///
/// Another type.
pub fn moment_column(column: &ArrayRef) -> Result<Int64Array, CellProblem> {
    const DAY: i64 = 86_400;
    let in_unit = |unit: &TimeUnit| match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    };
    let (numbers, per_second, seconds) = match column.data_type() {
        DataType::Date32 => (column.to_data(), 1, DAY),
        DataType::Date64 => (column.to_data(), 1_000, 1),
        DataType::Timestamp(unit, _) | DataType::Time32(unit) | DataType::Time64(unit) => {
            (column.to_data(), in_unit(unit), 1)
        }
        kind => return Err(CellProblem::Type(kind.to_string())),
    };
    let is_narrow = matches!(column.data_type(), DataType::Date32 | DataType::Time32(_));
    let whole: Int64Array = if is_narrow {
        PrimitiveArray::<Int32Type>::from(
            numbers
                .into_builder()
                .data_type(DataType::Int32)
                .build()
                .map_err(|_| CellProblem::Type(column.data_type().to_string()))?,
        )
        .unary(i64::from)
    } else {
        PrimitiveArray::from(
            numbers
                .into_builder()
                .data_type(DataType::Int64)
                .build()
                .map_err(|_| CellProblem::Type(column.data_type().to_string()))?,
        )
    };
    Ok(whole.unary(|number: i64| number.div_euclid(per_second).saturating_mul(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use arrow::array::{
        BooleanArray, DictionaryArray, Float16Array, Int64Array, LargeStringArray, StringViewArray, UInt8Array,
    };
    use arrow::datatypes::{Int8Type, Int32Type};

    #[test]
    fn every_type_has_the_same_text() {
        let dictionary: DictionaryArray<Int8Type> = vec![Some("1"), None].into_iter().collect();
        let numbers: DictionaryArray<Int32Type> =
            DictionaryArray::new(vec![Some(0), None].into(), Arc::new(Int64Array::from(vec![1])));
        let columns: [ArrayRef; 9] = [
            Arc::new(UInt8Array::from(vec![Some(1), None])),
            Arc::new(LargeStringArray::from(vec![Some("1"), Some("")])),
            Arc::new(StringViewArray::from(vec![Some("1"), None])),
            Arc::new(StringArray::from(vec![Some("1"), Some("")])),
            Arc::new(numbers),
            Arc::new(Int64Array::from(vec![Some(1), None])),
            Arc::new(Float64Array::from(vec![Some(1.0), None])),
            Arc::new(StringArray::from(vec![Some("1"), None])),
            Arc::new(dictionary),
        ];
        for column in columns {
            let text = text_column(&column).expect("text");
            assert_eq!((text.value(0), text.is_null(1)), ("1", true), "{}", column.data_type());
        }
        let truth: ArrayRef = Arc::new(BooleanArray::from(vec![true]));
        assert_eq!(text_column(&truth).expect("text").value(0), "True");
        assert_eq!(number_column(&truth).expect("number").value(0), 1.0);
    }

    #[test]
    fn more_text_than_a_column_can_have_is_an_error() {
        let cells = [Some("ab"), None, Some(""), Some("cd")];
        assert_eq!(texts_within(4, cells.into_iter()).expect("just enough").len(), 4);
        assert_eq!(texts_within(3, cells.into_iter()), Err(CellProblem::TooLong));
    }

    #[test]
    fn every_type_has_the_same_number() {
        let columns: [ArrayRef; 5] = [
            Arc::new(Int64Array::from(vec![Some(2), None])),
            Arc::new(UInt8Array::from(vec![Some(2), None])),
            Arc::new(Float64Array::from(vec![Some(2.0), None])),
            Arc::new(PrimitiveArray::<Float32Type>::from(vec![Some(2.0), None])),
            cast(&Float16Array::from(vec![None, None]), &DataType::Float16).expect("itself"),
        ];
        for column in &columns[..4] {
            let number = number_column(column).expect("numbers");
            assert_eq!((number.value(0), number.is_null(1)), (2.0, true), "{}", column.data_type());
        }
        assert_eq!(number_column(&columns[4]).expect("numbers").null_count(), 2);
        let text: ArrayRef = Arc::new(StringArray::from(vec!["2"]));
        assert!(number_column(&text).is_err());
    }
}
