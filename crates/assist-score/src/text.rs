//! Texts of cells: read as numbers, and shown in messages.

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

/// A value as a message may show it: at most 60 characters, so that no message carries a whole file, and control
/// characters escaped, so that none reaches a terminal.
pub fn shown(text: &str) -> String {
    let mut short = String::new();
    for (index, letter) in text.chars().enumerate() {
        if index == 60 {
            short.push('…');
            break;
        }
        if letter.is_control() {
            short.extend(letter.escape_default());
        } else {
            short.push(letter);
        }
    }
    short
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
        let long = "x".repeat(10_000);
        let message = parse_number(&long).map_err(|reason| reason.to_string());
        assert!(message.is_err_and(|text| text.len() < 100));
    }
}
