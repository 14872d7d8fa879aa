//! The training rows in folds, on which a comparison chooses the thresholds of its models: whole groups, and earlier rows first, where
//! rows have groups or times.

use assist_audit::TrainingFold;
use assist_data::Error::{Groups, Times, TooFewOfClass, TooFewRows};
use assist_features::{Design, LabelScan};
use assist_model::{InferenceLevel, LogisticRegression};
use assist_score::FeatureSpace;

use crate::division::{Division, FoldRows};
use crate::error::Error;
use crate::forms::contestant;
use crate::progress::Watch;

/// Folds, where the classes have rows for so many.
const FOLDS: u64 = 5;
/// Rows that the model on trial is fitted to in each fold, about. A threshold needs no more.
const FITTED_ROWS: usize = 50_000;

/// The folds of the training rows, each with the model that `regression` makes of the others in `space`. There are none where
/// the rows are too few for two, and a fold whose fit does not converge is left out: the thresholds are then those of a half.
pub(crate) fn training_folds(
    labels: &LabelScan<'_>,
    division: &Division,
    train: &Design,
    regression: &LogisticRegression,
    space: &FeatureSpace,
    seed: u32,
    watch: Watch<'_>,
) -> Result<Vec<TrainingFold>, Error> {
    let [n0, n1] = train.class_counts();
    let Ok(n_folds @ 2..) = u8::try_from(n0.min(n1).min(FOLDS)) else { return Ok(Vec::new()) };
    let FoldRows { parts, judged } = match division.folds(labels, n_folds, seed) {
        Err(Error::Data(Groups(_) | Times(_) | TooFewOfClass(_) | TooFewRows { .. })) => return Ok(Vec::new()),
        folds => folds?,
    };
    let plain = space.without_cuts();
    let coded = |rows: Vec<Division>| -> Result<Vec<[Design; 2]>, Error> {
        let designs = |rows: Division| {
            let [_, encoded] = rows.encode(labels, watch)?;
            Ok([encoded.clone().design(space).design, encoded.design(&plain).design])
        };
        rows.into_iter().map(designs).collect()
    };
    let (parts, judged) = (coded(parts)?, judged.map(coded).transpose()?);
    let regression = regression.clone().with_inference(InferenceLevel::Basic);
    let n_judged = judged.as_ref().map_or(parts.len(), Vec::len);
    let mut folds = Vec::new();
    for fold in 0..n_judged {
        let is_fitted = |part: usize| if judged.is_some() { part <= fold } else { part != fold };
        let of_others = |which: usize| {
            let others =
                parts.iter().enumerate().filter(|(part, _)| is_fitted(*part)).map(|(_, designs)| &designs[which]);
            Design::joined(&others.collect::<Vec<_>>())
        };
        let rows = of_others(0);
        let rows = if rows.n_rows() > 2 * FITTED_ROWS { rows.sample(FITTED_ROWS) } else { rows };
        let Ok(fit) = regression.fit(&rows) else { continue };
        if fit.model.parameters().training.fit.converged {
            let [_, held_out] = &judged.as_ref().unwrap_or(&parts)[fold];
            let fitted = of_others(1);
            let card = if fitted.is_weighted() { None } else { contestant(&fitted, watch)? };
            folds.push(TrainingFold { fitted, held_out: held_out.clone(), model: fit.model, card });
        }
    }
    Ok(folds)
}
