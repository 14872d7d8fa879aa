//! `tune`: the strength of the penalty by cross-validation, and thresholds for what users have to spend.

use std::collections::BTreeMap;

use assist_learn::{Goal, NetBenefit, OperatingPoint, PathPoint, Tuning, tune};

use crate::args::TuneArguments;
use crate::failure::Failure;
use crate::output::{self, Output, count, percent, read_lines};
use crate::progress::Progress;
use crate::tables::{added_terms, bins};

pub(crate) fn run(arguments: &TuneArguments, output: Output) -> Result<(), Failure> {
    arguments.fit.threads.apply()?;
    let (mut settings, tuning) = arguments.settings()?;
    settings.check()?;
    let table = arguments.data.open(&mut settings)?;
    let tuning = {
        let progress = Progress::new(output, None);
        tune(&table, &settings, &tuning, &|at| progress.watch(at))?
    };
    output::warnings(&tuning.warnings);
    output.json_document(&tuning)?;
    read_lines(&tuning.read, output)?;
    path_table(&tuning, output)?;
    if let (Some(space), Some(_)) = (&tuning.space, &tuning.bins) {
        output.text(&format!("{}; the cut points are those of all training rows, in every fold", bins(space)))?;
    }
    for line in added_terms(&tuning.splines, &tuning.interactions, &tuning.steps) {
        output.text(&line)?;
    }
    threshold_table(&tuning.thresholds, output)?;
    curve_table(&tuning.decision_curve, output)?;
    let strength = tuning.best_c.map_or(String::new(), |best| format!(" `--c {best}`"));
    output.text(&format!(
        "thresholds and net benefit are those of the best C: `assist-cli train` with the same options,{strength} and one of the probabilities as `--threshold` makes that model, whose test rows were not looked at here"
    ))
}

fn path_table(tuning: &Tuning, output: Output) -> Result<(), Failure> {
    let Some(path) = &tuning.path else { return Ok(()) };
    output.heading(&format!(
        "Strength of the penalty, {} folds, judged by {}",
        tuning.folds,
        serde_json::to_value(tuning.scoring)?.as_str().unwrap_or("").replace('_', " ")
    ))?;
    let rows = path.iter().map(|point: &PathPoint| {
        let mark = if Some(point.c) == tuning.best_c {
            "best"
        } else if Some(point.c) == tuning.one_standard_error_c {
            "within one standard error"
        } else {
            ""
        };
        vec![
            output::significant(point.c),
            format!("{:.5}", point.mean),
            format!("{:.5}", point.std_error),
            mark.to_owned(),
        ]
    });
    output.answer(&output::table(&["C", "mean (larger is better)", "standard error", ""], rows))
}

fn threshold_table(thresholds: &BTreeMap<Goal, OperatingPoint>, output: Output) -> Result<(), Failure> {
    if thresholds.is_empty() {
        return output.text("thresholds: give `--cost FP,FN`, `--capacity N --users M` or `--recall SHARE`");
    }
    output.heading("Thresholds, from the scores of rows that the fit did not see")?;
    let share = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), percent);
    let rows = thresholds.iter().map(|(goal, at)| {
        let [[_, fp], [fne, _]] = at.confusion_matrix;
        vec![
            goal.name().to_owned(),
            format!("{:.4}", at.probability),
            percent(at.predicted_positive),
            share(at.recall),
            share(at.precision),
            count(fp),
            count(fne),
        ]
    });
    let header =
        ["for", "probability above", "predicted 1", "recall", "precision", "false positives", "false negatives"];
    output.answer(&output::table(&header, rows))?;
    output.text(
        "each threshold was chosen on the rows that its recall and precision are counted on, so these are a little too good; the test rows, which were not looked at, say how good they are",
    )
}

fn curve_table(curve: &[NetBenefit], output: Output) -> Result<(), Failure> {
    output.heading("Decision curve: net benefit by probability threshold, in true positives a user")?;
    let rows = curve.iter().map(|at| {
        let best = if at.model >= at.treat_all.max(0.0) {
            "the model"
        } else if at.treat_all > 0.0 {
            "treat all"
        } else {
            "treat none"
        };
        vec![
            format!("{:.2}", at.probability),
            format!("{:.4}", at.model),
            format!("{:.4}", at.treat_all),
            best.to_owned(),
        ]
    });
    output.answer(&output::table(&["probability", "the model", "treat all", "best"], rows))
}
