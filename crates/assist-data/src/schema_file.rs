//! What is declared of a table and its columns: a schema file, or the same as settings.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::dates::DatePart;
use crate::error::Error;
use crate::schema::{CategoricalRole, NumericRole};
use crate::table_options::TableOptions;

/// What is declared of the columns, before the table is seen: a schema file, or the same as options.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SchemaFile {
    /// Name of the label's column.
    pub target: Option<String>,
    /// The label that is class 1. Default: the label that sorts last, numbers as numbers.
    pub positive: Option<String>,
    /// Columns that are no features, beside those that cannot be any, which are left out unasked.
    pub drop: Option<Vec<String>>,
    /// Columns that are features though they would be left out unasked: identifiers, free text, dates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<String>,
    /// Columns of numbers.
    pub numeric: BTreeMap<String, NumericRole>,
    /// Columns of categories.
    pub categorical: BTreeMap<String, CategoricalRole>,
    /// Columns of dates, of which features are made.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub date: BTreeMap<String, DateRole>,
    /// How the table is written, as far as that is not to be detected.
    #[serde(skip_serializing_if = "is_default")]
    pub table: TableOptions,
    /// What is fitted, which is none of the columns' business: whoever fits reads it.
    #[serde(skip_serializing_if = "toml::Table::is_empty")]
    pub fit: toml::Table,
}

fn is_default(options: &TableOptions) -> bool {
    *options == TableOptions::default()
}

/// What is made of a column of dates.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DateRole {
    /// In which form they are written, as `strftime` writes it: `%d.%m.%Y`. Default: as the cells show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// The features: days since 1970-01-01, the day of the week, the hour. Default: those that the dates have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<DatePart>>,
}

impl SchemaFile {
    /// Reads a schema from a TOML file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or declarations that exclude each other.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = fs_err::read_to_string(path)?;
        let fail = |detail: String| Error::Schema { path: path.to_owned(), detail };
        let schema: Self = toml::from_str(&text).map_err(|error| fail(error.to_string().trim_end().to_owned()))?;
        schema.check().map_err(fail)?;
        Ok(schema)
    }

    /// Whether a column's role is declared.
    pub fn declares(&self, name: &str) -> bool {
        self.numeric.contains_key(name) || self.categorical.contains_key(name) || self.date.contains_key(name)
    }

    /// The columns that are named, dropped ones apart.
    pub(crate) fn declared(&self) -> impl Iterator<Item = &str> {
        let roles = self.numeric.keys().chain(self.categorical.keys()).chain(self.date.keys());
        roles.chain(&self.keep).map(String::as_str)
    }

    /// Takes names of dropped columns apart that are several, with commas between them, unless a column has that very name.
    pub fn split_names(&mut self, columns: &[String]) {
        let names = self.drop.iter().flatten().flat_map(|names| {
            if columns.contains(names) || !names.contains(',') {
                vec![names.clone()]
            } else {
                names.split(',').map(str::to_owned).collect()
            }
        });
        let names: Vec<String> = names.collect();
        self.drop = (!names.is_empty()).then_some(names);
    }

    /// These declarations, and where they are silent those of `beneath`. What is dropped or kept in either is; what is said
    /// of a column here counts alone.
    #[must_use]
    pub fn over(self, beneath: Self) -> Self {
        let mut drop = self.drop.clone().unwrap_or_default();
        let is_taken_in = |name: &String| self.declares(name) || self.keep.contains(name);
        drop.extend(beneath.drop.into_iter().flatten().filter(|name| !is_taken_in(name)));
        let is_settled = |name: &String| self.declares(name) || self.drop.iter().flatten().any(|drop| drop == name);
        let mut keep = self.keep.clone();
        keep.extend(beneath.keep.into_iter().filter(|name| !is_settled(name)));
        let table = TableOptions {
            delimiter: self.table.delimiter.or(beneath.table.delimiter),
            decimal: self.table.decimal.or(beneath.table.decimal),
            na: [self.table.na.clone(), beneath.table.na].concat(),
            comment: self.table.comment.or(beneath.table.comment),
            skip_lines: self.table.skip_lines.or(beneath.table.skip_lines),
            header: self.table.header.or(beneath.table.header),
            sheet: self.table.sheet.clone().or(beneath.table.sheet),
        };
        let mut numeric: BTreeMap<_, _> = beneath.numeric.into_iter().filter(|(name, _)| !is_settled(name)).collect();
        let mut categorical: BTreeMap<_, _> =
            beneath.categorical.into_iter().filter(|(name, _)| !is_settled(name)).collect();
        let mut date: BTreeMap<_, _> = beneath.date.into_iter().filter(|(name, _)| !is_settled(name)).collect();
        numeric.extend(self.numeric);
        categorical.extend(self.categorical);
        date.extend(self.date);
        let mut fit = beneath.fit;
        fit.extend(self.fit);
        Self {
            target: self.target.or(beneath.target),
            positive: self.positive.or(beneath.positive),
            drop: (!drop.is_empty()).then_some(drop),
            keep,
            numeric,
            categorical,
            date,
            table,
            fit,
        }
    }

    /// Whether the declarations can hold beside each other.
    ///
    /// # Errors
    ///
    /// Two that cannot, in words.
    pub fn check(&self) -> Result<(), String> {
        self.table.check()?;
        let roles = [
            ("numeric", self.numeric.keys().collect::<Vec<_>>()),
            ("categorical", self.categorical.keys().collect()),
            ("a date", self.date.keys().collect()),
        ];
        for (index, (role, names)) in roles.iter().enumerate() {
            for (other, others) in &roles[index + 1..] {
                if let Some(both) = names.iter().find(|name| others.contains(name)) {
                    return Err(format!("column `{both}` is declared {role} and {other}"));
                }
            }
        }
        if let Some(both) = self.keep.iter().find(|name| self.drop.iter().flatten().any(|drop| drop == *name)) {
            return Err(format!("column `{both}` is dropped and kept"));
        }
        for name in self.drop.iter().flatten() {
            if self.declares(name) {
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
