//! Other spellings of levels as a finite table.
//!
//! The scorer takes `TRUE`, `1.00` or `-0` for a level that is spelt otherwise. Those texts are without number, but they have
//! few keys: truth values in lower case, and whole numbers without a fraction of zeros. So a target makes a key of a text and
//! looks it up, and all else of the scorer's rules is in the table.

use assist_score::{CategoricalColumn, truth_value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The key by which another spelling of a level is looked up; `None` for texts that are spelt in one way only.
///
/// ```
/// use assist_export::spelling_key;
///
/// assert_eq!(spelling_key("TRUE").as_deref(), Some("true"));
/// assert_eq!(spelling_key("12.00").as_deref(), Some("12"));
/// assert_eq!(spelling_key("-0").as_deref(), Some("0"));
/// assert_eq!(spelling_key("Phone"), None);
/// ```
pub fn spelling_key(text: &str) -> Option<Cow<'_, str>> {
    if truth_value(text).is_some() {
        return Some(Cow::Owned(text.to_ascii_lowercase()));
    }
    let canonical = assist_score::canonical_level(text);
    is_whole(&canonical).then_some(canonical)
}

fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The codes of keys, sorted; empty for a column whose levels have one spelling each.
pub(crate) fn spellings(column: &CategoricalColumn) -> Vec<(String, u32)> {
    let mut found = BTreeMap::new();
    let is_level = |text: &str| column.levels.binary_search_by(|level| level.as_str().cmp(text)).is_ok();
    for word in ["true", "false", "t", "f"] {
        // Any spelling that is no level itself shows what all of them count as.
        let probe = cases(word).into_iter().find(|text| !is_level(text));
        if let Some(code) = probe.and_then(|text| column.known_code(&text)) {
            found.insert(word.to_owned(), code);
        }
    }
    let bases = column.levels.iter().filter_map(|level| {
        let base = level.strip_suffix(".00").or_else(|| level.strip_suffix(".0")).unwrap_or(level);
        is_whole(base).then_some(base)
    });
    for key in bases.chain(["0", "1"]) {
        if let Some(code) = column.known_code(key) {
            found.insert(key.to_owned(), code);
        }
    }
    found.into_iter().collect()
}

/// A word in all mixtures of cases.
pub(crate) fn cases(word: &str) -> Vec<String> {
    let bits = 0..1_usize << word.len();
    let cased = bits.map(|bits| {
        let letters = word.chars().enumerate();
        letters
            .map(|(place, letter)| if bits >> place & 1 == 1 { letter.to_ascii_uppercase() } else { letter })
            .collect()
    });
    cased.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(column: &CategoricalColumn, text: &str) -> Option<u32> {
        let exact = column.levels.iter().position(|level| level == text);
        if let Some(code) = exact {
            return u32::try_from(code).ok();
        }
        let key = spelling_key(text)?;
        let table = spellings(column);
        table.iter().find(|(known, _)| *known == *key).map(|(_, code)| *code)
    }

    const TEXTS: [&str; 30] = [
        "true",
        "True",
        "TRUE",
        "tRuE",
        "t",
        "T",
        "f",
        "F",
        "false",
        "False",
        "0",
        "1",
        "0.0",
        "1.0",
        "1.00",
        "1.000",
        "-0",
        "-0.0",
        "007",
        "007.0",
        "12",
        "12.0",
        "12.00",
        "-3",
        "-3.0",
        "(missing)",
        "(rare)",
        "12.",
        ".0",
        "m",
    ];

    proptest! {
        #[test]
        fn the_table_says_what_the_scorer_says(places in proptest::collection::btree_set(0..TEXTS.len(), 1..7)) {
            let mut levels: Vec<String> = places.iter().map(|place| TEXTS[*place].to_owned()).collect();
            levels.sort_unstable();
            let column = CategoricalColumn::new("x", levels);
            for text in TEXTS {
                prop_assert_eq!(code(&column, text), column.known_code(text), "{} of {:?}", text, &column.levels);
            }
        }
    }
}
