//! What a penalty costs that depends on the units or the offsets of columns: coefficients far from the fit without it, or a worse
//! ranking of test rows than the standard recipe has.

use assist_features::{Design, DesignWithRejects};
use assist_model::{Fit, InferenceLevel, LogisticRegression, Penalty};
use assist_score::{Model, Recipe};

use crate::row_scores::RowScores;
use crate::warning::{HeldCoefficient, Warning};

/// Standard errors beyond which a coefficient is far from the fit without a penalty.
const FAR: f64 = 2.0;
/// By the estimate of a single step, from which on it is looked at.
const SUSPECT: f64 = 1.0;
/// Loss of area under the ROC curve on test rows that is worth a word.
const LOSS: f64 = 0.005;

/// The warnings of a fit whose penalty is in raw units or on the intercept. `regression` is what was fitted, to the rows `train`;
/// `is_preset` says whether a recipe alone decided on units and intercept.
pub(crate) fn warnings(
    regression: &LogisticRegression,
    fit: &Fit,
    train: &Design,
    test: &DesignWithRejects,
    is_preset: bool,
) -> Vec<Warning> {
    let is_suspect = fit.report.pull.as_ref().is_some_and(|pull| pull.std_errors.iter().any(|moved| *moved > SUSPECT));
    if !is_suspect {
        return Vec::new();
    }
    let model = &fit.model;
    let coefficients = model.parameters().coefficients.iter().copied();
    let start: Vec<f64> = coefficients.chain([model.intercept()]).collect();
    let basic = regression.clone().with_inference(InferenceLevel::Basic);
    // Where there is no such fit there is nothing to compare with.
    let fitted = |regression: LogisticRegression| {
        let found = regression.fit_from(train, Some(&start)).ok()?.model;
        found.parameters().training.fit.converged.then_some(found)
    };
    // What was stated beside a recipe is not changed by naming another one.
    let recipe = model.parameters().training.objective.recipe.filter(|_| is_preset);
    let (unpenalised, standard) = rayon::join(
        || fitted(basic.clone().with_penalty(Penalty::None)),
        || fitted(basic.clone().with_recipe(Recipe::Standard)),
    );
    let mut warnings = Vec::new();
    let held = unpenalised.map_or_else(Vec::new, |unpenalised| held_coefficients(model, &unpenalised));
    if !held.is_empty() {
        warnings.push(Warning::CoefficientsHeld { recipe, held });
    }
    let auc = |model: &Model| RowScores::of(&[(&test.design, model)]).0.evaluate(model.correction(), 0.0).roc_auc;
    if let Some((found, standard)) = standard.and_then(|standard| auc(model).zip(auc(&standard)))
        && standard - found > LOSS
    {
        warnings.push(Warning::RankingLost { recipe, roc_auc: found, standard });
    }
    warnings
}

/// The coefficients that are far from those of the fit without a penalty, the farthest first.
fn held_coefficients(model: &Model, unpenalised: &Model) -> Vec<HeldCoefficient> {
    let Some(errors) = &unpenalised.parameters().training.standard_errors else { return Vec::new() };
    let pairs = model.terms().zip(&unpenalised.parameters().coefficients).zip(&errors.values);
    let mut held: Vec<HeldCoefficient> = pairs
        .map(|((term, unpenalised), error)| HeldCoefficient {
            feature: term.name,
            value: term.coefficient,
            unpenalised: *unpenalised,
            std_errors: (term.coefficient - unpenalised).abs() / error,
        })
        .filter(|held| held.std_errors > FAR)
        .collect();
    held.sort_by(|a, b| b.std_errors.total_cmp(&a.std_errors));
    held
}
