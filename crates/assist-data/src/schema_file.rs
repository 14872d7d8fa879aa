//! What is declared of a table's columns, and what is inferred of the others from its first rows.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::Array;
use arrow::datatypes::DataType;
use assist_score::{parse_number, shown};
use serde::{Deserialize, Serialize};

use crate::cells::text_column;
use crate::error::Error;
use crate::schema::{COUNT_COLUMNS, CategoricalRole, LabelRole, NumericRole, Schema};
use crate::table::{RawBatch, RowPosition, Table};
use crate::toml_text::read_toml;

/// Columns that are left out without being asked, because they only count the rows.
const IDENTIFIERS: [&str; 2] = ["user_id", "id"];
/// How many rows the roles of the columns are inferred from.
const SAMPLE_ROWS: usize = 8192;

/// What is declared of the columns, before the table is seen: a schema file, or the same as options.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchemaFile {
    /// Name of the label's column.
    pub target: Option<String>,
    /// The label that is class 1. Default: the label that sorts last, numbers as numbers.
    pub positive: Option<String>,
    /// Columns that are no features. Default: `user_id` and `id`, where they occur.
    pub drop: Option<Vec<String>>,
    /// Columns of numbers.
    #[serde(default)]
    pub numeric: BTreeMap<String, NumericRole>,
    /// Columns of categories.
    #[serde(default)]
    pub categorical: BTreeMap<String, CategoricalRole>,
}

impl SchemaFile {
    /// Reads a schema from a TOML file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or declarations that exclude each other.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let fail = |detail: String| Error::Schema { path: path.to_owned(), detail };
        let schema: Self = read_toml(path)?;
        schema.check().map_err(fail)?;
        Ok(schema)
    }

    fn check(&self) -> Result<(), String> {
        if let Some(both) = self.numeric.keys().find(|name| self.categorical.contains_key(*name)) {
            return Err(format!("column `{both}` is declared numeric and categorical"));
        }
        for name in self.drop.iter().flatten() {
            if self.numeric.contains_key(name) || self.categorical.contains_key(name) {
                return Err(format!("column `{name}` is dropped and declared as a feature"));
            }
        }
        for (name, role) in &self.numeric {
            let finite = [role.min, role.max].into_iter().flatten().all(f64::is_finite);
            if !finite || role.min.zip(role.max).is_some_and(|(min, max)| min > max) {
                return Err(format!("the range of column `{name}` is empty or not finite"));
            }
        }
        for (name, role) in &self.categorical {
            if let (Some(levels), Some(reference)) = (&role.levels, &role.reference)
                && !levels.contains(reference)
            {
                return Err(format!("the reference `{reference}` of column `{name}` is not one of its levels"));
            }
        }
        Ok(())
    }

    /// The roles of all columns of `table`. What is not declared is inferred from the first rows: a column whose values are
    /// all numbers is numeric, one without any number is categorical, and a mixture is an error.
    ///
    /// With `counts`, the label is the two columns `n0` and `n1` instead of the target.
    ///
    /// # Errors
    ///
    /// No target, columns that the table does not have, columns with several roles, no feature, and columns whose role cannot
    /// be inferred.
    pub fn resolve(&self, table: &Table, counts: bool) -> Result<Schema, Error> {
        let header = table.columns();
        let has = |name: &str| header.iter().any(|column| column == name);
        let label = if counts {
            // Counts name no label; a feature may have the name that first comes to mind.
            let free = || ["label", "class", "outcome"].into_iter().find(|name| !has(name)).unwrap_or("n1").to_owned();
            let name = self.target.clone().unwrap_or_else(free);
            LabelRole::Counts { name, positive: self.positive.clone() }
        } else {
            let name = self.target.clone().ok_or_else(|| Error::NoTarget { columns: header.to_vec() })?;
            LabelRole::Column { name, positive: self.positive.clone() }
        };
        let label_columns: Vec<&str> = match &label {
            LabelRole::Column { name, .. } => vec![name],
            LabelRole::Counts { .. } => COUNT_COLUMNS.to_vec(),
            LabelRole::None => vec![],
        };
        let is_declared = |name: &str| self.numeric.contains_key(name) || self.categorical.contains_key(name);
        let mut dropped: Vec<String> = match &self.drop {
            Some(names) => names.clone(),
            None => IDENTIFIERS.into_iter().filter(|n| has(n) && !is_declared(n)).map(str::to_owned).collect(),
        };
        for name in &label_columns {
            if is_declared(name) || dropped.iter().any(|dropped| dropped == name) {
                return Err(Error::TargetTwice { column: (*name).to_owned() });
            }
        }
        // Beside its counts the label itself would be a feature that gives everything away.
        dropped.extend(self.target.iter().filter(|target| counts && has(target) && !is_declared(target)).cloned());
        let declared = self.numeric.keys().chain(self.categorical.keys()).map(String::as_str);
        let needed = label_columns.iter().copied().chain(dropped.iter().map(String::as_str)).chain(declared);
        for column in needed {
            if !has(column) {
                return Err(table.missing_column(column));
            }
        }
        // A counted table may keep the target's name in its schema without having the column.
        let is_feature = |name: &&String| !label_columns.contains(&name.as_str()) && !dropped.contains(name);
        let features: Vec<&String> = header.iter().filter(is_feature).collect();
        if features.is_empty() {
            return Err(Error::NoFeatures);
        }
        let unknown: Vec<&str> = features
            .iter()
            .map(|name| name.as_str())
            .filter(|name| !self.numeric.contains_key(*name) && !self.categorical.contains_key(*name))
            .collect();
        let inferred = infer_roles(table, &unknown)?;
        let (mut numeric, mut categorical) = (Vec::new(), Vec::new());
        for name in features {
            let is_numeric = match unknown.iter().position(|undeclared| undeclared == name) {
                Some(index) => inferred[index],
                None => self.numeric.contains_key(name),
            };
            if is_numeric {
                numeric.push((name.clone(), self.numeric.get(name).cloned().unwrap_or_default()));
            } else {
                categorical.push((name.clone(), self.categorical.get(name).cloned().unwrap_or_default()));
            }
        }
        Ok(Schema { label, dropped, numeric, categorical })
    }
}

