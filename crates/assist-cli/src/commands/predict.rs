//! `predict`: for one user, asked or given, or for every row of a table.

use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Builder, RecordBatch, StringArray, StringBuilder, UInt8Builder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use assist_data::{Format, RowPosition, Table, TableWriter, WholeFile};
use assist_score::{FeatureSpace, Model, Outcome, Scored, Subject, Value};
use serde_json::json;

use crate::args::PredictArguments;
use crate::ask;
use crate::failure::Failure;
use crate::loading;
use crate::output::{self, Output, count, percent};
use crate::progress::Progress;
use crate::rows::FeatureColumns;

/// Rows that are scored at a time.
const BATCH_ROWS: usize = 4096;
/// Rejected rows that are described one by one.
const DESCRIBED: u64 = 5;
/// The columns that are added to a table.
const ADDED: [&str; 7] =
    ["outcome", "prediction", "probability", "raw_probability", "score", "outside_training_range", "rejection"];
/// The column that is added as well where predictions are taken apart.
const CONTRIBUTIONS: &str = "contributions";

pub(crate) fn run(arguments: &PredictArguments, output: Output) -> Result<(), Failure> {
    let model = assist_model::load(&arguments.model.model)?;
    if !arguments.input.is_empty() {
        return table(&model, arguments, output);
    }
    if !arguments.set.is_empty() {
        return given(&model, &arguments.set, arguments.explain, arguments.allow_rejected, output);
    }
    let typed = std::io::stdin().is_terminal();
    let answers = ask::ask(model.space(), &mut std::io::stdin().lock(), typed, &mut anstream::stderr())?;
    one(&model, &ask::values(&answers), arguments.explain, arguments.allow_rejected, output)
}

/// A prediction for values that are given as `NAME=VALUE`.
pub(crate) fn given(
    model: &Model,
    set: &[String],
    explain: bool,
    allow_rejected: bool,
    output: Output,
) -> Result<(), Failure> {
    let names: Vec<&str> = model.space().column_names().collect();
    let mut values = vec![Value::Missing; names.len()];
    for pair in set {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(Failure::usage(format!("`{pair}` is not of the form NAME=VALUE"), None));
        };
        let Some(position) = names.iter().position(|known| *known == name) else {
            let known: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let hint = format!("the model's columns are {}", known.join(", "));
            return Err(Failure::usage(format!("the model has no column `{name}`"), hint));
        };
        if !value.is_empty() {
            values[position] = Value::Text(value);
        }
    }
    one(model, &values, explain, allow_rejected, output)
}

