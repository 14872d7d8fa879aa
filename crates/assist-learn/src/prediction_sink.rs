//! Where predictions of a table go: a file, which appears whole or not at all, or a stream.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use assist_data::{Format, RawBatch, ReadyRows, Table, TableWriter, TypedTable, check_output, csv_header};
use assist_score::{Model, Outcome};

use crate::added_columns::{AddedColumns, ContributionCells, RowOutcome};
use crate::dataset::readings_of_model;
use crate::error::Error;
use crate::predict::{
    PredictSettings, PredictSummary, positions, schema_with_added, score_table, source_columns, with_added,
};
use crate::progress::Watch;

/// Where predictions go: a table with the input's columns and behind them those of the prediction, or a stream of outcomes.
pub struct PredictionSink<'a>(pub(crate) Content<'a>);

pub(crate) enum Content<'a> {
    /// A table in a file.
    File { path: PathBuf, format: Format },
    /// A table as CSV.
    Csv(Box<dyn Write + 'a>),
    /// One outcome a row, as JSON lines.
    Outcomes(Box<dyn Write + 'a>),
}

impl<'a> PredictionSink<'a> {
    /// A file; its ending is its format. A CSV file has between its cells what the input has there.
    ///
    /// # Errors
    ///
    /// An ending that is not known.
    pub fn file(path: &Path) -> Result<Self, Error> {
        Ok(Self(Content::File { path: path.to_owned(), format: Format::of_ending(path)? }))
    }

    /// CSV to a stream.
    pub fn csv(out: impl Write + 'a) -> Self {
        Self(Content::Csv(Box::new(out)))
    }

    /// JSON lines to a stream: one outcome a row, without the input's columns.
    pub fn json_lines(out: impl Write + 'a) -> Self {
        Self(Content::Outcomes(Box::new(out)))
    }
}

/// Scores a table into a sink on all cores, batch by batch: memory does not grow with its rows. A file appears whole or not
/// at all, and its bytes do not depend on the number of threads.
///
/// The input's columns keep their types as far as the output has types: those of a text file become numbers and truth values
/// in Parquet, Arrow and JSON where every cell of the column is one, and are the same texts in CSV.
///
/// # Errors
///
/// As [`predict_table`](crate::predict_table); [`Error::AddedColumn`]; columns that the output cannot hold; those of the sink.
pub fn write_predictions(
    model: &Model,
    table: &Table,
    sink: PredictionSink<'_>,
    settings: &PredictSettings,
    watch: Watch<'_>,
) -> Result<PredictSummary, Error> {
    let (format, begin): (Format, Begin<'_>) = match sink.0 {
        Content::Outcomes(out) => return write_outcomes(model, table, out, settings, watch),
        content => content.table(table)?,
    };
    write_table(model, table, format, settings, watch, begin)
}

/// Outcomes as JSON, one a line.
pub(crate) fn lines(outcomes: Vec<RowOutcome>) -> Result<Vec<u8>, Error> {
    let mut text = Vec::new();
    for outcome in outcomes {
        serde_json::to_writer(&mut text, &Outcome::from(outcome))?;
        text.push(b'\n');
    }
    Ok(text)
}

/// The columns that a prediction adds to a table in a format.
pub(crate) fn added_columns(
    columns: &[&str],
    format: Format,
    settings: &PredictSettings,
) -> Result<AddedColumns, Error> {
    let cells = if format == Format::JsonLines { ContributionCells::List } else { ContributionCells::Text };
    AddedColumns::beside(columns, settings.prefix.as_deref(), settings.explain.then_some(cells))
}

/// Begins a table whose columns are known.
pub(crate) type Begin<'a> = Box<dyn FnOnce(&SchemaRef) -> Result<Target<'a>, Error> + 'a>;

impl<'a> Content<'a> {
    /// The format of a table that goes there, and what begins it; a stream of outcomes would be one of CSV.
    pub(crate) fn table(self, input: &Table) -> Result<(Format, Begin<'a>), Error> {
        let csv = csv_like(input.format());
        Ok(match self {
            Self::File { path, format } => {
                check_output(&path, &input.paths())?;
                // The ending says no more than that it is CSV.
                let format = if format == (Format::Csv { delimiter: b',' }) { csv } else { format };
                let begin =
                    move |schema: &SchemaRef| Ok(Target::File(Box::new(TableWriter::create(&path, format, schema)?)));
                (format, Box::new(begin))
            }
            Self::Csv(out) | Self::Outcomes(out) => {
                let begin = move |schema: &SchemaRef| {
                    let header = match csv {
                        Format::Csv { delimiter } => csv_header(schema, delimiter),
                        _ => Vec::new(),
                    };
                    Ok(Target::Stream { out, header })
                };
                (csv, Box::new(begin))
            }
        })
    }
}

/// CSV as the input has it between its cells; with commas where the input is another format, or has tabs, whose files have
/// an ending of their own.
fn csv_like(input: Format) -> Format {
    match input {
        Format::Csv { delimiter } if delimiter != b'\t' => input,
        _ => Format::Csv { delimiter: b',' },
    }
}

/// What a table is written to.
pub(crate) enum Target<'a> {
    File(Box<TableWriter>),
    /// The header goes out with the first rows: a table that turns out to be none leaves nothing.
    Stream {
        out: Box<dyn Write + 'a>,
        header: Vec<u8>,
    },
}

