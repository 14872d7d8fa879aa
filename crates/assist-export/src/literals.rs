//! Numbers and texts as source code that gives the same bits back.

use std::fmt::Write;

/// A finite number in C's hexadecimal notation, which no compiler rounds.
pub(crate) fn hex_float(number: f64) -> String {
    let bits = number.to_bits();
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let fraction = bits & ((1 << 52) - 1);
    let exponent = (bits >> 52) & 0x7ff;
    if fraction == 0 && exponent == 0 {
        return format!("{sign}0.0");
    }
    let (lead, exponent) = if exponent == 0 { (0, -1022) } else { (1, exponent.cast_signed() - 1023) };
    let digits = format!("{fraction:013x}");
    let digits = digits.trim_end_matches('0');
    let point = if digits.is_empty() { "" } else { "." };
    format!("{sign}0x{lead}{point}{digits}p{exponent}")
}

/// A number in the fewest decimal digits that give it back, as JavaScript, Python and JSON read it.
pub(crate) fn shortest(number: f64) -> String {
    format!("{number:?}")
}

/// A text as a literal of C: other than plain ASCII is octal, which needs no encoding of the source and no trigraph.
pub(crate) fn c_text(text: &str) -> String {
    let mut literal = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' | b'?' => literal.extend(['\\', char::from(byte)]),
            b' '..=b'~' => literal.push(char::from(byte)),
            _ => _ = write!(literal, "\\{byte:03o}"),
        }
    }
    literal + "\""
}

/// A text as it may stand in a comment of C or JavaScript: nothing in it ends the comment or the line.
pub(crate) fn comment(text: &str) -> String {
    let safe = |letter: char| match letter {
        '*' | '/' | '\\' | '?' => '_',
        letter if letter.is_ascii_graphic() || letter == ' ' => letter,
        letter if letter.is_alphanumeric() => letter,
        _ => '_',
    };
    text.chars().take(60).map(safe).collect()
}

/// A text as a literal of JavaScript: that of JSON, without the two ends of lines that old engines do not take there.
pub(crate) fn js_text(text: &str) -> String {
    let literal = serde_json::Value::from(text).to_string();
    literal.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_floats_are_exact() {
        for (number, text) in [
            (1.0, "0x1p0"),
            (-2.5, "-0x1.4p1"),
            (0.1, "0x1.999999999999ap-4"),
            (f64::MAX, "0x1.fffffffffffffp1023"),
            (f64::MIN_POSITIVE, "0x1p-1022"),
            (5e-324, "0x0.0000000000001p-1022"),
            (-0.0, "-0.0"),
        ] {
            assert_eq!(hex_float(number), text);
        }
    }

    #[test]
    fn texts_cannot_leave_their_literal() {
        assert_eq!(c_text("a\"\\?\n\u{e9}1"), "\"a\\\"\\\\\\?\\012\\303\\2511\"");
        assert_eq!(comment("*/ x\n\\"), "__ x__");
        assert_eq!(js_text("a\"\u{2028}"), "\"a\\\"\\u2028\"");
    }
}
