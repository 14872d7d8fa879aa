//! What has to be known before a way is chosen: the roles of the columns, from the first rows; the labels and about how many
//! distinct rows there are, from one query.

use std::sync::Arc;

use assist_data::NO_COLUMN;
use assist_export::Dialect;
use assist_learn::arrow::array::{ArrayRef, AsArray as _, RecordBatch, StringArray, UInt64Array, new_null_array};
use assist_learn::arrow::compute::cast;
use assist_learn::arrow::datatypes::{DataType, Float64Type};
use assist_learn::{SchemaFile, Settings, StatedRoles, Table, Watch};

use super::engine::Engine;
use super::files::{EngineTable, TABLE};
use crate::counts_query::distinct_keys;
use crate::error::Error;
use crate::fault::EngineFault;

/// Whose SQL is spoken: `DataFusion` takes that of `DuckDB`, as far as it is used here.
pub(super) const DIALECT: Dialect = Dialect::DuckDb;
/// Rows of a batch.
const MEAN_ROWS: usize = 8192;
/// More labels than this are none.
const MOST_LABELS: usize = 1000;

/// What is known of a table before it is learnt from.
#[derive(Debug)]
pub(super) struct FirstLook {
    /// The settings with the role of every column stated, and what was found out about the columns.
    pub(super) roles: StatedRoles,
    /// Rows, those without a label among them.
    pub(super) rows: u64,
    /// About how many distinct rows there are, those of either label for themselves: at most so many groups has the query.
    pub(super) distinct_rows: u64,
    /// Rows that the roles were found in.
    pub(super) sample_rows: u64,
    /// The first rows.
    pub(super) first: Table,
    /// The first rows, and one row of each label, with nothing else in it.
    pub(super) sample: Table,
    /// What is called class 0.
    pub(super) negative: String,
    /// The texts of the label that are of class 0, and of class 1.
    pub(super) labels: [Vec<String>; 2],
    /// Rows whose label is missing.
    pub(super) unlabelled: u64,
}

impl FirstLook {
    /// Looks at a table.
    pub(super) fn take(
        engine: &Engine,
        table: &EngineTable,
        settings: &Settings,
        watch: Watch<'_>,
    ) -> Result<Self, Error> {
        let batches = table.sample()?;
        let sample_rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        let name = table.table().name();
        let first = Table::from_batches(&name, batches.clone()).map_err(assist_learn::Error::from)?;
        // The labels of the first rows need not be all.
        let provisional = settings.with_roles_of(&first, false)?.settings;
        let target = provisional.roles.target.clone().ok_or(Error::NoTarget)?;
        table.check_columns(columns_of(&provisional.roles))?;
        table.check_texts(texts_of(&provisional))?;
        table.check_numbers(provisional.roles.numeric.keys())?;
        let keys = distinct_keys(&provisional.roles, DIALECT, kept_group(&provisional))?;
        let found = engine.query(table, &Labels::query(&keys, &target)?, watch)?;
        let labels = Labels::of(engine, &found)?;
        let sample = match batches.first() {
            Some(batch) => batches.iter().cloned().chain([rows_of_labels(batch, &target, &labels)?]).collect(),
            None => batches,
        };
        let sample = Table::from_batches(&name, sample).map_err(assist_learn::Error::from)?;
        let roles = settings.with_roles_of(&sample, true)?;
        let negative = roles.negative.clone();
        // What is neither was taken for a missing one: else there were too many labels.
        let (of_class, unlabelled) = labels.by_class(|text| roles.labels.class(text).or(Ok(None))).unwrap_or_default();
        Ok(Self {
            roles,
            negative,
            labels: of_class,
            unlabelled,
            rows: labels.rows,
            distinct_rows: labels.distinct_rows,
            sample_rows,
            first,
            sample,
        })
    }

    /// About the mean of each of some columns of numbers, by the first rows: what sums are counted from.
    pub(super) fn means(&self, names: &[String]) -> Result<Vec<f64>, Error> {
        let columns: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut sums = vec![(0.0, 0_u64); names.len()];
        for batch in self.sample.batches(&columns, MEAN_ROWS).map_err(assist_learn::Error::from)? {
            let batch = batch.map_err(assist_learn::Error::from)?.record;
            for (column, (sum, rows)) in batch.columns().iter().zip(&mut sums) {
                let column = cast(column, &DataType::Float64).map_err(assist_learn::Error::from)?;
                for number in column.as_primitive::<Float64Type>().iter().flatten().filter(|number| number.is_finite())
                {
                    (*sum, *rows) = (*sum + number, *rows + 1);
                }
            }
        }
        Ok(sums.into_iter().map(|(sum, rows)| if rows > 0 { sum / rows as f64 } else { 0.0 }).collect())
    }

    /// Whether rows of one group have to be told apart in the counts.
    pub(super) fn with_group(&self) -> bool {
        kept_group(&self.roles.settings).is_some()
    }
}

/// The columns that are read where roles are stated.
pub(super) fn columns_of(roles: &SchemaFile) -> impl Iterator<Item = &String> {
    let others = roles.target.iter().chain(&roles.group).chain(&roles.split_key);
    roles.numeric.keys().chain(roles.categorical.keys()).chain(others)
}

