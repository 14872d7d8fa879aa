//! The quick way through a table: its parts (ranges of bytes, row groups, batches) side by side, block by block.
//!
//! Where anything is not as usual it says no more than that. Then the plain [`Reader`] reads, whose word
//! counts: so both ways have the same messages, and the quick one has none of its own.

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;

use crate::binary::{self, ParquetFile};
use crate::blocks::{Blocks, RowBlock};
use crate::csv_records::CsvRecords;
use crate::error::Error;
use crate::reader::{Reader, label_key};
use crate::schema::{COUNT_COLUMNS, LabelRole, Schema};
use crate::separators::Extent;
use crate::source::{Format, Source};
use crate::table::Table;
use crate::{csv_text, json_lines};

/// Rows that are taken at a time from a binary file, so that no column is ever whole in memory.
pub(crate) const BLOCK_ROWS: usize = 2048;

/// Something that the quick way does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NeedsStrictReader;

/// Which columns are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// Features and labels.
    All,
    /// Labels alone.
    Labels,
}

/// The parts of a table, for one schema. They hold all rows, in the table's order.
#[derive(Debug)]
pub struct Partitions<'a> {
    table: &'a Table,
    schema: &'a Schema,
    list: Vec<Part>,
    known_labels: Option<[String; 2]>,
}

/// A part of one of the table's files.
#[derive(Debug)]
struct Part {
    source: usize,
    /// Where the columns stand in the file: numeric, categorical, label.
    positions: Arc<Vec<usize>>,
    range: PartRange,
}

#[derive(Debug)]
enum PartRange {
    /// Bytes of CSV text, from the start of a record to the start of another or the end of the file.
    Csv { delimiter: u8, bytes: Range<u64>, is_last: bool },
    /// Bytes of JSON lines, from the start of a line.
    JsonLines(Range<u64>),
    /// Row groups of a Parquet file, and which of their rows if not all.
    RowGroups(ParquetFile, Range<usize>, Option<Range<usize>>),
    /// Batches of an Arrow file; all of a stream.
    Batches(Option<Range<usize>>),
    /// All rows of the table, by the plain reader.
    Plain,
}

impl<'a> Partitions<'a> {
    /// The parts of a table. With `known_labels`, the negative and the positive one of a model, there are no others.
    ///
    /// # Errors
    ///
    /// What the plain reader must speak about.
    pub fn new(
        table: &'a Table,
        schema: &'a Schema,
        known_labels: Option<[&str; 2]>,
    ) -> Result<Self, NeedsStrictReader> {
        if schema.label == LabelRole::None {
            return Err(NeedsStrictReader);
        }
        let mut parts = Vec::new();
        for (index, source) in table.sources().iter().enumerate() {
            let header = table.header(index);
            let position = |name: &str| {
                let mut places = header.iter().enumerate().filter(|(_, column)| *column == name);
                let first = places.next().ok_or(NeedsStrictReader)?.0;
                if places.next().is_none() { Ok(first) } else { Err(NeedsStrictReader) }
            };
            let features = schema.feature_columns();
            let positions =
                features.chain(label_columns(schema)).map(position).collect::<Result<_, NeedsStrictReader>>()?;
            let positions = Arc::new(positions);
            let part = |range| Part { source: index, positions: Arc::clone(&positions), range };
            parts.extend(ranges(source, table.part_bytes())?.into_iter().map(part));
        }
        Ok(Self { table, schema, list: parts, known_labels: known_labels.map(|labels| labels.map(label_key)) })
    }

    /// The whole table as one part that the plain reader reads.
    pub fn plain(table: &'a Table, schema: &'a Schema, known_labels: Option<[&str; 2]>) -> Self {
        let part = Part { source: 0, positions: Arc::default(), range: PartRange::Plain };
        Self { table, schema, list: vec![part], known_labels: known_labels.map(|labels| labels.map(label_key)) }
    }

