//! Where rows stand and where they go: of which class they are, and of which subset of a split.

use assist_data::{NeedsStrictReader, RowBlock};

/// Where a row stands: what came before it in the table's order, rows that are left out not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RowPlace {
    /// Rows.
    pub(crate) rows: usize,
    /// Observations of each class, by label.
    pub(crate) observations: [usize; 2],
}

/// Where the rows of a block go: those that are kept, and of each its class and its subset of the split.
#[derive(Debug, Default)]
pub(crate) struct Placement {
    /// Rows of the block that are kept.
    pub(crate) rows: Vec<u32>,
    /// For each the code of its group, where rows are grouped.
    pub(crate) groups: Vec<u32>,
    /// For each: observations of class 0 and 1 in the training rows, then in the test rows.
    pub(crate) counts: RowCounts,
    /// For each what it weighs, where rows have weights.
    pub(crate) weights: Vec<f64>,
}

impl Placement {
    /// Takes the weights of the rows of a block that are kept. One that is missing is left to the strict reader.
    pub(crate) fn weigh(&mut self, block: &RowBlock<'_>) -> Result<(), NeedsStrictReader> {
        let Some(weights) = block.weights else { return Ok(()) };
        self.weights.clear();
        self.weights.extend(self.rows.iter().map(|row| weights[*row as usize]));
        if self.weights.iter().any(|weight| weight.is_nan()) { Err(NeedsStrictReader) } else { Ok(()) }
    }
}

/// How often each kept row was seen, by subset and class.
#[derive(Debug)]
pub(crate) enum RowCounts {
    /// Once: twice the subset (0 training, 1 test) plus the class.
    Once(Vec<u8>),
    /// So many times: training rows by class, test rows by class.
    Many(Vec<[u64; 4]>),
}

impl Default for RowCounts {
    fn default() -> Self {
        Self::Once(Vec::new())
    }
}
