//! Scores with their counts, sorted, equal scores collapsed.

use rayon::prelude::*;

/// Groups that one thread works on at a time. Sums are taken over each and then over all in their order, so that they do not
/// depend on the number of threads.
const CHUNK: usize = 1 << 13;

/// A score and how many observations of class 0 and class 1 have it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreCount {
    /// The linear predictor.
    pub score: f64,
    /// Observations of class 0 and class 1.
    pub counts: [u64; 2],
}

/// Scores in descending order, each once: what all metrics are computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreCounts {
    groups: Groups,
    class_counts: [u64; 2],
}

/// A score with its counts, in 32 or in 64 bits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Group<N> {
    pub(crate) score: f64,
    pub(crate) counts: [N; 2],
}

/// Groups, narrow where all observations together are counted with 32 bits: sorting them is most of what an evaluation of rows
/// that do not repeat takes.
#[derive(Debug, Clone, PartialEq)]
enum Groups {
    Narrow(Vec<Group<u32>>),
    Wide(Vec<Group<u64>>),
}

/// Consecutive groups.
#[derive(Debug, Clone, Copy)]
pub(crate) enum GroupSlice<'a> {
    Narrow(&'a [Group<u32>]),
    Wide(&'a [Group<u64>]),
}

/// Consecutive groups, and what lies above them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) groups: GroupSlice<'a>,
    /// Observations of each class with a higher score.
    pub(crate) above: [u64; 2],
}

/// Runs an expression on consecutive groups, whatever their width.
macro_rules! with_groups {
    ($slice:expr, $groups:ident => $body:expr) => {
        match $slice {
            $crate::scores::GroupSlice::Narrow($groups) => $body,
            $crate::scores::GroupSlice::Wide($groups) => $body,
        }
    };
}

pub(crate) use with_groups;

/// How many observations there are of something, in 32 or in 64 bits.
pub(crate) trait Count: Copy + PartialEq + Default + Into<u64> + std::ops::AddAssign + Send + Sync {
    /// As a float; whole numbers up to 2^53 lose nothing.
    fn as_f64(self) -> f64;
}

impl Count for u32 {
    #[inline]
    fn as_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Count for u64 {
    #[inline]
    fn as_f64(self) -> f64 {
        self as f64
    }
}

impl ScoreCounts {
    /// Sorts and collapses scores, each with how many observations of class 0 and class 1 have it. They must not be NaN. All
    /// together are at most 2^53.
    pub fn new(scores: impl IntoIterator<Item = (f64, [u64; 2])>) -> Self {
        let all = scores.into_iter().map(|(score, counts)| Group { score, counts });
        let groups: Vec<Group<u64>> = all.collect();
        let class_counts = class_counts(&groups);
        let groups = if are_narrow(class_counts) {
            Groups::Narrow(collapsed(narrowed(groups)))
        } else {
            Groups::Wide(collapsed(groups))
        };
        Self { groups, class_counts }
    }

    /// Scores that are sorted already.
    pub(crate) fn of_sorted(scores: impl IntoIterator<Item = (f64, [u64; 2])>) -> Self {
        let all = scores.into_iter().map(|(score, counts)| Group { score, counts });
        let groups: Vec<Group<u64>> = all.collect();
        let class_counts = class_counts(&groups);
        let groups = if are_narrow(class_counts) {
            Groups::Narrow(each_once(narrowed(groups)))
        } else {
            Groups::Wide(each_once(groups))
        };
        Self { groups, class_counts }
    }

    /// As [`new`](Self::new), quicker where no score has more observations than 32 bits count.
    pub fn of_narrow(scores: impl IntoIterator<Item = (f64, [u32; 2])>) -> Self {
        let all = scores.into_iter().map(|(score, counts)| Group { score, counts });
        let groups: Vec<Group<u32>> = all.collect();
        let class_counts = class_counts(&groups);
        if are_narrow(class_counts) {
            return Self { groups: Groups::Narrow(collapsed(groups)), class_counts };
        }
        Self::new(groups.into_iter().map(|group| (group.score, group.counts.map(u64::from))))
    }

    /// How many distinct scores there are.
    pub fn n_groups(&self) -> usize {
        with_groups!(self.slice(), groups => groups.len())
    }

    /// The distinct scores, descending.
    pub fn groups(&self) -> impl DoubleEndedIterator<Item = ScoreCount> + ExactSizeIterator {
        let slice = self.slice();
        (0..self.n_groups()).map(move |at| match slice {
            GroupSlice::Narrow(groups) => groups[at].widened(),
            GroupSlice::Wide(groups) => groups[at].widened(),
        })
    }

    /// All groups, descending.
    pub(crate) fn slice(&self) -> GroupSlice<'_> {
        match &self.groups {
            Groups::Narrow(groups) => GroupSlice::Narrow(groups),
            Groups::Wide(groups) => GroupSlice::Wide(groups),
        }
    }

    /// How many observations of each class there are.
    pub fn class_counts(&self) -> [u64; 2] {
        self.class_counts
    }

    /// How many observations there are.
    pub fn rows(&self) -> u64 {
        self.class_counts[0] + self.class_counts[1]
    }

