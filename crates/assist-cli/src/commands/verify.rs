//! `verify`: every export against the scorer, in the runtimes that are there.

use std::ops::ControlFlow;

use assist_export::{Status, TargetReport, verify};
use assist_learn::load;
use assist_learn::words::listed;
use serde::Serialize;

use crate::args::VerifyArguments;
use crate::failure::Failure;
use crate::output::{self, Output, count, plural};

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
            output::note(&format!("{done} done: {} is {}", name(report), status(report)));
        }
        ControlFlow::Continue(())
    };
    let targets = verify(&model, &formats, arguments.settings(), &mut progress)?;
    let model_id = model.pair_id().map_err(assist_export::Error::from)?.to_string();
    output.json_document(&Verification { model_id, targets: &targets })?;
    output.answer(&table(&targets))?;
    for line in targets.iter().flat_map(remarks) {
        output.answer(&line)?;
    }
    judge(&targets, arguments.require_all)?;
    output.answer(&closing(&targets))
}

/// What a line of the table leaves open.
fn remarks(report: &TargetReport) -> Vec<String> {
    let (format, points) = (name(report), |n: usize| count(n as u64));
    let left_out = points(report.points_left_out);
    let mut remarks = Vec::new();
    match &report.status {
        Status::NotRun { reason } => remarks.push(format!("{format} was not run: {reason}")),
        Status::Refused { limit } => remarks.push(format!("{format} cannot hold the model: {limit}")),
        Status::InPart { limit } => remarks.push(format!(
            "{format} was compared at {} of {} points; the others have {limit}, which are beyond its stated limits",
            points(report.points),
            points(report.points + report.points_left_out),
        )),
        _ if report.points_left_out > 0 => {
            remarks.push(format!("{format}: {left_out} points beyond its stated limits were not compared"));
        }
        _ => {}
    }
    if report.decisions_beside_threshold > 0 {
        remarks.push(format!(
            "{format}: at {} points the score lies beside the threshold, and the decision may fall on its other side",
            points(report.decisions_beside_threshold)
        ));
    }
    remarks
}

/// How many exports agree, and how far that was looked at.
fn closing(targets: &[TargetReport]) -> String {
    let of = |word: &str| targets.iter().filter(|report| status(report) == word).count() as u64;
    let told = |ways: &[(&str, &str)]| -> Vec<String> {
        let found = ways.iter().filter(|(word, _)| of(word) > 0);
        found.map(|(word, told)| format!("{} {told}", count(of(word)))).collect()
    };
    let agreeing = targets.iter().filter(|report| report.passes()).count();
    let mut parts = vec![match agreeing {
        0 => "no export was compared with the scorer".to_owned(),
        1 => "1 export agrees with the scorer".into(),
        n => format!("{} agree with the scorer", plural(n, "export")),
    }];
    let how = told(&[("verified", "at all points"), ("sampled", "at a sample of the points"), ("in part", "in part")]);
    if !how.is_empty() {
        parts[0] += &format!(": {}", listed(&how));
    }
    parts.extend(told(&[("not run", "not run"), ("refused", "cannot hold the model")]));
    parts.join("; ")
}

/// The format, and the runtime of one that is compared in several.
fn name(report: &TargetReport) -> String {
    if report.format == "wasm" { format!("{} in {}", report.format, report.runtime) } else { report.format.clone() }
}

fn status(report: &TargetReport) -> &'static str {
    match &report.status {
        Status::NotRun { .. } => "not run",
        Status::Refused { .. } => "refused",
        Status::Failed { .. } => "FAILED",
        _ if !report.passes() => "DIFFERENT",
        Status::Sampled => "sampled",
        Status::InPart { .. } => "in part",
        Status::Verified => "verified",
    }
}

fn table(targets: &[TargetReport]) -> output::Block {
    let rows = targets.iter().map(|report| {
        let is_run = report.is_compared();
        let shown = |text: String| if is_run { text } else { "–".to_owned() };
        vec![
            report.format.clone(),
            report.runtime.clone(),
            status(report).to_owned(),
            shown(count(report.points as u64)),
            shown(count(report.decisions_that_differ as u64)),
            shown(format!("{:.1e}", report.max_abs_probability_difference)),
            shown(if report.tolerance == 0.0 { "0".to_owned() } else { format!("{:.0e}", report.tolerance) }),
            shown(if report.tolerance == 0.0 { count(report.max_ulp) } else { "–".to_owned() }),
        ]
    });
    let header = [
        "format",
        "runtime",
        "",
        "points",
        "other decisions",
        "largest difference",
        "allowed",
        "units in the last place",
    ];
    output::table(&header, rows)
}

/// What makes the call fail: an export that differs, and with `--require-all` a runtime that is not there.
fn judge(targets: &[TargetReport], require_all: bool) -> Result<(), Failure> {
    if let Some(report) = targets.iter().find(|report| matches!(report.status, Status::Failed { .. })) {
        let Status::Failed { message } = &report.status else { return Ok(()) };
        return Err(Failure::outcome(format!("{} was not verified: {message}", name(report)), None));
    }
    if let Some(report) = targets.iter().filter(|report| report.is_compared()).find(|report| !report.passes()) {
        let first = report.first_difference.clone().unwrap_or_default();
        let hint = "please report it with the two model files: exports and scorer should agree".to_owned();
        return Err(Failure::outcome(format!("{} differs from the scorer: {first}", name(report)), hint));
    }
    let absent: Vec<String> = {
        let is_absent = |of: &&TargetReport| matches!(of.status, Status::NotRun { .. });
        targets.iter().filter(is_absent).map(name).collect()
    };
    if require_all && !absent.is_empty() {
        let hint = "install what is missing, or leave `--require-all` out".to_owned();
        return Err(Failure::outcome(format!("not run: {}", absent.join(", ")), hint));
    }
    Ok(())
}
