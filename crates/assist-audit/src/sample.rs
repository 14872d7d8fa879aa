//! Observations drawn from a table of counts: what is needed where a method wants one row for each.

use std::collections::BTreeMap;

use assist_draw::{Random, WithoutReplacement};
use hashbrown::HashMap;

/// Of more observations than this clusters do not keep their labels together on permuted labels: they are not written out.
const MOST_IN_CLUSTERS: u64 = 1 << 26;

/// Observations drawn from rows with counts: for each the row that it has, and its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SampledRows {
    pub(crate) rows: Vec<usize>,
    pub(crate) labels: Vec<u8>,
}

impl SampledRows {
    /// At most `most` of the observations that rows stand for, in the order of the rows; all, if they are not more. Every set of so
    /// many is as likely as any other; how many of them a row has is drawn at once.
    pub(crate) fn draw(counts: &[[u64; 2]], most: usize, seed: u64) -> Self {
        let mut sample = WithoutReplacement::new(counts.iter().flatten().sum(), most as u64);
        let mut random = Random::new(seed);
        let mut drawn = Self { rows: Vec::new(), labels: Vec::new() };
        for (row, counts) in counts.iter().enumerate() {
            for (label, count) in (0..).zip(counts) {
                for _ in 0..sample.next(*count, &mut random) {
                    drawn.rows.push(row);
                    drawn.labels.push(label);
                }
            }
        }
        drawn
    }
}

impl SampledRows {
    /// The clusters of the observations, from those of all rows.
    pub(crate) fn clusters(&self, of_rows: &[u32]) -> Vec<u32> {
        self.rows.iter().map(|row| of_rows[*row]).collect()
    }
}

/// The same numbers in a random order (Fisher and Yates).
pub(crate) fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut random = Random::new(seed);
    for last in (1..items.len()).rev() {
        #[expect(clippy::cast_possible_truncation, reason = "below the length")]
        items.swap(last, (random.next_u64() % (last as u64 + 1)) as usize);
    }
}

/// Labels given out anew at random. Where observations are in clusters, such as those of a user, each cluster gets all labels of
/// another: of one with as many observations, as far as there are such, else of others in turn. So what belongs together in the
/// table does on permuted labels as well.
pub(crate) fn permute_labels(labels: &mut [u8], clusters: Option<&[u32]>, seed: u64) {
    let Some(clusters) = clusters else { return shuffle(labels, seed) };
    let mut of_clusters: Vec<Vec<usize>> = Vec::new();
    let mut place_of: HashMap<u32, usize> = HashMap::new();
    for (at, cluster) in clusters.iter().enumerate() {
        let place = *place_of.entry(*cluster).or_insert(of_clusters.len());
        if place == of_clusters.len() {
            of_clusters.push(Vec::new());
        }
        of_clusters[place].push(at);
    }
    // Those of a size together, and those that are alone with theirs behind them.
    let mut by_size: BTreeMap<usize, Vec<Vec<usize>>> = BTreeMap::new();
    of_clusters.into_iter().for_each(|places| by_size.entry(places.len()).or_default().push(places));
    let (alike, alone): (Vec<_>, Vec<_>) = by_size.into_values().partition(|clusters| clusters.len() > 1);
    let alone: Vec<Vec<usize>> = alone.into_iter().flatten().collect();
    let old = labels.to_vec();
    for (index, targets) in (0..).zip(alike.into_iter().chain([alone])) {
        let mut sources = targets.clone();
        shuffle(&mut sources, seed.wrapping_add(index));
        let given = sources.into_iter().flatten().map(|place| old[place]);
        targets.into_iter().flatten().zip(given).for_each(|(place, label)| labels[place] = label);
    }
}

