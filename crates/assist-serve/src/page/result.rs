//! What became of a user, in words and drawings.

use assist_learn::words::{number, percent};
use assist_learn::{
    Breakdown, ChangedValue, Decides, Flip, Form, RowReader, StepOf, breakdown, flips, is_unprintable, quoted, totals,
};
use assist_score::{Rejection, Scored, Term, Value};

use super::chart::{Bar, bars, points};
use super::visible::visible;
use crate::describe::base_rate;
use crate::error_detail::ErrorDetail;
use crate::served::Served;

/// What is shown of a user.
#[derive(Debug)]
pub(crate) enum Shown {
    Nothing,
    Rejected(RejectedUser),
    Scored(Box<ScoredUser>),
}

/// A user who cannot be scored.
#[derive(Debug)]
pub(crate) struct RejectedUser {
    pub(crate) column: Option<String>,
    pub(crate) reason: String,
    pub(crate) known: String,
    pub(crate) expected: String,
}

/// A user with a prediction.
#[derive(Debug)]
pub(crate) struct ScoredUser {
    pub(crate) answer: String,
    pub(crate) is_positive: bool,
    pub(crate) probability: String,
    pub(crate) width: String,
    pub(crate) cut: Option<String>,
    pub(crate) cut_words: Option<String>,
    pub(crate) base_rate: String,
    pub(crate) of_hundred: String,
    pub(crate) raw: Option<String>,
    pub(crate) score_name: &'static str,
    pub(crate) score: String,
    pub(crate) score_words: String,
    pub(crate) outside: Vec<String>,
    pub(crate) form: &'static str,
    pub(crate) lines: Vec<CardLine>,
    pub(crate) why: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) bars: Vec<Bar>,
    pub(crate) flips: Vec<String>,
}

/// A line of a card or a rule.
#[derive(Debug)]
pub(crate) struct CardLine {
    pub(crate) condition: String,
    pub(crate) points: String,
    pub(crate) holds: bool,
}

/// Changes that are listed.
const MOST_FLIPS: usize = 8;

/// What is shown of a user whose values are these texts.
pub(crate) fn shown(served: &Served, values: &[(String, String)], detail: ErrorDetail) -> Shown {
    let reader = RowReader::new(&served.model);
    let texts = values.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let taken_apart = reader.row(texts).and_then(|row| {
        let taken_apart = breakdown(&served.model, &row)?;
        Ok((row, taken_apart))
    });
    match taken_apart {
        Ok((row, (scored, breakdown))) => Shown::Scored(Box::new(user(served, &row, &scored, &breakdown))),
        Err(rejection) => Shown::Rejected(rejected(&reader.in_terms_of_columns(rejection), detail)),
    }
}

fn rejected(rejection: &Rejection, detail: ErrorDetail) -> RejectedUser {
    let column = (detail != ErrorDetail::None).then(|| rejection.subject.column().map(visible)).flatten();
    let is_full = detail == ErrorDetail::Full;
    let reason = match detail {
        ErrorDetail::Full => rejection.reason.to_string(),
        ErrorDetail::Names => rejection.reason.kind().to_owned(),
        ErrorDetail::None => "the values cannot be scored".to_owned(),
    };
    RejectedUser {
        column,
        reason,
        known: if is_full && !rejection.known.is_empty() { quoted(&rejection.known) } else { String::new() },
        expected: if is_full { rejection.expected.clone() } else { String::new() },
    }
}

