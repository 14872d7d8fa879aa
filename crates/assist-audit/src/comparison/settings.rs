//! What a comparison may cost, and its seed.

use serde::{Deserialize, Serialize};

use super::candidate_kind::CandidateKind;

/// How models are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ComparisonSettings {
    /// Trees of the forest.
    pub n_trees: usize,
    /// Observations of either subset at most; more are drawn from.
    pub most_rows: usize,
    /// Seed of the forest, the permutations and the draw.
    pub seed: u64,
    /// The model whose errors are looked for in segments and by two columns.
    pub subject: CandidateKind,
}

impl Default for ComparisonSettings {
    fn default() -> Self {
        Self { n_trees: 100, most_rows: 50_000, seed: 42, subject: CandidateKind::LogisticRegression }
    }
}

impl ComparisonSettings {
    /// Trees of the forest; 100 by default.
    #[must_use]
    pub fn with_trees(self, n_trees: usize) -> Self {
        Self { n_trees, ..self }
    }

    /// Observations of either subset at most; 50,000 by default.
    #[must_use]
    pub fn with_most_rows(self, most_rows: usize) -> Self {
        Self { most_rows, ..self }
    }

    /// Seed of the forest, the permutations and the draw; 42 by default.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The model whose errors are looked for; logistic regression by default.
    #[must_use]
    pub fn with_subject(self, subject: CandidateKind) -> Self {
        Self { subject, ..self }
    }
}
