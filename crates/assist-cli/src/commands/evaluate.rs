//! `evaluate`: the metrics of a saved model on a labelled table.

use std::collections::BTreeSet;

use assist_data::{CategoricalRole, LabelRole, Schema, Table, TestRows};
use assist_features::{DesignWithRejects, MissingPolicy};
use assist_metrics::{Figure, ScoreCounts, Slices, slices};
use assist_score::{FeatureSpace, Model};
use serde_json::json;

use crate::args::EvaluateArguments;
use crate::commands::train::{evaluated, metrics_table};
use crate::failure::Failure;
use crate::loading;
use crate::output::{self, Output, count, figure, percent};

/// Logarithm of the ratio of two base rates from which on they are not the same.
const OTHER_BASE_RATE: f64 = 0.2;

pub(crate) fn run(arguments: &EvaluateArguments, output: Output) -> Result<(), Failure> {
    loading::use_threads(arguments.threads)?;
    let (model, id) = assist_model::load_with_id(&arguments.model.model)?;
    let table = loading::open(&arguments.data)?;
    let space = model.space();
    let mut schema = loading::schema_of_model(space, arguments.counts, !arguments.allow_rejected);
    let others = add_columns(&mut schema, &table, space, &arguments.slices)?;
    let takes_missing =
        space.numeric.iter().any(|c| c.fill_value.is_some()) || space.categorical.iter().any(|c| c.missing.is_some());
    // A missing cell of a column that only slices is a level of its own; in a feature it is rejected below.
    let policy = if takes_missing || arguments.allow_rejected || !others.is_empty() {
        MissingPolicy::Level
    } else {
        MissingPolicy::Error
    };
    let labels = [space.target.negative.as_str(), space.target.positive.as_str()];
    let observations = loading::observe(&table, &schema, policy, (!arguments.counts).then_some(labels), output)?;
    let [all, _] = loading::encode(&observations, &TestRows::none(), output)?;
    // Columns that are no features get coefficients of zero: they slice the rows and leave every score as it is.
    let model = if others.is_empty() { model } else { extended(&model, &all.learn_space()?, &others)? };
    let built = all.design(model.space());
    let result = evaluated(&model, &built, arguments.bootstrap);
    if result.rejected_rows > 0 && !arguments.allow_rejected {
        return Err(Failure::outcome(
            if built.rejected > 0 {
                format!(
                    "{} rows have a missing cell in a column where the model knows none",
                    count(result.rejected_rows)
                )
            } else {
                format!("{} rows have values that are too large to be scored", count(result.rejected_rows))
            },
            "mend the cells, or leave such rows out with `--allow-rejected`".to_owned(),
        ));
    }
    if result.rejected_rows > 0 {
        output::warning(&format!(
            "{} rows are rejected by the model and not part of the figures",
            count(result.rejected_rows)
        ));
    }
    warn_of_other_base_rate(&model, built.design.class_counts());
    let mut document = serde_json::to_value(&result)?;
    document["format_version"] = json!(1);
    document["model_id"] = json!(id.to_string());
    let mut seen = BTreeSet::new();
    let columns = arguments.slices.iter().filter(|column| seen.insert(*column));
    let sliced: Vec<Slices> = columns.map(|column| sliced(&model, &built, column, arguments.min_group)).collect();
    if !sliced.is_empty() {
        document["slices"] = serde_json::to_value(&sliced)?;
    }
    output.json_document(&document)?;
    output.answer(&metrics_table(&[(&table.name(), &result.metrics)]))?;
    sliced.iter().try_for_each(|slices| slice_table(slices, arguments.min_group, output))
}

/// Says so where the rows have another share of class 1 than the one that probabilities are corrected to.
fn warn_of_other_base_rate(model: &Model, [n0, n1]: [u64; 2]) {
    let share = |n0: u64, n1: u64| n1 as f64 / (n0 + n1) as f64;
    let training = &model.parameters().training;
    let stated = training.base_rate.unwrap_or_else(|| share(training.class_counts[0], training.class_counts[1]));
    if (share(n0, n1) / stated).ln().abs() > OTHER_BASE_RATE {
        output::warning(&format!(
            "{} of the rows are of class 1, but the model's probabilities are corrected to {}: figures of `probability` and of calibration show that difference",
            percent(share(n0, n1)),
            percent(stated)
        ));
    }
}

