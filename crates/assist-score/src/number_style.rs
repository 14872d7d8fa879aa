//! How the numbers of a column are written for people, and what they are as numbers.
//!
//! A style belongs to a column as a whole: whether `1.234` is one and a bit or more than a thousand cannot be told from the
//! cell. Which style a column has, [`StyleEvidence`](crate::StyleEvidence) finds out.

use core::fmt;
use serde::{Deserialize, Serialize};

use crate::number_text::{Conventions, NumberText};
use crate::rejection::Reason;
use crate::text::{parse_number, shown};

/// How the numbers of a column are written. By default they are plain: as programs write them.
///
/// ```
/// use assist_score::NumberStyle;
///
/// let style = NumberStyle { decimal: ',', thousands: Some('.'), has_currency: true, ..NumberStyle::default() };
/// assert_eq!(style.read("1.234,50 €"), Ok(1234.5));
/// assert_eq!(style.read("-€ 7"), Ok(-7.0));
/// assert!(style.read("1,234.50 €").is_err());
/// assert_eq!(NumberStyle::default().read("\u{2212}1.5e3\u{a0}"), Ok(-1500.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NumberStyle {
    /// The mark before the fraction: `.` or `,`.
    pub decimal: char,
    /// The mark between groups of three digits, where numbers may be grouped: `,` or `.`, a blank (of any kind: it is also
    /// a no-break space), or an apostrophe (likewise). Groups of two before the last one, as in India, go with `,`.
    pub thousands: Option<char>,
    /// Whether each number but zero stands beside a sign or a word of money.
    pub has_currency: bool,
    /// Whether each number but zero stands beside a percent sign. It stays in percent: `24 %` is 24.
    pub percent: bool,
    /// Whether a number in round brackets is a negative one, as accountants write it.
    pub brackets: bool,
}

impl Default for NumberStyle {
    fn default() -> Self {
        Self { decimal: '.', thousands: None, has_currency: false, percent: false, brackets: false }
    }
}

impl NumberStyle {
    /// Whether numbers are written as programs write them.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// Whether there are such numbers: the marks are marks, two different ones, and nothing is money and a percentage.
    pub fn is_sound(&self) -> bool {
        let has_two_units = self.has_currency && self.percent;
        !has_two_units && !Conventions::of(self.decimal, self.thousands).is_empty()
    }

    /// Reads a number in this style, with the very bits that [`parse_number`] has for the same number as a program writes
    /// it. Blanks of any kind may surround it, and its minus may be that of a word processor. Groups must be groups, but not
    /// every number has to have them. A zero needs no sign of money or percent.
    ///
    /// # Errors
    ///
    /// As [`parse_number`]: what is not a number in this style, and what is not finite.
    pub fn read(&self, text: &str) -> Result<f64, Reason> {
        let is_plain = self.is_plain();
        if is_plain && let Ok(number) = parse_number(text) {
            return Ok(number);
        }
        let refuse = || match parse_number(text) {
            Err(reason) => Err(reason),
            Ok(_) => Err(Reason::NotANumber(shown(text))),
        };
        let Some(number) = NumberText::new(text).filter(|number| self.takes(number)) else { return refuse() };
        parse_number(&number.plain(self.decimal)).map_err(|reason| match reason {
            Reason::NotFinite(_) => Reason::NotFinite(shown(text)),
            _ => Reason::NotANumber(shown(text)),
        })
    }

    fn takes(&self, number: &NumberText<'_>) -> bool {
        let has_its_unit = match number.unit {
            Some(unit) if unit.is_currency() => self.has_currency,
            Some(_) => self.percent,
            None => !(self.has_currency || self.percent) || number.is_zero(),
        };
        let is_of_marks = !(number.conventions & Conventions::of(self.decimal, self.thousands)).is_empty();
        has_its_unit && is_of_marks && (self.brackets || !number.has_brackets)
    }
}

/// In words, for people: `decimal comma, thousands grouped by points, with a currency sign`.
impl fmt::Display for NumberStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_plain() {
            return f.write_str("plain");
        }
        f.write_str(match self.decimal {
            ',' => "decimal comma",
            _ => "decimal point",
        })?;
        match self.thousands {
            None => Ok(()),
            Some(',') => f.write_str(", thousands grouped by commas"),
            Some('.') => f.write_str(", thousands grouped by points"),
            Some(' ') => f.write_str(", thousands grouped by blanks"),
            Some(_) => f.write_str(", thousands grouped by apostrophes"),
        }?;
        for (is_so, words) in [
            (self.has_currency, ", with a currency sign"),
            (self.percent, ", with a percent sign"),
            (self.brackets, ", negative in brackets"),
        ] {
            if is_so {
                f.write_str(words)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const PLAIN: NumberStyle =
        NumberStyle { decimal: '.', thousands: None, has_currency: false, percent: false, brackets: false };
    const US: NumberStyle = NumberStyle { thousands: Some(','), has_currency: true, brackets: true, ..PLAIN };
    const PERCENT: NumberStyle = NumberStyle { decimal: ',', percent: true, ..PLAIN };

    #[test]
    fn a_style_takes_its_own_numbers() {
        for (style, text, number) in [
            (PLAIN, " 239.92\u{a0}", 239.92_f64),
            (PLAIN, "\u{2212}5", -5.0),
            (US, "$1,234.50", 1234.5),
            (US, "$(1,234.50)", -1234.5),
            (US, "-$1234.5", -1234.5),
            (US, "0.00", 0.0),
            (US, "1,234,567.89 USD", 1_234_567.89),
            (PERCENT, "12,5\u{202f}%", 12.5),
            (PERCENT, "0", 0.0),
        ] {
            assert_eq!(style.read(text).map(f64::to_bits), Ok(number.to_bits()), "{text}");
        }
    }

    #[test]
    fn a_style_takes_no_other_numbers() {
        for (style, text) in [
            (PLAIN, "1,234"),
            (PLAIN, "$5"),
            (PLAIN, "5%"),
            (PLAIN, "(5)"),
            (US, "5"),
            (US, "$5%"),
            (US, "$1,23"),
            (US, "$0,123"),
            (PERCENT, "12.5%"),
            (PERCENT, "12,5"),
            (PERCENT, ""),
        ] {
            assert_eq!(style.read(text), Err(Reason::NotANumber(text.into())), "{text}");
        }
        for style in [PLAIN, US] {
            assert_eq!(style.read("inf"), Err(Reason::NotFinite("inf".into())));
        }
        assert_eq!(US.read("$1e400"), Err(Reason::NotFinite("$1e400".into())));
    }

    #[test]
    fn styles_are_said_in_words() {
        assert_eq!(PLAIN.to_string(), "plain");
        assert_eq!(PERCENT.to_string(), "decimal comma, with a percent sign");
        let words = "decimal point, thousands grouped by commas, with a currency sign, negative in brackets";
        assert_eq!(US.to_string(), words);
        let blank = NumberStyle { decimal: ',', thousands: Some(' '), ..PLAIN };
        assert_eq!(blank.to_string(), "decimal comma, thousands grouped by blanks");
    }

    #[test]
    fn only_marks_that_people_use_are_sound() {
        assert!([PLAIN, US, PERCENT].iter().all(NumberStyle::is_sound));
        for unsound in [
            NumberStyle { decimal: ';', ..PLAIN },
            NumberStyle { thousands: Some('.'), ..PLAIN },
            NumberStyle { thousands: Some('_'), ..PLAIN },
            NumberStyle { percent: true, ..US },
        ] {
            assert!(!unsound.is_sound());
            assert!(unsound.read("$5%").is_err());
        }
    }
}
