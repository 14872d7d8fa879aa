//! `explain`: the coefficients and what they rest on; with a user given, explain that prediction.

use assist_learn::{
    Coefficient, CurvePoint, Explanation, FEWEST_ROWS_A_PARAMETER, InteractionEffect, Model, PenaltyKind, SIGNIFICANCE,
    SeparationKind, explain, load, other_models, references, shown_within,
};

use crate::args::ExplainArguments;
use crate::failure::Failure;
use crate::one_user::OneUser;
use crate::output::{self, Output, count, p_value};
use crate::points::points;
use crate::printable::MOST_OF_NAME;
use assist_learn::words::number;

pub(crate) fn run(arguments: &ExplainArguments, output: Output) -> Result<(), Failure> {
    let model = load(&arguments.model.model)?;
    if !arguments.set.is_empty() {
        return OneUser { explain: true, allow_rejected: false }.given(&model, &arguments.set, output);
    }
    output::warnings(&other_models(&arguments.model.model, &model)?);
    let explanation = explain(&model);
    output.json_document(&explanation)?;
    if let Some(form) = &explanation.form {
        return points(form, &explanation.target, &explanation.positive, output);
    }
    coefficients(&model, &explanation, output)?;
    effects(&explanation, output)?;
    indicators(&model, &explanation, output)?;
    tests(&model, &explanation, output)
}

