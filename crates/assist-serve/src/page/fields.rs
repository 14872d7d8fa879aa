//! The fields of the form: a number with its range and unit, a choice of levels, a date. Fields are called by their place, since
//! names of columns may be anything.

use assist_learn::{AskedColumn, RowReader};

use super::visible::visible;
use crate::served::Served;

/// A field.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name in the form.
    pub(crate) key: String,
    /// The column, as the scorer knows it.
    pub(crate) column: String,
    /// The column, as it is shown.
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) hint: String,
    pub(crate) may_be_missing: bool,
    pub(crate) kind: FieldKind,
}

/// What a field holds.
#[derive(Debug)]
pub(crate) enum FieldKind {
    Number(NumberField),
    Choice(Vec<Choice>),
    Text,
}

/// Where a number may lie.
#[derive(Debug)]
pub(crate) struct NumberField {
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) step: &'static str,
}

/// A level that can be chosen.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) words: String,
    pub(crate) is_selected: bool,
}

/// The fields of a model, with the values that were entered; without these, those of a user in the middle of the training rows.
pub(crate) fn fields(served: &Served, entered: Option<&[(String, String)]>) -> Vec<Field> {
    let reader = RowReader::new(&served.model);
    let columns = reader.columns();
    columns.iter().enumerate().map(|(place, column)| field(place, column, entered)).collect()
}

/// The texts of the columns among the fields of a form.
pub(crate) fn values_of(served: &Served, form: &[(String, String)]) -> Vec<(String, String)> {
    let reader = RowReader::new(&served.model);
    let columns = reader.columns();
    let named = columns.iter().enumerate().map(|(place, column)| {
        let entered = form.iter().find(|(key, _)| *key == key_of(place)).map_or("", |(_, value)| value.as_str());
        (column.name().to_owned(), entered.to_owned())
    });
    named.collect()
}

fn key_of(place: usize) -> String {
    format!("c{place}")
}

fn field(place: usize, column: &AskedColumn<'_>, entered: Option<&[(String, String)]>) -> Field {
    let entered = entered.and_then(|entered| entered.iter().find(|(name, _)| name == column.name()));
    let entered = entered.map(|(_, value)| value.as_str());
    let (kind, value, hint, may_be_missing) = match column {
        AskedColumn::Number(column) => {
            let (low, high) = column.training_range;
            let middle = f64::midpoint(low, high);
            let middle = if column.integer || high - low > 10.0 { middle.floor() } else { middle };
            let unit = column.unit.as_deref().map(|unit| format!(" {}", visible(unit))).unwrap_or_default();
            let may_be_missing = column.fill_value.is_some();
            let missing = if may_be_missing { "; may be left empty" } else { "" };
            let hint = format!("{}; the training rows have {low} to {high}{unit}{missing}", column.expected());
            let step = if column.integer { "1" } else { "any" };
            let number = NumberField { min: column.min, max: column.max, low, high, step };
            (FieldKind::Number(number), entered.map_or(middle.to_string(), str::to_owned), hint, may_be_missing)
        }
        AskedColumn::Level(column) => {
            let levels = column.levels.iter().enumerate();
            let named = levels.filter(|(code, _)| {
                let code = u32::try_from(*code).ok();
                code != column.missing && code != column.rare
            });
            let reference = column.levels.get(column.reference as usize).map_or("", String::as_str);
            let value = entered.unwrap_or(reference).to_owned();
            let mut choices: Vec<Choice> = named
                .map(|(_, level)| Choice {
                    value: level.clone(),
                    words: visible(level),
                    is_selected: column.code(&value) == column.code(level) || *level == value,
                })
                .collect();
            let may_be_missing = column.missing.is_some();
            if may_be_missing {
                let is_selected = value.is_empty();
                choices.insert(0, Choice { value: String::new(), words: "not known".to_owned(), is_selected });
            }
            // A level that the model does not know is shown as it was entered, so that it can be corrected.
            if !value.is_empty() && !choices.iter().any(|choice| choice.is_selected) {
                choices.push(Choice { value: value.clone(), words: visible(&value), is_selected: true });
            }
            let hint = format!("one of {} levels", choices.len());
            (FieldKind::Choice(choices), value, hint, may_be_missing)
        }
        AskedColumn::Date { form, may_be_missing, .. } => {
            let written = if form.is_empty() { String::new() } else { format!(", as in `{form}`") };
            let hint = format!("a date{written}, or with its year first: 2024-11-17");
            (FieldKind::Text, entered.unwrap_or("").to_owned(), hint, *may_be_missing)
        }
        _ => (FieldKind::Text, entered.unwrap_or("").to_owned(), String::new(), true),
    };
    Field {
        key: key_of(place),
        column: column.name().to_owned(),
        name: visible(column.name()),
        value,
        hint,
        may_be_missing,
        kind,
    }
}
