//! What became of a user: a prediction with its probability and what it is made of, or why there is none.

use assist_learn::words::number;
use assist_learn::{AskedColumn, Breakdown, RowReader, StepOf, breakdown, quoted};
use assist_score::{Reason, Rejection, Scored, Value, parse_number};

use super::about::too_good;
use super::changes::{Changes, changes};
use super::chart::{Bar, bars};
use super::evidence::{Observed, close_call, meaning, observed, of_hundred, threshold_reason};
use super::points::{Card, card};
use super::words::{column_words, example, label, percent, probability, visible};
use crate::error_detail::ErrorDetail;
use crate::served::Served;

/// What is shown of a user.
#[derive(Debug)]
pub(crate) enum Shown {
    Nothing,
    /// With all faults, one at least.
    Rejected(Vec<RejectedUser>),
    Scored(Box<ScoredUser>),
}

/// Why a user cannot be scored.
#[derive(Debug)]
pub(crate) struct RejectedUser {
    /// The column as the form knows it.
    pub(crate) name: Option<String>,
    /// The column as it is shown.
    pub(crate) column: Option<String>,
    pub(crate) reason: String,
    pub(crate) known: String,
    pub(crate) expected: String,
}

/// A user with a prediction.
#[derive(Debug)]
pub(crate) struct ScoredUser {
    pub(crate) answer: String,
    pub(crate) label: String,
    pub(crate) is_positive: bool,
    pub(crate) probability: String,
    pub(crate) width: String,
    pub(crate) cut: Option<String>,
    pub(crate) threshold: Option<ThresholdWords>,
    /// Why the model may be too good to be true.
    pub(crate) too_good: Option<String>,
    pub(crate) close_call: Option<String>,
    /// What the probability is of; nothing where the model extrapolates.
    pub(crate) meaning: Option<String>,
    /// Nothing where the model extrapolates.
    pub(crate) of_hundred: Option<String>,
    pub(crate) observed: Option<Observed>,
    pub(crate) raw: Option<String>,
    pub(crate) score: String,
    pub(crate) outside: Vec<String>,
    pub(crate) card: Option<Card>,
    pub(crate) why: String,
    pub(crate) has_points: bool,
    pub(crate) bars: Vec<Bar>,
    pub(crate) changes: Changes,
}

/// The threshold, and why it is there.
#[derive(Debug)]
pub(crate) struct ThresholdWords {
    pub(crate) probability: String,
    pub(crate) reason: String,
}

/// What is predicted, in words for people.
pub(crate) fn answer(is_positive: bool) -> &'static str {
    if is_positive { "Predicted to need assistance" } else { "Predicted not to need assistance" }
}

/// The scale of probabilities is drawn so wide.
const WIDTH: f64 = 600.0;

/// What is shown of a user whose values are these texts.
pub(crate) fn shown(served: &Served, values: &[(String, String)], detail: ErrorDetail) -> Shown {
    let reader = RowReader::new(&served.model);
    let columns = reader.columns();
    let is_number =
        |name: &str| columns.iter().any(|column| matches!(column, AskedColumn::Number(column) if column.name == name));
    // Fields of numbers hold them plain, in whatever style the table has them; 2.500 is two and a half.
    let value =
        |name: &str, text: &'_ str| is_number(name).then(|| parse_number(text).ok()).flatten().map(Value::Number);
    let values = values.iter().map(|(name, text)| (name.as_str(), value(name, text).unwrap_or(Value::Text(text))));
    let taken_apart = reader.values(values.clone()).and_then(|row| {
        let taken_apart = breakdown(&served.model, &row)?;
        Ok((row, taken_apart))
    });
    match taken_apart {
        Ok((row, (scored, breakdown))) => Shown::Scored(Box::new(user(served, &row, &scored, &breakdown))),
        Err(rejection) => {
            let faults = reader.faults(values);
            // What is wrong with the row as a whole is no fault of a column.
            let faults = if faults.is_empty() { vec![reader.in_terms_of_columns(rejection)] } else { faults };
            let most = if detail == ErrorDetail::None { 1 } else { faults.len() };
            Shown::Rejected(faults.iter().take(most).map(|fault| rejected(fault, detail)).collect())
        }
    }
}

