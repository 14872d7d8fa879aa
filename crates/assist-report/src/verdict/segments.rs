//! Where logistic regression has the highest error.

use assist_audit::{CandidateKind, Comparison, WrongSlice};
use assist_metrics::words::{count, listed, percent};

use super::evidence::accuracy;

pub(super) fn slice(comparison: &Comparison) -> Option<String> {
    let model = comparison.model(CandidateKind::LogisticRegression)?;
    // Of grouped rows no segments are sought: rows of one group are wrong together.
    if model.test.errors() == 0 || model.test.has_clusters() {
        return None;
    }
    if model.slices.is_empty() {
        let text = "The errors of logistic regression do not concentrate in any segment of one or two columns beyond what chance explains.";
        return Some(text.into());
    }
    let (always, mostly): (Vec<_>, Vec<_>) = model.slices.iter().partition(|slice| slice.is_always_wrong());
    let shown = |slices: &[&WrongSlice]| {
        let one = |slice: &&WrongSlice| {
            format!("where {} ({} of {} test rows)", slice.region, count(slice.errors), count(slice.rows))
        };
        listed(&slices.iter().map(one).collect::<Vec<_>>())
    };
    let mut parts = Vec::new();
    if !always.is_empty() {
        parts.push(format!("always wrong {}", shown(&always)));
    }
    if !mostly.is_empty() {
        parts.push(format!(
            "more often wrong than elsewhere ({} overall) {}",
            percent(1.0 - accuracy(model)),
            shown(&mostly)
        ));
    }
    Some(format!("Logistic regression is {}.", parts.join("; it is ")))
}
