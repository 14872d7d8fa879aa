//! What was found of how a file is written, for people and programs: a line of a report, and what a schema file repeats.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::advice::DelimiterName;

/// How the characters of a text file are written as bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8, with or without a mark.
    #[default]
    #[serde(rename = "UTF-8")]
    Utf8,
    /// UTF-16, low bytes first: "Unicode text" of spreadsheets.
    #[serde(rename = "UTF-16 LE")]
    Utf16Le,
    /// UTF-16, high bytes first.
    #[serde(rename = "UTF-16 BE")]
    Utf16Be,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 LE",
            Self::Utf16Be => "UTF-16 BE",
        })
    }
}

/// How one file of a table is written. What a format does not have is `None`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileSyntax {
    /// What the file is called in messages.
    pub name: String,
    /// The name of its format.
    pub format: String,
    /// What it is compressed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
    /// How its characters are written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// What stands between cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// What stands around cells that hold a delimiter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<char>,
    /// Whether a line has the names of the columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// How many lines stand above the header, or above the first row where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines_above: Option<u64>,
    /// What lines begin with that are no rows, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<char>,
    /// Columns without a name, by the names that they were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unnamed: Vec<String>,
    /// The sheet of a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
}

impl FileSyntax {
    /// Whether the file is written as its format usually is, so that nothing needs to be said.
    pub fn is_plain(&self) -> bool {
        self.findings().is_empty()
    }

    fn findings(&self) -> Vec<String> {
        let mut found = Vec::new();
        found.extend(self.compression.as_ref().map(|compression| format!("compressed with {compression}")));
        found.extend(self.sheet.as_ref().map(|sheet| format!("sheet `{}`", assist_score::shown(sheet))));
        found.extend(self.delimiter.filter(|delimiter| *delimiter != ',').map(between_cells));
        found.extend(self.quote.filter(|quote| *quote != '"').map(|quote| format!("`{quote}` around cells")));
        found.extend(self.encoding.filter(|encoding| *encoding != Encoding::Utf8).map(|encoding| encoding.to_string()));
        let line = if self.sheet.is_some() { "row" } else { "line" };
        let above = self.lines_above.unwrap_or(0);
        match self.header {
            Some(false) => found.push("no header, so columns are named by their place".to_owned()),
            Some(true) if above > 0 => {
                found.push(format!(
                    "header on {line} {} after {above} other {line}{}",
                    above + 1,
                    if above == 1 { "" } else { "s" }
                ));
            }
            _ => {}
        }
        if self.header == Some(false) && above > 0 {
            found.push(format!("the first row of the table is on {line} {}", above + 1));
        }
        found.extend(self.comment.map(|comment| format!("lines that begin with `{comment}` are comments")));
        if self.header != Some(false) && !self.unnamed.is_empty() {
            let columns = if self.unnamed.len() == 1 { "a column has no name" } else { "columns have no name" };
            found.push(format!("{columns}, called {}", crate::advice::quoted(&self.unnamed)));
        }
        found
    }
}

fn between_cells(delimiter: char) -> String {
    match delimiter {
        ';' => "semicolons between cells".to_owned(),
        '\t' => "tabs between cells".to_owned(),
        '|' => "pipes between cells".to_owned(),
        ' ' => "spaces between cells".to_owned(),
        other => format!("{} between cells", DelimiterName(other)),
    }
}

/// One short line: "`x.csv`: semicolons between cells, UTF-16 LE, header on line 4 after 3 other lines".
impl fmt::Display for FileSyntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let findings = self.findings();
        let found = if findings.is_empty() { self.format.clone() } else { findings.join(", ") };
        write!(f, "`{}`: {found}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unusual_is_said_in_a_line() {
        let plain = FileSyntax {
            name: "x.csv".into(),
            format: "CSV".into(),
            encoding: Some(Encoding::Utf8),
            delimiter: Some(','),
            header: Some(true),
            lines_above: Some(0),
            ..FileSyntax::default()
        };
        assert!(plain.is_plain());
        assert_eq!(plain.to_string(), "`x.csv`: CSV");
        let found = FileSyntax {
            encoding: Some(Encoding::Utf16Le),
            delimiter: Some(';'),
            lines_above: Some(3),
            ..plain.clone()
        };
        assert!(!found.is_plain());
        assert_eq!(
            found.to_string(),
            "`x.csv`: semicolons between cells, UTF-16 LE, header on line 4 after 3 other lines"
        );
        let json = serde_json::to_string(&found).expect("JSON");
        assert_eq!(serde_json::from_str::<FileSyntax>(&json).expect("as written"), found);
        let bare = FileSyntax { header: Some(false), ..plain };
        assert_eq!(bare.to_string(), "`x.csv`: no header, so columns are named by their place");
    }
}
