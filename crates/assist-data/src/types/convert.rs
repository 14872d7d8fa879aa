//! A column in another type than its file has, so that every cell is still what it was.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, GenericStringBuilder, OffsetSizeTrait, PrimitiveArray,
    downcast_integer_array,
};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int64Type, UInt64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::cells::written;
use crate::types::common::is_plain_text;

/// A column in the type `kind`; `None` where a cell has no place in it.
pub(crate) fn convert(column: &ArrayRef, kind: &DataType) -> Option<ArrayRef> {
    if column.data_type() == kind {
        return Some(Arc::clone(column));
    }
    let is_number_or_truth =
        !matches!(column.data_type(), DataType::Dictionary(..)) && !column.data_type().is_temporal();
    match kind {
        DataType::Utf8 if is_number_or_truth && !is_plain_text(column.data_type()) => text::<i32>(column),
        DataType::LargeUtf8 if is_number_or_truth && !is_plain_text(column.data_type()) => text::<i64>(column),
        DataType::Int64 if is_plain_text(column.data_type()) => parsed::<Int64Type>(column),
        DataType::UInt64 if is_plain_text(column.data_type()) => parsed::<UInt64Type>(column),
        DataType::Float64 if is_plain_text(column.data_type()) => parsed::<Float64Type>(column),
        DataType::Boolean if is_plain_text(column.data_type()) => truths(column),
        DataType::Utf8 | DataType::LargeUtf8 if matches!(column.data_type(), DataType::Dictionary(..)) => {
            // First the values, once each; then they take the places of their codes.
            let coded = column.as_any_dictionary();
            let values = convert(coded.values(), kind)?;
            arrow::compute::take(&values, coded.keys(), None).ok()
        }
        _ => {
            let strictly = CastOptions { safe: false, ..CastOptions::default() };
            cast_with_options(column, kind, &strictly).ok()
        }
    }
}

/// Cells as texts: whole numbers without a fraction, so that a number is written alike whichever type it had.
fn text<O: OffsetSizeTrait>(column: &ArrayRef) -> Option<ArrayRef> {
    let array: &dyn Array = column;
    Some(match column.data_type() {
        DataType::Boolean => {
            let mut texts = GenericStringBuilder::<O>::new();
            let name = |truth: bool| if truth { "true" } else { "false" };
            column.as_boolean().iter().for_each(|truth| texts.append_option(truth.map(name)));
            Arc::new(texts.finish())
        }
        DataType::Float32 => Arc::new(written::<O, _>(column.as_primitive::<Float32Type>())),
        DataType::Float64 => Arc::new(written::<O, _>(column.as_primitive::<Float64Type>())),
        kind if kind.is_integer() => downcast_integer_array!(
            array => Arc::new(written::<O, _>(array)) as ArrayRef,
            _ => return None
        ),
        DataType::Null => {
            arrow::array::new_null_array(if O::IS_LARGE { &DataType::LargeUtf8 } else { &DataType::Utf8 }, column.len())
        }
        _ => {
            let options = FormatOptions::new();
            let formatter = ArrayFormatter::try_new(column.as_ref(), &options).ok()?;
            let mut texts = GenericStringBuilder::<O>::new();
            for row in 0..column.len() {
                if column.is_null(row) {
                    texts.append_null();
                } else {
                    texts.append_value(formatter.value(row).try_to_string().ok()?);
                }
            }
            Arc::new(texts.finish())
        }
    })
}

/// The texts of a column, which one pass over the file has found to be of one type.
fn cells(column: &ArrayRef) -> Option<Box<dyn Iterator<Item = Option<&str>> + '_>> {
    match column.data_type() {
        DataType::Utf8 => Some(Box::new(column.as_string::<i32>().iter())),
        DataType::LargeUtf8 => Some(Box::new(column.as_string::<i64>().iter())),
        DataType::Utf8View => Some(Box::new(column.as_string_view().iter())),
        _ => None,
    }
}

fn parsed<T: ArrowPrimitiveType<Native: std::str::FromStr>>(column: &ArrayRef) -> Option<ArrayRef> {
    let mut numbers = PrimitiveArray::<T>::builder(column.len());
    for cell in cells(column)? {
        match cell {
            None | Some("") => numbers.append_null(),
            Some(text) => numbers.append_value(text.parse().ok()?),
        }
    }
    Some(Arc::new(numbers.finish()))
}

fn truths(column: &ArrayRef) -> Option<ArrayRef> {
    let mut truths = BooleanArray::builder(column.len());
    for cell in cells(column)? {
        match cell {
            None | Some("") => truths.append_null(),
            Some("true" | "True" | "TRUE") => truths.append_value(true),
            Some("false" | "False" | "FALSE") => truths.append_value(false),
            Some(_) => return None,
        }
    }
    Some(Arc::new(truths.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int64Array, StringArray};
    use arrow::datatypes::Int8Type;

    #[test]
    fn numbers_become_texts_and_texts_numbers() {
        let check = |column: ArrayRef, expected: &[Option<&str>]| {
            let texts = convert(&column, &DataType::Utf8).expect("texts");
            assert_eq!(texts.as_string::<i32>().iter().collect::<Vec<_>>(), expected, "{}", column.data_type());
            let large = convert(&column, &DataType::LargeUtf8).expect("texts");
            assert_eq!(large.as_string::<i64>().iter().collect::<Vec<_>>(), expected, "{}", column.data_type());
        };
        check(Arc::new(Int64Array::from(vec![Some(-5), None])), &[Some("-5"), None]);
        check(Arc::new(Float64Array::from(vec![Some(2.0), Some(0.1)])), &[Some("2"), Some("0.1")]);
        check(Arc::new(BooleanArray::from(vec![Some(true), None])), &[Some("true"), None]);
        check(Arc::new(Date32Array::from(vec![Some(0), None])), &[Some("1970-01-01"), None]);
        let decimal = Decimal128Array::from(vec![Some(1250), None]).with_precision_and_scale(6, 2).expect("a type");
        check(Arc::new(decimal), &[Some("12.50"), None]);
        let coded: DictionaryArray<Int8Type> = vec![Some("a"), None, Some("")].into_iter().collect();
        check(Arc::new(coded), &[Some("a"), None, Some("")]);
        let cells: ArrayRef = Arc::new(StringArray::from(vec![Some("1"), None, Some("25")]));
        let numbers = convert(&cells, &DataType::Float64).expect("numbers");
        assert_eq!(numbers.as_primitive::<Float64Type>().iter().collect::<Vec<_>>(), [Some(1.0), None, Some(25.0)]);
        assert!(convert(&cells, &DataType::Boolean).is_none());
    }
}
