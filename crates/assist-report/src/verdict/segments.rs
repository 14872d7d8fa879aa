//! Where the saved model is most wrong.

use assist_audit::{CandidateKind, WrongSlice};
use assist_metrics::words::{count, listed, percent};
use serde::{Deserialize, Serialize};

use super::contest::{Contest, FEW_ROWS, accuracy};
use super::deciding::capital;
use super::finding_figure::FindingFigure;

/// Segments of the test rows where a model is more often wrong than chance explains, at the threshold that models are
/// compared at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErrorSegments {
    /// The model.
    pub model: CandidateKind,
    /// The probability above which it predicts class 1 here.
    pub threshold: f64,
    /// Share of all test rows that it gets wrong.
    pub error_rate: f64,
    /// Those with the highest error rate; none where errors do not concentrate.
    pub segments: Vec<WrongSlice>,
}

impl ErrorSegments {
    pub(super) fn of(contest: &Contest<'_>, saved: CandidateKind) -> Option<Self> {
        let model = contest.model(saved)?;
        // Of grouped rows no segments are sought: rows of one group are wrong together.
        if model.decisions.errors() == 0 || model.test.has_clusters() || model.test.rows < FEW_ROWS {
            return None;
        }
        Some(Self {
            model: saved,
            threshold: model.decisions.threshold,
            error_rate: 1.0 - accuracy(model),
            segments: model.slices.clone(),
        })
    }

    pub(super) fn text(&self) -> String {
        if self.segments.is_empty() {
            return format!(
                "{} is not shown to be wrong more often in one segment than in others, of one or two columns; that is no proof that it is not.",
                capital(self.model.in_sentence())
            );
        }
        let (always, mostly): (Vec<_>, Vec<_>) = self.segments.iter().partition(|slice| slice.is_always_wrong());
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
            let overall = percent(self.error_rate);
            parts.push(format!("more often wrong than elsewhere ({overall} overall) {}", shown(&mostly)));
        }
        let threshold = percent(self.threshold);
        format!(
            "{}, where it predicts class 1 above a probability of {threshold}, is {}.",
            capital(self.model.in_sentence()),
            parts.join("; it is ")
        )
    }

    pub(super) fn figures(&self) -> Vec<FindingFigure> {
        let of_segment = |slice: &WrongSlice| {
            let wrong = format!("{} of {} test rows", count(slice.errors), count(slice.rows));
            FindingFigure::new(format!("errors where {}", slice.region), wrong)
        };
        let overall = FindingFigure::new("share of test rows with an error", percent(self.error_rate));
        let threshold = FindingFigure::new("threshold of the probability", percent(self.threshold));
        [threshold, overall].into_iter().chain(self.segments.iter().map(of_segment)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(region: &str, rows: u64, errors: u64) -> WrongSlice {
        let text = format!(r#"{{"where":"{region}","rows":{rows},"errors":{errors}}}"#);
        serde_json::from_str(&text).expect("a segment")
    }

    #[test]
    fn segments_are_told_apart_by_how_wrong_they_are() {
        let mut of = ErrorSegments {
            model: CandidateKind::LogisticRegression,
            threshold: 0.5,
            error_rate: 0.1,
            segments: vec![],
        };
        assert!(of.text().starts_with("Logistic regression is not shown to be wrong more often in one segment"));
        of.segments = vec![segment("a > 3", 40, 40), segment("b = x", 50, 25)];
        assert_eq!(
            of.text(),
            "Logistic regression, where it predicts class 1 above a probability of 50.0 %, is always wrong where a > 3 (40 of 40 test rows); it is more often wrong than elsewhere (10.0 % overall) where b = x (25 of 50 test rows)."
        );
        assert_eq!(of.figures().len(), 4);
    }
}
