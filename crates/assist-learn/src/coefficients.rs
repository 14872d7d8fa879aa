//! Coefficients with their uncertainty, and what else is known of a fit, as reports have them.

use std::collections::BTreeMap;

use assist_model::Wald;
use assist_score::{EvidenceMethod, FactorTests, Feature, Model};
use serde::{Deserialize, Serialize};

/// How columns are tested where the classes overlap.
pub const FACTOR_TEST_METHOD: &str =
    "likelihood ratio of unweighted, unpenalised fits, Holm's correction over all columns";
/// How they are where rows are grouped or have weights: likelihood ratios do not have their law then.
pub const WALD_TEST_METHOD: &str =
    "Wald's chi-squared of unpenalised coefficients with their sandwich covariance, Holm's correction over all columns";
/// How they are where the classes are separated.
pub const FIRTH_TEST_METHOD: &str =
    "ratio of Firth's penalised likelihood, unweighted, Holm's correction over all columns";

/// Why there is no evidence with a model that says nothing of it.
const OF_OLDER_VERSION: &str = "the model was trained by an older version, which kept none";
/// Why there is none of points.
const OF_POINTS: &str = "points are chosen among many on the same rows, so that they have no errors of an estimate";

/// A coefficient with its uncertainty, as far as that is valid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Coefficient {
    /// The feature; `None` for the intercept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    /// What a unit of the feature adds to the score.
    pub value: f64,
    /// The uncertainty of that by Wald's method, where a standard error is valid.
    #[serde(flatten)]
    pub uncertainty: Option<Uncertainty>,
    /// `exp(value)`; absent for the intercept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub odds_ratio: Option<f64>,
    /// The 95 % interval of the odds ratio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub odds_ratio_ci: Option<[f64; 2]>,
    /// By what factor the other features inflate its variance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variance_inflation: Option<f64>,
    /// Its average marginal effect on the probability.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marginal_effect: Option<Effect>,
    /// What the training rows say of it, apart from the model that predicts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<CoefficientEvidence>,
}

impl Coefficient {
    /// The figures of its evidence, if there is any.
    pub fn evidence(&self) -> Option<&EvidenceFigures> {
        match &self.evidence {
            Some(CoefficientEvidence::Known(figures)) => Some(figures),
            Some(CoefficientEvidence::Absent { .. }) | None => None,
        }
    }
}

/// What the training rows say of a coefficient: read from the unpenalised fit without class weights, or from Firth's penalised
/// likelihood where the classes are separated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CoefficientEvidence {
    /// Figures.
    Known(EvidenceFigures),
    /// Nothing.
    Absent {
        /// Why.
        reason: String,
    },
}

/// The figures of evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EvidenceFigures {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Lower end of the 95 % interval.
    pub ci_low: f64,
    /// Upper end of the 95 % interval.
    pub ci_high: f64,
    /// Probability of an estimate as far from zero if the feature has no effect.
    pub p_value: f64,
    /// How they were computed, such as `inverse_hessian`.
    pub method: String,
}

/// A coefficient's uncertainty by Wald's method.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Uncertainty {
    /// The standard error.
    pub std_error: f64,
    /// Value over standard error.
    pub z: f64,
    /// Two-sided, from the normal distribution.
    pub p_value: f64,
    /// Lower end of the 95 % interval.
    pub ci_low: f64,
    /// Upper end of the 95 % interval.
    pub ci_high: f64,
}

/// An average marginal effect on the probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Effect {
    /// The mean change of the probability.
    pub value: f64,
    /// Its standard error by the delta method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub std_error: Option<f64>,
    /// Its 95 % interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci: Option<[f64; 2]>,
}

/// The coefficients of a model.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Coefficients {
    /// The intercept.
    pub intercept: Coefficient,
    /// One for each feature, in their order.
    pub features: Vec<Coefficient>,
}

/// What is known of a fit beyond its coefficients.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InferenceReport {
    /// Features that separate the classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separation: Option<SeparationReport>,
    /// Whether each column as a whole says anything about the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor_tests: Option<FactorTestReport>,
    /// What evidence there is of the coefficients, and what of it is clear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceSummary>,
    /// Which figures are absent, and why.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub undefined: BTreeMap<String, String>,
}

/// What evidence there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EvidenceSummary {
    /// How it was taken from the rows.
    pub method: String,
    /// Training rows of the smaller class.
    pub smaller_class: u64,
    /// Parameters that were estimated, the intercept among them.
    pub parameters: u64,
    /// Whether these rows are too few a parameter for anything to be called clear.
    pub is_scarce: bool,
    /// The columns that clearly say something about the label that the others do not.
    pub clear_columns: Vec<String>,
}

/// Features that separate the classes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeparationReport {
    /// Whether all rows are told apart.
    pub kind: SeparationKind,
    /// The features.
    pub features: Vec<String>,
}

