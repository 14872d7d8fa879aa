//! The rule that the training rows alone give, to be used as a model: of all that were tried the one that random labels would have
//! least likely, so that each condition pays for itself.

use super::chances::{CHANCE, MOST_SEARCHED, effective_share, fewest_exceptions, likeliest};
use super::refine::{Refined, refine};
use super::result::{TrainingRule, most_exceptions};
use super::search::{Search, search, some_rows};
use crate::coded::{CodedColumn, CodedRows, weights};

/// Seeks a rule in the training rows; there is none with one class, or without columns.
pub fn training_rule(rows: &CodedRows) -> Option<TrainingRule> {
    let counts = &rows.counts[..rows.n_train];
    if rows.class_counts(0..rows.n_train).contains(&0) || rows.columns.is_empty() {
        return None;
    }
    let some = some_rows(&rows.columns, counts, MOST_SEARCHED);
    let (columns, searched) =
        some.as_ref().map_or((&rows.columns, counts), |(columns, some)| (columns, some.as_slice()));
    TrainingRule::among(&search(columns, searched), rows, columns, searched)
}

impl TrainingRule {
    /// The one among those that were found in some rows, given as columns of codes and counts, put to all training rows.
    pub(super) fn among(
        found: &Search,
        rows: &CodedRows,
        columns: &[CodedColumn],
        searched: &[[u64; 2]],
    ) -> Option<Self> {
        let counts = &rows.counts[..rows.n_train];
        let [n0, n1] = rows.class_counts(0..rows.n_train);
        let share = rows.clusters_of(0).map_or(1.0, |clusters| effective_share(counts, clusters));
        let weights = weights(counts);
        let on_all = |found: &Refined| refine(&found.rule, &rows.columns, &weights, n1);
        let (likeliest, chance) = likeliest(found, columns, searched, share)?;
        let (fewest, _) = fewest_exceptions(found, columns, searched, share)?;
        let refined = on_all(&likeliest);
        Some(Self {
            rule: refined.rule.in_words(&rows.columns, &refined.cuts)?,
            exceptions: refined.exceptions,
            fewest_exceptions: on_all(&fewest).exceptions.min(refined.exceptions),
            rows: n0 + n1,
            reproduces_label: chance < CHANCE.ln() && refined.exceptions <= most_exceptions([n0, n1]),
            not_searched: found.not_searched.clone(),
        })
    }
}
