//! Models side by side, as they are written and read.

use assist_metrics::{PairedTest, ScoreCounts};
use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::candidate_kind::CandidateKind;
use super::term_tests::TermTests;
use crate::wrong_slices::{HeatMap, WrongSlice};

/// Models side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparison {
    /// Logistic regression, tree, forest, small tree, majority class, control.
    pub models: Vec<Candidate>,
    /// Pairs of them on the same test rows.
    pub paired_tests: Vec<CandidatePair>,
    /// Where logistic regression is most wrong among the test rows.
    pub slices: Vec<WrongSlice>,
    /// Its errors by the two columns that are worth most to it; absent where there is one column only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heat_map: Option<HeatMap>,
    /// Bends and interactions that logistic regression lacks, tested on the training rows. Absent where nobody asked for
    /// tests, and in files of older programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_tests: Option<TermTests>,
    /// Observations that trees and forest were grown on, and those that all were judged by.
    pub rows: [usize; 2],
    /// Observations that there are in either subset.
    pub of_rows: [u64; 2],
}

/// Two models on the same test rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CandidatePair {
    /// The one.
    pub a: CandidateKind,
    /// The other.
    pub b: CandidateKind,
    /// How they differ.
    #[serde(flatten)]
    pub test: PairedTest,
}

/// A comparison, and the scores that its curves are drawn from, which are too many to be written.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ComparisonWithScores {
    /// The figures.
    pub comparison: Comparison,
    /// The scores of the test rows.
    pub test_scores: TestScores,
}

/// For each model of a comparison its scores of the test rows.
#[derive(Debug, Clone, PartialEq)]
pub struct TestScores(pub(crate) Vec<(CandidateKind, ScoreCounts)>);

impl TestScores {
    /// The scores of a model, where it is part of the comparison.
    pub fn of(&self, kind: CandidateKind) -> Option<&ScoreCounts> {
        self.0.iter().find(|(of, _)| *of == kind).map(|(_, scores)| scores)
    }
}

impl Comparison {
    /// A model by what it is.
    pub fn model(&self, kind: CandidateKind) -> Option<&Candidate> {
        self.models.iter().find(|model| model.name == kind)
    }

    /// The test of two models, in either order.
    pub fn paired(&self, a: CandidateKind, b: CandidateKind) -> Option<&CandidatePair> {
        self.paired_tests.iter().find(|pair| [(a, b), (b, a)].contains(&(pair.a, pair.b)))
    }

    /// Whether `a` makes fewer errors than `b`, with a smaller probability than `level` if both were equally good (`McNemar`'s
    /// exact test). False where they were not tested against each other.
    pub fn beats(&self, a: CandidateKind, b: CandidateKind, level: f64) -> bool {
        self.paired(a, b).is_some_and(|pair| {
            let [a_errors, b_errors] = if pair.a == a {
                [pair.test.a_only_wrong, pair.test.b_only_wrong]
            } else {
                [pair.test.b_only_wrong, pair.test.a_only_wrong]
            };
            a_errors < b_errors && pair.test.mcnemar_p < level
        })
    }
}
