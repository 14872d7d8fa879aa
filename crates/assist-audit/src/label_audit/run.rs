//! The label audit: is the label a formula of the columns? A rule of at most three conditions that reproduces it, with the
//! interval that each cut is known to lie in, its exceptions, and the controls that distinguish a finding from an accident.

use std::time::Instant;

use assist_features::Design;
use assist_metrics::words::count;

use super::chances::{CHANCE, MOST_SEARCHED, effective_share, fewest_exceptions, likeliest};
use super::refine::{Refined, refine};
use super::result::{Audit, PermutedControl, TrainingRule, most_exceptions};
use super::search::{Search, search, some_rows};
use crate::coded::CodedRows;
use crate::error::Error;
use crate::sample::{SampledRows, permute_labels, permuted};
use crate::single_columns::single_columns;
use crate::trees::Tree;
use crate::unseen::UnseenRows;

/// The same table gives the same control.
const SEED: u64 = 42;
/// Observations that the tree of the control is grown on, and judged by.
const CONTROL_ROWS: usize = 20_000;
/// Exceptions that are shown.
const SHOWN: usize = 5;

/// Looks for a rule in the training rows, and puts it to all of them. `train` and `test` are the designs that the
/// rows were coded from.
///
/// # Errors
///
/// A tree that cannot be grown.
pub fn audit(rows: &CodedRows, train: &Design, test: &Design) -> Result<Audit, Error> {
    let started = Instant::now();
    let counts = &rows.counts[..rows.n_train];
    let total = rows.class_counts(0..rows.n_rows());
    let mut audit = Audit {
        rule_found: false,
        rule: None,
        rows: total[0] + total[1],
        smaller_class: total[0].min(total[1]),
        exceptions: total[0].min(total[1]),
        support: None,
        literals: Vec::new(),
        shape: None,
        other_rules: Vec::new(),
        best_rule: None,
        exceptional_rows: Vec::new(),
        single_columns: single_columns(rows),
        log10_chance: None,
        unseen_rows: None,
        training_rule: None,
        permuted_control: None,
        not_searched: Vec::new(),
        seconds: 0.0,
    };
    if total.contains(&0) || rows.columns.is_empty() {
        audit.seconds = started.elapsed().as_secs_f64();
        return Ok(audit);
    }
    let some = some_rows(&rows.columns, counts, MOST_SEARCHED);
    let (columns, searched) =
        some.as_ref().map_or((&rows.columns, counts), |(columns, some)| (columns, some.as_slice()));
    let mut found = search(columns, searched);
    if searched.len() < counts.len() {
        found.not_searched.push(format!(
            "rules were sought on {} of {} distinct training rows, and the best was put to all rows",
            count(searched.len() as u64),
            count(counts.len() as u64)
        ));
    }
    let share = rows.clusters_of(0).map_or(1.0, |clusters| effective_share(counts, clusters));
    if let Some((refined, chance)) = likeliest(&found, columns, searched, share) {
        audit.put_to_all(rows, &refined, chance, chance < CHANCE.ln());
        if audit.rule_found {
            audit.other_rules = others(&found, &refined, rows, audit.exceptions);
        } else if let Some((fewest, chance)) = fewest_exceptions(&found, columns, searched, share) {
            audit.put_to_all(rows, &fewest, chance, false);
        }
    }
    audit.training_rule = TrainingRule::among(&found, rows, columns, searched);
    audit.not_searched = found.not_searched;
    // Of so many rows that some are picked, the rest of a group is not there.
    let clusters = if some.is_none() { rows.clusters_of(0) } else { None };
    let mixed = permuted(searched, clusters, SEED);
    let of_mixed = search(columns, &mixed);
    let likeliest = likeliest(&of_mixed, columns, &mixed, share);
    let control = likeliest.is_some_and(|(rule, chance)| reproduces(&rule, chance, &mixed));
    audit.permuted_control =
        control_tree(rows, train, test)?.map(|tree| PermutedControl { rule_found: control, ..tree });
    audit.seconds = started.elapsed().as_secs_f64();
    Ok(audit)
}

