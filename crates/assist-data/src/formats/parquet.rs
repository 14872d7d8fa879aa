//! Apache Parquet, which brings its own types.

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;

use crate::byte_reader::ByteReader;
use crate::cells::is_text;
use crate::error::{Error, NeedsStrictReader};
use crate::formats::damage::{Guarded, unreadable};
use crate::formats::dictionaries::plain_schema;
use crate::formats::parquet_codes::CodedColumn;
use crate::formats::parquet_group::{DecodedRows, GroupColumn, GroupRows, Wanted};
use crate::formats::projection::in_file_order;
use crate::formats::reader::{FormatReader, Records};
use crate::guard::guarded;
use crate::source::Source;

/// What the format is called in messages.
const NAME: &str = "Parquet";
/// A partition of a Parquet file has at least this many rows, where it is not the last.
const PARTITION_ROWS: i64 = 1 << 18;
/// Pieces that the rows of a Parquet file with few row groups are read in.
const MOST_PIECES: usize = 4;

/// Reads Parquet files.
pub(crate) struct Parquet;

impl FormatReader for Parquet {
    fn columns(&self, source: &Source) -> Result<Vec<String>, Error> {
        Ok(open(source)?.schema().fields().iter().map(|field| field.name().clone()).collect())
    }

    fn batches(
        &self,
        source: &Source,
        _header: &[String],
        positions: &[usize],
        batch_rows: usize,
    ) -> Result<Records, Error> {
        let (projection, order) = in_file_order(positions);
        let builder = open(source)?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), projection);
        let built =
            guarded(|| builder.with_projection(mask).with_batch_size(batch_rows).build(), ParquetError::General);
        let batches = built.map_err(|error| unreadable(source, NAME, &error))?;
        let source = source.clone();
        let batches = Guarded::new(batches, order);
        Ok(Box::new(batches.map(move |batch| batch.map_err(|error| unreadable(&source, NAME, &error)))))
    }

    fn line_of(&self, _source: &Source, _row: u64) -> Option<u64> {
        None
    }

    fn types(&self, source: &Source) -> Result<Option<SchemaRef>, Error> {
        Ok(Some(Arc::clone(open(source)?.schema())))
    }
}

/// A Parquet file whose metadata is read once for all its partitions.
#[derive(Debug, Clone)]
pub(crate) struct ParquetFile {
    metadata: ArrowReaderMetadata,
}

impl ParquetFile {
    pub(crate) fn open(source: &Source) -> Result<Self, NeedsStrictReader> {
        let file = source.reader().map_err(|_| NeedsStrictReader)?;
        let metadata = guarded(|| metadata(&file), ParquetError::General).map_err(|_| NeedsStrictReader)?;
        Ok(Self { metadata })
    }

    /// Consecutive row groups with about [`PARTITION_ROWS`] rows together; of a file with few row groups, ranges of their
    /// rows.
    pub(crate) fn partitions(&self) -> Vec<(Range<usize>, Option<Range<usize>>)> {
        let groups = self.groups();
        let pieces = MOST_PIECES / groups.len().max(1);
        let mut partitions = Vec::new();
        for groups in groups {
            let of_groups = &self.metadata.metadata().row_groups()[groups.clone()];
            let n_rows: i64 = of_groups.iter().map(RowGroupMetaData::num_rows).sum();
            let n_rows = usize::try_from(n_rows).unwrap_or(0);
            let length = n_rows.div_ceil(pieces.max(1)).max(1 << 16);
            if length >= n_rows {
                partitions.push((groups, None));
                continue;
            }
            // Rows that are passed over cost little, but not nothing, so there are not more pieces than that.
            let ranges = (0..n_rows).step_by(length).map(|start| start..(start + length).min(n_rows));
            partitions.extend(ranges.map(|rows| (groups.clone(), Some(rows))));
        }
        partitions
    }

    /// Consecutive row groups with about [`PARTITION_ROWS`] rows together.
    fn groups(&self) -> Vec<Range<usize>> {
        let mut groups = Vec::new();
        let (mut start, mut rows) = (0, 0);
        for (index, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            rows += group.num_rows();
            if rows >= PARTITION_ROWS {
                groups.push(start..index + 1);
                (start, rows) = (index + 1, 0);
            }
        }
        if rows > 0 {
            groups.push(start..self.metadata.metadata().num_row_groups());
        }
        groups
    }

