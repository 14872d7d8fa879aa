//! How things are said: data on standard output, talk on standard error, colour only where it is wanted.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use serde::Serialize;

use crate::failure::Failure;

/// What the user wants to read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
}

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default().bold();

impl Output {
    /// One JSON document on standard output, if JSON is wanted.
    pub(crate) fn json_document(self, document: &impl Serialize) -> Result<(), Failure> {
        if self.json {
            let mut text = serde_json::to_string_pretty(document)?;
            text.push('\n');
            anstream::stdout().write_all(text.as_bytes())?;
        }
        Ok(())
    }

    /// Text for people on standard output, unless JSON or silence is wanted.
    pub(crate) fn text(self, text: &str) -> Result<(), Failure> {
        if !self.json && !self.quiet {
            writeln!(anstream::stdout(), "{text}")?;
        }
        Ok(())
    }

    /// What was asked for, which silence does not suppress, on standard output unless JSON is wanted.
    pub(crate) fn answer(self, text: &str) -> Result<(), Failure> {
        Self { quiet: false, ..self }.text(text)
    }

    /// A heading on standard output.
    pub(crate) fn heading(self, text: &str) -> Result<(), Failure> {
        self.answer(&format!("\n{BOLD}{text}{BOLD:#}"))
    }
}

/// A warning on standard error.
pub(crate) fn warning(text: &str) {
    // If even standard error is closed, there is nobody to tell.
    let _ = writeln!(anstream::stderr(), "{YELLOW}warning:{YELLOW:#} {text}");
}

/// An error on standard error.
pub(crate) fn error(failure: &Failure) {
    let mut text = String::new();
    for (index, message) in failure.messages().enumerate() {
        if index == 0 {
            text.push_str(&format!("{RED}error:{RED:#} {message}\n"));
        } else {
            text.push_str(&format!("  caused by: {message}\n"));
        }
    }
    if let Some(hint) = failure.hint() {
        text.push_str(&format!("\n{CYAN}hint:{CYAN:#} {hint}\n"));
    }
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// A table whose first column is text and whose others are figures.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// A count with separators: `14,000`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count of things: `1 column`, `7 columns`.
pub(crate) fn plural(n: usize, thing: &str) -> String {
    format!("{} {thing}{}", count(n as u64), if n == 1 { "" } else { "s" })
}

/// A figure with four decimals; a dash where it is not defined.
pub(crate) fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.4}"))
}

/// A positive number with four significant digits, zeros at the end left out.
pub(crate) fn significant(value: f64) -> String {
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    rounded.to_string()
}

/// A p-value: small ones as a bound.
pub(crate) fn p_value(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

/// A share in percent with one decimal, never rounded to certainty.
pub(crate) fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p > 0.0 && p < 0.05 => "< 0.1 %".to_owned(),
        p if p < 100.0 && p > 99.95 => "> 99.9 %".to_owned(),
        p => format!("{p:.1} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_readable_and_not_too_sure() {
        assert_eq!([count(7), count(1234), count(12_345_678)], ["7", "1,234", "12,345,678"]);
        assert_eq!(
            [percent(0.934), percent(0.9999), percent(1e-9), percent(0.0)],
            ["93.4 %", "> 99.9 %", "< 0.1 %", "0.0 %"]
        );
        assert_eq!([p_value(0.05), p_value(1e-9)], ["0.0500", "< 0.0001"]);
        assert_eq!([1.0, 0.359_381_366, 1_291.549_665, 0.0001].map(significant), ["1", "0.3594", "1292", "0.0001"]);
    }
}