    /// How many parts there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The table.
    pub fn table(&self) -> &'a Table {
        self.table
    }

    /// The roles of its columns.
    pub fn schema(&self) -> &'a Schema {
        self.schema
    }

    /// Hands the rows of a part to `take`, block by block, and gives the labels that occur, in the order of their first
    /// occurrence.
    ///
    /// # Errors
    ///
    /// [`NeedsStrictReader`], or what the plain reader says; what `take` says.
    ///
    /// # Panics
    ///
    /// Where there is no such part.
    pub fn for_each_block<E: From<Error> + From<NeedsStrictReader>>(
        &self,
        part: usize,
        columns: Columns,
        mut take: impl FnMut(RowBlock<'_>) -> Result<(), E>,
    ) -> Result<Vec<String>, E> {
        let part = &self.list[part];
        let source = &self.table.sources()[part.source];
        let header = self.table.header(part.source);
        let n_labels = label_columns(self.schema).count();
        let positions = match columns {
            Columns::All => part.positions.as_slice(),
            Columns::Labels => &part.positions[part.positions.len().saturating_sub(n_labels)..],
        };
        let mut blocks = Blocks::new(self.schema, columns, self.known_labels.as_ref());
        let mut take_record = |blocks: &mut Blocks, record: &RecordBatch| {
            blocks.fill_from_arrow(record)?;
            take(blocks.block())
        };
        match &part.range {
            PartRange::Csv { delimiter, bytes, is_last } => {
                let is_last_column = positions == [header.len() - 1];
                let extent = if is_last_column { Extent::Last } else { Extent::All };
                let mut records = CsvRecords::new(source, *delimiter, header.len(), extent, bytes.clone(), *is_last)?;
                while let Some((text, separators)) = records.next_records()? {
                    blocks.fill_from_csv(text, separators, positions)?;
                    take(blocks.block())?;
                }
            }
            PartRange::JsonLines(bytes) => {
                let mut file = source.seekable().map_err(|_| NeedsStrictReader)?;
                file.seek(SeekFrom::Start(bytes.start)).map_err(|_| NeedsStrictReader)?;
                let lines = std::io::BufReader::new(file.take(bytes.end - bytes.start));
                for record in
                    json_lines::records(lines, header, positions, BLOCK_ROWS).map_err(|_| NeedsStrictReader)?
                {
                    take_record(&mut blocks, &record.map_err(|_| NeedsStrictReader)?)?;
                }
            }
            PartRange::RowGroups(file, groups, rows) => {
                let texts = self.schema.numeric.len()..self.schema.feature_columns().count();
                let texts = if columns == Columns::All { &part.positions[texts] } else { &[] };
                for record in file.records(source, (groups.clone(), rows.clone()), positions, texts, BLOCK_ROWS)? {
                    take_record(&mut blocks, &record.map_err(|_| NeedsStrictReader)?)?;
                }
            }
            PartRange::Batches(range) => {
                for record in binary::ipc_records(source, range.clone(), positions)? {
                    let record = record.map_err(|_| NeedsStrictReader)?;
                    for start in (0..record.num_rows()).step_by(BLOCK_ROWS) {
                        let length = BLOCK_ROWS.min(record.num_rows() - start);
                        take_record(&mut blocks, &record.slice(start, length))?;
                    }
                }
            }
            PartRange::Plain => {
                let mut reader = Reader::new(self.table, self.schema)?;
                if let Some([negative, positive]) = &self.known_labels {
                    reader = reader.with_known_labels(negative, positive);
                }
                while let Some(batch) = reader.next() {
                    blocks.fill_from_batch(&batch?, reader.labels())?;
                    take(blocks.block())?;
                }
                return Ok(reader.labels().to_vec());
            }
        }
        Ok(blocks.label_names().to_vec())
    }
}

fn label_columns(schema: &Schema) -> impl Iterator<Item = &str> {
    let names: Vec<&str> = match &schema.label {
        LabelRole::Column { name, .. } => vec![name],
        LabelRole::Counts { .. } => COUNT_COLUMNS.to_vec(),
        LabelRole::None => vec![],
    };
    names.into_iter()
}

/// The parts of a file.
fn ranges(source: &Source, part_bytes: u64) -> Result<Vec<PartRange>, NeedsStrictReader> {
    Ok(match source.format() {
        Format::Csv { delimiter } => {
            let starts = line_starts(
                source,
                csv_text::data_start(source, delimiter).map_err(|_| NeedsStrictReader)?,
                part_bytes,
            )?;
            let n_parts = starts.len() - 1;
            let part = |(index, bytes)| PartRange::Csv { delimiter, bytes, is_last: index + 1 == n_parts };
            starts.windows(2).map(|pair| pair[0]..pair[1]).enumerate().map(part).collect()
        }
        Format::JsonLines => {
            let starts = line_starts(source, source.mark_length().map_err(|_| NeedsStrictReader)?, part_bytes)?;
            starts.windows(2).map(|pair| PartRange::JsonLines(pair[0]..pair[1])).collect()
        }
        Format::Parquet => {
            let file = ParquetFile::open(source)?;
            let parts = file.parts();
            parts.into_iter().map(|(groups, rows)| PartRange::RowGroups(file.clone(), groups, rows)).collect()
        }
        Format::ArrowIpc => binary::ipc_parts(source)?.into_iter().map(PartRange::Batches).collect(),
    })
}

/// Starts of lines about `part_bytes` apart, from `start` to the end of the file. A line break inside quotes is taken for
/// an end of line here; the part before finds that out, because its last record then ends elsewhere.
fn line_starts(source: &Source, start: u64, part_bytes: u64) -> Result<Vec<u64>, NeedsStrictReader> {
    let mut file = source.seekable().map_err(|_| NeedsStrictReader)?;
    let length = file.seek(SeekFrom::End(0)).map_err(|_| NeedsStrictReader)?;
    let mut starts = vec![start];
    let mut buffer = vec![0; 4096];
    let mut nominal = start.saturating_add(part_bytes);
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
        nominal = nominal.max(next).saturating_add(part_bytes);
    }
    starts.push(length);
    Ok(starts)
}
