//! What cells that have been seen already turned out to be: in most columns the same few come again and again.

use std::ops::Range;

use assist_score::is_missing_marker;

use crate::fast::text_codes::TextCodes;

/// A column with more distinct cells than this is looked at cell by cell.
const MOST_KNOWN: usize = 1 << 10;

/// What a cell is to whoever counts its kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum CellMeaning {
    /// A text that is stated to stand for nothing.
    Stated,
    Number(f64),
    /// A marker of a missing number.
    Marker,
    Text {
        has_blank: bool,
    },
}

impl CellMeaning {
    /// What a cell is that is not stated to stand for nothing.
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim();
        match text.parse::<f64>() {
            Ok(number) if !number.is_nan() => Self::Number(number),
            _ if is_missing_marker(text) => Self::Marker,
            _ => Self::Text { has_blank: text.contains(char::is_whitespace) },
        }
    }
}

/// The distinct cells of a column, as long as they are few.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownCells {
    codes: Option<TextCodes>,
    meanings: Vec<CellMeaning>,
    are_too_many: bool,
}

impl KnownCells {
    /// What the cell `bytes[cell]` means, if it was seen before. If not, [`learn`](Self::learn) takes what it means.
    #[inline]
    pub(super) fn look_up(&mut self, bytes: &[u8], cell: Range<usize>) -> Option<CellMeaning> {
        if self.are_too_many {
            return None;
        }
        let next = self.meanings.len();
        let codes = self.codes.get_or_insert_with(TextCodes::new);
        let code = codes.code(bytes, cell.start, cell.end, |_| u32::try_from(next)).ok()?;
        self.meanings.get(code as usize).copied()
    }

    /// Takes what the cell means that was looked up last and was not known.
    pub(super) fn learn(&mut self, meaning: CellMeaning) {
        if self.meanings.len() < MOST_KNOWN {
            self.meanings.push(meaning);
        } else {
            *self = Self { are_too_many: true, ..Self::default() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_up(known: &mut KnownCells, text: &str) -> Option<CellMeaning> {
        known.look_up(text.as_bytes(), 0..text.len())
    }

    #[test]
    fn a_cell_is_looked_at_once_while_there_are_few() {
        let mut known = KnownCells::default();
        let cells = [
            ("5", CellMeaning::Number(5.0)),
            (" NA ", CellMeaning::Marker),
            ("two words", CellMeaning::Text { has_blank: true }),
            ("word", CellMeaning::Text { has_blank: false }),
        ];
        for (text, meaning) in cells {
            assert_eq!(look_up(&mut known, text), None, "{text}");
            assert_eq!(CellMeaning::of(text), meaning);
            known.learn(CellMeaning::of(text));
        }
        for (text, meaning) in cells {
            assert_eq!(look_up(&mut known, text), Some(meaning), "{text}");
        }
        for cell in 0..2 * MOST_KNOWN {
            assert_eq!(look_up(&mut known, &format!("x{cell}")), None);
            known.learn(CellMeaning::Stated);
        }
        assert_eq!(look_up(&mut known, "5"), None);
    }
}