impl Target<'_> {
    pub(crate) fn append(&mut self, rows: Vec<ReadyRows>) -> Result<(), Error> {
        match self {
            Self::File(writer) => Ok(writer.append(rows)?),
            Self::Stream { out, header } => {
                out.write_all(&std::mem::take(header))?;
                Ok(rows.iter().filter_map(ReadyRows::text).try_for_each(|text| out.write_all(text))?)
            }
        }
    }

    pub(crate) fn finish(self) -> Result<(), Error> {
        match self {
            Self::File(writer) => Ok(writer.finish()?),
            Self::Stream { mut out, .. } => Ok(out.flush()?),
        }
    }
}

/// The input's columns and those of the prediction. Nothing is begun before it is known that every column can be written.
fn write_table<'a>(
    model: &Model,
    table: &Table,
    format: Format,
    settings: &PredictSettings,
    watch: Watch<'_>,
    begin: impl FnOnce(&SchemaRef) -> Result<Target<'a>, Error>,
) -> Result<PredictSummary, Error> {
    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let added = added_columns(&columns, format, settings)?;
    positions(model, &readings_of_model(model, &[]), &columns, &table.name())?;
    let typed = TypedTable::new(table, format)?;
    let schema = schema_with_added(typed.schema(), &added);
    let mut target = begin(&schema)?;
    let ready = |batch: &RawBatch, outcomes: Vec<RowOutcome>| {
        let rows = typed.convert(batch.source, &batch.record)?;
        Ok(ReadyRows::new(format, with_added(&rows, &added.cells(&outcomes)?, &schema)?)?)
    };
    let summary = score_table(model, table, &columns, settings, watch, ready, |rows| target.append(rows))?;
    target.finish()?;
    Ok(PredictSummary { prefix: added.prefix().to_owned(), ..summary })
}

/// The outcomes alone, for which no more than the model's columns is read.
fn write_outcomes(
    model: &Model,
    table: &Table,
    mut out: Box<dyn Write + '_>,
    settings: &PredictSettings,
    watch: Watch<'_>,
) -> Result<PredictSummary, Error> {
    let all: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let readings = readings_of_model(model, &[]);
    positions(model, &readings, &all, &table.name())?;
    let columns: BTreeSet<&str> = source_columns(model, &readings).collect();
    let columns: Vec<&str> = columns.into_iter().collect();
    let made = |_: &RawBatch, outcomes: Vec<RowOutcome>| lines(outcomes);
    let summary = score_table(model, table, &columns, settings, watch, made, |texts| {
        Ok(texts.iter().try_for_each(|text| out.write_all(text))?)
    })?;
    out.flush()?;
    Ok(summary)
}
