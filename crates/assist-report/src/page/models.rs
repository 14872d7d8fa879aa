//! The saved model on test rows, and beside other models.

use assist_audit::{Candidate, CandidateKind};
use assist_metrics::words::{count, figure as four_decimals, listed, p_value, percent};
use assist_metrics::{ScoreCounts, precision_recall_curve, recall_at_false_positive_rate, roc_curve};
use maud::{Markup, html};

use super::parts::{candidates, chart, range, share, table};
use crate::charts::{self, Axes, Line, Width};
use crate::report::Report;
use crate::rows::{drawn_from, grown_on};
use crate::verdict::{Action, Statement, capital};

/// False positive rates of the table beside the ROC curve.
const RATES: [f64; 6] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

/// The figures of the saved model that are looked at first.
pub(super) fn tiles(report: &Report<'_>) -> Markup {
    let Some(model) = report.comparison.model(report.kind()) else { return html! {} };
    let test = &model.test;
    let of_one = &test.report.positive;
    let saved_at = report.saved_at();
    let is_elsewhere = test.confusion_matrix != model.decisions.confusion_matrix;
    let [[_, fp], [_, tp]] = test.confusion_matrix;
    let flagged = (fp + tp) as f64 / test.rows.max(1) as f64;
    html! {
        h2 { "Performance on test rows" }
        p.intro.muted {
            @if let Some(rows) = report.all_rows {
                (capital(&report.form_in_words())) " on " (count(test.rows)) " rows that it was not trained on (" (report.split) "). The saved model is the same, fitted to all " (count(rows)) " rows afterwards."
            } @else {
                "The saved model, " (report.form_in_words()) ", on " (count(test.rows)) " rows that it was not trained on (" (report.split) ")."
            }
            " It predicts need of assistance above a probability of " (percent(saved_at)) ", the threshold that it was saved with."
            @if is_elsewhere {
                " That flags " (percent(flagged)) " of the rows. The verdict compares models each at a threshold of its own, chosen in the same way; that of this one is "
                (percent(model.decisions.threshold)) ": there it is right for "
                (share(model.decisions.accuracy)) " and flags " (percent(model.decisions.flagged)) "."
            }
        }
        @if let Some(instead) = recommended_instead(report) { p.intro.muted { (instead) } }
        ul.tiles {
            li {
                span { "Accuracy" } b { (share(test.accuracy)) }
                span { "of predictions are correct" @if test.intervals.accuracy.is_some() { "; 95 % interval " (range(test.intervals.accuracy, percent)) } }
            }
            li { span { "Precision" } b { (share(of_one.precision)) } span { "of users predicted to need assistance need it" } }
            li { span { "Recall" } b { (share(of_one.recall)) } span { "of users who need assistance are predicted to" } }
            li {
                span { "ROC AUC" } b { (four_decimals(test.roc_auc)) }
                span {
                    "probability that a user who needs assistance scores higher than one who does not"
                    @if test.intervals.roc_auc.is_some() { "; 95 % interval " (range(test.intervals.roc_auc, |end| format!("{end:.4}"))) }
                }
            }
            li {
                span { "Expected calibration error (ECE)" } b { (share(test.probability.ece)) }
                span { "mean absolute difference of predicted and observed share over ten groups at most" }
            }
        }
    }
}

/// What the verdict recommends instead of the saved model, whose figures follow.
fn recommended_instead(report: &Report<'_>) -> Option<String> {
    let action = report.findings.iter().find_map(|finding| match &finding.statement {
        Statement::Recommendation(recommendation) => Some(&recommendation.action),
        _ => None,
    })?;
    let instead = match action {
        Action::UseRule { .. } if report.kind() == CandidateKind::Rule => return None,
        Action::UseOther { model, .. } if report.kind() == *model => return None,
        Action::UseRule { .. } => "a rule in the place of this model",
        Action::LookAtExceptions { .. } => "to look at the exceptions of a rule before any model is used",
        Action::UseNone { .. } => "none of these models",
        Action::RemoveCopies { .. } => "to remove copied rows before any figure is believed",
        Action::CollectMoreRows { .. } => "more rows before any model is used",
        Action::UseOther { .. } => "another model than this one",
        Action::AddTerms { .. } => "a model with further terms in the place of this one",
        Action::UseOrder { .. } | Action::UseLogisticRegression { .. }
            if report.kind() != CandidateKind::LogisticRegression =>
        {
            "logistic regression"
        }
        Action::UseOrder { .. } | Action::UseLogisticRegression { .. } => return None,
    };
    Some(format!("The verdict recommends {instead}; these are the figures of the model as it was saved."))
}

