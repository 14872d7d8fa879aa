//! `monitor`: later rows beside those that a model was trained on.

use assist_learn::{ColumnDrift, Drift, DriftSize, MonitorReport, MonitorSettings, load, monitor, other_models};

use crate::args::{MonitorArguments, open_as};
use crate::failure::Failure;
use crate::output::{self, Output, count, p_value, percent};
use crate::progress::Progress;

/// The scores in the table of columns.
const SCORES: &str = "(score)";

pub(crate) fn run(arguments: &MonitorArguments, output: Output) -> Result<(), Failure> {
    arguments.threads.apply()?;
    let model = load(&arguments.model.model)?;
    let table = open_as(&arguments.of.data, &arguments.written)?;
    let mut settings = MonitorSettings::default();
    settings.counts = arguments.of.counts;
    let report = {
        let progress = Progress::new(output, None);
        monitor(&model, &table, &settings, &|at| progress.watch(at))?
    };
    output::warnings(&other_models(&arguments.model.model, &model)?);
    output.json_document(&report)?;
    say(&report, output)?;
    let is_large = report.drift == Some(DriftSize::Large);
    if is_large && arguments.fail_on_drift {
        let message = format!("{} drifted much", drifted(&report));
        return Err(Failure::outcome(message, "without `--fail-on-drift` this is no failure".to_owned()));
    }
    Ok(())
}

fn say(report: &MonitorReport, output: Output) -> Result<(), Failure> {
    let scored = format!("{} of {} rows have a prediction", count(report.scored_rows), count(report.rows));
    let training = report.training_rows.map(|rows| format!("; the model was trained on {}", count(rows)));
    output.text(&(scored + training.as_deref().unwrap_or_default()))?;
    if report.score.is_some() {
        let columns = report.columns.iter().map(|ColumnDrift { column, drift, .. }| row(column, drift));
        let scores = report.score.iter().map(|drift| row(SCORES, drift));
        let header = ["column", "PSI", "beyond chance", "p (Holm)", "drift", "changed most", "training", "now"];
        output.answer(&output::table(&header, columns.chain(scores)))?;
    }
    output.heading("Findings")?;
    report.findings.iter().try_for_each(|finding| output.answer(&format!("- {}", finding.text)))
}

fn row(name: &str, drift: &Drift) -> Vec<String> {
    let figure = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
    let most = drift.cells.iter().max_by(|a, b| {
        let change = |[then, now]: [f64; 2]| (now - then).abs();
        change(a.shares).total_cmp(&change(b.shares))
    });
    let of_most = |text: &dyn Fn(&assist_learn::CellShares) -> String| most.map_or_else(|| "–".to_owned(), text);
    vec![
        name.to_owned(),
        figure(drift.psi),
        figure(drift.psi_beyond_chance),
        drift.p_holm.map_or_else(|| "–".to_owned(), p_value),
        size(drift.size).to_owned(),
        of_most(&|cell| cell.name.clone()),
        of_most(&|cell| percent(cell.shares[0])),
        of_most(&|cell| percent(cell.shares[1])),
    ]
}

fn size(size: DriftSize) -> &'static str {
    match size {
        DriftSize::Large => "large",
        DriftSize::Moderate => "moderate",
        DriftSize::None => "none",
        _ => "unknown",
    }
}

/// What has drifted much.
fn drifted(report: &MonitorReport) -> String {
    let is_large = |drift: &Drift| drift.size == DriftSize::Large;
    let columns = report.columns.iter().filter(|column| is_large(&column.drift));
    let mut names: Vec<String> = columns.map(|column| format!("`{}`", assist_learn::shown(&column.column))).collect();
    names.extend(report.score.as_ref().filter(|drift| is_large(drift)).map(|_| "the scores".to_owned()));
    let verb = if names.len() == 1 && names[0] != "the scores" { "has" } else { "have" };
    format!("{} {verb}", assist_learn::words::few(&names))
}
