//! Version 4: which sections the two files have, and what is in them.
//!
//! A section holds one theme and is never changed, which is why nothing but stored forms goes into it: what is new goes into a
//! section of its own, required if a reader that does not know it would score otherwise. The terms stand in the model's file in the order in which they are added, first those
//! that the columns have of themselves, then the additional ones, so that the features' file needs none.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use super::sections::{Need, Sections, Writer};
use super::stored_columns::{StoredCategorical, StoredNumeric, StoredTarget};
use super::stored_evidence::StoredEvidence;
use super::stored_form::{StoredForm, StoredTotal};
use super::stored_inference::{StoredFactorTests, StoredMarginalEffect, StoredSeparation};
use super::stored_recipe::{StoredIntercept, StoredPenaltyUnits, StoredRecipe};
use super::stored_terms::StoredTerms;
use super::stored_training::{
    StoredCalibration, StoredClassWeight, StoredConvergence, StoredPenalty, StoredStandardErrors,
};
use crate::columns::{CategoricalColumn, NumericColumn};
use crate::error::Error;
use crate::files::Artifact;
use crate::form::Form;
use crate::inference::{Inference, MarginalEffect};
use crate::parameters::{Convergence, Parameters, ScoreTotal, Training, Weighting};
use crate::recipe::ObjectiveForm;
use crate::space::FeatureSpace;

/// The tags of the sections. Those of a model are below 256, so that no section means something else in the other file.
mod tag {
    pub(super) const TERMS: u16 = 1;
    pub(super) const DECISION: u16 = 2;
    pub(super) const PRIOR: u16 = 3;
    pub(super) const CALIBRATION: u16 = 4;
    pub(super) const FORM: u16 = 5;
    pub(super) const TOTALS: u16 = 6;
    pub(super) const ROW_WEIGHTS: u16 = 8;
    pub(super) const SETTINGS: u16 = 16;
    pub(super) const CONVERGENCE: u16 = 17;
    pub(super) const STANDARD_ERRORS: u16 = 18;
    pub(super) const SEPARATION: u16 = 19;
    pub(super) const FACTOR_TESTS: u16 = 20;
    pub(super) const VARIANCE_INFLATION: u16 = 21;
    pub(super) const MARGINAL_EFFECTS: u16 = 22;
    pub(super) const UNDEFINED: u16 = 23;
    pub(super) const EVIDENCE: u16 = 24;
    pub(super) const OBJECTIVE: u16 = 32;
    pub(super) const NEWTON_DECREMENT: u16 = 33;

    pub(super) const TARGET: u16 = 256;
    pub(super) const NUMERIC: u16 = 257;
    pub(super) const CATEGORICAL: u16 = 258;
    pub(super) const RARE: u16 = 259;
    pub(super) const DROPPED: u16 = 272;

    pub(super) const OF_MODEL: &[u16] = &[
        TERMS,
        DECISION,
        PRIOR,
        CALIBRATION,
        FORM,
        TOTALS,
        ROW_WEIGHTS,
        SETTINGS,
        CONVERGENCE,
        STANDARD_ERRORS,
        SEPARATION,
        FACTOR_TESTS,
        VARIANCE_INFLATION,
        MARGINAL_EFFECTS,
        UNDEFINED,
        EVIDENCE,
        OBJECTIVE,
        NEWTON_DECREMENT,
    ];
    pub(super) const OF_FEATURES: &[u16] = &[TARGET, NUMERIC, CATEGORICAL, RARE, DROPPED];
}

/// [`tag::PRIOR`]: what the probability is corrected by, where nothing calibrates it.
#[derive(Serialize, Deserialize)]
struct StoredPrior {
    class_counts: [u64; 2],
    class_weights: [f64; 2],
    base_rate: Option<f64>,
}

/// [`tag::ROW_WEIGHTS`]: what the rows weighed; their shares are what the probability is corrected by.
#[derive(Serialize, Deserialize)]
struct StoredWeighting {
    column: String,
    class_totals: [f64; 2],
}

/// [`tag::SETTINGS`]: how the model was asked to be fitted.
#[derive(Default, Serialize, Deserialize)]
struct StoredSettings {
    class_weight: StoredClassWeight,
    penalty: StoredPenalty,
    c: f64,
    intercept_penalised: bool,
}

/// [`tag::OBJECTIVE`]: where it is not the one that models without this section have.
#[derive(Serialize, Deserialize)]
struct StoredObjective {
    recipe: Option<StoredRecipe>,
    penalty_units: StoredPenaltyUnits,
    intercept: StoredIntercept,
}

/// The payloads of the model and of the features.
pub(super) fn payloads(space: &FeatureSpace, parameters: &Parameters) -> Result<[Vec<u8>; 2], Error> {
    Ok([model_payload(space, parameters)?, features_payload(space)?])
}

