//! `counts`: the table of counts, or the query that makes it in a warehouse.

use std::io::Write as _;

use assist_engine::{QueryOptions, counts_query};
use assist_export::Dialect;
use assist_learn::{CountsReport, WholeFile, counts, write_counts};
use serde_json::json;

use crate::args::{CountsArguments, DialectName};
use crate::failure::Failure;
use crate::output::{self, Output, count, read_lines};
use crate::outputs::{Inputs, beside};
use crate::progress::Progress;

pub(crate) fn run(arguments: &CountsArguments, output: Output) -> Result<(), Failure> {
    arguments.threads.apply()?;
    if arguments.sql { query(arguments, output) } else { table(arguments, output) }
}

fn query(arguments: &CountsArguments, output: Output) -> Result<(), Failure> {
    let settings = arguments.data().settings(arguments.split, false)?;
    let dialect = arguments.dialect.map_or(Dialect::Ansi, DialectName::dialect);
    let mut options = QueryOptions::new(dialect, arguments.table.as_deref().unwrap_or("rows"));
    options.with_group = arguments.with_group;
    let query = counts_query(&settings, &options)?;
    let Some(path) = &arguments.out else {
        let document = json!({ "dialect": dialect.to_string(), "table": options.table, "query": query });
        if output.json {
            return output.json_document(&document);
        }
        return written(query.as_bytes());
    };
    Inputs::default().and(arguments.roles.schema.as_ref()).check_output(path)?;
    WholeFile::write(path, query.as_bytes())?;
    let output = beside(path, output);
    output.json_document(&json!({
        "dialect": dialect.to_string(), "table": options.table, "path": path.display().to_string(),
    }))?;
    output.text(&format!("wrote the query for {dialect} to `{}`", path.display()))
}

fn table(arguments: &CountsArguments, output: Output) -> Result<(), Failure> {
    let data = arguments.data();
    let mut settings = data.settings(arguments.split, arguments.counts)?;
    settings.check()?;
    let table = data.open(&mut settings)?;
    let inputs = data.inputs(&table);
    match &arguments.out {
        Some(path) => inputs.check_output(path)?,
        None => inputs.check_standard_output()?,
    }
    let counted = {
        let progress = Progress::new(output, None);
        let watch = |at| progress.watch(at);
        match &arguments.out {
            Some(path) => write_counts(&table, &settings, arguments.with_group, path, &watch)?,
            None => counts(&table, &settings, arguments.with_group, &watch)?,
        }
    };
    output::warnings(&counted.warnings);
    let Some(path) = &arguments.out else {
        return if output.json { output.json_document(&counted.report) } else { written(&counted.to_csv()?) };
    };
    let output = beside(path, output);
    output.json_document(&counted.report)?;
    summary(&counted.report, output)?;
    output.text(&format!("wrote the table of counts to `{}`", path.display()))
}

fn summary(report: &CountsReport, output: Output) -> Result<(), Failure> {
    read_lines(&report.read, output)?;
    let [n0, n1] = report.class_counts.map(count);
    output.text(&format!(
        "{} distinct rows of {}: `n1` counts {n1} where `{}` is `{}`, `n0` the other {n0}",
        count(report.rows),
        count(report.observations),
        report.target,
        report.positive,
    ))?;
    if let Some([train, test]) = report.split_counts {
        output.text(&format!(
            "{} of them are training rows, {} test rows (column `split`)",
            count(train),
            count(test)
        ))?;
    }
    Ok(())
}

/// What goes to standard output as it is.
fn written(bytes: &[u8]) -> Result<(), Failure> {
    Ok(std::io::stdout().lock().write_all(bytes)?)
}
