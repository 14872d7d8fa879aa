//! Texts of cells: read as numbers, and shown in messages.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::rejection::Reason;

/// Reads a number as the whole project reads it: decimal or scientific notation with surrounding blanks allowed.
///
/// # Errors
///
/// [`Reason::NotANumber`], or [`Reason::NotFinite`] for `NaN`, `inf` and what overflows 64 bits, such as `1e400`.
pub fn parse_number(text: &str) -> Result<f64, Reason> {
    match text.trim_ascii().parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err(Reason::NotFinite(shown(text))),
        Err(_) => Err(Reason::NotANumber(shown(text))),
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
