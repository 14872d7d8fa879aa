//! The best model, and logistic regression beside the others.

use assist_audit::{Audit, CandidateKind, Comparison};
use assist_metrics::words::{count, listed, percent, plural};
use assist_metrics::zero_error_bound;
use assist_score::Model;

use super::evidence::{FEW_ROWS, accuracy, beats, best, equals, interval};

pub(super) fn best_model(comparison: &Comparison) -> Option<String> {
    let best = best(comparison)?;
    let n = count(best.test.rows);
    let errors = best.test.errors();
    let majority = comparison.model(CandidateKind::MajorityClass)?;
    let (own, plain) = (percent(accuracy(best)), percent(accuracy(majority)));
    if !beats(comparison, best.name, CandidateKind::MajorityClass) {
        return Some(if accuracy(best) > accuracy(majority) || best.test.rows < FEW_ROWS {
            format!(
                "Whether any model is better than always predicting the majority class cannot be known: {} is right for {own} of {n} test rows, the majority class for {plain}, and so few rows do not tell them apart.",
                best.name.in_sentence(),
            )
        } else {
            format!(
                "No model decides better than always predicting the majority class, which is right for {plain} of {n} test rows; {} is right for {own}.",
                best.name.in_sentence(),
            )
        });
    }
    let right = if errors == 0 && best.test.has_clusters() {
        format!("no error in {n} rows{}", interval(best))
    } else if errors == 0 {
        let bound = zero_error_bound(best.test.rows);
        format!(
            "no error in {n} rows, so with 95 % confidence its share of errors is below {:.2} %",
            (bound * 1e4).ceil() / 1e2
        )
    } else {
        format!("right for {own} of {n} rows{}", interval(best))
    };
    let others = [CandidateKind::LogisticRegression, CandidateKind::DecisionTree, CandidateKind::RandomForest]
        .into_iter()
        .filter(|name| *name != best.name);
    let undecided: Vec<String> =
        others.filter(|name| !beats(comparison, best.name, *name)).map(|name| name.in_sentence().to_owned()).collect();
    let undecided = if undecided.is_empty() {
        String::new()
    } else {
        format!(" It is not shown to be better than {}.", listed(&undecided))
    };
    Some(format!(
        "On test rows {} does best: {right}; the majority class alone would be right for {plain}.{undecided}",
        best.name.in_sentence(),
    ))
}

pub(super) fn logistic_regression(audit: &Audit, comparison: &Comparison, fitted: &Model) -> Option<String> {
    let model = comparison.model(CandidateKind::LogisticRegression)?;
    let others = [CandidateKind::DecisionTree, CandidateKind::RandomForest]
        .into_iter()
        .filter_map(|name| comparison.model(name));
    let other = others.reduce(|best, next| if accuracy(next) > accuracy(best) { next } else { best })?;
    let test = comparison.paired(CandidateKind::LogisticRegression, other.name)?.test;
    let at_half = model.accuracy_at_half.filter(|share| *share > accuracy(model));
    let at_half = at_half.map_or(String::new(), |share| {
        format!(
            " It would be right for {} if only those with a probability above 50 % were predicted positive.",
            percent(share)
        )
    });
    let own =
        format!("Logistic regression is right for {} of the test rows{}", percent(accuracy(model)), interval(model));
    let discordant = format!(
        "it gets {} wrong that {} gets right, and {} right that it gets wrong ({}, p {})",
        plural(usize::try_from(test.a_only_wrong).unwrap_or(usize::MAX), "row"),
        other.name.in_sentence(),
        count(test.b_only_wrong),
        if model.test.has_clusters() { "a test of the groups' signs" } else { "McNemar's exact test" },
        equals(test.mcnemar_p),
    );
    Some(if beats(comparison, other.name, CandidateKind::LogisticRegression) {
        let is_complete = fitted.parameters().inference.separation.as_ref().is_some_and(|it| it.is_complete);
        let why = match audit.literals.as_slice() {
            _ if !fitted.parameters().training.fit.converged => {
                " Its fit did not converge, so these are not the figures of its optimum."
            }
            [_, others @ ..] if others.is_empty() || is_complete => {
                " A weighted sum could tell these classes apart, but the penalty holds this one back: a larger C lets it go further."
            }
            [_, ..] => {
                " A weighted sum of the values cannot draw such steps; bins of numeric columns make features of them."
            }
            [] => "",
        };
        format!("{own}: {discordant}.{why}{at_half}")
    } else if beats(comparison, CandidateKind::LogisticRegression, other.name) {
        format!("{own}, which is better than {}: {discordant}.{at_half}", other.name.in_sentence())
    } else {
        format!("{own}; there is no evidence that {} differs: {discordant}.{at_half}", other.name.in_sentence())
    })
}
