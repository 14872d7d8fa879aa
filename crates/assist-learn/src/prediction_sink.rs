//! Where predictions of a table go: a file, which appears whole or not at all, or a stream.

use std::io::Write;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use assist_data::{Format, Table, TableWriter, WholeFile, check_output};
use assist_score::{Model, Outcome, Rejection, Scored};

use crate::error::Error;
use crate::predict::{PredictSettings, PredictSummary, check_added, predict_table, with_outcomes};
use crate::progress::Watch;

/// Where predictions go. JSON lines have one outcome a row; everything else has the input's columns and behind them those of
/// the prediction.
pub struct PredictionSink<'a>(Content<'a>);

enum Content<'a> {
    LinesFile(WholeFile),
    Lines(Box<dyn Write + 'a>),
    /// The writer starts with the first batch, which has the types.
    Table {
        path: PathBuf,
        format: Format,
        writer: Option<TableWriter>,
    },
    /// The header is written with the first batch.
    Csv {
        out: Box<dyn Write + 'a>,
        has_header: bool,
    },
}

impl<'a> PredictionSink<'a> {
    /// A file; its ending is its format.
    ///
    /// # Errors
    ///
    /// An ending that is not known, and the operating system's.
    pub fn file(path: &Path) -> Result<Self, Error> {
        Ok(Self(match Format::of_ending(path)? {
            Format::JsonLines => Content::LinesFile(WholeFile::create(path)?),
            format => Content::Table { path: path.to_owned(), format, writer: None },
        }))
    }

    /// CSV to a stream.
    pub fn csv(out: impl Write + 'a) -> Self {
        Self(Content::Csv { out: Box::new(out), has_header: false })
    }

    /// JSON lines to a stream.
    pub fn json_lines(out: impl Write + 'a) -> Self {
        Self(Content::Lines(Box::new(out)))
    }

    /// Whether the input's columns are written as well, so that none may have the name of an added one.
    fn has_columns(&self) -> bool {
        matches!(self.0, Content::Table { .. } | Content::Csv { .. })
    }

    /// The file, if it is one.
    fn path(&self) -> Option<&Path> {
        match &self.0 {
            Content::LinesFile(file) => Some(file.path()),
            Content::Table { path, .. } => Some(path),
            Content::Lines(_) | Content::Csv { .. } => None,
        }
    }

    fn write(
        &mut self,
        batch: &RecordBatch,
        outcomes: Vec<Result<Scored, Rejection>>,
        settings: PredictSettings,
    ) -> Result<(), Error> {
        match &mut self.0 {
            Content::Lines(out) => write_lines(out, outcomes),
            Content::LinesFile(file) => write_lines(file, outcomes),
            Content::Csv { out, has_header } => {
                // Into memory first: Arrow would turn a closed pipe into an error of its own.
                let mut writer = arrow::csv::WriterBuilder::new().with_header(!*has_header).build(Vec::new());
                writer.write(&with_outcomes(batch, &outcomes, settings)?)?;
                *has_header = true;
                Ok(out.write_all(&writer.into_inner())?)
            }
            Content::Table { path, format, writer } => {
                let scored = with_outcomes(batch, &outcomes, settings)?;
                let writer = match writer {
                    Some(writer) => writer,
                    none => none.insert(TableWriter::create(path, *format, &scored.schema())?),
                };
                Ok(writer.write(&scored)?)
            }
        }
    }

    fn finish(self) -> Result<(), Error> {
        match self.0 {
            Content::Lines(mut out) | Content::Csv { mut out, .. } => Ok(out.flush()?),
            Content::LinesFile(file) => Ok(file.finish()?),
            Content::Table { writer, .. } => Ok(writer.map_or(Ok(()), TableWriter::finish)?),
        }
    }
}

/// Scores a table into a sink, batch by batch: memory does not grow with its rows. A file appears whole or not at all.
///
/// # Errors
///
/// As [`predict_table`]; [`Error::AddedColumn`]; a file that is one of the table's; those of the sink.
pub fn write_predictions(
    model: &Model,
    table: &Table,
    mut sink: PredictionSink<'_>,
    settings: PredictSettings,
    watch: Watch<'_>,
) -> Result<PredictSummary, Error> {
    if let Some(path) = sink.path() {
        check_output(path, &table.paths())?;
    }
    if sink.has_columns() {
        let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
        check_added(&columns, settings)?;
    }
    let summary =
        predict_table(model, table, settings, watch, &mut |batch, outcomes| sink.write(batch, outcomes, settings))?;
    sink.finish()?;
    Ok(summary)
}

/// One JSON object a row.
fn write_lines(writer: &mut dyn Write, outcomes: Vec<Result<Scored, Rejection>>) -> Result<(), Error> {
    for outcome in outcomes {
        serde_json::to_writer(&mut *writer, &Outcome::from(outcome)).map_err(|error| match error.io_error_kind() {
            Some(kind) => Error::Io(kind.into()),
            None => Error::Json(error),
        })?;
        writer.write_all(b"\n")?;
    }
    Ok(())
}
