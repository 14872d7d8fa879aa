//! Predictions of rows that an engine reads: batches come in whatever order they are made, and go where those of a table go.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use assist_data::{Format, Place, Position, RawBatch, ReadyRows, RowPosition, Table, TypedTable};
use assist_score::Model;
use rayon::prelude::*;

use crate::added_columns::{AddedColumns, RowOutcome};
use crate::dataset::readings_of_model;
use crate::error::Error;
use crate::predict::{PredictSettings, PredictSummary, Tally, outcomes, positions, schema_with_added, with_added};
use crate::prediction_sink::{Content, PredictionSink, Target, added_columns, lines};
use crate::progress::{Stage, Watch, tell};

/// Batches that are scored at once.
const BATCHES_AT_ONCE: usize = 16;

/// As [`write_predictions`](crate::write_predictions), of batches that an engine makes of the table's files: their columns are
/// those of the table, in that order, and their rows in whatever order they come.
///
/// # Errors
///
/// As [`write_predictions`](crate::write_predictions), and those of the batches.
pub fn write_predictions_of<E: From<Error>>(
    model: &Model,
    table: &Table,
    mut batches: impl Iterator<Item = Result<RecordBatch, E>>,
    sink: PredictionSink<'_>,
    settings: &PredictSettings,
    watch: Watch<'_>,
) -> Result<PredictSummary, E> {
    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let readings = readings_of_model(model, &table.options().na);
    let at = positions(model, &readings, &columns, &table.name())?;
    let (rows, mut output) = RowsOut::begin(table, &columns, sink, settings)?;
    let mut summary = PredictSummary { prefix: rows.prefix(), ..PredictSummary::default() };
    let source = format!("the rows of {}", table.name());
    let place = |at: RowPosition| Place { source: source.clone(), position: Position::Row(at.row + 1) };
    let mut first_row = 0;
    loop {
        let mut chunk = Vec::with_capacity(BATCHES_AT_ONCE);
        for record in batches.by_ref().take(BATCHES_AT_ONCE) {
            let batch = RawBatch { record: record?, source: 0, first_row };
            first_row += batch.record.num_rows() as u64;
            chunk.push(batch);
        }
        if chunk.is_empty() {
            break;
        }
        let score = |batch: &RawBatch| {
            let outcomes = outcomes(model, &batch.record, &readings, &at, settings)?;
            Ok((Tally::of(batch, &outcomes), rows.ready(batch, outcomes)?))
        };
        let scored: Vec<(Tally, ReadyOut)> = chunk.par_iter().map(score).collect::<Result<_, Error>>()?;
        for (tally, ready) in scored {
            tally.add_to(&mut summary, place);
            output.append(ready)?;
        }
        tell(watch, Stage::Scoring, summary.rows)?;
    }
    if summary.rows == 0 {
        return Err(Error::from(assist_data::Error::NoRows(table.name())).into());
    }
    output.finish()?;
    Ok(summary)
}

/// What is made of rows.
enum RowsOut<'a> {
    /// A table with further columns.
    Table { typed: TypedTable<'a>, format: Format, added: AddedColumns, schema: SchemaRef },
    /// Outcomes alone.
    Outcomes,
}

/// Where it goes.
enum Output<'a> {
    Table(Target<'a>),
    Lines(Box<dyn Write + 'a>),
}

/// Rows that can be written.
enum ReadyOut {
    Table(ReadyRows),
    Lines(Vec<u8>),
}

impl<'a> RowsOut<'a> {
    /// Nothing is begun before it is known that every column can be written.
    fn begin(
        table: &'a Table,
        columns: &[&str],
        sink: PredictionSink<'a>,
        settings: &PredictSettings,
    ) -> Result<(Self, Output<'a>), Error> {
        let (format, begin) = match sink.0 {
            Content::Outcomes(out) => return Ok((Self::Outcomes, Output::Lines(out))),
            content => content.table(table)?,
        };
        let added = added_columns(columns, format, settings)?;
        let typed = TypedTable::new(table, format)?;
        let schema = schema_with_added(typed.schema(), &added);
        let target = begin(&schema)?;
        Ok((Self::Table { typed, format, added, schema }, Output::Table(target)))
    }

    fn prefix(&self) -> String {
        match self {
            Self::Table { added, .. } => added.prefix().to_owned(),
            Self::Outcomes => String::new(),
        }
    }

    fn ready(&self, batch: &RawBatch, outcomes: Vec<RowOutcome>) -> Result<ReadyOut, Error> {
        Ok(match self {
            Self::Table { typed, format, added, schema } => {
                let rows = typed.convert(batch.source, &batch.record)?;
                let rows = with_added(&rows, &added.cells(&outcomes)?, schema)?;
                ReadyOut::Table(ReadyRows::new(*format, rows)?)
            }
            Self::Outcomes => ReadyOut::Lines(lines(outcomes)?),
        })
    }
}

impl Output<'_> {
    fn append(&mut self, ready: ReadyOut) -> Result<(), Error> {
        match (self, ready) {
            (Self::Table(target), ReadyOut::Table(rows)) => target.append(vec![rows]),
            (Self::Lines(out), ReadyOut::Lines(text)) => Ok(out.write_all(&text)?),
            // Either is made for the other.
            _ => Ok(()),
        }
    }

    fn finish(self) -> Result<(), Error> {
        match self {
            Self::Table(target) => target.finish(),
            Self::Lines(mut out) => Ok(out.flush()?),
        }
    }
}
