//! A card or a rule as it is printed, with the lines that hold for a user and the total that they make.

use assist_learn::words::{count, number};
use assist_learn::{Decides, Form, totals};
use assist_score::{MISSING_LEVEL, Scored, Term, Value, WeightedTerm};

use super::words::{probability, visible};
use crate::served::Served;

/// A card or a rule.
#[derive(Debug)]
pub(crate) struct Card {
    /// `card` or `rule`.
    pub(crate) form: &'static str,
    /// What it says of the lines, and from where on class 1 is predicted.
    pub(crate) introduction: String,
    pub(crate) lines: Vec<CardLine>,
    pub(crate) total: String,
    pub(crate) totals: Vec<TotalLine>,
}

/// A line of a card or a rule.
#[derive(Debug)]
pub(crate) struct CardLine {
    pub(crate) condition: String,
    pub(crate) points: String,
    pub(crate) holds: bool,
}

/// What a total means.
#[derive(Debug)]
pub(crate) struct TotalLine {
    pub(crate) total: String,
    pub(crate) probability: String,
    pub(crate) seen: String,
    pub(crate) is_positive: bool,
    pub(crate) is_here: bool,
}

/// The card of a model with a user's lines; nothing for a logistic regression.
pub(crate) fn card(served: &Served, row: &[Value<'_>], scored: &Scored) -> Option<Card> {
    let space = served.space();
    if !space.form.has_points() {
        return None;
    }
    let explained = served.model.explain(row).map(|scored| scored.contributions).unwrap_or_default();
    let line = |term: WeightedTerm| CardLine {
        holds: explained.iter().any(|part| part.feature == term.name && part.value != 0.0),
        condition: condition(served, &term.term).unwrap_or_else(|| visible(&term.name)),
        points: format!("{:+}", term.coefficient),
    };
    let base = served.model.parameters().intercept;
    let always =
        (base != 0.0).then(|| CardLine { condition: "always".to_owned(), points: format!("{base:+}"), holds: true });
    let totals = totals(&served.model).into_iter().map(|of| TotalLine {
        total: number(of.total),
        probability: probability(of.probability),
        seen: format!("{} of {}", count(of.positives), count(of.rows)),
        is_positive: of.is_positive,
        is_here: of.total == scored.score,
    });
    Some(Card {
        form: if space.form == Form::Rule { "rule" } else { "card" },
        introduction: introduction(served),
        lines: always.into_iter().chain(served.model.terms().map(line)).collect(),
        total: number(scored.score),
        totals: totals.collect(),
    })
}

fn introduction(served: &Served) -> String {
    let rule = served.report.as_ref().and_then(|report| report.form.as_ref()?.rule.as_ref());
    let rule = rule.map(|rule| format!("Predicted where {}. ", visible(&rule.rule))).unwrap_or_default();
    let label = super::words::label(served);
    let decides = match served.model.decides() {
        Some(Decides::From(total)) => format!("a total of {} or more is predicted {label}.", number(total)),
        Some(Decides::Always) => format!("every total is predicted {label}."),
        _ => format!("no total is predicted {label}."),
    };
    format!("{rule}The points of every line that holds are added up; {decides}")
}

/// A condition in words.
fn condition(served: &Served, term: &Term) -> Option<String> {
    let name = |column: usize| served.space().column_name(column).map(|name| super::words::column_words(served, name));
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
            if level == MISSING_LEVEL {
                return Some(format!("{} is missing", name(*column)?));
            }
            format!("{} is {}", name(*column)?, visible(level))
        }
        Term::Missing { column } => format!("{} is missing", name(*column)?),
        _ => return None,
    })
}
