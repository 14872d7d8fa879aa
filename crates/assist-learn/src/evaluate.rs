//! Evaluation: the figures of a model on a labelled table, and by the levels of its columns.

use std::collections::BTreeSet;

use assist_data::{CategoricalRole, GroupFault, GroupRole, LabelRole, Schema, Table, weight_column};
use assist_features::{DesignWithRejects, Encoded, MissingPolicy};
use assist_metrics::{Slices, WeightedScores, slices};
use assist_score::{FeatureSpace, Inference, Model};
use serde::{Deserialize, Serialize};

use crate::dataset::{check_terms, group_of_model, scan, schema_of_model};
use crate::division::Division;
use crate::engine_report::EngineReport;
use crate::error::Error;
use crate::evaluated::{Detail, Evaluated, WEIGHTED_GROUPS, evaluated, sample};
use crate::progress::{Stage, Watch, tell};
use crate::read_report::ReadReport;
use crate::row_scores::weighted_scores;
use crate::train_report::FORMAT_VERSION;
use crate::training_rows::TrainingRows;
use crate::warning::{Warning, few_groups};

/// Logarithm of the ratio of two base rates from which on they are not the same.
const OTHER_BASE_RATE: f64 = 0.2;

/// What is asked of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct EvaluateSettings {
    /// Whether the table has columns `n0` and `n1` instead of the target.
    pub counts: bool,
    /// Columns whose levels are evaluated one by one; they need not be features.
    pub slices: Vec<String>,
    /// Fewest observations of a level that has figures of its own. Default: 30.
    pub min_group: u64,
    /// The column whose equal values make rows one group; `none` for no groups. Default: that of the training, where the table has
    /// it.
    pub group: Option<String>,
    /// Samples of the bootstrap that gives intervals to figures without a formula. Default: 1000 up to 20,000 rows, else 0.
    pub bootstrap: Option<u32>,
    /// The column that says how much each row weighs. Default: all the same, whatever the model was trained with.
    pub weight: Option<String>,
    /// Whether rows that the model rejects are left out and counted, instead of ending the evaluation.
    pub allow_rejected: bool,
}

impl Default for EvaluateSettings {
    fn default() -> Self {
        let (slices, group, bootstrap, weight) = (Vec::new(), None, None, None);
        Self { counts: false, slices, min_group: 30, group, bootstrap, weight, allow_rejected: false }
    }
}

/// The figures of a model on a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// Figures of all rows.
    #[serde(flatten)]
    pub all: Evaluated,
    /// The version of these keys.
    pub format_version: u32,
    /// What names the model.
    pub model_id: String,
    /// What was missing in the table.
    #[serde(default)]
    pub read: ReadReport,
    /// How many of the rows are rows that the model was trained on; absent where the model keeps none of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_rows: Option<TrainingRows>,
    /// Figures by the levels of columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<Slices>,
    /// What an engine did, where the rows were not read here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineReport>,
    /// What the figures have to be taken with.
    #[serde(skip)]
    pub warnings: Vec<Warning>,
}

