//! How well scores rank users, which is what counts where as many are helped as there is time for.

use assist_audit::CandidateKind;
use assist_metrics::words::{few, p_value};
use serde::{Deserialize, Serialize};

use super::contest::{CONTESTANTS, Contest, FEW_ROWS, LEVEL};
use super::deciding::equals;
use super::finding_figure::FindingFigure;

/// The area under the ROC curve of logistic regression on the test rows, and of the others beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ranking {
    /// The area of logistic regression.
    pub roc_auc: f64,
    /// Its 95 % interval; absent where none can be given.
    pub interval: Option<[f64; 2]>,
    /// Whether the interval lies above a half.
    pub is_shown: bool,
    /// The scorecard, the decision tree and the random forest.
    pub rivals: Vec<RankingRival>,
}

/// Another model beside logistic regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RankingRival {
    /// The model.
    pub model: CandidateKind,
    /// The area under its ROC curve.
    pub roc_auc: f64,
    /// The p-value of the difference, after Holm's correction over the tests of decisions and of ranks.
    pub p_holm: Option<f64>,
}

impl RankingRival {
    fn is_shown(&self) -> bool {
        self.p_holm.is_some_and(|p| p < LEVEL)
    }
}

impl Ranking {
    pub(super) fn of(contest: &Contest<'_>) -> Option<Self> {
        let model = contest.model(CandidateKind::LogisticRegression)?;
        if model.test.rows < FEW_ROWS {
            return None;
        }
        let rival = |kind: CandidateKind| {
            let roc_auc = contest.model(kind)?.test.roc_auc?;
            Some(RankingRival { model: kind, roc_auc, p_holm: contest.ranking_beside(kind).map(|of| of.p_holm) })
        };
        Some(Self {
            roc_auc: model.test.roc_auc?,
            interval: model.test.intervals.roc_auc,
            is_shown: contest.ranks(),
            rivals: CONTESTANTS[1..].iter().copied().filter_map(rival).collect(),
        })
    }

    /// The models that are shown to rank better than logistic regression.
    pub fn better(&self) -> Vec<CandidateKind> {
        let is_better = |of: &&RankingRival| of.is_shown() && of.roc_auc > self.roc_auc;
        self.rivals.iter().filter(is_better).map(|of| of.model).collect()
    }

    pub(super) fn text(&self) -> String {
        let interval =
            self.interval.map_or(String::new(), |[low, high]| format!(", 95 % interval {low:.3} to {high:.3}"));
        let own = format!("ROC AUC {:.3}{interval}", self.roc_auc);
        let first = if self.is_shown {
            format!(
                "By its scores logistic regression puts a row of class 1 above one of class 0 in {:.0} of 100 pairs ({own}).",
                (100.0 * self.roc_auc).min(if self.roc_auc < 1.0 { 99.0 } else { 100.0 })
            )
        } else {
            format!("Logistic regression is not shown to rank rows of class 1 above others better than chance ({own}).")
        };
        let named = |keep: &dyn Fn(&RankingRival) -> bool| -> Vec<String> {
            let some = self.rivals.iter().filter(|of| keep(of));
            some.map(|of| {
                let p = of.p_holm.map_or(String::new(), |p| format!(", p {}", equals(p)));
                format!("{} ({:.3}{p})", of.model.in_sentence(), of.roc_auc)
            })
            .collect()
        };
        let better = named(&|of| of.is_shown() && of.roc_auc > self.roc_auc);
        let worse = named(&|of| of.is_shown() && of.roc_auc < self.roc_auc);
        let mut text = first;
        if !better.is_empty() {
            text += &format!(" It ranks worse than {}.", few(&better));
        }
        if !worse.is_empty() {
            text += &format!(" It ranks better than {}.", few(&worse));
        }
        text
    }

    pub(super) fn figures(&self) -> Vec<FindingFigure> {
        let mut figures = vec![FindingFigure::new("logistic regression: ROC AUC", format!("{:.4}", self.roc_auc))];
        let interval = self.interval.map(|[low, high]| format!("{low:.4} to {high:.4}"));
        figures.extend(interval.map(|interval| FindingFigure::new("95 % interval", interval)));
        for of in &self.rivals {
            figures.push(FindingFigure::new(format!("{}: ROC AUC", of.model), format!("{:.4}", of.roc_auc)));
            let p = of.p_holm.map(p_value);
            figures.extend(p.map(|p| FindingFigure::new(format!("{}: p of the difference (Holm)", of.model), p)));
        }
        figures
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Logistic regression has an area of 0.8; the tree and the forest have these, with such p-values beside it.
    pub(in crate::verdict) fn ranking(tree: (f64, f64), forest: (f64, f64)) -> Ranking {
        let rival = |model, (roc_auc, p): (f64, f64)| RankingRival { model, roc_auc, p_holm: Some(p) };
        Ranking {
            roc_auc: 0.8,
            interval: Some([0.75, 0.84]),
            is_shown: true,
            rivals: vec![rival(CandidateKind::DecisionTree, tree), rival(CandidateKind::RandomForest, forest)],
        }
    }

    #[test]
    fn areas_are_told_as_pairs() {
        let mut of = ranking((0.7, 0.001), (0.9, 0.02));
        assert_eq!(
            of.text(),
            "By its scores logistic regression puts a row of class 1 above one of class 0 in 80 of 100 pairs (ROC AUC 0.800, 95 % interval 0.750 to 0.840). It ranks worse than the random forest (0.900, p = 0.0200). It ranks better than the decision tree (0.700, p = 0.0010)."
        );
        assert_eq!(of.better(), [CandidateKind::RandomForest]);
        of.rivals.iter_mut().for_each(|rival| rival.p_holm = Some(0.06));
        assert!(
            of.text().ends_with("0.840).") && of.better().is_empty(),
            "what is not shown is not said: {}",
            of.text()
        );
        of.roc_auc = 0.9996;
        assert!(of.text().contains("in 99 of 100 pairs (ROC AUC 1.000"), "{}", of.text());
        of.is_shown = false;
        assert!(of.text().starts_with("Logistic regression is not shown to rank"));
        assert_eq!(of.figures().len(), 6);
    }
}
