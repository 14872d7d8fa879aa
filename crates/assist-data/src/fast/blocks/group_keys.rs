//! The keys of the groups of some rows: hashes, so that a million names are never kept.

use std::ops::Range;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Int32Type, Int64Type};
use assist_score::shown;

use crate::cells::text_column;
use crate::error::{CellProblem, NeedsStrictReader};
use crate::fast::text_codes::unquoted;
use crate::schema::{GroupRole, KeyPurpose};
use crate::split::groups::{NO_GROUP, group_key};
use crate::split::hashed::{side_key, split_key};

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
            self.keys.push(key.ok_or(NeedsStrictReader)?);
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
/// A type that has no texts, a cell that names no side where it has to, with its row.
pub(crate) fn group_keys_of(column: &ArrayRef, role: &GroupRole) -> Result<Vec<u64>, (usize, CellProblem)> {
    match column.data_type() {
        DataType::Int64 => return keys_of_whole::<Int64Type>(column, role),
        DataType::Int32 => return keys_of_whole::<Int32Type>(column, role),
        _ => {}
    }
    let texts = text_column(column).map_err(|problem| (0, problem))?;
    keys(texts.iter(), role)
}

fn keys_of_whole<T: ArrowPrimitiveType<Native: ToString>>(
    column: &ArrayRef,
    role: &GroupRole,
) -> Result<Vec<u64>, (usize, CellProblem)> {
    keys(column.as_primitive::<T>().iter().map(|number| number.map(|number| number.to_string())), role)
}

fn keys<T: AsRef<str>>(
    cells: impl Iterator<Item = Option<T>>,
    role: &GroupRole,
) -> Result<Vec<u64>, (usize, CellProblem)> {
    let key = |(row, cell): (usize, Option<T>)| {
        let cell = cell.as_ref().map_or("", AsRef::as_ref);
        key_of(cell, role).ok_or_else(|| (row, CellProblem::NoSide { value: shown(cell) }))
    };
    cells.enumerate().map(key).collect()
}

/// The key of a cell: of a group that of the level that it would be, so that `17` and `17.0` are one user; of a hash that of the text
/// without blanks around it, which is what other engines have. `None` where it has to name a side of the split, and does not.
#[inline]
fn key_of(cell: &str, role: &GroupRole) -> Option<u64> {
    match role.purpose {
        KeyPurpose::Groups => {
            // A name of letters and digits alone has one spelling.
            let is_plain = !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if is_plain && role.reading.na.is_empty() {
                return Some(group_key(cell));
            }
            Some(match role.reading.level(cell.trim()) {
                Ok(Some(level)) => group_key(&level),
                _ => NO_GROUP,
            })
        }
        KeyPurpose::HashedGroups { seed } | KeyPurpose::HashedRows { seed } => {
            let key = cell.trim_matches(' ');
            let is_missing = key.is_empty() || role.reading.na.iter().any(|na| na == key);
            Some(if is_missing { NO_GROUP } else { split_key(key, seed) })
        }
        KeyPurpose::Sides => side_key(cell.trim()),
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
        let hashed = role.clone().for_purpose(KeyPurpose::HashedRows { seed: 3 });
        assert_eq!(key_of(" 17.0", &hashed), Some(split_key("17.0", 3)));
        assert_eq!(key_of("-", &hashed), Some(NO_GROUP));
        let sides = role.clone().for_purpose(KeyPurpose::Sides);
        assert!(["train", " Test "].iter().all(|cell| key_of(cell, &sides).is_some()));
        assert!(["", "-", "valid"].iter().all(|cell| key_of(cell, &sides).is_none()));
        let mut buffer = GroupKeys::new(GroupRole::new("user", Arc::default()));
        let bytes = br#"17,"5",,"a b""#;
        let cells = [0..2, 3..6, 7..7, 8..13];
        buffer.fill_from_texts(bytes, 4, |row| cells[row].clone()).expect("cells");
        assert_eq!(buffer.keys(), [group_key("17"), group_key("5"), NO_GROUP, group_key("a b")]);
    }
}
