//! A number as people write it, taken apart: its digits with their marks, and what stands around them.

use alloc::string::String;
use core::ops::{BitAnd, BitAndAssign};

use crate::currency::Unit;

/// A number taken apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NumberText<'a> {
    /// Digits and their marks, and an exponent if there is one.
    body: &'a str,
    is_negative: bool,
    pub(crate) has_brackets: bool,
    pub(crate) unit: Option<Unit>,
    /// The conventions by which the body is a number.
    pub(crate) conventions: Conventions,
}

/// A set of conventions, each a decimal mark with a mark between groups of digits, or with none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Conventions(u8);

/// The conventions, each with the bit of its place: those of the decimal point, then those of the comma, plain ones first.
pub(crate) const ALL: [(char, Option<char>); 8] = [
    ('.', None),
    ('.', Some(',')),
    ('.', Some(' ')),
    ('.', Some('\'')),
    (',', None),
    (',', Some('.')),
    (',', Some(' ')),
    (',', Some('\'')),
];

impl Conventions {
    pub(crate) const EVERY: Self = Self(0b1111_1111);
    pub(crate) const WITH_POINT: Self = Self(0b0000_1111);
    pub(crate) const WITH_COMMA: Self = Self(0b1111_0000);
    pub(crate) const NONE: Self = Self(0);

    /// The convention of two marks; empty where they make none.
    pub(crate) fn of(decimal: char, thousands: Option<char>) -> Self {
        Self::with_decimal(decimal) & Self::grouped_by(thousands)
    }

    fn with_decimal(mark: char) -> Self {
        match mark {
            '.' => Self::WITH_POINT,
            ',' => Self::WITH_COMMA,
            _ => Self::NONE,
        }
    }

    fn grouped_by(mark: Option<char>) -> Self {
        match mark {
            None => Self(0b0001_0001),
            Some(',') => Self(0b0000_0010),
            Some('.') => Self(0b0010_0000),
            Some(' ') => Self(0b0100_0100),
            Some('\'') => Self(0b1000_1000),
            Some(_) => Self::NONE,
        }
    }

    pub(crate) fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// The marks of the plainest of these conventions.
    pub(crate) fn plainest(self) -> Option<(char, Option<char>)> {
        ALL.get(self.0.trailing_zeros() as usize).copied()
    }
}

impl BitAnd for Conventions {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitAndAssign for Conventions {
    fn bitand_assign(&mut self, other: Self) {
        *self = *self & other;
    }
}

impl<'a> NumberText<'a> {
    /// Takes a text apart; `None` where it is a number by no convention.
    pub(crate) fn new(text: &'a str) -> Option<Self> {
        let (mut body, mut sign, mut has_brackets, mut unit) = (text.trim(), None, false, None);
        // Each thing is taken off once, in whatever order they stand: what comes a second time is no digit.
        loop {
            let may_be_signed = sign.is_none() && !has_brackets;
            let rest = if may_be_signed && let Some((found, rest)) = signed(body) {
                sign = Some(found);
                rest
            } else if may_be_signed && let Some(within) = bracketed(body) {
                has_brackets = true;
                within
            } else if unit.is_none()
                && let Some((found, rest)) = Unit::at_an_end(body)
            {
                unit = Some(found);
                rest
            } else {
                break;
            };
            body = rest.trim();
        }
        let is_negative = has_brackets || sign == Some(Sign::Minus);
        Some(Self { body, is_negative, has_brackets, unit, conventions: Conventions::of_body(body)? })
    }

    /// Whether all of its digits are zeros.
    pub(crate) fn is_zero(&self) -> bool {
        let mantissa = self.body.split(['e', 'E']).next().unwrap_or_default();
        !mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
    }

    /// Whether a mark stands among the digits that is the decimal one here and groups digits there.
    pub(crate) fn has_mark(&self) -> bool {
        self.body.contains(['.', ','])
    }

