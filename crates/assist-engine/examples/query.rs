//! The query that makes the table of counts, for two engines: what differs is how they spell it.
#![expect(clippy::print_stdout, reason = "the query is what it is for")]

use assist_engine::{Error, QueryOptions, counts_query};
use assist_export::Dialect;
use assist_learn::{CategoricalRole, NumericRole, Settings, SplitMethod};

fn main() -> Result<(), Error> {
    let mut settings = Settings::new("needs_help");
    settings.roles.positive = Some("yes".into());
    settings.roles.numeric.insert("errors".into(), NumericRole::default());
    settings.roles.categorical.insert("device".into(), CategoricalRole::default());
    settings.roles.group = Some("user_id".into());
    settings.split.method = SplitMethod::Hash;
    for dialect in [Dialect::Postgres, Dialect::BigQuery] {
        println!("{}", counts_query(&settings, &QueryOptions::new(dialect, "lake.interactions"))?);
    }
    Ok(())
}
