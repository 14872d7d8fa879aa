//! One row as a person gives it: texts by the names of columns, written as in the table that the model was trained on.

use assist_data::{DateReading, LevelReading, ModelReadings, NumberReading, Unreadable};
use assist_score::{CategoricalColumn, Model, NumericColumn, Reason, Rejection, Subject, Value, shown};

use crate::dataset::readings_of_model;

/// Reads the values of one row for a model: numbers in the style of its table or plain, its markers of missing cells, and
/// dates, of which the model may have several features.
#[derive(Debug)]
pub struct RowReader<'a> {
    model: &'a Model,
    readings: ModelReadings,
}

/// A column that a row has to have.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum AskedColumn<'a> {
    /// Numbers.
    Number(&'a NumericColumn),
    /// Levels.
    Level(&'a CategoricalColumn),
    /// Dates.
    Date {
        /// The name of the column.
        name: &'a str,
        /// How the training table wrote them, as `strftime` does; empty where they had a type of their own.
        form: &'a str,
        /// Whether the model has learnt what it means that there is none.
        may_be_missing: bool,
    },
}

impl AskedColumn<'_> {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Number(column) => &column.name,
            Self::Level(column) => &column.name,
            Self::Date { name, .. } => name,
        }
    }
}

impl<'a> RowReader<'a> {
    /// A reader of rows for a model.
    pub fn new(model: &'a Model) -> Self {
        Self { model, readings: readings_of_model(model, &[]) }
    }

