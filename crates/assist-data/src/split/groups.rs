//! The groups of a table: rows of one user that belong together. What is known of each before a split is a hash of its key and
//! how many observations of either class it has, 24 bytes in all.

/// The key of rows that name no group: together they are one, so that no user of theirs is on both sides of a split.
pub const NO_GROUP: u64 = 0;

/// The key of a group, from the text that names it: a hash, the same on every machine and for ever.
///
/// ```
/// use assist_data::group_key;
///
/// assert_eq!(group_key("17"), group_key("17"));
/// assert_ne!(group_key("17"), group_key("18"));
/// ```
#[inline]
pub fn group_key(name: &str) -> u64 {
    const START: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = name.as_bytes().as_chunks::<8>();
    let mut state = START ^ name.len() as u64;
    for word in words {
        state = mixed_word(state ^ u64::from_le_bytes(*word));
    }
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        state = mixed_word(state ^ u64::from_le_bytes(last));
    }
    mixed_word(state ^ START).max(NO_GROUP + 1)
}

/// A hash of a word: a product of 128 bits, its halves put together, so that every bit depends on every other. Models keep such
/// hashes, so it never changes.
#[inline]
pub fn mixed_word(word: u64) -> u64 {
    let product = u128::from(word) * 0xd1b5_4a32_d192_ed03_u128;
    #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
    let low = product as u64;
    low ^ (product >> 64) as u64
}

/// A group: a hash of its key, and its observations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// [`group_key`] of its name, or [`NO_GROUP`].
    pub key: u64,
    /// Its observations of class 0 and class 1.
    pub counts: [u64; 2],
}

impl Group {
    /// How many observations it has.
    pub fn rows(&self) -> u64 {
        self.counts[0] + self.counts[1]
    }
}

/// All groups of a table in the order of their keys, which no order of the rows changes. A group's place in it is its code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupTotals {
    groups: Vec<Group>,
    /// Where keys that begin with so many bits as [`shift`](Self::shift) leaves start: keys are hashes, so one or two have them.
    starts: Vec<u32>,
    shift: u32,
}

impl GroupTotals {
    /// From groups of different keys, in any order.
    pub fn new(mut groups: Vec<Group>) -> Self {
        groups.sort_unstable_by_key(|group| group.key);
        let bits = groups.len().max(2).next_power_of_two().trailing_zeros();
        let shift = u64::BITS - bits;
        let mut starts = Vec::with_capacity((1 << bits) + 1);
        for (place, group) in (0_u32..).zip(&groups) {
            while starts.len() as u64 <= group.key >> shift {
                starts.push(place);
            }
        }
        starts.resize((1 << bits) + 1, u32::try_from(groups.len()).expect("no more groups than rows"));
        Self { groups, starts, shift }
    }

    /// The groups, in the order of their codes.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The code of a group.
    #[inline]
    pub fn code(&self, key: u64) -> Option<u32> {
        let bucket = usize::try_from(key >> self.shift).ok()?;
        let [start, end] = *self.starts.get(bucket..bucket + 2)? else { return None };
        let found = self.groups[start as usize..end as usize].iter().position(|group| group.key == key)?;
        Some(start + u32::try_from(found).ok()?)
    }

    /// Observations of rows that name no group.
    pub fn unnamed(&self) -> u64 {
        self.code(NO_GROUP).map_or(0, |code| self.groups[code as usize].rows())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_24_bytes() {
        assert_eq!(size_of::<Group>(), 24);
    }

    #[test]
    fn no_groups_have_no_codes() {
        let totals = GroupTotals::new(Vec::new());
        assert_eq!((totals.code(NO_GROUP), totals.code(u64::MAX), totals.unnamed()), (None, None, 0));
        let one = GroupTotals::new(vec![Group { key: u64::MAX, counts: [1, 2] }]);
        assert_eq!((one.code(u64::MAX), one.code(0)), (Some(0), None));
    }

    #[test]
    fn keys_differ() {
        let mut keys: Vec<u64> = (0..100_000).map(|name| group_key(&format!("user {name}"))).collect();
        keys.extend(["", "a", "b", "aa", "\0", "\0\0"].map(group_key));
        let n = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), n);
    }
}
