//! What reports say of cards and rules.

use assist_audit::TrainingRule;
use assist_card::{Card, Proof};
use assist_metrics::wilson;
use assist_score::{Form, Model, ScoreTotal};
use serde::{Deserialize, Serialize};

use crate::settings::{CardOptions, FitSettings};

/// What a card or a rule consists of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FormReport {
    /// Which form it is.
    pub form: Form,
    /// The points of each term, in the order of the terms.
    pub points: Vec<TermPoints>,
    /// What every row has.
    pub base_points: f64,
    /// A total above this is predicted class 1.
    pub decides_above: f64,
    /// What each total means.
    pub totals: Vec<TotalFigures>,
    /// How good a card is proven to be, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardReport>,
    /// The rule, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleReport>,
}

/// The points of a term.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TermPoints {
    /// The feature.
    pub feature: String,
    /// Its points.
    pub points: f64,
}

/// What a total means.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TotalFigures {
    /// The total.
    pub total: f64,
    /// Training rows with it.
    pub rows: u64,
    /// Those of them that are of class 1.
    pub positives: u64,
    /// The probability that is predicted.
    pub probability: f64,
    /// The 95 % interval of the observed share (Wilson).
    pub interval: [f64; 2],
    /// Whether it is predicted class 1.
    pub is_positive: bool,
}

/// How good a card is proven to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CardReport {
    /// Most lines that were asked for.
    pub lines: usize,
    /// Largest points that were asked for.
    pub points: u32,
    /// Seconds after which the search was to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<f64>,
    /// The bins and levels that the lines were chosen from, equal ones and complements counted once.
    pub candidates: usize,
    /// The weakest ones, which were left out: what is proven does not speak of them.
    pub screened: usize,
    /// Mean log-loss of the training rows in nats, each label mixed with 1e-4 of the other: what was minimised.
    pub loss: f64,
    /// By how much another such card may be better, in nats.
    pub gap_nats: f64,
    /// The same as a share of the loss.
    pub gap_share: f64,
    /// Whether no other is better: in floating point of 64 bits, not by intervals.
    pub proven: bool,
    /// Seconds that the search took.
    pub seconds: f64,
}

impl CardReport {
    pub(super) fn new(card: &Card, options: CardOptions) -> Self {
        let CardOptions { lines, points, time_limit, .. } = options;
        Self {
            lines,
            points,
            time_limit,
            candidates: card.candidates,
            screened: card.screened,
            loss: card.loss,
            gap_nats: card.gap().max(0.0),
            gap_share: card.gap_share().max(0.0),
            proven: matches!(card.proof, Proof::Optimal { .. }),
            seconds: card.seconds,
        }
    }

    /// What it was sought with.
    pub(super) fn options(&self) -> CardOptions {
        let Self { lines, points, time_limit, .. } = *self;
        CardOptions { lines, points, time_limit, ..CardOptions::new(&FitSettings::default()) }
    }
}

/// A rule, and how the rows that it was sought in agree with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RuleReport {
    /// The rule in words: class 1 where it holds.
    pub rule: String,
    /// Training rows that it gets wrong.
    pub exceptions: u64,
    /// Those that the rule with the fewest gets wrong: more conditions than the labels pay for may win some by chance.
    pub fewest_exceptions: u64,
    /// Training rows.
    pub rows: u64,
    /// Whether it reproduces the label: at most 1 % of the smaller class are exceptions, and random labels would hardly ever have
    /// such a rule.
    pub reproduces_label: bool,
    /// What the search left out. Where that is nothing, no rule of up to three conditions is wrong for fewer than the fewest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_searched: Vec<String>,
}

impl RuleReport {
    pub(super) fn new(found: &TrainingRule) -> Self {
        let TrainingRule { rule, exceptions, fewest_exceptions, rows, reproduces_label, not_searched, .. } = found;
        Self {
            rule: rule.to_string(),
            exceptions: *exceptions,
            fewest_exceptions: *fewest_exceptions,
            rows: *rows,
            reproduces_label: *reproduces_label,
            not_searched: not_searched.clone(),
        }
    }
}

impl FormReport {
    /// What is known of a card or a rule from the model alone; nothing of a logistic regression.
    pub fn of_model(model: &Model) -> Option<Self> {
        let form = model.space().form;
        let points = model.terms().map(|term| TermPoints { feature: term.name, points: term.coefficient });
        form.has_points().then(|| Self {
            form,
            points: points.collect(),
            base_points: model.parameters().intercept,
            decides_above: model.parameters().threshold,
            totals: totals(model),
            card: None,
            rule: None,
        })
    }
}

/// What each total of the training rows means; nothing for a logistic regression.
pub fn totals(model: &Model) -> Vec<TotalFigures> {
    let figures = |total: &ScoreTotal| {
        let [n0, n1] = total.counts;
        let scored = model.scored(total.score);
        TotalFigures {
            total: total.score,
            rows: n0 + n1,
            positives: n1,
            probability: scored.probability,
            interval: wilson(n1, n0 + n1).unwrap_or([0.0, 1.0]),
            is_positive: scored.prediction == 1,
        }
    };
    model.parameters().totals.iter().map(figures).collect()
}
