//! One user's values, asked for one at a time. Questions go to standard error, so that the answer can be piped on; on a
//! pipe each line is one answer, and after a bad one the same question takes the next line.

use std::io::{BufRead, Write};

use assist_learn::{CategoricalColumn, FeatureSpace, NumberStyle, NumericColumn, Value};

use crate::failure::Failure;
use crate::printable::line;

/// Asks until every column has a value that the model takes. The answers are in the order of the space's columns; an empty
/// one is a missing value, where the model knows what that means.
///
/// `typed` says that a person answers at a terminal, where the end of the answer ends the line.
pub(crate) fn ask(
    space: &FeatureSpace,
    input: &mut dyn BufRead,
    typed: bool,
    questions: &mut dyn Write,
) -> Result<Vec<String>, Failure> {
    let mut answers = Vec::with_capacity(space.n_columns());
    for column in &space.numeric {
        answers.push(one(&number_question(column), &column.name, input, typed, questions, |answer| {
            check_number(column, answer)
        })?);
    }
    for column in &space.categorical {
        answers
            .push(one(&level_question(column), &column.name, input, typed, questions, |answer| level(column, answer))?);
    }
    Ok(answers)
}

/// Answers as values of a row.
pub(crate) fn values(answers: &[String]) -> Vec<Value<'_>> {
    answers.iter().map(|answer| if answer.is_empty() { Value::Missing } else { Value::Text(answer) }).collect()
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

fn check_number(column: &NumericColumn, answer: &str) -> Result<String, String> {
    if answer.is_empty() {
        return if column.fill_value.is_some() {
            Ok(String::new())
        } else {
            Err(format!("please give {}", column.expected()))
        };
    }
    match column.read(answer, NumberStyle::default()) {
        Ok(_) => Ok(answer.to_owned()),
        Err(reason) => Err(format!("{reason}; please give {}", column.expected())),
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
