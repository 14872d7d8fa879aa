//! What is stated of how a table is written; all the rest is detected. A schema file holds the same as its `[table]`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::advice::DelimiterName;

/// How a table is written, as far as that is stated. What is `None` or empty is detected.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TableOptions {
    /// What stands between cells; as text also `comma`, `semicolon`, `tab`, `pipe` or `space`.
    #[serde(
        serialize_with = "write_delimiter",
        deserialize_with = "read_delimiter",
        skip_serializing_if = "Option::is_none"
    )]
    pub delimiter: Option<char>,
    /// What stands before the fraction of a number: `.` or `,`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<char>,
    /// Texts that stand for missing cells, in every column.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub na: Vec<String>,
    /// Lines that begin with it are no rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<char>,
    /// How many lines of the file stand above the header, or above the first row where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_lines: Option<u64>,
    /// Whether there is a line with the names of the columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// The sheet of a workbook. Default: its first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
}

/// The words for characters that are hard to type or to see.
const WORDS: [(&str, char); 5] = [("comma", ','), ("semicolon", ';'), ("tab", '\t'), ("pipe", '|'), ("space", ' ')];

impl TableOptions {
    /// The delimiter that a text stands for: a character, or the word for one.
    ///
    /// # Errors
    ///
    /// What is neither, in words.
    pub fn parse_delimiter(text: &str) -> Result<char, String> {
        if let Some((_, delimiter)) = WORDS.iter().find(|(word, _)| text.eq_ignore_ascii_case(word)) {
            return Ok(*delimiter);
        }
        let mut characters = if text == "\\t" { "\t".chars() } else { text.chars() };
        match (characters.next(), characters.next()) {
            (Some(delimiter), None) => check_delimiter(delimiter).map(|()| delimiter),
            _ => Err(format!(
                "`{}` is not a delimiter, which is one character or one of comma, semicolon, tab, pipe, space",
                assist_score::shown(text)
            )),
        }
    }

    /// Whether the statements can hold of any table, each by itself and beside the others.
    ///
    /// # Errors
    ///
    /// What cannot, in words.
    pub fn check(&self) -> Result<(), String> {
        self.delimiter.map_or(Ok(()), check_delimiter)?;
        if let Some(decimal) = self.decimal.filter(|decimal| !matches!(decimal, '.' | ',')) {
            return Err(format!("`{decimal}` is not a decimal mark, which is `.` or `,`"));
        }
        let Some(comment) = self.comment else { return Ok(()) };
        if !comment.is_ascii() || comment.is_ascii_alphanumeric() || matches!(comment, '"' | '\n' | '\r' | '\0') {
            return Err(format!("{} cannot mark comments; a sign such as `#`, `%` or `;` can", DelimiterName(comment)));
        }
        if self.delimiter == Some(comment) {
            return Err(format!("{} is stated as the delimiter and as the mark of comments", DelimiterName(comment)));
        }
        Ok(())
    }
}

fn check_delimiter(delimiter: char) -> Result<(), String> {
    if delimiter.is_ascii() && !delimiter.is_ascii_alphanumeric() && !matches!(delimiter, '"' | '\n' | '\r' | '\0') {
        return Ok(());
    }
    Err(format!(
        "{} cannot stand between cells; commas, semicolons, tabs, pipes and other signs of ASCII can",
        DelimiterName(delimiter)
    ))
}

#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde asks for this signature")]
fn write_delimiter<S: Serializer>(delimiter: &Option<char>, serializer: S) -> Result<S::Ok, S::Error> {
    match delimiter {
        None => serializer.serialize_none(),
        Some('\t') => serializer.serialize_str("tab"),
        Some(' ') => serializer.serialize_str("space"),
        Some(delimiter) => serializer.serialize_char(*delimiter),
    }
}

fn read_delimiter<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<char>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| TableOptions::parse_delimiter(&text).map_err(de::Error::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_characters_or_words() {
        for (text, delimiter) in [(";", ';'), ("Tab", '\t'), ("\\t", '\t'), ("pipe", '|'), (" ", ' '), ("~", '~')] {
            assert_eq!(TableOptions::parse_delimiter(text), Ok(delimiter));
        }
        for text in ["", ";;", "\"", "é", "a", "\n"] {
            assert!(TableOptions::parse_delimiter(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn statements_are_written_as_they_are_read() {
        let text = "delimiter = \"tab\"\ndecimal = \",\"\nna = [\"NA\"]\nskip_lines = 3\nheader = false\n";
        let options: TableOptions = toml::from_str(text).expect("options");
        assert_eq!((options.delimiter, options.skip_lines, options.header), (Some('\t'), Some(3), Some(false)));
        let json = serde_json::to_string(&options).expect("JSON");
        assert_eq!(json, r#"{"delimiter":"tab","decimal":",","na":["NA"],"skip_lines":3,"header":false}"#);
        assert_eq!(serde_json::from_str::<TableOptions>(&json).expect("as written"), options);
        assert_eq!(serde_json::to_string(&TableOptions::default()).expect("JSON"), "{}");
        assert!(toml::from_str::<TableOptions>("delimitter = ';'").is_err());
        assert!(toml::from_str::<TableOptions>("delimiter = 'semi'").is_err());
    }

    #[test]
    fn statements_that_no_table_fits_are_refused() {
        let of = |text: &str| toml::from_str::<TableOptions>(text).expect("options").check();
        assert_eq!(of("delimiter = ';'\ncomment = '#'\ndecimal = ','"), Ok(()));
        for text in ["decimal = ';'", "comment = 'a'", "comment = ';'\ndelimiter = ';'"] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
