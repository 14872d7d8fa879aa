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
    pub counts: [u32; 2],
}

/// Scores in descending order, each once: what all metrics are computed from.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreCounts {
    groups: Vec<ScoreCount>,
    class_counts: [u64; 2],
}

/// Consecutive groups.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) groups: &'a [ScoreCount],
    /// Observations of each class with a higher score.
    pub(crate) above: [u64; 2],
}

impl ScoreCounts {
    /// Sorts and collapses scores, each with how many observations of class 0 and class 1 have it. They must not be NaN.
    ///
    /// # Panics
    ///
    /// With more than 4,294,967,295 observations of a class.
    pub fn new(scores: impl IntoIterator<Item = (f64, [u32; 2])>) -> Self {
        let all = scores.into_iter().map(|(score, counts)| ScoreCount { score, counts });
        let mut groups: Vec<ScoreCount> = all.collect();
        let of_chunks: Vec<[u64; 2]> = groups.par_chunks(CHUNK).map(totals).collect();
        let class_counts = of_chunks.into_iter().fold([0, 0], |[n0, n1], [a, b]| [n0 + a, n1 + b]);
        assert!(class_counts.iter().all(|n| u32::try_from(*n).is_ok()), "observations are counted with 32 bits");
        if groups.iter().any(|group| group.counts == [0, 0]) {
            groups.retain(|group| group.counts != [0, 0]);
        }
        sort_descending(&mut groups, |group| group.score);
        Self::collapsed(groups, class_counts)
    }

    /// Scores that are sorted already.
    pub(crate) fn of_sorted(groups: Vec<ScoreCount>) -> Self {
        let class_counts = totals(&groups);
        assert!(class_counts.iter().all(|n| u32::try_from(*n).is_ok()), "observations are counted with 32 bits");
        Self::collapsed(groups, class_counts)
    }

    fn collapsed(mut groups: Vec<ScoreCount>, class_counts: [u64; 2]) -> Self {
        groups.dedup_by(|next, last| {
            // A tie is equality, and so are 0 and -0.
            let is_tie = last.score == next.score;
            if is_tie {
                last.counts[0] += next.counts[0];
                last.counts[1] += next.counts[1];
            }
            is_tie
        });
        Self { groups, class_counts }
    }

    /// The distinct scores, descending.
    pub fn groups(&self) -> &[ScoreCount] {
        &self.groups
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
        let totals: Vec<[u64; 2]> = self.groups.par_chunks(CHUNK).map(totals).collect();
        let above: Vec<[u64; 2]> = totals
            .into_iter()
            .scan([0, 0], |above, [n0, n1]| {
                let before = *above;
                *above = [above[0] + n0, above[1] + n1];
                Some(before)
            })
            .collect();
        let chunks = self.groups.par_chunks(CHUNK).zip(above);
        chunks.map(|(groups, above)| of(Chunk { groups, above })).collect()
    }
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

fn totals(groups: &[ScoreCount]) -> [u64; 2] {
    groups.iter().fold([0, 0], |[n0, n1], group| [n0 + u64::from(group.counts[0]), n1 + u64::from(group.counts[1])])
}
