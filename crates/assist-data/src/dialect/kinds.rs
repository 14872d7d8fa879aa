//! What a cell looks like, roughly: enough to tell a header from data, not to read a number.

use assist_score::is_missing_marker;

/// What a cell looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Empty, or a text that often stands for a missing cell.
    Missing,
    /// A number, however people write it.
    Number,
    /// A date or a time, in figures.
    Date,
    Text,
}

/// Signs beside the digits of numbers that are written for people.
const AROUND_NUMBERS: [char; 12] = ['$', '€', '£', '¥', '%', '(', ')', ' ', '\u{a0}', '\u{202f}', '\'', '’'];

pub(crate) fn kind_of(text: &str) -> Kind {
    let text = text.trim();
    if is_missing_marker(text) {
        return Kind::Missing;
    }
    if text.len() > 40 {
        return Kind::Text;
    }
    if looks_like_number(text) {
        return Kind::Number;
    }
    if looks_like_date(text) { Kind::Date } else { Kind::Text }
}

fn looks_like_number(text: &str) -> bool {
    if text.parse::<f64>().is_ok() {
        return true;
    }
    let is_around = |c: char| AROUND_NUMBERS.contains(&c);
    let digits = text.trim_start_matches(|c| is_around(c) || matches!(c, '-' | '+')).trim_end_matches(is_around);
    let starts_well = digits.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
    if !starts_well || !digits.ends_with(|c: char| c.is_ascii_digit() || c == '.') {
        return false;
    }
    let inside = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',') || AROUND_NUMBERS[7..].contains(&c);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent),
        None => (digits, "0"),
    };
    let has_exponent = exponent.trim_start_matches(['-', '+']).bytes().all(|byte| byte.is_ascii_digit());
    if !mantissa.chars().all(inside) || !has_exponent || exponent.is_empty() {
        return false;
    }
    // A separator that occurs again, and any blank, stands before three digits.
    let in_threes = |mark: char| {
        mantissa.split(mark).skip(1).all(|group| {
            group.len() >= 3
                && group.bytes().take(3).all(|byte| byte.is_ascii_digit())
                && !group.as_bytes().get(3).is_some_and(u8::is_ascii_digit)
        })
    };
    mantissa.chars().any(|c| c.is_ascii_digit())
        && ['.', ','].into_iter().all(|mark| mantissa.matches(mark).count() <= 1 || in_threes(mark))
        && AROUND_NUMBERS[7..].iter().all(|blank| in_threes(*blank))
}

fn looks_like_date(text: &str) -> bool {
    let is_mark = |byte: &u8| matches!(byte, b'-' | b'/' | b':' | b'.');
    let bytes = text.as_bytes();
    let marks = bytes.iter().filter(|byte| is_mark(byte)).count();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let allowed = |byte: &u8| byte.is_ascii_digit() || is_mark(byte) || matches!(byte, b' ' | b'T' | b'Z' | b'+');
    let is_time = marks == 1 && digits >= 3 && bytes.contains(&b':');
    bytes.first().is_some_and(u8::is_ascii_digit) && bytes.iter().all(allowed) && (marks >= 2 && digits >= 4 || is_time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_look_like_what_people_mean() {
        for text in [
            "1",
            "-1.5",
            "+3",
            "1e5",
            "1,5",
            "-1,5",
            "1.234,50",
            "1,234,567",
            "$1,234.50",
            "1 234,5",
            "12 %",
            "(5.00)",
            ".5",
            "€ 3",
            "1'000.5",
            "1E-3",
            "2019",
            "inf",
            "1,5e-3",
        ] {
            assert_eq!(kind_of(text), Kind::Number, "{text}");
        }
        for text in
            ["2024-01-01", "01.02.2024", "1/2/2024", "12:30", "12:30:15", "2024-01-01T10:00:00Z", "2024-01-01 10:00"]
        {
            assert_eq!(kind_of(text), Kind::Date, "{text}");
        }
        for text in ["", " ", "NA", "n/a", "?", "-", "nan", "NULL"] {
            assert_eq!(kind_of(text), Kind::Missing, "{text}");
        }
        for text in ["a", "1a", "x1", "5;2", "1 2", "18-30", "60+", "1,2,3", "e5", "%", "A-1", "1.2.3", "True", "1e"] {
            assert_ne!(kind_of(text), Kind::Number, "{text}");
            assert_ne!(kind_of(text), Kind::Missing, "{text}");
        }
    }
}
