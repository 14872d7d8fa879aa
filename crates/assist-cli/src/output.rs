//! How things are said: data on standard output, talk on standard error, colour only where it is wanted.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use assist_learn::{Advice, Warning};
use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use serde::Serialize;

use crate::failure::{Failure, worded};

pub(crate) use assist_learn::words::{count, figure, p_value, percent, plural, significant};

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

/// The warnings of a result on standard error.
pub(crate) fn warnings(all: &[Warning]) {
    for of_result in all {
        let advice = of_result.advice().map(|advice| match advice {
            Advice::DropColumn(column) => format!("`--drop {column}` leaves it out"),
            advice => worded(&advice),
        });
        let text = of_result.to_string();
        let separator = if text.ends_with('?') { " " } else { "; " };
        warning(&advice.map_or_else(|| text.clone(), |advice| format!("{text}{separator}{advice}")));
    }
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