/// Evaluates a model on a labelled table.
///
/// # Errors
///
/// Whatever is wrong with the table; rows that the model rejects, unless these are allowed; a column to slice by that is none.
pub fn evaluate(
    model: &Model,
    table: &Table,
    settings: &EvaluateSettings,
    watch: Watch<'_>,
) -> Result<Evaluation, Error> {
    let model_id = model.pair_id()?.to_string();
    check_terms(model)?;
    let space = model.space();
    let mut schema = schema_of_model(model, table, settings.counts, !settings.allow_rejected)?;
    let has = |column: &str| table.columns().iter().any(|name| name == column);
    if let Some(name) = settings.weight.as_ref().filter(|name| *name != "none" || has(name)) {
        if settings.counts {
            return Err(Error::Unweighted("a table of counts, whose rows stand for many already,"));
        }
        if settings.bootstrap.is_some_and(|samples| samples > 0) {
            return Err(Error::Unweighted("the bootstrap, which draws rows of one weight,"));
        }
        let is_read = schema.source_columns().chain(schema.label_columns()).any(|column| column == name);
        if is_read {
            return Err(assist_data::Error::WeightTwice(name.clone()).into());
        }
        let na = [model.reading().na.as_slice(), &table.options().na].concat();
        schema.weight = Some(weight_column(table, name, &na.into())?);
    }
    schema.group = group_of(model, table, settings.group.as_deref())?;
    let others = add_columns(&mut schema, table, space, &settings.slices)?;
    let learns_missing =
        space.numeric.iter().any(|c| c.fill_value.is_some()) || space.categorical.iter().any(|c| c.missing.is_some());
    // A missing cell of a column that only slices is a level of its own; in a feature it is rejected below.
    let policy = if learns_missing || settings.allow_rejected || !others.is_empty() {
        MissingPolicy::Auto
    } else {
        MissingPolicy::Error
    };
    let names = [space.target.negative.as_str(), space.target.positive.as_str()];
    let labels = scan(table, &schema, policy, (!settings.counts).then_some(names), watch)?;
    let [all, _] = Division::none().encode(&labels, watch)?;
    let read = ReadReport::new(table, &schema, &table.options().na).with_labels(&labels, &[&all]);
    let training_rows = model.training_rows().map(|of_model| TrainingRows::new(of_model, &all.hashed(space).sketch()));
    // Columns that are no features get coefficients of zero: they slice the rows and leave every score as it is.
    let extended =
        if others.is_empty() { None } else { Some(extended(model, &Encoded::learn_joint_space(&[&all])?, &others)?) };
    let model = extended.as_ref().unwrap_or(model);
    let rows = all.design(model.space());
    tell(watch, Stage::Evaluating, 0)?;
    let all = evaluated(model, &rows, Detail::Full(settings.bootstrap));
    if all.rejected_rows > 0 && !settings.allow_rejected {
        return Err(Error::Rejected { rows: all.rejected_rows, by: all.rejected_by });
    }
    let mut warnings: Vec<Warning> = read.warnings().collect();
    warnings.extend(training_rows.as_ref().and_then(TrainingRows::warning));
    if all.rejected_rows > 0 {
        warnings.push(Warning::RowsRejected { rows: all.rejected_rows, by: all.rejected_by.clone() });
    }
    warnings.extend(other_base_rate(model, rows.design.class_totals()));
    let of_training = model.parameters().training.weighting.as_ref().map(|weighting| &weighting.column);
    let unused = of_training.filter(|column| settings.weight.is_none() && table.columns().contains(column));
    warnings.extend(unused.map(|column| Warning::WeightsUnused(column.clone())));
    let mut seen = BTreeSet::new();
    let columns = settings.slices.iter().filter(|column| seen.insert(*column));
    let slices = columns.map(|column| sliced(model, &rows, column, settings.min_group)).collect();
    warnings.extend(read.group.as_ref().and_then(|group| few_groups(group.groups)));
    let of_training = model.reading().group.as_ref().filter(|_| settings.group.is_none() && read.group.is_none());
    warnings.extend(of_training.map(|column| Warning::GroupsUnknown(column.clone())));
    Ok(Evaluation {
        all,
        format_version: FORMAT_VERSION,
        model_id,
        read,
        training_rows,
        slices,
        engine: None,
        warnings,
    })
}

/// The column by which rows are grouped: the one that is asked for, else that of the training.
fn group_of(model: &Model, table: &Table, asked: Option<&str>) -> Result<Option<GroupRole>, Error> {
    let has = |column: &str| table.columns().iter().any(|name| name == column);
    match asked {
        Some("none") if !has("none") => Ok(None),
        Some(column) if column == model.space().target.name => {
            Err(assist_data::Error::from(GroupFault::ByLabel(column.to_owned())).into())
        }
        Some(column) => Ok(Some(group_of_model(model, table, column)?)),
        None => match model.reading().group.as_deref().filter(|column| has(column)) {
            Some(column) => Ok(Some(group_of_model(model, table, column)?)),
            None => Ok(None),
        },
    }
}

/// A warning where the rows have another share of class 1 than the one that probabilities are corrected to.
fn other_base_rate(model: &Model, class_totals: [f64; 2]) -> Option<Warning> {
    let share = |[of_0, of_1]: [f64; 2]| of_1 / (of_0 + of_1);
    let training = &model.parameters().training;
    let of_model = training.base_rate.unwrap_or_else(|| share(training.class_totals()));
    let of_rows = share(class_totals);
    ((of_rows / of_model).ln().abs() > OTHER_BASE_RATE).then_some(Warning::OtherBaseRate { of_rows, of_model })
}