    /// The columns of a row: those of the model, and a date once instead of all that is made of it.
    pub fn columns(&self) -> Vec<AskedColumn<'_>> {
        let space = self.model.space();
        let numbers = space.numeric.iter().zip(&self.readings.numbers).map(|(column, reading)| {
            let date = |date| asked_date(date, column.fill_value.is_some());
            reading.date.as_ref().map_or(AskedColumn::Number(column), date)
        });
        let levels = space.categorical.iter().zip(&self.readings.levels).map(|(column, reading)| {
            let date = |date| asked_date(date, column.missing.is_some());
            reading.date.as_ref().map_or(AskedColumn::Level(column), date)
        });
        let mut columns: Vec<AskedColumn<'_>> = Vec::with_capacity(space.n_columns());
        for column in numbers.chain(levels) {
            if !columns.iter().any(|known| known.name() == column.name()) {
                columns.push(column);
            }
        }
        columns
    }

    /// The row that named texts make, as [`Model::score`] takes it. Columns that are not named are missing.
    ///
    /// ```no_run
    /// let model = assist_learn::load(std::path::Path::new("artifacts"))?;
    /// let reader = assist_learn::RowReader::new(&model);
    /// let row = reader.row([("income", "$2,373.46"), ("signup", "2024-11-17")])?;
    /// println!("{}", model.score(&row)?.probability);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A name that is not one of the columns, or is given twice; a text that is no date where one is due. All else is said
    /// where the row is scored.
    pub fn row<'t>(&self, texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<Vec<Value<'t>>, Rejection> {
        self.values(texts.into_iter().map(|(name, text)| (name, Value::Text(text))))
    }

    /// As [`row`](Self::row), for values of which only the texts are read as the table wrote them: numbers and truth values are
    /// what they are.
    ///
    /// # Errors
    ///
    /// As [`row`](Self::row); a number where a date is due.
    pub fn values<'t>(
        &self,
        named: impl IntoIterator<Item = (&'t str, Value<'t>)>,
    ) -> Result<Vec<Value<'t>>, Rejection> {
        let mut values: Vec<(String, Value<'t>)> = Vec::new();
        for (name, value) in named {
            match value {
                Value::Text(text) => self.read(name, text, &mut values)?,
                Value::Missing if self.dates().any(|(_, date)| date.source == name) => {
                    self.read(name, "", &mut values)?;
                }
                value => values.push((name.to_owned(), value)),
            }
        }
        let values = values.iter().map(|(name, value)| (name.as_str(), *value));
        self.model.named_row(values).map_err(|mut rejection| {
            rejection.known = self.columns().iter().map(|column| column.name().to_owned()).collect();
            if let Subject::Column(name) = &mut rejection.subject
                && let Some(date) = self.dates().find(|(feature, _)| feature == name)
            {
                name.clone_from(&date.1.source);
            }
            rejection
        })
    }

    /// What is wrong with each of the values of a row, in the order of its columns; nothing where the row can be scored. Scoring
    /// ends at the first fault, and who corrects a row wants to know all of them.
    pub fn faults<'t>(&self, named: impl IntoIterator<Item = (&'t str, Value<'t>)>) -> Vec<Rejection> {
        let mut faults: Vec<Rejection> = Vec::new();
        let mut note = |fault: Rejection| {
            if !faults.iter().any(|known| known.subject == fault.subject) {
                faults.push(fault);
            }
        };
        let mut row = vec![Value::Missing; self.model.space().n_columns()];
        for named in named {
            match self.values([named]) {
                Ok(alone) => row
                    .iter_mut()
                    .zip(alone)
                    .filter(|(_, value)| *value != Value::Missing)
                    .for_each(|(cell, value)| *cell = value),
                Err(fault) => note(fault),
            }
        }
        let taken = self.row_that_is_taken();
        for (place, value) in row.into_iter().enumerate() {
            let mut row = taken.clone();
            row[place] = value;
            if let Err(fault) = self.model.score(&row) {
                note(self.in_terms_of_columns(fault));
            }
        }
        let columns = self.columns();
        let place = |fault: &Rejection| columns.iter().position(|column| fault.subject.column() == Some(column.name()));
        faults.sort_by_key(|fault| place(fault).unwrap_or(columns.len()));
        faults
    }

    /// Values that the model takes.
    fn row_that_is_taken(&self) -> Vec<Value<'_>> {
        let space = self.model.space();
        let numbers = space.numeric.iter().map(|column| Value::Number(column.training_range.0));
        let levels = space.categorical.iter().map(|column| {
            let known =
                (0..).zip(&column.levels).find(|(code, _)| ![column.missing, column.rare].contains(&Some(*code)));
            known.map_or(Value::Missing, |(_, level)| Value::Text(level))
        });
        numbers.chain(levels).collect()
    }

    /// Whether texts are read as the scorer itself reads them, and no column is made of another: a row then needs no reader.
    pub fn is_plain(&self) -> bool {
        let numbers = self.readings.numbers.iter().all(NumberReading::is_plain);
        numbers && self.readings.levels.iter().all(|reading| reading.na.is_empty() && reading.date.is_none())
    }

    /// Whether a row has a column of this name: one of the [columns](Self::columns), or a part of a date.
    pub fn has_column(&self, name: &str) -> bool {
        let is_source = self.dates().any(|(_, date)| date.source == name);
        is_source || self.model.space().column_names().any(|column| column == name)
    }

    /// A rejection of the model in the terms of the columns that a row has.
    pub fn in_terms_of_columns(&self, rejection: Rejection) -> Rejection {
        in_terms_of_dates(rejection, self.model, &self.readings)
    }

    /// Takes the features that the text of a column makes.
    fn read<'t>(&self, name: &'t str, text: &'t str, values: &mut Vec<(String, Value<'t>)>) -> Result<(), Rejection> {
        let space = self.model.space();
        let n_before = values.len();
        for (column, reading) in space.numeric.iter().zip(&self.readings.numbers) {
            if source_of(reading.date.as_ref()) == Some(name) {
                let value = read_number(reading, text).map_err(|reason| no_date(name, reason))?;
                values.push((column.name.clone(), value));
            }
        }
        for (column, reading) in space.categorical.iter().zip(&self.readings.levels) {
            if source_of(reading.date.as_ref()) == Some(name) {
                let value = read_level(reading, text).map_err(|reason| no_date(name, reason))?;
                values.push((column.name.clone(), value));
            }
        }
        if values.len() > n_before {
            return Ok(());
        }
        let number = space.numeric.iter().position(|column| column.name == name).map(|at| &self.readings.numbers[at]);
        let level = space.categorical.iter().position(|column| column.name == name).map(|at| &self.readings.levels[at]);
        let value = match (number, level) {
            // Parts of dates may be given as such.
            (Some(reading), _) if reading.date.is_none() => read_number(reading, text),
            (_, Some(reading)) if reading.date.is_none() => read_level(reading, text),
            _ => Ok(Value::Text(text)),
        };
        values.push((name.to_owned(), value.unwrap_or(Value::Text(text))));
        Ok(())
    }

    /// The features that are made of dates.
    fn dates(&self) -> impl Iterator<Item = (&str, &DateReading)> {
        let space = self.model.space();
        let numbers = space.numeric.iter().zip(&self.readings.numbers);
        let numbers = numbers.filter_map(|(column, reading)| Some((column.name.as_str(), reading.date.as_ref()?)));
        let levels = space.categorical.iter().zip(&self.readings.levels);
        numbers.chain(levels.filter_map(|(column, reading)| Some((column.name.as_str(), reading.date.as_ref()?))))
    }
}

