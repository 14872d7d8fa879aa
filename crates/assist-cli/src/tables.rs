//! Tables and sentences that several commands show.

use std::collections::BTreeMap;

use assist_learn::{
    ComparisonReport, FeatureSpace, Figure, LineParameter, Metrics, NumericColumn, OTHER_LABELS, shown,
};

use crate::failure::Failure;
use crate::output::{self, Block, Output, count, figure, percent};

/// Says how many of the test rows equal a training row, if any do: what is right for them may be remembered.
pub(crate) fn equal_rows(equal: Option<u64>, test_rows: u64, output: Output) -> Result<(), Failure> {
    let Some(equal) = equal.filter(|equal| *equal > 0) else { return Ok(()) };
    output.text(&format!(
        "{} of the {} test rows ({}) {} a training row in all feature columns: of these the figures do not tell memory from what was learnt",
        count(equal),
        count(test_rows),
        percent(equal as f64 / test_rows as f64),
        if equal == 1 { "equals" } else { "equal" },
    ))
}

/// The figures of some evaluations side by side.
pub(crate) fn metrics_table(parts: &[(&str, &Metrics)]) -> Block {
    type Of = fn(&Metrics) -> String;
    let interval = |interval: Option<[f64; 2]>| {
        interval.map_or_else(|| "–".to_owned(), |[low, high]| format!("{low:.4} to {high:.4}"))
    };
    let row = |name: &str, of: &dyn Fn(&Metrics) -> String| {
        let mut row = vec![name.to_owned()];
        row.extend(parts.iter().map(|(_, metrics)| of(metrics)));
        row
    };
    let confusion: [(&str, Of); 4] = [
        ("true negatives", |m| count(m.confusion_matrix[0][0])),
        ("false positives", |m| count(m.confusion_matrix[0][1])),
        ("false negatives", |m| count(m.confusion_matrix[1][0])),
        ("true positives", |m| count(m.confusion_matrix[1][1])),
    ];
    let weights: [(&str, Of); 4] = [
        ("  their weight", |m| weight(m, [0, 0])),
        ("  their weight", |m| weight(m, [0, 1])),
        ("  their weight", |m| weight(m, [1, 0])),
        ("  their weight", |m| weight(m, [1, 1])),
    ];
    let are_weighted = parts.iter().any(|(_, metrics)| metrics.weighted_confusion_matrix.is_some());
    let of_size = if are_weighted { ", effective size" } else { "" };
    let are_grouped = parts.iter().any(|(_, metrics)| metrics.has_clusters());
    let (wilson, delong) = (
        if are_grouped {
            "  95 % interval (Wilson by group)".to_owned()
        } else {
            format!("  95 % interval (Wilson{of_size})")
        },
        if are_grouped {
            "  95 % interval (Obuchowski)"
        } else if are_weighted {
            "  95 % interval (DeLong, weighted)"
        } else {
            "  95 % interval (DeLong)"
        },
    );
    let mut rows = vec![
        row("rows", &|m| count(m.rows)),
        row("accuracy", &|m| figure(m.accuracy)),
        row(&wilson, &|m| interval(m.intervals.accuracy)),
        row("ROC AUC", &|m| figure(m.roc_auc)),
        row(delong, &|m| interval(m.intervals.roc_auc)),
        row("average precision", &|m| figure(m.average_precision)),
        row("balanced accuracy", &|m| figure(m.balanced_accuracy)),
    ];
    for (name, recall) in [(1, Figure::PositiveRecall), (0, Figure::NegativeRecall)] {
        rows.push(row(&format!("precision of class {name}"), &|m| figure(m.report.classes()[name].precision)));
        rows.push(row(&format!("recall of class {name}"), &|m| figure(m.report.classes()[name].recall)));
        rows.push(row(&wilson, &|m| interval(m.intervals.of(recall))));
        rows.push(row(&format!("F1 of class {name}"), &|m| figure(m.report.classes()[name].f1)));
    }
    if are_weighted {
        rows.insert(
            1,
            row("  effective rows", &|m| m.effective_rows.map_or_else(|| "–".to_owned(), |n| format!("{n:.1}"))),
        );
    }
    for ((name, of), (weight, of_weight)) in confusion.iter().zip(&weights) {
        rows.push(row(name, of));
        rows.extend(are_weighted.then(|| row(weight, of_weight)));
    }
    rows.push(row("log-loss, raw probability", &|m| figure(m.log_loss)));
    rows.push(row("log-loss, probability", &|m| figure(m.probability.log_loss)));
    if parts.iter().any(|(_, metrics)| metrics.intervals.of(Figure::CorrectedLogLoss).is_some()) {
        let bootstrap =
            if are_grouped { "  95 % interval (bootstrap of groups)" } else { "  95 % interval (bootstrap)" };
        rows.push(row(bootstrap, &|m| interval(m.intervals.of(Figure::CorrectedLogLoss))));
    }
    rows.push(row("Brier score, raw probability", &|m| figure(m.brier)));
    rows.push(row("Brier score, probability", &|m| figure(m.probability.brier)));
    rows.push(row("expected calibration error (ECE)", &|m| figure(m.probability.ece)));
    rows.extend(calibration_rows(parts));
    let mut header = vec![""];
    header.extend(parts.iter().map(|(name, _)| *name));
    output::table(&header, rows)
}

