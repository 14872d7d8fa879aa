//! Texts of cells: read as numbers, and shown in messages.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::rejection::Reason;

/// Reads a number as the whole project reads it: decimal or scientific notation with surrounding blanks of any kind allowed.
/// What else people write around a number, [`NumberStyle`](crate::NumberStyle) knows.
///
/// # Errors
///
/// [`Reason::NotANumber`], or [`Reason::NotFinite`] for `NaN`, `inf` and what overflows 64 bits, such as `1e400`.
pub fn parse_number(text: &str) -> Result<f64, Reason> {
    match text.trim_ascii().parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(Reason::NotFinite(shown(text))),
        Err(_) => parse_between_wide_blanks(text),
    }
}

/// No-break and other blanks beyond ASCII are rare, so they are looked for where nothing else has helped.
#[cold]
fn parse_between_wide_blanks(text: &str) -> Result<f64, Reason> {
    let trimmed = text.trim();
    if trimmed.len() == text.trim_ascii().len() {
        return Err(Reason::NotANumber(shown(text)));
    }
    parse_number(trimmed)
}

/// The one spelling that a level has inside, whoever wrote it: truth values in lower case, whole numbers without a fraction
/// of zeros. All else stays as it is; codes such as `007` are no numbers.
///
/// ```
/// use assist_score::canonical_level;
///
/// assert_eq!(["TRUE", "12.00", "-0.0", "007", "1.50"].map(canonical_level), ["true", "12", "0", "007", "1.50"]);
/// ```
pub fn canonical_level(text: &str) -> Cow<'_, str> {
    let last = text.as_bytes().last().copied();
    match last {
        Some(b'e' | b'E') if text.eq_ignore_ascii_case("true") => Cow::Borrowed("true"),
        Some(b'e' | b'E') if text.eq_ignore_ascii_case("false") => Cow::Borrowed("false"),
        Some(b'0') => Cow::Borrowed(without_fraction(text)),
        _ => Cow::Borrowed(text),
    }
}

/// A text without the fraction of zeros that it has if it is a whole number: `12` of `12.00`, `0` of `-0`.
fn without_fraction(text: &str) -> &str {
    let zeros = text.trim_end_matches('0');
    let whole = match zeros.strip_suffix('.') {
        Some(whole) => whole,
        None if text == "-0" => text,
        None => return text,
    };
    match whole.strip_prefix('-').unwrap_or(whole).as_bytes() {
        b"0" => "0",
        [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => whole,
        _ => text,
    }
}

/// The truth value that a text spells: `true` or `t` in either case, and their opposites.
///
/// ```
/// use assist_score::truth_value;
///
/// assert_eq!(["True", "F", "yes"].map(truth_value), [Some(true), Some(false), None]);
/// ```
pub fn truth_value(text: &str) -> Option<bool> {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") || is("t") {
        Some(true)
    } else if is("false") || is("f") {
        Some(false)
    } else {
        None
    }
}

/// A value as a message may show it: at most 60 characters, so that no message carries a whole file, and
/// [unprintable](is_unprintable) ones escaped, so that none reaches a terminal.
pub fn shown(text: &str) -> String {
    shown_within(text, 60)
}

/// As [`shown`], with at most so many characters.
pub fn shown_within(text: &str, most: usize) -> String {
    let mut short = String::new();
    for (index, letter) in text.chars().enumerate() {
        if index == most {
            short.push('…');
            break;
        }
        push_printable(&mut short, letter);
    }
    short
}

/// The whole text with its [unprintable](is_unprintable) characters escaped.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    text.chars().for_each(|letter| push_printable(&mut escaped, letter));
    Cow::Owned(escaped)
}

/// Whether a character does something to a terminal or a page instead of being seen: control characters; those that order
/// text by direction (a name with U+202E reads backwards, and with it what follows), separate lines, or have no width, so
/// that two names look the same. The joiners that Persian, Indian scripts and emoji are written with are none of these.
pub fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn push_printable(text: &mut String, letter: char) {
    if is_unprintable(letter) {
        text.extend(letter.escape_default());
    } else {
        text.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn numbers_are_read_or_refused_with_their_text() {
        assert_eq!(parse_number(" 3.5e1 "), Ok(35.0));
        assert_eq!(parse_number("abc"), Err(Reason::NotANumber("abc".into())));
        for text in ["NaN", "inf", "-Infinity", "1e400"] {
            assert_eq!(parse_number(text), Err(Reason::NotFinite(text.into())));
        }
        assert_eq!(parse_number(""), Err(Reason::NotANumber(String::new())));
    }

    #[test]
    fn blanks_of_any_kind_may_surround_a_number() {
        assert_eq!(parse_number("\u{a0}-5\u{202f}"), Ok(-5.0));
        assert_eq!(parse_number("\u{a0}inf"), Err(Reason::NotFinite("inf".into())));
        assert_eq!(parse_number("5\u{a0}5"), Err(Reason::NotANumber("5\u{a0}5".into())));
        assert_eq!(parse_number("\u{a0}"), Err(Reason::NotANumber(String::new())));
    }

    #[test]
    fn truth_values_and_whole_numbers_have_one_spelling() {
        for (text, canonical) in [
            ("True", "true"),
            ("tRUE", "true"),
            ("FALSE", "false"),
            ("t", "t"),
            ("0.0", "0"),
            ("-0.0", "0"),
            ("-0", "0"),
            ("-120.000", "-120"),
            ("100", "100"),
            ("12.", "12."),
            (".0", ".0"),
            ("-.0", "-.0"),
            ("00.0", "00.0"),
            ("007.0", "007.0"),
            ("1.2.0", "1.2.0"),
            ("v2.0", "v2.0"),
            ("10.50", "10.50"),
            ("1e10", "1e10"),
            (" 1.0", " 1.0"),
            ("wise", "wise"),
            ("", ""),
        ] {
            assert_eq!(canonical_level(text), canonical);
            assert_eq!(canonical_level(canonical), canonical);
        }
    }

    #[test]
    fn a_message_never_carries_more_than_a_short_value() {
        assert_eq!(shown("a\0b\u{1b}[31m"), "a\\u{0}b\\u{1b}[31m");
        assert_eq!(printable("a\nb\u{202e}c\u{9b}é\u{2028}"), "a\\nb\\u{202e}c\\u{9b}é\\u{2028}");
        let family = "👩\u{200d}👧 می\u{200c}خواهم";
        assert!(matches!(printable(family), Cow::Borrowed(text) if text == family));
        assert_eq!(shown_within("abcdef", 3), "abc…");
        let long = "x".repeat(10_000);
        let message = parse_number(&long).map_err(|reason| reason.to_string());
        assert!(message.is_err_and(|text| text.len() < 100));
    }
}
