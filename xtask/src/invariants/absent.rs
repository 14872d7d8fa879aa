//! What must not stand in some sources.

use super::source::Source;

/// The text, where it is allowed, and why not elsewhere.
const ABSENT: [(&str, &[&str], &str); 9] = [
    ("argmin::", &["crates/assist-model/src/solver.rs"], "only the solver names argmin"),
    (
        "std::env::",
        &["crates/assist-cli/", "xtask/", "benches/simulations/"],
        "only the programs read arguments and the environment",
    ),
    ("process::exit", &[], "programs end by returning"),
    ("todo!(", &[], "nothing is left half"),
    ("unimplemented!(", &[], "nothing is left half"),
    ("TODO", &[], "nothing is left half"),
    ("FIXME", &[], "nothing is left half"),
    ("#[ignore", &[], "every test runs"),
    ("allow(unsafe_code", &[], "no code of ours is unsafe"),
];

/// This file names what it forbids.
const TABLE: &str = "xtask/src/invariants/absent.rs";

/// Texts that stand where they must not, comments included.
pub(super) fn absent(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for Source { path, text } in sources.iter().filter(|source| source.path != TABLE) {
        for (word, allowed, reason) in ABSENT {
            // Tests may read their environment.
            let is_test = path.contains("/tests/") && word == "std::env::";
            if text.contains(word) && !is_test && !allowed.iter().any(|place| path.starts_with(place)) {
                violations.push(format!("`{path}` has `{word}`: {reason}"));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expected: &[&str]) {
        assert_eq!(absent(&[Source { path: path.to_owned(), text: text.to_owned() }]), expected, "{path}: {text}");
    }

    #[test]
    fn words_that_must_be_absent() {
        let reason = "only the solver names argmin";
        check(
            "crates/assist-model/src/fit.rs",
            "use argmin::core::Executor;",
            &[&format!("`crates/assist-model/src/fit.rs` has `argmin::`: {reason}")],
        );
        check("crates/assist-model/src/solver.rs", "use argmin::core::Executor;", &[]);
        check("xtask/src/main.rs", "// TODO", &["`xtask/src/main.rs` has `TODO`: nothing is left half"]);
    }

    #[test]
    fn the_environment_is_for_programs_and_tests() {
        let read = "fn f() { std::env::args() }";
        check(
            "crates/assist-data/src/table.rs",
            read,
            &["`crates/assist-data/src/table.rs` has `std::env::`: only the \
                                                          programs read arguments and the environment"],
        );
        check("crates/assist-data/tests/it/main.rs", read, &[]);
        check("crates/assist-cli/src/main.rs", read, &[]);
    }
}
