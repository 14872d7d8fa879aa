//! Which model is better than which, beyond chance: what several statements ask of a comparison. A model decides better than
//! another by the exact sign test at the operating point of both, and ranks better by the test of the areas under their ROC curves; where
//! there are several chances to say so, Holm's correction keeps the chance of a false one at 5 %.

use assist_audit::{Candidate, CandidateKind, Comparison};
use assist_metrics::holm;

/// Fewer test rows show nothing: half the 95 % interval of a share is then above 20 points.
pub(super) const FEW_ROWS: u64 = 20;
/// A difference with a smaller probability than this, if there were none, is reported as one.
pub(super) const LEVEL: f64 = 0.05;
/// The models that may be used. Of equal ones the first is preferred.
pub(super) const CONTESTANTS: [CandidateKind; 4] =
    [CandidateKind::LogisticRegression, CandidateKind::Card, CandidateKind::DecisionTree, CandidateKind::RandomForest];

/// A difference between two models: which is better, and the p-value after Holm's correction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Difference {
    pub(super) better: CandidateKind,
    pub(super) worse: CandidateKind,
    pub(super) p_holm: f64,
}

impl Difference {
    pub(super) fn is_shown(&self) -> bool {
        self.p_holm < LEVEL
    }
}

pub(super) fn accuracy(model: &Candidate) -> f64 {
    model.decisions.accuracy.unwrap_or(0.0)
}

/// What the tests of a comparison say.
pub(super) struct Contest<'a> {
    pub(super) comparison: &'a Comparison,
    /// Of each contestant and the majority class.
    over_majority: Vec<Difference>,
    /// Of logistic regression and each of the others, at the operating point.
    deciding: Vec<Difference>,
    /// The same by the areas.
    ranking: Vec<Difference>,
}

impl<'a> Contest<'a> {
    pub(super) fn new(comparison: &'a Comparison) -> Self {
        use CandidateKind::{LogisticRegression, MajorityClass};
        let mut over_majority: Vec<Difference> =
            CONTESTANTS.into_iter().filter_map(|kind| deciding(comparison, kind, MajorityClass)).collect();
        corrected(&mut over_majority);
        // Each of these makes somebody use another model, so they are one family.
        let by = |test: fn(&Comparison, CandidateKind, CandidateKind) -> Option<Difference>| {
            CONTESTANTS[1..].iter().copied().filter_map(move |other| test(comparison, LogisticRegression, other))
        };
        let (of_decisions, of_ranks) = (by(deciding).collect::<Vec<_>>(), by(ranking).collect::<Vec<_>>());
        let mut family = [of_decisions.as_slice(), of_ranks.as_slice()].concat();
        corrected(&mut family);
        let ranking = family.split_off(of_decisions.len());
        Self { comparison, over_majority, deciding: family, ranking }
    }

    pub(super) fn model(&self, kind: CandidateKind) -> Option<&'a Candidate> {
        self.comparison.model(kind)
    }

    /// The models that are shown to decide better than the majority class, the most accurate first.
    pub(super) fn useful(&self) -> Vec<&'a Candidate> {
        let is_better = |of: &&Difference| of.is_shown() && of.worse == CandidateKind::MajorityClass;
        let better = self.over_majority.iter().filter(is_better);
        let mut useful: Vec<&Candidate> = better.filter_map(|of| self.model(of.better)).collect();
        useful.sort_by(|a, b| accuracy(b).total_cmp(&accuracy(a)));
        useful
    }

    /// The most accurate contestant; of equal ones the first.
    pub(super) fn most_accurate(&self) -> Option<&'a Candidate> {
        let all = CONTESTANTS.into_iter().filter_map(|kind| self.model(kind));
        all.reduce(|best, next| if accuracy(next) > accuracy(best) { next } else { best })
    }

    /// The p-value of a contestant against the majority class, corrected.
    pub(super) fn p_over_majority(&self, kind: CandidateKind) -> Option<f64> {
        self.over_majority.iter().find(|of| of.better == kind || of.worse == kind).map(|of| of.p_holm)
    }

    /// The model that is shown to decide better than logistic regression: of several the most accurate.
    pub(super) fn decides_better(&self) -> Option<Difference> {
        let better = self.deciding.iter().filter(|of| of.is_shown() && of.worse == CandidateKind::LogisticRegression);
        let accuracy = |of: &Difference| self.model(of.better).map_or(0.0, accuracy);
        better.copied().reduce(|a, b| if accuracy(&b) > accuracy(&a) { b } else { a })
    }

    /// How logistic regression and another model differ in what they decide.
    pub(super) fn deciding_beside(&self, other: CandidateKind) -> Option<Difference> {
        beside(&self.deciding, other)
    }

    /// How they differ in how they rank.
    pub(super) fn ranking_beside(&self, other: CandidateKind) -> Option<Difference> {
        beside(&self.ranking, other)
    }

    /// Whether logistic regression is shown to rank users who need assistance above others.
    pub(super) fn ranks(&self) -> bool {
        let model = self.model(CandidateKind::LogisticRegression);
        model.and_then(|model| model.test.intervals.roc_auc).is_some_and(|[low, _]| low > 0.5)
    }
}

fn deciding(comparison: &Comparison, a: CandidateKind, b: CandidateKind) -> Option<Difference> {
    let pair = comparison.paired(a, b)?;
    let a_is_better = pair.test.a_only_wrong < pair.test.b_only_wrong;
    let [better, worse] = if a_is_better { [pair.a, pair.b] } else { [pair.b, pair.a] };
    Some(Difference { better, worse, p_holm: pair.test.mcnemar_p })
}

fn ranking(comparison: &Comparison, a: CandidateKind, b: CandidateKind) -> Option<Difference> {
    let pair = comparison.paired(a, b)?;
    let a_is_better = pair.test.auc_difference? > 0.0;
    let [better, worse] = if a_is_better { [pair.a, pair.b] } else { [pair.b, pair.a] };
    Some(Difference { better, worse, p_holm: pair.test.auc_difference_p? })
}

/// Holm's correction of a family of differences, in place.
fn corrected(family: &mut [Difference]) {
    let corrected = holm(&family.iter().map(|of| of.p_holm).collect::<Vec<_>>());
    family.iter_mut().zip(corrected).for_each(|(of, p)| of.p_holm = p);
}

/// The difference of logistic regression and another model; none of logistic regression and itself.
fn beside(differences: &[Difference], other: CandidateKind) -> Option<Difference> {
    let is_of_other = |of: &Difference| of.better == other || of.worse == other;
    differences.iter().copied().find(|of| other != CandidateKind::LogisticRegression && is_of_other(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_differs_from_itself() {
        let (better, worse) = (CandidateKind::DecisionTree, CandidateKind::LogisticRegression);
        let all = [Difference { better, worse, p_holm: 0.04 }];
        assert_eq!(beside(&all, better), Some(all[0]));
        assert_eq!((beside(&all, worse), beside(&all, CandidateKind::RandomForest)), (None, None));
    }
}