    /// What `of` says of each chunk, in their order.
    pub(crate) fn map_chunks<T: Send>(&self, of: impl Fn(Chunk<'_>) -> T + Sync) -> Vec<T> {
        match self.slice() {
            GroupSlice::Narrow(groups) => mapped(groups, GroupSlice::Narrow, of),
            GroupSlice::Wide(groups) => mapped(groups, GroupSlice::Wide, of),
        }
    }
}

impl<N: Count> Group<N> {
    /// With counts in 64 bits.
    #[inline]
    pub(crate) fn widened(self) -> ScoreCount {
        ScoreCount { score: self.score, counts: self.counts.map(Into::into) }
    }
}

fn mapped<'a, N: Count, T: Send>(
    groups: &'a [Group<N>],
    slice: fn(&'a [Group<N>]) -> GroupSlice<'a>,
    of: impl Fn(Chunk<'_>) -> T + Sync,
) -> Vec<T> {
    let totals: Vec<[u64; 2]> = groups.par_chunks(CHUNK).map(totals).collect();
    let above: Vec<[u64; 2]> = totals
        .into_iter()
        .scan([0, 0], |above, [n0, n1]| {
            let before = *above;
            *above = [above[0] + n0, above[1] + n1];
            Some(before)
        })
        .collect();
    let chunks = groups.par_chunks(CHUNK).zip(above);
    chunks.map(|(groups, above)| of(Chunk { groups: slice(groups), above })).collect()
}

fn are_narrow([n0, n1]: [u64; 2]) -> bool {
    u32::try_from(n0.saturating_add(n1)).is_ok()
}

fn class_counts<N: Count>(groups: &[Group<N>]) -> [u64; 2] {
    let of_chunks: Vec<[u64; 2]> = groups.par_chunks(CHUNK).map(totals).collect();
    of_chunks.into_iter().fold([0, 0], |[n0, n1], [a, b]| [n0 + a, n1 + b])
}

/// Sorted, each score once, those of no observation left out.
fn collapsed<N: Count>(mut groups: Vec<Group<N>>) -> Vec<Group<N>> {
    let none = [N::default(); 2];
    if groups.iter().any(|group| group.counts == none) {
        groups.retain(|group| group.counts != none);
    }
    sort_descending(&mut groups, |group| group.score);
    each_once(groups)
}

/// Counts that are known to fit.
fn narrowed(groups: Vec<Group<u64>>) -> Vec<Group<u32>> {
    let narrow = |n| u32::try_from(n).unwrap_or(u32::MAX);
    groups.into_iter().map(|group| Group { score: group.score, counts: group.counts.map(narrow) }).collect()
}

/// Each of the sorted scores once.
fn each_once<N: Count>(mut groups: Vec<Group<N>>) -> Vec<Group<N>> {
    groups.dedup_by(|next, last| {
        // A tie is equality, and so are 0 and -0.
        let is_tie = last.score == next.score;
        if is_tie {
            last.counts[0] += next.counts[0];
            last.counts[1] += next.counts[1];
        }
        is_tie
    });
    groups
}

/// Sorts half by half and merges them: for so plain a key the standard library sorts faster than a parallel quicksort.
pub(crate) fn sort_descending<T: Copy + Send>(groups: &mut Vec<T>, score: impl Fn(&T) -> f64 + Sync) {
    let middle = groups.len() / 2;
    let (low, high) = groups.split_at_mut(middle);
    let sort = |half: &mut [T]| half.sort_unstable_by(|a, b| score(b).total_cmp(&score(a)));
    rayon::join(|| sort(low), || sort(high));
    let mut merged = Vec::with_capacity(groups.len());
    let (mut low, mut high) = groups.split_at(middle);
    while let (Some(a), Some(b)) = (low.first(), high.first()) {
        let takes_low = score(a).total_cmp(&score(b)).is_ge();
        merged.push(if takes_low { *a } else { *b });
        low = &low[usize::from(takes_low)..];
        high = &high[usize::from(!takes_low)..];
    }
    merged.extend_from_slice(low);
    merged.extend_from_slice(high);
    *groups = merged;
}

fn totals<N: Count>(groups: &[Group<N>]) -> [u64; 2] {
    groups.iter().fold([0, 0], |[n0, n1], group| [n0 + group.counts[0].into(), n1 + group.counts[1].into()])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same scores are equal however they came, and counts beyond 32 bits are kept.
    #[test]
    fn groups_are_as_wide_as_their_counts() {
        let of =
            |scale: u64| ScoreCounts::new([(1.0, [scale, 0]), (2.0, [0, 3]), (1.0, [scale, scale]), (0.0, [0, 0])]);
        assert_eq!(of(7), ScoreCounts::of_narrow([(1.0, [14, 7]), (2.0, [0, 3])]));
        let wide = of(1 << 40);
        assert!(matches!(wide.groups, Groups::Wide(_)) && matches!(of(7).groups, Groups::Narrow(_)));
        assert_eq!(wide.groups().last(), Some(ScoreCount { score: 1.0, counts: [2 << 40, 1 << 40] }));
        assert_eq!((wide.n_groups(), wide.class_counts(), wide.rows()), (2, [2 << 40, (1 << 40) + 3], (3 << 40) + 3));
        // Each fits 32 bits, and their sum does not.
        let many = ScoreCounts::of_narrow([(1.0, [u32::MAX, 0]), (1.0, [u32::MAX, 1])]);
        assert_eq!(many, ScoreCounts::new([(1.0, [2 * u64::from(u32::MAX), 1])]));
    }
}
