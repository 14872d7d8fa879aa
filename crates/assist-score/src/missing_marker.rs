//! Texts that people and programs write where a number is not known.

/// What stands for a missing cell in a column of numbers; letters may be of either case, blanks around it do not count. In
/// a column of texts none of these is missing unless somebody says so: a country is called `NA`.
pub const MISSING_MARKERS: [&str; 32] = [
    "NA", "N/A", "NULL", "None", "NaN", "?", "-", ".", "#N/A", "<NA>", "n.a.", "n/d", "nil", "missing", "--", "---",
    "..", "...", "–", "—", "\\N", "#NA", "#N/A N/A", "-NaN", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?",
    "#NULL!", "1.#QNAN", "-1.#IND",
];

/// Whether a text stands for a missing cell in a column of numbers: a marker, or nothing but blanks.
///
/// ```
/// use assist_score::is_missing_marker;
///
/// assert!(["NA", "n/a", " - ", "null", "?", "  "].into_iter().all(is_missing_marker));
/// assert!(!["0", "-1", "none of these"].into_iter().any(is_missing_marker));
/// ```
pub fn is_missing_marker(text: &str) -> bool {
    const LONGEST: usize = 8;
    let text = text.trim();
    // Most cells end with a digit, and no marker does.
    let may_be_one = text.len() <= LONGEST && !text.bytes().next_back().is_some_and(|last| last.is_ascii_digit());
    may_be_one && (text.is_empty() || MISSING_MARKERS.iter().any(|marker| marker.eq_ignore_ascii_case(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::parse_number;
    use alloc::format;

    #[test]
    fn every_marker_is_one_in_either_case_and_no_marker_is_a_number() {
        for marker in MISSING_MARKERS {
            for text in [marker.into(), marker.to_lowercase(), marker.to_uppercase(), format!("\u{a0}{marker} ")] {
                assert!(is_missing_marker(&text), "`{text}`");
                assert!(parse_number(&text).is_err(), "`{text}`");
            }
        }
        for text in ["0", "NAN0", "Norway", "-5", "N", "x", "#", "....", "infinity"] {
            assert!(!is_missing_marker(text), "`{text}`");
        }
    }
}
