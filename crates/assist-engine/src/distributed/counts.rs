//! The way by the table of counts: one query, whose result is a table that everything else takes as it takes rows.

use assist_learn::{Settings, Table, Watch, counts};

use super::engine::Engine;
use super::files::{EngineTable, TABLE};
use super::first_look::DIALECT;
use crate::counts_query::{QueryOptions, counts_query};
use crate::error::Error;
use crate::fault::EngineFault;

/// The table of counts of a table, in the order of its values, and the settings of whoever reads it. The roles of all columns
/// are stated in `settings`; class 0 is called `negative`, and `labels` are the texts of each class. With `with_group` the column of the groups is one of it.
pub(super) fn counted(
    engine: &Engine,
    table: &EngineTable,
    settings: &Settings,
    (negative, labels): (&str, &[Vec<String>; 2]),
    with_group: bool,
    watch: Watch<'_>,
) -> Result<(Table, Settings), Error> {
    let mut options = QueryOptions::new(DIALECT, TABLE);
    options.with_group = with_group;
    options.labels = Some(labels.clone());
    // They are put into order here, as counts of this program are.
    options.in_order = false;
    let found = engine.query(table, &counts_query(settings, &options)?, watch)?;
    if found.iter().all(|batch| batch.num_rows() == 0) {
        return Err(EngineFault::Answer { engine: engine.name(), detail: "no row has a label".into() }.into());
    }
    let name = format!("the counts of {}", table.table().name());
    let found = Table::from_batches(&name, found).map_err(assist_learn::Error::from)?;
    let mut of_counts = settings.clone();
    of_counts.counts = true;
    of_counts.roles.negative = Some(negative.to_owned()).filter(|negative| !negative.is_empty());
    if !with_group {
        (of_counts.roles.group, of_counts.roles.split_key) = (None, None);
    }
    let rows = counts(&found, &of_counts, with_group, watch)?.rows;
    Ok((Table::from_batches(&name, vec![rows]).map_err(assist_learn::Error::from)?, of_counts))
}
