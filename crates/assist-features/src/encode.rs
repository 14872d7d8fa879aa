//! The second pass over a table: rows become counts of distinct rows where there are few of these, else coded columns.

use std::sync::atomic::{AtomicUsize, Ordering};

use assist_data::{Columns, LabelCells, NO_LABEL, TestRows};
use rayon::prelude::*;

use crate::counted::{CountedRows, Counter};
use crate::encoded::{Encoded, Rows};
use crate::observe::{LabelScan, Stop, kept_rows};
use crate::uncounted::UncountedRows;

/// Fewer rows than this are listed: so many cells of a table of counts would be mostly empty.
const FEW_ROWS: u64 = 1 << 16;
/// Cells of a table of counts: 4 bytes each in every thread, and 16 when all are put together.
const MOST_CELLS: usize = 1 << 22;

/// Where the rows of a block go: those that are kept, and of each its class and its part of the split.
#[derive(Debug, Default)]
pub(crate) struct Placement {
    /// Rows of the block that are kept.
    pub(crate) rows: Vec<u32>,
    /// For each: observations of class 0 and 1 in the training part, then in the test part.
    pub(crate) counts: RowCounts,
}

/// How often each kept row was seen, by part and class.
#[derive(Debug)]
pub(crate) enum RowCounts {
    /// Once: twice the part plus the class.
    Once(Vec<u8>),
    /// So many times: training part by class, test part by class.
    Many(Vec<[u32; 4]>),
}

impl Default for RowCounts {
    fn default() -> Self {
        Self::Once(Vec::new())
    }
}

pub(crate) fn encode(observations: &LabelScan<'_>, test_rows: &TestRows) -> Result<[Encoded; 2], Stop> {
    let rows = if observations.n_rows() >= FEW_ROWS {
        match counted(observations, test_rows) {
            Err(Stop::TooManyCells) => listed(observations, test_rows)?,
            counted => counted?,
        }
    } else {
        listed(observations, test_rows)?
    };
    Ok(rows.map(|rows| Encoded {
        schema: observations.parts.schema().clone(),
        policy: observations.policy,
        target: observations.target.clone(),
        rows,
    }))
}

/// Every thread has a table of counts of its own and takes parts as they come: the sum does not depend on who took which.
fn counted(observations: &LabelScan<'_>, test_rows: &TestRows) -> Result<[Rows; 2], Stop> {
    let n_parts = observations.parts.len();
    // With hardly more rows than cells most rows would stand alone.
    let worthwhile = usize::try_from(observations.n_rows() / 4 * 3).unwrap_or(usize::MAX);
    let most_cells = MOST_CELLS.min(worthwhile);
    let next = AtomicUsize::new(0);
    let workers = rayon::current_num_threads().min(n_parts).max(1);
    let counters: Result<Vec<Counter>, Stop> = (0..workers)
        .into_par_iter()
        .map(|_| {
            let mut counter = Counter::new(observations.parts.schema(), most_cells);
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= n_parts {
                    return Ok(counter);
                }
                counter.begin_part();
                let taken =
                    for_each_block(observations, test_rows, part, |block, placement| counter.push(block, placement));
                if taken.is_err() {
                    // The others need not go on.
                    next.store(n_parts, Ordering::Relaxed);
                }
                taken?;
            }
        })
        .collect();
    let [train, test] = CountedRows::merged(counters?, most_cells)?;
    Ok([Rows::Counted(train), Rows::Counted(test)])
}

fn listed(observations: &LabelScan<'_>, test_rows: &TestRows) -> Result<[Rows; 2], Stop> {
    let has_test = test_rows.class_counts() != [0, 0];
    let parts: Result<Vec<[UncountedRows; 2]>, Stop> = (0..observations.parts.len())
        .into_par_iter()
        .map(|part| {
            let mut listed = [(); 2].map(|()| UncountedRows::new(observations.parts.schema()));
            let mut scratch = crate::uncounted::Scratch::default();
            for_each_block(observations, test_rows, part, |block, placement| {
                for (index, listed) in listed.iter_mut().enumerate().take(1 + usize::from(has_test)) {
                    listed.push(block, placement, index, &mut scratch)?;
                }
                Ok(())
            })?;
            Ok(listed)
        })
        .collect();
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for [of_train, of_test] in parts? {
        train.extend((of_train.n_rows() > 0).then_some(of_train));
        test.extend((of_test.n_rows() > 0).then_some(of_test));
    }
    Ok([Rows::Uncounted(train), Rows::Uncounted(test)])
}

/// Hands the blocks of a part to `take`, with the place of their rows.
fn for_each_block(
    observations: &LabelScan<'_>,
    test_rows: &TestRows,
    part: usize,
    mut take: impl FnMut(&assist_data::RowBlock<'_>, &Placement) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let of_part = &observations.of_part[part];
    let mut seen = of_part.before.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    // Classes by label are turned into classes by meaning last, because splits are made by label.
    let flip = u8::from(observations.positive_class == 0);
    let mut placement = Placement::default();
    observations.parts.for_each_block::<Stop>(part, Columns::All, |block| {
        kept_rows(&block, observations.policy, &mut placement.rows)?;
        match block.labels {
            LabelCells::Single(labels) => {
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
                    let class = of_part.class_of_label[usize::from(label)];
                    let index = &mut seen[usize::from(class)];
                    let is_test = test_rows.is_test(usize::from(class), *index);
                    *index += 1;
                    placed.push(u8::from(is_test) * 2 + (class ^ flip));
                }
            }
            LabelCells::Counts(counts) => {
                let placed = placement.rows.iter().map(|row| {
                    let mut of_row = [0; 4];
                    for (label, n) in counts[*row as usize].into_iter().enumerate() {
                        let n_observed = usize::try_from(n).unwrap_or(usize::MAX);
                        let n_test = test_rows.n_test(label, seen[label]..seen[label] + n_observed);
                        seen[label] += n_observed;
                        let class = label ^ usize::from(flip);
                        // Observations of the whole table were counted with 32 bits.
                        of_row[class] = u32::try_from(n - n_test).unwrap_or(u32::MAX);
                        of_row[2 + class] = u32::try_from(n_test).unwrap_or(u32::MAX);
                    }
                    of_row
                });
                placement.counts = RowCounts::Many(placed.collect());
            }
            _ => return Err(Stop::NeedsStrictReader),
        }
        take(&block, &placement)
    })?;
    Ok(())
}