/// Takes columns that are no features of the model into the schema. Gives those that it took.
fn add_columns(
    schema: &mut Schema,
    table: &Table,
    space: &FeatureSpace,
    columns: &[String],
) -> Result<Vec<String>, Failure> {
    let mut others = Vec::new();
    for column in columns {
        if space.categorical.iter().any(|known| known.name == *column) || others.contains(column) {
            continue;
        }
        let hint = || format!("columns of the table: {}", table.columns().join(", "));
        if space.numeric.iter().any(|known| known.name == *column) {
            return Err(Failure::usage(
                format!("`{column}` is a column of numbers, and slices are made by level"),
                hint(),
            ));
        }
        let is_count = matches!(schema.label, LabelRole::Counts { .. }) && ["n0", "n1"].contains(&column.as_str());
        if !table.columns().contains(column) || schema.target() == Some(column) || is_count {
            return Err(Failure::usage(format!("there is no column `{column}` to slice by"), hint()));
        }
        schema.categorical.push((column.clone(), CategoricalRole::default()));
        others.push(column.clone());
    }
    Ok(others)
}

/// The model with further categorical columns whose levels add nothing to a score.
fn extended(model: &Model, learnt: &FeatureSpace, others: &[String]) -> Result<Model, Failure> {
    let mut space = model.space().clone();
    let mut parameters = model.parameters().clone();
    for column in learnt.categorical.iter().filter(|column| others.contains(&column.name)) {
        parameters.coefficients.extend(vec![0.0; column.levels.len().saturating_sub(1)]);
        space.categorical.push(column.clone());
    }
    Ok(Model::new(space, parameters).map_err(assist_model::Error::from)?)
}

fn sliced(model: &Model, built: &DesignWithRejects, column: &str, minimum: u64) -> Slices {
    let columns = &model.space().categorical;
    let index = columns.iter().position(|known| known.name == column).expect("taken into the space");
    let mut of_level = vec![Vec::new(); columns[index].levels.len()];
    for (code, score) in built.design.level_codes(index).into_iter().zip(built.design.scores(model)) {
        if score.0.is_finite() {
            of_level[code as usize].push(score);
        }
    }
    let levels = columns[index].levels.iter().cloned().zip(of_level.into_iter().map(ScoreCounts::new));
    slices(column, levels.collect(), model.correction(), model.parameters().threshold, minimum)
}

fn slice_table(slices: &Slices, minimum: u64, output: Output) -> Result<(), Failure> {
    output.heading(&format!("By `{}`, levels with at least {} rows", slices.column, count(minimum)))?;
    let rows = slices.slices.iter().map(|slice| {
        let metrics = slice.metrics.as_ref();
        let interval = metrics.and_then(|m| m.intervals.of(Figure::PositiveRecall));
        vec![
            slice.level.clone(),
            count(slice.rows),
            figure(metrics.and_then(|m| m.accuracy)),
            figure(metrics.and_then(|m| m.roc_auc)),
            figure(metrics.and_then(|m| m.report.positive.recall)),
            interval.map_or_else(|| "–".to_owned(), |[low, high]| format!("{low:.4} to {high:.4}")),
            slice.calibration.map_or_else(|| "–".to_owned(), |gap| format!("{:+.4}", gap.value)),
        ]
    });
    let header =
        ["level", "rows", "accuracy", "ROC AUC", "recall of class 1", "95 % interval", "probability too high by"];
    output.answer(&output::table(&header, rows))?;
    for (name, gap) in [("recall of class 1", &slices.equal_opportunity), ("calibration", &slices.calibration)] {
        let text = match gap {
            Some(gap) => format!(
                "largest difference in {name}: {:.4} between {} and {} (95 % interval {:.4} to {:.4} for these two alone)",
                gap.value, gap.levels[0], gap.levels[1], gap.interval[0], gap.interval[1]
            ),
            None => format!("no difference in {name}: fewer than two levels have enough rows"),
        };
        output.answer(&text)?;
    }
    Ok(())
}