fn model_payload(space: &FeatureSpace, parameters: &Parameters) -> Result<Vec<u8>, Error> {
    let Parameters { coefficients, intercept, training, inference, calibration, threshold, totals } = parameters;
    let Training {
        class_counts,
        class_weight,
        class_weights,
        penalty,
        c,
        objective,
        base_rate,
        fit,
        standard_errors,
        weighting,
    } = training;
    let Inference { separation, factor_tests, variance_inflation, marginal_effects, evidence, undefined } = inference;
    let mut sections = Writer::default();
    sections.add(tag::TERMS, Need::Required, &StoredTerms::new(space, *intercept, coefficients)?)?;
    sections.add(tag::DECISION, Need::Required, threshold)?;
    let (class_counts, class_weights, base_rate) = (*class_counts, *class_weights, *base_rate);
    sections.add(tag::PRIOR, Need::Required, &StoredPrior { class_counts, class_weights, base_rate })?;
    if let Some(calibration) = calibration.clone() {
        sections.add(tag::CALIBRATION, Need::Required, &StoredCalibration::from(calibration))?;
    }
    if space.form != Form::Logistic {
        sections.add(tag::FORM, Need::Required, &StoredForm::from(space.form))?;
    }
    if !totals.is_empty() {
        let totals: Vec<StoredTotal> = totals.iter().copied().map(StoredTotal::from).collect();
        sections.add(tag::TOTALS, Need::Optional, &totals)?;
    }
    if let Some(Weighting { column, class_totals }) = weighting.clone() {
        sections.add(tag::ROW_WEIGHTS, Need::Required, &StoredWeighting { column, class_totals })?;
    }
    let settings = StoredSettings {
        class_weight: (*class_weight).into(),
        penalty: (*penalty).into(),
        c: *c,
        intercept_penalised: training.intercept_penalised(),
    };
    sections.add(tag::SETTINGS, Need::Optional, &settings)?;
    sections.add(tag::CONVERGENCE, Need::Optional, &StoredConvergence::from(fit.clone()))?;
    if let Some(errors) = standard_errors.clone() {
        sections.add(tag::STANDARD_ERRORS, Need::Optional, &StoredStandardErrors::from(errors))?;
    }
    if let Some(separation) = separation.clone() {
        sections.add(tag::SEPARATION, Need::Optional, &StoredSeparation::from(separation))?;
    }
    if let Some(tests) = factor_tests.clone() {
        sections.add(tag::FACTOR_TESTS, Need::Optional, &StoredFactorTests::from(tests))?;
    }
    if let Some(factors) = variance_inflation {
        sections.add(tag::VARIANCE_INFLATION, Need::Optional, factors)?;
    }
    if let Some(effects) = marginal_effects {
        let effects: Vec<StoredMarginalEffect> = effects.iter().copied().map(StoredMarginalEffect::from).collect();
        sections.add(tag::MARGINAL_EFFECTS, Need::Optional, &effects)?;
    }
    if !undefined.is_empty() {
        sections.add(tag::UNDEFINED, Need::Optional, undefined)?;
    }
    if let Some(evidence) = evidence.clone() {
        sections.add(tag::EVIDENCE, Need::Optional, &StoredEvidence::from(evidence))?;
    }
    if *objective != ObjectiveForm::before_recipes(training.intercept_penalised()) {
        let ObjectiveForm { recipe, penalty_units, intercept } = *objective;
        let recipe = recipe.map(StoredRecipe::from);
        let stored = StoredObjective { recipe, penalty_units: penalty_units.into(), intercept: intercept.into() };
        sections.add(tag::OBJECTIVE, Need::Optional, &stored)?;
    }
    if let Some(decrement) = fit.newton_decrement {
        sections.add(tag::NEWTON_DECREMENT, Need::Optional, &decrement)?;
    }
    Ok(sections.finish())
}

fn features_payload(space: &FeatureSpace) -> Result<Vec<u8>, Error> {
    let FeatureSpace { target, dropped, numeric, categorical, additional: _, form: _ } = space;
    let numeric: Vec<StoredNumeric> = numeric.iter().cloned().map(StoredNumeric::from).collect();
    // For each categorical column the level that stands for rare texts, if it has one.
    let rare: Vec<Option<u32>> = categorical.iter().map(|column| column.rare).collect();
    let categorical: Vec<StoredCategorical> = categorical.iter().cloned().map(StoredCategorical::from).collect();
    let mut sections = Writer::default();
    sections.add(tag::TARGET, Need::Required, &StoredTarget::from(target.clone()))?;
    sections.add(tag::NUMERIC, Need::Required, &numeric)?;
    sections.add(tag::CATEGORICAL, Need::Required, &categorical)?;
    if rare.iter().any(Option::is_some) {
        sections.add(tag::RARE, Need::Required, &rare)?;
    }
    if !dropped.is_empty() {
        sections.add(tag::DROPPED, Need::Optional, dropped)?;
    }
    Ok(sections.finish())
}

