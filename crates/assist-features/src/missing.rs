//! Missing cells: what is done about them, and which rows that leaves.

use assist_data::{LabelCells, LevelCells, MISSING, NO_LABEL, NeedsStrictReader, NumberCells, RowBlock};
use assist_score::MISSING_LEVEL;
use serde::{Deserialize, Serialize};

/// What to do with missing cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MissingPolicy {
    /// A missing cell is an error that names the columns and counts the cells.
    #[default]
    Error,
    /// Rows with a missing cell are left out.
    Drop,
    /// A missing text is a level of its own; a missing number is the mean, with an indicator beside it.
    Level,
}

/// The rows of a block that the policy does not leave out. A missing cell that is not allowed is left to the strict reader.
pub(crate) fn kept_rows(
    block: &RowBlock<'_>,
    policy: MissingPolicy,
    kept: &mut Vec<u32>,
) -> Result<(), NeedsStrictReader> {
    kept.clear();
    kept.extend(0..u32::try_from(block.n_rows).unwrap_or(u32::MAX));
    // A text that is spelt as the level of missing cells is left to the strict reader.
    let is_reserved = |column: &LevelCells<'_>| {
        let code = column.levels.iter().skip(1).position(|level| level == MISSING_LEVEL);
        code.is_some_and(|code| column.codes.iter().any(|of_row| *of_row as usize == code + 1))
    };
    let any_reserved = block.categories.iter().any(is_reserved);
    if policy == MissingPolicy::Level {
        return if any_reserved { Err(NeedsStrictReader) } else { Ok(()) };
    }
    let numbers = block.numbers.iter().any(|column| match column {
        NumberCells::Each(values) => values.iter().fold(false, |any, value| any | value.is_nan()),
        NumberCells::Coded { codes, .. } => codes.contains(&MISSING),
    });
    let is_complete = !numbers && !block.categories.iter().any(|column| column.codes.contains(&MISSING));
    if policy == MissingPolicy::Error {
        return if is_complete && !any_reserved { Ok(()) } else { Err(NeedsStrictReader) };
    }
    if !is_complete {
        for column in &block.numbers {
            match column {
                NumberCells::Each(values) => kept.retain(|row| !values[*row as usize].is_nan()),
                NumberCells::Coded { codes, .. } => kept.retain(|row| codes[*row as usize] != MISSING),
            }
        }
        for column in &block.categories {
            kept.retain(|row| column.codes[*row as usize] != MISSING);
        }
    }
    for column in block.categories.iter().filter(|column| any_reserved && is_reserved(column)) {
        if kept.iter().any(|row| column.levels[column.codes[*row as usize] as usize] == MISSING_LEVEL) {
            return Err(NeedsStrictReader);
        }
    }
    if let LabelCells::Single(labels) = block.labels {
        kept.retain(|row| labels[*row as usize] != NO_LABEL);
    }
    Ok(())
}