/// Takes columns that are no features of the model into the schema. Gives those that it took.
fn add_columns(
    schema: &mut Schema,
    table: &Table,
    space: &FeatureSpace,
    columns: &[String],
) -> Result<Vec<String>, Error> {
    let mut others = Vec::new();
    for column in columns {
        if space.categorical.iter().any(|known| known.name == *column) || others.contains(column) {
            continue;
        }
        let column = column.clone();
        let is_number = |name: &String| space.numeric.iter().any(|known| known.name == *name);
        // Those that can be sliced by, for the advice.
        let is_offered = |name: &&String| !is_number(name) && schema.target() != Some(name.as_str());
        let columns: Vec<String> = table.columns().iter().filter(is_offered).cloned().collect();
        if space.numeric.iter().any(|known| known.name == column) {
            return Err(Error::NumericSlice { column, columns });
        }
        let is_count = matches!(schema.label, LabelRole::Counts { .. }) && ["n0", "n1"].contains(&column.as_str());
        if schema.target() == Some(&column) || is_count {
            return Err(Error::LabelSlice(column));
        }
        if !columns.contains(&column) {
            return Err(Error::UnknownSlice { column, columns });
        }
        schema.categorical.push((column.clone(), CategoricalRole::default()));
        others.push(column);
    }
    Ok(others)
}

/// The model with further categorical columns whose levels add nothing to a score.
fn extended(model: &Model, learnt: &FeatureSpace, others: &[String]) -> Result<Model, Error> {
    let mut space = model.space().clone();
    let mut parameters = model.parameters().clone();
    // What is known of the fit has no figures for the levels that are added; scores need none.
    parameters.inference = Inference::default();
    parameters.training.standard_errors = None;
    let n_known = space.n_features();
    for column in learnt.categorical.iter().filter(|column| others.contains(&column.name)) {
        // A card or a rule names what it does not ask for among what it drops.
        space.dropped.retain(|name| *name != column.name);
        space.categorical.push(column.clone());
    }
    // Levels come before curves and interactions; a card or a rule has points on its own terms alone.
    let place = parameters.coefficients.len().saturating_sub(space.additional.len());
    let added = space.n_features().saturating_sub(n_known);
    parameters.coefficients.splice(place..place, std::iter::repeat_n(0.0, added));
    // Nothing is known of the uncertainty of what was never fitted, and an evaluation does not ask for it.
    parameters.training.standard_errors = None;
    parameters.inference = Inference::default();
    Ok(Model::new(space, parameters)?)
}

fn sliced(model: &Model, rows: &DesignWithRejects, column: &str, minimum: u64) -> Slices {
    let columns = &model.space().categorical;
    let index = columns.iter().position(|known| known.name == column).expect("taken into the space");
    if rows.design.is_weighted() {
        return weighted_slices(model, rows, index, minimum);
    }
    let mut of_level = vec![Vec::new(); columns[index].levels.len()];
    let clusters = rows.design.clusters();
    let mut clusters_of_level = clusters.as_ref().map(|_| vec![Vec::new(); of_level.len()]);
    let scores = rows.design.scores(model);
    for (row, (code, score)) in rows.design.level_codes(index).into_iter().zip(scores.iter()).enumerate() {
        if score.0.is_finite() {
            of_level[code as usize].push(score);
            if let Some((of_level, clusters)) = clusters_of_level.as_mut().zip(clusters.as_ref()) {
                of_level[code as usize].push(clusters[row]);
            }
        }
    }
    let samples = of_level.into_iter().enumerate().map(|(code, scores)| {
        let clusters = clusters_of_level.as_mut().map(|of_level| std::mem::take(&mut of_level[code]));
        sample(scores, clusters)
    });
    let levels = columns[index].levels.iter().cloned().zip(samples);
    slices(column, levels.collect(), model.correction(), model.parameters().threshold, minimum)
}

/// The levels of a categorical column, by its place, where rows have weights.
fn weighted_slices(model: &Model, rows: &DesignWithRejects, index: usize, minimum: u64) -> Slices {
    let column = &model.space().categorical[index];
    let mut of_level = vec![Vec::new(); column.levels.len()];
    for (code, at) in rows.design.level_codes(index).into_iter().zip(weighted_scores(model, &rows.design)) {
        if at.score.is_finite() {
            of_level[code as usize].push(at);
        }
    }
    let levels = column.levels.iter().cloned().zip(of_level.into_iter().map(WeightedScores::new));
    let mut found = slices(&column.name, levels.collect(), model.correction(), model.parameters().threshold, minimum);
    if rows.design.clusters().is_some() {
        found.leave_out_intervals(WEIGHTED_GROUPS);
    }
    found
}
