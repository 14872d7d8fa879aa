//! Values that programs spell in several ways: truth values and whole numbers.
//!
//! Inside they have one spelling ([`canonical_level`]), but an artifact has the one of the table that it was trained on, if it is
//! an older one, and a row comes from whoever writes it. All of this is looked at only where a text is no level as it stands.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};

use crate::columns::{CategoricalColumn, MISSING_LEVEL, RARE_LEVEL};
use crate::text::{canonical_level, truth_value};

/// The level that a number is: whole ones have no fraction.
pub(crate) fn level_of_number(number: f64) -> String {
    // Zero has no sign as a level.
    (number + 0.0).to_string()
}

impl CategoricalColumn {
    /// The code of a level that stands in the column in another spelling.
    #[cold]
    pub(crate) fn code_in_another_spelling(&self, text: &str) -> Option<u32> {
        let canonical = canonical_level(text);
        if let Cow::Borrowed(canonical) = canonical
            && canonical != text
            && let Some(code) = self.code_as_it_stands(canonical)
        {
            return Some(code);
        }
        if let Some(truth) = truth_value(text) {
            return self.code_of_truth(truth, text.len() > 1);
        }
        if !is_whole(&canonical) {
            return None;
        }
        // Programs without truth values write numbers for them.
        if matches!(&*canonical, "0" | "1")
            && let Some(code) = self.code_of_truth(canonical == "1", false)
        {
            return Some(code);
        }
        ["0", "00"].iter().find_map(|zeros| self.code_as_it_stands(&format!("{canonical}.{zeros}")))
    }

    /// The code of a truth value, whose `is_word` says whether it is more than a letter.
    fn code_of_truth(&self, truth: bool, is_word: bool) -> Option<u32> {
        let [words, letters] = if truth {
            [&["true", "True", "TRUE"][..], &["t", "T"]]
        } else {
            [&["false", "False", "FALSE"][..], &["f", "F"]]
        };
        let find = |spellings: &[&str]| spellings.iter().find_map(|spelling| self.code_as_it_stands(spelling));
        // A letter may stand for anything else, unless all levels are truth values.
        match (is_word, self.has_only_truth_values()) {
            (_, true) => find(words).or_else(|| find(letters)),
            (true, false) => find(words),
            (false, false) => None,
        }
    }

    /// Whether every level is a truth value, but for what stands for missing and rare ones.
    fn has_only_truth_values(&self) -> bool {
        /// Two words and two letters in three ways each, and the two that stand for others.
        const MOST: usize = 12;
        let is_one = |level: &String| truth_value(level).is_some() || level == MISSING_LEVEL || level == RARE_LEVEL;
        self.levels.len() <= MOST && self.levels.iter().all(is_one)
    }
}

/// Whether a text is a whole number without a fraction.
fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn codes(levels: &[&str], texts: &[&str]) -> Vec<Option<u32>> {
        let mut levels: Vec<String> = levels.iter().map(ToString::to_string).collect();
        levels.sort_unstable();
        let column = CategoricalColumn::new("x", levels);
        texts.iter().map(|text| column.code(text)).collect()
    }

    #[test]
    fn truth_values_are_known_in_every_spelling() {
        let spellings = ["true", "True", "TRUE", "t", "T", "tRuE", "false", "False", "FALSE", "f", "F"];
        for levels in [["false", "true"], ["False", "True"], ["FALSE", "TRUE"], ["f", "t"], ["F", "T"]] {
            let expected: Vec<Option<u32>> = (0..11).map(|place| Some(u32::from(place < 6))).collect();
            assert_eq!(codes(&levels, &spellings), expected, "{levels:?}");
        }
        let beside = ["(missing)", "(rare)", "False", "True"];
        assert_eq!(codes(&beside, &["false", "t", "(missing)"]), [Some(2), Some(3), Some(0)]);
    }

    #[test]
    fn a_letter_among_others_is_a_letter_and_a_word_is_a_word() {
        assert_eq!(codes(&["f", "m"], &["f", "F", "false", "t"]), [Some(0), None, None, None]);
        assert_eq!(codes(&["False", "True", "unknown"], &["true", "t", "TRUE"]), [Some(1), None, Some(1)]);
        assert_eq!(codes(&["t", "true"], &["T", "True"]), [Some(1), Some(1)]);
        assert_eq!(codes(&["true"], &["false", "f", "0"]), [None, None, None]);
    }

    #[test]
    fn whole_numbers_are_known_with_and_without_a_fraction() {
        assert_eq!(
            codes(&["0", "1"], &["0.0", "-0.0", "1.00", "1", "01", "1.5"]),
            [Some(0), Some(0), Some(1), Some(1), None, None]
        );
        assert_eq!(codes(&["0.0", "1.0"], &["0", "1", "1.00", "-1"]), [Some(0), Some(1), Some(1), None]);
        assert_eq!(codes(&["007"], &["7", "007.0", "007"]), [None, None, Some(0)]);
    }

    #[test]
    fn a_number_is_a_level_without_a_fraction_if_it_has_none() {
        for (number, level) in
            [(0.0, "0"), (-0.0, "0"), (12.0, "12"), (-3.0, "-3"), (0.5, "0.5"), (1e15, "1000000000000000")]
        {
            assert_eq!(level_of_number(number), level);
        }
    }
}
