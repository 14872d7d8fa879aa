//! Apache Arrow IPC, as a file or as a stream, which brings its own types.

use std::io::{BufReader, Read, Seek};
use std::ops::Range;

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use arrow::record_batch::RecordBatch;

use crate::error::{Error, NeedsStrictReader};
use crate::formats::damage::{Guarded, guarded, unreadable};
use crate::formats::projection::in_file_order;
use crate::formats::reader::{FormatReader, Records};
use crate::source::Source;

/// What the format is called in messages.
const NAME: &str = "Arrow IPC";
/// Partitions of an Arrow file at most.
const MOST_PARTITIONS: usize = 64;

/// Batches as Arrow's own readers give them.
pub(crate) type ArrowBatches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>;

/// Reads files and streams of Arrow IPC.
pub(crate) struct ArrowIpc;

impl FormatReader for ArrowIpc {
    fn columns(&self, source: &Source) -> Result<Vec<String>, Error> {
        Ok(open(source, None)?.0.fields().iter().map(|field| field.name().clone()).collect())
    }

    /// Batches are those of the file, whatever `batch_rows` says.
    fn batches(
        &self,
        source: &Source,
        _header: &[String],
        positions: &[usize],
        _batch_rows: usize,
    ) -> Result<Records, Error> {
        let (projection, order) = in_file_order(positions);
        let batches = Guarded::new(open(source, Some(projection))?.1, order);
        let source = source.clone();
        Ok(Box::new(batches.map(move |batch| batch.map_err(|error| unreadable(&source, NAME, &error)))))
    }

    fn line_of(&self, _source: &Source, _row: u64) -> Option<u64> {
        None
    }

    fn types(&self, source: &Source) -> Result<Option<SchemaRef>, Error> {
        Ok(Some(open(source, None)?.0))
    }
}

/// Partitions of an Arrow file: consecutive batches; `None` for all of a stream, which cannot be entered in the middle.
pub(crate) fn partitions(source: &Source) -> Result<Vec<Option<Range<usize>>>, NeedsStrictReader> {
    let mut file = source.file().map_err(|_| NeedsStrictReader)?;
    let mut mark = [0; 6];
    file.read_exact(&mut mark).map_err(|_| NeedsStrictReader)?;
    if mark != *b"ARROW1" {
        return Ok(vec![None]);
    }
    file.rewind().map_err(|_| NeedsStrictReader)?;
    let open = || FileReader::try_new(BufReader::new(file), None);
    let n_batches = guarded(open, ArrowError::ParseError).map_err(|_| NeedsStrictReader)?.num_batches();
    let length = n_batches.div_ceil(MOST_PARTITIONS).max(1);
    Ok((0..n_batches).step_by(length).map(|start| Some(start..(start + length).min(n_batches))).collect())
}

/// The columns at `positions` of some batches of an Arrow file, or of all of a stream.
pub(crate) fn records(
    source: &Source,
    range: Option<Range<usize>>,
    positions: &[usize],
) -> Result<ArrowBatches, NeedsStrictReader> {
    let (projection, order) = in_file_order(positions);
    let Some(range) = range else {
        let batches = open(source, Some(projection)).map_err(|_| NeedsStrictReader)?.1;
        return Ok(Box::new(Guarded::new(batches, order)));
    };
    let file = BufReader::new(source.file().map_err(|_| NeedsStrictReader)?);
    let open = || {
        let mut reader = FileReader::try_new(file, Some(projection))?;
        reader.set_index(range.start)?;
        Ok(reader)
    };
    let reader = guarded(open, ArrowError::ParseError).map_err(|_| NeedsStrictReader)?;
    Ok(Box::new(Guarded::new(reader.take(range.len()), order)))
}

fn open(source: &Source, projection: Option<Vec<usize>>) -> Result<(SchemaRef, ArrowBatches), Error> {
    let mut file = source.file()?;
    let mut mark = [0; 6];
    file.read_exact(&mut mark)?;
    file.rewind()?;
    let read = || {
        if mark == *b"ARROW1" {
            FileReader::try_new(BufReader::new(file), projection)
                .map(|reader| (reader.schema(), Box::new(reader) as ArrowBatches))
        } else {
            StreamReader::try_new(BufReader::new(file), projection)
                .map(|reader| (reader.schema(), Box::new(reader) as ArrowBatches))
        }
    };
    let opened = guarded(read, ArrowError::ParseError);
    opened.map_err(|error| unreadable(source, NAME, &error))
}
