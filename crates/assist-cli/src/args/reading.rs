//! How a table is written, and what its columns are: options that overrule what is detected.

use assist_learn::{CategoricalRole, DateRole, NumericRole, SchemaFile, TableOptions};
use clap::Args;

/// How a table is written. What is not given is detected.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "How the table is written (detected where not given)")]
pub(crate) struct WrittenOptions {
    /// What stands between cells: a character, or comma, semicolon, tab, pipe, space
    #[arg(long, value_name = "C", value_parser = TableOptions::parse_delimiter)]
    pub(crate) delimiter: Option<char>,
    /// What stands before the fraction of a number: `.` or `,`
    #[arg(long, value_name = "C", value_parser = decimal)]
    pub(crate) decimal: Option<char>,
    /// A text that stands for a missing cell in every column; repeatable. In columns of numbers `NA`, `?`, `-` and the like always do
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) na: Vec<String>,
    /// Lines that begin with this are no rows
    #[arg(long, value_name = "C")]
    pub(crate) comment: Option<char>,
    /// Lines above the header, or above the first row where there is none
    #[arg(long, value_name = "N")]
    pub(crate) skip_lines: Option<u64>,
    /// The first line is a row: columns are named `column 1`, `column 2` ...
    #[arg(long)]
    pub(crate) no_header: bool,
    /// The sheet of a workbook [default: the first]
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Option<String>,
}

/// What the columns are. What is not given is found in their cells and names.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What the columns are (found out where not given)")]
pub(crate) struct ColumnOptions {
    /// A column of numbers; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) numeric: Vec<String>,
    /// A column of categories; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) categorical: Vec<String>,
    /// A column of dates, of which days, weekday and hour become features; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) date: Vec<String>,
    /// A column that is no feature, beside those that are left out by themselves; repeatable, or several with commas between
    #[arg(long, value_name = "NAME")]
    pub(crate) drop: Vec<String>,
    /// A column that is a feature though it would be left out by itself (identifier, free text, dates); repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) keep: Vec<String>,
}

impl WrittenOptions {
    pub(crate) fn options(&self) -> TableOptions {
        TableOptions {
            delimiter: self.delimiter,
            decimal: self.decimal,
            na: self.na.clone(),
            comment: self.comment,
            skip_lines: self.skip_lines,
            header: self.no_header.then_some(false),
            sheet: self.sheet.clone(),
        }
    }
}

impl ColumnOptions {
    /// The same as a schema file would declare it.
    pub(crate) fn declare(&self, file: &mut SchemaFile) {
        file.numeric.extend(self.numeric.iter().map(|name| (name.clone(), NumericRole::default())));
        file.categorical.extend(self.categorical.iter().map(|name| (name.clone(), CategoricalRole::default())));
        file.date.extend(self.date.iter().map(|name| (name.clone(), DateRole::default())));
        file.keep.extend(self.keep.iter().cloned());
        if !self.drop.is_empty() {
            file.drop = Some(self.drop.clone());
        }
    }
}

fn decimal(text: &str) -> Result<char, String> {
    match text {
        "." | "point" => Ok('.'),
        "," | "comma" => Ok(','),
        _ => Err("expected `.` or `,`".to_owned()),
    }
}
