//! The crate that devices take does without the standard library.

use super::source::Source;

const FOLDER: &str = "crates/assist-score/src/";

/// What of the standard library `assist-score` has.
pub(super) fn no_std(sources: &[Source]) -> Vec<String> {
    let front = format!("{FOLDER}lib.rs");
    let declared = sources.iter().any(|source| source.path == front && source.text.contains("\n#![no_std]\n"));
    let mut violations = Vec::new();
    if !declared {
        violations.push("`assist-score` is not `no_std`".to_owned());
    }
    let named = sources.iter().filter(|source| source.path.starts_with(FOLDER) && source.text.contains("std::"));
    violations.extend(named.map(|source| format!("`{}` names the standard library", source.path)));
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(front: &str, other: &str, expected: &[&str]) {
        let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
        let sources = [
            source("crates/assist-score/src/lib.rs", front),
            source("crates/assist-score/src/exp.rs", other),
            source("crates/assist-data/src/lib.rs", "use std::io;"),
        ];
        assert_eq!(no_std(&sources), expected);
    }

    #[test]
    fn a_front_page_that_does_not_say_so() {
        check("//! The scorer.\n", "", &["`assist-score` is not `no_std`"]);
    }

    #[test]
    fn a_file_that_names_the_standard_library() {
        let message = "`crates/assist-score/src/exp.rs` names the standard library";
        check("//! The scorer.\n#![no_std]\n", "use std::vec::Vec;", &[message]);
        check("//! The scorer.\n#![no_std]\n", "use alloc::vec::Vec;", &[]);
    }
}
