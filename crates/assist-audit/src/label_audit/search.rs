//! The search for the rule of at most three conditions with the fewest exceptions.
//!
//! Everything is a sum over the table of counts: with `w` the observations of class 1 less those of class 0, a rule's exceptions
//! are the observations of class 1 less the sum of `w` over the rows for which it predicts class 1. The sums over all conjunctions
//! of two or three conditions come from one table of counts for each pair or triple of columns, and those of every other
//! formula follow from them.

use assist_metrics::words::count;
use rayon::prelude::*;

use super::axis::{Axis, note_thinned};
use super::coded_rule::Test;
use super::combinations::{Found, pair, single, triple};
use super::refine::{Refined, refine};
use crate::coded::{CodedColumn, weights};

/// Predicates of all columns together that pairs are made of.
const MOST_FOR_PAIRS: usize = 2048;
/// Predicates that triples are made of: there are some million of these.
const MOST_FOR_TRIPLES: usize = 192;
/// Columns that triples are made of.
const MOST_COLUMNS: usize = 24;
/// Rows times tables that are counted.
const MOST_COUNTED: usize = 1 << 30;
/// So many rows are counted in any case.
const LEAST_ROWS: usize = 1 << 14;
/// The best of so many combinations of columns are looked at in full.
const CANDIDATES: usize = 8;

/// What a search found and what it did not look at.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    /// The best rules of each size, with their cuts among all values and their exceptions among all rows.
    pub(crate) rules: Vec<Refined>,
    /// What was left out, in words.
    pub(crate) not_searched: Vec<String>,
}

/// Searches some rows, given as columns of codes and counts of class 0 and class 1. `counts` may be shorter than the columns:
/// then the first rows are searched.
pub(crate) fn search(columns: &[CodedColumn], counts: &[[u64; 2]]) -> Search {
    let weights = weights(counts);
    let n_ones: u64 = counts.iter().map(|[_, n1]| n1).sum();
    let mut not_searched = Vec::new();
    let mut rules: Vec<Refined> = Vec::new();
    let per_column = (MOST_FOR_PAIRS / columns.len().max(1)).max(4);
    let axes: Vec<Axis> = (0..columns.len()).map(|at| Axis::new(columns, at, counts, per_column, &[])).collect();
    note_thinned(columns, &axes, "", &mut not_searched);

    let refined = |candidates: Vec<Found>| -> Vec<Refined> {
        let refined = candidates.into_par_iter().map(|candidate| refine(&candidate.rule, columns, &weights, n_ones));
        refined.collect()
    };
    let is_exact = |rules: &[Refined]| rules.iter().any(|rule| rule.exceptions == 0);
    let singles = best(axes.iter().filter_map(|axis| single(axis, &weights, columns)).collect());
    rules.extend(refined(singles.clone()));
    if is_exact(&rules) {
        return Search { rules, not_searched };
    }

    let n_axes = axes.len();
    let pairs: Vec<(usize, usize)> = (0..n_axes).flat_map(|a| (a..n_axes).map(move |b| (a, b))).collect();
    let some = Sampled::new(columns, counts, pairs.len(), "two conditions", &mut not_searched);
    let (of_columns, of_weights) = some.as_ref().map_or((columns, &weights), |some| (&some.columns, &some.weights));
    let pairs: Vec<Found> =
        pairs.par_iter().filter_map(|(a, b)| pair(&axes[*a], &axes[*b], of_weights, of_columns)).collect();
    let best_pairs = best(pairs.clone());
    rules.extend(refined(best_pairs.clone()));
    if is_exact(&rules) {
        return Search { rules, not_searched };
    }

    let axes = axes_for_triples(columns, counts, axes, &singles, &pairs, &mut not_searched);
    let n_axes = axes.len();
    let triples: Vec<[usize; 3]> =
        (0..n_axes).flat_map(|a| (a..n_axes).flat_map(move |b| (b..n_axes).map(move |c| [a, b, c]))).collect();
    let some = Sampled::new(columns, counts, triples.len(), "three conditions", &mut not_searched);
    let (of_columns, of_weights) = some.as_ref().map_or((columns, &weights), |some| (&some.columns, &some.weights));
    let triples: Vec<Found> = triples
        .par_iter()
        .filter_map(|[a, b, c]| triple([&axes[*a], &axes[*b], &axes[*c]], of_weights, of_columns))
        .collect();
    rules.extend(refined(best(triples)));
    Search { rules, not_searched }
}

