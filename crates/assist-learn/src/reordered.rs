//! The rows of a table in another order, in memory that is bounded but for four bytes a row.
//!
//! The new order is cut into runs. The table is read once, and each row goes to the run that it belongs to; runs that become
//! too large for memory together wait in a temporary file, which nobody else sees. Then run by run is put in order.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom, Take, Write as _};

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::{interleave_record_batch, take_record_batch};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use assist_data::{RawBatch, Table, TypedTable};
use rayon::prelude::*;

use crate::error::Error;
use crate::ordered_batches::ordered_batches;

/// Cells of a run.
const RUN_CELLS: usize = 1 << 21;
/// Rows of a run, where the table has few columns.
const RUN_ROWS: usize = 1 << 17;
/// Rows of a run of a table with very many columns.
const FEWEST_ROWS: usize = 1 << 10;
/// Rows that are handed over at a time.
const BATCH_ROWS: usize = 8192;
/// Bytes of rows that wait in memory, all runs together.
const WAITING_BYTES: usize = 1 << 26;

/// The place of a row that is left out.
pub(crate) const NO_PLACE: u32 = u32::MAX;

/// The rows of a table on the way to their places.
pub(crate) struct Reordered<'a> {
    typed: &'a TypedTable<'a>,
    /// How many rows there are in the new order.
    n_placed: usize,
    run_rows: usize,
    runs: Vec<Run>,
    waiting_bytes: usize,
    file: Option<File>,
    file_bytes: u64,
}

/// Rows whose places are next to each other.
#[derive(Default)]
struct Run {
    waiting: Vec<Piece>,
    /// Where in the temporary file others are.
    stored: Vec<(u64, u64)>,
    /// The places of the stored ones, and the files of the table that they are from, in their order.
    of_stored: Vec<(usize, Vec<u32>)>,
}

/// Rows of one batch that belong to one run.
struct Piece {
    source: usize,
    record: RecordBatch,
    places: Vec<u32>,
}

impl<'a> Reordered<'a> {
    /// Reads a table whose row `i` is to be at `places[i]`, if not left out.
    pub(crate) fn read(table: &Table, typed: &'a TypedTable<'a>, places: &[u32]) -> Result<Self, Error> {
        Self::read_in(table, typed, places, RUN_CELLS, WAITING_BYTES)
    }

    fn read_in(
        table: &Table,
        typed: &'a TypedTable<'a>,
        places: &[u32],
        run_cells: usize,
        waiting_bytes: usize,
    ) -> Result<Self, Error> {
        let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
        let run_rows = (run_cells / columns.len().max(1)).clamp(FEWEST_ROWS, RUN_ROWS);
        let mut runs = Vec::new();
        let n_placed = places.iter().filter(|place| **place != NO_PLACE).count();
        runs.resize_with(n_placed.div_ceil(run_rows), Run::default);
        let mut reordered = Self { typed, n_placed, run_rows, runs, waiting_bytes: 0, file: None, file_bytes: 0 };
        let (mut n_rows, mut n_read) = (0, 0);
        ordered_batches(
            table,
            &columns,
            |batch, first| {
                let first = usize::try_from(first).unwrap_or(usize::MAX);
                let range = first..first.saturating_add(batch.record.num_rows());
                let places = places.get(range).ok_or_else(|| changed(table))?;
                Ok((places.len(), pieces(batch, places, run_rows)?))
            },
            |made| {
                n_read += made.iter().map(|(n_rows, _)| n_rows).sum::<usize>();
                for (run, piece) in made.into_iter().flat_map(|(_, pieces)| pieces) {
                    n_rows += piece.places.len();
                    reordered.waiting_bytes += piece.record.get_array_memory_size();
                    reordered.runs[run].waiting.push(piece);
                }
                if reordered.waiting_bytes > waiting_bytes { reordered.store() } else { Ok(()) }
            },
        )?;
        if n_rows != n_placed || n_read != places.len() {
            return Err(changed(table));
        }
        Ok(reordered)
    }

