//! Columns without evidence of an effect, and those that separate the classes.

use assist_audit::{CandidateKind, Comparison, IMPORTANCE_ROWS};
use assist_metrics::share_variance;
use assist_metrics::words::{code, count, listed};
use assist_score::{ColumnTest, Evidence, FactorTest, FactorTests, Separation};

use super::evidence::{LEVEL, accuracy, beats, equals};

pub(super) fn columns(tests: &FactorTests, evidence: Option<&Evidence>, comparison: &Comparison) -> Option<String> {
    /// A share of a tree's impurity that says that it uses a column.
    const USED: f64 = 0.05;
    if let Some(evidence) = evidence.filter(|evidence| evidence.is_scarce()) {
        return Some(format!(
            "No column is called out: there are {} training rows of the smaller class for {} parameters, and with fewer than {} each p-values are too small by chance.",
            count(evidence.smaller_class),
            count(evidence.n_parameters),
            Evidence::FEWEST_A_PARAMETER
        ));
    }
    // Models of older versions have tests and nothing that says what of them is clear.
    let is_clear = |test: &FactorTest| match evidence {
        Some(evidence) => test.columns.iter().all(|column| evidence.is_clear_column(column)),
        None => test.p_holm.is_some_and(|p| p < LEVEL),
    };
    let (with, without): (Vec<_>, Vec<_>) = tests.factors.iter().partition(|test| is_clear(test));
    let names = |tests: &[&FactorTest]| -> Vec<String> {
        tests.iter().flat_map(|test| &test.columns).map(|column| code(column)).collect()
    };
    if without.is_empty() {
        let text = format!("Each column says something that the others do not: {}.", listed(&names(&with)));
        return (!with.is_empty()).then_some(text);
    }
    // Columns may be left without evidence by few rows alone; then no test is of just these.
    let joint = tests.without_evidence.as_ref().filter(|joint| joint.columns.len() == without.len());
    let is_clear_together =
        |joint: &&FactorTest| evidence.map_or(joint.p_value < LEVEL, |evidence| evidence.clear_together);
    let names_without = listed(&names(&without));
    let test = evidence.map_or_else(ColumnTest::default, |evidence| evidence.method.column_test()).name();
    if let Some(joint) = joint.filter(is_clear_together).filter(|_| without.len() > 1) {
        return Some(format!(
            "None of {names_without} is shown to matter by itself, but together they say something that the other columns do not ({} of all together, p {}).",
            test,
            equals(joint.p_value)
        ));
    }
    let p = joint.map_or(String::new(), |joint| {
        let together = if without.len() == 1 { "" } else { " of all together" };
        format!(" ({test}{together}, p {})", equals(joint.p_value))
    });
    let (adds, their) = if without.len() == 1 { ("adds", "its") } else { ("add", "their") };
    // What a column is worth on test rows has to be beyond what chance gives a tree with so many errors.
    let by_chance = comparison
        .model(CandidateKind::DecisionTree)
        .map_or(0.0, |tree| 2.0 * share_variance(accuracy(tree), tree.test.rows.min(IMPORTANCE_ROWS as u64)).sqrt());
    let used = comparison.model(CandidateKind::DecisionTree).into_iter().flat_map(|tree| &tree.importances);
    let used: Vec<String> = used
        .filter(|of| of.impurity.is_some_and(|share| share > USED) && of.permutation > by_chance)
        .filter(|of| without.iter().any(|test| test.columns.contains(&of.column)))
        .map(|of| code(&of.column))
        .collect();
    let used = match (used.is_empty(), comparison.model(CandidateKind::DecisionTree)) {
        (false, Some(tree))
            if [CandidateKind::LogisticRegression, CandidateKind::MajorityClass]
                .into_iter()
                .all(|other| beats(comparison, tree.name, other)) =>
        {
            format!(" The decision tree does use {}, in a way that no weighted sum can.", listed(&used))
        }
        _ => String::new(),
    };
    let of_others = if with.is_empty() { "" } else { " of the other columns" };
    Some(format!(
        "There is no evidence that {names_without} {adds} anything to a weighted sum{of_others}: do not act on the signs of {their} coefficients{p}.{used}"
    ))
}

pub(super) fn separated(separation: &Separation, evidence: Option<&Evidence>) -> String {
    let kind = if separation.is_complete { "completely" } else { "quasi-completely" };
    let features: Vec<String> = separation.features.iter().map(|feature| code(feature)).collect();
    let (verb, these, their) = if features.len() == 1 {
        ("separates", "its coefficient", "its")
    } else {
        ("separate", "their coefficients", "their")
    };
    let so = if evidence.is_some() {
        "; intervals and p-values are those of Firth's penalised likelihood"
    } else {
        ", so there are no p-values"
    };
    format!(
        "{} {kind} {verb} the classes: without a penalty {these} would be infinite, and with one {their} size is that of the penalty{so}.",
        listed(&features),
    )
}
