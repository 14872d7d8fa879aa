//! The keys of the groups of some rows: hashes, so that a million names are never kept.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Int32Type, Int64Type};

use crate::cells::text_column;
use crate::error::{CellProblem, NeedsStrictReader};
use crate::fast::text_codes::unquoted;
use crate::schema::GroupRole;
use crate::split::groups::{NO_GROUP, group_key};

/// The buffer of the keys.
#[derive(Debug)]
pub(crate) struct GroupKeys {
    role: GroupRole,
    keys: Vec<u64>,
}

impl GroupKeys {
    pub(crate) fn new(role: GroupRole) -> Self {
        Self { role, keys: Vec::new() }
    }

    pub(crate) fn keys(&self) -> &[u64] {
        &self.keys
    }

    pub(crate) fn fill_from_texts(
        &mut self,
        bytes: &[u8],
        n_rows: usize,
        cell_of: impl Fn(usize) -> Range<usize>,
    ) -> Result<(), NeedsStrictReader> {
        self.keys.clear();
        for row in 0..n_rows {
            let key = key_of(&unquoted(&bytes[cell_of(row)])?, &self.role);
            self.keys.push(key);
        }
        Ok(())
    }

    pub(crate) fn fill_from_arrow(&mut self, column: &ArrayRef) -> Result<(), NeedsStrictReader> {
        self.keys = group_keys_of(column, &self.role).map_err(|_| NeedsStrictReader)?;
        Ok(())
    }

    pub(crate) fn fill_from_keys(&mut self, keys: &[u64]) {
        self.keys.clear();
        self.keys.extend_from_slice(keys);
    }
}

/// The key of each cell of a column.
///
/// # Errors
///
/// A type that has no texts.
pub(crate) fn group_keys_of(column: &ArrayRef, role: &GroupRole) -> Result<Vec<u64>, CellProblem> {
    match column.data_type() {
        DataType::Int64 => return Ok(keys_of_whole::<Int64Type>(column, role)),
        DataType::Int32 => return Ok(keys_of_whole::<Int32Type>(column, role)),
        _ => {}
    }
    let texts = text_column(column)?;
    Ok(texts.iter().map(|text| text.map_or(NO_GROUP, |text| key_of(text, role))).collect())
}

fn keys_of_whole<T: ArrowPrimitiveType<Native: ToString>>(column: &ArrayRef, role: &GroupRole) -> Vec<u64> {
    let key = |number: Option<T::Native>| number.map_or(NO_GROUP, |number| key_of(&number.to_string(), role));
    column.as_primitive::<T>().iter().map(key).collect()
}

/// The key of a cell: that of the level that it would be, so that `17` and `17.0` are one user.
#[inline]
fn key_of(cell: &str, role: &GroupRole) -> u64 {
    // A name of letters and digits alone has one spelling.
    if role.reading.na.is_empty() && !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return group_key(cell);
    }
    match role.reading.level(cell.trim()) {
        Ok(Some(level)) => group_key(&level),
        _ => NO_GROUP,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float64Array, Int64Array, StringArray};
    use std::sync::Arc;

    #[test]
    fn a_user_has_one_key_however_it_is_written() {
        let role = GroupRole::new("user", Arc::from(["-".to_owned()]));
        let keys = |column: ArrayRef| group_keys_of(&column, &role).expect("texts");
        let whole = keys(Arc::new(Int64Array::from(vec![Some(17), None, Some(5)])));
        assert_eq!(whole, keys(Arc::new(Float64Array::from(vec![Some(17.0), None, Some(5.0)]))));
        assert_eq!(whole, keys(Arc::new(StringArray::from(vec![Some("17"), Some("-"), Some("5.0")]))));
        assert_eq!(whole, keys(Arc::new(StringArray::from(vec![Some(" 17 "), Some(""), Some("5")]))));
        assert_ne!(key_of("t", &role), key_of("true", &role), "names are no truth values");
        let mut buffer = GroupKeys::new(GroupRole::new("user", Arc::default()));
        let bytes = br#"17,"5",,"a b""#;
        let cells = [0..2, 3..6, 7..7, 8..13];
        buffer.fill_from_texts(bytes, 4, |row| cells[row].clone()).expect("cells");
        assert_eq!(buffer.keys(), [group_key("17"), group_key("5"), NO_GROUP, group_key("a b")]);
    }
}
