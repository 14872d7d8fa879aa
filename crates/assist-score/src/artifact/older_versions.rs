//! Versions 1 to 3: the payload of a file is one value in postcard. They are read for ever and never written.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::Deserialize;

use super::payload::decoded;
use super::stored_columns::{StoredCategorical, StoredTarget};
use super::stored_inference::{StoredFactorTests, StoredMarginalEffect, StoredSeparation};
use super::stored_training::{
    StoredCalibration, StoredClassWeight, StoredConvergence, StoredPenalty, StoredStandardErrors,
};
use crate::columns::{CategoricalColumn, NumericColumn};
use crate::error::Error;
use crate::files::Artifact;
use crate::inference::{Inference, MarginalEffect};
use crate::parameters::{Parameters, Training};
use crate::recipe::ObjectiveForm;
use crate::space::FeatureSpace;

/// The parameters in the payload of a model of a version up to 3, for so many features.
pub(super) fn parameters(version: u16, payload: &[u8], n_features: usize) -> Result<Parameters, Error> {
    Ok(match version {
        1 => decoded::<ParametersOfVersion1>(Artifact::Model, payload)?.into(),
        _ => decoded::<ParametersOfVersion3>(Artifact::Model, payload)?.restore(n_features),
    })
}

/// The columns in the payload of features of a version up to 3.
pub(super) fn space(version: u16, payload: &[u8]) -> Result<FeatureSpace, Error> {
    Ok(match version {
        1 | 2 => decoded::<SpaceOfVersion2>(Artifact::Features, payload)?.into(),
        _ => decoded::<SpaceOfVersion3>(Artifact::Features, payload)?.into(),
    })
}

/// On what and how a model was fitted, in versions 1 to 3.
#[derive(Deserialize)]
struct TrainingOfVersion3 {
    class_counts: [u64; 2],
    class_weight: StoredClassWeight,
    class_weights: [f64; 2],
    penalty: StoredPenalty,
    c: f64,
    intercept_penalised: bool,
    base_rate: Option<f64>,
    fit: StoredConvergence,
    standard_errors: Option<StoredStandardErrors>,
}

impl From<TrainingOfVersion3> for Training {
    fn from(old: TrainingOfVersion3) -> Self {
        let TrainingOfVersion3 {
            class_counts,
            class_weight,
            class_weights,
            penalty,
            c,
            intercept_penalised,
            base_rate,
            fit,
            standard_errors,
        } = old;
        Self {
            class_counts,
            class_weight: class_weight.into(),
            class_weights,
            penalty: penalty.into(),
            c,
            objective: ObjectiveForm::before_recipes(intercept_penalised),
            base_rate,
            fit: fit.into(),
            standard_errors: standard_errors.map(Into::into),
            weighting: None,
        }
    }
}

/// What the payload of a model was in version 1.
#[derive(Deserialize)]
struct ParametersOfVersion1 {
    coefficients: Vec<f64>,
    intercept: f64,
    training: TrainingOfVersion3,
}

impl From<ParametersOfVersion1> for Parameters {
    fn from(old: ParametersOfVersion1) -> Self {
        let ParametersOfVersion1 { coefficients, intercept, training } = old;
        Self { coefficients, intercept, training: training.into(), ..Self::default() }
    }
}

/// What the payload of a model was in versions 2 and 3.
#[derive(Deserialize)]
struct ParametersOfVersion3 {
    coefficients: Vec<f64>,
    intercept: f64,
    training: TrainingOfVersion3,
    inference: InferenceOfVersion3,
    calibration: Option<StoredCalibration>,
    threshold: f64,
}

/// What was known of a fit's uncertainty in versions 2 and 3.
#[derive(Deserialize)]
struct InferenceOfVersion3 {
    separation: Option<StoredSeparation>,
    factor_tests: Option<StoredFactorTests>,
    variance_inflation: Option<Vec<Option<f64>>>,
    marginal_effects: Option<Vec<StoredMarginalEffect>>,
    undefined: BTreeMap<String, String>,
}

