//! Which table, the roles of its columns, and how its rows are split: options that many commands have.

use std::path::PathBuf;

use assist_learn::{SchemaFile, Settings, SplitMethod, SplitSettings, Table, TableOptions};
use clap::{Args, ValueEnum};

use super::reading::{ColumnOptions, WrittenOptions};
use super::values::share;
use crate::failure::Failure;
use crate::outputs::Inputs;

/// What overrules a column that a schema names.
const NO_COLUMN: &str = "none";

/// The table and the roles of its columns.
#[derive(Debug, Clone, Args)]
pub(crate) struct DataArguments {
    /// CSV, Parquet, Arrow IPC, JSON, xlsx, compressed or not; several files, a pattern or a folder are one table; `-` is
    /// standard input
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub(crate) data: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) roles: RoleArguments,
    #[command(flatten)]
    pub(crate) columns: ColumnOptions,
    #[command(flatten)]
    pub(crate) written: WrittenOptions,
}

/// The roles of the columns, from a file or from options.
#[derive(Debug, Clone, Args)]
pub(crate) struct RoleArguments {
    /// TOML file with the roles of the columns; options beside it win
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,
    /// The column with the label
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
    /// The label that means "needs assistance" [default: the one that sorts last, numbers as numbers]
    #[arg(long, value_name = "VALUE")]
    pub(crate) positive: Option<String>,
    /// The column that names users: all rows of one go to the same side of the split and of every fold; `none` for no groups
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group: Option<String>,
    /// The column that says when each row was recorded, a date or a number that rises with time: training rows are the earliest,
    /// test rows the latest share, and folds follow each other; `none` for a split by chance
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time: Option<String>,
    /// The column that says on which side of the split rows are: by its hash with `--split hash`, in words with `--split stated`;
    /// it is no feature
    #[arg(long, value_name = "COLUMN")]
    pub(crate) split_key: Option<String>,
    /// The column that says how much each row weighs, whole or fractional; it is no feature, and `none` overrules the schema
    /// [default: all the same]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) weight: Option<String>,
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
    /// How rows are drawn
    #[arg(long, value_enum, default_value_t = SplitName::Sklearn)]
    pub(crate) split: SplitName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitName {
    /// As scikit-learn does, row for row; whole groups or the latest rows where rows have groups or times
    Sklearn,
    /// By selection in one pass
    Selection,
    /// By the hash of `--split-key`, or else of the group, which every warehouse can make as well
    Hash,
    /// As the column of `--split-key` says: `train` or `test`
    Stated,
}

impl SplitOptions {
    pub(crate) fn settings(self) -> SplitSettings {
        let mut settings = SplitSettings::default();
        settings.test_size = self.test_size;
        settings.seed = self.seed;
        settings.method = match self.split {
            SplitName::Sklearn => SplitMethod::Sklearn,
            SplitName::Selection => SplitMethod::Selection,
            SplitName::Hash => SplitMethod::Hash,
            SplitName::Stated => SplitMethod::Stated,
        };
        settings
    }
}

impl DataArguments {
    /// The table, and the settings of what is learnt from it: its roles and its split.
    pub(crate) fn open(&self, settings: &mut Settings) -> Result<Table, Failure> {
        let table = open(&self.data, &settings.roles.table)?;
        table.check_statements(&self.written.options())?;
        settings.roles.split_names(table.columns());
        Ok(table)
    }

    /// What is said about table and columns: options, and where they are silent the schema.
    fn roles(&self) -> Result<SchemaFile, Failure> {
        let mut stated = SchemaFile::default();
        stated.target.clone_from(&self.roles.target);
        stated.positive.clone_from(&self.roles.positive);
        stated.group.clone_from(&self.roles.group);
        stated.time.clone_from(&self.roles.time);
        stated.split_key.clone_from(&self.roles.split_key);
        stated.weight = self.roles.weight.clone().filter(|column| column != NO_COLUMN);
        stated.table = self.written.options();
        self.columns.declare(&mut stated);
        let hint = || "correct the option, or leave it out: then the file decides".to_owned();
        stated.table.check().map_err(|fault| Failure::usage(fault, hint()))?;
        let hint = || "say one thing of each column".to_owned();
        stated.check().map_err(|contradiction| Failure::usage(contradiction, hint()))?;
        let mut all = match &self.roles.schema {
            Some(path) => stated.over(SchemaFile::read(path)?),
            None => stated,
        };
        if self.roles.weight.as_deref() == Some(NO_COLUMN) {
            all.weight = None;
        }
        Ok(all)
    }

    /// All files that are read.
    pub(crate) fn inputs(&self, table: &Table) -> Inputs {
        Inputs::of_table(table, &self.data).and(self.roles.schema.as_ref())
    }

    /// The settings of what is learnt from the table: its roles and its split.
    pub(crate) fn settings(&self, split: SplitOptions, counts: bool) -> Result<Settings, Failure> {
        let mut settings = Settings::from_schema(self.roles()?)?;
        settings.split = split.settings();
        settings.counts = counts;
        Ok(settings)
    }
}

/// Opens the files of an option that are written as options say.
pub(crate) fn open_as(files: &[PathBuf], written: &WrittenOptions) -> Result<Table, Failure> {
    let options = written.options();
    let table = open(files, &options)?;
    table.check_statements(&options)?;
    Ok(table)
}

fn open(files: &[PathBuf], options: &TableOptions) -> Result<Table, Failure> {
    if files.len() > 1 && files.iter().any(|file| file.as_os_str() == "-") {
        return Err(Failure::usage("standard input cannot be one of several files", "give `-` alone".to_owned()));
    }
    Ok(Table::open_with(files, options)?)
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
