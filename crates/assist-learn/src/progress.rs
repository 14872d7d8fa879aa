//! How a caller watches work that lasts, and stops it.

use std::ops::ControlFlow;

use crate::error::Error;

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// The labels are read, from which a split is made.
    ReadingLabels,
    /// The rows are read and coded.
    ReadingRows,
    /// Equal rows are put together.
    CountingRows,
    /// A model is fitted.
    Fitting,
    /// A model is fitted to all folds but this one, the first being 1.
    Fold {
        /// Which.
        fold: usize,
        /// Of how many.
        n_folds: usize,
    },
    /// A card is sought. [`ControlFlow::Break`] does not cancel here: the search ends with the best card so far.
    SearchingCard,
    /// Figures are computed.
    Evaluating,
    /// A rule behind the label is looked for.
    AuditingLabel,
    /// Trees are grown beside the model.
    GrowingTrees,
    /// Rows are scored.
    Scoring,
    /// An engine runs a query.
    Querying,
}

/// Where the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Rows of this stage that are done, where they are counted.
    pub rows: u64,
}

impl Progress {
    /// At a stage whose rows are not counted.
    pub fn of(stage: Stage) -> Self {
        Self { stage, rows: 0 }
    }
}

/// Is told where the work is at the beginning of every stage, and after every batch that is scored, and answers whether it
/// goes on: [`ControlFlow::Break`] ends it with [`Error::Cancelled`] and nothing written. A stage that has begun, such as the
/// reading of a table or a fit, is not interrupted.
pub type Watch<'a> = &'a dyn Fn(Progress) -> ControlFlow<()>;

/// Watches nothing and never stops.
pub fn unwatched(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Tells of a stage.
pub(crate) fn tell(watch: Watch<'_>, stage: Stage, rows: u64) -> Result<(), Error> {
    match watch(Progress { stage, rows }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Cancelled),
    }
}