impl From<InferenceOfVersion3> for Inference {
    fn from(old: InferenceOfVersion3) -> Self {
        let InferenceOfVersion3 { separation, factor_tests, variance_inflation, marginal_effects, undefined } = old;
        Self {
            separation: separation.map(Into::into),
            factor_tests: factor_tests.map(Into::into),
            variance_inflation,
            marginal_effects: marginal_effects.map(|effects| effects.into_iter().map(MarginalEffect::from).collect()),
            // Known since version 4.
            evidence: None,
            undefined,
        }
    }
}

impl ParametersOfVersion3 {
    /// Effects were those on the raw probability, which under a shift is not the one that people are shown; and nothing checked
    /// that there was a figure for each feature. Such files load for ever, so the figures are left out and the reason is given.
    fn restore(self, n_features: usize) -> Parameters {
        let Self { coefficients, intercept, training, inference, calibration, threshold } = self;
        let training = Training::from(training);
        let mut inference = Inference::from(inference);
        let mut leave_out = |figure: &str, reason: &str| {
            inference.undefined.insert(figure.to_owned(), reason.to_owned());
        };
        if inference.variance_inflation.take_if(|factors| factors.len() != n_features).is_some() {
            leave_out("variance_inflation", "the stored factors are not one for each feature");
        }
        if training.logit_shift() != 0.0 && inference.marginal_effects.take().is_some() {
            let reason = "the model was trained by an older version, which knew effects on the raw probability only";
            leave_out("marginal_effects", reason);
        }
        if inference.marginal_effects.take_if(|effects| effects.len() != n_features).is_some() {
            leave_out("marginal_effects", "the stored effects are not one for each feature");
        }
        let calibration = calibration.map(Into::into);
        Parameters { coefficients, intercept, training, inference, calibration, threshold, totals: Vec::new() }
    }
}

/// What the payload of the features was in versions 1 and 2.
#[derive(Deserialize)]
struct SpaceOfVersion2 {
    target: StoredTarget,
    dropped: Vec<String>,
    numeric: Vec<NumericColumnOfVersion2>,
    categorical: Vec<StoredCategorical>,
}

/// A numeric column before there were cuts.
#[derive(Deserialize)]
struct NumericColumnOfVersion2 {
    name: String,
    unit: Option<String>,
    integer: bool,
    min: Option<f64>,
    max: Option<f64>,
    observed: (f64, f64),
    fill: Option<f64>,
}

impl From<SpaceOfVersion2> for FeatureSpace {
    fn from(old: SpaceOfVersion2) -> Self {
        let SpaceOfVersion2 { target, dropped, numeric, categorical } = old;
        let categorical = categorical.into_iter().map(CategoricalColumn::from).collect();
        Self::new(target.into(), dropped, numeric.into_iter().map(NumericColumn::from).collect(), categorical)
    }
}

impl From<NumericColumnOfVersion2> for NumericColumn {
    fn from(old: NumericColumnOfVersion2) -> Self {
        let NumericColumnOfVersion2 { name, unit, integer, min, max, observed, fill } = old;
        let plain = Self::new(&name, observed.0, observed.1);
        Self { unit, integer, min, max, fill_value: fill, ..plain }
    }
}

/// What the payload of the features was in version 3.
#[derive(Deserialize)]
struct SpaceOfVersion3 {
    target: StoredTarget,
    dropped: Vec<String>,
    numeric: Vec<NumericColumnOfVersion3>,
    categorical: Vec<StoredCategorical>,
}

/// A numeric column before it could be centred. Its first fields are those of version 2, in their order.
#[derive(Deserialize)]
struct NumericColumnOfVersion3 {
    old: NumericColumnOfVersion2,
    cuts: Vec<f64>,
}

impl From<SpaceOfVersion3> for FeatureSpace {
    fn from(old: SpaceOfVersion3) -> Self {
        let SpaceOfVersion3 { target, dropped, numeric, categorical } = old;
        let categorical = categorical.into_iter().map(CategoricalColumn::from).collect();
        Self::new(target.into(), dropped, numeric.into_iter().map(NumericColumn::from).collect(), categorical)
    }
}

impl From<NumericColumnOfVersion3> for NumericColumn {
    fn from(NumericColumnOfVersion3 { old, cuts }: NumericColumnOfVersion3) -> Self {
        Self { cuts, ..old.into() }
    }
}
