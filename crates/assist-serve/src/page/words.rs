//! What the page calls things: columns, labels, values and dates as people read them.

use assist_learn::words::{self, number};
use assist_score::Value;

use crate::served::Served;

/// A text of a table as a page may show it: invisible characters are written out, so that none hides or turns what is around it.
pub(crate) fn visible(text: &str) -> String {
    assist_score::printable(text).into_owned()
}

/// What is predicted for a user of class 1, in the words of the table: `needs_assistance_flag = 1`.
pub(crate) fn label(served: &Served) -> String {
    let target = &served.space().target;
    format!("{} = {}", visible(&target.name), visible(&target.positive))
}

/// What a column of the model is called: one that is made of a date by that date and the part that it is.
pub(crate) fn column_words(served: &Served, column: &str) -> String {
    let derived = served.model.reading().derived.iter().find(|derived| derived.name == column);
    derived.map_or_else(|| visible(column), |derived| format!("{} ({})", visible(&derived.source), derived.part))
}

/// A share within a sentence, which no line ends in the middle of.
pub(crate) fn percent(share: f64) -> String {
    words::percent(share).replace(' ', "\u{a0}")
}

/// A probability within a sentence. None is certain, also where the arithmetic of computers makes it 0 or 1.
pub(crate) fn probability(share: f64) -> String {
    percent(share.clamp(f64::EPSILON, 1.0 - f64::EPSILON))
}

/// A value of a row; nothing for one that is missing.
pub(crate) fn value_words(value: Value<'_>) -> Option<String> {
    match value {
        Value::Number(value) => Some(number(value)),
        Value::Truth(truth) => Some(truth.to_string()),
        Value::Text(text) => Some(visible(text)).filter(|text| !text.is_empty()),
        _ => None,
    }
}

/// A Sunday in a form of dates, so that a person sees how they are written.
const EXAMPLE: [(&str, &str); 14] = [
    ("%Y", "2024"),
    ("%y", "24"),
    ("%m", "11"),
    ("%d", "17"),
    ("%B", "November"),
    ("%b", "Nov"),
    ("%a", "Sun"),
    ("%H", "14"),
    ("%I", "02"),
    ("%M", "30"),
    ("%S", "00"),
    ("%p", "PM"),
    ("%.f", ""),
    ("%#z", "+00:00"),
];

/// A date or a time as a form has it, which `strftime` writes.
pub(crate) fn example(form: &str) -> String {
    EXAMPLE.iter().fold(form.to_owned(), |date, (part, value)| date.replace(part, value))
}

/// Whether a form has a day and no time of it: what browsers let people choose from a calendar.
pub(crate) fn is_day(form: &str) -> bool {
    let has = |part: &str| form.contains(part);
    has("%d") && !has("%H") && !has("%I")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_shown_as_people_write_them() {
        for (form, date, day) in [
            ("%d.%m.%Y", "17.11.2024", true),
            ("%m/%d/%y", "11/17/24", true),
            ("%a %B %d %Y", "Sun November 17 2024", true),
            ("%Y-%m-%dT%H:%M:%S%.f%#z", "2024-11-17T14:30:00+00:00", false),
            ("%m/%d/%Y %I:%M %p", "11/17/2024 02:30 PM", false),
            ("%Y-%m", "2024-11", false),
            ("%H:%M", "14:30", false),
        ] {
            assert_eq!((example(form).as_str(), is_day(form)), (date, day));
        }
    }
}
