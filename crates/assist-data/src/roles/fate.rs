//! What becomes of a column: a feature, several of a date, or none.

use std::collections::HashSet;
use std::sync::Arc;

use super::evidence::ColumnEvidence;
use super::judge::CellKind;
use crate::cell_reading::{DateReading, LevelReading, NumberReading};
use crate::column_role::{LeftOut, LeftOutReason};
use crate::dates::{COMPACT, DatePart, has_days, has_hours};
use crate::error::Error;
use crate::schema::{CategoricalRole, NumericRole, Schema};
use crate::schema_file::DateRole;
use crate::table::Table;

/// What becomes of a column.
pub(super) enum Fate {
    Number(NumericRole),
    Level(CategoricalRole),
    Parts(DateRole, Option<&'static str>),
    Out(LeftOutReason),
}

/// What is made of a column of dates.
pub(super) fn date_fate(
    table: &Table,
    name: &str,
    evidence: &ColumnEvidence,
    kind: &CellKind,
    role: &DateRole,
) -> Result<Fate, Error> {
    let column = name.to_owned();
    let form = match (&role.form, kind) {
        (Some(_), _) | (None, CellKind::Dates(None)) => None,
        _ if evidence.are_compact_dates() => Some(COMPACT),
        (None, CellKind::Dates(Some(form))) => match evidence.dates.other_form() {
            Some(other) => {
                return Err(Error::AmbiguousDate { column, forms: [(*form).to_owned(), other.to_owned()] });
            }
            None => Some(*form),
        },
        (None, _) => {
            let first = evidence.first_text.clone().map(|(value, at)| (value, table.place(at)));
            return Err(Error::NoDates { column, first });
        }
    };
    let is_known = matches!(kind, CellKind::Dates(Some(_)));
    let (days, hours) = match role.form.as_deref().or(form) {
        // Programs write midnight behind dates that have no time.
        Some(form) => {
            let days = has_days(form);
            (days, has_hours(form) && !(days && is_known && evidence.dates.are_midnights()))
        }
        None => (evidence.typed.days, evidence.typed.hours),
    };
    let wanted = role.parts.clone().unwrap_or_else(|| {
        let all = [(DatePart::Days, days), (DatePart::Weekday, days), (DatePart::Hour, hours)];
        all.into_iter().filter(|(_, has)| *has).map(|(part, _)| part).collect()
    });
    let parts = DateRole { form: role.form.clone(), parts: Some(wanted) };
    Ok(Fate::Parts(parts, form))
}

/// Takes a column into a schema.
pub(super) fn add_column(
    schema: &mut Schema,
    name: &str,
    fate: Fate,
    na: &Arc<[String]>,
    names: &HashSet<&str>,
) -> Result<(), Error> {
    match fate {
        Fate::Number(role) => schema.numeric.push((name.to_owned(), role)),
        Fate::Level(role) => schema.categorical.push((name.to_owned(), role)),
        Fate::Out(reason) => schema.left_out.push(LeftOut { column: name.to_owned(), reason }),
        Fate::Parts(role, form) => {
            let form = role.form.as_deref().or(form).unwrap_or_default();
            for part in role.parts.iter().flatten() {
                let feature = format!("{name}_{part}");
                if names.contains(feature.as_str()) {
                    let source_name = "the table".to_owned();
                    return Err(Error::DuplicateColumn { source_name, column: feature, positions: None });
                }
                let date = DateReading { source: name.to_owned(), form: form.to_owned(), part: *part };
                if *part == DatePart::Weekday {
                    let reading = LevelReading { na: Arc::clone(na), is_truth: false, date: Some(date) };
                    schema.categorical.push((feature, CategoricalRole { reading, ..CategoricalRole::default() }));
                } else {
                    let reading = NumberReading { na: Arc::clone(na), date: Some(date), ..NumberReading::default() };
                    schema.numeric.push((feature, NumericRole { reading, integer: true, ..NumericRole::default() }));
                }
            }
        }
    }
    Ok(())
}
