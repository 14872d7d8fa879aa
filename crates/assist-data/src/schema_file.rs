//! What is declared of a table and its columns: a schema file, or the same as settings.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::dates::DatePart;
use crate::error::Error;
use crate::schema::{CategoricalRole, NumericRole};
use crate::table_options::TableOptions;
use crate::toml_text::read_toml;

/// What stands for no column of groups or times, where no column has that name.
pub const NO_COLUMN: &str = "none";

/// What is declared of the columns, before the table is seen: a schema file, or the same as options.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SchemaFile {
    /// Name of the label's column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The label that is class 1. Default: the label that sorts last, numbers as numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
    /// What class 0 is called, where the table is one of counts and whoever made these knows it. No file says it.
    #[serde(skip)]
    pub negative: Option<String>,
    /// The column that says how much each row weighs. Default: all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// Columns that are no features, beside those that cannot be any, which are left out unasked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop: Option<Vec<String>>,
    /// Columns that are features though they would be left out unasked: identifiers, free text, dates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<String>,
    /// The column whose equal values make rows one group, such as a user; `none` for no groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The column that says when each row was recorded: training rows are the earliest, test rows the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The column whose values say on which side of the split rows are: by their hash, or in words, as the split has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_key: Option<String>,
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
        let fail = |detail: String| Error::Schema { path: path.to_owned(), detail };
        let schema: Self = read_toml(path)?;
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
            negative: self.negative.or(beneath.negative),
            weight: self.weight.or(beneath.weight),
            drop: (!drop.is_empty()).then_some(drop),
            keep,
            group: self.group.or(beneath.group),
            time: self.time.or(beneath.time),
            split_key: self.split_key.or(beneath.split_key),
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
        if let Some(weight) = &self.weight {
            let is_dropped = self.drop.iter().flatten().any(|drop| drop == weight);
            if self.declares(weight) || self.keep.contains(weight) {
                return Err(format!("column `{weight}` holds the weights and is declared as a feature"));
            }
            if is_dropped || self.target.as_ref() == Some(weight) {
                let other = if is_dropped { "dropped" } else { "the target" };
                return Err(format!("column `{weight}` holds the weights and is {other}"));
            }
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
            let ascend = role.cuts.windows(2).all(|pair| pair[0] < pair[1]);
            if !ascend || !role.cuts.iter().all(|cut| cut.is_finite()) {
                return Err(format!("the cuts of column `{name}` do not ascend"));
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

    fn file(text: &str) -> SchemaFile {
        toml::from_str(text).expect("a schema")
    }

    #[test]
    fn a_schema_that_contradicts_itself_is_refused() {
        for (text, message) in [
            ("[numeric.a]\n[categorical.a]", "column `a` is declared numeric and categorical"),
            ("[date.a]\n[categorical.a]", "column `a` is declared categorical and a date"),
            ("drop = ['a']\nkeep = ['a']", "column `a` is dropped and kept"),
            ("drop = ['a']\n[numeric.a]", "column `a` is dropped and declared as a feature"),
            ("weight = 'a'\n[numeric.a]", "column `a` holds the weights and is declared as a feature"),
            ("weight = 'a'\ndrop = ['a']", "column `a` holds the weights and is dropped"),
            ("weight = 'a'\ntarget = 'a'", "column `a` holds the weights and is the target"),
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
    fn what_is_said_later_wins_and_what_is_dropped_adds_up() {
        let beneath = file("target = 'y'\ndrop = ['a', 'b']\nkeep = ['c']\n[numeric.d]\nmin = 0\n[table]\nna = ['x']");
        let stated =
            file("positive = '1'\nweight = 'w'\ndrop = ['c']\nkeep = ['b']\n[categorical.d]\n[table]\ndelimiter = ';'");
        let both = stated.over(beneath);
        assert_eq!((both.target.as_deref(), both.positive.as_deref()), (Some("y"), Some("1")));
        assert_eq!(both.weight.as_deref(), Some("w"));
        assert_eq!(both.drop, Some(vec!["c".to_owned(), "a".to_owned()]));
        assert_eq!(both.keep, ["b"]);
        assert!(both.numeric.is_empty() && both.categorical.contains_key("d"));
        assert_eq!((both.table.delimiter, both.table.na.as_slice()), (Some(';'), ["x".to_owned()].as_slice()));
        assert_eq!(both.check(), Ok(()));
    }

    #[test]
    fn names_with_commas_are_one_where_a_column_has_them() {
        let mut names = file("drop = ['name, first', 'a,b']");
        names.split_names(&["name, first", "a", "b"].map(str::to_owned));
        assert_eq!(names.drop, Some(["name, first", "a", "b"].map(str::to_owned).to_vec()));
    }
}
