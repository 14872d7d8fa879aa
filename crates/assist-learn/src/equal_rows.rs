//! Test rows that equal a training row: figures of these measure memory as well as what was learnt.

use assist_features::{Encoded, HashedRows};

use crate::warning::Warning;

/// The test rows that equal a training row in all feature columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EqualRows {
    /// How many observations they are.
    pub(crate) rows: u64,
    /// Of how many test rows.
    pub(crate) of: u64,
}

impl EqualRows {
    /// Counts them; there are `of` test rows of each class.
    pub(crate) fn count(train: &HashedRows<'_>, test: &HashedRows<'_>, of: [u64; 2]) -> Self {
        Self { rows: test.equal_to(train), of: of.into_iter().sum() }
    }

    /// A warning where rows are copies of others rather than equal by nature: at least half of the test rows equal a training
    /// row, and columns that are independent of each other, with the same values each, would make less than half as many.
    /// Tables of few distinct rows reach that by chance, and are not warned of.
    pub(crate) fn warning(self, train: &Encoded) -> Option<Warning> {
        let Self { rows, of } = self;
        if rows == 0 || 2 * rows < of {
            return None;
        }
        let n_train = train.class_counts().into_iter().sum::<u64>() as f64;
        // One test row equals none of the training rows with a probability of at least this, by Jensen's inequality.
        let by_chance = -(-n_train * train.chance_of_equal_rows()).exp_m1();
        let is_copied = 2.0 * by_chance * (of as f64) < rows as f64;
        is_copied.then_some(Warning::RowsCopied { rows, of })
    }
}
