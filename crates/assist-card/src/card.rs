//! A card and what is known of it.

/// One line: a candidate and the points it gives where it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Index of the candidate, in the order in which the columns were handed in.
    pub candidate: usize,
    /// The points, never 0.
    pub points: i32,
}

/// How far the loss of a card is proven to be the least.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Proof {
    /// No card on the candidates searched has a loss below `loss * (1 - tolerance)`. It is a certificate in floating
    /// point (64 bits), not by intervals.
    Optimal {
        /// A share of the loss.
        tolerance: f64,
    },
    /// More lines were asked for than can be proven: the best of a beam search, and a bound.
    Gap,
    /// The search was stopped, or ran out of time: the best so far, and a bound if there was time for one.
    Interrupted,
}

/// A scorecard: `sigma(intercept + slope * total)` is the probability of class 1, where `total` is the sum of the points of
/// the lines that hold.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Card {
    /// The lines, by candidate. None where no candidate tells anything at all.
    pub lines: Vec<Line>,
    /// The `a` of `sigma(a + b * total)`, in logits.
    pub intercept: f64,
    /// The `b` of `sigma(a + b * total)`, in logits a point, above 0 (0 where there is no line).
    pub slope: f64,
    /// Mean log-loss in nats on the labels as smoothed by [`crate::CardSettings::smoothing`], with `a` and `b` at their
    /// optimum for these points. This is what is minimised, and what the bound is a bound of.
    pub loss: f64,
    /// Mean log-loss in nats on the labels as they are, of the same card with the same `a` and `b`.
    pub plain_loss: f64,
    /// No card of so many lines and points on the candidates searched has a smoothed loss below this (nats). `None` where the
    /// search was interrupted and there was no time for a bound.
    pub bound: Option<f64>,
    /// What the bound amounts to.
    pub proof: Proof,
    /// How many candidates were searched, after duplicates, complements and constants were dropped.
    pub candidates: usize,
    /// How many of the weakest were left out, as the search takes [`crate::CardSettings::candidates`] at most; the proof
    /// does not speak of them.
    pub screened: usize,
    /// How many sets of candidates were looked at.
    pub nodes: u64,
    /// Wall time, in seconds.
    pub seconds: f64,
}

impl Card {
    /// By how much a better card might be better, in nats; `None` where no bound is known.
    pub fn gap(&self) -> Option<f64> {
        self.bound.map(|bound| self.loss - bound)
    }

    /// The gap as a share of the loss, 0 to 1.
    pub fn gap_share(&self) -> Option<f64> {
        self.gap().map(|gap| if self.loss > 0.0 { gap / self.loss } else { 0.0 })
    }
}
