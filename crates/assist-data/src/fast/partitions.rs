//! The partitions of a table (ranges of bytes, row groups, batches), each read block by block.

use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use arrow::record_batch::RecordBatch;

use crate::alignment::{Aligned, Purpose};
use crate::error::{Error, NeedsStrictReader};
use crate::fast::blocks::filling::Blocks;
use crate::fast::csv_records::CsvRecords;
use crate::fast::cuts::{Cut, cuts};
use crate::fast::separators::Extent;
use crate::file_format::Format;
use crate::formats::parquet_group::Wanted;
use crate::formats::{arrow_ipc, json_lines, record_batches};
use crate::labels::label_key;
use crate::row_block::{Columns, RowBlock};
use crate::schema::{LabelRole, Schema};
use crate::strict_reader::Reader;
use crate::table::{Table, positions_of};

/// Rows that are taken at a time from a typed table, so that no column is ever whole in memory.
const BLOCK_ROWS: usize = 2048;

/// The partitions of a table, for one schema. They hold all rows, in the table's order.
#[derive(Debug)]
pub struct Partitions<'a> {
    table: &'a Table,
    schema: &'a Schema,
    list: Vec<Partition>,
    known_labels: Option<[String; 2]>,
}

/// A partition of one of the table's files.
#[derive(Debug)]
struct Partition {
    source: usize,
    /// Where the columns stand in the file: numeric, categorical, weight, time, group, label.
    positions: Arc<Vec<usize>>,
    cut: Cut,
}

impl<'a> Partitions<'a> {
    /// The partitions of a table. With `known_labels`, the negative and the positive label of a model, no others are taken.
    ///
    /// # Errors
    ///
    /// What is left to the strict reader.
    pub fn new(
        table: &'a Table,
        schema: &'a Schema,
        known_labels: Option<[&str; 2]>,
    ) -> Result<Self, NeedsStrictReader> {
        if schema.label == LabelRole::None {
            return Err(NeedsStrictReader);
        }
        let mut list = Vec::new();
        for (index, source) in table.sources().iter().enumerate() {
            let header = table.header(index);
            let columns: Vec<&str> = schema.read_columns().collect();
            let positions = Arc::new(positions_of(&columns, header).map_err(|_| NeedsStrictReader)?);
            // Text is cut into cells where it stands, and has none of the path.
            let is_csv = matches!(source.format(), Format::Csv { .. });
            if is_csv && !table.alignment(index).columns(&positions, Purpose::Cells).is_plain() {
                return Err(NeedsStrictReader);
            }
            let partition = |cut| Partition { source: index, positions: Arc::clone(&positions), cut };
            list.extend(cuts(source, header.len(), table.partition_bytes())?.into_iter().map(partition));
        }
        Ok(Self { table, schema, list, known_labels: known_labels.map(|labels| labels.map(label_key)) })
    }

    /// The whole table as one partition that the strict reader reads.
    pub fn strict(table: &'a Table, schema: &'a Schema, known_labels: Option<[&str; 2]>) -> Self {
        let all = Partition { source: 0, positions: Arc::default(), cut: Cut::Strict };
        Self { table, schema, list: vec![all], known_labels: known_labels.map(|labels| labels.map(label_key)) }
    }

    /// How many partitions there are.
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

    /// The columns to ask a Parquet file for. Only cells of features and labels may be codes, and only where the table's columns are
    /// those of the file.
    fn wanted(&self, partition: &Partition, columns: Columns, aligned: &Aligned) -> Vec<Wanted> {
        let n_features = if columns == Columns::All { self.schema.feature_columns().count() } else { 0 };
        let categories = &partition.positions[self.schema.numeric.len()..self.schema.feature_columns().count()];
        let is_label = |place: usize| {
            matches!(self.schema.label, LabelRole::Column { .. }) && place + 1 == aligned.in_file().len()
        };
        let wanted = aligned.in_file().iter().enumerate().map(|(place, position)| Wanted {
            position: *position,
            may_be_coded: aligned.is_plain() && (place < n_features || is_label(place)),
            is_category: n_features > 0 && categories.contains(position),
        });
        wanted.collect()
    }

