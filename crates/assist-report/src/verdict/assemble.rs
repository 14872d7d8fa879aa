//! The verdict: what the figures of an audit and of a comparison say. Each statement is made from figures alone and changes with
//! them.

use assist_audit::{Audit, CandidateKind, Comparison};
use assist_score::Model;

use super::asked::Asked;
use super::calibration::ProbabilityCheck;
use super::columns::ColumnVerdict;
use super::contest::Contest;
use super::deciding::Deciding;
use super::finding::Finding;
use super::label::LabelFormula;
use super::memorising::Memory;
use super::ranking::Ranking;
use super::recommendation::{Grounds, Recommendation};
use super::segments::ErrorSegments;
use super::separation::SeparatedClasses;
use super::shape::ShapeVerdict;
use super::single_column::SingleColumns;
use super::statement::Statement;

/// What a verdict is made from.
#[derive(Debug, Clone, Copy)]
pub struct VerdictInput<'a> {
    /// The audit of the label.
    pub audit: &'a Audit,
    /// The models beside each other.
    pub comparison: &'a Comparison,
    /// The logistic regression of the comparison.
    pub model: &'a Model,
    /// Which of the compared models is the one that was or will be saved: its probabilities and its errors are spoken of.
    pub saved: CandidateKind,
    /// How many test rows equal a training row in every column, where these are more than chance would make: then nothing is said
    /// of what models have learnt.
    pub copied_rows: Option<u64>,
}

/// All findings, the recommendation first.
pub fn verdict(input: &VerdictInput<'_>) -> Vec<Finding> {
    let VerdictInput { audit, comparison, model, saved, copied_rows } = *input;
    let inference = &model.parameters().inference;
    let contest = Contest::new(comparison);
    let is_saved = saved == CandidateKind::LogisticRegression;
    let saved_at = is_saved.then(|| model.correction().probability(model.parameters().threshold));
    let deciding = Deciding::of(&contest, saved_at, copied_rows);
    // On rows that training has seen nothing tells a model from a memory, and copies count as evidence though they are none.
    let is_told = copied_rows.is_none();
    let ranking = Ranking::of(&contest).filter(|_| is_told);
    let shape = ShapeVerdict::of(&contest, audit, model).filter(|_| is_told);
    let label = LabelFormula::of(audit, comparison);
    let majority_accuracy = deciding.as_ref().map(|of| of.majority_accuracy);
    let single = SingleColumns::of(audit, &label, majority_accuracy).filter(|_| is_told);
    let recommendation = deciding.as_ref().and_then(|deciding| {
        let (ranking, shape, single) = (ranking.as_ref(), shape.as_ref(), single.as_ref());
        Recommendation::of(&contest, &Grounds { deciding, ranking, label: &label, shape, single })
    });
    let all = [
        recommendation.map(Statement::Recommendation),
        Asked::of(comparison, model).map(Statement::Asked),
        deciding.map(Statement::Deciding),
        ranking.map(Statement::Ranking),
        shape.map(Statement::Shape),
        single.map(Statement::SingleColumn),
        Some(Statement::Label(label)),
        Memory::of(comparison).map(Statement::Memorising),
        ProbabilityCheck::of(&contest, saved).filter(|_| is_told).map(Statement::Calibration),
        ErrorSegments::of(&contest, saved).filter(|_| is_told).map(Statement::Segments),
        ColumnVerdict::of(inference, model.space()).filter(|_| is_told).map(Statement::Columns),
        SeparatedClasses::of(inference).map(Statement::Separation),
    ];
    all.into_iter().flatten().map(Finding::from).collect()
}
