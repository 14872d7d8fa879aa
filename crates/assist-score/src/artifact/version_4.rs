//! Version 4: which sections the two files have, and what is in them.
//!
//! A section holds one theme and is never changed: what is new goes into a section of its own, required if a program that does
//! not know it would score otherwise. The terms stand in the model's file in the order in which they are added, first those
//! that the columns have of themselves, then the additional ones, so that the features' file needs none.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use super::sections::{Need, Sections, Writer};
use crate::calibration::Calibration;
use crate::columns::{CategoricalColumn, NumericColumn, Target};
use crate::error::{Error, Inconsistency};
use crate::files::Artifact;
use crate::inference::{FactorTests, Inference, MarginalEffect, Separation};
use crate::parameters::{ClassWeight, Convergence, Parameters, Penalty, StandardErrors, Training};
use crate::space::FeatureSpace;
use crate::terms::Term;

/// The tags of the sections. Those of a model are below 256, so that no section means something else in the other file.
mod tag {
    pub(super) const TERMS: u16 = 1;
    pub(super) const DECISION: u16 = 2;
    pub(super) const PRIOR: u16 = 3;
    pub(super) const CALIBRATION: u16 = 4;
    pub(super) const SETTINGS: u16 = 16;
    pub(super) const CONVERGENCE: u16 = 17;
    pub(super) const STANDARD_ERRORS: u16 = 18;
    pub(super) const SEPARATION: u16 = 19;
    pub(super) const FACTOR_TESTS: u16 = 20;
    pub(super) const VARIANCE_INFLATION: u16 = 21;
    pub(super) const MARGINAL_EFFECTS: u16 = 22;
    pub(super) const UNDEFINED: u16 = 23;

    pub(super) const TARGET: u16 = 256;
    pub(super) const NUMERIC: u16 = 257;
    pub(super) const CATEGORICAL: u16 = 258;
    pub(super) const DROPPED: u16 = 272;
}

/// [`tag::TERMS`]: all that a score is the sum of.
#[derive(Serialize, Deserialize)]
struct StoredTerms {
    intercept: f64,
    terms: Vec<StoredTerm>,
}

/// A term as the list of its factors, one of them for any term but a product. So a list of lists is as deep as it gets, however
/// a file may have been damaged.
#[derive(Serialize, Deserialize)]
struct StoredTerm {
    coefficient: f64,
    factors: Vec<StoredFactor>,
}

/// A term that is not a product. New kinds need a section of another tag.
#[derive(Serialize, Deserialize)]
enum StoredFactor {
    Slope { column: u32, centre: f64 },
    Cut { column: u32, low: Option<f64>, high: Option<f64> },
    Level { column: u32, code: u32 },
    Missing { column: u32 },
    Basis { column: u32, knots: Vec<f64>, pieces: Vec<[f64; 4]> },
}

/// [`tag::PRIOR`]: what the probability is corrected by, where nothing calibrates it.
#[derive(Serialize, Deserialize)]
struct StoredPrior {
    class_counts: [u64; 2],
    class_weights: [f64; 2],
    base_rate: Option<f64>,
}

/// [`tag::SETTINGS`]: how the model was asked to be fitted.
#[derive(Default, Serialize, Deserialize)]
struct StoredSettings {
    class_weight: ClassWeight,
    penalty: Penalty,
    c: f64,
    intercept_penalised: bool,
}

/// One of [`tag::NUMERIC`].
#[derive(Serialize, Deserialize)]
struct StoredNumeric {
    name: String,
    unit: Option<String>,
    integer: bool,
    min: Option<f64>,
    max: Option<f64>,
    training_range: (f64, f64),
    fill_value: Option<f64>,
    cuts: Vec<f64>,
    centre: f64,
}

/// The payloads of the model and of the features.
pub(super) fn payloads(space: &FeatureSpace, parameters: &Parameters) -> Result<[Vec<u8>; 2], Error> {
    Ok([model_payload(space, parameters)?, features_payload(space)?])
}

