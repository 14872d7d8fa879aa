//! Whether the decision tree memorises: its gap between training and test rows beside that of a tree on permuted labels.

use assist_audit::{Candidate, CandidateKind, Comparison, UnseenRows};
use assist_metrics::words::{count, leaves, percent};
use assist_metrics::{Figure, IntervalMethod, Metrics, share_variance};

use super::evidence::FEW_ROWS;

pub(super) fn memorising(comparison: &Comparison) -> Option<String> {
    /// Shares of the control's gap between training and test rows.
    const LITTLE: f64 = 0.1;
    const MUCH: f64 = 0.5;
    let (tree, control) =
        (comparison.model(CandidateKind::DecisionTree)?, comparison.model(CandidateKind::PermutedTree)?);
    let all = |model: &Candidate| [model.test.errors(), model.test.rows];
    // A combination of values that occurs in training can be memorised; but not by the control, whose labels are permuted.
    let UnseenRows { rows, errors, .. } = tree.unseen_rows;
    let judged_by = if rows >= FEW_ROWS { [errors, rows] } else { all(tree) };
    let ([own_gap, own_error], [control_gap, control_error]) = (gap(tree, judged_by)?, gap(control, all(control))?);
    let own = format!(
        "it has {} and is right for {} of the training rows and {} of the test rows",
        leaves(tree.parameters),
        percent(tree.train.accuracy?),
        percent(tree.test.accuracy?),
    );
    if tree.test.rows < FEW_ROWS {
        return Some(format!(
            "Whether the decision tree memorises cannot be known from {} test rows: {own}.",
            count(tree.test.rows)
        ));
    }
    if rows == 0 {
        return Some(format!(
            "Whether the decision tree memorises cannot be told: {own}, but every one of these {} test rows has a combination of values that occurs in training, and whoever knows those by heart does as well.",
            count(tree.test.rows)
        ));
    }
    if control_gap <= 2.0 * control_error {
        return Some(format!(
            "Whether the decision tree memorises cannot be known: {own}; but even on permuted labels, with {}, it does not do much worse on test rows than on those that it was grown on.",
            leaves(control.parameters)
        ));
    }
    let looks_like = format!(
        "on permuted labels, where there is nothing to learn, it grows {} for {} rows and is right for {} of them, but for {} of the test rows",
        leaves(control.parameters),
        count(comparison.rows[0] as u64),
        percent(control.train.accuracy?),
        percent(control.test.accuracy?),
    );
    let unseen = if tree.unseen_rows.rows == 0 {
        String::new()
    } else {
        format!(
            "; of the {} test rows with a combination of values unseen in training it gets {} wrong",
            count(tree.unseen_rows.rows),
            if tree.unseen_rows.errors == 0 { "none".to_owned() } else { count(tree.unseen_rows.errors) }
        )
    };
    // A gap within sampling error is none.
    let share = own_gap / control_gap;
    let judgement = if share < LITTLE || own_gap <= 2.0 * own_error {
        "does not memorise"
    } else if share < MUCH {
        "memorises in part"
    } else {
        "memorises"
    };
    Some(format!("The decision tree {judgement}: {own}{unseen}. What memorising looks like: {looks_like}."))
}

/// By how much the accuracy is lower on some test rows than on those that the model was grown on, and the standard error of
/// that.
fn gap(model: &Candidate, [errors, rows]: [u64; 2]) -> Option<[f64; 2]> {
    let train = model.train.accuracy?;
    let test = 1.0 - errors as f64 / rows as f64;
    // Of groups the intervals are wider, and so are the errors; of both subsets alike, as far as is known.
    let widening = widening(&model.test);
    Some([train - test, ((share_variance(train, model.train.rows) + share_variance(test, rows)) * widening).sqrt()])
}

/// By how much the variance of the accuracy is larger than that of as many independent observations.
fn widening(metrics: &Metrics) -> f64 {
    const Z_975: f64 = 1.96;
    let independent = metrics.accuracy.map(|accuracy| share_variance(accuracy, metrics.rows)).filter(|v| *v > 0.0);
    match (metrics.intervals.methods.get(&Figure::Accuracy), metrics.intervals.accuracy, independent) {
        (Some(IntervalMethod::ClusteredWilson), Some([low, high]), Some(independent)) => {
            (((high - low) / (2.0 * Z_975)).powi(2) / independent).max(1.0)
        }
        _ => 1.0,
    }
}