    /// The same number as a program would write it.
    pub(crate) fn plain(&self, decimal: char) -> String {
        let mut plain = String::with_capacity(self.body.len() + 1);
        if self.is_negative {
            plain.push('-');
        }
        let kept = self.body.chars().filter_map(|letter| match letter {
            _ if letter == decimal => Some('.'),
            '0'..='9' | 'e' | 'E' | '-' | '+' => Some(letter),
            '\u{2212}' => Some('-'),
            _ => None,
        });
        plain.extend(kept);
        plain
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Plus,
    Minus,
}

/// Word processors turn the minus of a keyboard into others.
fn signed(text: &str) -> Option<(Sign, &str)> {
    let mut letters = text.chars();
    let sign = match letters.next()? {
        '+' => Sign::Plus,
        '-' | '\u{2212}' | '\u{2013}' | '\u{fe63}' | '\u{ff0d}' => Sign::Minus,
        _ => return None,
    };
    Some((sign, letters.as_str()))
}

fn bracketed(text: &str) -> Option<&str> {
    text.strip_prefix('(')?.strip_suffix(')')
}

/// The mark that groups digits, of all that look like it.
fn group_mark(letter: char) -> Option<char> {
    match letter {
        '.' | ',' => Some(letter),
        ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' => Some(' '),
        '\'' | '\u{2019}' | '\u{2bc}' => Some('\''),
        _ => None,
    }
}

/// What the digits in front of a mark say of it, if it groups them.
struct Groups {
    mark: char,
    /// Digits of the first group; no number to be grouped begins with a zero.
    first: usize,
    begins_with_zero: bool,
    /// How many groups follow it, and how many digits each of these has, if all have as many.
    n_following: usize,
    digits_of_following: usize,
}

impl Conventions {
    /// The conventions by which digits with their marks are a number, if any.
    fn of_body(body: &str) -> Option<Self> {
        let (mantissa, has_exponent) = match body.find(['e', 'E']) {
            Some(at) if is_exponent(&body[at + 1..]) => (&body[..at], true),
            Some(_) => return None,
            None => (body, false),
        };
        let last = mantissa.char_indices().rev().find(|(_, letter)| !letter.is_ascii_digit());
        let Some((at, letter)) = last else {
            return (!mantissa.is_empty()).then_some(Self::EVERY);
        };
        let (before, behind) = (&mantissa[..at], &mantissa[at + letter.len_utf8()..]);
        let mark = group_mark(letter)?;
        // The last mark is the decimal one, and those before it group.
        let mut found = Self::NONE;
        if before.bytes().all(|byte| byte.is_ascii_digit()) {
            if !before.is_empty() || !behind.is_empty() {
                found = Self::with_decimal(mark);
            }
        } else if let Some(groups) = Groups::of(before)
            && groups.are_sound()
            && !has_exponent
            && !behind.is_empty()
        {
            found = Self::of(mark, Some(groups.mark));
        }
        // All marks group.
        if behind.len() == 3 && !has_exponent && Groups::of(mantissa).is_some_and(|groups| groups.are_sound()) {
            found.0 |= Self::grouped_by(Some(mark)).0;
        }
        (!found.is_empty()).then_some(found)
    }
}

impl Groups {
    /// The groups of digits with one and the same mark between them; `None` where there are several marks, or none.
    fn of(digits: &str) -> Option<Self> {
        let (first, mut rest) = digits.split_at(digits.find(|letter: char| !letter.is_ascii_digit())?);
        let mark = group_mark(rest.chars().next()?)?;
        let mut groups = Self {
            mark,
            first: first.len(),
            begins_with_zero: first.starts_with('0'),
            n_following: 0,
            digits_of_following: 3,
        };
        while let Some(letter) = rest.chars().next() {
            if group_mark(letter)? != mark {
                return None;
            }
            let behind = &rest[letter.len_utf8()..];
            let length = behind.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(behind.len());
            let (group, further) = behind.split_at(length);
            let is_last = further.is_empty();
            if groups.n_following == 0 && !is_last {
                groups.digits_of_following = group.len();
            }
            let wanted = if is_last { 3 } else { groups.digits_of_following };
            if group.len() != wanted {
                return None;
            }
            groups.n_following += 1;
            rest = further;
        }
        Some(groups)
    }