fn model_payload(space: &FeatureSpace, parameters: &Parameters) -> Result<Vec<u8>, Error> {
    let Parameters { coefficients, intercept, training, inference, calibration, threshold } = parameters;
    let Training {
        class_counts,
        class_weight,
        class_weights,
        penalty,
        c,
        intercept_penalised,
        base_rate,
        fit,
        standard_errors,
    } = training;
    let Inference { separation, factor_tests, variance_inflation, marginal_effects, undefined } = inference;
    let stored = space.terms().into_iter().zip(coefficients).map(|(term, coefficient)| {
        let factors = term.factors().iter().map(stored_factor).collect::<Option<_>>();
        Some(StoredTerm { coefficient: *coefficient, factors: factors? })
    });
    let terms = stored.collect::<Option<_>>().ok_or(Error::Unencodable)?;
    let (class_counts, class_weights, base_rate) = (*class_counts, *class_weights, *base_rate);
    let (class_weight, penalty, c, intercept_penalised) = (*class_weight, *penalty, *c, *intercept_penalised);
    let mut sections = Writer::default();
    sections.add(tag::TERMS, Need::Required, &StoredTerms { intercept: *intercept, terms })?;
    sections.add(tag::DECISION, Need::Required, threshold)?;
    sections.add(tag::PRIOR, Need::Required, &StoredPrior { class_counts, class_weights, base_rate })?;
    if let Some(calibration) = calibration {
        sections.add(tag::CALIBRATION, Need::Required, calibration)?;
    }
    let settings = StoredSettings { class_weight, penalty, c, intercept_penalised };
    sections.add(tag::SETTINGS, Need::Optional, &settings)?;
    sections.add(tag::CONVERGENCE, Need::Optional, fit)?;
    if let Some(errors) = standard_errors {
        sections.add(tag::STANDARD_ERRORS, Need::Optional, errors)?;
    }
    if let Some(separation) = separation {
        sections.add(tag::SEPARATION, Need::Optional, separation)?;
    }
    if let Some(tests) = factor_tests {
        sections.add(tag::FACTOR_TESTS, Need::Optional, tests)?;
    }
    if let Some(factors) = variance_inflation {
        sections.add(tag::VARIANCE_INFLATION, Need::Optional, factors)?;
    }
    if let Some(effects) = marginal_effects {
        sections.add(tag::MARGINAL_EFFECTS, Need::Optional, effects)?;
    }
    if !undefined.is_empty() {
        sections.add(tag::UNDEFINED, Need::Optional, undefined)?;
    }
    Ok(sections.finish())
}

fn features_payload(space: &FeatureSpace) -> Result<Vec<u8>, Error> {
    let numeric: Vec<StoredNumeric> = space.numeric.iter().cloned().map(StoredNumeric::from).collect();
    let mut sections = Writer::default();
    sections.add(tag::TARGET, Need::Required, &space.target)?;
    sections.add(tag::NUMERIC, Need::Required, &numeric)?;
    sections.add(tag::CATEGORICAL, Need::Required, &space.categorical)?;
    if !space.dropped.is_empty() {
        sections.add(tag::DROPPED, Need::Optional, &space.dropped)?;
    }
    Ok(sections.finish())
}

/// The columns in a payload of features. Additional terms come with the parameters.
pub(super) fn space(payload: &[u8]) -> Result<FeatureSpace, Error> {
    let mut sections = Sections::new(Artifact::Features, payload)?;
    let target: Target = sections.demand(tag::TARGET)?;
    let numeric: Vec<StoredNumeric> = sections.demand(tag::NUMERIC)?;
    let categorical: Vec<CategoricalColumn> = sections.demand(tag::CATEGORICAL)?;
    let dropped: Vec<String> = sections.take(tag::DROPPED)?.unwrap_or_default();
    sections.finish()?;
    Ok(FeatureSpace::new(target, dropped, numeric.into_iter().map(NumericColumn::from).collect(), categorical))
}

