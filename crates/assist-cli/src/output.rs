//! How things are said: data on standard output, talk on standard error, colour only where it is wanted.

use std::borrow::Cow;
use std::io::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use assist_learn::{Advice, DecidedBy, ReadReport, TimeReport, Warning, is_unprintable};
use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use serde::Serialize;

use crate::failure::{Failure, quoted_value, worded};
use crate::printable::{cell, json, line};

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
            json_line(serde_json::to_string_pretty(document)?)?;
        }
        Ok(())
    }

    /// Text for people on standard output, unless JSON or silence is wanted.
    pub(crate) fn text(self, text: &(impl Said + ?Sized)) -> Result<(), Failure> {
        if !self.json && !self.quiet {
            writeln!(anstream::stdout(), "{}", text.said())?;
        }
        Ok(())
    }

    /// What was asked for, which silence does not suppress, on standard output unless JSON is wanted.
    pub(crate) fn answer(self, text: &(impl Said + ?Sized)) -> Result<(), Failure> {
        Self { quiet: false, ..self }.text(text)
    }

    /// A heading on standard output.
    pub(crate) fn heading(self, text: &str) -> Result<(), Failure> {
        self.answer(&Block(format!("\n{BOLD}{}{BOLD:#}", line(text))))
    }
}

/// What was found out about a table while it was read, and how to overrule it.
pub(crate) fn read_lines(read: &ReadReport, output: Output) -> Result<(), Failure> {
    let mut lines = read.lines();
    if let (Some(last), Some(first)) = (lines.last_mut(), read.left_out.iter().find(|left| left.can_be_kept)) {
        last.push_str(&format!("; `--keep {}` keeps one", quoted_value(&first.column)));
    }
    lines.iter().try_for_each(|line| output.text(line))?;
    match &read.group {
        Some(group) if group.decided_by == DecidedBy::Detection => {
            output.text("`--group none` splits by rows, each for itself")
        }
        _ => Ok(()),
    }
}

/// What is said of later rows that are not tested on.
pub(crate) fn left_out_line(time: &TimeReport) -> Option<String> {
    let rows = plural(usize::try_from(time.left_out).unwrap_or(usize::MAX), "later row");
    (time.left_out > 0).then(|| format!("left out {rows} of groups that have training rows"))
}

/// What can be said: a sentence, which becomes one line fit for a terminal, or lines that have been made so.
pub(crate) trait Said {
    fn said(&self) -> Cow<'_, str>;
}

impl Said for str {
    fn said(&self) -> Cow<'_, str> {
        Cow::Owned(line(self))
    }
}

impl Said for String {
    fn said(&self) -> Cow<'_, str> {
        self.as_str().said()
    }
}

/// Lines that are fit for a terminal.
#[derive(Debug)]
pub(crate) struct Block(String);

impl Block {
    /// Sentences, one below the other.
    pub(crate) fn of_lines<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> Self {
        Self(lines.into_iter().map(|text| line(text.as_ref())).collect::<Vec<_>>().join("\n"))
    }
}

impl Said for Block {
    fn said(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

/// A JSON document on standard output, with a line's end behind it.
pub(crate) fn json_line(mut document: String) -> Result<(), Failure> {
    document.push('\n');
    Ok(anstream::stdout().write_all(json(&document).as_bytes())?)
}

/// A line of progress on standard error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{}", line(text));
}

/// A warning on standard error.
pub(crate) fn warning(text: &str) {
    // If even standard error is closed, there is nobody to tell.
    let _ = writeln!(anstream::stderr(), "{YELLOW}warning:{YELLOW:#} {}", line(text));
}

/// The warnings of a result on standard error.
pub(crate) fn warnings(all: &[Warning]) {
    for of_result in all {
        let advice = of_result.advice().map(|advice| match advice {
            Advice::DropColumn(column) => format!("`--drop {}` leaves it out", quoted_value(&column)),
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
            text.push_str(&format!("{RED}error:{RED:#} {}\n", line(&message)));
        } else {
            text.push_str(&format!("  caused by: {}\n", line(&message)));
        }
    }
    if let Some(hint) = failure.hint() {
        text.push_str(&format!("\n{CYAN}hint:{CYAN:#} {}\n", line(hint)));
    }
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// What was typed and cannot be understood, or the help that was asked for, and the exit status.
pub(crate) fn usage(refused: &clap::Error) -> ExitCode {
    let rendered = refused.render();
    let plain = rendered.to_string();
    // Who pasted something unprintable sees it escaped, and no colours.
    let is_clean = plain.lines().all(|text| !text.contains(is_unprintable));
    let text = if is_clean { rendered.ansi().to_string() } else { Block::of_lines(plain.lines()).0 + "\n" };
    // If nobody listens, there is nobody to tell.
    let _ = if refused.use_stderr() {
        anstream::stderr().write_all(text.as_bytes())
    } else {
        anstream::stdout().write_all(text.as_bytes())
    };
    ExitCode::from(u8::try_from(refused.exit_code()).unwrap_or(2))
}

/// A table whose first column is text and whose others are figures.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Block {
    let fit = |row: &mut dyn Iterator<Item = &str>| -> Vec<String> {
        row.enumerate().map(|(at, text)| cell(text, at == 0)).collect()
    };
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY).set_header(fit(&mut header.iter().copied()));
    for row in rows {
        table.add_row(fit(&mut row.iter().map(String::as_str)));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    Block(table.to_string())
}