fn rejected(rejection: &Rejection, detail: ErrorDetail) -> RejectedUser {
    let name = (detail != ErrorDetail::None).then(|| rejection.subject.column()).flatten();
    let is_full = detail == ErrorDetail::Full;
    let reason = match (detail, &rejection.reason) {
        (ErrorDetail::Full, Reason::NotADate(text, form)) if !form.is_empty() => {
            format!("`{}` is no date such as {}", visible(text), example(form))
        }
        (ErrorDetail::Full, Reason::Missing) => "there is no value".to_owned(),
        (ErrorDetail::Full, reason) => visible(&reason.to_string()),
        (ErrorDetail::Names, reason) => reason.kind().to_owned(),
        (ErrorDetail::None, _) => "the values cannot be scored".to_owned(),
    };
    RejectedUser {
        name: name.map(str::to_owned),
        column: name.map(visible),
        reason,
        known: if is_full && !rejection.known.is_empty() { quoted(&rejection.known) } else { String::new() },
        expected: if is_full { visible(&rejection.expected) } else { String::new() },
    }
}

fn user(served: &Served, row: &[Value<'_>], scored: &Scored, breakdown: &Breakdown) -> ScoredUser {
    let space = served.space();
    let has_points = space.form.has_points();
    let is_positive = scored.prediction == 1;
    let extrapolates = !scored.outside_training_range.is_empty();
    let threshold = served.model.parameters().threshold;
    let cut = threshold.is_finite().then(|| served.model.correction().probability(threshold));
    let cut = cut.filter(|cut| cut.is_finite() && !has_points);
    let is_corrected = scored.raw_probability.to_bits() != scored.probability.to_bits();
    ScoredUser {
        answer: answer(is_positive).to_owned(),
        label: label(served),
        is_positive,
        probability: probability(scored.probability),
        width: format!("{:.1}", WIDTH * scored.probability),
        cut: cut.map(|cut| format!("{:.1}", WIDTH * cut)),
        threshold: cut.map(|cut| ThresholdWords { probability: percent(cut), reason: threshold_reason(served, cut) }),
        too_good: too_good(served),
        close_call: cut.and_then(|cut| close_call(scored.probability, cut)),
        meaning: (!extrapolates).then(|| meaning(served)),
        of_hundred: (!extrapolates).then(|| of_hundred(served, scored.probability)),
        observed: if extrapolates { None } else { observed(served, scored.probability) },
        raw: (!has_points && is_corrected).then(|| probability(scored.raw_probability)),
        score: if has_points { number(scored.score) } else { format!("{:.4}", scored.score) },
        outside: scored.outside_training_range.iter().map(|name| column_words(served, name)).collect(),
        card: card(served, row, scored),
        why: why(served, breakdown),
        has_points,
        bars: bars(served, breakdown),
        changes: changes(served, row),
    }
}

/// What the steps of an explanation are.
fn why(served: &Served, breakdown: &Breakdown) -> String {
    if served.space().form.has_points() {
        return "The points of the conditions that hold, column by column.".to_owned();
    }
    let share = |log_odds: f64| probability(1.0 / (1.0 + (-log_odds).exp()));
    let first = breakdown.steps.first();
    let who = match first.map(|step| &step.of) {
        Some(StepOf::AverageUser) => "a user with the average of every column",
        _ => "a reference user (numbers as the fit centred them, reference levels)",
    };
    format!(
        "{} of the training users have {}: the base rate. The model gives {who} {}, and compares this user with that one. Every column adds or takes away, the largest first; a small bar says that this user is near that one there, not that the column does not matter.",
        share(breakdown.start),
        label(served),
        share(breakdown.start + first.map_or(0.0, |step| step.value)),
    )
}
