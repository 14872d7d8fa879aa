//! One dictionary for all batches of a column: a file of Arrow holds no second one. It is gathered before the first batch
//! is written, in the order in which values are met.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, DictionaryArray, PrimitiveArray, UInt32Array, new_empty_array};
use arrow::compute::{cast, concat, take};
use arrow::datatypes::{DataType, Int32Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// The values of a column's dictionaries.
#[derive(Debug, Clone)]
pub(crate) struct OneDictionary {
    kind: DataType,
    values: ArrayRef,
    codes: HashMap<String, i32>,
}

impl OneDictionary {
    /// For the values of dictionaries of type `kind`; `None` for another type.
    pub(crate) fn new(kind: &DataType) -> Option<Self> {
        match kind {
            DataType::Dictionary(_, values) => {
                Some(Self { kind: kind.clone(), values: new_empty_array(values), codes: HashMap::new() })
            }
            _ => None,
        }
    }

    /// Takes the values of a column's dictionary in; `None` where they are more than codes.
    pub(crate) fn take_in(&mut self, column: &ArrayRef) -> Option<()> {
        let values = column.as_any_dictionary().values();
        let mut new = Vec::new();
        for (row, key) in (0_u32..).zip(keys(values)?) {
            let next = i32::try_from(self.codes.len()).ok()?;
            if let Some(key) = key
                && let Entry::Vacant(entry) = self.codes.entry(key)
            {
                entry.insert(next);
                new.push(row);
            }
        }
        if !new.is_empty() {
            let new = take(values, &UInt32Array::from(new), None).ok()?;
            self.values = concat(&[self.values.as_ref(), new.as_ref()]).ok()?;
        }
        Some(())
    }

    /// The type of the columns with the one dictionary: that which they had, unless its codes are too narrow.
    pub(crate) fn data_type(&self) -> DataType {
        let DataType::Dictionary(code, values) = &self.kind else { return self.kind.clone() };
        let largest = match code.as_ref() {
            DataType::Int8 => 127,
            DataType::UInt8 => 255,
            DataType::Int16 => 32_767,
            DataType::UInt16 => 65_535,
            _ => usize::MAX,
        };
        if self.codes.len() <= largest {
            return self.kind.clone();
        }
        DataType::Dictionary(Box::new(DataType::Int32), values.clone())
    }

    /// A column with its cells as codes of the one dictionary.
    pub(crate) fn recode(&self, column: &ArrayRef) -> Option<ArrayRef> {
        let coded = column.as_any_dictionary();
        let codes: Vec<Option<i32>> =
            keys(coded.values())?.into_iter().map(|key| key.and_then(|key| self.codes.get(&key).copied())).collect();
        let codes = PrimitiveArray::<Int32Type>::from(codes);
        let codes = take(&codes, coded.keys(), None).ok()?;
        let column =
            DictionaryArray::try_new(codes.as_primitive::<Int32Type>().clone(), Arc::clone(&self.values)).ok()?;
        // The codes alone are cast; the dictionary stays the very same one for every batch.
        cast(&column, &self.data_type()).ok()
    }
}

/// The values of a dictionary as texts that tell them apart; `None` for a missing one.
fn keys(values: &ArrayRef) -> Option<Vec<Option<String>>> {
    let options = FormatOptions::new();
    let formatter = ArrayFormatter::try_new(values.as_ref(), &options).ok()?;
    let key = |row: usize| {
        if values.is_null(row) { Some(None) } else { formatter.value(row).try_to_string().ok().map(Some) }
    };
    (0..values.len()).map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, Int64Array, StringArray};
    use arrow::datatypes::Int8Type;

    #[test]
    fn dictionaries_become_one_and_cells_stay_what_they_were() {
        let first: DictionaryArray<Int8Type> = [Some("b"), None, Some("a")].into_iter().collect();
        let second: DictionaryArray<Int8Type> = [Some("c"), Some("a")].into_iter().collect();
        let (first, second): (ArrayRef, ArrayRef) = (Arc::new(first), Arc::new(second));
        let mut one = OneDictionary::new(first.data_type()).expect("a dictionary");
        one.take_in(&first).expect("room");
        one.take_in(&second).expect("room");
        assert_eq!(one.data_type(), *first.data_type());
        let [a, b] = [&first, &second].map(|column| one.recode(column).expect("recoded"));
        assert_eq!(a.as_any_dictionary().values().as_string::<i32>().iter().flatten().collect::<String>(), "bac");
        assert!(a.as_any_dictionary().values().to_data().ptr_eq(&b.as_any_dictionary().values().to_data()));
        let texts = |column: &ArrayRef| cast(column, &DataType::Utf8).expect("texts");
        assert_eq!(texts(&a).as_string::<i32>(), &StringArray::from(vec![Some("b"), None, Some("a")]));
        assert_eq!(texts(&b).as_string::<i32>(), &StringArray::from(vec!["c", "a"]));
    }

    #[test]
    fn codes_are_as_wide_as_the_dictionary_needs() {
        let of = |from: i64| -> ArrayRef {
            let values: ArrayRef = Arc::new(Int64Array::from_iter_values(from..from + 100));
            let codes = PrimitiveArray::<Int8Type>::from_iter_values(0..100);
            Arc::new(DictionaryArray::try_new(codes, values).expect("a column"))
        };
        let (first, second) = (of(0), of(50));
        let mut one = OneDictionary::new(first.data_type()).expect("a dictionary");
        one.take_in(&first).expect("room");
        one.take_in(&second).expect("room");
        let DataType::Dictionary(code, _) = one.data_type() else { unreachable!("it stays a dictionary") };
        assert_eq!(*code, DataType::Int32);
        let numbers = cast(&one.recode(&second).expect("recoded"), &DataType::Int64).expect("numbers");
        assert_eq!(&numbers, &(Arc::new(Int64Array::from_iter_values(50..150)) as ArrayRef));
    }
}
