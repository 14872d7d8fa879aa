//! The roles of a table as a schema file: all that was found, written out, so that it can be read again and edited.

use std::collections::BTreeMap;

use crate::cell_reading::DateReading;
use crate::column_role::LeftOutReason;
use crate::file_syntax::FileSyntax;
use crate::schema::{CategoricalRole, NumericRole, Schema};
use crate::schema_file::{DateRole, SchemaFile};
use crate::table::Table;
use crate::table_options::TableOptions;

impl Schema {
    /// What a schema file says that leads to these very roles. `positive` is the label that is class 1.
    pub fn as_file(&self, table: &Table, positive: &str) -> SchemaFile {
        let mut date: BTreeMap<String, DateRole> = BTreeMap::new();
        let mut note_date = |reading: &Option<DateReading>| {
            let Some(DateReading { source, form, part }) = reading else { return false };
            let role = date.entry(source.clone()).or_default();
            role.form = (!form.is_empty()).then(|| form.clone());
            let parts = role.parts.get_or_insert_default();
            parts.push(*part);
            parts.sort_unstable();
            true
        };
        let mut numeric = BTreeMap::new();
        for (name, role) in &self.numeric {
            if !note_date(&role.reading.date) {
                // Where files differ, each of them shows its own.
                let is_one = role.reading.of_files.is_empty();
                let style = Some(role.reading.style).filter(|style| is_one && !style.is_plain());
                numeric.insert(name.clone(), NumericRole { style, ..role.clone() });
            }
        }
        let mut categorical = BTreeMap::new();
        for (name, role) in &self.categorical {
            if !note_date(&role.reading.date) {
                let truths = || ["false", "true"].map(str::to_owned).to_vec();
                let levels = role.levels.clone().or_else(|| role.reading.is_truth.then(truths));
                categorical.insert(name.clone(), CategoricalRole { levels, ..role.clone() });
            }
        }
        SchemaFile {
            target: self.target().map(str::to_owned),
            positive: Some(positive.to_owned()),
            weight: self.weight_column().map(str::to_owned),
            drop: (!self.dropped.is_empty()).then(|| self.dropped.clone()),
            group: self.group.as_ref().map(|group| group.column.clone()),
            time: self.time.as_ref().map(|time| time.column.clone()),
            numeric,
            categorical,
            date,
            table: table_options(table),
            ..SchemaFile::default()
        }
    }
}

/// How the table is written, as far as all of its files agree.
fn table_options(table: &Table) -> TableOptions {
    let files = table.syntax();
    let mut options = table.options().clone();
    if let Some(first) = files.first() {
        let same = |agrees: bool| agrees.then_some(());
        let all = |is: &dyn Fn(&FileSyntax) -> bool| files.iter().all(is);
        options.delimiter = same(all(&|file| file.delimiter == first.delimiter)).and(first.delimiter);
        options.comment = same(all(&|file| file.comment == first.comment)).and(first.comment);
        options.header = same(all(&|file| file.header == first.header)).and(first.header);
        let lines = first.lines_above.filter(|lines| *lines > 0);
        options.skip_lines = same(all(&|file| file.lines_above == first.lines_above)).and(lines);
    }
    // A decimal comma is that of the columns that have one; the others are not asked.
    options
}

impl SchemaFile {
    /// The file, with a line for each column that was left out unasked.
    ///
    /// # Errors
    ///
    /// None but for a name that TOML cannot write, which there is not.
    pub fn to_toml(&self, schema: &Schema) -> Result<String, String> {
        let mut text = String::from("# What was found of the table. Edit what is wrong: what stands here counts.\n");
        for left in &schema.left_out {
            let hint = match left.reason {
                LeftOutReason::Date => "; declare it as [date.NAME] to make features of it",
                _ if left.reason.can_be_kept() => "; declare its role to keep it",
                _ => "",
            };
            text.push_str(&format!("# {:?} was left out: {}{hint}\n", left.column, left.reason));
        }
        text.push('\n');
        text.push_str(&toml::to_string(self).map_err(|error| error.to_string())?);
        Ok(text)
    }
}
