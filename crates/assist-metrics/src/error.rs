//! What can be wrong with figures that are handed in.

/// Why scores or probabilities cannot be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Each observation has one score and one label.
    #[error("{scores} scores, but {labels} labels")]
    Lengths {
        /// How many scores or probabilities there are.
        scores: usize,
        /// How many labels there are.
        labels: usize,
    },
    /// A score or a probability is NaN.
    #[error("value {place} is not a number (the first is value 0)")]
    NotANumber {
        /// Its index.
        place: usize,
    },
    /// A probability lies outside of 0 to 1.
    #[error("value {place} is {value}, and a probability is between 0 and 1 (the first is value 0)")]
    NotAProbability {
        /// Its index.
        place: usize,
        /// The value.
        value: f64,
    },
}