fn one(
    model: &Model,
    values: &[Value<'_>],
    explain: bool,
    allow_rejected: bool,
    output: Output,
) -> Result<(), Failure> {
    let outcome = Outcome::from(if explain { model.explain(values) } else { model.score(values) });
    if output.json {
        let mut line = serde_json::to_string(&outcome)?;
        line.push('\n');
        anstream::stdout().write_all(line.as_bytes())?;
    }
    match &outcome {
        Outcome::Scored(scored) => describe(model, scored, output),
        Outcome::Rejected(rejection) if allow_rejected => {
            output::warning(&rejection.to_string());
            Ok(())
        }
        Outcome::Rejected(rejection) => {
            let hint = match &rejection.subject {
                Subject::Column(column) if rejection.known.is_empty() => {
                    format!("column `{column}` takes {}", rejection.expected)
                }
                Subject::Row if rejection.known.is_empty() => format!("the model takes {}", rejection.expected),
                _ => {
                    let known: Vec<String> = rejection.known.iter().map(|level| format!("`{level}`")).collect();
                    format!("the model knows {}", known.join(", "))
                }
            };
            Err(Failure::outcome(rejection.to_string(), hint))
        }
        _ => Err(Failure::bug("an outcome that is neither a score nor a rejection")),
    }
}

fn describe(model: &Model, scored: &Scored, output: Output) -> Result<(), Failure> {
    let training = &model.parameters().training;
    let [n0, n1] = training.class_counts;
    let (rate, origin) = match training.base_rate {
        Some(rate) => (rate, "as stated in training"),
        None => (n1 as f64 / (n0 + n1) as f64, "that of the training rows"),
    };
    let target = &model.space().target;
    let label = if scored.prediction == 1 { &target.positive } else { &target.negative };
    output.answer(&format!("prediction       {} (`{}` = `{label}`)", scored.prediction, target.name))?;
    output.answer(&format!(
        "probability      {} (where {} of the users are `{}`, {origin})",
        percent(scored.probability),
        percent(rate),
        target.positive
    ))?;
    output.answer(&format!(
        "raw probability  {} (as fitted with class weights {:.4} and {:.4}; decides the prediction at 50 %)",
        percent(scored.raw_probability),
        training.class_weights[0],
        training.class_weights[1]
    ))?;
    output.answer(&format!("score            {:.4}", scored.score))?;
    if !scored.contributions.is_empty() {
        let row = |c: &assist_score::Contribution| vec![c.feature.clone(), format!("{:+.4}", c.value)];
        output.answer(&output::table(&["feature", "adds to the score"], scored.contributions.iter().map(row)))?;
    }
    for name in &scored.outside_training_range {
        output::warning(&format!("`{name}` is outside the range of the training rows; the model extrapolates"));
    }
    Ok(())
}

fn table(model: &Model, arguments: &PredictArguments, output: Output) -> Result<(), Failure> {
    let table = loading::open(&arguments.input)?;
    let positions = positions(model.space(), &table)?;
    let mut sink = Sink::create(arguments.output.as_deref(), output.json)?;
    if sink.needs_columns()
        && let Some(name) = ADDED
            .into_iter()
            .chain(arguments.explain.then_some(CONTRIBUTIONS))
            .find(|added| table.columns().iter().any(|column| column == added))
    {
        return Err(Failure::outcome(
            format!("the input has a column `{name}` already, which the prediction would add"),
            "rename or remove it, or write `.jsonl`".to_owned(),
        ));
    }
    let columns: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let progress = Progress::rows(output, "scoring", None);
    let mut rejected = Rejected::default();
    let (mut n_rows, mut n_outside) = (0, 0);
    for batch in table.batches(&columns, BATCH_ROWS)? {
        let batch = batch?;
        let cells = FeatureColumns::new(&batch.record, model.space(), &positions)?;
        let mut outcomes = Vec::with_capacity(batch.record.num_rows());
        let mut values = Vec::new();
        for row in 0..batch.record.num_rows() {
            cells.row(row, &mut values);
            let result = if arguments.explain { model.explain(&values) } else { model.score(&values) };
            let outcome = Outcome::from(result);
            if matches!(&outcome, Outcome::Scored(scored) if !scored.outside_training_range.is_empty()) {
                n_outside += 1;
            }
            if let Outcome::Rejected(rejection) = &outcome {
                let at = RowPosition { source: batch.source, row: batch.first_row + row as u64 };
                rejected.note(|| format!("{rejection} at {}", table.place(at)));
            }
            outcomes.push(outcome);
        }
        n_rows += outcomes.len() as u64;
        sink.write(&batch.record, &outcomes, arguments.explain)?;
        progress.add(outcomes.len());
    }
    if n_rows == 0 {
        return Err(assist_data::Error::NoRows(table.name()).into());
    }
    sink.finish()?;
    drop(progress);
    if let Some(path) = &arguments.output {
        output.json_document(&json!({
            "rows": n_rows, "scored": n_rows - rejected.rows, "rejected": rejected.rows,
            "outside_training_range": n_outside, "output": path.display().to_string(),
        }))?;
        output.text(&format!(
            "scored {} of {} rows into `{}`",
            count(n_rows - rejected.rows),
            count(n_rows),
            path.display()
        ))?;
    }
    if n_outside > 0 {
        output::warning(&format!(
            "{} of {} rows have a value outside the range of the training rows; there the model extrapolates",
            count(n_outside),
            count(n_rows)
        ));
    }
    rejected.report(n_rows, arguments.allow_rejected)
}

/// Where the model's columns are in the table.
fn positions(space: &FeatureSpace, table: &Table) -> Result<Vec<usize>, Failure> {
    let position = |name: &str| {
        table.columns().iter().position(|column| column == name).ok_or_else(|| {
            let found = table.columns().to_vec();
            assist_data::Error::MissingColumn { source_name: table.name(), column: name.to_owned(), found }.into()
        })
    };
    space.column_names().map(position).collect()
}

#[derive(Default)]
struct Rejected {
    rows: u64,
    described: Vec<String>,
}

impl Rejected {
    fn note(&mut self, describe: impl FnOnce() -> String) {
        self.rows += 1;
        if self.rows <= DESCRIBED {
            self.described.push(describe());
        }
    }

    fn report(self, n_rows: u64, allowed: bool) -> Result<(), Failure> {
        if self.rows == 0 {
            return Ok(());
        }
        let more = match self.rows - self.described.len() as u64 {
            0 => String::new(),
            more => format!("; and {} more", count(more)),
        };
        let message = format!(
            "{} of {} rows were rejected: {}{more}",
            count(self.rows),
            count(n_rows),
            self.described.join("; ")
        );
        if allowed {
            output::warning(&message);
            return Ok(());
        }
        Err(Failure::outcome(message, "the output is complete; `--allow-rejected` makes this no failure".to_owned()))
    }
}

/// Where scored rows go.
enum Sink {
    /// One JSON object a row.
    Lines(Box<dyn std::io::Write>),
    LinesFile(WholeFile),
    /// The input's columns and those of the prediction; the writer starts with the first batch, which has the types.
    Table {
        path: std::path::PathBuf,
        format: Format,
        writer: Option<TableWriter>,
    },
    /// The header is written with the first batch.
    Csv {
        out: Box<dyn std::io::Write>,
        has_header: bool,
    },
}

impl Sink {
    fn create(path: Option<&Path>, json: bool) -> Result<Self, Failure> {
        let stdout = || Box::new(BufWriter::new(std::io::stdout().lock())) as Box<dyn std::io::Write>;
        match path {
            None if json => Ok(Self::Lines(stdout())),
            None => Ok(Self::Csv { out: stdout(), has_header: false }),
            Some(path) => match Format::of_ending(path)? {
                Format::JsonLines => Ok(Self::LinesFile(WholeFile::create(path)?)),
                format => Ok(Self::Table { path: path.to_owned(), format, writer: None }),
            },
        }
    }

    fn needs_columns(&self) -> bool {
        matches!(self, Self::Table { .. } | Self::Csv { .. })
    }

    fn write(&mut self, record: &RecordBatch, outcomes: &[Outcome], explain: bool) -> Result<(), Failure> {
        match self {
            Self::Lines(writer) => lines(writer, outcomes),
            Self::LinesFile(file) => lines(file, outcomes),
            Self::Csv { out, has_header } => {
                // Into memory first: Arrow would turn a closed pipe into an error of its own.
                let mut writer = arrow::csv::WriterBuilder::new().with_header(!*has_header).build(Vec::new());
                writer.write(&with_outcomes(record, outcomes, explain)?).map_err(write_error)?;
                *has_header = true;
                Ok(out.write_all(&writer.into_inner())?)
            }
            Self::Table { path, format, writer } => {
                let scored = with_outcomes(record, outcomes, explain)?;
                let writer = match writer {
                    Some(writer) => writer,
                    none => none.insert(TableWriter::create(path, *format, &scored.schema())?),
                };
                Ok(writer.write(&scored)?)
            }
        }
    }

    fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Lines(mut writer) => Ok(writer.flush()?),
            Self::LinesFile(file) => Ok(file.finish()?),
            Self::Csv { mut out, .. } => Ok(out.flush()?),
            Self::Table { writer, .. } => Ok(writer.map_or(Ok(()), TableWriter::finish)?),
        }
    }
}

