//! Levels by their bytes: short texts are compared as two numbers and a length.

use alloc::string::String;
use alloc::vec::Vec;

/// Texts of up to this many bytes are distinguished by their first and their last eight.
const SHORT: usize = 16;

/// The keys of a column's levels, if all of them are short and there are few.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct LevelCodes {
    keys: Vec<(u64, u64, usize)>,
}

impl LevelCodes {
    pub(crate) fn new(levels: &[String]) -> Self {
        /// More are searched sooner than they are compared one by one.
        const FEW: usize = 12;
        let keys: Option<Vec<_>> = levels.iter().map(|level| key_of(level)).collect();
        Self { keys: keys.filter(|keys| keys.len() <= FEW).unwrap_or_default() }
    }

    /// The code of a level; `None` where it is not known here.
    #[inline]
    pub(crate) fn code(&self, level: &str) -> Option<u32> {
        let key = key_of(level)?;
        let found = self.keys.iter().position(|known| *known == key)?;
        u32::try_from(found).ok()
    }
}

/// The first and the last bytes, which may be the same ones, and the length: together they are the whole of a short text.
#[inline]
fn key_of(text: &str) -> Option<(u64, u64, usize)> {
    let bytes = text.as_bytes();
    let length = bytes.len();
    let (first, last) = match length {
        8..=SHORT => {
            let first = u64::from_le_bytes(bytes.first_chunk().copied()?);
            (first, u64::from_le_bytes(bytes.last_chunk().copied()?))
        }
        4..8 => {
            let first = u32::from_le_bytes(bytes.first_chunk().copied()?);
            (u64::from(first), u64::from(u32::from_le_bytes(bytes.last_chunk().copied()?)))
        }
        1..4 => {
            let middle = u64::from(bytes[length / 2]) << 8;
            (u64::from(bytes[0]) | middle, u64::from(bytes[length - 1]))
        }
        0 => (0, 0),
        _ => return None,
    };
    Some((first, last, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_tell_texts_apart(a in "[ab]{0,5}|[ab]{7,17}", b in "[ab]{0,5}|[ab]{7,17}") {
            if let (Some(key_a), Some(key_b)) = (key_of(&a), key_of(&b)) {
                prop_assert_eq!(key_a == key_b, a == b);
            }
            let codes = LevelCodes::new(&["x".to_string(), a.clone()]);
            prop_assert_eq!(codes.code(&a), (a.len() <= SHORT).then_some(1));
        }
    }
}
