//! Scores with their counts, sorted, equal scores collapsed.

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
    groups: Vec<ScoreCount>,
    class_counts: [u64; 2],
}

impl ScoreCounts {
    /// Sorts and collapses scores. They must not be NaN.
    pub fn new(scores: impl IntoIterator<Item = (f64, [u64; 2])>) -> Self {
        let mut all: Vec<ScoreCount> = scores.into_iter().map(|(score, counts)| ScoreCount { score, counts }).collect();
        all.sort_unstable_by(|a, b| b.score.total_cmp(&a.score));
        let mut groups: Vec<ScoreCount> = Vec::with_capacity(all.len());
        let mut class_counts = [0, 0];
        for ScoreCount { score, counts: [n0, n1] } in all {
            class_counts[0] += n0;
            class_counts[1] += n1;
            match groups.last_mut() {
                #[expect(clippy::float_cmp, reason = "a tie is equality, and so are 0 and -0")]
                Some(last) if last.score == score => {
                    last.counts[0] += n0;
                    last.counts[1] += n1;
                }
                _ if n0 + n1 > 0 => groups.push(ScoreCount { score, counts: [n0, n1] }),
                _ => {}
            }
        }
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
}
