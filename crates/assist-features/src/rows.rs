//! Rows on their way from blocks of cells to counts of distinct rows where there are few of these, else to coded columns.
//! Where the blocks come from, a table or slices in memory, makes no difference.

use std::sync::atomic::{AtomicUsize, Ordering};

use assist_data::{Bits, GroupTotals, LabelCells, NO_LABEL, RowBlock, Schema, TestRows};
use rayon::prelude::*;

use crate::counted_rows::CountedRows;
use crate::error::Stop;
use crate::placement::{Placement, RowCounts, RowPlace};
use crate::row_counter::RowCounter;
use crate::uncounted_rows::{Scratch, UncountedRows};

/// Fewer rows than this are not counted: so many cells of a table of counts would be mostly empty.
const FEW_ROWS: u64 = 1 << 16;
/// Cells of a table of counts: 4 bytes each in every thread, and 16 when all are put together.
const MOST_CELLS: usize = 1 << 22;

/// How rows are kept.
#[derive(Debug, Clone)]
pub(crate) enum Rows {
    /// Distinct rows with their counts.
    Counted(CountedRows),
    /// Each row, partition by partition.
    Uncounted(Vec<UncountedRows>),
}

impl Rows {
    /// Observations without a value in a column, numeric columns coming first.
    pub(crate) fn missing_of(&self, column: usize) -> u64 {
        match self {
            Self::Counted(rows) if rows.n_rows() == 0 => 0,
            Self::Counted(rows) => rows.missing_of(column),
            Self::Uncounted(partitions) => partitions.par_iter().map(|rows| rows.missing_of(column)).sum(),
        }
    }
}

/// What takes the blocks of a partition, each with the place of its rows.
pub(crate) type TakeBlock<'a> = dyn FnMut(&RowBlock<'_>, &Placement) -> Result<(), Stop> + 'a;

/// Rows that come in partitions, which threads read side by side.
pub(crate) struct Partitioned<'a, F> {
    pub(crate) schema: &'a Schema,
    /// Rows of all partitions.
    pub(crate) n_rows: u64,
    /// Observations of all rows.
    pub(crate) n_observed: u64,
    pub(crate) n_partitions: usize,
    /// Whether any row goes to the test subset.
    pub(crate) has_test: bool,
    /// Whether rows are grouped: then each stands for itself, since equal rows may be of two groups.
    pub(crate) has_groups: bool,
    /// Hands over the blocks of a partition in their order.
    pub(crate) for_each_block: F,
}

impl<F> Partitioned<'_, F>
where
    F: Fn(usize, &mut TakeBlock<'_>) -> Result<(), Stop> + Sync,
{
    /// The training rows and the test rows.
    pub(crate) fn gather(&self) -> Result<[Rows; 2], Stop> {
        // Counts have no room for weights.
        if self.n_rows < FEW_ROWS || self.has_groups || self.schema.weight.is_some() {
            return self.uncounted();
        }
        match self.counted() {
            Err(Stop::TooManyCells) => self.uncounted(),
            counted => counted,
        }
    }

    /// Every thread has a table of counts of its own and takes partitions as they come: the sum does not depend on who took
    /// which.
    fn counted(&self) -> Result<[Rows; 2], Stop> {
        // With hardly more rows than cells most rows would stand alone.
        let worthwhile = usize::try_from(self.n_rows / 4 * 3).unwrap_or(usize::MAX);
        let most_cells = MOST_CELLS.min(worthwhile);
        let next = AtomicUsize::new(0);
        let workers = rayon::current_num_threads().min(self.n_partitions).max(1);
        let counters: Result<Vec<RowCounter>, Stop> = (0..workers)
            .into_par_iter()
            .map(|_| {
                let mut counter = RowCounter::new(self.schema, most_cells);
                loop {
                    let partition = next.fetch_add(1, Ordering::Relaxed);
                    if partition >= self.n_partitions {
                        return Ok(counter);
                    }
                    counter.begin_partition();
                    let taken =
                        (self.for_each_block)(partition, &mut |block, placement| counter.push(block, placement));
                    if taken.is_err() {
                        // The others need not go on.
                        next.store(self.n_partitions, Ordering::Relaxed);
                    }
                    taken?;
                }
            })
            .collect();
        Ok(CountedRows::merged(counters?, self.n_observed, most_cells)?.map(Rows::Counted))
    }

    fn uncounted(&self) -> Result<[Rows; 2], Stop> {
        let partitions: Result<Vec<[UncountedRows; 2]>, Stop> = (0..self.n_partitions)
            .into_par_iter()
            .map(|partition| {
                let mut subsets = [(); 2].map(|()| UncountedRows::new(self.schema));
                let mut scratch = Scratch::default();
                (self.for_each_block)(partition, &mut |block, placement| {
                    for (index, rows) in subsets.iter_mut().enumerate().take(1 + usize::from(self.has_test)) {
                        rows.push(block, placement, index, &mut scratch)?;
                    }
                    Ok(())
                })?;
                Ok(subsets)
            })
            .collect();
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for [of_train, of_test] in partitions? {
            train.extend((of_train.n_rows() > 0).then_some(of_train));
            test.extend((of_test.n_rows() > 0).then_some(of_test));
        }
        Ok([Rows::Uncounted(train), Rows::Uncounted(test)])
    }
}

impl Placing<'_> {
    /// Places rows where their groups go.
    fn place_groups(&self, labels: LabelCells<'_>, are_test: &Bits, placement: &mut Placement) -> Result<(), Stop> {
        let Placement { rows, groups, counts, .. } = placement;
        let placed = rows.iter().zip(groups).map(|(row, group)| (*row as usize, are_test.get(*group as usize)));
        match labels {
            LabelCells::Single(labels) => {
                let class = |label: u8| self.class_of_label.get(usize::from(label)).map(|class| class ^ self.flip);
                let once: Option<Vec<u8>> =
                    placed.map(|(row, is_test)| Some(u8::from(is_test) * 2 + class(labels[row])?)).collect();
                *counts = RowCounts::Once(once.ok_or(Stop::NeedsStrictReader)?);
            }
            LabelCells::Counts(of_rows) => {
                let many = placed.map(|(row, is_test)| {
                    let mut of_row = [0; 4];
                    for (label, n) in of_rows[row].into_iter().enumerate() {
                        let class = label ^ usize::from(self.flip);
                        of_row[2 * usize::from(is_test) + class] = n;
                    }
                    of_row
                });
                *counts = RowCounts::Many(many.collect());
            }
            _ => return Err(Stop::NeedsStrictReader),
        }
        Ok(())
    }
}