impl Audit {
    /// Takes a rule that is believed on the training rows, if it reproduces the label on all rows; else it is the best one that was
    /// tried.
    fn put_to_all(&mut self, rows: &CodedRows, of_training: &Refined, chance: f64, is_believed: bool) {
        let [n0, n1] = rows.class_counts(0..rows.n_rows());
        let refined = refine(&of_training.rule, &rows.columns, &rows.weights(), n1);
        self.exceptions = refined.exceptions;
        let Some(rule) = refined.rule.in_words(&rows.columns, &refined.cuts) else { return };
        self.log10_chance = Some(chance / std::f64::consts::LN_10);
        if refined.exceptions > most_exceptions([n0, n1]) || !is_believed {
            self.best_rule = Some(rule.to_string());
            return;
        }
        self.rule_found = true;
        let mut support = 0;
        for (row, counts) in rows.counts.iter().enumerate() {
            let says = refined.rule.holds(&rows.columns, row);
            support += if says { counts[0] + counts[1] } else { 0 };
            let against = counts[usize::from(!says)];
            if against > 0 && self.exceptional_rows.len() < SHOWN {
                let times = if against > 1 { format!(" ({against} times)") } else { String::new() };
                self.exceptional_rows.push(format!("{} has class {}{times}", rows.shown(row), u8::from(!says)));
            }
        }
        self.support = Some(support);
        let (keys, _) = rows.row_keys();
        let mut of_unseen = UnseenRows { rows: 0, errors: 0 };
        for (row, is_unseen) in (rows.n_train..).zip(rows.unseen(&keys)) {
            if is_unseen {
                let [n0, n1] = rows.counts[row];
                of_unseen.rows += n0 + n1;
                of_unseen.errors += if of_training.rule.holds(&rows.columns, row) { n0 } else { n1 };
            }
        }
        self.unseen_rows = (rows.n_rows() > rows.n_train).then_some(of_unseen);
        self.rule = Some(rule.to_string());
        self.shape = Some(rule.shape);
        self.literals = rule.literals;
    }
}

fn reproduces(rule: &Refined, chance: f64, counts: &[[u64; 2]]) -> bool {
    let [n0, n1] = counts.iter().fold([0, 0], |[a, b], [n0, n1]| [a + n0, b + n1]);
    rule.exceptions <= most_exceptions([n0, n1]) && chance < CHANCE.ln()
}

/// Rules of other columns that are as good as the one that is reported: on the training rows, and with no more exceptions on all.
fn others(found: &Search, reported: &Refined, rows: &CodedRows, exceptions: u64) -> Vec<String> {
    let columns_of = |refined: &Refined| -> Vec<usize> {
        let mut columns: Vec<usize> = refined.rule.predicates.iter().map(|predicate| predicate.column).collect();
        columns.dedup();
        columns
    };
    let as_good = found.rules.iter().filter(|other| {
        other.exceptions == reported.exceptions
            && other.rule.predicates.len() == reported.rule.predicates.len()
            && columns_of(other) != columns_of(reported)
    });
    let (weights, n1) = (rows.weights(), rows.class_counts(0..rows.n_rows())[1]);
    let on_all = as_good.map(|other| refine(&other.rule, &rows.columns, &weights, n1));
    let as_good = on_all.filter(|other| other.exceptions <= exceptions);
    as_good.filter_map(|other| Some(other.rule.in_words(&rows.columns, &other.cuts)?.to_string())).take(SHOWN).collect()
}

/// A tree that grows on permuted labels until its leaves are pure.
fn control_tree(rows: &CodedRows, train: &Design, test: &Design) -> Result<Option<PermutedControl>, Error> {
    let mut grown_on = SampledRows::draw(&rows.counts[..rows.n_train], CONTROL_ROWS, SEED);
    let clusters = rows.clusters_of(0).map(|of_rows| grown_on.clusters(of_rows));
    permute_labels(&mut grown_on.labels, clusters.as_deref(), SEED);
    let judged_by = SampledRows::draw(&rows.counts[rows.n_train..], CONTROL_ROWS, SEED);
    if judged_by.rows.is_empty() || !grown_on.labels.contains(&0) || !grown_on.labels.contains(&1) {
        return Ok(None);
    }
    let x = train.dense_rows(&grown_on.rows);
    let tree = Tree::grow(&x, &grown_on.labels, None)?;
    let accuracy = |x: &ndarray::Array2<f64>, labels: &[u8]| {
        let right =
            x.rows().into_iter().zip(labels).filter(|(row, label)| (tree.probability(*row) > 0.5) == (**label == 1));
        right.count() as f64 / labels.len() as f64
    };
    Ok(Some(PermutedControl {
        rule_found: false,
        leaves: tree.leaves(),
        train_rows: grown_on.rows.len(),
        train_accuracy: accuracy(&x, &grown_on.labels),
        test_accuracy: accuracy(&test.dense_rows(&judged_by.rows), &judged_by.labels),
    }))
}
