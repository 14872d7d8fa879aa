//! What a model's training rows looked like, small enough to be kept with it: what later rows are judged against when nobody has
//! the training table any more.

use alloc::vec::Vec;

use crate::columns::bin_among;
use crate::space::FeatureSpace;

/// Observations up to which sums of counts are exact as 64-bit floats.
const MOST_OBSERVATIONS: u64 = 1 << 53;

/// The training rows column by column, and by score. It is stored with the model and is no part of its identity. Counts are
/// observations, also where rows have weights; what these are is in [`Training`](crate::Training), as the class counts are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrainingProfile {
    /// One for each numeric column of the space.
    pub numeric: Vec<NumericProfile>,
    /// For each categorical column of the space the observations of each level, by its code. The levels that stand for missing
    /// and for rare texts are levels.
    pub categorical: Vec<Vec<u64>>,
    /// The mean of each term over the training rows, by their weights where they have some, in the order of
    /// [`FeatureSpace::terms`]: the centre of a slope is taken away. A coefficient times what a row's term is above it says what
    /// the row adds to the score of an average user.
    pub term_means: Vec<f64>,
    /// The scores.
    pub scores: ScoreProfile,
}

/// A numeric column: bin `b` holds what is above edge `b - 1` and up to edge `b`, as [`Term::Cut`](crate::Term::Cut) does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NumericProfile {
    /// Ascending; none for a column of one value.
    pub edges: Vec<f64>,
    /// Observations of each bin: one more than edges.
    pub counts: Vec<u64>,
    /// Observations whose cell is missing.
    pub missing: u64,
}

/// The scores, in bins as those of a column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScoreProfile {
    /// Ascending raw scores.
    pub edges: Vec<f64>,
    /// Observations of class 0 and of class 1 in each bin: one more than edges.
    pub counts: Vec<[u64; 2]>,
    /// The mean of the predicted probabilities, each observation counted once. Absent since the map to probabilities was changed.
    pub mean_probability: Option<f64>,
}

impl NumericProfile {
    /// The bin of a number: how many edges are below it. NaN, a missing number, has the bin behind all others.
    #[inline]
    pub fn bin(&self, number: f64) -> usize {
        bin_among(&self.edges, number)
    }
}

impl ScoreProfile {
    /// The bin of a score: how many edges are below it.
    #[inline]
    pub fn bin(&self, score: f64) -> usize {
        bin_among(&self.edges, score).min(self.edges.len())
    }

    /// Observations of each class.
    pub fn class_counts(&self) -> [u64; 2] {
        self.counts.iter().fold([0, 0], |[n0, n1], [a, b]| [n0.saturating_add(*a), n1.saturating_add(*b)])
    }
}

impl TrainingProfile {
    /// Whether it is one of the columns and terms of a space: as many of each, edges that ascend, counts that can be summed.
    pub fn fits(&self, space: &FeatureSpace) -> bool {
        let Self { numeric, categorical, term_means, scores } = self;
        let levels = categorical.iter().zip(&space.categorical);
        numeric.len() == space.numeric.len()
            && categorical.len() == space.categorical.len()
            && term_means.len() == space.n_features()
            && term_means.iter().all(|mean| mean.is_finite())
            && numeric.iter().all(NumericProfile::is_sound)
            && levels.clone().all(|(counts, column)| counts.len() == column.levels.len())
            && levels.clone().all(|(counts, _)| can_be_summed(counts.iter().copied()))
            && scores.is_sound()
    }
}

impl NumericProfile {
    fn is_sound(&self) -> bool {
        ascend(&self.edges)
            && self.counts.len() == self.edges.len() + 1
            && can_be_summed(self.counts.iter().copied().chain([self.missing]))
    }
}

impl ScoreProfile {
    fn is_sound(&self) -> bool {
        ascend(&self.edges)
            && self.counts.len() == self.edges.len() + 1
            && can_be_summed(self.counts.iter().flatten().copied())
            && self.mean_probability.is_none_or(|mean| (0.0..=1.0).contains(&mean))
    }
}

fn ascend(edges: &[f64]) -> bool {
    edges.iter().all(|edge| edge.is_finite()) && edges.windows(2).all(|pair| pair[0] < pair[1])
}

fn can_be_summed(mut counts: impl Iterator<Item = u64>) -> bool {
    counts.try_fold(0_u64, u64::checked_add).is_some_and(|sum| sum <= MOST_OBSERVATIONS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{CategoricalColumn, NumericColumn, Target};
    use alloc::vec;

    fn space() -> FeatureSpace {
        let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
        let device = CategoricalColumn::new("device", vec!["Phone".into(), "Watch".into()]);
        FeatureSpace::new(target, vec![], vec![NumericColumn::new("errors", 0.0, 4.0)], vec![device])
    }

    fn profile() -> TrainingProfile {
        TrainingProfile {
            numeric: vec![NumericProfile { edges: vec![0.0, 2.0], counts: vec![3, 4, 2], missing: 1 }],
            categorical: vec![vec![7, 3]],
            term_means: vec![1.5, 0.3],
            scores: ScoreProfile { edges: vec![0.5], counts: vec![[3, 1], [2, 4]], mean_probability: Some(0.5) },
        }
    }

    #[test]
    fn an_edge_belongs_to_the_bin_that_it_ends() {
        let TrainingProfile { numeric, scores, .. } = profile();
        let bins = [-1.0, 0.0, 0.1, 2.0, 2.1, f64::INFINITY, f64::NAN].map(|number| numeric[0].bin(number));
        assert_eq!(bins, [0, 0, 1, 1, 2, 2, 3]);
        assert_eq!([0.5, 0.6, f64::NAN].map(|score| scores.bin(score)), [0, 1, 1]);
        assert_eq!(scores.class_counts(), [5, 5]);
    }

    #[test]
    fn a_profile_is_one_of_a_space() {
        type Change = fn(&mut TrainingProfile);
        assert!(profile().fits(&space()));
        let changes: [Change; 13] = [
            |p| p.numeric.clear(),
            |p| p.numeric[0].edges.reverse(),
            |p| p.numeric[0].edges[1] = f64::INFINITY,
            |p| p.numeric[0].counts.push(0),
            |p| p.numeric[0].missing = u64::MAX,
            |p| p.categorical[0].push(1),
            |p| p.categorical[0][0] = MOST_OBSERVATIONS,
            |p| p.categorical.push(vec![]),
            |p| p.term_means[0] = f64::NAN,
            |p| p.term_means.truncate(1),
            |p| p.scores.counts.clear(),
            |p| p.scores.edges[0] = f64::NAN,
            |p| p.scores.mean_probability = Some(1.5),
        ];
        for (place, change) in changes.into_iter().enumerate() {
            let mut changed = profile();
            change(&mut changed);
            assert!(!changed.fits(&space()), "change {place}");
        }
    }
}
