//! Cells as text and as numbers, whatever type the file gave them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;

use crate::error::CellProblem;

/// A column as text: levels and labels. Whole numbers are written without a fraction, so that the label 1 is `1` in every
/// format.
pub fn text_column(column: &ArrayRef) -> Result<StringArray, CellProblem> {
    let unusable = || CellProblem::Type(column.data_type().to_string());
    match column.data_type() {
        DataType::Utf8 => Ok(without_empty(column.as_string::<i32>())),
        // As pandas writes truth values into CSV files.
        DataType::Boolean => {
            let name = |truth: bool| if truth { "True" } else { "False" };
            Ok(column.as_boolean().iter().map(|truth| truth.map(name)).collect())
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            let numbers = number_column(column)?;
            Ok(numbers.iter().map(|number| number.map(|number| number.to_string())).collect())
        }
        kind if is_text(kind) || kind.is_integer() || kind.is_decimal() || matches!(kind, DataType::Dictionary(..)) => {
            let text = cast(column, &DataType::Utf8).map_err(|_| unusable())?;
            Ok(without_empty(text.as_string::<i32>()))
        }
        _ => Err(unusable()),
    }
}

/// An empty text is a missing one, as in a CSV file.
fn without_empty(texts: &StringArray) -> StringArray {
    if texts.iter().flatten().all(|text| !text.is_empty()) {
        return texts.clone();
    }
    texts.iter().map(|text| text.filter(|text| !text.is_empty())).collect()
}

/// A typed column as 64-bit floats.
pub(crate) fn number_column(column: &ArrayRef) -> Result<Float64Array, CellProblem> {
    let unusable = || CellProblem::Type(column.data_type().to_string());
    let kind = column.data_type();
    if !kind.is_numeric() && *kind != DataType::Boolean {
        return Err(unusable());
    }
    let numbers: ArrayRef = if *kind == DataType::Float64 {
        Arc::clone(column)
    } else {
        cast(column, &DataType::Float64).map_err(|_| unusable())?
    };
    Ok(numbers.as_primitive().clone())
}

/// Whether a type holds texts, plain or as a dictionary.
pub(crate) fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{BooleanArray, DictionaryArray, Int64Array};
    use arrow::datatypes::Int8Type;

    #[test]
    fn every_type_has_the_same_text() {
        let dictionary: DictionaryArray<Int8Type> = vec![Some("1"), None].into_iter().collect();
        let columns: [ArrayRef; 4] = [
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
}
