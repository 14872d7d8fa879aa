//! Whether the label is a formula of the columns.

use assist_audit::{Audit, Candidate, CandidateKind, Comparison};
use assist_metrics::words::{code, count, leaves, listed, number};

use super::evidence::FEW_ROWS;

pub(super) fn label(audit: &Audit, comparison: &Comparison) -> String {
    let Some(rule) = &audit.rule else {
        return no_rule(audit, comparison);
    };
    let columns: Vec<String> = audit.columns().into_iter().map(code).collect();
    let cuts = audit.literals.iter().filter_map(|literal| {
        let [low, high] = literal.cut()?.map(number);
        Some(format!("that of {} in ({low}, {high}]", code(&literal.column)))
    });
    let cuts: Vec<String> = cuts.collect();
    let cuts = if cuts.is_empty() {
        String::new()
    } else {
        format!(" Of its cuts only the interval is known: {}.", listed(&cuts))
    };
    let others = if audit.other_rules.is_empty() {
        String::new()
    } else {
        let others: Vec<String> = audit.other_rules.iter().map(|rule| code(rule)).collect();
        format!(" Other columns say the same: {} would do as well.", listed(&others))
    };
    if audit.exceptions == 0 {
        format!(
            "The label is a formula of {}: {} agrees with all {} rows. Someone or something computed it.{cuts}{others}",
            listed(&columns),
            code(rule),
            count(audit.rows),
        )
    } else {
        format!(
            "The label is nearly a formula of {}: {} agrees with {} of {} rows; {} against it.{cuts}{others}",
            listed(&columns),
            code(rule),
            count(audit.rows - audit.exceptions),
            count(audit.rows),
            if audit.exceptions == 1 { "1 is".to_owned() } else { format!("{} are", count(audit.exceptions)) },
        )
    }
}

fn no_rule(audit: &Audit, comparison: &Comparison) -> String {
    /// A tree with more leaves is no formula that anybody would write down.
    const FEW_LEAVES: usize = 64;
    if let Some(rule) = audit.best_rule.as_ref().filter(|_| audit.exceptions <= 1) {
        return format!(
            "Whether the label is a formula cannot be known: {} agrees with {} of {} rows, but so few prove nothing: {}.",
            code(rule),
            count(audit.rows - audit.exceptions),
            count(audit.rows),
            audit.chance_in_words(),
        );
    }
    let among = if audit.not_searched.is_empty() { "" } else { " among those that were searched" };
    // An error among the rows that a whole tree was grown on means that equal rows have different labels.
    let is_formula = |tree: &&Candidate| {
        tree.test.errors() == 0
            && tree.train.accuracy == Some(1.0)
            && tree.test.rows >= FEW_ROWS
            && tree.parameters <= FEW_LEAVES
    };
    let tree = comparison.model(CandidateKind::DecisionTree).filter(is_formula);
    let longer = tree.map_or(String::new(), |tree| {
        format!(
            " It may be a longer one: a decision tree of {} makes no error on {} test rows.",
            leaves(tree.parameters),
            count(tree.test.rows)
        )
    });
    format!("No rule of at most three conditions{among} reproduces the label.{longer}")
}