fn asked_date(date: &DateReading, may_be_missing: bool) -> AskedColumn<'_> {
    AskedColumn::Date { name: &date.source, form: &date.form, may_be_missing }
}

fn source_of(date: Option<&DateReading>) -> Option<&str> {
    date.map(|date| date.source.as_str())
}

/// The number in a text; a text that is none stays as it is, and the scorer says what is wrong with it.
fn read_number<'t>(reading: &NumberReading, text: &'t str) -> Result<Value<'t>, Reason> {
    match reading.number(text) {
        Ok(number) => Ok(number.map_or(Value::Missing, Value::Number)),
        Err(Unreadable::Date(value)) => Err(Reason::NotADate(value, form_of(reading.date.as_ref()))),
        Err(Unreadable::Number(_)) => Ok(Value::Text(text)),
    }
}

fn read_level<'t>(reading: &LevelReading, text: &'t str) -> Result<Value<'t>, Reason> {
    match reading.level(text) {
        Ok(None) => Ok(Value::Missing),
        Ok(Some(std::borrow::Cow::Borrowed(level))) => Ok(Value::Text(level)),
        // Spellings are the scorer's business.
        Ok(Some(std::borrow::Cow::Owned(_))) | Err(Unreadable::Number(_)) => Ok(Value::Text(text)),
        Err(Unreadable::Date(value)) => Err(Reason::NotADate(value, form_of(reading.date.as_ref()))),
    }
}

fn form_of(date: Option<&DateReading>) -> String {
    date.map(|date| date.form.clone()).unwrap_or_default()
}

/// What a value must be that is a date.
pub(crate) const A_DATE: &str = "a date as in the training table, or with its year first: `2024-11-17`";

fn no_date(column: &str, reason: Reason) -> Rejection {
    Rejection { subject: Subject::Column(shown(column)), reason, known: Vec::new(), expected: A_DATE.to_owned() }
}

/// A rejection of a feature that is made of a date, in the terms of the column that has the date.
pub(crate) fn in_terms_of_dates(rejection: Rejection, model: &Model, readings: &ModelReadings) -> Rejection {
    let Subject::Column(name) = &rejection.subject else { return rejection };
    let space = model.space();
    let of_number = space.numeric.iter().position(|column| column.name == *name);
    let of_level = space.categorical.iter().position(|column| column.name == *name);
    let date = match (of_number, of_level) {
        (Some(at), _) => &readings.numbers[at].date,
        (_, Some(at)) => &readings.levels[at].date,
        _ => return rejection,
    };
    let Some(date) = date else { return rejection };
    match rejection.reason {
        Reason::NotANumber(text) => no_date(&date.source, Reason::NotADate(text, date.form.clone())),
        Reason::Missing => no_date(&date.source, Reason::Missing),
        // A day of the week that no training row had.
        _ => rejection,
    }
}

#[cfg(test)]
mod tests {
    use assist_score::{FeatureSpace, Parameters, Target};

    use super::*;

    #[test]
    fn all_faults_of_a_row_are_told_in_the_order_of_its_columns() {
        let target = Target { name: "y".into(), negative: "0".into(), positive: "1".into() };
        let mut errors = NumericColumn::new("errors", 0.0, 4.0);
        errors.integer = true;
        let devices = CategoricalColumn::new("device", vec!["Phone".into(), "Watch".into()]);
        let space =
            FeatureSpace::new(target, vec![], vec![errors, NumericColumn::new("seconds", 1.0, 9.0)], vec![devices]);
        let parameters = Parameters { coefficients: vec![1.0, 1.0, 1.0], ..Parameters::default() };
        let model = Model::new(space, parameters).expect("they fit each other");
        let reader = RowReader::new(&model);
        let faults = |row: &[(&'static str, &'static str)]| -> Vec<String> {
            let row = row.iter().map(|(name, text)| (*name, Value::Text(text)));
            reader
                .faults(row)
                .iter()
                .map(|fault| format!("{}: {}", fault.subject.column().unwrap_or("(row)"), fault.reason))
                .collect()
        };
        assert_eq!(
            faults(&[("device", "Tablet"), ("errors", "2.5"), ("other", "1")]),
            [
                "errors: 2.5 is not a whole number",
                "seconds: missing value",
                "device: unknown level `Tablet`",
                "other: the model has no such column"
            ]
        );
        assert!(faults(&[("device", "Watch"), ("seconds", "20"), ("errors", "3")]).is_empty());
    }
}
