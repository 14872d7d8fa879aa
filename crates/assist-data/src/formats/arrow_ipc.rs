//! Apache Arrow IPC, as a file or as a stream, which brings its own types.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use arrow::buffer::{Buffer, MutableBuffer};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::{FileDecoder, StreamReader, read_footer_length};
use arrow::ipc::{Block, MetadataVersion, root_as_footer};
use arrow::record_batch::RecordBatch;

use crate::byte_reader::ByteReader;
use crate::error::{Error, NeedsStrictReader};
use crate::formats::arrow_lengths::{check_buffers, damage, end_of, message};
use crate::formats::arrow_stream::CheckedStream;
use crate::formats::damage::{Guarded, unreadable};
use crate::formats::dictionaries::plain_schema;
use crate::formats::projection::in_file_order;
use crate::formats::reader::{FormatReader, Records};
use crate::guard::guarded;
use crate::source::Source;

/// What the format is called in messages.
const NAME: &str = "Arrow IPC";
/// What a file begins with, and a stream does not.
const MAGIC: &[u8] = b"ARROW1";
/// Bytes after the footer of a file: its length, and again what it began with.
const TRAILER: usize = 10;
/// A partition of an Arrow file has at least so many bytes of columns, where it is not the last.
const PARTITION_BYTES: i64 = 1 << 24;

/// Batches as Arrow's own readers give them.
pub(crate) type ArrowBatches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>;

/// Reads files and streams of Arrow IPC.
pub(crate) struct ArrowIpc;

impl FormatReader for ArrowIpc {
    fn columns(&self, source: &Source) -> Result<Vec<String>, Error> {
        Ok(open(source, None, None)?.0.fields().iter().map(|field| field.name().clone()).collect())
    }

    fn batches(
        &self,
        source: &Source,
        _header: &[String],
        positions: &[usize],
        batch_rows: usize,
    ) -> Result<Records, Error> {
        let (projection, order) = in_file_order(positions);
        let batches = Guarded::new(open(source, Some(projection), None)?.1, order);
        let source = source.clone();
        // A batch of the file may hold more text than one of our columns can.
        let slices = batches.flat_map(move |batch| match batch {
            Ok(batch) => Slices::new(batch, batch_rows.max(1)),
            Err(error) => Slices::of_error(error),
        });
        Ok(Box::new(slices.map(move |batch| batch.map_err(|error| unreadable(&source, NAME, &error)))))
    }

    fn line_of(&self, _source: &Source, _row: u64) -> Option<u64> {
        None
    }

    fn types(&self, source: &Source) -> Result<Option<SchemaRef>, Error> {
        let schema = open(source, None, None)?.0;
        Ok(Some(plain_schema(&schema).map_or(schema, Arc::new)))
    }
}

/// A batch, some rows at a time, or the error that there is instead.
struct Slices {
    batch: Result<RecordBatch, Option<ArrowError>>,
    start: usize,
    n_rows: usize,
}

impl Slices {
    fn new(batch: RecordBatch, n_rows: usize) -> Self {
        Self { batch: Ok(batch), start: 0, n_rows }
    }

    fn of_error(error: ArrowError) -> Self {
        Self { batch: Err(Some(error)), start: 0, n_rows: 0 }
    }
}

impl Iterator for Slices {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.batch {
            Err(error) => error.take().map(Err),
            Ok(batch) if self.start < batch.num_rows() => {
                let length = self.n_rows.min(batch.num_rows() - self.start);
                let slice = batch.slice(self.start, length);
                self.start += length;
                Some(Ok(slice))
            }
            Ok(_) => None,
        }
    }
}

/// Partitions of an Arrow file: consecutive batches; `None` for all of a stream, which cannot be entered in the middle.
pub(crate) fn partitions(source: &Source) -> Result<Vec<Option<Range<usize>>>, NeedsStrictReader> {
    let file = source.reader().map_err(|_| NeedsStrictReader)?;
    if !is_file(&file).map_err(|_| NeedsStrictReader)? {
        return Ok(vec![None]);
    }
    let batches = guarded(|| Footer::read(&file), ArrowError::ParseError).map_err(|_| NeedsStrictReader)?.batches;
    let (mut partitions, mut start, mut bytes) = (Vec::new(), 0, 0);
    for (index, batch) in batches.iter().enumerate() {
        bytes += batch.bodyLength();
        // Where batches are small, their number is no reason for many partitions: the last digits of a fit are those of the
        // same rows in another format.
        if bytes >= PARTITION_BYTES || index + 1 == batches.len() {
            partitions.push(Some(start..index + 1));
            (start, bytes) = (index + 1, 0);
        }
    }
    Ok(partitions)
}

/// The columns at `positions` of some batches of an Arrow file, or of all of a stream.
pub(crate) fn records(
    source: &Source,
    range: Option<Range<usize>>,
    positions: &[usize],
) -> Result<Guarded<ArrowBatches>, NeedsStrictReader> {
    let (projection, order) = in_file_order(positions);
    let batches = open(source, Some(projection), range).map_err(|_| NeedsStrictReader)?.1;
    Ok(Guarded::new(batches, order))
}

