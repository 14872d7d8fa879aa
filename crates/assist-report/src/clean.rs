//! Names, levels and cells in a page and in a card: whatever they are, they neither turn the text around them, nor hide, nor
//! fill the page. It is done once, to the finished text, so that no section can forget it.

use assist_score::is_unprintable;

/// The longest word of a text, and the longest text between two tags.
const MOST_OF_WORD: usize = 300;
const MOST_OF_TEXT: usize = 20_000;

/// A page whose texts are harmless. Tags stay as they are, but for characters that cannot be seen, of which ours have none.
pub(crate) fn clean_page(html: &str) -> String {
    let mut page = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        clean_text(&rest[..start], &mut page);
        rest = &rest[start..];
        // A style sheet is ours, and is no text.
        let end = if rest.starts_with("<style") { "</style>" } else { ">" };
        let length = rest.find(end).map_or(rest.len(), |at| at + end.len());
        push_visible(&rest[..length], &mut page);
        rest = &rest[length..];
    }
    clean_text(rest, &mut page);
    page
}

/// A line of a card. Line ends in front of it and behind it are those of the card; others are from a name.
pub(crate) fn clean_line(line: &str) -> String {
    let body = line.trim_matches('\n');
    let start = line.len() - line.trim_start_matches('\n').len();
    let mut clean = line[..start].to_owned();
    clean_text(&assist_score::printable(body), &mut clean);
    clean.push_str(&line[start + body.len()..]);
    clean
}

/// Appends a text: unprintable characters escaped, a word and the whole cut where they are longer than anybody reads.
fn clean_text(text: &str, page: &mut String) {
    let (mut of_word, mut of_text) = (0, 0);
    // What stands for one letter is not cut through.
    let mut is_entity = false;
    for letter in text.chars() {
        if !is_entity {
            of_text += 1;
            of_word = if letter == ' ' || letter == '\n' { 0 } else { of_word + 1 };
        }
        if of_text > MOST_OF_TEXT {
            page.push('…');
            return;
        }
        if of_word <= MOST_OF_WORD {
            push_letter(letter, page);
        } else if of_word == MOST_OF_WORD + 1 && !is_entity {
            page.push('…');
        }
        is_entity = letter == '&' || is_entity && letter != ';';
    }
}

fn push_visible(text: &str, page: &mut String) {
    text.chars().for_each(|letter| push_letter(letter, page));
}

fn push_letter(letter: char, page: &mut String) {
    if is_unprintable(letter) && letter != '\n' && letter != '\t' {
        page.extend(letter.escape_default());
    } else {
        page.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_made_visible_and_cut_and_tags_stay() {
        let page = "<p title=\"a\u{202e}b\">x\u{202e}y &amp; z</p>\n<style>a{b:c}\n</style>";
        assert_eq!(clean_page(page), "<p title=\"a\\u{202e}b\">x\\u{202e}y &amp; z</p>\n<style>a{b:c}\n</style>");
        let word = "x".repeat(MOST_OF_WORD);
        assert_eq!(clean_page(&format!("<b>{word}yz end</b>")), format!("<b>{word}… end</b>"));
        assert_eq!(clean_page(&format!("<b>{word}</b>")), format!("<b>{word}</b>"));
        let entities = "&amp;".repeat(MOST_OF_WORD);
        assert_eq!(clean_page(&format!("{entities}&lt;&lt;x")), format!("{entities}…"));
        let drawing = format!("<path d=\"{}\"/>", "1".repeat(100_000));
        assert_eq!(clean_page(&drawing), drawing);
        assert!(clean_page(&"word ".repeat(1_000_000)).len() < 2 * MOST_OF_TEXT);
    }

    #[test]
    fn a_line_of_a_card_stays_one() {
        assert_eq!(clean_line("\n## Data\n"), "\n## Data\n");
        assert_eq!(clean_line("- a `b\n# c\u{1b}`\n"), "- a `b\\n# c\\u{1b}`\n");
        assert_eq!(clean_line("\n\n"), "\n\n");
    }
}