/// Some of the rows, picked by a rule that has nothing to do with their order; `None` where there are not more than `most`.
pub(crate) fn some_rows(
    columns: &[CodedColumn],
    counts: &[[u64; 2]],
    most: usize,
) -> Option<(Vec<CodedColumn>, Vec<[u64; 2]>)> {
    if counts.len() <= most {
        return None;
    }
    let bound = (1_u128 << 64) * most as u128 / counts.len() as u128;
    // A multiplicative hash (Knuth, The Art of Computer Programming 3, section 6.4).
    let is_taken = |row: &usize| u128::from((*row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)) < bound;
    let rows: Vec<usize> = (0..counts.len()).filter(is_taken).collect();
    let of_column = |column: &CodedColumn| CodedColumn {
        codes: rows.iter().map(|row| column.codes[*row]).collect(),
        name: column.name.clone(),
        values: column.values.clone(),
    };
    Some((columns.iter().map(of_column).collect(), rows.iter().map(|row| counts[*row]).collect()))
}

/// Some of the rows, where all would be too many for so many tables.
struct Sampled {
    columns: Vec<CodedColumn>,
    weights: Vec<i64>,
}

impl Sampled {
    /// `None` where all rows can be counted.
    fn new(
        columns: &[CodedColumn],
        counts: &[[u64; 2]],
        n_tables: usize,
        what: &str,
        not_searched: &mut Vec<String>,
    ) -> Option<Self> {
        let allowed = (MOST_COUNTED / n_tables.max(1)).max(LEAST_ROWS);
        let (columns, some) = some_rows(columns, counts, allowed)?;
        not_searched.push(format!(
            "rules of {what} were sought on {} of {} distinct rows",
            count(some.len() as u64),
            count(counts.len() as u64)
        ));
        Some(Self { columns, weights: weights(&some) })
    }
}

/// The best candidates, best first; each combination of columns gives at most one.
fn best(mut candidates: Vec<Found>) -> Vec<Found> {
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.value));
    candidates.truncate(CANDIDATES);
    candidates
}

/// The columns and predicates that triples are made of: all, if they are few; else the columns that do best alone and in
/// pairs, with fewer cuts.
fn axes_for_triples(
    columns: &[CodedColumn],
    counts: &[[u64; 2]],
    axes: Vec<Axis>,
    singles: &[Found],
    pairs: &[Found],
    not_searched: &mut Vec<String>,
) -> Vec<Axis> {
    if axes.iter().map(|axis| axis.predicates.len()).sum::<usize>() <= MOST_FOR_TRIPLES && axes.len() <= MOST_COLUMNS {
        return axes;
    }
    let mut merit: Vec<(i64, usize)> = (0..columns.len()).map(|column| (i64::MIN, column)).collect();
    let mut kept: Vec<Vec<Test>> = vec![Vec::new(); columns.len()];
    for candidate in singles.iter().chain(pairs) {
        for predicate in &candidate.rule.predicates {
            if candidate.value > merit[predicate.column].0 {
                merit[predicate.column].0 = candidate.value;
                kept[predicate.column].clear();
            }
            if candidate.value == merit[predicate.column].0 {
                kept[predicate.column].push(predicate.test);
            }
        }
    }
    merit.sort_by_key(|(value, column)| (std::cmp::Reverse(*value), *column));
    merit.truncate(MOST_COLUMNS);
    if merit.len() < columns.len() {
        not_searched.push(format!(
            "rules of three conditions were sought among the {} columns that do best in rules of two, not among all {}",
            merit.len(),
            columns.len()
        ));
    }
    let mut chosen: Vec<usize> = merit.iter().map(|(_, column)| *column).collect();
    chosen.sort_unstable();
    // Columns with few predicates leave room to the others.
    let mut sizes: Vec<usize> = chosen.iter().map(|column| axes[*column].predicates.len()).collect();
    sizes.sort_unstable();
    let (mut room, mut most) = (MOST_FOR_TRIPLES, MOST_FOR_TRIPLES);
    for (at, size) in sizes.iter().enumerate() {
        most = room / (sizes.len() - at);
        if *size > most {
            break;
        }
        room -= size;
    }
    let most = most.max(2);
    let thinned: Vec<Axis> =
        chosen.into_iter().map(|column| Axis::new(columns, column, counts, most, &kept[column])).collect();
    note_thinned(columns, &thinned, " in rules of three conditions", not_searched);
    thinned
}
