//! Fits on all folds but one, or on those before it, and what they say of that one.

use assist_features::Design;
use assist_model::{Fit, InferenceLevel, LogisticRegression};
use assist_score::Correction;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::progress::{Stage, Watch, tell};
use crate::row_scores::RowScores;

/// What a fold is judged by: the larger the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scoring {
    /// Minus the log-loss of the raw probability, as scikit-learn's `neg_log_loss`.
    #[default]
    LogLoss,
    /// Minus the Brier score of the raw probability.
    Brier,
    /// Share of right decisions.
    Accuracy,
    /// Mean of the recalls of both classes.
    BalancedAccuracy,
    /// Area under the ROC curve.
    RocAuc,
    /// Average precision.
    AveragePrecision,
}

/// A strength of the penalty and what the folds say of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PathPoint {
    /// Inverse strength of the penalty.
    pub c: f64,
    /// Mean over the folds.
    pub mean: f64,
    /// Standard error of that mean: the spread of the folds over the root of their number.
    pub std_error: f64,
    /// One for each fold.
    pub folds: Vec<f64>,
}

impl Scoring {
    fn of(self, scores: &RowScores) -> Option<f64> {
        let metrics = scores.evaluate(Correction::Affine { slope: 1.0, shift: 0.0 }, 0.0);
        match self {
            Self::LogLoss => metrics.log_loss.map(|loss| -loss),
            Self::Brier => metrics.brier.map(|brier| -brier),
            Self::Accuracy => metrics.accuracy,
            Self::BalancedAccuracy => metrics.balanced_accuracy,
            Self::RocAuc => metrics.roc_auc,
            Self::AveragePrecision => metrics.average_precision,
        }
    }
}

/// The training rows in parts: each is judged by a fit to the others, or to those before it.
#[derive(Debug)]
pub(crate) struct Folds {
    /// Parts of the training rows.
    parts: Vec<Design>,
    /// Where parts follow each other in time, the rows of each but the first that it is judged by.
    judged: Option<Vec<Design>>,
}

impl Folds {
    /// Of at least two parts; with `judged`, one less of these.
    pub(crate) fn new(parts: Vec<Design>, judged: Option<Vec<Design>>) -> Self {
        assert!(parts.len() > 1, "a fold is judged by a fit to others");
        assert!(judged.as_ref().is_none_or(|judged| judged.len() + 1 == parts.len()), "nothing comes before the first");
        Self { parts, judged }
    }

    /// How many are judged.
    fn len(&self) -> usize {
        self.judged.as_ref().map_or(self.parts.len(), Vec::len)
    }

    /// The rows that a fold is judged by.
    fn held_out(&self, fold: usize) -> &Design {
        &self.judged.as_ref().unwrap_or(&self.parts)[fold]
    }

    /// The rows that are fitted for that.
    fn fitted(&self, fold: usize) -> Design {
        let is_fitted = |part: usize| if self.judged.is_some() { part <= fold } else { part != fold };
        let parts = self.parts.iter().enumerate().filter(|(part, _)| is_fitted(*part)).map(|(_, design)| design);
        Design::joined(&parts.collect::<Vec<_>>())
    }
}

fn check(fold: usize, fit: &Fit) -> Result<(), Error> {
    let training = &fit.model.parameters().training;
    let facts = &training.fit;
    if facts.converged {
        return Ok(());
    }
    Err(Error::FoldNotConverged {
        fold: fold + 1,
        c: training.c,
        gradient_max_norm: facts.gradient_max_norm,
        termination: facts.termination.clone(),
    })
}

/// What a fold says of every strength in `cs`, ascending. Each fit starts at the one before; class weights are counted on the
/// rows that are fitted. A figure that a fold does not define is NaN.
///
/// # Errors
///
/// Those of a fit.
pub(crate) fn c_path(
    settings: &LogisticRegression,
    folds: &Folds,
    cs: &[f64],
    scoring: Scoring,
    watch: Watch<'_>,
) -> Result<Vec<PathPoint>, Error> {
    let settings = settings.clone().with_inference(InferenceLevel::Basic);
    let mut of_folds: Vec<Vec<f64>> = vec![Vec::new(); cs.len()];
    for fold in 0..folds.len() {
        tell(watch, Stage::Fold { fold: fold + 1, n_folds: folds.len() }, 0)?;
        let (design, held_out) = (folds.fitted(fold), folds.held_out(fold));
        let mut start: Option<Vec<f64>> = None;
        for (c, scores) in cs.iter().zip(&mut of_folds) {
            let fit = settings.clone().with_c(*c).fit_from(&design, start.as_deref())?;
            check(fold, &fit)?;
            let (of_fold, _) = RowScores::of(&[(held_out, &fit.model)]);
            scores.push(scoring.of(&of_fold).unwrap_or(f64::NAN));
            let coefficients = fit.model.parameters().coefficients.iter().copied();
            start = Some(coefficients.chain([fit.model.intercept()]).collect());
        }
    }
    let point = |(c, folds): (&f64, Vec<f64>)| {
        let n = folds.len() as f64;
        let mean = folds.iter().sum::<f64>() / n;
        let variance = folds.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / (n - 1.0);
        PathPoint { c: *c, mean, std_error: (variance / n).sqrt(), folds }
    };
    Ok(cs.iter().zip(of_folds).map(point).collect())
}

/// The places of the point with the best mean (the first of equal ones), and of the strongest penalty whose mean is at most
/// one standard error worse (Breiman et al. 1984). `None` where a figure is not defined.
pub(crate) fn chosen(path: &[PathPoint]) -> Option<[usize; 2]> {
    if path.iter().any(|point| !point.mean.is_finite()) {
        return None;
    }
    let best = (0..path.len()).reduce(|best, next| if path[next].mean > path[best].mean { next } else { best })?;
    let enough = path[best].mean - path[best].std_error;
    let within = (0..path.len()).filter(|at| path[*at].mean >= enough);
    Some([best, within.reduce(|a, b| if path[b].c < path[a].c { b } else { a })?])
}

/// The scores of every row that a fold is judged by, by the fit that did not see it.
///
/// # Errors
///
/// Those of a fit.
pub(crate) fn out_of_fold(settings: &LogisticRegression, folds: &Folds, watch: Watch<'_>) -> Result<RowScores, Error> {
    let settings = settings.clone().with_inference(InferenceLevel::Basic);
    let mut models = Vec::new();
    for fold in 0..folds.len() {
        tell(watch, Stage::Fold { fold: fold + 1, n_folds: folds.len() }, 0)?;
        let fit = settings.fit(&folds.fitted(fold))?;
        check(fold, &fit)?;
        models.push(fit.model);
    }
    let of_folds = models.iter().enumerate().map(|(fold, model)| (folds.held_out(fold), model));
    let (scores, _) = RowScores::of(&of_folds.collect::<Vec<_>>());
    Ok(scores)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_standard_error_allows_a_stronger_penalty() {
        let point = |c, mean, std_error| PathPoint { c, mean, std_error, folds: vec![] };
        let path = [point(0.01, 0.5, 0.1), point(0.1, 0.78, 0.1), point(1.0, 0.8, 0.05), point(10.0, 0.8, 0.01)];
        assert_eq!(chosen(&path), Some([2, 1]));
        assert_eq!(chosen(&[point(1.0, f64::NAN, 0.0)]), None);
    }
}
