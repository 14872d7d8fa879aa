//! `evaluate`: the metrics of a saved model on a labelled table.

use assist_learn::{Advice, Error, EvaluateSettings, Figure, Slices, evaluate, load, other_models};

use crate::args::{EvaluateArguments, open_as};
use crate::failure::{Failure, worded};
use crate::output::{self, Output, count, figure, read_lines};
use crate::progress::Progress;
use crate::tables::metrics_table;

pub(crate) fn run(arguments: &EvaluateArguments, output: Output) -> Result<(), Failure> {
    arguments.threads.apply()?;
    let model = load(&arguments.model.model)?;
    let table = open_as(&arguments.data, &arguments.written)?;
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
        evaluate(&model, &table, &settings, &|at| progress.watch(at)).map_err(failure)?
    };
    output::warnings(&evaluation.warnings);
    output::warnings(&other_models(&arguments.model.model, &model)?);
    output.json_document(&evaluation)?;
    read_lines(&evaluation.read, output)?;
    output.answer(&metrics_table(&[(&table.name(), &evaluation.all.metrics)]))?;
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
    output.heading(&format!("By `{}`, levels with at least {} rows", slices.column, count(minimum)))?;
    let rows = slices.slices.iter().map(|slice| {
        let metrics = slice.metrics.as_ref();
        let interval = metrics.and_then(|m| m.intervals.of(Figure::PositiveRecall));
        vec![
            slice.level.clone(),
            count(slice.rows),
            figure(metrics.and_then(|m| m.accuracy)),
            figure(metrics.and_then(|m| m.roc_auc)),
            figure(metrics.and_then(|m| m.report.positive.recall)),
            interval.map_or_else(|| "–".to_owned(), |[low, high]| format!("{low:.4} to {high:.4}")),
            slice.calibration.map_or_else(|| "–".to_owned(), |gap| format!("{:+.4}", gap.value)),
        ]
    });
    let header =
        ["level", "rows", "accuracy", "ROC AUC", "recall of class 1", "95 % interval", "mean predicted minus observed"];
    output.answer(&output::table(&header, rows))?;
    for (name, gap) in [("recall of class 1", &slices.equal_opportunity), ("calibration", &slices.calibration)] {
        let text = match gap {
            Some(gap) => format!(
                "largest difference in {name}: {:.4} between {} and {} (95 % interval {:.4} to {:.4} for these two alone)",
                gap.value, gap.levels[0], gap.levels[1], gap.interval[0], gap.interval[1]
            ),
            None => format!("no difference in {name}: fewer than two levels have enough rows"),
        };
        output.answer(&text)?;
    }
    Ok(())
}
