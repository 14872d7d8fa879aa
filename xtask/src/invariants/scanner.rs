//! Rust text as words, signs, literals and doc comments: as much of the grammar as the checks need. Comments are left out, so
//! that no check is deceived by what stands in one.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An identifier, a keyword or a number.
    Word,
    /// One character of punctuation.
    Sign,
    /// What stands between the quotes of a string, as it is written.
    Text,
    /// What stands in a doc comment.
    Doc,
}

/// A piece of Rust text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// The line that it begins on, from 1.
    pub(super) line: usize,
}

impl Token<'_> {
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }
}

/// The tokens of a file that compiles; of any other text something, without end or panic.
pub(super) fn scan(text: &str) -> Vec<Token<'_>> {
    let mut scanner = Scanner { text, at: 0, line: 1, tokens: Vec::new() };
    while let Some(next) = scanner.peek() {
        scanner.token(next);
    }
    scanner.tokens
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    tokens: Vec<Token<'a>>,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Goes on by so many bytes, which end between two characters.
    fn skip(&mut self, bytes: usize) {
        self.line += self.rest()[..bytes].matches('\n').count();
        self.at += bytes;
    }

    /// Takes so many bytes as a token, of which some at both ends are quotes or marks.
    fn take(&mut self, kind: Kind, bytes: usize, before: usize, after: usize) {
        let text = &self.rest()[before..bytes - after];
        self.tokens.push(Token { kind, text, line: self.line });
        self.skip(bytes);
    }

    fn token(&mut self, next: char) {
        let rest = self.rest();
        if rest.starts_with("//") {
            self.line_comment();
        } else if rest.starts_with("/*") {
            self.block_comment();
        } else if next == '"' {
            self.string(0);
        } else if next == '\'' {
            self.quote();
        } else if next.is_alphanumeric() || next == '_' {
            self.word();
        } else if next.is_whitespace() {
            self.skip(next.len_utf8());
        } else {
            self.take(Kind::Sign, next.len_utf8(), 0, 0);
        }
    }

    fn line_comment(&mut self) {
        let rest = self.rest();
        let bytes = rest.find('\n').unwrap_or(rest.len());
        let is_doc = rest.starts_with("//!") || (rest.starts_with("///") && !rest.starts_with("////"));
        if is_doc { self.take(Kind::Doc, bytes, 3, 0) } else { self.skip(bytes) }
    }

    /// Block comments hold others.
    fn block_comment(&mut self) {
        let rest = self.rest();
        let (mut depth, mut bytes) = (0, 0);
        while bytes < rest.len() {
            let here = &rest.as_bytes()[bytes..];
            if here.starts_with(b"/*") {
                (depth, bytes) = (depth + 1, bytes + 2);
            } else if here.starts_with(b"*/") {
                (depth, bytes) = (depth - 1, bytes + 2);
            } else {
                bytes += 1;
            }
            if depth == 0 {
                break;
            }
        }
        let is_doc = rest.starts_with("/*!") || (rest.starts_with("/**") && !rest.starts_with("/***"));
        if is_doc && bytes >= 5 { self.take(Kind::Doc, bytes, 3, 2) } else { self.skip(bytes) }
    }

    /// A string whose quote stands after a prefix of so many bytes.
    fn string(&mut self, prefix: usize) {
        let rest = self.rest();
        let mut escaped = false;
        let end = rest.bytes().enumerate().skip(prefix + 1).find(|&(_, byte)| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        match end {
            Some((end, _)) => self.take(Kind::Text, end + 1, prefix + 1, 1),
            None => self.skip(rest.len()),
        }
    }

    /// A string without escapes, whose prefix has so many bytes before the hashes.
    fn raw_string(&mut self, prefix: usize, hashes: usize) {
        let rest = self.rest();
        let (start, close) = (prefix + hashes + 1, format!("\"{}", "#".repeat(hashes)));
        match rest[start..].find(&close) {
            Some(length) => self.take(Kind::Text, start + length + close.len(), start, close.len()),
            None => self.skip(rest.len()),
        }
    }

    /// A character or a lifetime, neither of which says anything to a check.
    fn quote(&mut self) {
        let rest = self.rest();
        let mut characters = rest.char_indices().skip(1);
        let first = characters.next();
        let second = characters.next();
        let bytes = match (first, second) {
            // The character after the backslash may be a quote.
            (Some((_, '\\')), Some((at, character))) => {
                let from = at + character.len_utf8();
                rest[from..].find('\'').map_or(rest.len(), |length| from + length + 1)
            }
            (Some(_), Some((at, '\''))) => at + 1,
            _ => 1 + word_length(&rest[1..]),
        };
        self.skip(bytes);
    }

    fn word(&mut self) {
        let rest = self.rest();
        let length = word_length(rest);
        let after = &rest[length..];
        let hashes = after.len() - after.trim_start_matches('#').len();
        let quoted = after[hashes..].starts_with('"');
        match &rest[..length] {
            "r" | "br" | "cr" if quoted => self.raw_string(length, hashes),
            "b" | "c" if quoted && hashes == 0 => self.string(length),
            // A raw identifier is the word without its mark.
            "r" if hashes == 1 => self.skip(length + hashes),
            _ => self.take(Kind::Word, length, 0, 0),
        }
    }
}

fn word_length(text: &str) -> usize {
    text.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(Kind, &str, usize)]) {
        let tokens: Vec<_> = scan(text).iter().map(|token| (token.kind, token.text, token.line)).collect();
        assert_eq!(tokens, expected, "{text}");
    }

    #[test]
    fn comments_are_left_out_and_docs_are_not() {
        let text = "a // crate::x\n/* b /* c */ d */ e /// doc\n//! in\n//// no\n/** long */ /**/ f";
        let expected = [
            (Kind::Word, "a", 1),
            (Kind::Word, "e", 2),
            (Kind::Doc, " doc", 2),
            (Kind::Doc, " in", 3),
            (Kind::Doc, " long ", 5),
            (Kind::Word, "f", 5),
        ];
        check(text, &expected);
    }

    #[test]
    fn strings_of_every_kind() {
        let text = "\"a // \\\" b\" r#\"c \" d\"# b\"e\\\\\" br\"f\\\" c\"g\" \"two\nlines\" h";
        let expected = [
            (Kind::Text, "a // \\\" b", 1),
            (Kind::Text, "c \" d", 1),
            (Kind::Text, "e\\\\", 1),
            (Kind::Text, "f\\", 1),
            (Kind::Text, "g", 1),
            (Kind::Text, "two\nlines", 1),
            (Kind::Word, "h", 2),
        ];
        check(text, &expected);
    }

    #[test]
    fn characters_and_lifetimes() {
        let text = r#"'"' '\'' '\\' 'ä' '\u{1F600}' b'"' b'\'' 'a 'static> x"#;
        let expected = [(Kind::Word, "b", 1), (Kind::Word, "b", 1), (Kind::Sign, ">", 1), (Kind::Word, "x", 1)];
        check(text, &expected);
    }

    #[test]
    fn raw_identifiers_and_numbers() {
        check(
            "r#type 1_000 0.5",
            &[
                (Kind::Word, "type", 1),
                (Kind::Word, "1_000", 1),
                (Kind::Word, "0", 1),
                (Kind::Sign, ".", 1),
                (Kind::Word, "5", 1),
            ],
        );
    }

    #[test]
    fn text_that_never_ends() {
        for text in ["\"a", "r#\"a\"", "/* a", "'", "'\\", "/**", "b\""] {
            assert!(scan(text).len() <= 2, "{text}");
        }
    }
}
