//! Options of the commands whose rows an engine can read.

use clap::{Args, ValueEnum};

use super::values::positive;
use crate::failure::Failure;

/// Which engine reads the rows. Without one this program does.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Engines (of a program built with `--features distributed`)")]
pub(crate) struct EngineOptions {
    /// The engine that reads the rows, which are Parquet files: `datafusion` in this process, or `ballista`, a cluster whose machines
    /// find them under the same paths [default: this program itself]
    #[arg(long, value_enum)]
    pub(crate) engine: Option<EngineName>,
    /// The scheduler of the cluster, for `--engine ballista`
    #[arg(long, value_name = "df://HOST:PORT", requires = "engine")]
    pub(crate) scheduler: Option<String>,
    /// How long a query on a cluster is waited for [default: ten times what its files should take, a minute at least]
    #[arg(long, value_name = "SECONDS", requires = "engine", value_parser = positive)]
    pub(crate) deadline: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineName {
    #[value(name = "datafusion")]
    DataFusion,
    Ballista,
}

/// What a training takes from an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AggregateName {
    Counts,
    Sums,
}

impl EngineOptions {
    /// Refuses options that contradict each other.
    pub(crate) fn check(&self, counts: bool) -> Result<(), Failure> {
        let hint = match (self.engine, &self.scheduler) {
            (Some(EngineName::Ballista), None) => {
                return Err(Failure::usage(
                    "`--engine ballista` needs the address of a scheduler",
                    "give it with `--scheduler df://HOST:PORT`".to_owned(),
                ));
            }
            (Some(EngineName::DataFusion), Some(_)) => {
                return Err(Failure::usage(
                    "`--engine datafusion` runs in this process and has no scheduler",
                    "leave `--scheduler` out, or choose `--engine ballista`".to_owned(),
                ));
            }
            _ => "leave `--engine` out: counts are small enough to be read here".to_owned(),
        };
        if self.engine.is_some() && counts {
            return Err(Failure::usage("`--counts` is for tables that this program reads", hint));
        }
        Ok(())
    }
}
