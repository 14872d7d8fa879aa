//! Dates and times in cells: in which form they are written, and the numbers and levels that are made of them.
//!
//! A moment is a number of seconds since 1970-01-01 00:00 UTC. A date or time without a zone is taken as UTC, so that
//! nothing depends on where a program runs.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};

/// Seconds of a day.
const DAY: i64 = 86_400;
/// A text longer than this is no date.
const LONGEST: usize = 40;

/// What a form is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Date,
    DateTime,
    DateTimeInZone,
    Time,
    Month,
}

/// The forms that are recognised, as `strftime` writes them. Of forms that read the same cells the first is taken, so
/// month before day stands before day before month.
const FORMS: [(&str, Kind); 36] = [
    ("%Y-%m-%d", Kind::Date),
    ("%Y/%m/%d", Kind::Date),
    ("%Y.%m.%d", Kind::Date),
    ("%m/%d/%Y", Kind::Date),
    ("%d/%m/%Y", Kind::Date),
    ("%d.%m.%Y", Kind::Date),
    ("%m-%d-%Y", Kind::Date),
    ("%d-%m-%Y", Kind::Date),
    ("%m/%d/%y", Kind::Date),
    ("%d/%m/%y", Kind::Date),
    ("%d.%m.%y", Kind::Date),
    ("%d %b %Y", Kind::Date),
    ("%d-%b-%Y", Kind::Date),
    ("%d-%b-%y", Kind::Date),
    ("%d%b%Y", Kind::Date),
    ("%b %d, %Y", Kind::Date),
    ("%b %d %Y", Kind::Date),
    ("%a %b %d %Y", Kind::Date),
    ("%Y-%m-%dT%H:%M:%S%.f", Kind::DateTime),
    ("%Y-%m-%d %H:%M:%S%.f", Kind::DateTime),
    ("%Y-%m-%dT%H:%M", Kind::DateTime),
    ("%Y-%m-%d %H:%M", Kind::DateTime),
    ("%Y/%m/%d %H:%M:%S", Kind::DateTime),
    ("%Y/%m/%d %H:%M", Kind::DateTime),
    ("%m/%d/%Y %H:%M:%S", Kind::DateTime),
    ("%m/%d/%Y %H:%M", Kind::DateTime),
    ("%d/%m/%Y %H:%M:%S", Kind::DateTime),
    ("%d/%m/%Y %H:%M", Kind::DateTime),
    ("%d.%m.%Y %H:%M:%S", Kind::DateTime),
    ("%d.%m.%Y %H:%M", Kind::DateTime),
    ("%Y-%m-%dT%H:%M:%S%.f%#z", Kind::DateTimeInZone),
    ("%Y-%m-%d %H:%M:%S%.f%#z", Kind::DateTimeInZone),
    ("%Y-%m-%d %H:%M:%S%.f %#z", Kind::DateTimeInZone),
    ("%H:%M:%S%.f", Kind::Time),
    ("%H:%M", Kind::Time),
    ("%Y-%m", Kind::Month),
];

/// What is made of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DatePart {
    /// Days since 1970-01-01, a number.
    Days,
    /// The day of the week, a level: `Monday` to `Sunday`.
    Weekday,
    /// The hour of the day in UTC, a number from 0 to 23.
    Hour,
}

impl fmt::Display for DatePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Days => "days",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
        })
    }
}

impl DatePart {
    /// The part of a name, as [`Display`](fmt::Display) writes it.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Days, Self::Weekday, Self::Hour].into_iter().find(|part| part.to_string() == name)
    }

    /// The number of a moment; `None` where it is a level.
    pub fn number(self, moment: i64) -> Option<f64> {
        match self {
            Self::Days => Some(moment.div_euclid(DAY) as f64),
            Self::Hour => Some((moment.rem_euclid(DAY) / 3600) as f64),
            Self::Weekday => None,
        }
    }
}

/// The day of the week of a moment.
pub fn weekday(moment: i64) -> &'static str {
    // The first of January 1970 was a Thursday.
    const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
    let index = moment.div_euclid(DAY).rem_euclid(7);
    DAYS[usize::try_from(index).unwrap_or(0)]
}

/// The moment that a text stands for, in a form as `strftime` writes it.
pub fn moment(text: &str, form: &str) -> Option<i64> {
    let kind = FORMS.iter().find(|(known, _)| *known == form).map(|(_, kind)| *kind);
    match kind {
        Some(kind) => moment_of(text.trim(), form, kind),
        // A form of the user's own.
        None => [Kind::DateTimeInZone, Kind::DateTime, Kind::Date, Kind::Time, Kind::Month]
            .into_iter()
            .find_map(|kind| moment_of(text.trim(), form, kind)),
    }
}

/// Whether moments of a form have an hour.
pub fn has_hours(form: &str) -> bool {
    form.contains("%H") || form.contains("%I") || form.contains("%T") || form.contains("%R")
}

/// Whether moments of a form have a day.
pub fn has_days(form: &str) -> bool {
    ["%d", "%e", "%F", "%D", "%j", "%Y-%m"].iter().any(|day| form.contains(day))
}

