//! What an engine did for a training or an evaluation, told beside its figures.

use std::fmt;

use assist_data::{LabelReading, LabelRole, OTHER_LABELS, Table};
use assist_features::MissingPolicy;
use assist_metrics::words::count;
use assist_score::Model;
use serde::{Deserialize, Serialize};

use crate::dataset::{labels_of_model, scan, stated_na};
use crate::error::Error;
use crate::progress::unwatched;
use crate::read_report::ReadReport;
use crate::settings::Settings;

/// What is taken from an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EngineWay {
    /// The table of counts, by one query; all else is done here, exactly.
    Counts,
    /// The sums of a fit, by one query for each of its steps.
    Sums,
}

impl fmt::Display for EngineWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counts => "the table of counts",
            Self::Sums => "the sums of each step",
        })
    }
}

/// What an engine did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EngineReport {
    /// The program and its version, such as `datafusion/55.2.0`.
    pub engine: String,
    /// The address of its scheduler, where it is a cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduler: Option<String>,
    /// What was taken from it.
    pub way: EngineWay,
    /// Rows of the table.
    pub rows: u64,
    /// About how many distinct rows there are, as the engine estimates; absent where nothing hung on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct_rows: Option<u64>,
    /// First rows, which roles were found in that are not declared; absent where a model knows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_rows: Option<u64>,
    /// Queries that gave a result.
    pub queries: u64,
    /// Queries that were asked again.
    pub repeated: u64,
    /// Seconds from the first question to the last answer.
    pub seconds: f64,
}

impl EngineReport {
    /// What was done, in a sentence.
    pub fn in_words(&self) -> String {
        let at = self.scheduler.as_ref().map_or(String::new(), |scheduler| format!(" at {scheduler}"));
        let repeated = match self.repeated {
            0 => String::new(),
            1 => ", one of them asked again".to_owned(),
            more => format!(", {more} of them asked again"),
        };
        let distinct =
            self.distinct_rows.map_or(String::new(), |rows| format!(", about {} of them distinct", count(rows)));
        let roles = self.role_rows.filter(|rows| *rows < self.rows).map_or(String::new(), |rows| {
            format!("; what is not declared of its columns was found in the first {} rows", count(rows))
        });
        format!(
            "{} from {}{at}: {} rows{distinct}, {} {}{repeated}, {:.1} s{roles}",
            self.way,
            self.engine,
            count(self.rows),
            self.queries,
            if self.queries == 1 { "query" } else { "queries" },
            self.seconds,
        )
    }
}

/// The roles of the columns of a table, found in some of its rows.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StatedRoles {
    /// The settings, in which the role of every column is stated.
    pub settings: Settings,
    /// What was found out about the table.
    pub read: ReadReport,
    /// Columns that are no features.
    pub dropped: Vec<String>,
    /// What is called class 0, where labels were looked at.
    pub negative: String,
    /// What each text of the label is.
    pub labels: LabelClasses,
}

/// What the texts of a label are, as tables are read: the class of each, or that it is none.
#[derive(Debug, Clone, Default)]
pub struct LabelClasses {
    reading: LabelReading,
    positive: String,
    negative: String,
}

impl LabelClasses {
    /// Those of a model, for a table with all of them.
    ///
    /// # Errors
    ///
    /// Columns of the model that the table does not have.
    pub fn of_model(model: &Model, table: &Table) -> Result<Self, Error> {
        let target = &model.space().target;
        let reading = labels_of_model(model, table)?;
        Ok(Self { reading, positive: target.positive.clone(), negative: target.negative.clone() })
    }

    /// The class that a text stands for, `None` where it stands for a missing label.
    ///
    /// # Errors
    ///
    /// The label, where it is neither of the two.
    pub fn class(&self, text: &str) -> Result<Option<usize>, String> {
        match self.reading.label(text) {
            None => Ok(None),
            Some(label) if label == self.positive => Ok(Some(1)),
            Some(label) if label == self.negative || self.negative == OTHER_LABELS => Ok(Some(0)),
            Some(label) => Err(label),
        }
    }
}

impl Settings {
    /// The same settings with the role of every column stated, as they are found in `table`, such as some rows of a larger one:
    /// what a query is made of. With `with_labels` the positive label is stated as well, so all labels have to occur.
    ///
    /// # Errors
    ///
    /// As those of a training on the table.
    pub fn with_roles_of(&self, table: &Table, with_labels: bool) -> Result<StatedRoles, Error> {
        self.check()?;
        let mut settings = self.for_table(table)?;
        let schema = settings.schema(table)?;
        let mut read = ReadReport::new(table, &schema, &stated_na(table, &settings));
        let mut group = schema.group.as_ref().map(|role| role.column.clone());
        let mut positive = settings.roles.positive.clone();
        let mut classes = LabelClasses::default();
        let mut negative = String::new();
        if with_labels {
            let labels = scan(table, &schema, MissingPolicy::Auto, None, &unwatched)?;
            positive = Some(labels.target().positive.clone());
            negative.clone_from(&labels.target().negative);
            let reading = match &schema.label {
                LabelRole::Column { reading, .. } => reading.clone(),
                _ => LabelReading::default(),
            };
            let positive = labels.target().positive.clone();
            classes = LabelClasses { reading, positive, negative: negative.clone() };
            read = read.with_labels(&labels, &[]);
            group = group.filter(|_| labels.groups().is_some());
        }
        let mut roles = schema.as_file(table, positive.as_deref().unwrap_or_default());
        // How cells are written was stated for the whole table.
        roles.table.clone_from(&settings.roles.table);
        roles.table.na = stated_na(table, &settings);
        roles.positive = positive;
        roles.split_key.clone_from(&settings.roles.split_key);
        // That nothing groups the rows was stated, and would else be found otherwise.
        roles.group = match (&settings.roles.split_key, &settings.roles.group) {
            (Some(_), stated) => stated.clone(),
            (None, Some(stated)) => Some(stated.clone()),
            (None, None) => group,
        };
        settings.roles = roles;
        let dropped = schema.dropped;
        Ok(StatedRoles { settings, read, dropped, negative, labels: classes })
    }
}
