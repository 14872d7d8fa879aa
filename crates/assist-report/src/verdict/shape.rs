//! Bends and interactions that logistic regression lacks. That it is enough is said only after these were tested.

use assist_audit::{CandidateKind, ProposedTerm, TermTest};
use assist_metrics::words::{code, few, p_value};
use serde::{Deserialize, Serialize};

use super::contest::{CONTESTANTS, Contest, LEVEL};
use super::deciding::equals;
use super::finding::FindingFigure;

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
}

/// A bend or an interaction that is shown to be missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShapeFound {
    /// What it is.
    pub term: ProposedTerm,
    /// The p-value of its likelihood-ratio test, after Holm's correction over all that were tested.
    pub p_holm: f64,
}

impl ShapeFound {
    /// In a sentence: ``a curve for `wait` ``.
    pub(super) fn in_words(&self) -> String {
        match &self.term {
            ProposedTerm::Bend { column } => format!("a curve for {}", code(column)),
            ProposedTerm::Interaction { columns: [a, b] } => format!("the interaction of {} and {}", code(a), code(b)),
            _ => "a further term".to_owned(),
        }
    }
}

impl ShapeVerdict {
    pub(super) fn of(contest: &Contest<'_>) -> Option<Self> {
        let tests = contest.comparison.term_tests.as_ref()?;
        let is_shown = |test: &&TermTest| test.p_holm < LEVEL;
        let found = |test: &TermTest| ShapeFound { term: test.term.clone(), p_holm: test.p_holm };
        let shown = tests.tests.iter().filter(is_shown).take(MOST_SHOWN);
        let smallest = tests.tests.iter().map(|test| test.p_holm).reduce(f64::min);
        let is_better = |kind: &CandidateKind| {
            let [deciding, ranking] = [contest.deciding_beside(*kind), contest.ranking_beside(*kind)];
            [deciding, ranking].into_iter().flatten().any(|of| of.is_shown() && of.better == *kind)
        };
        Some(Self {
            tried: tests.tried,
            found: shown.map(found).collect(),
            smallest_p: smallest,
            not_tested: tests.not_tested.as_ref().map(ToString::to_string),
            outdone_by: CONTESTANTS[1..].iter().copied().filter(is_better).collect(),
        })
    }

    /// Whether logistic regression is enough, as far as this table can tell.
    pub fn is_enough(&self) -> bool {
        self.tried > 0 && self.not_tested.is_none() && self.found.is_empty() && self.outdone_by.is_empty()
    }

    pub(super) fn text(&self) -> String {
        if let Some(reason) = &self.not_tested {
            return format!("Whether logistic regression lacks bends or interactions was not tested: {reason}.");
        }
        let tested = if self.tried == 1 {
            "1 bend or interaction".to_owned()
        } else {
            format!("{} bends and interactions", self.tried)
        };
        let others: Vec<String> = self.outdone_by.iter().map(|kind| kind.in_sentence().to_owned()).collect();
        match (self.found.as_slice(), others.as_slice()) {
            ([], []) => {
                let p = self
                    .smallest_p
                    .map_or(String::new(), |p| format!(" (smallest p after Holm's correction {})", p_value(p)));
                format!(
                    "Logistic regression is enough as far as these rows tell: of {tested} that were tested none is shown to be missing{p}, and neither the decision tree nor the random forest is shown to decide or to rank better."
                )
            }
            ([], _) => format!(
                "None of {tested} that were tested is shown to be missing, and yet {} better than logistic regression: what it lacks is something else.",
                if let [one] = others.as_slice() { format!("{one} is") } else { format!("{} are", few(&others)) }
            ),
            (found, _) => {
                let terms: Vec<String> =
                    found.iter().map(|found| format!("{} (p {})", found.in_words(), equals(found.p_holm))).collect();
                format!("Logistic regression lacks {}, of {tested} that were tested on the training rows.", few(&terms))
            }
        }
    }

    pub(super) fn figures(&self) -> Vec<FindingFigure> {
        let mut figures = vec![FindingFigure::new("bends and interactions that were tested", self.tried.to_string())];
        let of_term =
            |found: &ShapeFound| FindingFigure::new(format!("{}: p (Holm)", found.in_words()), p_value(found.p_holm));
        figures.extend(self.found.iter().map(of_term));
        if self.found.is_empty() {
            figures.extend(self.smallest_p.map(|p| FindingFigure::new("smallest p (Holm)", p_value(p))));
        }
        figures
    }
}
