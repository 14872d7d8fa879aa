//! Dates and times in cells: in which form they are written, and the numbers and levels that are made of them.
//!
//! A moment is a number of seconds since 1970-01-01 00:00 UTC. A date or time without a zone is taken as UTC, so that
//! nothing depends on where a program runs.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// What a form is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Date,
    DateTime,
    DateTimeInZone,
    Time,
    Month,
}

/// The forms that are recognised, as `strftime` writes them. Of forms that read the same cells the first is taken, so
/// month before day stands before day before month.
pub(crate) const FORMS: [(&str, Kind); 44] = [
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
    ("%d %B %Y", Kind::Date),
    ("%d-%B-%Y", Kind::Date),
    ("%d-%B-%y", Kind::Date),
    ("%B %d, %Y", Kind::Date),
    ("%B %d %Y", Kind::Date),
    ("%a %B %d %Y", Kind::Date),
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
    ("%m/%d/%y %H:%M:%S", Kind::DateTime),
    ("%m/%d/%y %H:%M", Kind::DateTime),
    ("%d/%m/%y %H:%M:%S", Kind::DateTime),
    ("%d/%m/%y %H:%M", Kind::DateTime),
    ("%d.%m.%y %H:%M", Kind::DateTime),
    ("%m/%d/%Y %I:%M:%S %p", Kind::DateTime),
    ("%m/%d/%Y %I:%M %p", Kind::DateTime),
    ("%d-%B-%Y %H:%M:%S", Kind::DateTime),
    ("%d %B %Y %H:%M", Kind::DateTime),
    ("%Y-%m-%dT%H:%M:%S%.f%#z", Kind::DateTimeInZone),
    ("%Y-%m-%d %H:%M:%S%.f%#z", Kind::DateTimeInZone),
    ("%Y-%m-%d %H:%M:%S%.f %#z", Kind::DateTimeInZone),
    ("%H:%M:%S%.f", Kind::Time),
    ("%H:%M", Kind::Time),
    ("%Y-%m", Kind::Month),
];

/// Dates as whole numbers: 20241117. They are numbers as well, so this form is none of those that are tried on texts.
pub(crate) const COMPACT: &str = "%Y%m%d";

/// Whether a number is a date of the last century, this or the next, in the form [`COMPACT`].
#[cfg(feature = "tables")]
pub(crate) fn is_compact_date(number: f64) -> bool {
    (19_000_101.0..21_001_231.0).contains(&number) && moment_of(&number.to_string(), COMPACT, Kind::Date).is_some()
}

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
    /// Seconds since 1970-01-01 00:00 UTC, a number: what rows are ordered by, and no feature.
    #[serde(skip)]
    Seconds,
}

impl fmt::Display for DatePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Days => "days",
            Self::Weekday => "weekday",
            Self::Hour => "hour",
            Self::Seconds => "seconds",
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
            Self::Seconds => Some(moment as f64),
            Self::Weekday => None,
        }
    }
}

/// A moment in words: the day, and the time of day in UTC where it is not midnight there.
pub(crate) fn in_words(moment: i64) -> String {
    let Some(at) = DateTime::from_timestamp(moment, 0) else { return moment.to_string() };
    let form = if moment.rem_euclid(DAY) == 0 { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M:%S UTC" };
    at.format(form).to_string()
}

/// The day of the week of a moment.
pub fn weekday(moment: i64) -> &'static str {
    // The first of January 1970 was a Thursday.
    const DAYS: [&str; 7] = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
    let index = moment.div_euclid(DAY).rem_euclid(7);
    DAYS[usize::try_from(index).unwrap_or(0)]
}

/// The moment that a text stands for, in a form as `strftime` writes it. Where days are asked for, a year that stands first
/// is understood as well, because nobody means anything else by it: a model of one file predicts on another that was
/// written with care, or by a program. An empty form is that of a column with a type of its own.
pub fn moment(text: &str, form: &str) -> Option<i64> {
    let text = text.trim();
    let kind = FORMS.iter().find(|(known, _)| *known == form).map(|(_, kind)| *kind);
    let stated = match kind {
        Some(kind) => moment_of(text, form, kind),
        None if form.is_empty() => None,
        // A form of the user's own.
        None => [Kind::DateTimeInZone, Kind::DateTime, Kind::Date, Kind::Time, Kind::Month]
            .into_iter()
            .find_map(|kind| moment_of(text, form, kind)),
    };
    stated.or_else(|| (form.is_empty() || has_days(form)).then(|| year_first(text)).flatten())
}

/// The moment of a text that begins with its year.
fn year_first(text: &str) -> Option<i64> {
    let starts_with_year = text.len() >= 8 && text.bytes().take(4).all(|letter| letter.is_ascii_digit());
    if text.len() == 8 && text.bytes().all(|letter| letter.is_ascii_digit()) {
        return moment_of(text, COMPACT, Kind::Date);
    }
    let forms = FORMS.iter().filter(|(form, kind)| form.starts_with("%Y") && *kind != Kind::Month);
    starts_with_year.then(|| forms.into_iter().find_map(|(form, kind)| moment_of(text, form, *kind))).flatten()
}

/// Whether the day stands before the month in a form; `None` where nobody exchanges them: behind a year, and beside the name
/// of a month.
#[cfg(feature = "tables")]
pub(crate) fn is_day_first(form: &str) -> Option<bool> {
    let may_be_exchanged = !form.starts_with("%Y");
    may_be_exchanged.then_some(form.find("%d")? < form.find("%m")?)
}

/// Whether a moment is the beginning of a day.
#[cfg(feature = "tables")]
pub(crate) fn is_midnight(moment: i64) -> bool {
    moment.rem_euclid(DAY) == 0
}

/// Whether moments of a form have an hour.
#[cfg(feature = "tables")]
pub(crate) fn has_hours(form: &str) -> bool {
    form.contains("%H") || form.contains("%I") || form.contains("%T") || form.contains("%R")
}

/// Whether moments of a form have a day.
pub(crate) fn has_days(form: &str) -> bool {
    ["%d", "%e", "%F", "%D", "%j", "%Y-%m"].iter().any(|day| form.contains(day))
}

pub(crate) fn moment_of(text: &str, form: &str, kind: Kind) -> Option<i64> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_that_stands_first_is_understood_in_every_form_with_days() {
        let at = moment("2023-12-31", "%Y-%m-%d");
        for form in ["%d.%m.%Y", "%m/%d/%y", "%Y-%m-%d %H:%M", "", "%d|%m|%Y"] {
            for text in ["2023-12-31", "2023/12/31", "20231231", "2023-12-31T00:00:00Z", " 2023-12-31 00:00"] {
                assert_eq!(moment(text, form), at, "{text} as {form}");
            }
        }
        for (text, form) in
            [("2023-12-31", "%H:%M"), ("31.12.2023", "%m/%d/%Y"), ("31.12.2023", ""), ("2023", "%d.%m.%Y")]
        {
            assert_eq!(moment(text, form), None, "{text} as {form}");
        }
    }

    #[cfg(feature = "tables")]
    #[test]
    fn numbers_are_dates_where_they_are_days_of_a_calendar() {
        assert!([20_241_117.0, 19_000_101.0, 20_240_229.0].into_iter().all(is_compact_date));
        assert!(![20_241_317.0, 20_230_229.0, 20_241_117.5, 17.0, 1e300, f64::NAN].into_iter().any(is_compact_date));
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