    /// The rows of a row group that are among those of a partition: `rows`, counted from the first row of `groups` on.
    pub(crate) fn rows_of_group(
        &self,
        (groups, rows): &(Range<usize>, Option<Range<usize>>),
        group: usize,
    ) -> Result<Range<usize>, NeedsStrictReader> {
        let n_rows = |group: &RowGroupMetaData| usize::try_from(group.num_rows()).map_err(|_| NeedsStrictReader);
        let all = self.metadata.metadata().row_groups();
        let of_group = n_rows(all.get(group).ok_or(NeedsStrictReader)?)?;
        let Some(rows) = rows else { return Ok(0..of_group) };
        let before: usize = all[groups.start..group].iter().map(n_rows).sum::<Result<usize, NeedsStrictReader>>()?;
        let within = |row: usize| row.saturating_sub(before).min(of_group);
        Ok(within(rows.start)..within(rows.end))
    }

    /// Some rows of a row group: the columns that are wanted, in the codes of the file where that is possible.
    pub(crate) fn group(
        &self,
        source: &Source,
        group: usize,
        rows: Range<usize>,
        wanted: &[Wanted],
        batch_rows: usize,
    ) -> Result<GroupRows, NeedsStrictReader> {
        let file = Arc::new(source.reader().map_err(|_| NeedsStrictReader)?);
        let of_group = self.metadata.metadata().row_groups().get(group).ok_or(NeedsStrictReader)?;
        let fields = self.metadata.schema().fields();
        let mut columns = Vec::with_capacity(wanted.len());
        let mut decoded: Vec<&Wanted> = Vec::new();
        for column in wanted {
            let field = fields.get(column.position).ok_or(NeedsStrictReader)?;
            let is_tried = column.may_be_coded && !rows.is_empty();
            let coded =
                if is_tried { CodedColumn::open(&file, of_group, column.position, field.data_type())? } else { None };
            columns.push(if let Some(mut coded) = coded {
                coded.skip_rows(rows.start)?;
                GroupColumn::Coded(Box::new(coded))
            } else {
                decoded.push(column);
                GroupColumn::Decoded(decoded.len() - 1)
            });
        }
        let records = if decoded.is_empty() {
            None
        } else {
            Some(self.records((*file).clone(), group, rows.clone(), &decoded, batch_rows)?)
        };
        Ok(GroupRows::new(columns, records, rows.len(), batch_rows))
    }

    /// The columns that are decoded; texts with the dictionary that the file has for them.
    fn records(
        &self,
        file: ByteReader,
        group: usize,
        rows: Range<usize>,
        wanted: &[&Wanted],
        batch_rows: usize,
    ) -> Result<DecodedRows, NeedsStrictReader> {
        let positions: Vec<usize> = wanted.iter().map(|column| column.position).collect();
        let (projection, order) = in_file_order(&positions);
        let mut fields: Vec<FieldRef> = self.metadata.schema().fields().iter().cloned().collect();
        for column in wanted.iter().filter(|column| column.is_category) {
            let field = &fields[column.position];
            if is_text(field.data_type()) {
                let coded = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
                fields[column.position] = Arc::new(field.as_ref().clone().with_data_type(coded));
            }
        }
        let schema = Arc::new(Schema::new_with_metadata(fields, self.metadata.schema().metadata().clone()));
        let options = ArrowReaderOptions::new().with_schema(schema);
        let build = || {
            let metadata = ArrowReaderMetadata::try_new(Arc::clone(self.metadata.metadata()), options)?;
            let mask = ProjectionMask::roots(metadata.parquet_schema(), projection);
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata)
                .with_row_groups(vec![group])
                .with_projection(mask)
                .with_batch_size(batch_rows);
            builder.with_offset(rows.start).with_limit(rows.len()).build()
        };
        let reader = guarded(build, ParquetError::General).map_err(|_| NeedsStrictReader)?;
        Ok(Box::new(Guarded::new(reader, order)))
    }
}

fn open(source: &Source) -> Result<ParquetRecordBatchReaderBuilder<ByteReader>, Error> {
    let file = source.reader()?;
    let open = || {
        let metadata = metadata(&file)?;
        Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata))
    };
    guarded(open, ParquetError::General).map_err(|error| unreadable(source, NAME, &error))
}

/// What stands at the end of a file, with plain columns.
fn metadata(file: &ByteReader) -> Result<ArrowReaderMetadata, ParquetError> {
    let metadata = ArrowReaderMetadata::load(file, ArrowReaderOptions::new())?;
    match plain_schema(metadata.schema()) {
        None => Ok(metadata),
        Some(schema) => {
            let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
            ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options)
        }
    }
}