/// Decides where the rows of a partition go, by the class of their observations and what came before.
pub(crate) struct Placing<'a> {
    test_rows: &'a TestRows,
    /// The class of each of the partition's labels: 0 for the label that sorts first.
    class_of_label: [u8; 2],
    /// Where the next row stands.
    next: RowPlace,
    /// The groups of the rows, and which of them are test groups: all rows of a group go to the same subset.
    groups: Option<(&'a GroupTotals, Option<&'a Bits>)>,
    /// 1 where class 0 is the positive one. Classes by label are turned into classes by meaning last, because splits are made
    /// by label.
    flip: u8,
}

impl<'a> Placing<'a> {
    /// The partition begins at `first`; `positive_class` is the class that means 1.
    pub(crate) fn new(
        test_rows: &'a TestRows,
        class_of_label: [u8; 2],
        first: RowPlace,
        positive_class: usize,
    ) -> Self {
        let next = first;
        Self { test_rows, class_of_label, next, groups: None, flip: u8::from(positive_class == 0) }
    }

    /// The same for rows that are grouped. Where it is not said which groups are test groups, rows go where they would by
    /// themselves.
    #[cfg(feature = "tables")]
    pub(crate) fn with_groups(mut self, groups: &'a GroupTotals, are_test: Option<&'a Bits>) -> Self {
        self.groups = Some((groups, are_test));
        self
    }

    /// Places the kept rows of the next block. `keys` are those of their groups.
    pub(crate) fn place(
        &mut self,
        labels: LabelCells<'_>,
        keys: Option<&[u64]>,
        placement: &mut Placement,
    ) -> Result<(), Stop> {
        if let Some((groups, are_test)) = self.groups {
            let keys = keys.ok_or(Stop::NeedsStrictReader)?;
            placement.groups.clear();
            for row in &placement.rows {
                // A group that the first pass did not see: the table has changed.
                let code = groups.code(keys[*row as usize]).ok_or(Stop::NeedsStrictReader)?;
                placement.groups.push(code);
            }
            if let Some(are_test) = are_test {
                return self.place_groups(labels, are_test, placement);
            }
        }
        match labels {
            LabelCells::Single(labels) => match self.test_rows {
                TestRows::None => self.place_single(labels, placement, |_, _| false),
                TestRows::Observations(of_class) => {
                    self.place_single(labels, placement, |class, index| of_class[class].get(index))
                }
                TestRows::Counts(_) => Err(Stop::NeedsStrictReader),
            },
            LabelCells::Counts(counts) => {
                let placed = placement.rows.iter().map(|row| self.place_counts(counts[*row as usize]));
                placement.counts = RowCounts::Many(placed.collect());
                Ok(())
            }
            _ => Err(Stop::NeedsStrictReader),
        }
    }

    /// Places rows of one observation each. `is_test` is asked with its class and how many of that came before it.
    #[inline]
    fn place_single(
        &mut self,
        labels: &[u8],
        placement: &mut Placement,
        is_test: impl Fn(usize, usize) -> bool,
    ) -> Result<(), Stop> {
        if !matches!(placement.counts, RowCounts::Once(_)) {
            placement.counts = RowCounts::default();
        }
        let RowCounts::Once(placed) = &mut placement.counts else { return Err(Stop::NeedsStrictReader) };
        placed.clear();
        for row in &placement.rows {
            let label = labels[*row as usize];
            if label >= NO_LABEL {
                return Err(Stop::NeedsStrictReader);
            }
            let class = self.class_of_label[usize::from(label)];
            let index = &mut self.next.observations[usize::from(class)];
            let is_test = is_test(usize::from(class), *index);
            *index += 1;
            placed.push(u8::from(is_test) * 2 + (class ^ self.flip));
        }
        self.next.rows += placement.rows.len();
        Ok(())
    }

    /// The next row's observations of class 0 and 1 in the training rows, then in the test rows.
    fn place_counts(&mut self, counts: [u64; 2]) -> [u64; 4] {
        let mut of_row = [0; 4];
        for (label, n) in counts.into_iter().enumerate() {
            let seen = &mut self.next.observations[label];
            let end = seen.saturating_add(usize::try_from(n).unwrap_or(usize::MAX));
            let n_test = match self.test_rows {
                TestRows::None => 0,
                TestRows::Observations(of_class) => of_class[label].count(*seen..end),
                // A table that grew while it was read has rows that no split knows.
                TestRows::Counts(rows) => rows.get(self.next.rows).map_or(0, |of_row| of_row[label].min(n)),
            };
            *seen = end;
            let class = label ^ usize::from(self.flip);
            (of_row[class], of_row[2 + class]) = (n - n_test, n_test);
        }
        self.next.rows += 1;
        of_row
    }
}
