//! Missing cells and labels: what is done about them, which rows that leaves, and what it costs.

use assist_data::{LabelCells, MISSING, NO_LABEL, NeedsStrictReader, NumberCells, RowBlock};
use serde::{Deserialize, Serialize};

/// What to do with missing cells. Under all but [`Error`](Self::Error) rows without a label are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MissingPolicy {
    /// What loses least: at present as [`Level`](Self::Level).
    #[default]
    Auto,
    /// A missing cell or label is an error that names the columns and counts the cells.
    Error,
    /// Rows with a missing cell are left out.
    Drop,
    /// A missing text is a level of its own; a missing number is the mean, with an indicator beside it.
    Level,
}

impl MissingPolicy {
    /// Whether models learn what it means that a cell is missing.
    pub fn is_learnt(self) -> bool {
        matches!(self, Self::Auto | Self::Level)
    }
}

/// Which rows are kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowFilter {
    policy: MissingPolicy,
    /// Whether a missing label is left to the strict reader, which names it. Evaluations leave such rows out under any policy.
    pub(crate) refuses_unlabelled: bool,
}

/// How many rows of a block are left out. A row without a label is not looked at any further.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// For a missing label.
    pub(crate) unlabelled: u64,
    /// For a missing cell.
    pub(crate) incomplete: u64,
}

impl RowFilter {
    /// `is_evaluation` where the labels are those of a model.
    pub(crate) fn new(policy: MissingPolicy, is_evaluation: bool) -> Self {
        Self { policy, refuses_unlabelled: policy == MissingPolicy::Error && !is_evaluation }
    }

    /// The rows of a block that are kept. A missing cell or label that is not allowed is left to the strict reader.
    pub(crate) fn keep(self, block: &RowBlock<'_>, kept: &mut Vec<u32>) -> Result<LeftOut, NeedsStrictReader> {
        kept.clear();
        kept.extend(0..u32::try_from(block.n_rows).unwrap_or(u32::MAX));
        let mut left_out = LeftOut::default();
        if let LabelCells::Single(labels) = block.labels
            && labels.contains(&NO_LABEL)
        {
            if self.refuses_unlabelled {
                return Err(NeedsStrictReader);
            }
            kept.retain(|row| labels[*row as usize] != NO_LABEL);
            left_out.unlabelled = (block.n_rows - kept.len()) as u64;
        }
        if self.policy.is_learnt() || is_complete(block) {
            return Ok(left_out);
        }
        let n_labelled = kept.len();
        for column in 0..n_columns(block) {
            kept.retain(|row| !is_missing(block, column, *row));
        }
        left_out.incomplete = (n_labelled - kept.len()) as u64;
        // A row without a label is no concern of anyone, whatever its cells are.
        if left_out.incomplete > 0 && self.policy == MissingPolicy::Error {
            return Err(NeedsStrictReader);
        }
        Ok(left_out)
    }
}

fn is_complete(block: &RowBlock<'_>) -> bool {
    let numbers = block.numbers.iter().any(|column| match column {
        NumberCells::Each(values) => values.iter().fold(false, |any, value| any | value.is_nan()),
        NumberCells::Coded { codes, .. } => codes.contains(&MISSING),
    });
    !numbers && !block.categories.iter().any(|column| column.codes.contains(&MISSING))
}

pub(crate) fn n_columns(block: &RowBlock<'_>) -> usize {
    block.numbers.len() + block.categories.len()
}

pub(crate) fn is_missing(block: &RowBlock<'_>, column: usize, row: u32) -> bool {
    match block.numbers.get(column) {
        Some(NumberCells::Each(values)) => values[row as usize].is_nan(),
        Some(NumberCells::Coded { codes, .. }) => codes[row as usize] == MISSING,
        None => block.categories[column - block.numbers.len()].codes[row as usize] == MISSING,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assist_data::LevelCells;

    #[test]
    fn rows_are_left_out_once_for_the_label_and_else_for_a_cell() {
        let levels = ["", "x", "y"].map(str::to_owned);
        let numbers = [1.0, f64::NAN, f64::NAN, 4.0];
        let block = RowBlock {
            n_rows: 4,
            numbers: vec![NumberCells::Each(&numbers)],
            categories: vec![LevelCells { codes: &[1, 2, 1, MISSING], levels: &levels }],
            weights: None,
            labels: LabelCells::Single(&[0, NO_LABEL, 1, 1]),
            label_names: &[],
            groups: None,
            times: None,
        };
        let keep = |policy, is_evaluation| {
            let mut kept = Vec::new();
            let left = RowFilter::new(policy, is_evaluation).keep(&block, &mut kept)?;
            Ok((kept, left.unlabelled, left.incomplete))
        };
        assert_eq!(keep(MissingPolicy::Auto, false), Ok((vec![0, 2, 3], 1, 0)));
        assert_eq!(keep(MissingPolicy::Drop, false), Ok((vec![0], 1, 2)));
        assert_eq!(keep(MissingPolicy::Error, false), Err(NeedsStrictReader));
        assert_eq!(keep(MissingPolicy::Error, true), Err(NeedsStrictReader));
    }
}
