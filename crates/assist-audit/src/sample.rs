//! Observations drawn from a table of counts: what is needed where a method wants one row for each.

use rand_mt::Mt64;

/// Observations drawn from rows with counts: for each the row that it has, and its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SampledRows {
    pub(crate) rows: Vec<usize>,
    pub(crate) labels: Vec<u8>,
}

impl SampledRows {
    /// At most `most` of the observations that rows stand for, in the order of the rows; all, if they are not more. Each is drawn
    /// with the same probability (Knuth, The Art of Computer Programming 2, section 3.4.2, algorithm S).
    pub(crate) fn draw(counts: &[[u32; 2]], most: usize, seed: u64) -> Self {
        let mut left: u64 = counts.iter().flatten().map(|n| u64::from(*n)).sum();
        let mut wanted = left.min(most as u64);
        let mut random = Mt64::new(seed);
        let mut drawn = Self { rows: Vec::new(), labels: Vec::new() };
        for (row, counts) in counts.iter().enumerate() {
            for (label, count) in (0..).zip(counts) {
                for _ in 0..*count {
                    if wanted == left || random.next_u64() % left < wanted {
                        drawn.rows.push(row);
                        drawn.labels.push(label);
                        wanted -= 1;
                    }
                    left -= 1;
                }
            }
        }
        drawn
    }
}

/// The same numbers in a random order (Fisher and Yates).
pub(crate) fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut random = Mt64::new(seed);
    for last in (1..items.len()).rev() {
        #[expect(clippy::cast_possible_truncation, reason = "below the length")]
        items.swap(last, (random.next_u64() % (last as u64 + 1)) as usize);
    }
}

/// The counts of rows whose labels are given out anew at random: as many of each class, and as many observations of each row.
pub(crate) fn permuted(counts: &[[u32; 2]], seed: u64) -> Vec<[u32; 2]> {
    let [n0, n1] = counts.iter().fold([0, 0], |[a, b]: [usize; 2], [n0, n1]| [a + *n0 as usize, b + *n1 as usize]);
    let mut labels = vec![0_u8; n0];
    labels.resize(n0 + n1, 1);
    shuffle(&mut labels, seed);
    let mut rest = labels.as_slice();
    let of_row = |[n0, n1]: &[u32; 2]| {
        let (own, others) = rest.split_at((n0 + n1) as usize);
        rest = others;
        let ones = own.iter().map(|label| u32::from(*label)).sum::<u32>();
        [n0 + n1 - ones, ones]
    };
    counts.iter().map(of_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permuting_keeps_rows_and_classes() {
        let counts = [[3, 0], [0, 5], [2, 2], [0, 0], [40, 50]];
        let mixed = permuted(&counts, 7);
        assert!(counts.iter().zip(&mixed).all(|(a, b)| a[0] + a[1] == b[0] + b[1]));
        let ones = |counts: &[[u32; 2]]| counts.iter().map(|[_, n1]| n1).sum::<u32>();
        assert_eq!(ones(&counts), ones(&mixed));
        assert_ne!(counts.to_vec(), mixed);
        assert_eq!(mixed, permuted(&counts, 7), "the same seed gives the same order");
    }

    #[test]
    fn every_observation_has_the_same_chance() {
        let counts = [[1, 0], [0, 1], [500, 498]];
        assert_eq!(SampledRows::draw(&counts, 2000, 1).rows.len(), 1000);
        let hits: usize = (0..2000)
            .map(|seed| SampledRows::draw(&counts, 100, seed).rows.iter().filter(|row| **row < 2).count())
            .sum();
        // 400 are expected, with a standard deviation of 19.
        assert!((320..480).contains(&hits), "{hits}");
        assert_eq!(SampledRows::draw(&counts, 100, 3).labels.len(), 100);
    }
}
