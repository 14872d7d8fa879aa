//! How well a fit describes its own rows, beside a fit of the intercept alone, and what others have been told of such fits.

use serde::{Deserialize, Serialize};

use crate::metrics::Metrics;

/// Deviances of a model on the rows that it was fitted to, and the criteria of the unpenalised fit to the same rows. A penalty or
/// class weights make coefficients that are no maximum of a likelihood, so AIC and BIC are not defined for them; they are those of
/// the fit without either, which evidence rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FitContext {
    /// Observations.
    pub rows: u64,
    /// Minus twice the log-likelihood of the corrected probabilities of the model, of weights where there are some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviance: Option<f64>,
    /// The same of the share of class 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null_deviance: Option<f64>,
    /// `1 - deviance / null_deviance` (`McFadden` 1974).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcfadden_r2: Option<f64>,
    /// The unpenalised fit without class weights to the same rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpenalised: Option<UnpenalisedFigures>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undefined: Option<String>,
}

/// Figures of an unpenalised fit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnpenalisedFigures {
    /// Its log-likelihood.
    pub log_likelihood: f64,
    /// Minus twice that.
    pub deviance: f64,
    /// `1 - deviance / null_deviance`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcfadden_r2: Option<f64>,
    /// How many parameters were estimated, the intercept among them.
    pub parameters: usize,
    /// `deviance + 2 parameters` (Akaike 1974).
    pub aic: f64,
    /// `deviance + parameters ln(rows)` (Schwarz 1978), of observations.
    pub bic: f64,
}

impl FitContext {
    /// Of the figures of a model on the rows that it was fitted to, and the log-likelihood and the number of parameters of the
    /// unpenalised fit to these, or why there is none.
    pub fn new(metrics: &Metrics, unpenalised: Result<(f64, usize), String>) -> Self {
        let counts = metrics.confusion_matrix.map(|row| row.map(|n| n as f64));
        let [w0, w1] = metrics.weighted_confusion_matrix.unwrap_or(counts).map(|row| row.iter().sum::<f64>());
        let total = w0 + w1;
        let term = |w: f64| if w > 0.0 { w * (w / total).ln() } else { 0.0 };
        let null_deviance = (total > 0.0).then(|| -2.0 * (term(w0) + term(w1)));
        let explained = |deviance: f64| null_deviance.filter(|null| *null > 0.0).map(|null| 1.0 - deviance / null);
        let deviance = metrics.probability.log_loss.map(|loss| 2.0 * total * loss);
        let (unpenalised, undefined) = match unpenalised {
            Err(reason) => (None, Some(reason)),
            Ok((log_likelihood, parameters)) => {
                let deviance = -2.0 * log_likelihood;
                let (aic, bic) = (2.0 * parameters as f64, parameters as f64 * (metrics.rows as f64).ln());
                let (aic, bic) = (deviance + aic, deviance + bic);
                let mcfadden_r2 = explained(deviance);
                (Some(UnpenalisedFigures { log_likelihood, deviance, mcfadden_r2, parameters, aic, bic }), None)
            }
        };
        let mcfadden_r2 = deviance.and_then(explained);
        Self { rows: metrics.rows, deviance, null_deviance, mcfadden_r2, unpenalised, undefined }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four observations by hand: `-2 (ln 0.8 + ln 0.6 + ln 0.7 + ln 0.9)` beside `8 ln 2`.
    #[test]
    fn deviances_worked_out_by_hand() {
        let metrics = Metrics::from_probabilities(&[0.8, 0.6, 0.3, 0.1], &[true, true, false, false]).expect("shares");
        let context = FitContext::new(&metrics, Ok((-1.0, 2)));
        let deviance = -2.0 * (0.8_f64 * 0.6 * 0.7 * 0.9).ln();
        let null = 8.0 * 2.0_f64.ln();
        let near = |found: Option<f64>, expected: f64| found.is_some_and(|found| (found - expected).abs() < 1e-12);
        assert!(near(context.deviance, deviance) && near(context.null_deviance, null), "{context:?}");
        assert!(near(context.mcfadden_r2, 1.0 - deviance / null));
        let fit = context.unpenalised.expect("a fit");
        assert!(near(Some(fit.aic), 6.0) && near(Some(fit.bic), 2.0 + 2.0 * 4.0_f64.ln()));
        let one_class = Metrics::from_probabilities(&[0.8, 0.9], &[true, true]).expect("shares");
        let context = FitContext::new(&one_class, Err("there is no evidence".to_owned()));
        assert_eq!((context.mcfadden_r2, context.null_deviance, context.unpenalised), (None, Some(0.0), None));
        let text = serde_json::to_string(&context).expect("JSON");
        assert_eq!(serde_json::from_str::<FitContext>(&text).expect("read back"), context);
    }
}
