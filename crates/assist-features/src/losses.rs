//! What leaving out rows with missing cells takes away, for the messages about it.

use assist_data::{LabelCells, NO_LABEL, NumberCells, RowBlock};

use crate::missing::{is_missing, n_columns};

/// What leaving out rows with missing cells takes away: for each column its missing cells, and whether the rows that go have
/// values that those that stay may lack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Losses(pub(crate) Vec<ColumnLoss>);

/// What is lost by one column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ColumnLoss {
    /// Observations without a value, of those that have a label.
    pub(crate) cells: u64,
    /// Values of the rows that are left out.
    pub(crate) values: LostValues,
}

/// Values of rows that are left out, as far as it takes to see whether a column lost its variety.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum LostValues {
    /// None.
    #[default]
    None,
    /// This one: a level, or the bits of a number.
    One(LostValue),
    /// Several.
    Several,
}

/// A value of a row that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LostValue {
    /// The bits of a number.
    Number(u64),
    /// A level.
    Level(String),
}

impl LostValue {
    pub(crate) fn number(number: f64) -> Self {
        Self::Number((number + 0.0).to_bits())
    }
}

impl LostValues {
    /// Takes note of a value; `is` tells whether it is one that was seen.
    pub(crate) fn add(&mut self, is: impl Fn(&LostValue) -> bool, value: impl FnOnce() -> LostValue) {
        match self {
            Self::None => *self = Self::One(value()),
            Self::One(known) if !is(known) => *self = Self::Several,
            Self::One(_) | Self::Several => {}
        }
    }

    pub(crate) fn add_number(&mut self, number: f64) {
        let value = LostValue::number(number);
        self.add(|known| *known == value, || value.clone());
    }

    pub(crate) fn add_level(&mut self, level: &str) {
        self.add(
            |known| matches!(known, LostValue::Level(known) if known == level),
            || LostValue::Level(level.to_owned()),
        );
    }

    /// Whether there is a value beside `value`.
    pub(crate) fn has_other_than(&self, value: &LostValue) -> bool {
        match self {
            Self::None => false,
            Self::One(known) => known != value,
            Self::Several => true,
        }
    }

    fn join(&mut self, other: Self) {
        match other {
            Self::None => {}
            Self::One(value) => self.add(|known| *known == value, || value.clone()),
            Self::Several => *self = Self::Several,
        }
    }
}

impl Losses {
    pub(crate) fn new(n_columns: usize) -> Self {
        Self(vec![ColumnLoss::default(); n_columns])
    }

    /// Takes note of the labelled rows of a block that are not kept.
    pub(crate) fn add(&mut self, block: &RowBlock<'_>, kept: &[u32]) {
        let mut kept = kept.iter().copied().peekable();
        for row in 0..u32::try_from(block.n_rows).unwrap_or(u32::MAX) {
            if kept.next_if_eq(&row).is_some() {
                continue;
            }
            let observations = match block.labels {
                LabelCells::Single(labels) => u64::from(labels[row as usize] != NO_LABEL),
                LabelCells::Counts(counts) => counts[row as usize].iter().sum(),
                _ => 1,
            };
            if observations == 0 {
                continue;
            }
            for (column, loss) in self.0.iter_mut().enumerate().take(n_columns(block)) {
                if is_missing(block, column, row) {
                    loss.cells += observations;
                    continue;
                }
                match block.numbers.get(column) {
                    Some(NumberCells::Each(values)) => loss.values.add_number(values[row as usize]),
                    Some(NumberCells::Coded { codes, values }) => {
                        loss.values.add_number(values[codes[row as usize] as usize]);
                    }
                    None => {
                        let cells = &block.categories[column - block.numbers.len()];
                        loss.values.add_level(&cells.levels[cells.codes[row as usize] as usize]);
                    }
                }
            }
        }
    }

    /// The losses of several partitions.
    pub(crate) fn join(&mut self, other: Self) {
        if self.0.is_empty() {
            *self = other;
            return;
        }
        for (loss, other) in self.0.iter_mut().zip(other.0) {
            loss.cells += other.cells;
            loss.values.join(other.values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assist_data::{LevelCells, MISSING};

    #[test]
    fn losses_are_those_of_labelled_rows_that_go() {
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
        let mut losses = Losses::new(2);
        losses.add(&block, &[0]);
        let four = LostValue::number(4.0);
        assert_eq!(losses.0[0], ColumnLoss { cells: 1, values: LostValues::One(four.clone()) });
        assert_eq!(losses.0[1], ColumnLoss { cells: 1, values: LostValues::One(LostValue::Level("x".into())) });
        assert!(
            losses.0[0].values.has_other_than(&LostValue::number(1.0)) && !losses.0[0].values.has_other_than(&four)
        );
    }
}
