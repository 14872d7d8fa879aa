//! Bends and interactions that logistic regression lacks. That it is enough is said only after these were tested.

use assist_audit::{Audit, CandidateKind, ProposedTerm, StepsBesideProduct, TermTest};
use assist_metrics::words::{code, few, p_value};
use assist_score::Model;
use serde::{Deserialize, Serialize};

use super::contest::{CONTESTANTS, Contest};
use super::deciding::{capital, equals};
use super::finding_figure::FindingFigure;

/// A term makes a model harder to read, so more is asked of it than of a difference: a p-value below this, after Holm's correction
/// over all that were tested.
const TERM_LEVEL: f64 = 0.01;
/// Terms that are reported by name.
const MOST_SHOWN: usize = 5;

/// What the tests of bends and interactions say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShapeVerdict {
    /// How many were tested.
    pub tried: usize,
    /// Those that are shown to be missing, the clearest first.
    pub found: Vec<ShapeFound>,
    /// The smallest p-value of all, after Holm's correction.
    pub smallest_p: Option<f64>,
    /// Why none was tested, where that is so.
    pub not_tested: Option<String>,
    /// Other models that are shown to decide or to rank better than logistic regression.
    pub outdone_by: Vec<CandidateKind>,
    /// Why that is so, where it is known.
    pub reason: Option<OutdoneReason>,
}

/// Why other models are better than logistic regression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutdoneReason {
    /// Its fit did not converge.
    NotConverged,
    /// A weighted sum tells the classes apart, and the penalty keeps it from that.
    HeldBack,
    /// The label follows from steps of several columns.
    Steps,
}

impl OutdoneReason {
    fn of(audit: &Audit, model: &Model) -> Option<Self> {
        let parameters = model.parameters();
        let is_complete = parameters.inference.separation.as_ref().is_some_and(|it| it.is_complete);
        match audit.literals.as_slice() {
            _ if !parameters.training.fit.converged => Some(Self::NotConverged),
            [_, others @ ..] if others.is_empty() || is_complete => Some(Self::HeldBack),
            [_, ..] => Some(Self::Steps),
            [] => None,
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::NotConverged => "its fit did not converge, so these are not the figures of its optimum",
            Self::HeldBack => {
                "a weighted sum could tell these classes apart, and the penalty holds this one back; a larger C lets it go further"
            }
            Self::Steps => {
                "a weighted sum of values cannot draw the steps of the rule; bins of numeric columns make features of them"
            }
        }
    }
}

/// A bend or an interaction that is shown to be missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShapeFound {
    /// What it is.
    pub term: ProposedTerm,
    /// The p-value of its score test, after Holm's correction over all that were tested.
    pub p_holm: f64,
    /// For an interaction of two numbers: steps beside the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<StepsBesideProduct>,
}

impl ShapeFound {
    /// In a sentence: ``a curve for `wait` ``.
    pub(super) fn in_words(&self) -> String {
        let in_steps = if self.is_in_steps() { ", in steps" } else { "" };
        match &self.term {
            ProposedTerm::Bend { column } => format!("a curve for {}", code(column)),
            ProposedTerm::Interaction { columns: [a, b] } => {
                format!("the interaction of {} and {}{in_steps}", code(a), code(b))
            }
            _ => "a further term".to_owned(),
        }
    }

    /// Whether it is an interaction that steps fit better than a product.
    pub fn is_in_steps(&self) -> bool {
        self.steps.is_some_and(|steps| steps.are_steps_better())
    }
}

impl ShapeVerdict {
    pub(super) fn of(contest: &Contest<'_>, audit: &Audit, model: &Model) -> Option<Self> {
        let is_shown = |test: &&TermTest| test.p_holm < TERM_LEVEL;
        let found = |test: &TermTest| ShapeFound { term: test.term.clone(), p_holm: test.p_holm, steps: test.steps };
        let is_better = |kind: &CandidateKind| {
            let [deciding, ranking] = [contest.deciding_beside(*kind), contest.ranking_beside(*kind)];
            [deciding, ranking].into_iter().flatten().any(|of| of.is_shown() && of.better == *kind)
        };
        let outdone_by: Vec<CandidateKind> = CONTESTANTS[1..].iter().copied().filter(is_better).collect();
        let reason = if outdone_by.is_empty() { None } else { OutdoneReason::of(audit, model) };
        let Some(tests) = &contest.comparison.term_tests else {
            let is_told = !outdone_by.is_empty();
            return is_told.then_some(Self {
                tried: 0,
                found: vec![],
                smallest_p: None,
                not_tested: None,
                outdone_by,
                reason,
            });
        };
        Some(Self {
            tried: tests.tried,
            found: tests.tests.iter().filter(is_shown).take(MOST_SHOWN).map(found).collect(),
            smallest_p: tests.tests.iter().map(|test| test.p_holm).reduce(f64::min),
            not_tested: tests.not_tested.as_ref().map(ToString::to_string),
            outdone_by,
            reason,
        })
    }

    /// Whether logistic regression is enough, as far as this table can tell.
    pub fn is_enough(&self) -> bool {
        self.tried > 0 && self.not_tested.is_none() && self.found.is_empty() && self.outdone_by.is_empty()
    }