fn write_error(error: arrow::error::ArrowError) -> Failure {
    match error {
        arrow::error::ArrowError::IoError(_, error) => error.into(),
        other => Failure::outcome(other.to_string(), None),
    }
}

fn lines(writer: &mut dyn std::io::Write, outcomes: &[Outcome]) -> Result<(), Failure> {
    for outcome in outcomes {
        serde_json::to_writer(&mut *writer, outcome)?;
        writer.write_all(b"\n")?;
    }
    Ok(())
}

/// The input's columns, and behind them those of the prediction.
fn with_outcomes(record: &RecordBatch, outcomes: &[Outcome], explain: bool) -> Result<RecordBatch, Failure> {
    let n = outcomes.len();
    let mut names: Vec<&str> = Vec::with_capacity(n);
    let mut prediction = UInt8Builder::with_capacity(n);
    let mut figures = [(); 3].map(|()| Float64Builder::with_capacity(n));
    let mut outside = StringBuilder::new();
    let mut rejection = StringBuilder::new();
    let mut contributions = StringBuilder::new();
    for outcome in outcomes {
        let (scored, reason) = match outcome {
            Outcome::Scored(scored) => (Some(scored), None),
            Outcome::Rejected(rejection) => (None, Some(rejection.to_string())),
            _ => (None, None),
        };
        names.push(if scored.is_some() { "scored" } else { "rejected" });
        prediction.append_option(scored.map(|s| s.prediction));
        let values = scored.map(|s| [s.probability, s.raw_probability, s.score]);
        for (index, builder) in figures.iter_mut().enumerate() {
            builder.append_option(values.map(|values| values[index]));
        }
        let beyond = scored.map(|s| s.outside_training_range.join(", ")).filter(|names| !names.is_empty());
        outside.append_option(beyond);
        rejection.append_option(reason);
        let apart = scored
            .filter(|s| !s.contributions.is_empty())
            .map(|s| serde_json::to_string(&s.contributions))
            .transpose()?;
        contributions.append_option(apart);
    }
    let [mut probability, mut raw, mut score] = figures;
    let mut fields: Vec<Field> = record.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    let mut columns: Vec<ArrayRef> = record.columns().to_vec();
    let added: [ArrayRef; 7] = [
        Arc::new(StringArray::from(names)),
        Arc::new(prediction.finish()),
        Arc::new(probability.finish()),
        Arc::new(raw.finish()),
        Arc::new(score.finish()),
        Arc::new(outside.finish()),
        Arc::new(rejection.finish()),
    ];
    for (name, column) in ADDED.into_iter().zip(added) {
        fields.push(Field::new(name, column.data_type().clone(), true));
        columns.push(column);
    }
    if explain {
        fields.push(Field::new(CONTRIBUTIONS, DataType::Utf8, true));
        columns.push(Arc::new(contributions.finish()));
    }
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    RecordBatch::try_new(schema, columns).map_err(write_error)
}
