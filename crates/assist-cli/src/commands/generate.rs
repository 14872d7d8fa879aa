//! `generate`: a synthetic interaction table.

use assist_learn::{Format, Generator, TableWriter};
use serde_json::json;

use crate::args::GenerateArguments;
use crate::failure::Failure;
use crate::output::{self, Output};
use crate::outputs::beside;
use crate::progress::Progress;

/// Rows that are made at a time.
const BATCH_ROWS: usize = 8192;

pub(crate) fn run(arguments: &GenerateArguments, output: Output) -> Result<(), Failure> {
    if arguments.rows == 0 {
        return Err(Failure::usage("a table needs at least one row", "give `--rows` a positive number".to_owned()));
    }
    let mut generator = Generator::new(arguments.rows, arguments.seed, arguments.label.law());
    let mut writer = TableWriter::create(&arguments.out, Format::of_ending(&arguments.out)?, &Generator::schema())?;
    let progress = Progress::new(output, Some(arguments.rows));
    progress.say("generating");
    while let Some(batch) = generator.next_batch(BATCH_ROWS) {
        writer.write(&batch)?;
        progress.add(batch.num_rows());
    }
    writer.finish()?;
    drop(progress);
    let output = beside(&arguments.out, output);
    let path = arguments.out.display();
    output.json_document(&json!({
        "rows": arguments.rows, "seed": arguments.seed, "label": arguments.label.name(), "out": path.to_string(),
    }))?;
    output.text(&format!("wrote {} rows to `{path}`", output::count(arguments.rows)))
}
