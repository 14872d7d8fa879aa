//! One test binary a crate: each more is linked for itself.

use super::source::Source;

/// Files beside `tests/it`, each of which cargo makes a binary of.
pub(super) fn test_binaries(sources: &[Source]) -> Vec<String> {
    let binaries = sources.iter().filter(|source| {
        let inside = source.path.strip_prefix("crates/").and_then(|path| path.split_once("/tests/"));
        inside.is_some_and(|(_, file)| !file.contains('/'))
    });
    binaries.map(|source| format!("`{}` is a test binary of its own; put it into `tests/it`", source.path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_beside_the_one_binary() {
        let source = |path: &str| Source { path: path.to_owned(), text: String::new() };
        let sources = ["laws.rs", "it/main.rs", "it/laws.rs"].map(|file| source(&format!("crates/x/tests/{file}")));
        let message = "`crates/x/tests/laws.rs` is a test binary of its own; put it into `tests/it`";
        assert_eq!(test_binaries(&sources), [message]);
    }
}
