//! Rows that are shorter or longer than the header: what they are likely to be, and so what would help.

use crate::advice::DelimiterName;

/// What a row that is shorter or longer than the header is likely to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowLengthCause {
    /// A row with a text that holds the delimiter, and no quotes around it.
    Delimiter(char),
    /// A row that is cut off, or that follows upon a quote that is never closed.
    Cut,
    /// The last line of a file: a sum, or a note.
    Footer,
    /// A comment, which begins with this.
    Comment(char),
    /// A row of a table whose header is not the first line of the file.
    LinesAbove,
}

impl RowLengthCause {
    /// What to do about it.
    pub(crate) fn advice(self) -> String {
        match self {
            Self::Delimiter(delimiter) => {
                let name = match delimiter {
                    ',' => "a comma".to_owned(),
                    delimiter => DelimiterName(delimiter).to_string(),
                };
                format!("a cell that holds {name} must stand in double quotes")
            }
            Self::Cut => "the row is cut off, or a double quote before it is never closed".to_owned(),
            Self::Footer => {
                "take the line away if it is no row but a sum or a note; else it is cut off, or a double quote before it is never closed".to_owned()
            }
            Self::Comment(mark) => format!("if the line is a comment, state `{mark}` as the mark of comments"),
            Self::LinesAbove => {
                "if the table begins further down, state how many lines stand above its header; a cell that holds the delimiter must stand in double quotes".to_owned()
            }
        }
    }
}
