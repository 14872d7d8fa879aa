//! `evaluate`: the metrics of a saved model on a labelled table.

use assist_learn::{
    Advice, Error, EvaluateSettings, Gap, Homogeneity, LevelFigure, Measure, Slices, evaluate, load, other_models,
};

use crate::args::{EvaluateArguments, open_as};
use crate::engines;
use crate::failure::{Failure, worded};
use crate::output::{self, Output, count, figure, p_value, read_lines};
use crate::progress::Progress;
use crate::tables::metrics_table;

pub(crate) fn run(arguments: &EvaluateArguments, output: Output) -> Result<(), Failure> {
    arguments.threads.apply()?;
    arguments.engine.check(arguments.counts)?;
    let model = load(&arguments.model.model)?;
    let table = open_as(&arguments.data, &arguments.written)?;
    let name = table.name();
    let mut settings = EvaluateSettings::default();
    settings.counts = arguments.counts;
    settings.slices.clone_from(&arguments.slices);
    settings.min_group = arguments.min_group;
    settings.group.clone_from(&arguments.group);
    settings.bootstrap = arguments.bootstrap;
    settings.allow_rejected = arguments.allow_rejected;
    settings.weight.clone_from(&arguments.weight);
    let evaluation = {
        let progress = Progress::new(output, None);
        let watch = |at| progress.watch(at);
        match arguments.engine.engine {
            None => evaluate(&model, &table, &settings, &watch).map_err(failure)?,
            Some(_) => engines::evaluate(&arguments.engine, table, &model, &settings, &watch)?,
        }
    };
    output::warnings(&evaluation.warnings);
    output::warnings(&other_models(&arguments.model.model, &model)?);
    output.json_document(&evaluation)?;
    if let Some(engine) = &evaluation.engine {
        output.text(&engine.in_words())?;
    }
    read_lines(&evaluation.read, output)?;
    output.answer(&metrics_table(&[(&name, &evaluation.all.metrics)]))?;
    evaluation.slices.iter().try_for_each(|slices| slice_table(slices, arguments.min_group, output))
}

/// A model is not trained here, so advice on training does not help.
fn failure(error: Error) -> Failure {
    let advice = match error.advice() {
        Some(Advice::AllowMissing) => Some(worded(&Advice::AllowRejected)),
        _ => None,
    };
    let failure = Failure::from(error);
    match advice {
        Some(advice) => failure.with_hint(advice),
        None => failure,
    }
}

fn slice_table(slices: &Slices, minimum: u64, output: Output) -> Result<(), Failure> {
    output.heading(&format!(
        "By `{}`, levels with at least {} rows; the 95 % intervals hold for all levels at once",
        slices.column,
        count(minimum)
    ))?;
    let rows = slices.slices.iter().map(|slice| {
        let metrics = slice.metrics.as_ref();
        let mut row = vec![
            slice.level.clone(),
            count(slice.rows),
            figure(metrics.and_then(|m| m.accuracy)),
            figure(metrics.and_then(|m| m.roc_auc)),
        ];
        row.extend(Measure::ALL.map(|measure| {
            slice.measures.get(&measure).map_or_else(
                || "–".to_owned(),
                |LevelFigure { value, interval: [low, high], .. }| {
                    if measure == Measure::Calibration {
                        format!("{value:+.4} ({low:+.4} to {high:+.4})")
                    } else {
                        format!("{value:.4} ({low:.4} to {high:.4})")
                    }
                },
            )
        }));
        row
    });
    let mut header = vec!["level", "rows", "accuracy", "ROC AUC"];
    header.extend(Measure::ALL.map(name));
    output.answer(&output::table(&header, rows))?;
    slices.homogeneity.iter().try_for_each(|(measure, of)| output.answer(&homogeneity(*measure, of)))
}

/// What a measure is called.
fn name(measure: Measure) -> &'static str {
    match measure {
        Measure::Recall => "recall of class 1",
        Measure::FalsePositiveRate => "false positive rate",
        Measure::Flagged => "share predicted 1",
        Measure::Calibration => "mean predicted minus observed",
        _ => "measure",
    }
}

/// Whether a measure differs between levels, in a sentence.
fn homogeneity(measure: Measure, of: &Homogeneity) -> String {
    let name = name(measure);
    let (Some(p), Some(corrected)) = (of.p_value, of.p_holm) else {
        let reason = of.reason.as_deref().unwrap_or("it was not tested");
        return format!("{name}: whether levels differ is not told: {reason}");
    };
    let p = format!("p {}, after Holm's correction {}", p_value(p), p_value(corrected));
    let widest = of.largest_difference.as_ref().map(|gap| {
        let (Gap { levels: [high, low], value, .. }, [from, to]) = (gap, gap.interval);
        format!("{value:.4} between {high} and {low} (95 % interval {from:.4} to {to:.4} for all pairs at once)")
    });
    let widest = widest.unwrap_or_else(|| "unknown".to_owned());
    if of.differs {
        format!("{name}: levels differ ({p}); the largest difference is {widest}")
    } else {
        format!("{name}: no difference between levels is shown ({p}); the largest, {widest}, may be chance")
    }
}
