//! Explanation: the coefficients of a model and what they rest on.

use std::collections::{BTreeMap, BTreeSet};

use assist_report::{Curve, InteractionEffects};
use assist_score::{Evidence, FeatureSpace, Model, NumericColumn, PenaltyUnits};
use serde::{Deserialize, Serialize};

use crate::coefficients::{Coefficient, Coefficients, InferenceReport, coefficients, inference};
use crate::effects::{curves, interactions};
use crate::forms::FormReport;
use crate::penalty_kind::PenaltyKind;
use crate::train_report::{FORMAT_VERSION, recipe_name};

/// Error rate over all features together that a clear indicator is allowed.
pub const SIGNIFICANCE: f64 = 0.05;

/// Training rows of the smaller class a parameter below which nothing is called clear.
pub const FEWEST_ROWS_A_PARAMETER: u64 = Evidence::FEWEST_A_PARAMETER;

/// A model's coefficients, largest first, and what they rest on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The version of these keys.
    pub format_version: u32,
    /// The label's column.
    pub target: String,
    /// The label that is class 1.
    pub positive: String,
    /// The penalty.
    pub penalty: PenaltyKind,
    /// Its inverse strength.
    pub c: f64,
    /// Whether it includes the intercept.
    pub intercept_penalised: bool,
    /// The weight of class 0 and class 1.
    pub class_weights: [f64; 2],
    /// Whether the fit converged.
    pub converged: bool,
    /// The level of each categorical column that the others are compared with.
    pub reference_levels: BTreeMap<String, String>,
    /// What a card or a rule consists of; absent for a logistic regression.
    #[serde(flatten)]
    pub form: Option<FormReport>,
    /// The intercept.
    pub intercept: Coefficient,
    /// The coefficients, the largest value first.
    pub coefficients: Vec<Coefficient>,
    /// Which recipe the objective is that of: `standard`, `original` or `custom`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<String>,
    /// In which units the penalty measures coefficients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub penalty_units: Option<PenaltyUnits>,
    /// The bin of each binned column that the others are compared with.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reference_bins: BTreeMap<String, String>,
    /// How the log-odds go along each column that has a curve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curves: Vec<Curve>,
    /// How the effect of one column depends on another, where they interact.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interactions: Vec<InteractionEffects>,
    /// How standard errors were computed; absent where none are valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub std_error_method: Option<String>,
    /// What is clear and what is not; absent without evidence.
    #[serde(flatten)]
    pub indicators: Option<Indicators>,
    /// What is known of the fit beyond its coefficients.
    pub inference: InferenceReport,
}

/// Features by what is known of their sign, from the evidence and not from the coefficients that predict. Clear are those that are
/// beyond chance after Holm's correction over all features, and whose column as a whole is, where it was tested; none is where
/// there are few rows a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Indicators {
    /// Clearly positive, the largest first.
    pub positive_indicators: Vec<String>,
    /// Clearly negative, the most negative first.
    pub negative_indicators: Vec<String>,
    /// Not clear either way.
    pub no_evidence: Vec<String>,
}

/// Explains a model.
pub fn explain(model: &Model) -> Explanation {
    let training = &model.parameters().training;
    let space = model.space();
    let Coefficients { intercept, mut features } = coefficients(model);
    features.sort_by(|a, b| b.value.total_cmp(&a.value));
    let std_error_method = training.standard_errors.as_ref().map(|errors| errors.method.clone());
    let evidence = model.parameters().inference.evidence.as_ref();
    let levels = space.categorical.iter();
    let reference_levels = levels.map(|c| (c.name.clone(), c.levels[c.reference as usize].clone())).collect();
    let binned = space.numeric.iter().filter(|column| column.is_binned());
    Explanation {
        format_version: FORMAT_VERSION,
        target: space.target.name.clone(),
        positive: space.target.positive.clone(),
        penalty: PenaltyKind::of(training.penalty),
        c: training.c,
        intercept_penalised: training.intercept_penalised(),
        recipe: Some(recipe_name(training.objective)),
        penalty_units: Some(training.objective.penalty_units),
        class_weights: training.class_weights,
        converged: training.fit.converged,
        reference_levels,
        form: FormReport::of_model(model),
        intercept,
        indicators: evidence.map(|evidence| indicators(evidence, model, &features)),
        coefficients: features,
        reference_bins: binned.map(|column| (column.name.clone(), column.bin_name(0))).collect(),
        curves: curves(model),
        interactions: interactions(model),
        std_error_method,
        inference: inference(model),
    }
}

/// What the levels and bins of a model are compared with, in words.
pub fn references(space: &FeatureSpace) -> Vec<String> {
    let levels = space.categorical.iter().map(|c| format!("{} {}", c.name, c.levels[c.reference as usize]));
    let bins =
        space.numeric.iter().filter(|column| column.is_binned()).map(|column| NumericColumn::bin_name(column, 0));
    levels.chain(bins).collect()
}

fn indicators(evidence: &Evidence, model: &Model, ranked: &[Coefficient]) -> Indicators {
    let clear: BTreeSet<String> = model
        .space()
        .features()
        .into_iter()
        .zip(&evidence.clear_features)
        .filter_map(|(feature, is_clear)| is_clear.then_some(feature.name))
        .collect();
    let mut known: Vec<(&String, f64)> =
        ranked.iter().filter_map(|c| Some((c.feature.as_ref()?, c.evidence()?.value))).collect();
    known.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let names = |select: &dyn Fn(f64, bool) -> bool| -> Vec<String> {
        let selected = known.iter().filter(|(name, value)| select(*value, clear.contains(*name)));
        selected.map(|(name, _)| (*name).clone()).collect()
    };
    let mut negative_indicators = names(&|value, is_clear| is_clear && value < 0.0);
    negative_indicators.reverse();
    Indicators {
        positive_indicators: names(&|value, is_clear| is_clear && value > 0.0),
        negative_indicators,
        no_evidence: names(&|_, is_clear| !is_clear),
    }
}
