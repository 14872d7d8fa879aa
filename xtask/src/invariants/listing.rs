//! `ARCHITECTURE.md` lists what each crate is made of, and a listing that misses a file misleads who looks for a place.

use std::collections::BTreeSet;

use super::source::Source;

/// What every crate has needs no words.
const EVERYWHERE: [&str; 3] = ["lib.rs", "main.rs", "error.rs"];

/// Files and folders at the top of a crate's `src` that the crate's entry in the text of `ARCHITECTURE.md` does not name.
pub(super) fn listing(sources: &[Source], architecture: &str) -> Vec<String> {
    let tops: BTreeSet<(&str, String)> = sources.iter().filter_map(|source| top(&source.path)).collect();
    let missing = tops.iter().filter(|(of, name)| !entry(architecture, of).iter().any(|line| names(line, name)));
    missing.map(|(of, name)| format!("`crates/{of}/src/{name}` is not in the listing of `ARCHITECTURE.md`")).collect()
}

/// The crate of a source and what it is or lies in at the top of `src`, folders with a slash at their end.
fn top(path: &str) -> Option<(&str, String)> {
    let (of, file) = path.strip_prefix("crates/")?.split_once("/src/")?;
    let name = file.split_once('/').map_or(file.to_owned(), |(folder, _)| format!("{folder}/"));
    (!EVERYWHERE.contains(&name.as_str())).then_some((of, name))
}

/// The lines of a crate in the listing: from the one that begins with its name to the next that is not further to the right.
fn entry<'a>(architecture: &'a str, of: &str) -> Vec<&'a str> {
    let start = format!("  {of}/ ");
    let mut lines = architecture.lines().skip_while(|line| !line.starts_with(&start));
    let first = lines.next();
    first.into_iter().chain(lines.take_while(|line| line.starts_with("    "))).collect()
}

/// Whether a line has the name as a word, and not at the end of a longer one.
fn names(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| line[..at].ends_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARCHITECTURE: &str = "crates/\n  assist-a/         what it is\n    kernels.rs, rows.rs   loops; where rows go\n    \
                                split/                subsets\n  assist-b/         another\n    words.rs              words\n";

    fn check(paths: &[&str], expected: &[&str]) {
        let sources: Vec<Source> =
            paths.iter().map(|path| Source { path: (*path).to_owned(), text: String::new() }).collect();
        assert_eq!(listing(&sources, ARCHITECTURE), expected, "{paths:?}");
    }

    #[test]
    fn what_is_listed() {
        check(
            &[
                "crates/assist-a/src/kernels.rs",
                "crates/assist-a/src/rows.rs",
                "crates/assist-a/src/split/folds.rs",
                "crates/assist-b/src/words.rs",
            ],
            &[],
        );
        check(&["crates/assist-a/src/lib.rs", "crates/assist-a/src/error.rs", "crates/assist-b/src/main.rs"], &[]);
        check(&["crates/assist-a/tests/it/main.rs", "xtask/src/main.rs", "benches/criterion/src/lib.rs"], &[]);
    }

    #[test]
    fn a_file_and_a_folder_that_are_not() {
        check(
            &["crates/assist-a/src/fast/a.rs", "crates/assist-a/src/fast/b.rs", "crates/assist-a/src/ows.rs"],
            &[
                "`crates/assist-a/src/fast/` is not in the listing of `ARCHITECTURE.md`",
                "`crates/assist-a/src/ows.rs` is not in the listing of `ARCHITECTURE.md`",
            ],
        );
        // What another crate has is another file.
        check(
            &["crates/assist-a/src/words.rs"],
            &["`crates/assist-a/src/words.rs` is not in the listing of `ARCHITECTURE.md`"],
        );
    }

    #[test]
    fn a_crate_that_is_not_listed() {
        check(
            &["crates/assist-c/src/a.rs"],
            &["`crates/assist-c/src/a.rs` is not in the listing of `ARCHITECTURE.md`"],
        );
    }
}
