//! What reports say of cards and rules.

use assist_audit::TrainingRule;
use assist_card::{Card, Proof};
use assist_metrics::{IntervalMethod, wilson};
use assist_report::TotalIntervals;
use assist_score::{Decides, Form, Model, ScoreTotal};
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
    /// The smallest total that is predicted class 1, of those that the points can add up to; absent where all are, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decides_from: Option<f64>,
    /// What each total means.
    pub totals: Vec<TotalFigures>,
    /// How the intervals of the totals were made; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_method: Option<IntervalMethod>,
    /// Whether probabilities and intervals are corrected to a base rate that was stated.
    #[serde(default)]
    pub has_base_rate: bool,
    /// How good a card is proven to be, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardReport>,
    /// The rule, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleReport>,
    /// Columns of a rule of which every training row had a value: a missing one makes a condition false, and the probability is that of
    /// users for whom it does not hold though they have a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never_missing: Vec<String>,
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
    /// The 95 % interval of the share of class 1 among the training rows with it, both ends corrected to the base rate as the
    /// probability is. Absent where rows are grouped and the groups are not known, or are one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
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
    /// By how much the loss of another such card may be lower, in nats; absent where the search ended before there was a bound.
    pub gap_nats: Option<f64>,
    /// The same as a share of the loss.
    pub gap_share: Option<f64>,
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
            gap_nats: card.gap().map(|gap| gap.max(0.0)),
            gap_share: card.gap_share().map(|gap| gap.max(0.0)),
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
    /// The rule in words, with the cuts of the model: class 1 where it holds.
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
    /// `cut` is where the model has a cut that is known to lie in an interval.
    pub(super) fn new(found: &TrainingRule, cut: impl Fn([f64; 2]) -> f64) -> Self {
        let TrainingRule { rule, exceptions, fewest_exceptions, rows, reproduces_label, not_searched, .. } = found;
        Self {
            rule: rule.with_cuts(cut),
            exceptions: *exceptions,
            fewest_exceptions: *fewest_exceptions,
            rows: *rows,
            reproduces_label: *reproduces_label,
            not_searched: not_searched.clone(),
        }
    }
}

/// What a search for points found out that the model alone does not tell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) card: Option<CardReport>,
    pub(crate) rule: Option<RuleReport>,
    /// The interval of the share of class 1 among the training rows of each total, of grouped rows.
    pub(crate) intervals_of_groups: Option<Vec<Option<[f64; 2]>>>,
    /// Columns of a rule of which every training row had a value.
    pub(crate) never_missing: Vec<String>,
}

impl FormReport {
    /// What is known of a card or a rule from the model alone; nothing of a logistic regression.
    pub fn of_model(model: &Model) -> Option<Self> {
        Self::new(model, Found::default())
    }

    /// The report of a model as it is saved, with what its search found out.
    pub(crate) fn new(model: &Model, found: Found) -> Option<Self> {
        let form = model.space().form;
        let points = model.terms().map(|term| TermPoints { feature: term.name, points: term.coefficient });
        let totals = match &found.intervals_of_groups {
            Some(intervals) => figures(model, intervals.iter().copied()),
            None => totals(model),
        };
        let method = if found.intervals_of_groups.is_some() {
            Some(IntervalMethod::ClusteredWilson)
        } else {
            has_independent_rows(model).then_some(IntervalMethod::Wilson)
        };
        form.has_points().then(|| Self {
            form,
            points: points.collect(),
            base_points: model.parameters().intercept,
            decides_above: model.parameters().threshold,
            decides_from: match model.decides() {
                Some(Decides::From(total)) => Some(total),
                _ => None,
            },
            totals,
            interval_method: method,
            has_base_rate: model.parameters().training.base_rate.is_some(),
            card: found.card,
            rule: found.rule,
            never_missing: found.never_missing,
        })
    }
}

impl FormReport {
    /// The intervals of its totals, for its page.
    pub(crate) fn intervals(&self) -> TotalIntervals {
        TotalIntervals { ends: self.totals.iter().map(|of| of.interval).collect(), method: self.interval_method }
    }
}

/// What each total of the training rows means; nothing for a logistic regression.
///
/// A model of grouped rows does not keep the groups, and so tells no intervals.
pub fn totals(model: &Model) -> Vec<TotalFigures> {
    let interval = |total: &ScoreTotal| {
        let [n0, n1] = total.counts;
        has_independent_rows(model).then(|| wilson(n1, n0 + n1)).flatten()
    };
    figures(model, model.parameters().totals.iter().map(interval))
}

fn has_independent_rows(model: &Model) -> bool {
    model.reading().group.is_none()
}

fn figures(model: &Model, intervals: impl Iterator<Item = Option<[f64; 2]>>) -> Vec<TotalFigures> {
    let figures = |(total, interval): (&ScoreTotal, Option<[f64; 2]>)| {
        let [n0, n1] = total.counts;
        let scored = model.scored(total.score);
        TotalFigures {
            total: total.score,
            rows: n0 + n1,
            positives: n1,
            probability: scored.probability,
            interval: interval.map(|ends| ends.map(|end| model.at_base_rate(end))),
            is_positive: scored.prediction == 1,
        }
    };
    model.parameters().totals.iter().zip(intervals).map(figures).collect()
}
