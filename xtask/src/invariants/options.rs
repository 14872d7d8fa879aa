//! A library's words never name an option of the program, nor the program itself: who calls it from Python or over HTTP has
//! no options. Advice is data, which the program words.

use super::scanner::{Kind, Token, scan};
use super::source::Source;

const PROGRAM: &str = "assist-cli";
/// What only the program has.
const PHRASES: [&str; 3] = [PROGRAM, "command line", "the program's options"];

/// Options, the program's name and what only it has, in strings and doc comments of the libraries.
pub(super) fn options(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for Source { path, text } in sources.iter().filter(|source| is_of_a_library(&source.path)) {
        let tokens = scan(text);
        for (at, token) in tokens.iter().enumerate().filter(|(_, token)| matches!(token.kind, Kind::Text | Kind::Doc)) {
            if let Some(named) = option_in(token.text).or_else(|| phrase_in(token, tokens.get(at + 1))) {
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

/// A phrase that begins in a text, and may end in the next line of a doc comment.
fn phrase_in(token: &Token<'_>, next: Option<&Token<'_>>) -> Option<&'static str> {
    let begins = token.text.trim_end().to_lowercase();
    let ends = next.filter(|next| token.kind == Kind::Doc && next.kind == Kind::Doc && next.line == token.line + 1);
    let whole = format!("{begins} {}", ends.map_or("", |next| next.text.trim_start()).to_lowercase());
    PHRASES.into_iter().find(|phrase| whole.find(phrase).is_some_and(|at| at < begins.len()))
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
    fn words_of_what_only_the_program_has() {
        let named = |line: u8, phrase: &str| {
            format!("`crates/assist-model/src/a.rs:{line}` names `{phrase}`: a library knows no program")
        };
        let check = |text: &str, expected: &str| check("crates/assist-model/src/a.rs", text, &[expected]);
        check("\n/// As the command line has it.\nfn f() {}", &named(2, "command line"));
        check("const A: &str = \"one of the program's options\";", &named(1, "the program's options"));
        check("/// The defaults are those of the Command\n/// line.\nfn f() {}", &named(1, "command line"));
    }

    #[test]
    fn what_is_no_option() {
        let text =
            "const A: [&str; 4] = [\"var(--ink)\", \"a -- b\", \"----x\", \"--\"];\n// not --drop\nfn f() { n --m }";
        check("crates/assist-report/src/charts.rs", text, &[]);
        let linear_programs = "/// The programs get a command.\n\n/// Line by line.\nfn f() {}";
        check("crates/assist-model/src/separation.rs", linear_programs, &[]);
    }

    #[test]
    fn the_program_names_its_options_and_tests_may() {
        check("crates/assist-cli/src/args.rs", "/// Like `--drop`", &[]);
        check("crates/assist-data/tests/it/main.rs", "const A: &str = \"--drop\";", &[]);
        check("xtask/src/bench.rs", "const A: &str = \"--release\";", &[]);
    }
}
