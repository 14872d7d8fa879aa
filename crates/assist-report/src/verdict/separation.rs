//! Features that separate the classes.

use assist_metrics::words::{code, few};
use assist_score::Inference;
use serde::{Deserialize, Serialize};

use super::finding_figure::FindingFigure;

/// A combination of features that separates the classes of the training rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeparatedClasses {
    /// Whether all rows lie on their own side, or some on the border.
    pub is_complete: bool,
    /// The features.
    pub features: Vec<String>,
    /// Whether there is evidence all the same, from Firth's penalised likelihood.
    pub has_evidence: bool,
}

impl SeparatedClasses {
    pub(super) fn of(inference: &Inference) -> Option<Self> {
        let separation = inference.separation.as_ref()?;
        Some(Self {
            is_complete: separation.is_complete,
            features: separation.features.clone(),
            has_evidence: inference.evidence.is_some(),
        })
    }

    pub(super) fn text(&self) -> String {
        let kind = if self.is_complete { "completely" } else { "quasi-completely" };
        let features: Vec<String> = self.features.iter().map(|feature| code(feature)).collect();
        let (verb, these, their) = if features.len() == 1 {
            ("separates", "its coefficient", "its")
        } else {
            ("separate", "their coefficients", "their")
        };
        let so = if self.has_evidence {
            "; intervals and p-values are those of Firth's penalised likelihood"
        } else {
            ", so there are no p-values"
        };
        format!(
            "{} {kind} {verb} the classes of the training rows: without a penalty {these} would be infinite, and with one {their} size is that of the penalty{so}.",
            few(&features),
        )
    }

    pub(super) fn figures(&self) -> Vec<FindingFigure> {
        vec![FindingFigure::new("features that separate the classes", self.features.join(", "))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_separation_and_its_features_are_told() {
        let mut of = SeparatedClasses { is_complete: true, features: vec!["a".into()], has_evidence: true };
        assert_eq!(
            of.text(),
            "`a` completely separates the classes of the training rows: without a penalty its coefficient would be infinite, and with one its size is that of the penalty; intervals and p-values are those of Firth's penalised likelihood."
        );
        of.features = (0..9).map(|i| format!("f{i}")).collect();
        (of.is_complete, of.has_evidence) = (false, false);
        let text = of.text();
        assert!(text.starts_with("`f0`, `f1`, `f2`, `f3` and 5 others quasi-completely separate"), "{text}");
        assert!(text.ends_with("so there are no p-values."), "{text}");
    }
}
