//! A scorecard beside logistic regression, which can be added up without a computer.

use assist_audit::CandidateKind;
use assist_metrics::words::{percent, plural};
use serde::{Deserialize, Serialize};

use super::contest::Contest;
use super::deciding::{Deciding, finding};

/// A scorecard that is not shown to decide worse than logistic regression.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CardBeside {
    /// How many lines it has.
    pub lines: usize,
    /// The share of the test rows that it gets right.
    pub accuracy: f64,
    /// The share of class 1 that it finds; absent without class 1.
    pub recall: Option<f64>,
    /// Whether it is shown to rank worse.
    pub ranks_worse: bool,
}

impl CardBeside {
    /// One that is useful, and not shown to decide worse.
    pub(super) fn of(contest: &Contest<'_>, deciding: &Deciding) -> Option<Self> {
        let is_useful = contest.useful().iter().any(|model| model.name == CandidateKind::Card);
        let card = deciding.model(CandidateKind::Card).filter(|_| is_useful)?;
        let is_worse = contest.deciding_beside(CandidateKind::Card).is_some_and(|of| of.is_shown());
        let ranking = contest.ranking_beside(CandidateKind::Card);
        let ranks_worse = ranking.is_some_and(|of| of.is_shown() && of.worse == CandidateKind::Card);
        let lines = contest.model(CandidateKind::Card)?.parameters;
        (!is_worse).then_some(Self { lines, accuracy: card.accuracy, recall: card.recall, ranks_worse })
    }

    pub(super) fn text(&self) -> String {
        let ranks = if self.ranks_worse { ", though it ranks users worse" } else { "" };
        format!(
            " Where it has to be added up by hand, a scorecard of {} is not shown to decide worse{ranks}: it is right for {}{}. That is no proof that it is as good.",
            plural(self.lines, "line"),
            percent(self.accuracy),
            finding(self.recall)
        )
    }
}
