//! Options of the command that makes the table of counts, or prints the query that makes it elsewhere.

use std::path::PathBuf;

use clap::Args;

use super::exports::DialectName;
use super::reading::{ColumnOptions, WrittenOptions};
use super::roles::{DataArguments, RoleArguments, SplitOptions, ThreadOptions};

/// The table of counts: each distinct row once, with how often it was seen with either label; or the query that makes it in a warehouse
///
/// `train --counts` learns from it what it would learn from the rows. With `--sql` nothing is read: the query is made of a schema file,
/// such as `inspect --write-schema` writes from a sample of the rows.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  assist-cli counts --data data/assistance.csv --schema data/assistance.schema.toml --out counts.csv\n  assist-cli counts --sql --dialect postgres --table app.interactions --schema data/assistance.schema.toml --split hash --split-key user_id\n  assist-cli train --counts --data counts.csv --out artifacts"
)]
pub(crate) struct CountsArguments {
    /// CSV, Parquet, Arrow IPC, JSON, xlsx, compressed or not; several files, a pattern or a folder are one table; `-` is
    /// standard input
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "sql", conflicts_with = "sql")]
    data: Vec<PathBuf>,
    /// Print the query that makes the table of counts, instead of making it
    #[arg(long, requires = "schema")]
    pub(crate) sql: bool,
    /// Whose SQL it is [default: ansi]
    #[arg(long, value_enum, requires = "sql")]
    pub(crate) dialect: Option<DialectName>,
    /// The table that the query reads, parts of its name with dots between them [default: rows]
    #[arg(long, value_name = "NAME", requires = "sql")]
    pub(crate) table: Option<String>,
    #[command(flatten)]
    pub(crate) roles: RoleArguments,
    #[command(flatten)]
    columns: ColumnOptions,
    #[command(flatten)]
    written: WrittenOptions,
    #[command(flatten)]
    pub(crate) split: SplitOptions,
    /// The table is one of counts already, with columns `n0` and `n1`: its rows are put into order, equal ones together
    #[arg(long, conflicts_with = "sql")]
    pub(crate) counts: bool,
    /// Keep the column of the groups, so that a training can group by it: rows of two users stay apart
    #[arg(long)]
    pub(crate) with_group: bool,
    /// The file to write; of a table its ending (.csv, .tsv, .parquet, .arrow, .jsonl) is its format [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) threads: ThreadOptions,
}

impl CountsArguments {
    /// The table and the roles of its columns.
    pub(crate) fn data(&self) -> DataArguments {
        DataArguments {
            data: self.data.clone(),
            roles: self.roles.clone(),
            columns: self.columns.clone(),
            written: self.written.clone(),
        }
    }
}
