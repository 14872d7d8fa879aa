//! `explain`: the coefficients and what they rest on; with a user given, explain that prediction.

use assist_learn::{
    Coefficient, Explanation, FACTOR_TEST_METHOD, InferenceReport, Model, Penalty, SIGNIFICANCE, SeparationKind,
    explain, load, other_models, references, shown_within,
};

use crate::args::ExplainArguments;
use crate::failure::Failure;
use crate::one_user::OneUser;
use crate::output::{self, Output, p_value};
use crate::printable::MOST_OF_NAME;

pub(crate) fn run(arguments: &ExplainArguments, output: Output) -> Result<(), Failure> {
    let model = load(&arguments.model.model)?;
    if !arguments.set.is_empty() {
        return OneUser { explain: true, allow_rejected: false }.given(&model, &arguments.set, output);
    }
    output::warnings(&other_models(&arguments.model.model, &model)?);
    let explanation = explain(&model);
    output.json_document(&explanation)?;
    coefficients(&model, &explanation, output)?;
    indicators(&model, &explanation, output)?;
    tests(&explanation.inference, output)
}

fn coefficients(model: &Model, explanation: &Explanation, output: Output) -> Result<(), Failure> {
    let digits = digits(model.parameters().training.fit.coefficient_error_bound);
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
    let rows = explanation.coefficients.iter().chain([&explanation.intercept]).map(row);
    output
        .heading(&format!("Coefficients for `{}` = `{}`, largest first", explanation.target, explanation.positive))?;
    let header = [
        "feature",
        "coefficient",
        "95 % interval",
        "p",
        "odds ratio",
        "average effect on probability",
        "variance inflation",
    ];
    output.answer(&output::table(&header, rows))?;
    match explanation.inference.undefined.get("marginal_effects") {
        Some(reason) => output.answer(&format!("no effects on the probability: {reason}")),
        None => Ok(()),
    }
}

fn indicators(model: &Model, explanation: &Explanation, output: Output) -> Result<(), Failure> {
    let (Some(method), Some(indicators)) = (&explanation.std_error_method, &explanation.indicators) else {
        let reason = explanation.inference.undefined.get("standard_errors");
        let reason = reason.map_or("the fit did not converge, or its Hessian is singular", String::as_str);
        return output.answer(&format!("no standard errors: {reason}"));
    };
    let list = |names: &[String]| match names {
        [] => "none".to_owned(),
        names => names.iter().map(|name| shown_within(name, MOST_OF_NAME)).collect::<Vec<_>>().join(", "),
    };
    output.answer(&format!("clear positive indicators: {}", list(&indicators.positive_indicators)))?;
    output.answer(&format!("clear negative indicators: {}", list(&indicators.negative_indicators)))?;
    output.answer(&format!("no evidence either way: {}", list(&indicators.no_evidence)))?;
    let bins = if explanation.reference_bins.is_empty() { "" } else { " or a bin" };
    output.answer(&format!(
        "standard errors: {method}{}; a level{bins} is compared with its column's reference ({}); p is for each feature alone, and an indicator is clear where it stays below {SIGNIFICANCE} after Holm's correction over all features",
        if model.parameters().training.penalty == Penalty::None { "" } else { ", around the penalised estimate" },
        references(model.space()).join(", "),
    ))
}

/// The tests of columns, or why there are none.
fn tests(inference: &InferenceReport, output: Output) -> Result<(), Failure> {
    if let Some(separation) = &inference.separation {
        let kind = match separation.kind {
            SeparationKind::Complete => "completely",
            SeparationKind::QuasiComplete => "quasi-completely",
        };
        output.answer(&format!(
            "the classes are {kind} separated by {} (certified by a linear program): without a penalty there is no finite optimum; `--penalty firth --class-weight none` gives finite coefficients with standard errors",
            separation.features.join(", ")
        ))?;
    }
    let Some(report) = &inference.factor_tests else {
        return match inference.undefined.get("factor_tests") {
            Some(reason) => output.answer(&format!("no tests of columns: {reason}")),
            None => Ok(()),
        };
    };
    output.heading("Likelihood-ratio tests of whole columns")?;
    let rows = report.tests.factors.iter().map(|test| {
        let p_holm = test.p_holm.unwrap_or(test.p_value);
        vec![
            test.columns.join(", "),
            format!("{:.2}", test.statistic),
            test.df.to_string(),
            p_value(test.p_value),
            p_value(p_holm),
            if p_holm <= SIGNIFICANCE { "clear" } else { "no evidence" }.to_owned(),
        ]
    });
    output.answer(&output::table(&["column", "likelihood ratio", "df", "p", "p (Holm)", ""], rows))?;
    if let Some(joint) = &report.tests.without_evidence {
        output.answer(&format!(
            "those without evidence, tested together: likelihood ratio {:.2}, df {}, p {}",
            joint.statistic,
            joint.df,
            p_value(joint.p_value)
        ))?;
    }
    output.answer(&format!("tests: {FACTOR_TEST_METHOD}"))
}

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