/// The parameters in a payload of a model. `space` gets the additional terms.
pub(super) fn parameters(payload: &[u8], space: &mut FeatureSpace) -> Result<Parameters, Error> {
    let mut sections = Sections::new(Artifact::Model, payload)?;
    let StoredTerms { intercept, terms } = sections.demand(tag::TERMS)?;
    let threshold: f64 = sections.demand(tag::DECISION)?;
    let StoredPrior { class_counts, class_weights, base_rate } = sections.demand(tag::PRIOR)?;
    let calibration: Option<Calibration> = sections.take(tag::CALIBRATION)?;
    let settings: StoredSettings = sections.take(tag::SETTINGS)?.unwrap_or_default();
    let StoredSettings { class_weight, penalty, c, intercept_penalised } = settings;
    let fit: Convergence = sections.take(tag::CONVERGENCE)?.unwrap_or_default();
    let standard_errors: Option<StandardErrors> = sections.take(tag::STANDARD_ERRORS)?;
    let separation: Option<Separation> = sections.take(tag::SEPARATION)?;
    let factor_tests: Option<FactorTests> = sections.take(tag::FACTOR_TESTS)?;
    let variance_inflation: Option<Vec<Option<f64>>> = sections.take(tag::VARIANCE_INFLATION)?;
    let marginal_effects: Option<Vec<MarginalEffect>> = sections.take(tag::MARGINAL_EFFECTS)?;
    let undefined: BTreeMap<String, String> = sections.take(tag::UNDEFINED)?.unwrap_or_default();
    sections.finish()?;
    let coefficients = take_terms(terms, space)?;
    let training = Training {
        class_counts,
        class_weight,
        class_weights,
        penalty,
        c,
        intercept_penalised,
        base_rate,
        fit,
        standard_errors,
    };
    let inference = Inference { separation, factor_tests, variance_inflation, marginal_effects, undefined };
    Ok(Parameters { coefficients, intercept, training, inference, calibration, threshold })
}

/// The coefficients of stored terms. They begin with those of the columns, and the rest is the space's.
fn take_terms(stored: Vec<StoredTerm>, space: &mut FeatureSpace) -> Result<Vec<f64>, Error> {
    let mut coefficients = Vec::with_capacity(stored.len());
    let mut terms = Vec::with_capacity(stored.len());
    for StoredTerm { coefficient, factors } in stored {
        coefficients.push(coefficient);
        let mut factors: Vec<Term> = factors.into_iter().map(Term::from).collect();
        terms.push(match factors.pop() {
            Some(only) if factors.is_empty() => only,
            last => Term::Product { factors: factors.into_iter().chain(last).collect() },
        });
    }
    let of_columns = space.terms();
    if !terms.starts_with(&of_columns) {
        return Err(Error::Inconsistent(Inconsistency::OtherTerms));
    }
    space.additional = terms.split_off(of_columns.len());
    Ok(coefficients)
}

/// A factor as it is stored. There is none for a product, nor for a place beyond 32 bits.
fn stored_factor(term: &Term) -> Option<StoredFactor> {
    let place = |column: usize| u32::try_from(column).ok();
    Some(match term {
        Term::Slope { column, centre } => StoredFactor::Slope { column: place(*column)?, centre: *centre },
        Term::Cut { column, low, high } => StoredFactor::Cut { column: place(*column)?, low: *low, high: *high },
        Term::Level { column, code } => StoredFactor::Level { column: place(*column)?, code: *code },
        Term::Missing { column } => StoredFactor::Missing { column: place(*column)? },
        Term::Basis { column, knots, pieces } => {
            StoredFactor::Basis { column: place(*column)?, knots: knots.clone(), pieces: pieces.clone() }
        }
        Term::Product { .. } => return None,
    })
}

impl From<StoredFactor> for Term {
    fn from(stored: StoredFactor) -> Self {
        match stored {
            StoredFactor::Slope { column, centre } => Self::Slope { column: column as usize, centre },
            StoredFactor::Cut { column, low, high } => Self::Cut { column: column as usize, low, high },
            StoredFactor::Level { column, code } => Self::Level { column: column as usize, code },
            StoredFactor::Missing { column } => Self::Missing { column: column as usize },
            StoredFactor::Basis { column, knots, pieces } => Self::Basis { column: column as usize, knots, pieces },
        }
    }
}

impl From<NumericColumn> for StoredNumeric {
    fn from(column: NumericColumn) -> Self {
        let NumericColumn { name, unit, integer, min, max, training_range, fill_value, cuts, centre } = column;
        Self { name, unit, integer, min, max, training_range, fill_value, cuts, centre }
    }
}

impl From<StoredNumeric> for NumericColumn {
    fn from(stored: StoredNumeric) -> Self {
        let StoredNumeric { name, unit, integer, min, max, training_range, fill_value, cuts, centre } = stored;
        Self { name, unit, integer, min, max, training_range, fill_value, cuts, centre }
    }
}
