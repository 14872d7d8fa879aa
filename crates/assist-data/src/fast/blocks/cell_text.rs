//! What the columns of a block have in common: codes, and how the bytes of a cell are its text.

use std::borrow::Cow;
use std::ops::Range;

use arrow::array::{Array, StringArray};

use crate::error::NeedsStrictReader;

/// The code of what no row had so far.
pub(crate) const UNSEEN: u32 = u32::MAX;

/// How the bytes of a cell are its text.
pub(crate) type AsText = fn(&[u8]) -> Result<Cow<'_, str>, NeedsStrictReader>;

/// The code that comes after `n` others.
#[inline]
pub(crate) fn code_after(n: usize) -> Result<u32, NeedsStrictReader> {
    u32::try_from(n).map_err(|_| NeedsStrictReader)
}

/// Where each text stands among the bytes of all; an empty range for a missing one.
#[inline]
pub(crate) fn range_of(texts: &StringArray) -> impl Fn(usize) -> Range<usize> {
    let offset = |index: usize| usize::try_from(texts.value_offsets()[index]).unwrap_or(0);
    move |row| if texts.is_null(row) { 0..0 } else { offset(row)..offset(row + 1) }
}

/// A text of a table with types, where quotes mean nothing.
pub(crate) fn bare(cell: &[u8]) -> Result<Cow<'_, str>, NeedsStrictReader> {
    std::str::from_utf8(cell).map(Cow::Borrowed).map_err(|_| NeedsStrictReader)
}