/// The counts of rows whose labels are given out anew at random: as many of each class, and as many observations of each row.
/// `clusters` are those of the rows, as [`permute_labels`] has them.
pub(crate) fn permuted(counts: &[[u64; 2]], clusters: Option<&[u32]>, seed: u64) -> Vec<[u64; 2]> {
    let [n0, n1] = counts.iter().fold([0, 0], |[a, b], [n0, n1]| [a + n0, b + n1]);
    if let Some(clusters) = clusters.filter(|_| n0 + n1 <= MOST_IN_CLUSTERS) {
        return permuted_by_cluster(counts, clusters, seed);
    }
    // Which observations are of class 1 is a sample of them all.
    let mut ones = WithoutReplacement::new(n0 + n1, n1);
    let mut random = Random::new(seed);
    let of_row = |[n0, n1]: &[u64; 2]| {
        let ones = ones.next(n0 + n1, &mut random);
        [n0 + n1 - ones, ones]
    };
    counts.iter().map(of_row).collect()
}

fn permuted_by_cluster(counts: &[[u64; 2]], clusters: &[u32], seed: u64) -> Vec<[u64; 2]> {
    let all = SampledRows::draw(counts, usize::MAX, seed);
    let of_observations: Vec<u32> = all.rows.iter().map(|row| clusters[*row]).collect();
    let mut labels = all.labels;
    permute_labels(&mut labels, Some(&of_observations), seed);
    let mut permuted = vec![[0, 0]; counts.len()];
    for (row, label) in all.rows.into_iter().zip(labels) {
        permuted[row][usize::from(label)] += 1;
    }
    permuted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_keep_their_labels_together() {
        // Five users of four rows with one label each, and one of three.
        let clusters: Vec<u32> = (0..23).map(|row| row % 5 + u32::from(row > 19) * 9).collect();
        let clusters: Vec<u32> = clusters.into_iter().map(|cluster| cluster.min(9)).collect();
        let of_user = |user: u32| u8::from(user.is_multiple_of(2));
        let old: Vec<u8> = clusters.iter().map(|user| of_user(*user)).collect();
        let mut labels = old.clone();
        permute_labels(&mut labels, Some(&clusters), 3);
        assert_eq!(labels.iter().filter(|label| **label == 1).count(), old.iter().filter(|label| **label == 1).count());
        for user in 0..10 {
            let of_user: Vec<u8> = labels.iter().zip(&clusters).filter(|(_, c)| **c == user).map(|(l, _)| *l).collect();
            assert!(of_user.windows(2).all(|pair| pair[0] == pair[1]), "user {user}: {of_user:?}");
        }
        let counts: Vec<[u64; 2]> = old.iter().map(|label| [u64::from(*label == 0), u64::from(*label == 1)]).collect();
        let mixed = permuted(&counts, Some(&clusters), 3);
        let expected: Vec<[u64; 2]> =
            labels.iter().map(|label| [u64::from(*label == 0), u64::from(*label == 1)]).collect();
        assert_eq!(mixed, expected);
    }

    #[test]
    fn permuting_keeps_rows_and_classes() {
        let counts = [[3, 0], [0, 5], [2, 2], [0, 0], [40, 50]];
        let mixed = permuted(&counts, None, 7);
        assert!(counts.iter().zip(&mixed).all(|(a, b)| a[0] + a[1] == b[0] + b[1]));
        let ones = |counts: &[[u64; 2]]| counts.iter().map(|[_, n1]| n1).sum::<u64>();
        assert_eq!(ones(&counts), ones(&mixed));
        assert_ne!(counts.to_vec(), mixed);
        assert_eq!(mixed, permuted(&counts, None, 7), "the same seed gives the same order");
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
        let many = [[1 << 40, 3], [1 << 41, 1 << 39]];
        let drawn = SampledRows::draw(&many, 20_000, 5);
        let of_row_0 = drawn.rows.iter().filter(|row| **row == 0).count();
        assert_eq!(drawn.rows.len(), 20_000);
        assert!((5300..6000).contains(&of_row_0), "two of seven: {of_row_0}");
        assert_eq!(permuted(&many, None, 5).iter().map(|[_, n1]| n1).sum::<u64>(), (1 << 39) + 3);
    }
}
