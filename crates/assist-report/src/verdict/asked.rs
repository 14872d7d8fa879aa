//! Which users were asked for, and of how many rows.

use assist_audit::Comparison;
use assist_metrics::words::{code, count, percent};
use assist_score::Model;
use serde::{Deserialize, Serialize};

use super::finding_figure::FindingFigure;

/// What was asked, of which rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Asked {
    /// The target's column.
    pub target: String,
    /// The label of class 1.
    pub positive: String,
    /// Training rows and test rows.
    pub rows: [u64; 2],
    /// Share of class 1 among the test rows.
    pub positive_share: f64,
    /// Whether rows come in groups, such as those of users, which are kept together.
    pub are_grouped: bool,
}

impl Asked {
    pub(super) fn of(comparison: &Comparison, model: &Model) -> Option<Self> {
        let target = &model.space().target;
        let test = &comparison.models.first()?.test;
        Some(Self {
            target: target.name.clone(),
            positive: target.positive.clone(),
            rows: comparison.of_rows,
            positive_share: test.report.positive.support as f64 / test.rows.max(1) as f64,
            are_grouped: test.has_clusters(),
        })
    }

    pub(super) fn text(&self) -> String {
        let label = code(&format!("{} = {}", self.target, self.positive));
        let groups = if self.are_grouped {
            ", of groups of rows, such as those of a user, that have no training row"
        } else {
            ""
        };
        format!(
            "The question is which rows have the label {label}, as {} of the test rows do. Models learnt from {} training rows and are judged by {} test rows that they have not seen{groups}. Whether a column is known at the moment when help is given the table does not tell: ask it of each.",
            percent(self.positive_share),
            count(self.rows[0]),
            count(self.rows[1]),
        )
    }

    pub(super) fn figures(&self) -> Vec<FindingFigure> {
        vec![
            FindingFigure::new("training rows", count(self.rows[0])),
            FindingFigure::new("test rows", count(self.rows[1])),
            FindingFigure::new("share of class 1 among the test rows", percent(self.positive_share)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_is_told_with_its_rows() {
        let mut asked = Asked {
            target: "help".into(),
            positive: "yes".into(),
            rows: [8000, 2000],
            positive_share: 0.123,
            are_grouped: false,
        };
        assert_eq!(
            asked.text(),
            "The question is which rows have the label `help = yes`, as 12.3 % of the test rows do. Models learnt from 8,000 training rows and are judged by 2,000 test rows that they have not seen. Whether a column is known at the moment when help is given the table does not tell: ask it of each."
        );
        asked.are_grouped = true;
        assert!(asked.text().contains("groups of rows, such as those of a user, that have no training row"));
        assert_eq!(asked.figures().len(), 3);
    }
}
