//! All kinds of statements that a verdict is made of.

use serde::{Deserialize, Serialize};

use super::asked::Asked;
use super::calibration::ProbabilityCheck;
use super::columns::ColumnVerdict;
use super::deciding::Deciding;
use super::finding_figure::FindingFigure;
use super::label::LabelFormula;
use super::memorising::Memory;
use super::ranking::Ranking;
use super::recommendation::Recommendation;
use super::segments::ErrorSegments;
use super::separation::SeparatedClasses;
use super::shape::ShapeVerdict;
use super::single_column::SingleColumns;
use super::topic::Topic;

/// What a finding says, with its figures: what its words are made of, and what can be checked against other statements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Statement {
    /// What to do.
    Recommendation(Recommendation),
    /// What was asked.
    Asked(Asked),
    /// Whether models decide better than the majority class.
    Deciding(Deciding),
    /// How well scores rank users.
    Ranking(Ranking),
    /// Bends and interactions.
    Shape(ShapeVerdict),
    /// What one column alone predicts.
    SingleColumn(SingleColumns),
    /// Whether the label is a formula.
    Label(LabelFormula),
    /// Whether the decision tree memorises.
    Memorising(Memory),
    /// Whether predicted and observed shares agree.
    Calibration(ProbabilityCheck),
    /// Where logistic regression is most wrong.
    Segments(ErrorSegments),
    /// Columns without evidence of an effect.
    Columns(ColumnVerdict),
    /// Classes that the features separate.
    Separation(SeparatedClasses),
}

/// The same call on whatever a statement holds.
macro_rules! each {
    ($statement:expr, $it:ident => $call:expr) => {
        match $statement {
            Statement::Recommendation($it) => $call,
            Statement::Asked($it) => $call,
            Statement::Deciding($it) => $call,
            Statement::Ranking($it) => $call,
            Statement::Shape($it) => $call,
            Statement::SingleColumn($it) => $call,
            Statement::Label($it) => $call,
            Statement::Memorising($it) => $call,
            Statement::Calibration($it) => $call,
            Statement::Segments($it) => $call,
            Statement::Columns($it) => $call,
            Statement::Separation($it) => $call,
        }
    };
}

impl Statement {
    /// What it is about.
    pub fn topic(&self) -> Topic {
        match self {
            Self::Recommendation(_) => Topic::Recommendation,
            Self::Asked(_) => Topic::Asked,
            Self::Deciding(_) => Topic::Deciding,
            Self::Ranking(_) => Topic::Ranking,
            Self::Shape(_) => Topic::Shape,
            Self::SingleColumn(_) => Topic::SingleColumn,
            Self::Label(_) => Topic::Label,
            Self::Memorising(_) => Topic::Memorising,
            Self::Calibration(_) => Topic::Calibration,
            Self::Segments(_) => Topic::Segments,
            Self::Columns(_) => Topic::Columns,
            Self::Separation(_) => Topic::Separation,
        }
    }

    /// Its words.
    pub fn text(&self) -> String {
        each!(self, it => it.text())
    }

    /// The figures that the words rest on.
    pub fn figures(&self) -> Vec<FindingFigure> {
        each!(self, it => it.figures())
    }
}