/// The columns of a source, and some of its batches, all by default.
fn open(
    source: &Source,
    projection: Option<Vec<usize>>,
    range: Option<Range<usize>>,
) -> Result<(SchemaRef, ArrowBatches), Error> {
    let file = source.reader()?;
    let is_file = is_file(&file)?;
    let read = || {
        if is_file {
            let footer = Footer::read(&file)?;
            let schema = Arc::clone(&footer.schema);
            return Ok((schema, Box::new(FileBatches::new(file, footer, projection, range)?) as ArrowBatches));
        }
        let reader = StreamReader::try_new(CheckedStream::new(file)?, projection)?;
        Ok((reader.schema(), Box::new(reader) as ArrowBatches))
    };
    let opened = guarded(read, ArrowError::ParseError);
    opened.map_err(|error| unreadable(source, NAME, &error))
}

fn is_file(bytes: &ByteReader) -> std::io::Result<bool> {
    Ok(bytes.head(6)? == MAGIC)
}

/// What stands at the end of an Arrow file.
struct Footer {
    schema: SchemaRef,
    version: MetadataVersion,
    dictionaries: Vec<Block>,
    batches: Vec<Block>,
}

impl Footer {
    fn read(file: &ByteReader) -> Result<Self, ArrowError> {
        let mut file = file.clone();
        let length = file.length()?;
        let end = length.checked_sub(TRAILER as u64).ok_or_else(|| damage("it is cut off"))?;
        let mut trailer = [0; TRAILER];
        file.seek(SeekFrom::Start(end))?;
        file.read_exact(&mut trailer)?;
        let footer_length = read_footer_length(trailer)?;
        let start = end.checked_sub(footer_length as u64).ok_or_else(|| damage("its footer is longer than itself"))?;
        let mut bytes = vec![0; footer_length];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut bytes)?;
        let footer = root_as_footer(&bytes).map_err(|error| damage(&error.to_string()))?;
        let schema = footer.schema().ok_or_else(|| damage("it has no schema"))?;
        if !schema.endianness().equals_to_target_endianness() {
            return Err(damage("its numbers are written in the other order of bytes"));
        }
        Ok(Self {
            schema: Arc::new(fb_to_schema(schema)),
            version: footer.version(),
            dictionaries: footer.dictionaries().iter().flatten().copied().collect(),
            batches: footer.recordBatches().iter().flatten().copied().collect(),
        })
    }
}

/// Some batches of an Arrow file.
struct FileBatches {
    file: ByteReader,
    decoder: FileDecoder,
    batches: std::vec::IntoIter<Block>,
}

impl FileBatches {
    fn new(
        file: ByteReader,
        footer: Footer,
        projection: Option<Vec<usize>>,
        range: Option<Range<usize>>,
    ) -> Result<Self, ArrowError> {
        let mut decoder = FileDecoder::new(footer.schema, footer.version);
        if let Some(projection) = projection {
            decoder = decoder.with_projection(projection);
        }
        for block in &footer.dictionaries {
            decoder.read_dictionary(block, &block_bytes(&file, block)?)?;
        }
        let range = range.unwrap_or(0..footer.batches.len());
        let mut batches = footer.batches;
        if range.end > batches.len() {
            return Err(damage("it has fewer batches than before"));
        }
        batches.truncate(range.end);
        batches.drain(..range.start.min(range.end));
        Ok(Self { file, decoder, batches: batches.into_iter() })
    }
}

impl Iterator for FileBatches {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.batches.next()?;
        let batch = block_bytes(&self.file, &block).and_then(|bytes| self.decoder.read_record_batch(&block, &bytes));
        batch.transpose()
    }
}

/// The bytes of a block, once its lengths are known to be possible.
fn block_bytes(file: &ByteReader, block: &Block) -> Result<Buffer, ArrowError> {
    let length = file.length()?;
    let (metadata, body) = (i64::from(block.metaDataLength()), block.bodyLength());
    let body_start = end_of(block.offset(), metadata, length)?;
    end_of(body_start.cast_signed(), body, length)?;
    let lengths = usize::try_from(metadata).ok().zip(usize::try_from(body).ok());
    let (metadata, body) = lengths.ok_or_else(|| damage("a block is too long"))?;
    let mut bytes = MutableBuffer::from_len_zeroed(metadata + body);
    let mut file = file.clone();
    file.seek(SeekFrom::Start(block.offset().unsigned_abs()))?;
    file.read_exact(&mut bytes)?;
    let (framed, body) = bytes.split_at(metadata);
    check_buffers(&message(framed)?, body.len() as u64, |offset, buffer| {
        let start = usize::try_from(offset).map_or(body.len(), |start| start.min(body.len()));
        (&body[start..]).read(buffer)
    })?;
    Ok(bytes.into())
}