fn coefficients(model: &Model, explanation: &Explanation, output: Output) -> Result<(), Failure> {
    let digits = digits(model.parameters().training.fit.coefficient_error_bound);
    let row = |c: &Coefficient| {
        let figure = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"));
        let evidence = c.evidence();
        let interval = evidence.map_or_else(|| "–".to_owned(), |of| format!("{:.4} to {:.4}", of.ci_low, of.ci_high));
        vec![
            c.feature.clone().unwrap_or_else(|| "(intercept)".to_owned()),
            figure(Some(c.value)),
            figure(c.odds_ratio),
            evidence.map_or_else(|| "–".to_owned(), |of| format!("{:.4}", of.value)),
            interval,
            evidence.map_or_else(|| "–".to_owned(), |of| p_value(of.p_value)),
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
        "odds ratio",
        "evidence",
        "95 % interval",
        "p",
        "average effect on probability",
        "variance inflation",
    ];
    output.answer(&output::table(&header, rows))?;
    match explanation.inference.undefined.get("marginal_effects") {
        Some(reason) => output.answer(&format!("no effects on the probability: {reason}")),
        None => Ok(()),
    }
}

/// How the log-odds go along curves, and what interacting columns do to each other's effects.
fn effects(explanation: &Explanation, output: Output) -> Result<(), Failure> {
    for curve in &explanation.curves {
        let compared = number(curve.compared_with);
        output.heading(&format!("Curve of `{}`, compared with {compared}", curve.column))?;
        let row =
            |at: &CurvePoint| vec![number(at.value), format!("{:+.4}", at.log_odds), format!("{:.4}", at.odds_ratio)];
        output.answer(&output::table(&["value", "log-odds", "odds ratio"], curve.points.iter().map(row)))?;
    }
    for interaction in &explanation.interactions {
        let [a, b] = &interaction.columns;
        output.heading(&format!("Interaction of `{a}` and `{b}`"))?;
        let row = |of: &InteractionEffect| {
            let (log_odds, ratio) = (format!("{:+.4}", of.log_odds), format!("{:.4}", of.odds_ratio));
            vec![of.at.clone(), of.change.clone(), log_odds, ratio]
        };
        let header = ["where", "change", "log-odds", "odds ratio"];
        output.answer(&output::table(&header, interaction.effects.iter().map(row)))?;
        if interaction.left_out > 0 {
            output.answer(&format!("and {} more", count(interaction.left_out as u64)))?;
        }
    }
    if explanation.curves.is_empty() && explanation.interactions.is_empty() {
        return Ok(());
    }
    output.answer("curves and interactions are those of the coefficients that predict, other numbers in the middle of their training range and levels at their references; they have no intervals, because a model keeps no covariance of its terms")
}

fn indicators(model: &Model, explanation: &Explanation, output: Output) -> Result<(), Failure> {
    let bins = if explanation.reference_bins.is_empty() { "" } else { " or a bin" };
    let references = references(model.space()).join(", ");
    let compared = format!("a level{bins} is compared with its column's reference ({references})");
    let (Some(evidence), Some(indicators)) = (&explanation.inference.evidence, &explanation.indicators) else {
        let reason = explanation.inference.undefined.get("evidence").map(String::as_str);
        let reason = reason.unwrap_or("the model was trained by an older version, which kept none");
        output.answer(&format!("no evidence, so nothing is called clear: {reason}"))?;
        return if references.is_empty() { Ok(()) } else { output.answer(&compared) };
    };
    let list = |names: &[String]| match names {
        [] => "none".to_owned(),
        names => names.iter().map(|name| shown_within(name, MOST_OF_NAME)).collect::<Vec<_>>().join(", "),
    };
    if evidence.is_scarce {
        output.answer(&format!(
            "nothing is called clear: {} training rows of the smaller class for {} parameters are fewer than {FEWEST_ROWS_A_PARAMETER} each, and p-values are then too small by chance",
            count(evidence.smaller_class),
            count(evidence.parameters),
        ))?;
    } else {
        output.answer(&format!("clear positive indicators: {}", list(&indicators.positive_indicators)))?;
        output.answer(&format!("clear negative indicators: {}", list(&indicators.negative_indicators)))?;
        output.answer(&format!("no evidence either way: {}", list(&indicators.no_evidence)))?;
    }
    let fit = match evidence.method.as_str() {
        "firth_profile" => {
            "Firth's penalised likelihood, because the classes are separated: intervals from its profile, p from its ratio"
        }
        "cluster_cr1" => {
            "the unpenalised fit without class weights to the training rows: intervals and p by Wald's method with errors of groups"
        }
        "sandwich_hc0" => {
            "the unpenalised fit without class weights to the weighted training rows: intervals and p by Wald's method with the sandwich of sampling weights"
        }
        _ => "the unweighted, unpenalised fit to the training rows: intervals and p by Wald's method",
    };
    output.answer(&format!(
        "coefficients predict; the evidence is read from {fit} (`{}`); {compared}; p is for each feature alone, and an indicator is clear where it is below {SIGNIFICANCE} after Holm's correction over all features and one for few rows",
        evidence.method,
    ))
}

/// The tests of columns, or why there are none.
fn tests(model: &Model, explanation: &Explanation, output: Output) -> Result<(), Failure> {
    let inference = &explanation.inference;
    if let Some(separation) = &inference.separation {
        let kind = match separation.kind {
            SeparationKind::Complete => "completely",
            SeparationKind::QuasiComplete => "quasi-completely",
        };
        // Firth's likelihood is that of independent rows of one weight.
        let is_no_help = inference.evidence.is_some()
            || explanation.penalty == PenaltyKind::Firth
            || model.reading().group.is_some()
            || model.parameters().training.weighting.is_some();
        output.answer(&format!(
            "the classes are {kind} separated by {} (certified by a linear program): without a penalty there is no finite optimum{}",
            separation.features.join(", "),
            if is_no_help { "" } else { "; `--penalty firth --class-weight none` gives finite coefficients with standard errors" }
        ))?;
    }
    let Some(report) = &inference.factor_tests else {
        return match inference.undefined.get("factor_tests") {
            Some(reason) => output.answer(&format!("no tests of columns: {reason}")),
            None => Ok(()),
        };
    };
    let test = model.parameters().inference.column_test();
    let statistic = test.statistic();
    output.heading(&format!("{} of whole columns", test.heading()))?;
    let rows = report.tests.factors.iter().map(|test| {
        let p_holm = test.p_holm.unwrap_or(test.p_value);
        // Models of older versions have tests and nothing that says what of them is clear.
        let is_clear = inference.evidence.as_ref().map_or(p_holm <= SIGNIFICANCE, |evidence| {
            test.columns.iter().all(|column| evidence.clear_columns.contains(column))
        });
        vec![
            test.columns.join(", "),
            format!("{:.2}", test.statistic),
            test.df.to_string(),
            p_value(test.p_value),
            p_value(p_holm),
            if is_clear { "clear" } else { "no evidence" }.to_owned(),
        ]
    });
    output.answer(&output::table(&["column", statistic, "df", "p", "p (Holm)", ""], rows))?;
    if let Some(joint) = &report.tests.without_evidence {
        output.answer(&format!(
            "those without evidence, tested together: {statistic} {:.2}, df {}, p {}",
            joint.statistic,
            joint.df,
            p_value(joint.p_value)
        ))?;
    }
    output.answer(&format!("tests: {}", report.method))
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
