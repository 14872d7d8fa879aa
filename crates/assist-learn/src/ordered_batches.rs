//! A table's rows, batch by batch: one thread reads, all cores work, and what they make is taken in the order of the rows.
//! Queues are bounded, so memory does not grow with the rows; nor does a result depend on the number of threads.

use std::sync::mpsc::{Receiver, sync_channel};

use assist_data::{Error as DataError, RawBatch, Table};
use rayon::prelude::*;

use crate::error::Error;

/// Cells of a batch at most, where it has more than a few rows.
const BATCH_CELLS: usize = 1 << 20;
/// Rows of a batch.
const BATCH_ROWS: usize = 8192;
/// Rows of a batch of a table with very many columns.
const FEWEST_ROWS: usize = 16;
/// Batches that are worked on side by side.
const MOST_BATCHES: usize = 32;

/// Does `work` on every batch of the named columns, which it gets with the number of the table's rows before it, and hands
/// the results to `take`, several at a time, in their order.
pub(crate) fn ordered_batches<T: Send>(
    table: &Table,
    columns: &[&str],
    work: impl Fn(&RawBatch, u64) -> Result<T, Error> + Sync,
    mut take: impl FnMut(Vec<T>) -> Result<(), Error>,
) -> Result<(), Error> {
    let batch_rows = (BATCH_CELLS / columns.len().max(1)).clamp(FEWEST_ROWS, BATCH_ROWS);
    let side_by_side = (2 * rayon::current_num_threads()).clamp(4, MOST_BATCHES);
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(side_by_side);
        scope.spawn(move || {
            let all = match table.batches(columns, batch_rows) {
                Ok(batches) => batches,
                Err(error) => Box::new(std::iter::once(Err(error))),
            };
            for batch in all {
                let has_failed = batch.is_err();
                // Where nobody takes any more, something else has failed.
                if send_in_pieces(batch, batch_rows, &mut |piece| sender.send(piece).is_ok()).is_none() || has_failed {
                    return;
                }
            }
        });
        let mut n_rows = 0;
        loop {
            let (batches, failure) = received(&receiver, side_by_side);
            if batches.is_empty() && failure.is_none() {
                return Ok(());
            }
            let placed: Vec<(RawBatch, u64)> = batches
                .into_iter()
                .map(|batch| {
                    let first = n_rows;
                    n_rows += batch.record.num_rows() as u64;
                    (batch, first)
                })
                .collect();
            let made: Vec<T> =
                placed.par_iter().map(|(batch, first)| work(batch, *first)).collect::<Result<_, Error>>()?;
            take(made)?;
            if let Some(error) = failure {
                return Err(error.into());
            }
        }
    })
}

/// Some formats have batches of their own, which may be large.
fn send_in_pieces(
    batch: Result<RawBatch, DataError>,
    batch_rows: usize,
    send: &mut dyn FnMut(Result<RawBatch, DataError>) -> bool,
) -> Option<()> {
    let whole = match batch {
        Ok(batch) => batch,
        Err(error) => return send(Err(error)).then_some(()),
    };
    let n_rows = whole.record.num_rows();
    for start in (0..n_rows).step_by(batch_rows) {
        let record = whole.record.slice(start, batch_rows.min(n_rows - start));
        let piece = RawBatch { record, source: whole.source, first_row: whole.first_row + start as u64 };
        if !send(Ok(piece)) {
            return None;
        }
    }
    Some(())
}

/// The next batches, and what ended the reading if it failed.
fn received(receiver: &Receiver<Result<RawBatch, DataError>>, at_most: usize) -> (Vec<RawBatch>, Option<DataError>) {
    let mut batches = Vec::with_capacity(at_most);
    for batch in receiver.iter().take(at_most) {
        match batch {
            Ok(batch) => batches.push(batch),
            Err(error) => return (batches, Some(error)),
        }
    }
    (batches, None)
}
