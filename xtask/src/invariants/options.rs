//! A library's words never name an option of the program: who calls it from Python or over HTTP has no options. Advice is
//! data, which the program words.

use super::scanner::{Kind, scan};
use super::source::Source;

const PROGRAM: &str = "assist-cli";

/// Options, and the program's name, in strings and doc comments of the libraries.
pub(super) fn options(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for Source { path, text } in sources.iter().filter(|source| is_of_a_library(&source.path)) {
        for token in scan(text).iter().filter(|token| matches!(token.kind, Kind::Text | Kind::Doc)) {
            let named = option_in(token.text).or_else(|| token.text.contains(PROGRAM).then_some(PROGRAM));
            if let Some(named) = named {
                violations.push(format!("`{path}:{}` names `{named}`: a library knows no program", token.line));
            }
        }
    }
    violations
}

fn is_of_a_library(path: &str) -> bool {
    let inside = path.strip_prefix("crates/").and_then(|path| path.split_once('/'));
    inside.is_some_and(|(name, file)| name != PROGRAM && file.starts_with("src/"))
}

/// Two hyphens and a lower-case letter. The variables of style sheets look alike, but stand in `var(--name)`.
fn option_in(text: &str) -> Option<&str> {
    text.match_indices("--").map(|(at, _)| at).find_map(|at| {
        let name = &text[at + 2..];
        let length = name.find(|next: char| !next.is_ascii_alphanumeric() && next != '-').unwrap_or(name.len());
        let begins = !text[..at].ends_with('-') && !text[..at].ends_with("var(");
        (begins && name.starts_with(|first: char| first.is_ascii_lowercase())).then(|| &text[at..at + 2 + length])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expected: &[&str]) {
        let source = Source { path: path.to_owned(), text: text.to_owned() };
        assert_eq!(options(&[source]), expected, "{text}");
    }

    #[test]
    fn an_option_in_a_message_or_a_doc() {
        let named = "`crates/assist-data/src/a.rs:1` names `--drop`: a library knows no program";
        check("crates/assist-data/src/a.rs", "const A: &str = \"leave it out with `--drop NAME`\";", &[named]);
        check("crates/assist-data/src/a.rs", "/// As (--drop) says.", &[named]);
        check(
            "crates/assist-data/src/a.rs",
            "\n//! See `assist-cli`.\n",
            &["`crates/assist-data/src/a.rs:2` names `assist-cli`: a library knows no program"],
        );
        check(
            "crates/assist-score/src/a.rs",
            "fn f() -> &'static str { r#\"--max-iter\"# }",
            &["`crates/assist-score/src/a.rs:1` names `--max-iter`: a library knows no program"],
        );
    }

    #[test]
    fn what_is_no_option() {
        let text =
            "const A: [&str; 4] = [\"var(--ink)\", \"a -- b\", \"----x\", \"--\"];\n// not --drop\nfn f() { n --m }";
        check("crates/assist-report/src/charts.rs", text, &[]);
    }

    #[test]
    fn the_program_names_its_options_and_tests_may() {
        check("crates/assist-cli/src/args.rs", "/// Like `--drop`", &[]);
        check("crates/assist-data/tests/it/main.rs", "const A: &str = \"--drop\";", &[]);
        check("xtask/src/bench.rs", "const A: &str = \"--release\";", &[]);
    }
}
