//! Columns that say something of the rows and are no features: what each weighs, and when it was recorded.

use std::collections::HashSet;
use std::sync::Arc;

use assist_score::NumberStyle;

use super::evidence::ColumnEvidence;
use super::fate::{Fate, date_fate};
use super::file_styles::{ColumnStyle, Decimals};
use super::gather::{Gathered, gather};
use super::judge::{CellKind, kind_of};
use crate::cell_reading::{DateReading, NumberReading};
use crate::dates::{DatePart, has_days};
use crate::error::Error;
use crate::schema::{NumericRole, TimeRole};
use crate::schema_file::{DateRole, NO_COLUMN, SchemaFile};
use crate::table::Table;
use crate::time_fault::TimeFault;

impl SchemaFile {
    /// The column of the times of the rows, where they are to be divided by these.
    pub(super) fn stated_time(
        &self,
        table: &Table,
        names: &HashSet<&str>,
        label_columns: &HashSet<&str>,
    ) -> Result<Option<&str>, Error> {
        stated_column(table, names, label_columns, self.time.as_deref(), TimeFault::ByLabel)
    }

    /// As [`group`](Self::group), the column of the times of the rows.
    ///
    /// # Errors
    ///
    /// A column that the table does not have, that holds the label, or that holds no times.
    pub fn time(&self, table: &Table) -> Result<Option<TimeRole>, Error> {
        let names: HashSet<&str> = table.columns().iter().map(String::as_str).collect();
        let target: HashSet<&str> = self.target.as_deref().into_iter().collect();
        let na: Arc<[String]> = self.stated_of(table).na.into();
        let Some(name) = self.stated_time(table, &names, &target)? else { return Ok(None) };
        time_column(table, name, self.date.get(name), &na).map(Some)
    }
}

/// A column that is stated by its name, unless that stands for none; `by_label` is what is wrong where it holds the label.
pub(super) fn stated_column<'n, F: Into<Error>>(
    table: &Table,
    names: &HashSet<&str>,
    label_columns: &HashSet<&str>,
    stated: Option<&'n str>,
    by_label: impl Fn(String) -> F,
) -> Result<Option<&'n str>, Error> {
    let Some(name) = stated.filter(|name| *name != NO_COLUMN || names.contains(name)) else { return Ok(None) };
    if !names.contains(name) {
        return Err(table.missing_column(name));
    }
    if label_columns.contains(name) {
        return Err(by_label(name.to_owned()).into());
    }
    Ok(Some(name))
}

/// How the weights are read: in the style that their cells show. What is no weight is named where it stands.
pub(super) fn weight_role(evidence: Option<&ColumnEvidence>, decimals: &Decimals, na: &Arc<[String]>) -> NumericRole {
    let ColumnStyle { style, of_files } = match evidence.map(|evidence| kind_of(evidence, decimals)) {
        Some(CellKind::Numbers(found)) => found,
        _ => NumberStyle::default().into(),
    };
    NumericRole::of_weights(NumberReading { style, of_files, na: Arc::clone(na), date: None })
}

/// How the times are read: as numbers, or as moments in the form that the cells show or that is declared.
pub(super) fn time_role(
    table: &Table,
    name: &str,
    evidence: Option<&ColumnEvidence>,
    decimals: &Decimals,
    declared: Option<&DateRole>,
    na: &Arc<[String]>,
) -> Result<TimeRole, Error> {
    let (column, na) = (name.to_owned(), Arc::clone(na));
    let Some(evidence) = evidence else { return Err(TimeFault::NoTimes(column).into()) };
    let kind = kind_of(evidence, decimals);
    if let (CellKind::Numbers(ColumnStyle { style, of_files }), None) = (&kind, declared) {
        let reading = NumberReading { style: *style, of_files: Arc::clone(of_files), na, date: None };
        return Ok(TimeRole::new(column, reading));
    }
    let declared = declared.cloned().unwrap_or_default();
    let (role, form) = match date_fate(table, name, evidence, &kind, &declared) {
        Ok(Fate::Parts(role, form)) => (role, form),
        Err(Error::AmbiguousDate { column, forms }) => return Err(TimeFault::Ambiguous { column, forms }.into()),
        Ok(_) | Err(Error::NoDates { .. }) => return Err(TimeFault::NoTimes(column).into()),
        Err(other) => return Err(other),
    };
    let form = role.form.as_deref().or(form).unwrap_or_default();
    if if form.is_empty() { !evidence.typed.days } else { !has_days(form) } {
        return Err(TimeFault::TimesOfDay(column).into());
    }
    let date = DateReading { source: column.clone(), form: form.to_owned(), part: DatePart::Seconds };
    Ok(TimeRole::new(column, NumberReading { na, date: Some(date), ..NumberReading::default() }))
}

/// The role of a column of times, as its cells show it; `declared` is what is declared of its dates.
///
/// # Errors
///
/// A column that the table does not have, or that holds no times; a table that cannot be read.
pub fn time_column(
    table: &Table,
    name: &str,
    declared: Option<&DateRole>,
    na: &Arc<[String]>,
) -> Result<TimeRole, Error> {
    if !table.columns().iter().any(|column| column == name) {
        return Err(table.missing_column(name));
    }
    let decimal = table.options().decimal;
    let Gathered { columns, .. } = gather(table, &[name], na, decimal)?;
    let decimals = Decimals::new(table, decimal, &columns.iter().map(|evidence| &evidence.styles));
    time_role(table, name, columns.first(), &decimals, declared, na)
}

/// The role of a column of weights in the table of a model, which says nothing of it.
///
/// # Errors
///
/// A column that the table does not have; a table that cannot be read.
pub fn weight_column(table: &Table, name: &str, na: &Arc<[String]>) -> Result<(String, NumericRole), Error> {
    if !table.columns().iter().any(|column| column == name) {
        return Err(table.missing_column(name));
    }
    let decimal = table.options().decimal;
    let Gathered { columns, .. } = gather(table, &[name], na, decimal)?;
    let decimals = Decimals::new(table, decimal, &columns.iter().map(|evidence| &evidence.styles));
    Ok((name.to_owned(), weight_role(columns.first(), &decimals, na)))
}
