//! What a report is made from. The page and the model card are text made from these figures; nothing is drawn from anywhere else,
//! and the page needs no network.

use assist_audit::{Audit, CandidateKind, Comparison, Profile, TestScores};
use assist_metrics::words::count;
use assist_metrics::{FitContext, Metrics};
use assist_score::{Form, Model};
use serde::{Deserialize, Serialize};

use crate::effects::{Curve, InteractionEffects};
use crate::score_card::TotalIntervals;
use crate::verdict::Finding;

/// All that a report is made from.
#[derive(Debug)]
pub struct Report<'a> {
    /// What the table is called.
    pub table: &'a str,
    /// The model that was saved.
    pub model: &'a Model,
    /// What names it.
    pub model_id: &'a str,
    /// How many observations the model was fitted to, where these are all of them: the figures are then those of a fit to the
    /// training rows.
    pub all_rows: Option<u64>,
    /// The version of what wrote it.
    pub version: &'a str,
    /// How the rows were split, in words: `the split of scikit-learn, seed 42`.
    pub split: &'a str,
    /// What the columns hold.
    pub profile: &'a Profile,
    /// Whether the label is a formula.
    pub audit: &'a Audit,
    /// The model beside others.
    pub comparison: &'a Comparison,
    /// The scores of the compared models, which curves are drawn from.
    pub test_scores: &'a TestScores,
    /// The saved model's figures on the test rows, with what is known of its calibration.
    pub probabilities: &'a Metrics,
    /// How well the model describes its training rows; reports of older programs have nothing on it.
    pub fit: Option<&'a FitContext>,
    /// The training rows that move the fit most, if they were looked for.
    pub influential: &'a [InfluentialRow],
    /// The verdict.
    pub findings: &'a [Finding],
    /// The model's coefficients, without the intercept.
    pub coefficients: &'a [Coefficient],
    /// The intervals of the totals of a card or a rule.
    pub intervals: Option<&'a TotalIntervals>,
    /// The curves of the model.
    pub curves: &'a [Curve],
    /// Its interactions.
    pub interactions: &'a [InteractionEffects],
    /// The columns whose named levels may tell of single people.
    pub disclosing: &'a [DisclosingColumn],
    /// What training warned of.
    pub warnings: &'a [String],
}

/// Levels that fewer training rows than this have may tell of single people.
pub const DISCLOSING_ROWS: u64 = 5;

/// A column with levels that few training rows have and that are listed by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosingColumn {
    /// The column.
    pub column: String,
    /// How many levels have fewer training rows than [`DISCLOSING_ROWS`].
    pub levels: usize,
}

impl Report<'_> {
    /// Which of the compared models was saved.
    pub(crate) fn kind(&self) -> CandidateKind {
        match self.model.space().form {
            Form::Card => CandidateKind::Card,
            Form::Rule => CandidateKind::Rule,
            _ => CandidateKind::LogisticRegression,
        }
    }

    /// The probability above which the saved model predicts class 1.
    pub(crate) fn saved_at(&self) -> f64 {
        self.model.correction().probability(self.model.parameters().threshold)
    }

    /// What it is, with its article: `a scorecard`.
    pub(crate) fn form_in_words(&self) -> String {
        format!("a {}", self.kind())
    }

    /// A warning where levels are listed by name that hardly anybody has.
    pub(crate) fn disclosure(&self) -> Option<String> {
        let levels = |column: &DisclosingColumn| format!("{} of `{}`", count(column.levels as u64), column.column);
        let levels: Vec<String> = self.disclosing.iter().map(levels).collect();
        (!levels.is_empty()).then(|| {
            format!(
                "Rare levels can disclose people: levels that fewer than {DISCLOSING_ROWS} training rows have are listed by name ({}). Whoever knows one of them learns something of the few people who have it; pool rare levels in training before this is passed on.",
                levels.join(", ")
            )
        })
    }
}

/// Training rows with the same cells and label that move the fit of the evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InfluentialRow {
    /// Cook's distance of one of them (Pregibon 1981).
    pub distance: f64,
    /// Their leverage.
    pub leverage: f64,
    /// Their label.
    pub label: String,
    /// The probability of class 1 by that fit.
    pub probability: f64,
    /// How many there are.
    pub rows: u64,
    /// Their values.
    pub cells: Vec<InfluentialCell>,
}

/// A value of such a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InfluentialCell {
    /// The column.
    pub column: String,
    /// The number or the level; absent where it is missing, or where so few training rows have the level that it tells of single
    /// people ([`DISCLOSING_ROWS`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A coefficient, and the evidence of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Coefficient {
    /// The feature.
    pub feature: String,
    /// Its coefficient, which predicts.
    pub value: f64,
    /// What the training rows say of it without penalty and class weights, where they say something.
    pub evidence: Option<f64>,
    /// The 95 % interval of that.
    pub interval: Option<[f64; 2]>,
    /// The p-value of that.
    pub p_value: Option<f64>,
}

/// Digits of what names a model.
const MODEL_ID_DIGITS: usize = 64;

/// What names the model that a page or a model card tells of. Nothing for other texts.
pub fn model_id_of(text: &str) -> Option<String> {
    text.match_indices("Model ").find_map(|(at, word)| {
        let after = text[at + word.len()..].trim_start_matches('`');
        let end = after.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(after.len());
        (end == MODEL_ID_DIGITS).then(|| after[..end].to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_tells_whose_it_is() {
        let id = "0123456789abcdef".repeat(4);
        for text in [format!("<p>Model {id}, assist 1</p>"), format!("# Model card\n- Model `{id}`, made by")] {
            assert_eq!(model_id_of(&text), Some(id.clone()));
        }
        for text in ["", "Model ", "Model `abc`, made", &format!("Model {id}0"), "Model é"] {
            assert_eq!(model_id_of(text), None);
        }
    }
}
