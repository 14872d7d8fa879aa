//! What an engine did for a training or an evaluation, told beside its figures.

use std::fmt;

use assist_data::Table;
use assist_features::MissingPolicy;
use assist_metrics::words::count;
use serde::{Deserialize, Serialize};

use crate::dataset::{scan, stated_na};
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
        let mut negative = String::new();
        if with_labels {
            let labels = scan(table, &schema, MissingPolicy::Auto, None, &unwatched)?;
            positive = Some(labels.target().positive.clone());
            negative.clone_from(&labels.target().negative);
            read = read.with_labels(&labels, &[]);
            group = group.filter(|_| labels.groups().is_some());
        }
        let mut roles = schema.as_file(table, positive.as_deref().unwrap_or_default());
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
        Ok(StatedRoles { settings, read, dropped, negative })
    }
}