/// How far classes are separated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeparationKind {
    /// All rows lie on their own side.
    Complete,
    /// Some rows lie on the border.
    QuasiComplete,
}

/// Tests of columns, with their method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FactorTestReport {
    /// The tests.
    #[serde(flatten)]
    pub tests: FactorTests,
    /// How they were made.
    pub method: String,
    /// `McFadden`'s R2 of the unpenalised fit without class weights.
    pub mcfadden_r2: f64,
}

/// The coefficients of a model, with their uncertainty.
pub fn coefficients(model: &Model) -> Coefficients {
    let parameters = model.parameters();
    let errors = parameters.training.standard_errors.as_ref().map(|errors| errors.values.as_slice());
    let uncertainty = |value: f64, index: usize| {
        let wald = Wald::new(value, *errors?.get(index)?)?;
        let Wald { std_error, z, p_value, ci_low, ci_high, .. } = wald;
        Some(Uncertainty { std_error, z, p_value, ci_low, ci_high })
    };
    let features = model.space().features();
    let has_points = model.space().form.has_points();
    let inference = &parameters.inference;
    let evidence = |name: &str, index: usize| {
        let of_all = inference.evidence.as_ref();
        let figures = of_all.and_then(|all| all.coefficients.get(index).copied().flatten().zip(Some(all.method)));
        if let Some((assist_score::CoefficientEvidence { value, std_error, ci_low, ci_high, p_value }, method)) =
            figures
        {
            let method = method.name().to_owned();
            return CoefficientEvidence::Known(EvidenceFigures { value, std_error, ci_low, ci_high, p_value, method });
        }
        let reasons = [format!("evidence.{name}"), "evidence".to_owned()];
        let reason = reasons.iter().find_map(|figure| inference.undefined.get(figure));
        let unsaid = if has_points { OF_POINTS } else { OF_OLDER_VERSION };
        CoefficientEvidence::Absent { reason: reason.map_or(unsaid, String::as_str).to_owned() }
    };
    let of_feature = |(index, feature): (usize, Feature)| {
        let value = parameters.coefficients[index];
        let uncertainty = uncertainty(value, index);
        let effect = inference.marginal_effects.as_ref().and_then(|all| all.get(index)).map(|effect| Effect {
            value: effect.value,
            std_error: effect.std_error,
            ci: effect.std_error.and_then(|e| Wald::new(effect.value, e)).map(|wald| [wald.ci_low, wald.ci_high]),
        });
        Coefficient {
            evidence: Some(evidence(&feature.name, index)),
            feature: Some(feature.name),
            value,
            uncertainty,
            // Points are no log-odds.
            odds_ratio: (!has_points).then(|| value.exp()),
            odds_ratio_ci: uncertainty.map(|u| [u.ci_low.exp(), u.ci_high.exp()]),
            variance_inflation: inference.variance_inflation.as_ref().and_then(|all| all.get(index).copied().flatten()),
            marginal_effect: effect,
        }
    };
    Coefficients {
        intercept: Coefficient {
            feature: None,
            value: model.intercept(),
            uncertainty: uncertainty(model.intercept(), features.len()),
            odds_ratio: None,
            odds_ratio_ci: None,
            variance_inflation: None,
            marginal_effect: None,
            evidence: Some(evidence("intercept", features.len())),
        },
        features: features.into_iter().enumerate().map(of_feature).collect(),
    }
}

/// What is known of a fit beyond its coefficients.
pub(crate) fn inference(model: &Model) -> InferenceReport {
    let inference = &model.parameters().inference;
    InferenceReport {
        separation: inference.separation.as_ref().map(|separation| SeparationReport {
            kind: if separation.is_complete { SeparationKind::Complete } else { SeparationKind::QuasiComplete },
            features: separation.features.clone(),
        }),
        factor_tests: inference.factor_tests.as_ref().map(|tests| FactorTestReport {
            tests: tests.clone(),
            method: match inference.evidence.as_ref().map(|evidence| evidence.method) {
                Some(EvidenceMethod::FirthProfile) => FIRTH_TEST_METHOD,
                Some(EvidenceMethod::Cluster | EvidenceMethod::Sandwich) => WALD_TEST_METHOD,
                _ => FACTOR_TEST_METHOD,
            }
            .to_owned(),
            mcfadden_r2: 1.0 - tests.log_likelihood / tests.null_log_likelihood,
        }),
        evidence: inference.evidence.as_ref().map(|evidence| EvidenceSummary {
            method: evidence.method.name().to_owned(),
            smaller_class: evidence.smaller_class,
            parameters: evidence.n_parameters,
            is_scarce: evidence.is_scarce(),
            clear_columns: evidence.clear_columns.clone(),
        }),
        undefined: inference.undefined.clone(),
    }
}
