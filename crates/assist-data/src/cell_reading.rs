//! How the cells of a column become numbers, levels and labels: what is meant by a text, decided once for a column and the
//! same in training and prediction. Cells of plain numbers and levels pass through untouched.

use std::borrow::Cow;
use std::sync::Arc;

use assist_score::{NumberStyle, Reason, canonical_level, is_missing_marker, parse_number, shown, truth_value};

use crate::dates::{DatePart, moment, weekday};
use crate::labels::label_key;

/// Markers that always stand for a missing label. The others of a column of numbers may be labels: `-` beside `+`, `None`
/// beside `Severe`.
const CLEAR_MARKERS: [&str; 6] = ["NA", "N/A", "#N/A", "<NA>", "NULL", "NaN"];

fn is_clear_marker(text: &str) -> bool {
    CLEAR_MARKERS.iter().any(|marker| marker.eq_ignore_ascii_case(text))
}

/// What a feature is made of, where it is made of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateReading {
    /// The column with the dates.
    pub source: String,
    /// In which form they are written, as `strftime` writes it; columns with a type of their own need none.
    pub form: String,
    /// What is made of them.
    pub part: DatePart,
}

/// How the cells of a column of numbers are read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NumberReading {
    /// How numbers are written.
    pub style: NumberStyle,
    /// How they are in each file of the table, where files differ; else nothing.
    pub of_files: Arc<[NumberStyle]>,
    /// Texts that stand for a missing number, beside those that always do.
    pub na: Arc<[String]>,
    /// The date that the number is made of.
    pub date: Option<DateReading>,
}

/// A cell that is not what its column should hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Unreadable {
    /// No number.
    Number(Reason),
    /// No date in the form of the column.
    Date(String),
}

impl NumberReading {
    /// Whether cells are plain numbers, so that nothing has to be asked but [`parse_number`].
    pub fn is_plain(&self) -> bool {
        self.style.is_plain() && self.of_files.is_empty() && self.na.is_empty() && self.date.is_none()
    }

    /// The reading of one of the table's files.
    pub fn in_file(&self, file: usize) -> Cow<'_, Self> {
        match self.of_files.get(file) {
            Some(style) => Cow::Owned(Self { style: *style, of_files: Arc::default(), ..self.clone() }),
            None => Cow::Borrowed(self),
        }
    }

    /// How numbers are written, where they are not plain throughout.
    #[cfg(feature = "tables")]
    pub(crate) fn styles_in_words(&self) -> Option<String> {
        let mut styles = vec![self.style];
        for style in self.of_files.iter() {
            if !styles.contains(style) {
                styles.push(*style);
            }
        }
        let words: Vec<String> = styles.iter().map(ToString::to_string).collect();
        (styles != [NumberStyle::default()]).then(|| words.join(", or by file "))
    }

    /// The number in a text; `None` where it is missing.
    ///
    /// # Errors
    ///
    /// A text that is neither a number, or date, as the column is written nor stands for a missing one.
    pub fn number(&self, text: &str) -> Result<Option<f64>, Unreadable> {
        if text.is_empty() || self.na.iter().any(|na| na == text) {
            return Ok(None);
        }
        if let Some(date) = &self.date {
            return match moment(text, &date.form) {
                Some(moment) => Ok(date.part.number(moment)),
                None if is_missing_marker(text.trim()) => Ok(None),
                None => Err(Unreadable::Date(shown(text))),
            };
        }
        // A decimal comma makes another number of what looks plain: `1.234` is 1234 there.
        let read = if self.style.decimal == '.' { parse_number(text) } else { self.style.read(text) };
        read.map(Some).or_else(|reason| self.unusual(text, reason))
    }

    /// What is not a plain number: in a style, a truth value, or a marker.
    #[cold]
    fn unusual(&self, text: &str, reason: Reason) -> Result<Option<f64>, Unreadable> {
        if is_missing_marker(text.trim()) {
            return Ok(None);
        }
        match self.style.read(text) {
            Ok(number) => Ok(Some(number)),
            Err(_) => match truth_value(text.trim()) {
                Some(truth) => Ok(Some(f64::from(u8::from(truth)))),
                None => Err(Unreadable::Number(reason)),
            },
        }
    }

    /// Whether a number that a file has as such stands for a missing one.
    pub fn is_missing(&self, number: f64) -> bool {
        number.is_nan() || self.na.iter().any(|na| parse_number(na) == Ok(number))
    }
}

/// How the cells of a column of categories are read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LevelReading {
    /// Texts that stand for a missing level; an empty one always does.
    pub na: Arc<[String]>,
    /// Whether levels are truth values, for which there are single letters and 1 and 0 as well.
    pub is_truth: bool,
    /// The date that the level is made of.
    pub date: Option<DateReading>,
}

impl LevelReading {
    /// The level that a text stands for, in its one spelling; `None` where it is missing.
    ///
    /// # Errors
    ///
    /// No date in the form of the column.
    pub fn level<'a>(&self, text: &'a str) -> Result<Option<Cow<'a, str>>, Unreadable> {
        if text.is_empty() || self.na.iter().any(|na| na == text) {
            return Ok(None);
        }
        if let Some(date) = &self.date {
            return match moment(text, &date.form) {
                Some(moment) => Ok(Some(Cow::Borrowed(weekday(moment)))),
                None if is_missing_marker(text.trim()) => Ok(None),
                None => Err(Unreadable::Date(shown(text))),
            };
        }
        if self.is_truth {
            // Programs that have no truth values write numbers for them.
            let as_number = || match parse_number(text) {
                Ok(1.0) => Some(true),
                Ok(0.0) => Some(false),
                _ => None,
            };
            if let Some(truth) = truth_value(text.trim()).or_else(as_number) {
                return Ok(Some(Cow::Borrowed(if truth { "true" } else { "false" })));
            }
            if is_missing_marker(text.trim()) {
                return Ok(None);
            }
        }
        Ok(Some(canonical_level(text)))
    }
}

/// How the cells of the target are read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LabelReading {
    /// Texts that stand for a missing label, beside `NA` and the like; an empty one always does.
    pub na: Arc<[String]>,
    /// Whether labels are truth values, for which there are single letters as well.
    pub is_truth: bool,
    /// Whether `None`, `?`, `-` and `.` stand for a missing label as well.
    pub weak_markers: bool,
    /// Whether a comma stands before the fraction of labels that are numbers.
    pub decimal_comma: bool,
}

impl LabelReading {
    /// The label that a text stands for, as labels are compared; `None` where it is missing.
    pub fn label(&self, text: &str) -> Option<String> {
        if text.is_empty() || self.na.iter().any(|na| na == text) {
            return None;
        }
        let trimmed = text.trim();
        if trimmed.is_empty() || is_clear_marker(trimmed) || self.weak_markers && is_missing_marker(trimmed) {
            return None;
        }
        if self.is_truth
            && let Some(truth) = truth_value(trimmed)
        {
            return Some(truth.to_string());
        }
        Some(self.key(text))
    }

    /// How a label that is there is compared with others.
    pub fn key(&self, text: &str) -> String {
        const COMMA: NumberStyle =
            NumberStyle { decimal: ',', thousands: None, has_currency: false, percent: false, brackets: false };
        if self.decimal_comma
            && let Ok(number) = COMMA.read(text)
        {
            return label_key(&number.to_string());
        }
        label_key(text)
    }

    /// Whether a text may be a missing label or a label, which others decide.
    #[cfg(feature = "tables")]
    pub(crate) fn is_weak_marker(text: &str) -> bool {
        is_missing_marker(text.trim()) && !is_clear_marker(text.trim())
    }
}
