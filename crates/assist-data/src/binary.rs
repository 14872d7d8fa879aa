//! Parquet and Arrow IPC, which bring their own types. Only files: both formats want to be read from their end.

use std::io::{BufReader, Read, Seek};
use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;

use crate::error::Error;
use crate::partitions::NeedsStrictReader;
use crate::source::{Format, Records, Source, in_file_order};

/// A part of a Parquet file has at least this many rows, where it is not the last.
const PART_ROWS: i64 = 1 << 18;
/// Pieces that the rows of a Parquet file with few row groups are read in.
const MOST_PIECES: usize = 4;
/// Partitions of an Arrow file.
const MOST_IPC_PARTS: usize = 64;

pub(crate) type ArrowBatches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>;

pub(crate) fn columns(source: &Source) -> Result<Vec<String>, Error> {
    let schema = match source.format() {
        Format::Parquet => parquet(source)?.schema().clone(),
        _ => ipc(source, None)?.0,
    };
    Ok(schema.fields().iter().map(|field| field.name().clone()).collect())
}

pub(crate) fn batches(source: &Source, positions: &[usize], batch_rows: usize) -> Result<Records, Error> {
    let (projection, order) = in_file_order(positions);
    let batches: ArrowBatches = match source.format() {
        Format::Parquet => {
            let builder = parquet(source)?;
            let mask = ProjectionMask::roots(builder.parquet_schema(), projection);
            let built =
                guarded(|| builder.with_projection(mask).with_batch_size(batch_rows).build(), ParquetError::General);
            Box::new(built.map_err(|error| unreadable(source, &error))?)
        }
        _ => ipc(source, Some(projection))?.1,
    };
    let source = source.clone();
    Ok(Box::new(Guarded::new(batches, order).map(move |batch| batch.map_err(|error| unreadable(&source, &error)))))
}

/// A Parquet file whose metadata is read once for all its parts.
#[derive(Debug, Clone)]
pub(crate) struct ParquetFile {
    metadata: ArrowReaderMetadata,
}

impl ParquetFile {
    pub(crate) fn open(source: &Source) -> Result<Self, NeedsStrictReader> {
        let file = source.file().map_err(|_| NeedsStrictReader)?.into_parts().0;
        let load = || ArrowReaderMetadata::load(&file, ArrowReaderOptions::new());
        let metadata = guarded(load, ParquetError::General).map_err(|_| NeedsStrictReader)?;
        Ok(Self { metadata })
    }

    /// Consecutive row groups with about [`PART_ROWS`] rows together; of a file with few row groups, ranges of their rows.
    pub(crate) fn parts(&self) -> Vec<(Range<usize>, Option<Range<usize>>)> {
        let groups = self.groups();
        let pieces = MOST_PIECES / groups.len().max(1);
        let mut parts = Vec::new();
        for groups in groups {
            let of_groups = &self.metadata.metadata().row_groups()[groups.clone()];
            let n_rows: i64 = of_groups.iter().map(RowGroupMetaData::num_rows).sum();
            let n_rows = usize::try_from(n_rows).unwrap_or(0);
            let length = n_rows.div_ceil(pieces.max(1)).max(1 << 16);
            if length >= n_rows {
                parts.push((groups, None));
                continue;
            }
            // Rows that are passed over cost little, but not nothing, so there are not more pieces than that.
            let ranges = (0..n_rows).step_by(length).map(|start| start..(start + length).min(n_rows));
            parts.extend(ranges.map(|rows| (groups.clone(), Some(rows))));
        }
        parts
    }

    /// Consecutive row groups with about [`PART_ROWS`] rows together.
    fn groups(&self) -> Vec<Range<usize>> {
        let mut groups = Vec::new();
        let (mut start, mut rows) = (0, 0);
        for (index, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            rows += group.num_rows();
            if rows >= PART_ROWS {
                groups.push(start..index + 1);
                (start, rows) = (index + 1, 0);
            }
        }
        if rows > 0 {
            groups.push(start..self.metadata.metadata().num_row_groups());
        }
        groups
    }

