//! Which observations are test rows: one bit each, class by class, or how many of each row of a table of counts.

use std::ops::Range;

/// Bits, 64 in a word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    length: usize,
}

impl Bits {
    /// `length` zeros.
    pub fn zeros(length: usize) -> Self {
        Self { words: vec![0; length.div_ceil(64)], length }
    }

    /// How many bits there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether a bit is 1; bits beyond the last are 0.
    #[inline]
    pub fn get(&self, index: usize) -> bool {
        self.words.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Makes a bit 1.
    ///
    /// # Panics
    ///
    /// Where there is no such bit.
    #[inline]
    pub fn set(&mut self, index: usize) {
        self.words[index / 64] |= 1 << (index % 64);
    }

    /// Appends a bit.
    pub fn push(&mut self, bit: bool) {
        if self.length.is_multiple_of(64) {
            self.words.push(0);
        }
        if bit {
            self.words[self.length / 64] |= 1 << (self.length % 64);
        }
        self.length += 1;
    }

    /// Appends a bit for each of `flags`, which are 0 or 1.
    pub fn extend(&mut self, flags: &[u8]) {
        let (first, rest) = flags.split_at(flags.len().min((64 - self.length % 64) % 64));
        first.iter().for_each(|flag| self.push(*flag == 1));
        let words = rest
            .chunks(64)
            .map(|flags| flags.iter().zip(0_u32..).fold(0, |word, (flag, bit)| word | u64::from(flag & 1) << bit));
        self.words.extend(words);
        self.length += rest.len();
    }

    /// How many bits of a range are 1.
    pub fn count(&self, range: Range<usize>) -> u64 {
        let end = range.end.min(self.length);
        if range.start >= end {
            return 0;
        }
        let words = &self.words[range.start / 64..end.div_ceil(64)];
        let below = |bits: usize| if bits == 0 { 0 } else { u64::MAX >> (64 - bits) };
        let before = words[0] & below(range.start % 64);
        let after = words[words.len() - 1] & !below((end - 1) % 64 + 1);
        let ones: u64 = words.iter().map(|word| u64::from(word.count_ones())).sum();
        ones - u64::from(before.count_ones()) - u64::from(after.count_ones())
    }
}

/// The test rows of a split.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TestRows {
    /// None: every observation is a training row.
    #[default]
    None,
    /// For each class, which of its observations, in the table's order, are test rows: one bit each.
    Observations([Bits; 2]),
    /// For each row of a table of counts, how many of its observations of each class are test rows.
    Counts(Vec<[u64; 2]>),
}

impl TestRows {
    /// Whether there are none.
    pub fn is_none(&self) -> bool {
        self.class_counts() == [0, 0]
    }

    /// How many observations of each class are test rows.
    pub fn class_counts(&self) -> [u64; 2] {
        match self {
            Self::None => [0, 0],
            Self::Observations(of_class) => of_class.each_ref().map(|bits| bits.count(0..bits.len())),
            Self::Counts(rows) => rows.iter().fold([0, 0], |[n0, n1], [a, b]| [n0 + a, n1 + b]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counting_is_counting(bits in prop::collection::vec(any::<bool>(), 0..300), a in 0..320_usize, b in 0..320_usize) {
            let mut packed = Bits::default();
            let (one_by_one, together) = bits.split_at(a.min(bits.len()));
            one_by_one.iter().for_each(|bit| packed.push(*bit));
            packed.extend(&together.iter().map(|bit| u8::from(*bit)).collect::<Vec<_>>());
            let expected = bits.iter().enumerate().filter(|(i, bit)| **bit && (a..b).contains(i)).count() as u64;
            prop_assert_eq!(packed.count(a..b), expected);
            prop_assert!(bits.iter().enumerate().all(|(i, bit)| packed.get(i) == *bit) && !packed.get(bits.len()));
        }
    }
}
