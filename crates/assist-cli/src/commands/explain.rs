//! `explain`: the coefficients and what they rest on; with a user given, that prediction taken apart.

use assist_model::{Wald, holm};
use assist_score::{Model, NumericColumn};
use serde::Serialize;
use serde_json::json;

use crate::args::ExplainArguments;
use crate::commands::predict;
use crate::failure::Failure;
use crate::output::{self, Output, p_value};

/// A coefficient with its uncertainty, as far as that is valid.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Coefficient {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) feature: Option<String>,
    pub(crate) value: f64,
    #[serde(flatten)]
    pub(crate) uncertainty: Option<Uncertainty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) odds_ratio: Option<f64>,
    /// The interval of the odds ratio.
    #[serde(skip_serializing_if = "Option::is_none")]
    odds_ratio_ci: Option<[f64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variance_inflation: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marginal_effect: Option<Effect>,
}

/// An average marginal effect on the raw probability.
#[derive(Debug, Clone, Copy, Serialize)]
struct Effect {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    std_error: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ci: Option<[f64; 2]>,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Uncertainty {
    std_error: f64,
    z: f64,
    p_value: f64,
    ci_low: f64,
    ci_high: f64,
}

impl Coefficient {
    /// The coefficient of a feature for a report; the intercept is none.
    pub(crate) fn for_report(self) -> Option<assist_eval::Coefficient> {
        Some(assist_eval::Coefficient {
            feature: self.feature?,
            value: self.value,
            interval: self.uncertainty.map(|of| [of.ci_low, of.ci_high]),
            p_value: self.uncertainty.map(|of| of.p_value),
        })
    }
}

/// All coefficients in the order of the features, and the intercept.
pub(crate) struct Coefficients {
    pub(crate) intercept: Coefficient,
    pub(crate) features: Vec<Coefficient>,
}

pub(crate) fn coefficients(model: &Model) -> Coefficients {
    let parameters = model.parameters();
    let errors = parameters.training.standard_errors.as_ref().map(|errors| errors.values.as_slice());
    let uncertainty = |value: f64, index: usize| {
        let wald = Wald::new(value, *errors?.get(index)?)?;
        let Wald { std_error, z, p_value, ci_low, ci_high, .. } = wald;
        Some(Uncertainty { std_error, z, p_value, ci_low, ci_high })
    };
    let features = model.space().features();
    let of_feature = |(index, feature): (usize, assist_score::Feature)| {
        let value = parameters.coefficients[index];
        let uncertainty = uncertainty(value, index);
        let inference = &parameters.inference;
        let effect = inference.marginal_effects.as_ref().and_then(|all| all.get(index)).map(|effect| Effect {
            value: effect.value,
            std_error: effect.std_error,
            ci: effect.std_error.and_then(|e| Wald::new(effect.value, e)).map(|wald| [wald.ci_low, wald.ci_high]),
        });
        Coefficient {
            feature: Some(feature.name),
            value,
            uncertainty,
            odds_ratio: Some(value.exp()),
            odds_ratio_ci: uncertainty.map(|u| [u.ci_low.exp(), u.ci_high.exp()]),
            variance_inflation: inference.variance_inflation.as_ref().and_then(|all| all.get(index).copied().flatten()),
            marginal_effect: effect,
        }
    };
    Coefficients {
        intercept: Coefficient {
            feature: None,
            value: parameters.intercept,
            uncertainty: uncertainty(parameters.intercept, features.len()),
            odds_ratio: None,
            odds_ratio_ci: None,
            variance_inflation: None,
            marginal_effect: None,
        },
        features: features.into_iter().enumerate().map(of_feature).collect(),
    }
}

/// What is known of a fit beyond its coefficients, for reports.
pub(crate) fn inference(model: &Model) -> Result<serde_json::Value, serde_json::Error> {
    let inference = &model.parameters().inference;
    let mut document = json!({});
    if let Some(separation) = &inference.separation {
        document["separation"] = json!({
            "kind": if separation.is_complete { "complete" } else { "quasi-complete" },
            "features": separation.features,
        });
    }
    if let Some(tests) = &inference.factor_tests {
        let mut of_tests = serde_json::to_value(tests)?;
        of_tests["method"] = json!(FACTOR_TESTS);
        of_tests["mcfadden_r2"] = json!(1.0 - tests.log_likelihood / tests.null_log_likelihood);
        document["factor_tests"] = of_tests;
    }
    if !inference.undefined.is_empty() {
        document["undefined"] = serde_json::to_value(&inference.undefined)?;
    }
    Ok(document)
}

/// How columns are tested.
const FACTOR_TESTS: &str = "likelihood ratio of unweighted, unpenalised fits, Holm's correction over all columns";

/// The tests of columns, or why there are none.
fn explain_tests(model: &Model, output: Output) -> Result<(), Failure> {
    let inference = &model.parameters().inference;
    if let Some(separation) = &inference.separation {
        let kind = if separation.is_complete { "completely" } else { "quasi-completely" };
        output.answer(&format!(
            "the classes are {kind} separated by {} (certified by a linear program): without a penalty there is no finite optimum; `--penalty firth --class-weight none` gives finite coefficients with standard errors",
            separation.features.join(", ")
        ))?;
    }
    let Some(tests) = &inference.factor_tests else {
        return match inference.undefined.get("factor_tests") {
            Some(reason) => output.answer(&format!("no tests of columns: {reason}")),
            None => Ok(()),
        };
    };
    output.heading("Does a column say anything about the label?")?;
    let rows = tests.factors.iter().map(|test| {
        let p_holm = test.p_holm.unwrap_or(test.p_value);
        vec![
            test.columns.join(", "),
            format!("{:.2}", test.statistic),
            test.df.to_string(),
            p_value(test.p_value),
            p_value(p_holm),
            if p_holm <= SIGNIFICANCE { "yes" } else { "no evidence" }.to_owned(),
        ]
    });
    output.answer(&output::table(&["column", "likelihood ratio", "df", "p", "p (Holm)", ""], rows))?;
    if let Some(joint) = &tests.without_evidence {
        output.answer(&format!(
            "those without evidence, tested together: likelihood ratio {:.2}, df {}, p {}",
            joint.statistic,
            joint.df,
            p_value(joint.p_value)
        ))?;
    }
    output.answer(&format!("tests: {FACTOR_TESTS}"))
}

pub(crate) fn run(arguments: &ExplainArguments, output: Output) -> Result<(), Failure> {
    let model = assist_model::load(&arguments.model.model)?;
    if arguments.set.is_empty() {
        explain_model(&model, output)
    } else {
        predict::given(&model, &arguments.set, true, false, output)
    }
}

fn explain_model(model: &Model, output: Output) -> Result<(), Failure> {
    let training = &model.parameters().training;
    let all = coefficients(model);
    let mut ranked = all.features.clone();
    ranked.sort_by(|a, b| b.value.total_cmp(&a.value));
    let method = training.standard_errors.as_ref().map(|errors| errors.method.as_str());
    let names = |select: &dyn Fn(&Coefficient) -> bool| -> Vec<&str> {
        ranked.iter().filter(|c| select(c)).filter_map(|c| c.feature.as_deref()).collect()
    };
    let p_values: Vec<f64> = ranked.iter().filter_map(|c| c.uncertainty.map(|u| u.p_value)).collect();
    // The correction keeps their order, so the largest that is still below the level divides them.
    let below = p_values.iter().zip(holm(&p_values)).filter(|(_, adjusted)| *adjusted <= SIGNIFICANCE);
    let threshold = below.map(|(p, _)| *p).fold(-1.0, f64::max);
    // A single level is no finding where its column as a whole says nothing.
    let tests = model.parameters().inference.factor_tests.as_ref();
    let features = model.space().features();
    let column_matters = |c: &Coefficient| {
        let column = features.iter().find(|f| Some(&f.name) == c.feature.as_ref()).map(|f| &f.column);
        let test = tests.and_then(|tests| tests.factors.iter().find(|test| test.columns.first() == column));
        test.is_none_or(|test| test.p_holm.unwrap_or(test.p_value) <= SIGNIFICANCE)
    };
    let clear = |c: &Coefficient| c.uncertainty.is_some_and(|u| u.p_value <= threshold) && column_matters(c);
    let positive = names(&|c| clear(c) && c.value > 0.0);
    let mut negative = names(&|c| clear(c) && c.value < 0.0);
    negative.reverse();
    let unclear = names(&|c| c.uncertainty.is_some() && !clear(c));

    let levels = model.space().categorical.iter();
    let levels = levels.map(|column| (column.name.clone(), json!(column.levels[column.reference as usize])));
    let binned: Vec<&NumericColumn> = model.space().numeric.iter().filter(|column| column.is_binned()).collect();
    let reference: serde_json::Map<String, serde_json::Value> = levels.collect();
    let reference_bins: serde_json::Map<String, serde_json::Value> =
        binned.iter().map(|column| (column.name.clone(), json!(column.bin_name(0)))).collect();
    let mut document = json!({
        "format_version": 1,
        "target": model.space().target.name, "positive": model.space().target.positive,
        "penalty": crate::commands::train::penalty_name(training.penalty), "c": training.c, "intercept_penalised": training.intercept_penalised,
        "class_weights": training.class_weights, "converged": training.fit.converged,
        "reference_levels": reference,
        "intercept": all.intercept, "coefficients": ranked,
    });
    if !reference_bins.is_empty() {
        document["reference_bins"] = json!(reference_bins);
    }
    if let Some(method) = method {
        document["std_error_method"] = json!(method);
        document["positive_indicators"] = json!(positive);
        document["negative_indicators"] = json!(negative);
        document["no_evidence"] = json!(unclear);
    }
    document["inference"] = inference(model)?;
    output.json_document(&document)?;

    let digits = digits(training.fit.coefficient_error_bound);
    let row = |c: &Coefficient| {
        let figure = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"));
        let interval = c
            .uncertainty
            .map_or_else(|| "–".to_owned(), |u| format!("{:.digits$} to {:.digits$}", u.ci_low, u.ci_high));
        vec![
            c.feature.clone().unwrap_or_else(|| "(intercept)".to_owned()),
            figure(Some(c.value)),
            interval,
            c.uncertainty.map_or_else(|| "–".to_owned(), |u| p_value(u.p_value)),
            figure(c.odds_ratio),
            c.marginal_effect.map_or_else(|| "–".to_owned(), |effect| format!("{:+.4}", effect.value)),
            c.variance_inflation.map_or_else(|| "–".to_owned(), |factor| format!("{factor:.2}")),
        ]
    };
    let rows = ranked.iter().chain([&all.intercept]).map(row);
    output.heading(&format!(
        "What speaks for `{}` = `{}`, strongest first",
        model.space().target.name,
        model.space().target.positive
    ))?;
    let header = [
        "feature",
        "coefficient",
        "95 % interval",
        "p",
        "odds ratio",
        "effect on raw probability",
        "variance inflation",
    ];
    output.answer(&output::table(&header, rows))?;
    let list = |names: &[&str]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    if let Some(method) = method {
        output.answer(&format!("strong positive indicators: {}", list(&positive)))?;
        output.answer(&format!("strong negative indicators: {}", list(&negative)))?;
        output.answer(&format!("no evidence either way: {}", list(&unclear)))?;
        let references = model.space().categorical.iter();
        let references = references.map(|c| format!("{} {}", c.name, c.levels[c.reference as usize]));
        let references: Vec<String> = references.chain(binned.iter().map(|column| column.bin_name(0))).collect();
        let steps = if binned.is_empty() { "" } else { " or a step" };
        output.answer(&format!(
            "standard errors: {method}{}; a level{steps} is compared with its column's reference ({}); p is for each feature alone, and an indicator is strong where it stays below {SIGNIFICANCE} after Holm's correction over all features",
            if training.penalty == assist_score::Penalty::None { "" } else { ", around the penalised estimate" },
            references.join(", "),
        ))?;
    } else {
        let reason = model.parameters().inference.undefined.get("standard_errors");
        let reason = reason.map_or("the fit did not converge, or its Hessian is singular", String::as_str);
        output.answer(&format!("no standard errors: {reason}"))?;
    }
    explain_tests(model, output)
}

/// Error rate over all features together that a strong indicator is allowed.
const SIGNIFICANCE: f64 = 0.05;

/// As many decimals as the bound on the coefficients' error allows, at most four.
fn digits(bound: Option<f64>) -> usize {
    (0..4)
        .find(|digits| bound.is_some_and(|bound| bound > 0.5 * 10_f64.powi(-(digits + 1))))
        .map_or(4, |d| usize::try_from(d).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digit_is_printed_that_the_bound_does_not_allow() {
        assert_eq!(digits(Some(1e-9)), 4);
        assert_eq!(digits(Some(1e-3)), 2);
        assert_eq!(digits(Some(3.0)), 0);
        assert_eq!(digits(None), 4);
    }
}