/// All models side by side, and their curves.
pub(super) fn models(report: &Report<'_>) -> Markup {
    let models = candidates(report);
    let lines = |points: &dyn Fn(&ScoreCounts) -> Vec<(f64, f64)>| -> Vec<Line> {
        let line = |model: &&Candidate| {
            let points = points(report.test_scores.of(model.name)?);
            // Tree and forest often coincide.
            let width = if model.name == CandidateKind::DecisionTree { Width::Wide } else { Width::Narrow };
            (!points.is_empty()).then(|| Line { name: model.name.to_string(), points, width })
        };
        models.iter().filter_map(line).collect()
    };
    let roc =
        lines(&|scores| roc_curve(scores).iter().map(|at| (at.false_positive_rate, at.true_positive_rate)).collect());
    let precision_recall =
        lines(&|scores| precision_recall_curve(scores).iter().map(|at| (at.recall, at.precision)).collect());
    let drawn = listed(&models.iter().map(|model| model.name.in_sentence().to_owned()).collect::<Vec<_>>());
    let names: Vec<String> = models.iter().map(|model| model.name.to_string()).collect();
    let mut head = vec!["false positive rate, at most"];
    head.extend(names.iter().map(String::as_str));
    let at_rate = |rate: &f64| {
        let of = |model: &&Candidate| {
            share(report.test_scores.of(model.name).and_then(|scores| recall_at_false_positive_rate(scores, *rate)))
        };
        [percent(*rate)].into_iter().chain(models.iter().map(of)).collect()
    };
    html! {
        h2 { "Comparison with other models" }
        p.intro.muted {
            "Trees and forest were grown on " (grown_on(report)) ", and all models are evaluated on the same "
            (count(report.comparison.rows[1] as u64)) " test rows" (drawn_from(report.comparison.rows[1], report.comparison.of_rows[1]))
            ", each at a threshold of its probability that was chosen in the same way on folds of the training rows. The last two are controls: always predicting the majority class, and a tree on permuted labels, which can only memorise."
        }
        (table(
            &["model", "size", "threshold", "accuracy (training)", "accuracy (test)", "predicted positive", "ROC AUC (test)", "log-loss (test)", "errors on unseen combinations"],
            report.comparison.models.iter().map(|model| vec![
                model.name.to_string(),
                model.size(),
                percent(model.decisions.threshold),
                share(model.decisions.train_accuracy),
                share(model.decisions.accuracy),
                percent(model.decisions.flagged),
                four_decimals(model.test.roc_auc),
                four_decimals(model.test.probability.log_loss),
                format!("{} of {}", count(model.decisions.unseen_errors), count(model.unseen_rows.rows)),
            ]).collect(),
        ))
        div.figures style="margin-top:16px" {
            @if !roc.is_empty() {
                (chart(
                    "ROC curve",
                    "How many users who need assistance are found (true positives) for how many false alarms (false positives). The further up and to the left, the better; the dashed line is guessing.",
                    &charts::lines(
                        &format!("ROC curves of {drawn} on test rows"),
                        &Axes { x: "false positive rate", y: "true positive rate" }, &roc, true,
                    ),
                    &table(&head, RATES.iter().map(at_rate).collect()),
                ))
            }
            @if !precision_recall.is_empty() {
                (chart(
                    "Precision-recall curve",
                    "How many of those predicted to need assistance need it, as more of those who need it are found. The further up and to the right, the better.",
                    &charts::lines(
                        &format!("Precision-recall curves of {drawn} on test rows"),
                        &Axes { x: "recall", y: "precision" }, &precision_recall, false,
                    ),
                    &table(&["model", "average precision"], models.iter().map(|model| {
                        vec![model.name.to_string(), four_decimals(model.test.average_precision)]
                    }).collect()),
                ))
            }
        }
        @let are_grouped = report.comparison.models.iter().any(|model| model.test.has_clusters());
        details {
            summary { "Paired tests of two models" }
            p.muted { "Each p-value is that of one test by itself. Where the verdict tells one, it is corrected for the number of tests (Holm), and larger." }
            (table(
                &["models", "only the first wrong", "only the second wrong", if are_grouped { "p (signs of groups)" } else { "p (McNemar, exact)" }, "difference of ROC AUC", if are_grouped { "95 % interval (Obuchowski)" } else { "95 % interval (DeLong)" }],
                report.comparison.paired_tests.iter().map(|pair| vec![
                    format!("{} and {}", pair.a, pair.b),
                    count(pair.test.a_only_wrong),
                    count(pair.test.b_only_wrong),
                    p_value(pair.test.mcnemar_p),
                    four_decimals(pair.test.auc_difference),
                    range(pair.test.auc_difference_ci, |end| format!("{end:.4}")),
                ]).collect(),
            ))
        }
    }
}
