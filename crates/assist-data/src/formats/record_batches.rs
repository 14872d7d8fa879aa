//! Record batches in memory: nothing is read, and nothing is copied.

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use crate::error::{Error, NeedsStrictReader};
use crate::formats::dictionaries::plain;
use crate::formats::reader::{FormatReader, Records};
use crate::source::Source;

/// Rows of a partition. The same on every machine, so that results do not depend on the number of cores.
const PARTITION_ROWS: usize = 1 << 16;

/// Reads record batches.
pub(crate) struct RecordBatches;

impl FormatReader for RecordBatches {
    fn columns(&self, source: &Source) -> Result<Vec<String>, Error> {
        let all = batches_of(source);
        let Some(first) = all.first() else { return Err(Error::EmptyFile(source.name().to_owned())) };
        let expected = first.schema();
        for (index, batch) in all.iter().enumerate() {
            if !has_the_columns(&batch.schema(), &expected) {
                return Err(Error::OtherColumns {
                    source_name: source.name().to_owned(),
                    batch: index + 1,
                    expected: described(&expected),
                    found: described(&batch.schema()),
                });
            }
        }
        Ok(expected.fields().iter().map(|field| field.name().clone()).collect())
    }

    fn batches(
        &self,
        source: &Source,
        _header: &[String],
        positions: &[usize],
        batch_rows: usize,
    ) -> Result<Records, Error> {
        let n_rows = batches_of(source).iter().map(RecordBatch::num_rows).sum();
        let name = source.name().to_owned();
        let slices = slices(source, 0..n_rows, positions, batch_rows);
        Ok(Box::new(slices.map(move |batch| {
            batch.map_err(|error| Error::Unreadable {
                source_name: name.clone(),
                format: "Arrow",
                detail: error.to_string(),
            })
        })))
    }

    fn line_of(&self, _source: &Source, _row: u64) -> Option<u64> {
        None
    }

    /// A column is nullable if it is in one of the batches.
    fn types(&self, source: &Source) -> Result<Option<SchemaRef>, Error> {
        let all = batches_of(source);
        let Some(first) = all.first().map(RecordBatch::schema) else { return Ok(None) };
        let field = |(index, field): (usize, &FieldRef)| {
            let is_nullable = all.iter().any(|batch| batch.schema().field(index).is_nullable());
            field.as_ref().clone().with_nullable(is_nullable)
        };
        let fields: Vec<Field> = first.fields().iter().enumerate().map(field).collect();
        Ok(Some(Arc::new(Schema::new_with_metadata(fields, first.metadata().clone()))))
    }
}

/// Ranges of rows that hold all rows, whichever batches these are in.
pub(crate) fn partitions(source: &Source) -> Vec<Range<usize>> {
    let n_rows: usize = batches_of(source).iter().map(RecordBatch::num_rows).sum();
    (0..n_rows).step_by(PARTITION_ROWS).map(|start| start..(start + PARTITION_ROWS).min(n_rows)).collect()
}

/// The columns at `positions` of a range of rows, at most `batch_rows` at a time.
pub(crate) fn records(
    source: &Source,
    rows: Range<usize>,
    positions: &[usize],
    batch_rows: usize,
) -> impl Iterator<Item = Result<RecordBatch, NeedsStrictReader>> + use<> {
    slices(source, rows, positions, batch_rows).map(|batch| batch.map_err(|_| NeedsStrictReader))
}

fn slices(
    source: &Source,
    rows: Range<usize>,
    positions: &[usize],
    batch_rows: usize,
) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> + use<> {
    let positions = positions.to_vec();
    let mut before = 0;
    let mut wanted = Vec::new();
    for batch in batches_of(source) {
        let (start, end) = (rows.start.max(before), rows.end.min(before + batch.num_rows()));
        if start < end {
            wanted.push((batch.clone(), start - before..end - before));
        }
        before += batch.num_rows();
    }
    wanted.into_iter().flat_map(move |(batch, rows)| {
        let batch = batch.project(&positions).and_then(plain);
        let end = rows.end;
        rows.step_by(batch_rows.max(1)).map(move |start| match &batch {
            Ok(batch) => Ok(batch.slice(start, batch_rows.max(1).min(end - start))),
            Err(error) => Err(ArrowError::SchemaError(error.to_string())),
        })
    })
}

fn batches_of(source: &Source) -> &[RecordBatch] {
    source.record_batches().map_or(&[], |batches| batches)
}

/// Names and types are compared; what else a schema says is of no consequence for its cells.
fn has_the_columns(schema: &Schema, expected: &Schema) -> bool {
    let (found, expected) = (schema.fields(), expected.fields());
    let same = |(a, b): (&FieldRef, &FieldRef)| a.name() == b.name() && a.data_type() == b.data_type();
    found.len() == expected.len() && found.iter().zip(expected).all(same)
}

fn described(schema: &Schema) -> Vec<String> {
    schema.fields().iter().map(|field| format!("{}: {}", field.name(), field.data_type())).collect()
}