/// For each of `columns` whether it is numeric, inferred from the first rows.
fn infer_roles(table: &Table, columns: &[&str]) -> Result<Vec<bool>, Error> {
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let (mut sample, mut n_rows) = (Vec::new(), 0);
    for batch in table.batches(columns, SAMPLE_ROWS)? {
        let batch = batch?;
        // Batches may be short; those of another file may have other types.
        if sample.first().is_some_and(|first: &RawBatch| first.source != batch.source) {
            break;
        }
        if batch.record.num_rows() > 0 {
            n_rows += batch.record.num_rows();
            sample.push(batch);
        }
        if n_rows >= SAMPLE_ROWS {
            break;
        }
    }
    if sample.is_empty() {
        return Err(Error::NoRows(table.name()));
    }
    columns.iter().enumerate().map(|(index, name)| infer_role(table, &sample, index, name)).collect()
}

fn infer_role(table: &Table, sample: &[RawBatch], index: usize, name: &str) -> Result<bool, Error> {
    let is_number = |text: &str| text.trim().parse::<f64>().is_ok();
    let (mut n_rows, mut cells, mut numbers) = (0, 0, 0);
    let mut first_text = None;
    for batch in sample {
        let column = batch.record.column(index);
        if column.data_type().is_numeric() {
            return Ok(true);
        }
        if matches!(column.data_type(), DataType::Boolean) {
            return Ok(false);
        }
        let at = |row: usize| RowPosition { source: batch.source, row: batch.first_row + row as u64 };
        let texts = text_column(column).map_err(|problem| Error::Cell {
            place: table.place(at(0)),
            column: name.to_owned(),
            problem,
        })?;
        n_rows += texts.len();
        for (row, text) in texts.iter().enumerate() {
            let Some(text) = text else { continue };
            debug_assert!(parse_number(text).is_err() || is_number(text));
            cells += 1;
            if is_number(text) {
                numbers += 1;
            } else if first_text.is_none() {
                first_text = Some((shown(text), at(row)));
            }
        }
    }
    let is_typed = sample.first().is_some_and(|batch| table.is_typed(batch.source));
    match first_text {
        _ if cells == 0 => Err(Error::EmptyColumn { column: name.to_owned(), rows: n_rows }),
        None => Ok(true),
        // A typed text column is text, whatever its values look like; an untyped one may be either.
        _ if numbers == 0 || is_typed => Ok(false),
        Some((value, at)) => {
            Err(Error::MixedColumn { column: name.to_owned(), numbers, cells, value, place: table.place(at) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        Table::from_csv_text("t.csv", text).expect("a readable table")
    }

    fn file(text: &str) -> SchemaFile {
        toml::from_str(text).expect("a schema")
    }

    #[test]
    fn roles_are_inferred_from_the_data_in_the_order_of_the_file() {
        let table = table("user_id,device,errors,task,secs,y\n1,Phone,3,a,1.5,1\n2,Watch,2,b,,0\n");
        let schema = file("target = 'y'").resolve(&table, false).expect("resolved");
        let names: Vec<&str> = schema.feature_columns().collect();
        assert_eq!(names, ["errors", "secs", "device", "task"]);
        assert_eq!(schema.dropped, ["user_id"]);
    }

    #[test]
    fn a_mixture_of_numbers_and_text_is_not_guessed() {
        let table = table("a,y\n1,0\n2,1\nabc,1\n");
        let error = file("target = 'y'").resolve(&table, false).expect_err("mixed");
        assert_eq!(
            error.to_string(),
            "column `a` mixes numbers and text: 2 of the first 3 cells are numbers, but `abc` at line 4 of `t.csv` is not"
        );
        let declared = file("target = 'y'\n[categorical.a]").resolve(&table, false).expect("declared");
        assert_eq!(declared.categorical.len(), 1);
    }

    #[test]
    fn a_schema_that_contradicts_itself_is_refused() {
        for (text, message) in [
            ("[numeric.a]\n[categorical.a]", "column `a` is declared numeric and categorical"),
            ("drop = ['a']\n[numeric.a]", "column `a` is dropped and declared as a feature"),
            ("[numeric.a]\nmin = 2\nmax = 1", "the range of column `a` is empty or not finite"),
            (
                "[categorical.a]\nlevels = ['x']\nreference = 'y'",
                "the reference `y` of column `a` is not one of its levels",
            ),
        ] {
            assert_eq!(file(text).check(), Err(message.to_owned()));
        }
    }

    #[test]
    fn what_is_named_must_be_there() {
        let table = table("a,y\n1,0\n2,1\n");
        for (text, message) in [
            ("", "no target column was given"),
            ("target = 'Y'", "column `Y` is missing in `t.csv`"),
            ("target = 'y'\ndrop = ['user_id']", "column `user_id` is missing in `t.csv`"),
            ("target = 'y'\n[numeric.b]", "column `b` is missing in `t.csv`"),
            ("target = 'y'\ndrop = ['a']", "no feature column is left besides the target and the dropped columns"),
        ] {
            assert_eq!(file(text).resolve(&table, false).expect_err("refused").to_string(), message);
        }
    }
}
