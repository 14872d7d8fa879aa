//! What of a user's text may reach a terminal. Names, levels, cells, labels and paths come from files that others wrote:
//! none of them moves the cursor, changes a colour, turns the direction of text, begins a line that looks like ours, or
//! fills the screen. All that is said goes through here, in `output.rs`; our own styles are put around it afterwards.

use std::borrow::Cow;

use assist_learn::{is_unprintable, printable, shown_within};

/// The longest name, value or path in a sentence: what stands between backticks, or without a blank.
const MOST_LETTERS: usize = 300;
/// The longest sentence.
const MOST_OF_LINE: usize = 20_000;
/// The longest name at the head of a table's row.
pub(crate) const MOST_OF_NAME: usize = 80;

/// A sentence on one line.
pub(crate) fn line(text: &str) -> String {
    let text = printable(text);
    let mut line = String::with_capacity(text.len().min(MOST_OF_LINE));
    let (mut is_quoted, mut letters) = (false, 0);
    for (at, letter) in text.chars().enumerate() {
        if at == MOST_OF_LINE {
            line.push('…');
            break;
        }
        let is_end = letter == '`' || letter == ' ' && !is_quoted;
        is_quoted ^= letter == '`';
        letters = if is_end { 0 } else { letters + 1 };
        match letters.cmp(&(MOST_LETTERS + 1)) {
            std::cmp::Ordering::Less => line.push(letter),
            std::cmp::Ordering::Equal => line.push('…'),
            std::cmp::Ordering::Greater => {}
        }
    }
    line
}

/// A cell of a table, at most so many characters of it.
pub(crate) fn cell(text: &str, is_name: bool) -> String {
    shown_within(text, if is_name { MOST_OF_NAME } else { MOST_LETTERS })
}

/// A JSON document in which what JSON itself does not escape is escaped as well: it is the same document.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    let is_hidden = |letter: char| letter != '\n' && is_unprintable(letter);
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hidden(letter) {
            let mut units = [0; 2];
            letter.encode_utf16(&mut units).iter().for_each(|unit| escaped.push_str(&format!("\\u{unit:04x}")));
        } else {
            escaped.push(letter);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_one_line_that_does_nothing_and_ends() {
        assert_eq!(line("column `a\n\u{1b}[31merror:` is\tit"), "column `a\\n\\u{1b}[31merror:` is\\tit");
        let long = "x".repeat(5000);
        let cut = format!("{}…", "x".repeat(MOST_LETTERS));
        assert_eq!(line(&format!("column `{long}` and {long} end")), format!("column `{cut}` and {cut} end"));
        let text = "word ".repeat(400);
        assert_eq!(line(&text), text);
        assert!(line(&format!("`{text}`")).ends_with("…`"));
        assert!(line(&"word ".repeat(100_000)).chars().count() <= MOST_OF_LINE + 1);
    }

    #[test]
    fn a_document_stays_the_same() {
        let document =
            serde_json::json!({"a\u{202e}\u{9b}\u{1b}": ["\u{e0041}é\u{7f}", "👩\u{200d}👧"], "b": {"c": 1.5}});
        let text = serde_json::to_string_pretty(&document).expect("JSON");
        let escaped = json(&text);
        assert!(!escaped.contains(|letter: char| letter != '\n' && is_unprintable(letter)), "{escaped}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).expect("JSON"), document);
        assert!(matches!(json("{\n}\n"), Cow::Borrowed(_)));
    }
}