/// The sections of a payload, refused where one of them must be known and is not.
pub(super) fn sections(artifact: Artifact, payload: &[u8]) -> Result<Sections<'_>, Error> {
    let known = match artifact {
        Artifact::Model => tag::OF_MODEL,
        Artifact::Features => tag::OF_FEATURES,
    };
    Sections::new(artifact, payload, known)
}

/// The columns in the sections of features. Additional terms come with the parameters.
pub(super) fn space(mut sections: Sections<'_>) -> Result<FeatureSpace, Error> {
    let target: StoredTarget = sections.demand(tag::TARGET)?;
    let numeric: Vec<StoredNumeric> = sections.demand(tag::NUMERIC)?;
    let categorical: Vec<StoredCategorical> = sections.demand(tag::CATEGORICAL)?;
    let rare: Option<Vec<Option<u32>>> = sections.take(tag::RARE)?;
    let dropped: Vec<String> = sections.take(tag::DROPPED)?.unwrap_or_default();
    let numeric = numeric.into_iter().map(NumericColumn::from).collect();
    let mut categorical: Vec<CategoricalColumn> = categorical.into_iter().map(CategoricalColumn::from).collect();
    if let Some(rare) = rare {
        if rare.len() != categorical.len() {
            return Err(Error::Undecodable { artifact: Artifact::Features });
        }
        categorical.iter_mut().zip(rare).for_each(|(column, rare)| column.rare = rare);
    }
    Ok(FeatureSpace::new(target.into(), dropped, numeric, categorical))
}

/// The parameters in the sections of a model. `space` gets the additional terms.
pub(super) fn parameters(mut sections: Sections<'_>, space: &mut FeatureSpace) -> Result<Parameters, Error> {
    let terms: StoredTerms = sections.demand(tag::TERMS)?;
    let threshold: f64 = sections.demand(tag::DECISION)?;
    let StoredPrior { class_counts, class_weights, base_rate } = sections.demand(tag::PRIOR)?;
    let calibration: Option<StoredCalibration> = sections.take(tag::CALIBRATION)?;
    let form: Option<StoredForm> = sections.take(tag::FORM)?;
    let totals: Option<Vec<StoredTotal>> = sections.take(tag::TOTALS)?;
    let weighting: Option<StoredWeighting> = sections.take(tag::ROW_WEIGHTS)?;
    let settings: StoredSettings = sections.take(tag::SETTINGS)?.unwrap_or_default();
    let StoredSettings { class_weight, penalty, c, intercept_penalised } = settings;
    let objective: Option<StoredObjective> = sections.take(tag::OBJECTIVE)?;
    let fit: StoredConvergence = sections.take(tag::CONVERGENCE)?.unwrap_or_default();
    let newton_decrement: Option<f64> = sections.take(tag::NEWTON_DECREMENT)?;
    let standard_errors: Option<StoredStandardErrors> = sections.take(tag::STANDARD_ERRORS)?;
    let separation: Option<StoredSeparation> = sections.take(tag::SEPARATION)?;
    let factor_tests: Option<StoredFactorTests> = sections.take(tag::FACTOR_TESTS)?;
    let variance_inflation: Option<Vec<Option<f64>>> = sections.take(tag::VARIANCE_INFLATION)?;
    let marginal_effects: Option<Vec<StoredMarginalEffect>> = sections.take(tag::MARGINAL_EFFECTS)?;
    let undefined: BTreeMap<String, String> = sections.take(tag::UNDEFINED)?.unwrap_or_default();
    let evidence: Option<StoredEvidence> = sections.take(tag::EVIDENCE)?;
    // Which terms the columns have of themselves depends on it.
    space.form = form.map_or(Form::Logistic, Form::from);
    let (intercept, coefficients) = terms.restore(space)?;
    let training = Training {
        class_counts,
        class_weight: class_weight.into(),
        class_weights,
        penalty: penalty.into(),
        c,
        objective: objective.map_or_else(
            || ObjectiveForm::before_recipes(intercept_penalised),
            |StoredObjective { recipe, penalty_units, intercept }| ObjectiveForm {
                recipe: recipe.map(Into::into),
                penalty_units: penalty_units.into(),
                intercept: intercept.into(),
            },
        ),
        base_rate,
        fit: Convergence { newton_decrement, ..fit.into() },
        standard_errors: standard_errors.map(Into::into),
        weighting: weighting.map(|StoredWeighting { column, class_totals }| Weighting { column, class_totals }),
    };
    let inference = Inference {
        separation: separation.map(Into::into),
        factor_tests: factor_tests.map(Into::into),
        variance_inflation,
        marginal_effects: marginal_effects.map(|effects| effects.into_iter().map(MarginalEffect::from).collect()),
        evidence: evidence.map(Into::into),
        undefined,
    };
    let calibration = calibration.map(Into::into);
    let totals = totals.unwrap_or_default().into_iter().map(ScoreTotal::from).collect();
    Ok(Parameters { coefficients, intercept, training, inference, calibration, threshold, totals })
}
