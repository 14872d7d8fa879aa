//! Versions 1 to 3: the payload of a file is one value in postcard. They are read for ever and never written.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use serde::Deserialize;

use super::payload::decoded;
use crate::calibration::Calibration;
use crate::columns::{CategoricalColumn, NumericColumn, Target};
use crate::error::Error;
use crate::files::Artifact;
use crate::inference::Inference;
use crate::parameters::{Parameters, Training};
use crate::space::FeatureSpace;

/// The parameters in the payload of a model of a version up to 3.
pub(super) fn parameters(version: u16, payload: &[u8]) -> Result<Parameters, Error> {
    Ok(match version {
        1 => decoded::<ParametersOfVersion1>(Artifact::Model, payload)?.into(),
        _ => decoded::<ParametersOfVersion3>(Artifact::Model, payload)?.into(),
    })
}

/// The columns in the payload of features of a version up to 3.
pub(super) fn space(version: u16, payload: &[u8]) -> Result<FeatureSpace, Error> {
    Ok(match version {
        1 | 2 => decoded::<SpaceOfVersion2>(Artifact::Features, payload)?.into(),
        _ => decoded::<SpaceOfVersion3>(Artifact::Features, payload)?.into(),
    })
}

/// What the payload of a model was in version 1.
#[derive(Deserialize)]
struct ParametersOfVersion1 {
    coefficients: Vec<f64>,
    intercept: f64,
    training: Training,
}

impl From<ParametersOfVersion1> for Parameters {
    fn from(old: ParametersOfVersion1) -> Self {
        let ParametersOfVersion1 { coefficients, intercept, training } = old;
        Self { coefficients, intercept, training, ..Self::default() }
    }
}

/// What the payload of a model was in versions 2 and 3.
#[derive(Deserialize)]
struct ParametersOfVersion3 {
    coefficients: Vec<f64>,
    intercept: f64,
    training: Training,
    inference: Inference,
    calibration: Option<Calibration>,
    threshold: f64,
}

impl From<ParametersOfVersion3> for Parameters {
    fn from(old: ParametersOfVersion3) -> Self {
        let ParametersOfVersion3 { coefficients, intercept, training, mut inference, calibration, threshold } = old;
        // Effects were those on the raw probability, which under a shift is not the one that people are shown.
        if training.logit_shift() != 0.0 && inference.marginal_effects.take().is_some() {
            let reason = "the model was trained by an older program, which knew effects on the raw probability only";
            inference.undefined.insert("marginal_effects".to_owned(), reason.to_owned());
        }
        Self { coefficients, intercept, training, inference, calibration, threshold }
    }
}

/// What the payload of the features was in versions 1 and 2.
#[derive(Deserialize)]
struct SpaceOfVersion2 {
    target: Target,
    dropped: Vec<String>,
    numeric: Vec<NumericColumnOfVersion2>,
    categorical: Vec<CategoricalColumn>,
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
        Self::new(target, dropped, numeric.into_iter().map(NumericColumn::from).collect(), categorical)
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
    target: Target,
    dropped: Vec<String>,
    numeric: Vec<NumericColumnOfVersion3>,
    categorical: Vec<CategoricalColumn>,
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
        Self::new(target, dropped, numeric.into_iter().map(NumericColumn::from).collect(), categorical)
    }
}

impl From<NumericColumnOfVersion3> for NumericColumn {
    fn from(NumericColumnOfVersion3 { old, cuts }: NumericColumnOfVersion3) -> Self {
        Self { cuts, ..old.into() }
    }
}
