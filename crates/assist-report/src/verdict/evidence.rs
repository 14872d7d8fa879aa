//! What several sentences ask of the figures: which model is best, and beyond chance?

use assist_audit::{Candidate, CandidateKind, Comparison};
use assist_metrics::words::{p_value, percent};

/// Fewer test rows show nothing: half the 95 % interval of a share is then above 20 points.
pub(super) const FEW_ROWS: u64 = 20;
/// A difference with a smaller probability than this under the null hypothesis is reported as one.
pub(super) const LEVEL: f64 = 0.05;

pub(super) fn accuracy(model: &Candidate) -> f64 {
    model.test.accuracy.unwrap_or(0.0)
}

/// The best of the three candidates; of equal ones the one that is named first.
pub(super) fn best(comparison: &Comparison) -> Option<&Candidate> {
    let candidates = [CandidateKind::LogisticRegression, CandidateKind::DecisionTree, CandidateKind::RandomForest]
        .map(|name| comparison.model(name));
    candidates.into_iter().flatten().reduce(|best, next| if accuracy(next) > accuracy(best) { next } else { best })
}

/// Whether `a` is better than `b` beyond chance.
pub(super) fn beats(comparison: &Comparison, a: CandidateKind, b: CandidateKind) -> bool {
    comparison.beats(a, b, LEVEL)
}

/// Whether a model ranks users who need assistance above others beyond chance: the interval of its area lies above a half.
pub(super) fn ranks(model: &Candidate) -> bool {
    model.test.intervals.roc_auc.is_some_and(|[low, _]| low > 0.5)
}

pub(super) fn interval(model: &Candidate) -> String {
    let accuracy = model.test.intervals.accuracy;
    accuracy.map_or(String::new(), |[low, high]| format!(" (95 % interval {} to {})", percent(low), percent(high)))
}

pub(super) fn equals(p: f64) -> String {
    if p < 0.0001 { p_value(p) } else { format!("= {}", p_value(p)) }
}
