//! TOML files as people's editors write them: with a byte order mark, with either kind of line ends. What is wrong with one
//! is said on one line, with its place.

use std::path::Path;

use assist_score::shown;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// Reads what a TOML file says.
///
/// # Errors
///
/// A file that cannot be read, that is not text, or that says something else.
pub(crate) fn read_toml<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let bytes = fs_err::read(path)?;
    parse(&bytes).map_err(|detail| Error::Schema { path: path.to_owned(), detail })
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let line_of = |at: usize| bytes[..at.min(bytes.len())].iter().filter(|byte| **byte == b'\n').count() + 1;
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let encoding = match bytes {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "it is UTF-16",
            _ => "it is in another encoding",
        };
        format!("line {} is not UTF-8 text: {encoding}", line_of(error.valid_up_to()))
    })?;
    toml::from_str(text).map_err(|error| {
        let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
        let Some(span) = error.span() else { return message };
        let line = line_of(span.start);
        match text.lines().nth(line - 1).map(str::trim).filter(|line| !line.is_empty()) {
            Some(words) => format!("line {line}, `{}`: {message}", shown(words)),
            None => format!("line {line}: {message}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file of a test may say.
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Said {
        target: String,
        numeric: Option<toml::Table>,
    }

    #[test]
    fn marks_and_line_ends_of_editors_are_no_fault() {
        let schema = |text: &str| parse::<Said>(text.as_bytes()).expect("a schema");
        let plain = schema("target = 'y'\n[numeric.a]\nmin = 0\n");
        assert_eq!(schema("\u{feff}target = 'y'\r\n[numeric.a]\r\nmin = 0\r\n"), plain);
    }

    #[test]
    fn a_fault_is_said_on_one_line_with_its_place() {
        for (bytes, expected) in [
            (&b"target = 'y'\nnumber = 3\n"[..], "line 2, `number = 3`: unknown field `number`, expected"),
            (b"\ntarget = \x1b[31m\n", "line 2, `target = \\u{1b}[31m`: "),
            (b"target = 'y\n", "line 1, `target = 'y`: "),
            (b"target = 'y'\n[numeric.a]\n[numeric.a]\n", "line 3, `[numeric.a]`: "),
            (b"target = 'y'\ntarget = 'z'\n", "line 2, `target = 'z'`: duplicate key"),
            (b"# caf\xe9\ntarget = 'y'\n", "line 1 is not UTF-8 text: it is in another encoding"),
            (b"\xff\xfet\0", "line 1 is not UTF-8 text: it is UTF-16"),
        ] {
            let detail = parse::<Said>(bytes).expect_err("refused");
            assert!(detail.starts_with(expected) && !detail.contains('\n'), "{detail}");
        }
    }
}