/// The calibration line, and what a calibrated model would show, where they were looked for.
fn calibration_rows(parts: &[(&str, &Metrics)]) -> Vec<Vec<String>> {
    type Of = fn(&Metrics) -> Option<LineParameter>;
    let mut rows = Vec::new();
    let mut row = |name: &str, of: &dyn Fn(&Metrics) -> Option<String>| {
        let cells = parts.iter().map(|(_, metrics)| of(metrics));
        if cells.clone().any(|cell| cell.is_some()) {
            let cells = cells.map(|cell| cell.unwrap_or_else(|| "–".to_owned()));
            rows.push(std::iter::once(name.to_owned()).chain(cells).collect());
        }
    };
    let chance = |m: &Metrics| m.probability.ece_if_calibrated;
    row("  of a calibrated model, on average", &|m| chance(m).map(|chance| format!("{:.4}", chance.mean)));
    row("  and in 95 of 100 tables below", &|m| chance(m).map(|chance| format!("{:.4}", chance.high)));
    let parameters: [(&str, Of); 3] = [
        ("calibration slope (1 is calibrated)", |m| m.probability.slope),
        ("calibration intercept (0 is calibrated)", |m| m.probability.intercept),
        ("calibration in the large (0 is calibrated)", |m| m.probability.in_the_large),
    ];
    for (name, of) in parameters {
        row(name, &|m| of(m).map(|of| format!("{:.4}", of.value)));
        row("  95 % interval", &|m| {
            of(m).map(|LineParameter { interval: [low, high], .. }| format!("{low:.4} to {high:.4}"))
        });
    }
    rows
}

/// What the rows of a cell of the confusion matrix weigh.
fn weight(metrics: &Metrics, [truth, decision]: [usize; 2]) -> String {
    metrics.weighted_confusion_matrix.map_or_else(|| "–".to_owned(), |matrix| format!("{:.2}", matrix[truth][decision]))
}

/// The columns that were binned, and where.
pub(crate) fn bins(space: &FeatureSpace) -> String {
    let (binned, plain): (Vec<&NumericColumn>, Vec<_>) = space.numeric.iter().partition(|column| column.is_binned());
    let of_column = |column: &NumericColumn| {
        let cuts: Vec<String> = column.cuts.iter().map(ToString::to_string).collect();
        format!("`{}` at {}", column.name, cuts.join(", "))
    };
    let cut = if binned.is_empty() {
        "no column is binned".to_owned()
    } else {
        format!("binned: {}", binned.into_iter().map(of_column).collect::<Vec<_>>().join("; "))
    };
    if plain.is_empty() {
        return cut;
    }
    let names: Vec<String> = plain.iter().map(|column| format!("`{}`", column.name)).collect();
    format!("{cut}; no cut pays for {}", names.join(", "))
}

/// The columns that act along a curve, those whose effects depend on each other, and those that do in steps, a line each.
pub(crate) fn added_terms(
    splines: &BTreeMap<String, Vec<f64>>,
    interactions: &[[String; 2]],
    steps: &[[String; 2]],
) -> Vec<String> {
    let curve = |(column, knots): (&String, &Vec<f64>)| {
        let knots: Vec<String> = knots.iter().map(ToString::to_string).collect();
        format!("`{}` acts along a curve, a natural cubic spline with knots at {}", shown(column), knots.join(", "))
    };
    let pair = |[a, b]: &[String; 2]| format!("the effects of `{}` and `{}` depend on each other", shown(a), shown(b));
    let of_steps =
        |[a, b]: &[String; 2]| format!("`{}` and `{}` act in steps that depend on each other", shown(a), shown(b));
    let curves = splines.iter().map(curve);
    curves.chain(interactions.iter().map(pair)).chain(steps.iter().map(of_steps)).collect()
}

/// What class 0 is, where that does not go without saying.
pub(crate) fn class_0(negative: &str) -> &'static str {
    if negative == OTHER_LABELS { " and class 0 every other label" } else { "" }
}

/// The verdict of a trial.
pub(crate) fn verdict(trial: &ComparisonReport, output: Output) -> Result<(), Failure> {
    output.heading("Verdict")?;
    trial.findings.iter().try_for_each(|finding| output.answer(&format!("- {}", finding.text)))
}