fn moment_of(text: &str, form: &str, kind: Kind) -> Option<i64> {
    match kind {
        Kind::Date => Some(NaiveDate::parse_from_str(text, form).ok()?.and_time(NaiveTime::MIN).and_utc().timestamp()),
        Kind::DateTime => Some(NaiveDateTime::parse_from_str(text, form).ok()?.and_utc().timestamp()),
        Kind::DateTimeInZone => {
            // Chrono reads offsets, not the letter that stands for none.
            let in_utc = text.strip_suffix(['Z', 'z']).or_else(|| text.strip_suffix("UTC"));
            let parsed = match in_utc {
                Some(bare) => DateTime::parse_from_str(&format!("{bare}+00:00"), form),
                None => DateTime::parse_from_str(text, form),
            };
            Some(parsed.ok()?.timestamp())
        }
        Kind::Time => {
            let time = NaiveTime::parse_from_str(text, form).ok()?;
            Some((time - NaiveTime::MIN).num_seconds())
        }
        Kind::Month => moment_of(&format!("{text}-01"), &format!("{form}-%d"), Kind::Date),
    }
}

/// Which forms read all cells so far.
#[derive(Debug, Clone)]
pub(crate) struct DateEvidence {
    /// Indices of [`FORMS`].
    forms: Vec<usize>,
}

impl Default for DateEvidence {
    fn default() -> Self {
        Self { forms: (0..FORMS.len()).collect() }
    }
}

impl DateEvidence {
    /// Takes a cell into account.
    pub(crate) fn add(&mut self, text: &str) {
        if self.forms.is_empty() {
            return;
        }
        let text = text.trim();
        let n_digits = text.bytes().filter(u8::is_ascii_digit).count();
        if text.len() > LONGEST || n_digits < 3 {
            self.forms.clear();
            return;
        }
        self.forms.retain(|form| reads(text, *form));
    }

    /// The form in which every cell is a date.
    pub(crate) fn form(&self) -> Option<&'static str> {
        Some(FORMS[*self.forms.first()?].0)
    }

    /// Another form that reads every cell as well, as another date.
    pub(crate) fn other_form(&self) -> Option<&'static str> {
        Some(FORMS[*self.forms.get(1)?].0)
    }
}

fn reads(text: &str, index: usize) -> bool {
    let (form, kind) = FORMS[index];
    // A year of four digits is written with four: chrono takes any number of them, and two for the short form.
    let is_long = form.contains("%Y");
    let has_four = text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() == 4);
    let is_glued = form == "%d%b%Y";
    (is_long == has_four || is_glued || kind == Kind::Time) && moment_of(text, form, kind).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(cells: &[&str]) -> Option<&'static str> {
        let mut evidence = DateEvidence::default();
        cells.iter().for_each(|cell| evidence.add(cell));
        evidence.form()
    }

    #[test]
    fn one_form_reads_every_cell_of_a_column() {
        for (cells, expected) in [
            (vec!["2023-01-31", "2024-02-29"], Some("%Y-%m-%d")),
            (vec!["01/02/2023", "13/02/2023"], Some("%d/%m/%Y")),
            (vec!["01/02/2023", "02/13/2023"], Some("%m/%d/%Y")),
            (vec!["31.12.2023"], Some("%d.%m.%Y")),
            (vec!["1/2/23", "2/13/23"], Some("%m/%d/%y")),
            (vec!["3 Jan 2023", "12 Feb 2023"], Some("%d %b %Y")),
            (vec!["January 3, 2023"], Some("%b %d, %Y")),
            (vec!["01JAN2023"], Some("%d%b%Y")),
            (vec!["2023-01-31T08:15:00Z"], Some("%Y-%m-%dT%H:%M:%S%.f%#z")),
            (vec!["2023-01-31 08:15:00.25+01:00"], Some("%Y-%m-%d %H:%M:%S%.f%#z")),
            (vec!["2023-01-31 08:15"], Some("%Y-%m-%d %H:%M")),
            (vec!["08:15", "23:59"], Some("%H:%M")),
            (vec!["2023-01", "2023-12"], Some("%Y-%m")),
            (vec!["2023-01-31", "soon"], None),
            (vec!["2023-02-30"], None),
            (vec!["12", "13"], None),
            (vec!["1-2"], None),
            (vec!["10-20", "30-45"], None),
            (vec!["a-1-2023"], None),
        ] {
            assert_eq!(form(&cells), expected, "{cells:?}");
        }
    }

    #[test]
    fn what_is_ambiguous_is_known_to_be() {
        let mut evidence = DateEvidence::default();
        evidence.add("01/02/2023");
        assert_eq!((evidence.form(), evidence.other_form()), (Some("%m/%d/%Y"), Some("%d/%m/%Y")));
        evidence.add("31/01/2023");
        assert_eq!((evidence.form(), evidence.other_form()), (Some("%d/%m/%Y"), None));
    }

    #[test]
    fn parts_are_those_of_utc() {
        let at = moment("2023-01-31T23:30:00-02:00", "%Y-%m-%dT%H:%M:%S%.f%#z").expect("a moment");
        assert_eq!(weekday(at), "Wednesday");
        assert_eq!(DatePart::Hour.number(at), Some(1.0));
        assert_eq!(DatePart::Days.number(at), Some(19_389.0));
        assert_eq!(moment("1969-12-31", "%Y-%m-%d").and_then(|at| DatePart::Days.number(at)), Some(-1.0));
        assert_eq!(weekday(0), "Thursday");
        assert_eq!(moment("31|12|2023", "%d|%m|%Y"), moment("2023-12-31", "%Y-%m-%d"));
        assert!(DatePart::named("weekday") == Some(DatePart::Weekday) && DatePart::named("month").is_none());
    }
}
