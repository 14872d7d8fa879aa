//! A file is one idea: some hundred lines with their tests.

use super::source::Source;

/// A file of so many lines holds more than one idea.
const TOO_MANY: usize = 500;

/// Files that are too long.
pub(super) fn size(sources: &[Source]) -> Vec<String> {
    let lines = sources.iter().map(|Source { path, text }| (path, text.lines().count()));
    let long = lines.filter(|(_, lines)| *lines >= TOO_MANY);
    long.map(|(path, lines)| format!("`{path}` has {lines} lines; fewer than {TOO_MANY} are one idea")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_too_many() {
        let source = |lines: usize| Source { path: format!("{lines}.rs"), text: "//\n".repeat(lines) };
        assert_eq!(size(&[source(499), source(500)]), ["`500.rs` has 500 lines; fewer than 500 are one idea"]);
    }
}