    /// Hands the rows of a partition to `take`, block by block, and gives the labels that occur, in the order of their first
    /// occurrence.
    ///
    /// # Errors
    ///
    /// [`NeedsStrictReader`], or what the strict reader says; what `take` says.
    ///
    /// # Panics
    ///
    /// Where there is no such partition.
    pub fn for_each_block<E: From<Error> + From<NeedsStrictReader>>(
        &self,
        partition: usize,
        columns: Columns,
        mut take: impl FnMut(RowBlock<'_>) -> Result<(), E>,
    ) -> Result<Vec<String>, E> {
        let partition = &self.list[partition];
        let source = &self.table.sources()[partition.source];
        let alignment = self.table.alignment(partition.source);
        let header = &self.table.header(partition.source)[..alignment.n_in_file()];
        let n_labels = self.schema.row_columns().count();
        let positions = match columns {
            Columns::All => partition.positions.as_slice(),
            Columns::Labels => &partition.positions[partition.positions.len().saturating_sub(n_labels)..],
        };
        let mut blocks = Blocks::new(self.schema, columns, self.known_labels.as_ref(), partition.source);
        let aligned = alignment.columns(positions, Purpose::Cells);
        let fill = |blocks: &mut Blocks, record: RecordBatch| -> Result<(), NeedsStrictReader> {
            blocks.fill_from_arrow(&aligned.complete(record).map_err(|_| NeedsStrictReader)?)
        };
        match &partition.cut {
            Cut::Csv { marks, bytes, is_last } => {
                let is_last_column = positions == [header.len() - 1];
                let extent = if is_last_column { Extent::Last } else { Extent::All };
                let mut records = CsvRecords::new(source, *marks, header.len(), extent, bytes.clone(), *is_last)?;
                while let Some((text, separators)) = records.next_records()? {
                    blocks.fill_from_csv(text, separators, positions)?;
                    take(blocks.block())?;
                }
            }
            Cut::JsonLines(bytes) => {
                let mut file = source.reader().map_err(|_| NeedsStrictReader)?;
                file.seek(SeekFrom::Start(bytes.start)).map_err(|_| NeedsStrictReader)?;
                let lines = std::io::BufReader::new(file.take(bytes.end - bytes.start));
                for record in
                    json_lines::records(lines, header, aligned.in_file(), BLOCK_ROWS).map_err(|_| NeedsStrictReader)?
                {
                    fill(&mut blocks, record.map_err(|_| NeedsStrictReader)?)?;
                    take(blocks.block())?;
                }
            }
            Cut::RowGroups(file, groups, rows) => {
                let wanted = self.wanted(partition, columns, &aligned);
                let rows = (groups.clone(), rows.clone());
                for group in groups.clone() {
                    let of_group = file.rows_of_group(&rows, group)?;
                    let mut rows = file.group(source, group, of_group, &wanted, BLOCK_ROWS)?;
                    if !aligned.is_plain() {
                        while let Some(record) = rows.next_record()? {
                            fill(&mut blocks, record)?;
                            take(blocks.block())?;
                        }
                        continue;
                    }
                    while let Some((n_rows, columns)) = rows.next_rows()? {
                        blocks.fill_from_columns(n_rows, columns)?;
                        take(blocks.block())?;
                    }
                }
            }
            Cut::Batches(range) => {
                for record in arrow_ipc::records(source, range.clone(), aligned.in_file())? {
                    let record = record.map_err(|_| NeedsStrictReader)?;
                    for start in (0..record.num_rows()).step_by(BLOCK_ROWS) {
                        let length = BLOCK_ROWS.min(record.num_rows() - start);
                        fill(&mut blocks, record.slice(start, length))?;
                        take(blocks.block())?;
                    }
                }
            }
            Cut::Rows(rows) => {
                for record in record_batches::records(source, rows.clone(), aligned.in_file(), BLOCK_ROWS) {
                    fill(&mut blocks, record?)?;
                    take(blocks.block())?;
                }
            }
            Cut::Strict => {
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
