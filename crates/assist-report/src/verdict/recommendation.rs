//! What to do.

use assist_audit::{Audit, CandidateKind, Comparison};
use assist_metrics::words::{code, count, percent};

use super::evidence::{FEW_ROWS, accuracy, beats, best, ranks};

pub(super) fn recommendation(audit: &Audit, comparison: &Comparison) -> Option<String> {
    if let Some(rule) = &audit.rule {
        let rule = code(rule);
        if audit.exceptions > 0 {
            let (rows, are) = match audit.exceptions {
                1 => ("row".to_owned(), "it is a slip, or people gave it and it is"),
                n => (format!("{} rows", count(n)), "they are slips, or people gave it and they are"),
            };
            return Some(format!(
                "Look at the {rows} that the rule {rule} gets wrong: either the label was computed and {are} what a model has to learn."
            ));
        }
        if let [literal] = audit.literals.as_slice() {
            return Some(format!(
                "First ask what {} is: {rule} gives the label of every row, as a copy of the label or something known only afterwards would. If so, leave it out; if not, use the rule itself.",
                code(&literal.column)
            ));
        }
        return Some(format!(
            "Use the rule itself, {rule}, where labels are computed as they were here. A model is worth training only on labels that people gave."
        ));
    }
    let best = best(comparison)?;
    let model = comparison.model(CandidateKind::LogisticRegression)?;
    if !beats(comparison, best.name, CandidateKind::MajorityClass) {
        let n = best.test.rows;
        let is_open = accuracy(best) > accuracy(comparison.model(CandidateKind::MajorityClass)?);
        if n >= FEW_ROWS && ranks(model) {
            let decides = if is_open { "no model is shown to decide" } else { "no model decides" };
            let auc = model.test.roc_auc.map_or(String::new(), |auc| format!(" (ROC AUC {auc:.3})"));
            return Some(format!(
                "Use logistic regression for its order and its probabilities, not for its decisions: it ranks users who need assistance above others{auc}, but {decides} better than always predicting the majority class. Choose a threshold for a cost, a capacity or a recall."
            ));
        }
        return Some(if is_open || n < FEW_ROWS {
            format!(
                "Collect more rows before anything is decided by a model: {} test rows are too few to tell whether any is better than always predicting the majority class.",
                count(n)
            )
        } else {
            "Use none of these models: on test rows none is better than always predicting the majority class.".into()
        });
    }
    if best.name != CandidateKind::LogisticRegression && beats(comparison, best.name, CandidateKind::LogisticRegression)
    {
        return Some(format!(
            "Use {}, or find the features that logistic regression lacks: it is right for {} of the test rows, logistic regression for {}.",
            best.name.in_sentence(),
            percent(accuracy(best)),
            percent(accuracy(model)),
        ));
    }
    Some("Use logistic regression: no other model is shown to be better on test rows, and its coefficients can be read and checked.".into())
}