    pub(super) fn text(&self) -> String {
        if let Some(reason) = &self.not_tested {
            let outdone = if self.outdone_by.is_empty() { String::new() } else { format!(" {}", self.outdone()) };
            return format!(
                "Whether logistic regression lacks bends or interactions was not tested: {reason}.{outdone}"
            );
        }
        let tested = if self.tried == 1 {
            "1 bend or interaction".to_owned()
        } else {
            format!("{} bends and interactions", self.tried)
        };
        match self.found.as_slice() {
            [] if self.outdone_by.is_empty() => {
                let p = self
                    .smallest_p
                    .map_or(String::new(), |p| format!(" (smallest p after Holm's correction {})", p_value(p)));
                let none = if self.tried == 1 {
                    "the one bend or interaction that was tested is not".to_owned()
                } else {
                    format!("of {tested} that were tested none is")
                };
                format!(
                    "Logistic regression is enough as far as these rows tell: {none} shown to be missing{p}, and no other model is shown to decide or to rank better."
                )
            }
            [] if self.tried == 0 => self.outdone(),
            [] => format!("None of {tested} that were tested is shown to be missing. {}", self.outdone()),
            found => {
                let terms: Vec<String> =
                    found.iter().map(|found| format!("{} (p {})", found.in_words(), equals(found.p_holm))).collect();
                format!("Logistic regression lacks {}, of {tested} that were tested on the training rows.", few(&terms))
            }
        }
    }

    /// That others are better, and why.
    fn outdone(&self) -> String {
        let others: Vec<String> = self.outdone_by.iter().map(|kind| kind.in_sentence().to_owned()).collect();
        let are = if others.len() == 1 { "is" } else { "are" };
        let why = self.reason.map_or("what it lacks is something else", OutdoneReason::in_words);
        capital(&format!("{} {are} better than logistic regression: {why}.", few(&others)))
    }

    pub(super) fn figures(&self) -> Vec<FindingFigure> {
        let mut figures = vec![FindingFigure::new("bends and interactions that were tested", self.tried.to_string())];
        let of_term =
            |found: &ShapeFound| FindingFigure::new(format!("{}: p (Holm)", found.in_words()), p_value(found.p_holm));
        figures.extend(self.found.iter().map(of_term));
        for (found, steps) in self.found.iter().filter_map(|found| Some((found, found.steps?))) {
            figures.push(FindingFigure::new(
                format!("{}: log-loss with steps, with the product, on rows that were left out", found.in_words()),
                format!("{:.4}, {:.4}", steps.steps_log_loss, steps.product_log_loss),
            ));
        }
        if self.found.is_empty() {
            figures.extend(self.smallest_p.map(|p| FindingFigure::new("smallest p (Holm)", p_value(p))));
        }
        figures
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::verdict) fn shape(found: Vec<ShapeFound>, outdone_by: Vec<CandidateKind>) -> ShapeVerdict {
        ShapeVerdict { tried: 9, found, smallest_p: Some(0.31), not_tested: None, outdone_by, reason: None }
    }

    pub(in crate::verdict) fn interaction() -> ShapeFound {
        let columns = ["a".to_owned(), "b".to_owned()];
        ShapeFound { term: ProposedTerm::Interaction { columns }, p_holm: 0.002, steps: None }
    }

    #[test]
    fn enough_is_said_only_after_the_tests() {
        let enough = shape(vec![], vec![]);
        assert!(enough.is_enough());
        assert_eq!(
            enough.text(),
            "Logistic regression is enough as far as these rows tell: of 9 bends and interactions that were tested none is shown to be missing (smallest p after Holm's correction 0.3100), and no other model is shown to decide or to rank better."
        );
        let one = ShapeVerdict { tried: 1, ..enough.clone() };
        assert!(one.text().contains("the one bend or interaction that was tested is not shown"), "{}", one.text());
        let untested = ShapeVerdict { tried: 0, not_tested: Some("too few rows".into()), ..enough.clone() };
        assert!(!untested.is_enough());
        assert_eq!(
            untested.text(),
            "Whether logistic regression lacks bends or interactions was not tested: too few rows."
        );
        let nothing = ShapeVerdict { tried: 0, ..enough };
        assert!(!nothing.is_enough(), "nothing was tested");
    }

    #[test]
    fn what_is_missing_is_named() {
        let bend = ShapeFound { term: ProposedTerm::Bend { column: "u".into() }, p_holm: 0.000_01, steps: None };
        let lacking = shape(vec![bend, interaction()], vec![CandidateKind::RandomForest]);
        assert_eq!(
            lacking.text(),
            "Logistic regression lacks a curve for `u` (p < 0.0001) and the interaction of `a` and `b` (p = 0.0020), of 9 bends and interactions that were tested on the training rows."
        );
        assert!(!lacking.is_enough());
        let mut steps = interaction();
        for (of_steps, words) in
            [(0.2, "the interaction of `a` and `b`, in steps"), (0.45, "the interaction of `a` and `b`")]
        {
            steps.steps = Some(StepsBesideProduct::new(0.5, of_steps, 0.1));
            assert_eq!(steps.in_words(), words, "beyond a standard error, or within it");
        }
        assert_eq!(shape(vec![steps], vec![]).figures().len(), 3);
        let mut other = shape(vec![], vec![CandidateKind::DecisionTree, CandidateKind::RandomForest]);
        assert!(other.text().ends_with("The decision tree and the random forest are better than logistic regression: what it lacks is something else."), "{}", other.text());
        for reason in [OutdoneReason::NotConverged, OutdoneReason::HeldBack, OutdoneReason::Steps] {
            (other.reason, other.tried) = (Some(reason), 0);
            assert!(other.text().contains(reason.in_words()) && !other.is_enough());
        }
    }
}
