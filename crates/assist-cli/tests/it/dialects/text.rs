//! The many ways in which a table is written as text between delimiters, and as JSON.

use super::random::{Cells, Column, Random, RandomTable, TARGET};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Encoding {
    Utf8,
    Utf8WithMark,
    Utf16Little,
    Utf16Big,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Quoting {
    WhereNeeded,
    Texts,
    Everything,
}

/// How a table is written between delimiters.
#[derive(Debug)]
pub(super) struct TextDialect {
    delimiter: char,
    decimal: char,
    thousands: Option<char>,
    currency: Option<&'static str>,
    line_end: &'static str,
    encoding: Encoding,
    quoting: Quoting,
    /// What stands for a missing number; a missing text is an empty cell.
    missing_number: &'static str,
    truth: [&'static str; 2],
    whole_ending: &'static str,
    /// Comment lines above the header.
    comments: bool,
    ends_with_line_end: bool,
}

const MISSING: &[&str] = &["", "", "NA", "N/A", "NULL", "null", "None", "?", "-", ".", "#N/A", "nan", "NaN"];
const TRUTH: &[[&str; 2]] = &[["false", "true"], ["False", "True"], ["FALSE", "TRUE"], ["f", "t"]];

impl TextDialect {
    pub(super) fn new(random: &mut Random) -> Self {
        let delimiter = random.pick(&[',', ',', ';', '\t', '|']);
        let decimal = random.pick(if delimiter == ';' { &['.', ','] } else { &['.', '.', '.', ','] });
        let thousands = [Some(if decimal == '.' { ',' } else { '.' }), Some('\u{a0}'), None, None];
        Self {
            delimiter,
            decimal,
            thousands: random.pick(&thousands),
            currency: random.pick(&[None, None, None, Some("$"), Some("€")]),
            line_end: random.pick(&["\n", "\n", "\r\n"]),
            encoding: random.pick(&[
                Encoding::Utf8,
                Encoding::Utf8,
                Encoding::Utf8WithMark,
                Encoding::Utf16Little,
                Encoding::Utf16Big,
            ]),
            quoting: random.pick(&[Quoting::WhereNeeded, Quoting::Texts, Quoting::Everything]),
            missing_number: random.pick(MISSING),
            truth: random.pick(TRUTH),
            whole_ending: random.pick(&["", "", "0"]),
            comments: random.chance(15),
            ends_with_line_end: random.chance(80),
        }
    }

    pub(super) fn write(&self, table: &RandomTable) -> Vec<u8> {
        let mut lines = Vec::new();
        if self.comments {
            lines.push("# made for a test".to_owned());
        }
        lines.push(self.line(table.columns.iter().map(|column| self.quoted(column.name, true))));
        lines.extend((0..table.rows()).map(|row| self.line(table.columns.iter().map(|column| self.cell(column, row)))));
        let mut text = lines.join(self.line_end);
        if self.ends_with_line_end {
            text.push_str(self.line_end);
        }
        self.encoded(&text)
    }

    fn line(&self, cells: impl Iterator<Item = String>) -> String {
        cells.collect::<Vec<_>>().join(&self.delimiter.to_string())
    }

    fn cell(&self, column: &Column, row: usize) -> String {
        match &column.cells {
            // A label is a name: where its digits have a decimal mark, that is a point.
            Cells::Whole(cells) if column.name == TARGET => {
                let ending = if self.whole_ending.is_empty() { "" } else { ".0" };
                self.quoted(&cells[row].map_or(String::new(), |number| format!("{number}{ending}")), false)
            }
            Cells::Whole(cells) => {
                self.quoted(&cells[row].map_or(self.missing_number.into(), |n| self.whole(n)), false)
            }
            Cells::Hundredths(cells) => {
                self.quoted(&cells[row].map_or(self.missing_number.into(), |n| self.money(n)), false)
            }
            Cells::Truth(cells) => self.quoted(self.truth[usize::from(cells[row])], false),
            Cells::Text(cells) => cells[row].map_or(String::new(), |text| self.quoted(text, true)),
        }
    }

    fn whole(&self, number: i64) -> String {
        if self.whole_ending.is_empty() {
            return number.to_string();
        }
        format!("{number}{}{}", self.decimal, self.whole_ending)
    }

    fn money(&self, hundredths: i64) -> String {
        let sign = if hundredths < 0 { "-" } else { "" };
        let size = hundredths.unsigned_abs();
        let whole = self.grouped(&(size / 100).to_string());
        format!("{sign}{}{whole}{}{:02}", self.currency.unwrap_or_default(), self.decimal, size % 100)
    }

    fn grouped(&self, digits: &str) -> String {
        let Some(mark) = self.thousands else { return digits.to_owned() };
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(mark);
            }
            text.push(digit);
        }
        text
    }

    fn quoted(&self, cell: &str, is_text: bool) -> String {
        let is_special = |c: char| c == self.delimiter || matches!(c, '"' | '\n' | '\r');
        let quotes = match self.quoting {
            Quoting::Everything => true,
            Quoting::Texts => is_text,
            Quoting::WhereNeeded => false,
        };
        if quotes || cell.contains(is_special) {
            return format!("\"{}\"", cell.replace('"', "\"\""));
        }
        cell.to_owned()
    }

    fn encoded(&self, text: &str) -> Vec<u8> {
        let marked = || format!("\u{feff}{text}");
        match self.encoding {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Utf8WithMark => marked().into_bytes(),
            Encoding::Utf16Little => marked().encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Big => marked().encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }
}

/// How a table is written as JSON.
#[derive(Debug)]
pub(super) struct JsonDialect {
    is_array: bool,
    whole_as_real: bool,
    truth: [&'static str; 2],
    leaves_missing_out: bool,
}

impl JsonDialect {
    pub(super) fn new(random: &mut Random) -> Self {
        Self {
            is_array: random.chance(40),
            whole_as_real: random.chance(50),
            // As JSON has them, and as texts.
            truth: random.pick(&[["false", "true"], ["false", "true"], ["\"False\"", "\"True\""], ["\"f\"", "\"t\""]]),
            leaves_missing_out: random.chance(40),
        }
    }

    pub(super) fn write(&self, table: &RandomTable) -> Vec<u8> {
        let objects: Vec<String> = (0..table.rows()).map(|row| self.object(table, row)).collect();
        let text = if self.is_array { format!("[{}]\n", objects.join(",\n ")) } else { objects.join("\n") + "\n" };
        text.into_bytes()
    }

    fn object(&self, table: &RandomTable, row: usize) -> String {
        let members = table.columns.iter().filter_map(|column| {
            // The first row names every column.
            let value = match self.value(column, row) {
                None if self.leaves_missing_out && row > 0 => return None,
                value => value.unwrap_or_else(|| "null".to_owned()),
            };
            Some(format!("{}: {value}", serde_json::Value::from(column.name)))
        });
        format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
    }

    fn value(&self, column: &Column, row: usize) -> Option<String> {
        let ending = if self.whole_as_real { ".0" } else { "" };
        match &column.cells {
            Cells::Whole(cells) => cells[row].map(|number| format!("{number}{ending}")),
            Cells::Hundredths(cells) => cells[row].map(|number| {
                let sign = if number < 0 { "-" } else { "" };
                format!("{sign}{}.{:02}", number.unsigned_abs() / 100, number.unsigned_abs() % 100)
            }),
            Cells::Truth(cells) => Some(self.truth[usize::from(cells[row])].to_owned()),
            Cells::Text(cells) => cells[row].map(|text| serde_json::Value::from(text).to_string()),
        }
    }
}
