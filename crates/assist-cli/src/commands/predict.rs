//! `predict`: for one user, asked or given, or for every row of a table.

use std::io::{BufWriter, IsTerminal as _};

use assist_learn::{Model, PredictSettings, PredictSummary, PredictionSink, load, write_predictions};
use serde_json::json;

use crate::args::{PredictArguments, open_as};
use crate::ask;
use crate::engines;
use crate::failure::Failure;
use crate::one_user::OneUser;
use crate::output::{self, Output, count};
use crate::outputs::{Inputs, beside};
use crate::progress::Progress;

pub(crate) fn run(arguments: &PredictArguments, output: Output) -> Result<(), Failure> {
    arguments.threads.apply()?;
    arguments.engine.check(false)?;
    if arguments.engine.engine.is_some() && arguments.input.is_empty() {
        let hint = "name its files with `--input`".to_owned();
        return Err(Failure::usage("an engine reads rows of a table, and none is named", hint));
    }
    let model = load(&arguments.model.model)?;
    if !arguments.input.is_empty() {
        return table(&model, arguments, output);
    }
    let user = OneUser { explain: arguments.explain, allow_rejected: arguments.allow_rejected };
    if !arguments.set.is_empty() {
        return user.given(&model, &arguments.set, output);
    }
    let typed = std::io::stdin().is_terminal();
    let answers = ask::ask(&model, &mut std::io::stdin().lock(), typed, &mut anstream::stderr())?;
    let pairs: Vec<(&str, &str)> = answers.iter().map(|(name, answer)| (name.as_str(), answer.as_str())).collect();
    user.named(&model, &pairs, output)
}

fn table(model: &Model, arguments: &PredictArguments, output: Output) -> Result<(), Failure> {
    let table = open_as(&arguments.input, &arguments.written)?;
    let inputs = Inputs::of_table(&table, &arguments.input).and_model(&arguments.model.model);
    match &arguments.output {
        Some(path) => inputs.check_output(path)?,
        None => inputs.check_standard_output()?,
    }
    let mut settings = PredictSettings::default();
    settings.explain = arguments.explain;
    settings.prefix.clone_from(&arguments.prefix);
    let sink = match &arguments.output {
        Some(path) => PredictionSink::file(path)?,
        None if output.json => PredictionSink::json_lines(BufWriter::new(std::io::stdout().lock())),
        None => PredictionSink::csv(BufWriter::new(std::io::stdout().lock())),
    };
    let summary = {
        let progress = Progress::new(output, None);
        let watch = |at| progress.watch(at);
        match arguments.engine.engine {
            None => write_predictions(model, &table, sink, &settings, &watch)?,
            Some(_) => engines::predict(&arguments.engine, table, model, sink, &settings, &watch)?,
        }
    };
    report(arguments, &summary, output)
}

fn report(arguments: &PredictArguments, summary: &PredictSummary, output: Output) -> Result<(), Failure> {
    let PredictSummary { rows, rejected, outside_training_range, prefix, .. } = summary;
    if let Some(path) = &arguments.output {
        let output = beside(path, output);
        output.json_document(&json!({
            "rows": rows, "scored": rows - rejected, "rejected": rejected,
            "outside_training_range": outside_training_range, "prefix": prefix, "output": path.display().to_string(),
        }))?;
        output.text(&format!(
            "scored {} of {} rows into `{}`",
            count(rows - rejected),
            count(*rows),
            path.display()
        ))?;
    }
    if arguments.prefix.is_none() && !prefix.is_empty() {
        output::warning(&format!(
            "the input has a column of the name of one that the prediction adds, so these are called `{prefix}prediction` and so on; `--prefix` names them otherwise"
        ));
    }
    if *outside_training_range > 0 {
        output::warning(&format!(
            "{} of {} rows have a value outside the range of the training rows; there the model extrapolates",
            count(*outside_training_range),
            count(*rows)
        ));
    }
    if *rejected == 0 {
        return Ok(());
    }
    let described: Vec<String> =
        summary.first_rejected.iter().map(|(place, rejection)| format!("{rejection} at {place}")).collect();
    let more = match rejected - described.len() as u64 {
        0 => String::new(),
        more => format!("; and {} more", count(more)),
    };
    let message =
        format!("{} of {} rows were rejected: {}{more}", count(*rejected), count(*rows), described.join("; "));
    if arguments.allow_rejected {
        output::warning(&message);
        return Ok(());
    }
    Err(Failure::outcome(message, "the output is complete; `--allow-rejected` makes this no failure".to_owned()))
}
