//! Which levels count as rare: what is asked, before any row is seen.

/// Which levels of the training rows are one level, `(rare)`, that stands for unknown texts as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum RareLevels {
    /// None are.
    #[default]
    Apart,
    /// Those with a single observation, in columns where these are more than a twentieth of all: there about as many of the
    /// next observations have a level that nobody has seen (Good and Turing's estimate), and would be rejected.
    WhereCrowded,
    /// Those with fewer observations than this.
    Below(u64),
}
