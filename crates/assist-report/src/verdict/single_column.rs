//! What one column alone predicts. Where that is nearly all there is to ask first: is the column known at the moment when help is
//! given?

use assist_audit::{Audit, SingleColumn};
use assist_metrics::words::{code, few, percent};
use serde::{Deserialize, Serialize};

use super::deciding::interval;
use super::finding_figure::FindingFigure;
use super::label::LabelFormula;

/// A column whose area under the ROC curve is at least this, and whose interval lies above the other number, predicts nearly all.
const NEARLY_ALL: f64 = 0.95;
const SURELY: f64 = 0.9;

/// The best of the columns by themselves, and those that alone predict nearly all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SingleColumns {
    /// The one that ranks the test rows best.
    pub best: SingleColumn,
    /// The columns to ask about, the best first.
    pub suspects: Vec<SingleColumn>,
    /// Share of the test rows that the majority class gets right.
    pub majority_accuracy: Option<f64>,
    /// Whether the best ranks nearly all test rows, but these are too few to be sure of that.
    pub is_open: bool,
}

impl SingleColumns {
    pub(super) fn of(audit: &Audit, label: &LabelFormula, majority_accuracy: Option<f64>) -> Option<Self> {
        let best = audit.single_columns.first()?.clone();
        best.roc_auc?;
        // A rule of one condition is a column that predicts every row.
        let is_rule = |of: &SingleColumn| label.is_found && label.conditions == 1 && label.columns.contains(&of.column);
        let ranks_nearly_all = |of: &SingleColumn| of.roc_auc.is_some_and(|auc| auc >= NEARLY_ALL);
        let is_sure = |of: &SingleColumn| of.roc_auc_interval.is_some_and(|[low, _]| low > SURELY);
        let is_suspect = |of: &&SingleColumn| is_rule(of) || ranks_nearly_all(of) && is_sure(of);
        let suspects: Vec<SingleColumn> = audit.single_columns.iter().filter(is_suspect).cloned().collect();
        Some(Self { majority_accuracy, is_open: suspects.is_empty() && ranks_nearly_all(&best), best, suspects })
    }

    pub(super) fn text(&self) -> String {
        let shown = self.suspects.first().unwrap_or(&self.best);
        let (accuracy, auc) = (shown.accuracy.unwrap_or(0.0), shown.roc_auc.unwrap_or(0.0));
        let name = code(&shown.column);
        let figures = format!(
            "right for {} of the test rows{}{}; ROC AUC {auc:.3}",
            percent(accuracy),
            interval(shown.accuracy_interval),
            self.majority_accuracy.map_or(String::new(), |of| format!(", the majority class for {}", percent(of)))
        );
        match self.suspects.as_slice() {
            [] if self.is_open => format!(
                "Whether a column alone predicts nearly all cannot be told from so few test rows: the best is {name} ({figures})."
            ),
            [] => format!("No column alone predicts nearly all: the best is {name} ({figures})."),
            [_] => format!(
                "{name} alone predicts nearly all ({figures}): a copy of the label, or something that is known only after help was needed, looks like this."
            ),
            several => {
                let names: Vec<String> = several.iter().map(|of| code(&of.column)).collect();
                format!(
                    "Each of {} alone predicts nearly all, {name} best ({figures}): copies of the label, or what is known only after help was needed, look like this.",
                    few(&names)
                )
            }
        }
    }

    pub(super) fn figures(&self) -> Vec<FindingFigure> {
        let shown = if self.suspects.is_empty() { std::slice::from_ref(&self.best) } else { &self.suspects };
        let figure = |of: &SingleColumn| {
            let accuracy = of.accuracy.map_or_else(|| "–".to_owned(), percent);
            let auc = of.roc_auc.map_or_else(|| "–".to_owned(), |auc| format!("{auc:.4}"));
            let ends = of.roc_auc_interval.map_or(String::new(), |[low, high]| format!(" ({low:.4} to {high:.4})"));
            FindingFigure::new(format!("{} alone", of.column), format!("accuracy {accuracy}, ROC AUC {auc}{ends}"))
        };
        shown.iter().map(figure).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::verdict) fn column(name: &str, auc: f64, low: f64) -> SingleColumn {
        let text = format!(
            r#"{{"column":"{name}","accuracy":0.93,"accuracy_interval":[0.9,0.95],"roc_auc":{auc},"roc_auc_interval":[{low},1.0]}}"#
        );
        serde_json::from_str(&text).expect("a column")
    }

    #[test]
    fn a_column_that_predicts_nearly_all_is_pointed_at() {
        let best = column("note", 0.97, 0.95);
        let mut of =
            SingleColumns { best: best.clone(), suspects: vec![], majority_accuracy: Some(0.914), is_open: false };
        assert_eq!(
            of.text(),
            "No column alone predicts nearly all: the best is `note` (right for 93.0 % of the test rows (95 % interval 90.0 % to 95.0 %), the majority class for 91.4 %; ROC AUC 0.970)."
        );
        of.is_open = true;
        assert!(of.text().starts_with("Whether a column alone predicts nearly all cannot be told"), "{}", of.text());
        of.suspects = vec![best.clone()];
        assert!(
            of.text().starts_with("`note` alone predicts nearly all")
                && of.text().contains("known only after help was needed")
        );
        of.suspects = (0..7).map(|i| column(&format!("c{i}"), 0.97, 0.95)).collect();
        assert!(
            of.text().starts_with("Each of `c0`, `c1`, `c2`, `c3` and 3 others alone predicts nearly all, `c0` best"),
            "{}",
            of.text()
        );
        assert_eq!(of.figures().len(), 7);
    }
}
