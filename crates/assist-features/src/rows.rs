//! Rows on their way from blocks of cells to counts of distinct rows where there are few of these, else to coded columns.
//! Where the blocks come from, a table or slices in memory, makes no difference.

use std::sync::atomic::{AtomicUsize, Ordering};

use assist_data::{RowBlock, Schema};
use rayon::prelude::*;

use crate::counted::CountedRows;
use crate::counter::Counter;
use crate::encode::Placement;
use crate::observe::Stop;
use crate::uncounted::{Scratch, UncountedRows};

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

/// What takes the blocks of a partition, each with the place of its rows.
pub(crate) type TakeBlock<'a> = dyn FnMut(&RowBlock<'_>, &Placement) -> Result<(), Stop> + 'a;

/// Rows that come in partitions, which threads read side by side.
pub(crate) struct Partitioned<'a, F> {
    pub(crate) schema: &'a Schema,
    /// Rows of all partitions.
    pub(crate) n_rows: u64,
    pub(crate) n_partitions: usize,
    /// Whether any row goes to the test subset.
    pub(crate) has_test: bool,
    /// Hands over the blocks of a partition in their order.
    pub(crate) for_each_block: F,
}

impl<F> Partitioned<'_, F>
where
    F: Fn(usize, &mut TakeBlock<'_>) -> Result<(), Stop> + Sync,
{
    /// The training rows and the test rows.
    pub(crate) fn gather(&self) -> Result<[Rows; 2], Stop> {
        if self.n_rows < FEW_ROWS {
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
        let counters: Result<Vec<Counter>, Stop> = (0..workers)
            .into_par_iter()
            .map(|_| {
                let mut counter = Counter::new(self.schema, most_cells);
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
        Ok(CountedRows::merged(counters?, most_cells)?.map(Rows::Counted))
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
