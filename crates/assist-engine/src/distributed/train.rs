//! Training on rows that an engine reads: by the table of counts where that fits in here, else by the sums of each step.

use assist_learn::{EngineReport, EngineWay, MissingPolicy, Settings, SplitMethod, Trained, Warning, Watch};

use super::counts::counted;
use super::engine::{Engine, EnginePlace};
use super::files::EngineTable;
use super::first_look::FirstLook;
use super::settings::EngineSettings;
use super::sums::train_on_sums;
use super::unknown_level::with_its_file;
use crate::error::Error;
use crate::fault::EngineFault;

/// Trains a model on a table that an engine reads. By counts, what is found is what a training on the rows finds; by sums it is
/// the same optimum, without what only rows can tell. The report says which it was.
///
/// # Errors
///
/// Those of a training; those of the engine, with whether it still answers; what sums cannot do.
pub fn train_on(
    engine: &Engine,
    table: &EngineTable,
    settings: &Settings,
    how: EngineSettings,
    watch: Watch<'_>,
) -> Result<Trained, Error> {
    settings.check()?;
    let look = FirstLook::take(engine, table, settings, watch)?;
    if settings.missing == MissingPolicy::Error && look.unlabelled > 0 {
        return Err(EngineFault::Unlabelled { rows: look.unlabelled }.into());
    }
    let by_counts = match how.way {
        Some(way) => way == EngineWay::Counts,
        None => look.distinct_rows <= how.most_counts,
    };
    let mut trained = if by_counts {
        train_on_counts(engine, table, &look, watch)?
    } else {
        train_on_sums(engine, table, &look, how, watch)?
    };
    let counted: u64 = trained.report.data.class_counts.iter().sum();
    let left_out = look.rows.saturating_sub(look.unlabelled + counted);
    let read = &mut trained.report.data.read;
    (read.rows_without_label, read.rows_with_missing_cells) = (look.unlabelled, left_out);
    trained.report.data.rows_left_out = left_out;
    let unlabelled = (look.unlabelled > 0).then_some(Warning::RowsUnlabelled(look.unlabelled));
    let is_told = |warning: &Warning| matches!(warning, Warning::RowsLeftOut { .. });
    let is_new = left_out > 0 && !trained.warnings.iter().any(is_told);
    let left_out = is_new.then(|| Warning::RowsLeftOut { rows: left_out, columns: Vec::new() });
    for warning in unlabelled.into_iter().chain(left_out) {
        trained.report.warnings.push(warning.to_string());
        trained.warnings.push(warning);
    }
    divided_by_key(&mut trained, &look.roles.settings);
    let way = if by_counts { EngineWay::Counts } else { EngineWay::Sums };
    let read = &mut trained.report.data.read;
    read.files = table.table().syntax();
    read.left_out.clone_from(&look.roles.read.left_out);
    read.columns.clone_from(&look.roles.read.columns);
    trained.report.data.dropped.clone_from(&look.roles.dropped);
    let mut report = engine.report(way, look.rows);
    report.distinct_rows = Some(look.distinct_rows);
    report.role_rows = Some(look.sample_rows);
    trained.report.engine = Some(report);
    Ok(trained)
}

/// Where rows are divided by a key or by groups, a training on the rows would have the very same test rows: so that is what the
/// report tells, and a page can be made of the rows.
fn divided_by_key(trained: &mut Trained, settings: &Settings) {
    let by_key = [SplitMethod::Hash, SplitMethod::Stated].contains(&settings.split.method);
    if by_key && settings.roles.split_key.is_some() {
        trained.report.split.method = settings.split.method;
        trained.report.split.key.clone_from(&settings.roles.split_key);
        trained.report.data.counts = false;
    }
    if trained.report.split.groups.is_some() {
        trained.report.data.counts = false;
    }
}

fn train_on_counts(engine: &Engine, table: &EngineTable, look: &FirstLook, watch: Watch<'_>) -> Result<Trained, Error> {
    let learn = || {
        let (counts, settings) =
            counted(engine, table, &look.roles.settings, (&look.negative, &look.labels), look.with_group(), watch)?;
        Ok(assist_learn::train(&counts, &settings, watch)?)
    };
    learn().map_err(|error| with_its_file(error, table, watch))
}

impl Engine {
    /// What it did so far.
    pub(super) fn report(&self, way: EngineWay, rows: u64) -> EngineReport {
        let [queries, repeated] = self.queries();
        EngineReport {
            engine: self.build().to_owned(),
            scheduler: match self.place() {
                EnginePlace::DataFusion => None,
                EnginePlace::Ballista(address) => Some(address.to_string()),
            },
            way,
            rows,
            distinct_rows: None,
            role_rows: None,
            queries,
            repeated,
            seconds: self.seconds(),
        }
    }
}

/// That more distinct rows were to be fetched than are taken.
pub(super) fn too_many_rows(what: &str, rows: u64, most: u64) -> Error {
    EngineFault::TooManyRows { what: what.to_owned(), rows, most }.into()
}
