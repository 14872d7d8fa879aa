//! Where a table can be cut into partitions that are read side by side: at ends of lines, between row groups or batches.

use std::io::{Read, Seek, SeekFrom};
use std::ops::{Range, RangeInclusive};

use crate::dialect::records::Marks;
use crate::error::NeedsStrictReader;
use crate::fast::separators::{Extent, Separators};
use crate::file_format::Format;
use crate::formats::parquet::ParquetFile;
use crate::formats::{arrow_ipc, csv_text, record_batches};
use crate::source::Source;

/// By so many bytes behind the end of a line, or fewer where partitions are small, it is judged whether a record begins there.
const JUDGED_BYTES: RangeInclusive<u64> = 1 << 10..=1 << 15;
/// After so many ends of lines without one that is also the end of a record, the first of them is taken.
const MOST_JUDGED: usize = 1 << 8;

/// Which rows of a source are a partition.
#[derive(Debug)]
pub(crate) enum Cut {
    /// Bytes of CSV text, from the start of a record to the start of another or the end of the file.
    Csv { marks: Marks, bytes: Range<u64>, is_last: bool },
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

/// The partitions of a source that has so many columns.
pub(crate) fn cuts(source: &Source, n_columns: usize, partition_bytes: u64) -> Result<Vec<Cut>, NeedsStrictReader> {
    if source.record_batches().is_some() {
        return Ok(record_batches::partitions(source).into_iter().map(Cut::Rows).collect());
    }
    Ok(match source.format() {
        Format::Csv { .. } => {
            let marks = source.dialect().ok_or(NeedsStrictReader)?.marks;
            if marks.quote != b'"' {
                return Err(NeedsStrictReader);
            }
            let start = csv_text::data_start(source).map_err(|_| NeedsStrictReader)?;
            let mut separators = Separators::new(marks.delimiter, n_columns, Extent::All);
            // Where a line break is a part of a quoted cell, the next quote is misplaced or some record has the wrong length.
            let is_record = |bytes: &[u8]| separators.find(bytes).is_ok();
            let starts = line_starts(source, start, partition_bytes, is_record)?;
            let n_partitions = starts.len() - 1;
            let cut = |(index, bytes)| Cut::Csv { marks, bytes, is_last: index + 1 == n_partitions };
            starts.windows(2).map(|pair| pair[0]..pair[1]).enumerate().map(cut).collect()
        }
        Format::JsonLines => {
            let start = source.mark_length().map_err(|_| NeedsStrictReader)?;
            let starts = line_starts(source, start, partition_bytes, |_| true)?;
            starts.windows(2).map(|pair| Cut::JsonLines(pair[0]..pair[1])).collect()
        }
        Format::Parquet => {
            let file = ParquetFile::open(source)?;
            file.partitions().into_iter().map(|(groups, rows)| Cut::RowGroups(file.clone(), groups, rows)).collect()
        }
        Format::ArrowIpc => arrow_ipc::partitions(source)?.into_iter().map(Cut::Batches).collect(),
    })
}

/// Starts of lines about `partition_bytes` apart, from `start` to the end of the file, each the first one for which
/// `is_record` holds, given what follows. Should it be wrong, then the partition before finds that out, because its last
/// record ends elsewhere.
fn line_starts(
    source: &Source,
    start: u64,
    partition_bytes: u64,
    mut is_record: impl FnMut(&[u8]) -> bool,
) -> Result<Vec<u64>, NeedsStrictReader> {
    let mut file = source.reader().map_err(|_| NeedsStrictReader)?;
    let length = file.seek(SeekFrom::End(0)).map_err(|_| NeedsStrictReader)?;
    let judged_bytes = partition_bytes.clamp(*JUDGED_BYTES.start(), *JUDGED_BYTES.end());
    let mut starts = vec![start];
    let mut nominal = start.saturating_add(partition_bytes);
    while nominal < length {
        // From the byte before, which may be the end of a line itself.
        let next = line_start(&mut file, nominal - 1, judged_bytes, &mut is_record).map_err(|_| NeedsStrictReader)?;
        let next = next.unwrap_or(length);
        if next < length {
            starts.push(next);
        }
        nominal = nominal.max(next).saturating_add(partition_bytes);
    }
    starts.push(length);
    Ok(starts)
}

/// The first start of a line after a place for which `is_record` holds; the first of all, where that is none of many.
fn line_start(
    file: &mut (impl Read + Seek),
    mut at: u64,
    judged_bytes: u64,
    mut is_record: impl FnMut(&[u8]) -> bool,
) -> std::io::Result<Option<u64>> {
    let mut first = None;
    let mut n_judged = 0;
    let mut bytes = Vec::new();
    let n_judged_bytes = usize::try_from(judged_bytes).unwrap_or(usize::MAX);
    loop {
        file.seek(SeekFrom::Start(at))?;
        bytes.clear();
        file.by_ref().take(2 * judged_bytes).read_to_end(&mut bytes)?;
        let is_last = (bytes.len() as u64) < 2 * judged_bytes;
        // Blank lines at the end of a file are nothing.
        let end = if is_last { bytes.trim_ascii_end().len() } else { bytes.len() };
        let lines = if is_last { &bytes } else { &bytes[..n_judged_bytes] };
        for (index, _) in lines.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
            let (start, following) = (at + index as u64 + 1, &bytes[(index + 1).min(end)..end]);
            first = first.or(Some(start));
            n_judged += 1;
            if is_record(&following[..following.len().min(n_judged_bytes)]) {
                return Ok(Some(start));
            }
            if n_judged == MOST_JUDGED {
                return Ok(first);
            }
        }
        if is_last {
            return Ok(first);
        }
        at += judged_bytes;
    }
}
