//! The second pass over a table: rows become counts of distinct rows where there are few of these, else coded columns.

use std::sync::atomic::{AtomicUsize, Ordering};

use assist_data::{Columns, LabelCells, NO_LABEL, TestRows};
use rayon::prelude::*;

use crate::counted::{CountedRows, Counter};
use crate::encoded::{Encoded, Rows};
use crate::error::{Error, Stop};
use crate::label_scan::LabelScan;
use crate::missing::kept_rows;
use crate::placement::{Placement, RowCounts};
use crate::uncounted::UncountedRows;

/// Fewer rows than this are not counted: so many cells of a table of counts would be mostly empty.
const FEW_ROWS: u64 = 1 << 16;
/// Cells of a table of counts: 4 bytes each in every thread, and 16 when all are put together.
const MOST_CELLS: usize = 1 << 22;

impl LabelScan<'_> {
    /// The second pass: the training rows and the test rows, coded.
    ///
    /// # Errors
    ///
    /// An unusable cell.
    pub fn encode(&self, test_rows: &TestRows) -> Result<[Encoded; 2], Error> {
        match encode(self, test_rows) {
            Ok(encoded) => Ok(encoded),
            Err(Stop::Failed(error)) => Err(error),
            Err(_) => {
                let known =
                    self.known_labels.as_ref().map(|[negative, positive]| [negative.as_str(), positive.as_str()]);
                let strict =
                    Self::read_strictly(self.partitions.table(), self.partitions.schema(), self.policy, known)?;
                match encode(&strict, test_rows) {
                    Ok(encoded) => Ok(encoded),
                    Err(Stop::Failed(error)) => Err(error),
                    Err(_) => Err(Error::TooManyRows),
                }
            }
        }
    }

    /// The second pass with all rows as training rows.
    ///
    /// # Errors
    ///
    /// An unusable cell.
    pub fn encode_all(&self) -> Result<Encoded, Error> {
        let [all, _] = self.encode(&TestRows::none())?;
        Ok(all)
    }
}

fn encode(scan: &LabelScan<'_>, test_rows: &TestRows) -> Result<[Encoded; 2], Stop> {
    let rows = if scan.n_rows() >= FEW_ROWS {
        match counted(scan, test_rows) {
            Err(Stop::TooManyCells) => uncounted(scan, test_rows)?,
            counted => counted?,
        }
    } else {
        uncounted(scan, test_rows)?
    };
    Ok(rows.map(|rows| Encoded {
        schema: scan.partitions.schema().clone(),
        policy: scan.policy,
        target: scan.target.clone(),
        rows,
    }))
}

/// Every thread has a table of counts of its own and takes partitions as they come: the sum does not depend on which thread
/// took which.
fn counted(scan: &LabelScan<'_>, test_rows: &TestRows) -> Result<[Rows; 2], Stop> {
    let n_partitions = scan.partitions.len();
    // With hardly more rows than cells most rows would stand alone.
    let worthwhile = usize::try_from(scan.n_rows() / 4 * 3).unwrap_or(usize::MAX);
    let most_cells = MOST_CELLS.min(worthwhile);
    let next = AtomicUsize::new(0);
    let workers = rayon::current_num_threads().min(n_partitions).max(1);
    let counters: Result<Vec<Counter>, Stop> = (0..workers)
        .into_par_iter()
        .map(|_| {
            let mut counter = Counter::new(scan.partitions.schema(), most_cells);
            loop {
                let partition = next.fetch_add(1, Ordering::Relaxed);
                if partition >= n_partitions {
                    return Ok(counter);
                }
                counter.begin_part();
                let taken =
                    for_each_block(scan, test_rows, partition, |block, placement| counter.push(block, placement));
                if taken.is_err() {
                    // The others need not go on.
                    next.store(n_partitions, Ordering::Relaxed);
                }
                taken?;
            }
        })
        .collect();
    let [train, test] = CountedRows::merged(counters?, most_cells)?;
    Ok([Rows::Counted(train), Rows::Counted(test)])
}

fn uncounted(scan: &LabelScan<'_>, test_rows: &TestRows) -> Result<[Rows; 2], Stop> {
    let has_test = test_rows.class_counts() != [0, 0];
    let partitions: Result<Vec<[UncountedRows; 2]>, Stop> = (0..scan.partitions.len())
        .into_par_iter()
        .map(|partition| {
            let mut rows = [(); 2].map(|()| UncountedRows::new(scan.partitions.schema()));
            let mut scratch = crate::uncounted::Scratch::default();
            for_each_block(scan, test_rows, partition, |block, placement| {
                for (subset, rows) in rows.iter_mut().enumerate().take(1 + usize::from(has_test)) {
                    rows.push(block, placement, subset, &mut scratch)?;
                }
                Ok(())
            })?;
            Ok(rows)
        })
        .collect();
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for [of_train, of_test] in partitions? {
        train.extend((of_train.n_rows() > 0).then_some(of_train));
        test.extend((of_test.n_rows() > 0).then_some(of_test));
    }
    Ok([Rows::Uncounted(train), Rows::Uncounted(test)])
}

/// Hands the blocks of a partition to `take`, with the place of their rows.
fn for_each_block(
    scan: &LabelScan<'_>,
    test_rows: &TestRows,
    partition: usize,
    mut take: impl FnMut(&assist_data::RowBlock<'_>, &Placement) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let of_partition = &scan.of_partition[partition];
    let mut seen = of_partition.before.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    // Classes by label are turned into classes by meaning last, because splits are made by label.
    let flip = u8::from(scan.positive_class == 0);
    let mut placement = Placement::default();
    scan.partitions.for_each_block::<Stop>(partition, Columns::All, |block| {
        kept_rows(&block, scan.policy, &mut placement.rows)?;
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
                    let class = of_partition.class_of_label[usize::from(label)];
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