    /// Threes throughout, or as in India: threes at the end and twos before.
    fn are_sound(&self) -> bool {
        let are_threes = self.digits_of_following == 3 && (1..=3).contains(&self.first);
        let are_indian =
            self.digits_of_following == 2 && self.n_following >= 2 && self.mark == ',' && (1..=2).contains(&self.first);
        !self.begins_with_zero && (are_threes || are_indian)
    }
}

fn is_exponent(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+', '\u{2212}']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn conventions(text: &str) -> Vec<(char, Option<char>)> {
        let found = NumberText::new(text).map_or(Conventions::NONE, |number| number.conventions);
        (0..8).filter(|place| found.0 & (1 << place) != 0).map(|place| ALL[place]).collect()
    }

    #[test]
    fn marks_are_taken_by_every_convention_that_they_fit() {
        let every = ALL.to_vec();
        let (point, comma) = (ALL[..4].to_vec(), ALL[4..].to_vec());
        let either = |marks: &[(char, Option<char>)], more: (char, Option<char>)| {
            let mut all = [marks, &[more]].concat();
            all.sort_by_key(|marks| ALL.iter().position(|known| known == marks));
            all
        };
        for (text, fits) in [
            ("5", every.clone()),
            ("1234567", every.clone()),
            ("1e5", every),
            ("1.5", point.clone()),
            ("0.123", point.clone()),
            ("1.5e-3", point.clone()),
            ("1234.567", point.clone()),
            (".5", point.clone()),
            ("5.", point.clone()),
            ("1,5e\u{2212}3", comma.clone()),
            ("239,92", comma.clone()),
            ("0,123", comma.clone()),
            (",5", comma.clone()),
            ("1.234", either(&point, (',', Some('.')))),
            ("1,234", either(&comma, ('.', Some(',')))),
            ("1,234,567", alloc::vec![('.', Some(','))]),
            ("1,23,456", alloc::vec![('.', Some(','))]),
            ("12,34,56,789.5", alloc::vec![('.', Some(','))]),
            ("1.234,5", alloc::vec![(',', Some('.'))]),
            ("1,234.5", alloc::vec![('.', Some(','))]),
            ("1 234", alloc::vec![('.', Some(' ')), (',', Some(' '))]),
            ("1\u{202f}234\u{a0}567,8", alloc::vec![(',', Some(' '))]),
            ("1\u{2019}234.50", alloc::vec![('.', Some('\''))]),
        ] {
            assert_eq!(conventions(text), fits, "`{text}`");
        }
    }

    #[test]
    fn what_is_no_number_fits_no_convention() {
        for text in [
            "",
            " ",
            ".",
            ",",
            "-",
            "+",
            "$",
            "%",
            "()",
            "e5",
            "1e",
            "1,23,45",
            "12,34,567,89",
            "1.23.456",
            "0,123,456",
            "1234,567.8",
            "1,234,",
            "1,,234",
            "1 23",
            "1  234",
            "1.234.5",
            "1,234.5,6",
            "1,234,567e5",
            "5-",
            "--5",
            "-(5)",
            "(-5)",
            "((5))",
            "(5",
            "$5$",
            "$5%",
            "5%%",
            "5 kg",
            "0x10",
            "NaN",
            "inf",
            "1:30",
            "2020-01-02",
            "1/2",
            "٣",
            "1_000",
            "1'23",
            "12 345 67",
        ] {
            assert_eq!(conventions(text), [], "`{text}`");
        }
    }

    #[test]
    fn what_stands_around_the_digits_is_taken_off_in_any_order() {
        for (text, plain) in [
            ("\u{a0}-$\u{a0}1,234.50\u{202f}", "-1234.50"),
            ("$-1,234.50", "-1234.50"),
            ("\u{2212}1,234.50 USD", "-1234.50"),
            ("(1,234.50)", "-1234.50"),
            ("($1,234.50)", "-1234.50"),
            ("$(1,234.50)", "-1234.50"),
            ("US$ +1,234.50", "1234.50"),
            ("- 1,234.50 %", "-1234.50"),
            ("(1,234.50%)", "-1234.50"),
            ("% 1,234.50", "1234.50"),
            ("1,234.50kr", "1234.50"),
        ] {
            assert_eq!(NumberText::new(text).map(|number| number.plain('.')).as_deref(), Some(plain), "`{text}`");
        }
    }
}