    /// The columns at `positions`, those among them at `texts` with the dictionary that the file has for them.
    pub(crate) fn records(
        &self,
        source: &Source,
        (groups, rows): (Range<usize>, Option<Range<usize>>),
        positions: &[usize],
        texts: &[usize],
        batch_rows: usize,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, ArrowError>> + use<>, NeedsStrictReader> {
        let (projection, order) = in_file_order(positions);
        let file = source.file().map_err(|_| NeedsStrictReader)?.into_parts().0;
        let mut fields: Vec<FieldRef> = self.metadata.schema().fields().iter().cloned().collect();
        for position in texts {
            let field = &fields[*position];
            if matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
                let coded = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
                fields[*position] = Arc::new(field.as_ref().clone().with_data_type(coded));
            }
        }
        let schema = Arc::new(Schema::new_with_metadata(fields, self.metadata.schema().metadata().clone()));
        let options = ArrowReaderOptions::new().with_schema(schema);
        let build = || {
            let metadata = ArrowReaderMetadata::try_new(Arc::clone(self.metadata.metadata()), options)?;
            let mask = ProjectionMask::roots(metadata.parquet_schema(), projection);
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
                .with_row_groups(groups.collect())
                .with_projection(mask)
                .with_batch_size(batch_rows);
            match rows {
                None => builder.build(),
                Some(rows) => builder.with_offset(rows.start).with_limit(rows.len()).build(),
            }
        };
        let reader = guarded(build, ParquetError::General).map_err(|_| NeedsStrictReader)?;
        Ok(Guarded::new(reader, order))
    }
}

/// Partitions of an Arrow file: consecutive batches; `None` for all of a stream, which cannot be entered in the middle.
pub(crate) fn ipc_parts(source: &Source) -> Result<Vec<Option<Range<usize>>>, NeedsStrictReader> {
    let mut file = source.file().map_err(|_| NeedsStrictReader)?;
    let mut mark = [0; 6];
    file.read_exact(&mut mark).map_err(|_| NeedsStrictReader)?;
    if mark != *b"ARROW1" {
        return Ok(vec![None]);
    }
    file.rewind().map_err(|_| NeedsStrictReader)?;
    let open = || FileReader::try_new(BufReader::new(file), None);
    let n_batches = guarded(open, ArrowError::ParseError).map_err(|_| NeedsStrictReader)?.num_batches();
    let length = n_batches.div_ceil(MOST_IPC_PARTS).max(1);
    Ok((0..n_batches).step_by(length).map(|start| Some(start..(start + length).min(n_batches))).collect())
}

/// The columns at `positions` of some batches of an Arrow file, or of all of a stream.
pub(crate) fn ipc_records(
    source: &Source,
    range: Option<Range<usize>>,
    positions: &[usize],
) -> Result<ArrowBatches, NeedsStrictReader> {
    let (projection, order) = in_file_order(positions);
    let Some(range) = range else {
        let batches = ipc(source, Some(projection)).map_err(|_| NeedsStrictReader)?.1;
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

/// Does what may panic over a damaged file, and makes an error of that.
fn guarded<T, E>(work: impl FnOnce() -> Result<T, E>, damaged: impl FnOnce(String) -> E) -> Result<T, E> {
    let words = "its content contradicts itself".to_owned();
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(damaged(words)))
}

/// Batches whose reader may panic over a damaged file.
struct Guarded<I> {
    batches: Option<I>,
    order: Vec<usize>,
}

impl<I: Iterator<Item = Result<RecordBatch, ArrowError>>> Guarded<I> {
    fn new(batches: I, order: Vec<usize>) -> Self {
        Self { batches: Some(batches), order }
    }
}

impl<I: Iterator<Item = Result<RecordBatch, ArrowError>>> Iterator for Guarded<I> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batches = self.batches.as_mut()?;
        let next =
            guarded(|| batches.next().map(|batch| batch?.project(&self.order)).transpose(), ArrowError::ParseError);
        if next.is_err() {
            // Nobody knows in which state it is now.
            self.batches = None;
        }
        next.transpose()
    }
}

fn parquet(source: &Source) -> Result<ParquetRecordBatchReaderBuilder<std::fs::File>, Error> {
    // The parquet crate takes the standard library's file.
    let file = source.file()?.into_parts().0;
    let opened = guarded(|| ParquetRecordBatchReaderBuilder::try_new(file), ParquetError::General);
    opened.map_err(|error| unreadable(source, &error))
}

fn ipc(source: &Source, projection: Option<Vec<usize>>) -> Result<(SchemaRef, ArrowBatches), Error> {
    let mut file = source.file()?;
    let mut mark = [0; 6];
    file.read_exact(&mut mark)?;
    file.rewind()?;
    let open = || {
        if mark == *b"ARROW1" {
            FileReader::try_new(BufReader::new(file), projection)
                .map(|reader| (reader.schema(), Box::new(reader) as ArrowBatches))
        } else {
            StreamReader::try_new(BufReader::new(file), projection)
                .map(|reader| (reader.schema(), Box::new(reader) as ArrowBatches))
        }
    };
    let opened = guarded(open, ArrowError::ParseError);
    opened.map_err(|error| unreadable(source, &error))
}

fn unreadable(source: &Source, error: &dyn std::fmt::Display) -> Error {
    let format = if source.format() == Format::Parquet { "Parquet" } else { "Arrow IPC" };
    let words = error.to_string();
    let detail = words.trim_start_matches("Parquet error: ").chars().take(200).collect();
    Error::Unreadable { source_name: source.name().to_owned(), format, detail }
}
