//! The fields of the form: a number with its range and unit, a choice of levels, a date. Fields are called by their place, since
//! names of columns may be anything.

use assist_learn::{AskedColumn, RowReader, words};
use assist_score::{CategoricalColumn, NumericColumn, RARE_LEVEL};

use super::result::Shown;
use super::words::{example, is_day, visible};
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
    /// Why its value was not taken; nothing where it was.
    pub(crate) fault: Option<String>,
    pub(crate) kind: FieldKind,
}

/// What a field holds.
#[derive(Debug)]
pub(crate) enum FieldKind {
    Number(NumberField),
    Choice(Vec<Choice>),
    /// A day, which browsers write with its year first.
    Day,
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

/// The fields of a model, with the values that were entered and what became of them; without these, those of a user in the middle of
/// the training rows.
pub(crate) fn fields(served: &Served, entered: Option<&[(String, String)]>, result: &Shown) -> Vec<Field> {
    let reader = RowReader::new(&served.model);
    let columns = reader.columns();
    let mut fields: Vec<Field> =
        columns.iter().enumerate().map(|(place, column)| field(place, column, entered)).collect();
    if let Shown::Rejected(rejected) = result {
        for field in &mut fields {
            let fault = rejected.iter().find(|fault| fault.name.as_ref() == Some(&field.column));
            field.fault = fault.map(|fault| fault.reason.clone());
        }
    }
    fields
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
        AskedColumn::Number(column) => number(column, entered),
        AskedColumn::Level(column) => choice(column, entered),
        AskedColumn::Date { form, may_be_missing, .. } => {
            let (kind, hint) = match *form {
                form if is_day(form) => (FieldKind::Day, "a date".to_owned()),
                "" => (FieldKind::Text, "with the year first, such as 2024-11-17".to_owned()),
                form => (FieldKind::Text, format!("such as {}", example(form))),
            };
            (kind, entered.unwrap_or("").to_owned(), hint, *may_be_missing)
        }
        _ => (FieldKind::Text, entered.unwrap_or("").to_owned(), String::new(), true),
    };
    let hint = match (hint.as_str(), may_be_missing) {
        ("", _) => String::new(),
        (_, true) => format!("{hint}; may be left empty"),
        (_, false) => hint,
    };
    Field {
        key: key_of(place),
        column: column.name().to_owned(),
        name: visible(column.name()),
        value,
        hint,
        may_be_missing,
        fault: None,
        kind,
    }
}

fn number(column: &NumericColumn, entered: Option<&str>) -> (FieldKind, String, String, bool) {
    let (low, high) = column.training_range;
    let middle = f64::midpoint(low, high);
    let middle = if column.integer || high - low > 10.0 { middle.floor() } else { middle };
    let unit = column.unit.as_deref().map(|unit| format!(" {}", visible(unit))).unwrap_or_default();
    let hint = format!("{}; {} to {}{unit} in training", column.expected(), words::number(low), words::number(high));
    let step = if column.integer { "1" } else { "any" };
    let field = NumberField { min: column.min, max: column.max, low, high, step };
    let value = entered.map_or(middle.to_string(), str::to_owned);
    (FieldKind::Number(field), value, hint, column.fill_value.is_some())
}

fn choice(column: &CategoricalColumn, entered: Option<&str>) -> (FieldKind, String, String, bool) {
    let reference = column.levels.get(column.reference as usize).map_or("", String::as_str);
    let value = entered.unwrap_or(reference).to_owned();
    let option = |value: &str, words: String, is_selected| Choice { value: value.to_owned(), words, is_selected };
    let here = if value.is_empty() { None } else { column.code(&value) };
    let named = (0..).zip(&column.levels).filter(|(code, _)| ![column.missing, column.rare].contains(&Some(*code)));
    let mut choices: Vec<Choice> =
        named.map(|(code, level)| option(level, visible(level), here == Some(code))).collect();
    if column.rare.is_some() {
        choices.push(option(RARE_LEVEL, "another one".to_owned(), here.is_some() && here == column.rare));
    }
    if column.missing.is_some() {
        choices.insert(0, option("", "not known".to_owned(), value.is_empty()));
    }
    // A level that the model does not know is shown as it was entered, so that it can be corrected.
    if !value.is_empty() && !choices.iter().any(|choice| choice.is_selected) {
        choices.push(option(&value, visible(&value), true));
    }
    (FieldKind::Choice(choices), value, String::new(), column.missing.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(column: &CategoricalColumn, entered: Option<&str>) -> (Vec<String>, String) {
        let (FieldKind::Choice(choices), ..) = choice(column, entered) else { panic!("a choice") };
        let selected: Vec<&Choice> = choices.iter().filter(|choice| choice.is_selected).collect();
        assert_eq!(selected.len(), 1, "{choices:?}");
        (choices.iter().map(|choice| choice.words.clone()).collect(), selected[0].words.clone())
    }

    #[test]
    fn levels_are_choices_and_what_was_entered_is_chosen() {
        let levels = ["(missing)", "(rare)", "Phone", "Watch\u{202e}", "true"].map(str::to_owned).to_vec();
        let mut column = CategoricalColumn::new("device", levels);
        (column.missing, column.rare, column.reference) = (Some(0), Some(1), 2);
        let all = ["not known", "Phone", r"Watch\u{202e}", "true", "another one"];
        for (entered, words) in [
            (None, "Phone"),
            (Some(""), "not known"),
            (Some("Watch\u{202e}"), r"Watch\u{202e}"),
            (Some("True"), "true"),
            (Some("(rare)"), "another one"),
            (Some("Tablet"), "another one"),
        ] {
            assert_eq!(chosen(&column, entered), (all.map(str::to_owned).to_vec(), words.to_owned()), "{entered:?}");
        }
        let column = CategoricalColumn::new("device", vec!["Phone".into(), "Watch".into()]);
        assert_eq!(
            chosen(&column, Some("Tablet")),
            (vec!["Phone".into(), "Watch".into(), "Tablet".into()], "Tablet".into())
        );
    }

    #[test]
    fn numbers_begin_in_the_middle_of_their_range() {
        let mut column = NumericColumn::new("seconds", 5.0, 119.0);
        (column.unit, column.min) = (Some("s".into()), Some(0.0));
        let (_, value, hint, _) = number(&column, None);
        assert_eq!((value.as_str(), hint.as_str()), ("62", "a number from 0; 5 to 119 s in training"));
        assert_eq!(number(&column, Some("7.5")).1, "7.5");
    }
}
