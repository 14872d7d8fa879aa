//! What is said of a model that is served.

use std::time::UNIX_EPOCH;

use assist_learn::{AskedColumn, Form, RowReader};

use crate::registry::Registry;
use crate::schemas::{
    ColumnDescription, FeatureDescription, ListedModel, ModelDescription, ModelList, TargetDescription,
    ThresholdDescription,
};
use crate::served::Served;

/// The models that are served.
pub(crate) fn list(registry: &Registry) -> ModelList {
    let listed = registry.models().map(|served| ListedModel {
        name: served.name.clone(),
        model_id: served.id.clone(),
        target: served.space().target.name.clone(),
        positive: served.space().target.positive.clone(),
    });
    ModelList { models: listed.collect() }
}

/// A model in full.
pub(crate) fn describe(served: &Served) -> ModelDescription {
    let (space, parameters) = (served.space(), served.model.parameters());
    let training = &parameters.training;
    let features = served.model.terms().map(|term| FeatureDescription {
        name: term.name,
        column: term.column,
        coefficient: term.coefficient,
    });
    let finite = |number: f64| number.is_finite().then_some(number);
    let score = finite(parameters.threshold);
    let loaded_at = served.loaded.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    ModelDescription {
        name: served.name.clone(),
        model_id: served.id.clone(),
        loaded_at,
        form: form_word(space.form).to_owned(),
        target: TargetDescription {
            name: space.target.name.clone(),
            negative: space.target.negative.clone(),
            positive: space.target.positive.clone(),
        },
        columns: RowReader::new(&served.model).columns().into_iter().map(column).collect(),
        dropped: space.dropped.clone(),
        intercept: served.model.intercept(),
        features: features.collect(),
        threshold: ThresholdDescription {
            score,
            probability: score.map(|score| served.model.correction().probability(score)).and_then(finite),
        },
        penalty: training.penalty.to_string(),
        class_weights: training.class_weights,
        base_rate: base_rate(served),
        class_counts: training.class_counts,
        metrics: served.report.as_ref().and_then(|report| serde_json::to_value(&report.test).ok()),
        warnings: served.report.as_ref().map(|report| report.warnings.clone()).unwrap_or_default(),
    }
}

/// The share of class 1 that probabilities are corrected to.
pub(crate) fn base_rate(served: &Served) -> f64 {
    let training = &served.model.parameters().training;
    let [of_0, of_1] = training.class_totals();
    training.base_rate.unwrap_or(of_1 / (of_0 + of_1))
}

fn form_word(form: Form) -> &'static str {
    match form {
        Form::Card => "card",
        Form::Rule => "rule",
        _ => "logistic",
    }
}

fn column(column: AskedColumn<'_>) -> ColumnDescription {
    let name = column.name().to_owned();
    match column {
        AskedColumn::Number(column) => ColumnDescription::Number {
            name,
            unit: column.unit.clone(),
            integer: column.integer,
            min: column.min,
            max: column.max,
            training_range: [column.training_range.0, column.training_range.1],
            may_be_missing: column.fill_value.is_some(),
        },
        AskedColumn::Level(column) => ColumnDescription::Level {
            name,
            levels: column.levels.clone(),
            reference: column.levels.get(column.reference as usize).cloned().unwrap_or_default(),
            may_be_missing: column.missing.is_some(),
            takes_other_levels: column.rare.is_some(),
        },
        AskedColumn::Date { form, may_be_missing, .. } => {
            ColumnDescription::Date { name, form: form.to_owned(), may_be_missing }
        }
        // The library may come to know other kinds; whoever serves them has to say what they are.
        _ => ColumnDescription::Date { name, form: String::new(), may_be_missing: false },
    }
}
