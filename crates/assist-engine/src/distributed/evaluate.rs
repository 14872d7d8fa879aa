//! Evaluation of a model on rows that an engine reads: by their counts, so that every figure is that of the rows.

use assist_data::NO_COLUMN;
use assist_learn::{
    CategoricalRole, EngineWay, EvaluateSettings, Evaluation, LabelClasses, Model, NumericRole, SchemaFile, Settings,
    Warning, Watch, evaluate,
};

use super::counts::counted;
use super::engine::Engine;
use super::files::EngineTable;
use super::first_look::{DIALECT, Labels, columns_of};
use super::settings::MOST_COUNTS;
use super::train::too_many_rows;
use super::unknown_level::with_its_file;
use crate::counts_query::distinct_keys;
use crate::error::Error;
use crate::fault::EngineFault;

/// Evaluates a model on a labelled table that an engine reads.
///
/// # Errors
///
/// Those of an evaluation; those of the engine; more distinct rows than are fetched.
pub fn evaluate_on(
    engine: &Engine,
    table: &EngineTable,
    model: &Model,
    settings: &EvaluateSettings,
    watch: Watch<'_>,
) -> Result<Evaluation, Error> {
    let roles = roles_of(model, table, settings)?;
    let labels = labels(engine, table, &roles, watch)?;
    let target = &model.space().target;
    let classes = LabelClasses::of_model(model, table.table())?;
    let (of_class, unlabelled) =
        labels.by_class(|text| classes.class(text)).map_err(|label| EngineFault::OtherLabel {
            column: target.name.clone(),
            label,
            known: [target.negative.clone(), target.positive.clone()],
        })?;
    if labels.distinct_rows > MOST_COUNTS {
        return Err(too_many_rows("an evaluation", labels.distinct_rows, MOST_COUNTS));
    }
    let with_group = roles.roles.group.is_some();
    let judge = || {
        let (counts, _) = counted(engine, table, &roles, (&target.negative, &of_class), with_group, watch)?;
        let mut settings = settings.clone();
        settings.counts = true;
        if !with_group {
            settings.group = Some(NO_COLUMN.to_owned());
        }
        Ok(evaluate(model, &counts, &settings, watch)?)
    };
    let mut evaluation = judge().map_err(|error| with_its_file(error, table, watch))?;
    evaluation.read.files = table.table().syntax();
    if unlabelled > 0 {
        evaluation.read.rows_without_label = unlabelled;
        evaluation.warnings.push(Warning::RowsUnlabelled(unlabelled));
    }
    let mut report = engine.report(EngineWay::Counts, labels.rows);
    report.distinct_rows = Some(labels.distinct_rows);
    evaluation.engine = Some(report);
    Ok(evaluation)
}

/// The columns that a model asks for, its label, and those that are sliced or grouped by.
fn roles_of(model: &Model, table: &EngineTable, asked: &EvaluateSettings) -> Result<Settings, Error> {
    if let Some(column) = asked.weight.as_ref().filter(|column| *column != NO_COLUMN) {
        return Err(Error::Weights(column.clone()));
    }
    let (space, reading) = (model.space(), model.reading());
    if let Some(derived) = reading.derived.first() {
        return Err(Error::Dates(derived.source.clone()));
    }
    let mut roles = SchemaFile {
        target: Some(space.target.name.clone()),
        positive: Some(space.target.positive.clone()),
        ..SchemaFile::default()
    };
    roles.table.na = [reading.na.as_slice(), &table.table().options().na].concat();
    for column in &space.numeric {
        let style = reading.numbers.iter().find(|(name, _)| *name == column.name).map(|(_, style)| *style);
        roles.numeric.insert(column.name.clone(), NumericRole { style, ..NumericRole::default() });
    }
    if let Some(column) = asked.slices.iter().find(|name| roles.numeric.contains_key(*name)) {
        let columns = space.categorical.iter().map(|column| column.name.clone()).collect();
        return Err(assist_learn::Error::NumericSlice { column: column.clone(), columns }.into());
    }
    let levels = space.categorical.iter().map(|column| &column.name).chain(&asked.slices);
    roles.categorical.extend(levels.map(|name| (name.clone(), CategoricalRole::default())));
    let has = |name: &&str| table.table().columns().iter().any(|column| column == name);
    let group = match asked.group.as_deref() {
        Some(NO_COLUMN) => None,
        Some(group) => Some(group),
        None => reading.group.as_deref().filter(has),
    };
    roles.group = group.map(str::to_owned);
    let columns = roles.numeric.keys().chain(roles.categorical.keys()).chain(&roles.target).chain(&roles.group);
    if let Some(missing) = columns.map(String::as_str).find(|name| !has(name)) {
        return Err(assist_learn::Error::from(table.table().missing_column(missing)).into());
    }
    table.check_columns(columns_of(&roles))?;
    table.check_numbers(roles.numeric.keys())?;
    table.check_texts(roles.categorical.keys().chain(&roles.group))?;
    let mut settings = Settings::new(&space.target.name);
    settings.roles = roles;
    Ok(settings)
}

/// The labels that occur, and about how many distinct rows there are.
fn labels(engine: &Engine, table: &EngineTable, settings: &Settings, watch: Watch<'_>) -> Result<Labels, Error> {
    let keys = distinct_keys(&settings.roles, DIALECT, settings.roles.group.as_deref())?;
    let target = settings.roles.target.as_deref().ok_or(Error::NoTarget)?;
    Labels::of(engine, &engine.query(table, &Labels::query(&keys, target)?, watch)?)
}
