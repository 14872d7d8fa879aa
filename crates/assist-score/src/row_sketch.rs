//! A sample of the distinct rows that a model was trained on, small enough to be kept with it: a bottom-k sketch of their
//! hashes, by which a table is recognised without any of its values being kept.

use alloc::vec::Vec;

/// The smallest hashes of distinct rows, each with how often the row was seen. Hashes are as good as random, so these rows are a
/// random sample of the distinct ones, and of two tables the same rows are sampled (Broder 1997, "On the resemblance and
/// containment of documents"; Cohen and Kaplan 2007, "Summarizing data using bottom-k sketches").
///
/// What is hashed is decided by who makes it; the order of the rows makes no difference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowSketch {
    /// Ascending by hash; no hash twice.
    rows: Vec<(u64, u64)>,
}

impl RowSketch {
    /// Most distinct rows that are kept.
    pub const MOST_ROWS: usize = 4096;

    /// The sketch of rows, each a hash and how often the row was seen, in any order; a hash may come several times, and its
    /// counts are then added up.
    pub fn new(mut rows: Vec<(u64, u64)>) -> Self {
        rows.sort_unstable();
        rows.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            is_same
        });
        rows.truncate(Self::MOST_ROWS);
        Self { rows }
    }

    /// The sketch with further rows, or with those of another sketch, which makes it that of all rows. Counts of a row are added
    /// up.
    #[must_use]
    pub fn joined(mut self, others: &[(u64, u64)]) -> Self {
        self.rows.extend_from_slice(others);
        Self::new(self.rows)
    }

    /// The kept rows, ascending by hash: each a hash and how often the row was seen.
    pub fn rows(&self) -> &[(u64, u64)] {
        &self.rows
    }

    /// The largest hash up to which every row is kept: that of the last kept row where there may be others.
    pub fn reach(&self) -> u64 {
        match self.rows.last() {
            Some((hash, _)) if self.rows.len() >= Self::MOST_ROWS => *hash,
            _ => u64::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u64 = RowSketch::MOST_ROWS as u64;

    #[test]
    fn the_smallest_hashes_are_kept_with_all_their_counts() {
        let rows: Vec<(u64, u64)> = (0..2 * MOST).rev().chain(0..MOST / 2).map(|hash| (7 * hash, 1)).collect();
        let sketch = RowSketch::new(rows);
        assert_eq!(sketch.rows().len(), RowSketch::MOST_ROWS);
        assert_eq!(sketch.rows()[..2], [(0, 2), (7, 2)]);
        assert_eq!(sketch.rows().last(), Some(&(7 * (MOST - 1), 1)));
        assert_eq!(sketch.reach(), 7 * (MOST - 1));
    }

    #[test]
    fn a_sketch_of_few_rows_reaches_all_hashes() {
        assert_eq!(RowSketch::new([(5, 1), (3, u64::MAX), (5, 2)].into()).rows(), [(3, u64::MAX), (5, 3)]);
        assert_eq!(RowSketch::new([(5, 1)].into()).reach(), u64::MAX);
    }

    #[test]
    fn sketches_of_parts_make_that_of_all() {
        let rows = |range: core::ops::Range<u64>| range.map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15), 1 + n % 3));
        let all: Vec<(u64, u64)> = rows(0..9000).chain(rows(4000..5000)).collect();
        let joined = RowSketch::new(rows(0..5000).collect()).joined(RowSketch::new(rows(4000..9000).collect()).rows());
        assert_eq!(joined, RowSketch::new(all));
    }
}
