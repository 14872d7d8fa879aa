//! Rows that are shorter or longer than the header: what they are likely to be, and so what would help.

use crate::advice::{Advice, DelimiterName};

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
    pub(crate) fn advice(self) -> Advice {
        const CUT: &str = "the row is cut off, or a double quote before it is never closed";
        match self {
            Self::Delimiter(',') => "a cell that holds a comma must stand in double quotes".into(),
            Self::Delimiter(delimiter) => {
                format!("a cell that holds {} must stand in double quotes", DelimiterName(delimiter)).into()
            }
            Self::Cut => CUT.into(),
            Self::Footer => format!("take the line away if it is no row but a sum or a note; else {CUT}").into(),
            Self::Comment(mark) => Advice::StateComment(mark),
            Self::LinesAbove => Advice::StateLinesAbove,
        }
    }
}
