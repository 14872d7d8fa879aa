//! One user's values, asked for one at a time. Questions go to standard error, so that the answer can be piped on; on a
//! pipe each line is one answer, and after a bad one the same question takes the next line.

use std::io::{BufRead, Write};

use assist_learn::{AskedColumn, CategoricalColumn, Model, NumberStyle, NumericColumn, RowReader, Value};

use crate::failure::Failure;
use crate::printable::line;

/// Asks until every column has a value that the model takes, and gives the columns with their answers; an empty one is a
/// missing value, where the model knows what that means.
///
/// `typed` says that a person answers at a terminal, where the end of the answer ends the line.
pub(crate) fn ask(
    model: &Model,
    input: &mut dyn BufRead,
    typed: bool,
    questions: &mut dyn Write,
) -> Result<Vec<(String, String)>, Failure> {
    let reader = RowReader::new(model);
    let columns = reader.columns();
    let mut answers = Vec::with_capacity(columns.len());
    for column in columns {
        let name = column.name();
        let answer = match column {
            AskedColumn::Number(column) => {
                let check = |answer: &str| check_number(&reader, column, answer);
                one(&number_question(column), name, input, typed, questions, check)?
            }
            AskedColumn::Level(column) => {
                one(&level_question(column), name, input, typed, questions, |answer| level(column, answer))?
            }
            AskedColumn::Date { name, form, may_be_missing } => {
                let check = |answer: &str| check_date(&reader, name, may_be_missing, answer);
                one(&date_question(name, form, may_be_missing), name, input, typed, questions, check)?
            }
            _ => String::new(),
        };
        answers.push((name.to_owned(), answer));
    }
    Ok(answers)
}

fn one(
    question: &str,
    name: &str,
    input: &mut dyn BufRead,
    typed: bool,
    questions: &mut dyn Write,
    accept: impl Fn(&str) -> Result<String, String>,
) -> Result<String, Failure> {
    loop {
        write!(questions, "{}: ", line(question))?;
        questions.flush()?;
        let mut typed_line = Vec::new();
        let length = input.read_until(b'\n', &mut typed_line)?;
        if !typed || length == 0 {
            writeln!(questions)?;
        }
        if length == 0 {
            return Err(Failure::outcome(
                format!("the input ended before `{name}` was answered"),
                "give one answer a line, or all values with `--set NAME=VALUE`".to_owned(),
            ));
        }
        let accepted = match std::str::from_utf8(&typed_line) {
            Ok(answer) => accept(answer.trim()),
            Err(_) => Err("the answer is not UTF-8 text".to_owned()),
        };
        match accepted {
            Ok(answer) => return Ok(answer),
            Err(reason) => writeln!(questions, "  {}", line(&reason))?,
        }
    }
}

fn number_question(column: &NumericColumn) -> String {
    let unit = column.unit.as_ref().map_or(String::new(), |unit| format!(" in {unit}"));
    let (low, high) = column.training_range;
    let missing = if column.fill_value.is_some() { "; empty if unknown" } else { "" };
    format!("{}{unit} ({}; {low} to {high} in training{missing})", column.name, column.expected())
}

fn level_question(column: &CategoricalColumn) -> String {
    let choices: Vec<String> = known(column).enumerate().map(|(at, level)| format!("[{}] {level}", at + 1)).collect();
    let rare = if column.rare.is_some() { "; any other is a rare one" } else { "" };
    let missing = if column.missing.is_some() { "; empty if unknown" } else { "" };
    format!("{} ({}{rare}{missing})", column.name, choices.join(", "))
}

/// The levels that can be chosen: all but those that stand for a missing text and for rare ones.
fn known(column: &CategoricalColumn) -> impl Iterator<Item = &String> {
    (0..)
        .zip(&column.levels)
        .filter(|(code, _)| ![column.missing, column.rare].contains(&Some(*code)))
        .map(|(_, level)| level)
}

fn date_question(name: &str, form: &str, may_be_missing: bool) -> String {
    let form = if form.is_empty() { String::new() } else { format!(" written `{form}`, or") };
    let missing = if may_be_missing { "; empty if unknown" } else { "" };
    format!("{name} (a date{form} with its year first{missing})")
}

fn check_number(reader: &RowReader<'_>, column: &NumericColumn, answer: &str) -> Result<String, String> {
    let wanted = |reason: &dyn std::fmt::Display| Err(format!("{reason}; please give {}", column.expected()));
    let row = reader.row([(column.name.as_str(), answer)]).map_err(|rejection| rejection.to_string())?;
    let checked = match row.into_iter().find(|value| *value != Value::Missing) {
        None if column.fill_value.is_some() => Ok(()),
        None => return Err(format!("please give {}", column.expected())),
        Some(Value::Number(number)) => column.check(number),
        Some(_) => column.read(answer, NumberStyle::default()).map(|_| ()),
    };
    checked.map_or_else(|reason| wanted(&reason), |()| Ok(answer.to_owned()))
}

fn check_date(reader: &RowReader<'_>, name: &str, may_be_missing: bool, answer: &str) -> Result<String, String> {
    match reader.row([(name, answer)]) {
        Ok(row) if row.iter().all(|value| *value == Value::Missing) && !may_be_missing => {
            Err("please give a date".to_owned())
        }
        Ok(_) => Ok(answer.to_owned()),
        Err(rejection) => Err(format!("{}; please give {}", rejection.reason, rejection.expected)),
    }
}

fn level(column: &CategoricalColumn, answer: &str) -> Result<String, String> {
    if answer.is_empty() && column.missing.is_some() {
        return Ok(String::new());
    }
    let stands_for_others = |code: u32| [column.missing, column.rare].contains(&Some(code));
    if column.known_code(answer).is_some_and(|code| !stands_for_others(code)) {
        return Ok(answer.to_owned());
    }
    // The number of a choice, where no level is spelt like that.
    if let Some(level) = answer.parse::<usize>().ok().and_then(|at| known(column).nth(at.checked_sub(1)?)) {
        return Ok(level.clone());
    }
    let close = known(column).find(|level| level.to_lowercase() == answer.to_lowercase());
    let names: Vec<String> = known(column).map(|level| format!("`{level}`")).collect();
    // A rare one; but not where a slip of the shift key is as likely.
    if close.is_none() && !answer.is_empty() && column.code(answer).is_some() {
        return Ok(answer.to_owned());
    }
    Err(match close {
        Some(close) => format!("`{answer}` is not known; did you mean `{close}`?"),
        None => format!("`{answer}` is not known; please give one of {}, or its number", names.join(", ")),
    })
}
