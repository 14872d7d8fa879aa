//! Codes of cells of text: each distinct cell is looked at once, all others are looked up.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hasher, RandomState};

use hashbrown::HashMap;

use crate::error::NeedsStrictReader;

/// Cells of up to this many bytes are compared as one number.
const SHORT: usize = 15;
/// More distinct short cells than this are kept with the long ones, so that the slots of a column stay small.
const MOST_SHORT: usize = 1 << 16;
/// Slots of a column without a cell; there may be a hundred thousand columns.
const FIRST_SLOTS: usize = 16;
const EMPTY: u32 = u32::MAX;

/// The first bytes of a word: all ones in as many as the index says.
const MASKS: [u128; 16] = {
    let mut masks = [0; 16];
    let mut length = 1;
    while length < 16 {
        masks[length] = masks[length - 1] << 8 | 0xff;
        length += 1;
    }
    masks
};

/// Codes by the bytes of a cell: its text, or what stands in the file where that has an escaped quote.
#[derive(Debug, Clone)]
pub(crate) struct TextCodes {
    /// Drawn anew for each column, so that no file can be made whose cells fall into the same slots.
    keys: [u64; 2],
    /// Open addressing: the bytes and the length of a short cell, and its code.
    slots: Vec<(u128, u32)>,
    n_short: usize,
    long: HashMap<Box<[u8]>, u32>,
}

impl TextCodes {
    pub(crate) fn new() -> Self {
        Self {
            keys: [(); 2].map(|()| RandomState::new().build_hasher().finish()),
            slots: vec![(0, EMPTY); FIRST_SLOTS],
            n_short: 0,
            long: HashMap::new(),
        }
    }

    /// The code of the cell `bytes[start..end]`; `learn` gives that of a cell that is seen for the first time.
    #[inline(always)]
    pub(crate) fn code<E>(
        &mut self,
        bytes: &[u8],
        start: usize,
        end: usize,
        learn: impl FnOnce(&[u8]) -> Result<u32, E>,
    ) -> Result<u32, E> {
        let length = end - start;
        if length > SHORT {
            return self.long_code(&bytes[start..end], learn);
        }
        let word = match bytes.get(start..start + 16) {
            Some(bytes) => u128::from_le_bytes(bytes.try_into().expect("16 bytes")) & MASKS[length],
            None => word_of(&bytes[start..end]),
        } | (length as u128) << 120;
        let mut slot = self.slot_of(word);
        loop {
            let (known, code) = self.slots[slot];
            if code == EMPTY {
                return self.learn_short(word, slot, &bytes[start..end], learn);
            }
            if known == word {
                return Ok(code);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "halves of numbers")]
    fn slot_of(&self, word: u128) -> usize {
        let product = u128::from(word as u64 ^ self.keys[0]) * u128::from((word >> 64) as u64 ^ self.keys[1]);
        let mixed = product as u64 ^ (product >> 64) as u64;
        (mixed >> (64 - self.slots.len().trailing_zeros())) as usize
    }

    #[cold]
    fn learn_short<E>(
        &mut self,
        word: u128,
        slot: usize,
        cell: &[u8],
        learn: impl FnOnce(&[u8]) -> Result<u32, E>,
    ) -> Result<u32, E> {
        if self.n_short >= MOST_SHORT {
            return self.long_code(cell, learn);
        }
        let code = learn(cell)?;
        self.slots[slot] = (word, code);
        self.n_short += 1;
        if self.n_short * 4 > self.slots.len() {
            let larger = vec![(0, EMPTY); self.slots.len() * 4];
            for (word, code) in std::mem::replace(&mut self.slots, larger) {
                if code != EMPTY {
                    let mut slot = self.slot_of(word);
                    while self.slots[slot].1 != EMPTY {
                        slot = (slot + 1) & (self.slots.len() - 1);
                    }
                    self.slots[slot] = (word, code);
                }
            }
        }
        Ok(code)
    }

    fn long_code<E>(&mut self, cell: &[u8], learn: impl FnOnce(&[u8]) -> Result<u32, E>) -> Result<u32, E> {
        if let Some(code) = self.long.get(cell) {
            return Ok(*code);
        }
        let code = learn(cell)?;
        self.long.insert(cell.into(), code);
        Ok(code)
    }
}

fn word_of(cell: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    bytes[..cell.len()].copy_from_slice(cell);
    u128::from_le_bytes(bytes)
}

/// The text of a CSV cell whose quotes, if any, are well placed.
pub(crate) fn unquoted(cell: &[u8]) -> Result<Cow<'_, str>, NeedsStrictReader> {
    let text = std::str::from_utf8(cell).map_err(|_| NeedsStrictReader)?;
    let Some(inner) = text.strip_prefix('"') else { return Ok(Cow::Borrowed(text)) };
    let inner = inner.strip_suffix('"').ok_or(NeedsStrictReader)?;
    Ok(if inner.contains('"') { Cow::Owned(inner.replace("\"\"", "\"")) } else { Cow::Borrowed(inner) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_are_taken_off() {
        for (cell, text) in [("a", "a"), ("\"a\"", "a"), ("\"a \"\"b\"\"\"", "a \"b\""), ("\"\"", ""), ("", "")] {
            assert_eq!(unquoted(cell.as_bytes()).expect("well placed"), text);
        }
    }

    #[test]
    fn no_two_columns_put_their_cells_into_the_same_slots() {
        let codes = [(); 2].map(|()| TextCodes::new());
        let slots = codes.each_ref().map(|codes| (0..64).map(|word| codes.slot_of(word)).collect::<Vec<_>>());
        assert_ne!(slots[0], slots[1]);
    }

    proptest! {
        #[test]
        fn equal_cells_have_equal_codes(cells in prop::collection::vec("[ab]{0,3}|[a-c]{14,17}|[0-9]{1,4}", 1..400)) {
            let text = cells.concat();
            let mut codes = TextCodes::new();
            let (mut known, mut start) = (Vec::<&str>::new(), 0);
            for cell in &cells {
                let end = start + cell.len();
                let n_known = u32::try_from(known.len()).expect("few");
                let code = codes.code(text.as_bytes(), start, end, |_| Ok::<_, ()>(n_known)).expect("learnt");
                if let Some(index) = known.iter().position(|k| k == cell) {
                    prop_assert_eq!(code as usize, index);
                } else {
                    prop_assert_eq!(code, n_known);
                    known.push(cell);
                }
                start = end;
            }
        }
    }
}
