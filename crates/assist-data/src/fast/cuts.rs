//! Where a table can be cut into partitions that are read side by side: at ends of lines, between row groups or batches.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use crate::error::NeedsStrictReader;
use crate::file_format::Format;
use crate::formats::parquet::ParquetFile;
use crate::formats::{arrow_ipc, csv_text, record_batches};
use crate::source::Source;

/// Which rows of a source are a partition.
#[derive(Debug)]
pub(crate) enum Cut {
    /// Bytes of CSV text, from the start of a record to the start of another or the end of the file.
    Csv { delimiter: u8, bytes: Range<u64>, is_last: bool },
    /// Bytes of JSON lines, from the start of a line.
    JsonLines(Range<u64>),
    /// Row groups of a Parquet file, and which of their rows if not all.
    RowGroups(ParquetFile, Range<usize>, Option<Range<usize>>),
    /// Batches of an Arrow file; all of a stream.
    Batches(Option<Range<usize>>),
    /// Rows of record batches.
    Rows(Range<usize>),
    /// All rows of the table, by the strict reader.
    Strict,
}

/// The partitions of a source.
pub(crate) fn cuts(source: &Source, partition_bytes: u64) -> Result<Vec<Cut>, NeedsStrictReader> {
    if source.record_batches().is_some() {
        return Ok(record_batches::partitions(source).into_iter().map(Cut::Rows).collect());
    }
    Ok(match source.format() {
        Format::Csv { delimiter } => {
            let starts = line_starts(
                source,
                csv_text::data_start(source, delimiter).map_err(|_| NeedsStrictReader)?,
                partition_bytes,
            )?;
            let n_partitions = starts.len() - 1;
            let cut = |(index, bytes)| Cut::Csv { delimiter, bytes, is_last: index + 1 == n_partitions };
            starts.windows(2).map(|pair| pair[0]..pair[1]).enumerate().map(cut).collect()
        }
        Format::JsonLines => {
            let starts = line_starts(source, source.mark_length().map_err(|_| NeedsStrictReader)?, partition_bytes)?;
            starts.windows(2).map(|pair| Cut::JsonLines(pair[0]..pair[1])).collect()
        }
        Format::Parquet => {
            let file = ParquetFile::open(source)?;
            file.partitions().into_iter().map(|(groups, rows)| Cut::RowGroups(file.clone(), groups, rows)).collect()
        }
        Format::ArrowIpc => arrow_ipc::partitions(source)?.into_iter().map(Cut::Batches).collect(),
    })
}

/// Starts of lines about `partition_bytes` apart, from `start` to the end of the file. A line break inside quotes is taken
/// for an end of line here; the partition before finds that out, because its last record then ends elsewhere.
fn line_starts(source: &Source, start: u64, partition_bytes: u64) -> Result<Vec<u64>, NeedsStrictReader> {
    let mut file = source.reader().map_err(|_| NeedsStrictReader)?;
    let length = file.seek(SeekFrom::End(0)).map_err(|_| NeedsStrictReader)?;
    let mut starts = vec![start];
    let mut buffer = vec![0; 4096];
    let mut nominal = start.saturating_add(partition_bytes);
    while nominal < length {
        // From the byte before, which may be the end of a line itself.
        let mut at = nominal - 1;
        file.seek(SeekFrom::Start(at)).map_err(|_| NeedsStrictReader)?;
        let next = loop {
            let n = file.read(&mut buffer).map_err(|_| NeedsStrictReader)?;
            match buffer[..n].iter().position(|byte| *byte == b'\n') {
                Some(index) => break at + index as u64 + 1,
                None if n == 0 => break length,
                None => at += n as u64,
            }
        };
        if next < length {
            starts.push(next);
        }
        nominal = nominal.max(next).saturating_add(partition_bytes);
    }
    starts.push(length);
    Ok(starts)
}