fn user(served: &Served, row: &[Value<'_>], scored: &Scored, breakdown: &Breakdown) -> ScoredUser {
    let space = served.space();
    let has_points = space.form.has_points();
    let target = &space.target;
    let is_positive = scored.prediction == 1;
    let label = if is_positive { &target.positive } else { &target.negative };
    let threshold = served.model.parameters().threshold;
    let cut = threshold.is_finite().then(|| served.model.correction().probability(threshold));
    let cut = cut.filter(|cut| cut.is_finite() && !has_points);
    let bars = bars(breakdown, has_points);
    let (score_name, score_words) = if has_points {
        ("Total", of_total(served, scored))
    } else {
        ("Score", "The log-odds that the model adds up, before they are corrected.".to_owned())
    };
    ScoredUser {
        answer: format!("Predicted: {} = {}", visible(&target.name), visible(label)),
        is_positive,
        probability: percent(scored.probability),
        width: format!("{:.1}", 600.0 * scored.probability),
        cut: cut.map(|cut| format!("{:.1}", 600.0 * cut)),
        cut_words: cut.map(percent),
        base_rate: percent(base_rate(served)),
        of_hundred: of_hundred(scored.probability, &target.positive),
        raw: (!has_points).then(|| percent(scored.raw_probability)),
        score_name,
        score: if has_points { points(scored.score) } else { format!("{:.4}", scored.score) },
        score_words,
        outside: scored.outside_training_range.iter().map(|name| visible(name)).collect(),
        form: if space.form == Form::Rule { "rule" } else { "card" },
        lines: if has_points { lines(served, row) } else { Vec::new() },
        why: why(breakdown, has_points),
        unit: if has_points { "Points" } else { "Log-odds" },
        bars,
        flips: changes(served, row),
    }
}

/// What the steps of an explanation are.
fn why(breakdown: &Breakdown, has_points: bool) -> &'static str {
    if has_points {
        return "The points of the conditions that hold, added up.";
    }
    match breakdown.steps.first().map(|step| &step.of) {
        Some(StepOf::AverageUser) => {
            "From the base rate, over an average user of the training rows, to this one: what each column adds to the log-odds."
        }
        _ => {
            "From the base rate, over a reference user (average numbers and reference levels), to this one: what each column adds to the log-odds."
        }
    }
}

/// A probability as a share of people.
fn of_hundred(probability: f64, positive: &str) -> String {
    let users = (100.0 * probability).round();
    let users = if probability > 0.0 && users == 0.0 {
        "fewer than 1".to_owned()
    } else if probability < 1.0 && users == 100.0 {
        "more than 99".to_owned()
    } else {
        format!("about {users}")
    };
    format!("If it is right, {users} of 100 users like this one are {}.", visible(positive))
}

/// What is known of a total.
fn of_total(served: &Served, scored: &Scored) -> String {
    let decides = match served.model.decides() {
        Some(Decides::From(total)) => format!("Class 1 is predicted from a total of {} on.", number(total)),
        Some(Decides::Always) => "Class 1 is always predicted.".to_owned(),
        _ => "Class 1 is never predicted.".to_owned(),
    };
    let of_rows = totals(&served.model).into_iter().find(|of| of.total == scored.score).map(|of| {
        format!(
            " {} of the {} training rows with this total are {}.",
            of.positives,
            of.rows,
            visible(&served.space().target.positive)
        )
    });
    decides + &of_rows.unwrap_or_default()
}

/// The lines of a card, with those that hold for a user.
fn lines(served: &Served, row: &[Value<'_>]) -> Vec<CardLine> {
    let explained = served.model.explain(row).map(|scored| scored.contributions).unwrap_or_default();
    let terms = served.model.terms();
    let line = |term: assist_score::WeightedTerm| CardLine {
        holds: explained.iter().any(|part| part.feature == term.name),
        condition: condition(served, &term.term).unwrap_or_else(|| visible(&term.name)),
        points: format!("{:+}", term.coefficient),
    };
    terms.map(line).collect()
}

/// A condition in words.
fn condition(served: &Served, term: &Term) -> Option<String> {
    let name = |column: usize| served.space().column_name(column).map(visible);
    Some(match term {
        Term::Cut { column, low, high } => match (low, high) {
            (Some(low), Some(high)) => format!("{} above {low} and up to {high}", name(*column)?),
            (Some(low), None) => format!("{} above {low}", name(*column)?),
            (None, Some(high)) => format!("{} up to {high}", name(*column)?),
            (None, None) => format!("{} is there", name(*column)?),
        },
        Term::Level { column, code } => {
            let place = column.checked_sub(served.space().numeric.len())?;
            let level = served.space().categorical.get(place)?.levels.get(*code as usize)?;
            format!("{} is {}", name(*column)?, visible(level))
        }
        Term::Missing { column } => format!("{} is missing", name(*column)?),
        _ => return None,
    })
}

/// The nearest changes by which the decision flips, in words.
fn changes(served: &Served, row: &[Value<'_>]) -> Vec<String> {
    let Ok(found) = flips(&served.model, row) else { return Vec::new() };
    found.changes.iter().take(MOST_FLIPS).map(in_words).collect()
}

fn in_words(flip: &Flip) -> String {
    let change = |(column, value): &(String, ChangedValue)| {
        let value = match value {
            ChangedValue::Number(value) => number(*value),
            ChangedValue::Level(level) => level.replace(is_unprintable, "\u{fffd}"),
        };
        format!("{} = {value}", visible(column))
    };
    let changes: Vec<String> = flip.values.iter().map(change).collect();
    format!("{} (probability {})", changes.join(" and "), percent(flip.probability))
}
