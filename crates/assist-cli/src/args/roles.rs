//! Which table, the roles of its columns, and how its rows are split: options that many commands have.

use std::path::PathBuf;

use assist_learn::{SchemaFile, Settings, SplitMethod, SplitSettings, Table};
use clap::{Args, ValueEnum};

use super::values::share;
use crate::failure::Failure;
use crate::outputs::Inputs;

/// The table and the roles of its columns.
#[derive(Debug, Args)]
pub(crate) struct DataArguments {
    /// CSV, Parquet, Arrow IPC or JSON lines; several files or a pattern are one table; `-` is CSV on standard input
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) data: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) roles: RoleArguments,
}

/// The roles of the columns, from a file or from options.
#[derive(Debug, Args)]
pub(crate) struct RoleArguments {
    /// TOML file with the roles of the columns
    #[arg(long, value_name = "FILE", conflicts_with_all = ["target", "positive", "drop"])]
    pub(crate) schema: Option<PathBuf>,
    /// The column with the label
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
    /// The label that means "needs assistance" [default: the one that sorts last, numbers as numbers]
    #[arg(long, value_name = "VALUE")]
    pub(crate) positive: Option<String>,
    /// Columns that are no features [default: `user_id` and `id`]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) drop: Option<Vec<String>>,
}

/// How rows are split into training and test rows.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct SplitOptions {
    /// Share of the rows that is kept for testing
    #[arg(long, default_value_t = 0.2, value_parser = share)]
    pub(crate) test_size: f64,
    /// Seed of the split
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u32,
    /// How rows are drawn: as scikit-learn does, row for row, or by selection in one pass
    #[arg(long, value_enum, default_value_t = SplitName::Sklearn)]
    pub(crate) split: SplitName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitName {
    Sklearn,
    Selection,
}

impl SplitOptions {
    pub(crate) fn settings(self) -> SplitSettings {
        let mut settings = SplitSettings::default();
        settings.test_size = self.test_size;
        settings.seed = self.seed;
        settings.method = match self.split {
            SplitName::Sklearn => SplitMethod::Sklearn,
            SplitName::Selection => SplitMethod::Selection,
        };
        settings
    }
}

impl RoleArguments {
    /// What is said about the columns.
    pub(crate) fn roles(&self) -> Result<SchemaFile, Failure> {
        Ok(match &self.schema {
            Some(path) => SchemaFile::read(path)?,
            None => SchemaFile {
                target: self.target.clone(),
                positive: self.positive.clone(),
                drop: self.drop.clone(),
                ..SchemaFile::default()
            },
        })
    }
}

impl DataArguments {
    pub(crate) fn open(&self) -> Result<Table, Failure> {
        open(&self.data)
    }

    /// All files that are read.
    pub(crate) fn inputs(&self, table: &Table) -> Inputs {
        Inputs::of_table(table, &self.data).and(self.roles.schema.as_ref())
    }

    /// The settings of what is learnt from the table: its roles and its split.
    pub(crate) fn settings(&self, split: SplitOptions, counts: bool) -> Result<Settings, Failure> {
        let mut settings = Settings::default();
        settings.roles = self.roles.roles()?;
        settings.split = split.settings();
        settings.counts = counts;
        Ok(settings)
    }
}

/// Opens the files of an option.
pub(crate) fn open(files: &[PathBuf]) -> Result<Table, Failure> {
    if files.len() > 1 && files.iter().any(|file| file.as_os_str() == "-") {
        return Err(Failure::usage("standard input cannot be one of several files", "give `-` alone".to_owned()));
    }
    Ok(Table::open(files)?)
}

/// How many threads work.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ThreadOptions {
    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
}

impl ThreadOptions {
    /// Works with so many threads from now on. Results do not depend on their number.
    pub(crate) fn apply(self) -> Result<(), Failure> {
        if let Some(threads) = self.threads {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
            pool.build_global().map_err(|error| Failure::outcome(format!("no threads: {error}"), None))?;
        }
        Ok(())
    }
}