    /// Hands over the rows in their order, a few at a time: those at places below `cut` apart from the others, which come
    /// with `true`.
    pub(crate) fn for_each_batch(
        mut self,
        cut: usize,
        mut take: impl FnMut(bool, Vec<RecordBatch>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let n_rows = self.n_placed;
        for index in 0..self.runs.len() {
            let run = std::mem::take(&mut self.runs[index]);
            let start = index * self.run_rows;
            let end = (start + self.run_rows).min(n_rows);
            let (records, places) = self.gathered(run)?;
            let mut rows = vec![(0, 0); end - start];
            for (record, places) in places.iter().enumerate() {
                for (row, place) in places.iter().enumerate() {
                    rows[*place as usize - start] = (record, row);
                }
            }
            let records: Vec<&RecordBatch> = records.iter().collect();
            let (before, behind) = rows.split_at(cut.clamp(start, end) - start);
            for (is_behind, rows) in [(false, before), (true, behind)] {
                let batches: Result<Vec<RecordBatch>, Error> =
                    rows.par_chunks(BATCH_ROWS).map(|rows| Ok(interleave_record_batch(&records, rows)?)).collect();
                take(is_behind, batches?)?;
            }
        }
        Ok(())
    }

    /// Moves all waiting rows into the temporary file.
    fn store(&mut self) -> Result<(), Error> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        for run in &mut self.runs {
            let mut waiting = std::mem::take(&mut run.waiting).into_iter().peekable();
            // One stream has one schema, so there is one for each file of the table.
            while let Some(first) = waiting.next() {
                let source = first.source;
                let mut stream = StreamWriter::try_new(Vec::new(), &first.record.schema())?;
                let mut next = Some(first);
                while let Some(piece) = next {
                    stream.write(&piece.record)?;
                    run.of_stored.push((source, piece.places));
                    next = waiting.next_if(|piece| piece.source == source);
                }
                let bytes = stream.into_inner()?;
                file.write_all(&bytes)?;
                run.stored.push((self.file_bytes, bytes.len() as u64));
                self.file_bytes += bytes.len() as u64;
            }
        }
        self.waiting_bytes = 0;
        Ok(())
    }

    /// All rows of a run with the types of the table, and their places.
    fn gathered(&mut self, run: Run) -> Result<(Vec<RecordBatch>, Vec<Vec<u32>>), Error> {
        let (mut records, mut places) = (Vec::new(), Vec::new());
        let mut of_stored = run.of_stored.into_iter();
        for (start, length) in run.stored {
            let Some(file) = &mut self.file else { break };
            file.seek(SeekFrom::Start(start))?;
            let stored: BufReader<Take<&mut File>> = BufReader::new(file.take(length));
            for (record, (source, of_record)) in StreamReader::try_new(stored, None)?.zip(of_stored.by_ref()) {
                records.push(self.typed.convert(source, &record?)?);
                places.push(of_record);
            }
        }
        for piece in run.waiting {
            records.push(self.typed.convert(piece.source, &piece.record)?);
            places.push(piece.places);
        }
        Ok((records, places))
    }
}

/// The rows of a batch, by the runs that they belong to.
fn pieces(batch: &RawBatch, places: &[u32], run_rows: usize) -> Result<Vec<(usize, Piece)>, Error> {
    let run = |place: u32| place as usize / run_rows;
    let placed = (0..).zip(places).filter(|(_, place)| **place != NO_PLACE);
    let mut rows: Vec<(u32, u32)> = placed.map(|(row, place)| (*place, row)).collect();
    rows.sort_unstable_by_key(|(place, row)| (run(*place), *row));
    let of_run = |rows: &[(u32, u32)]| -> Result<(usize, Piece), Error> {
        let indices: UInt32Array = rows.iter().map(|(_, row)| *row).collect::<Vec<u32>>().into();
        let record = take_record_batch(&batch.record, &indices)?;
        let places = rows.iter().map(|(place, _)| *place).collect();
        Ok((run(rows[0].0), Piece { source: batch.source, record, places }))
    };
    rows.chunk_by(|a, b| run(a.0) == run(b.0)).map(of_run).collect()
}

/// A table that has other rows than a moment before.
fn changed(table: &Table) -> Error {
    let detail = "it changed while it was read".to_owned();
    assist_data::Error::Unreadable { source_name: table.name(), format: table.format().name(), detail }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    use assist_data::Format;

    #[test]
    fn rows_find_their_places_through_memory_and_through_a_file() {
        let n_rows = 5000_u32;
        let mut text = "n,name\n".to_owned();
        for row in 0..n_rows {
            writeln!(text, "{row},a{row}").expect("memory takes everything");
        }
        let table = Table::from_csv_text("t.csv", &text).expect("a table");
        let typed = TypedTable::new(&table, Format::Parquet).expect("types");
        // Seven and the number of rows have no common factor, so every place is taken once.
        let places: Vec<u32> = (0..n_rows).map(|row| row * 7 % n_rows).collect();
        for waiting_bytes in [usize::MAX, 0] {
            let reordered = Reordered::read_in(&table, &typed, &places, 1, waiting_bytes).expect("read");
            assert_eq!((reordered.runs.len(), reordered.file.is_some()), (5, waiting_bytes == 0));
            let mut subsets = [Vec::new(), Vec::new()];
            let taken = reordered.for_each_batch(1500, |is_behind, batches| {
                for batch in batches {
                    subsets[usize::from(is_behind)].extend_from_slice(batch["n"].as_primitive::<Int64Type>().values());
                }
                Ok(())
            });
            taken.expect("handed over");
            assert_eq!(subsets[0].len(), 1500);
            let all = subsets.concat();
            assert_eq!(all.len(), n_rows as usize);
            assert!(all.iter().zip(0..).all(|(n, place)| *n * 7 % i64::from(n_rows) == place));
        }
        assert!(Reordered::read(&table, &typed, &places[1..]).is_err());
        assert!(Reordered::read(&table, &typed, &[places.as_slice(), &[0]].concat()).is_err());
    }
}