/// The columns that are taken as texts: levels, and what rows are divided or grouped by.
fn texts_of(settings: &Settings) -> impl Iterator<Item = &String> {
    let roles = &settings.roles;
    let group = roles.group.iter().filter(|group| *group != NO_COLUMN);
    roles.categorical.keys().chain(group).chain(&roles.split_key)
}

/// The column of the groups that counts have to keep: a training divides by it.
fn kept_group(settings: &Settings) -> Option<&str> {
    let roles = &settings.roles;
    roles.group.as_deref().filter(|group| *group != NO_COLUMN && roles.split_key.is_none())
}

/// What the query of the labels found.
#[derive(Debug)]
pub(super) struct Labels {
    /// Those that occur, as texts.
    pub(super) names: Vec<String>,
    /// How many rows have each.
    pub(super) rows_of: Vec<u64>,
    /// Rows without any text there.
    pub(super) empty: u64,
    /// Rows, those without a label among them.
    pub(super) rows: u64,
    /// About how many distinct rows there are, those of each label for themselves.
    pub(super) distinct_rows: u64,
}

impl Labels {
    /// The query: how many rows have each label, and about how many of these differ in their keys.
    pub(super) fn query(keys: &[String], target: &str) -> Result<String, Error> {
        Ok(format!(
            "SELECT assist_label, COUNT(*) AS assist_rows, approx_distinct(struct({})) AS assist_distinct\n\
             FROM (SELECT *, CAST({} AS VARCHAR) AS assist_label FROM {TABLE})\n\
             GROUP BY assist_label LIMIT {MOST_LABELS}",
            keys.join(", "),
            DIALECT.identifier(target)?
        ))
    }

    /// What it found.
    pub(super) fn of(engine: &Engine, found: &[RecordBatch]) -> Result<Self, Error> {
        let mut labels = Self { names: Vec::new(), rows_of: Vec::new(), empty: 0, rows: 0, distinct_rows: 0 };
        for batch in found {
            let names = texts(engine, batch, "assist_label")?;
            let rows = whole_numbers(engine, batch, "assist_rows")?;
            let distinct = whole_numbers(engine, batch, "assist_distinct")?;
            for (name, rows) in names.iter().zip(rows.values()) {
                match name {
                    Some(name) => {
                        labels.names.push(name.to_owned());
                        labels.rows_of.push(*rows);
                    }
                    None => labels.empty += rows,
                }
            }
            labels.rows += rows.iter().flatten().sum::<u64>();
            labels.distinct_rows += distinct.iter().flatten().sum::<u64>();
        }
        if labels.names.len() >= MOST_LABELS {
            return Err(EngineFault::TooManyLabels { most: MOST_LABELS as u64 }.into());
        }
        Ok(labels)
    }

    /// The texts of each class, and how many rows have none; `class` says which a text stands for.
    pub(super) fn by_class(
        &self,
        class: impl Fn(&str) -> Result<Option<usize>, String>,
    ) -> Result<([Vec<String>; 2], u64), String> {
        let (mut of_class, mut unlabelled) = ([Vec::new(), Vec::new()], self.empty);
        for (text, rows) in self.names.iter().zip(&self.rows_of) {
            match class(text)? {
                Some(class) => of_class[class].push(text.clone()),
                None => unlabelled += rows,
            }
        }
        Ok((of_class, unlabelled))
    }
}

/// A row for each label, with nothing else in it.
fn rows_of_labels(like: &RecordBatch, target: &str, labels: &Labels) -> Result<RecordBatch, Error> {
    let rows = labels.names.len();
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(&labels.names));
    let column = |field: &Arc<assist_learn::arrow::datatypes::Field>| match field.name() {
        name if name == target => cast(&names, field.data_type()),
        _ => Ok(new_null_array(field.data_type(), rows)),
    };
    let columns: Result<Vec<ArrayRef>, _> = like.schema().fields().iter().map(column).collect();
    let batch = columns.and_then(|columns| RecordBatch::try_new(like.schema(), columns));
    Ok(batch.map_err(assist_learn::Error::from)?)
}

/// A column of an answer.
fn column<'b>(engine: &Engine, batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef, Error> {
    batch.column_by_name(name).ok_or_else(|| lacking(engine, name).into())
}

fn lacking(engine: &Engine, name: &str) -> EngineFault {
    EngineFault::Answer { engine: engine.name(), detail: format!("the column `{name}`") }
}

fn as_type(engine: &Engine, batch: &RecordBatch, name: &str, data_type: &DataType) -> Result<ArrayRef, Error> {
    Ok(cast(column(engine, batch, name)?, data_type).map_err(|_| lacking(engine, name))?)
}

/// A column of texts.
pub(super) fn texts(engine: &Engine, batch: &RecordBatch, name: &str) -> Result<StringArray, Error> {
    Ok(as_type(engine, batch, name, &DataType::Utf8)?.as_string().clone())
}

/// A column of counts.
pub(super) fn whole_numbers(engine: &Engine, batch: &RecordBatch, name: &str) -> Result<UInt64Array, Error> {
    Ok(as_type(engine, batch, name, &DataType::UInt64)?.as_primitive().clone())
}

/// A column of numbers.
pub(super) fn numbers(
    engine: &Engine,
    batch: &RecordBatch,
    name: &str,
) -> Result<assist_learn::arrow::array::Float64Array, Error> {
    Ok(as_type(engine, batch, name, &DataType::Float64)?.as_primitive().clone())
}
