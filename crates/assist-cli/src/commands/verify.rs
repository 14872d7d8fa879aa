//! `verify`: every export against the scorer, in the runtimes that are there.

use std::ops::ControlFlow;

use assist_export::{Status, TargetReport, verify};
use assist_learn::load;
use serde::Serialize;

use crate::args::VerifyArguments;
use crate::failure::Failure;
use crate::output::{self, Output, count};

#[derive(Serialize)]
struct Verification<'a> {
    model_id: String,
    targets: &'a [TargetReport],
}

pub(crate) fn run(arguments: &VerifyArguments, output: Output) -> Result<(), Failure> {
    let model = load(&arguments.model.model)?;
    let formats = arguments.formats();
    let mut done = 0;
    let mut progress = |report: &TargetReport| {
        done += 1;
        if !output.json && !output.quiet {
            output::note(&format!("{done} of {}: {} is {}", formats.len(), report.format, status(report)));
        }
        ControlFlow::Continue(())
    };
    let targets = verify(&model, &formats, arguments.settings(), &mut progress)?;
    let model_id = model.pair_id().map_err(assist_export::Error::from)?.to_string();
    output.json_document(&Verification { model_id, targets: &targets })?;
    output.answer(&table(&targets))?;
    for report in &targets {
        match &report.status {
            Status::NotRun { reason } => output.answer(&format!("{} was not run: {reason}", report.format))?,
            Status::Refused { limit } => output.answer(&format!("{} cannot hold the model: {limit}", report.format))?,
            _ => {}
        }
        if report.decisions_beside_threshold > 0 {
            output.answer(&format!(
                "{}: at {} points the score lies beside the threshold, and the decision may fall on its other side",
                report.format,
                count(report.decisions_beside_threshold as u64)
            ))?;
        }
        if report.points_left_out > 0 {
            output.answer(&format!(
                "{}: {} points beyond its stated limits were not compared",
                report.format,
                count(report.points_left_out as u64)
            ))?;
        }
    }
    judge(&targets, arguments.require_all)
}

fn status(report: &TargetReport) -> &'static str {
    match &report.status {
        Status::NotRun { .. } => "not run",
        Status::Refused { .. } => "refused",
        Status::Failed { .. } => "FAILED",
        _ if !report.passes() => "DIFFERENT",
        Status::Sampled => "sampled",
        Status::Verified => "verified",
    }
}

/// Whether outcomes were compared.
fn is_compared(report: &TargetReport) -> bool {
    matches!(report.status, Status::Verified | Status::Sampled)
}

fn table(targets: &[TargetReport]) -> output::Block {
    let rows = targets.iter().map(|report| {
        let is_run = is_compared(report);
        let shown = |text: String| if is_run { text } else { "–".to_owned() };
        vec![
            report.format.clone(),
            status(report).to_owned(),
            shown(count(report.points as u64)),
            shown(count(report.decisions_that_differ as u64)),
            shown(format!("{:.1e}", report.max_abs_probability_difference)),
            shown(if report.tolerance == 0.0 { "0".to_owned() } else { format!("{:.0e}", report.tolerance) }),
            shown(if report.tolerance == 0.0 { count(report.max_ulp) } else { "–".to_owned() }),
        ]
    });
    let header =
        ["format", "", "points", "other decisions", "largest difference", "allowed", "units in the last place"];
    output::table(&header, rows)
}

/// What makes the call fail: an export that differs, and with `--require-all` a runtime that is not there.
fn judge(targets: &[TargetReport], require_all: bool) -> Result<(), Failure> {
    if let Some(report) = targets.iter().find(|report| matches!(report.status, Status::Failed { .. })) {
        let Status::Failed { message } = &report.status else { return Ok(()) };
        return Err(Failure::outcome(format!("{} was not verified: {message}", report.format), None));
    }
    if let Some(report) = targets.iter().filter(|report| is_compared(report)).find(|report| !report.passes()) {
        let first = report.first_difference.clone().unwrap_or_default();
        let hint = "please report it with the two model files: exports and scorer should agree".to_owned();
        return Err(Failure::outcome(format!("{} differs from the scorer: {first}", report.format), hint));
    }
    let absent: Vec<&str> = {
        let is_absent = |of: &&TargetReport| matches!(of.status, Status::NotRun { .. });
        targets.iter().filter(is_absent).map(|of| of.format.as_str()).collect()
    };
    if require_all && !absent.is_empty() {
        let hint = "install what is missing, or leave `--require-all` out".to_owned();
        return Err(Failure::outcome(format!("not run: {}", absent.join(", ")), hint));
    }
    Ok(())
}
