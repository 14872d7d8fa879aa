//! The search for the rule of at most three conditions with the fewest exceptions.
//!
//! Everything is a sum over the table of counts: with `w` the observations of class 1 less those of class 0, a rule's exceptions
//! are the observations of class 1 less the sum of `w` over the rows for which it says class 1. The sums over all conjunctions
//! of two or three conditions come from one table of counts for each pair or triple of columns, and those of every other
//! formula follow from them.

use rayon::prelude::*;

use super::refine::{Refined, refine};
use super::rule::{CodedRule, Predicate, Test, formulas};
use crate::coded::{CodedColumn, CodedValues};
use crate::words::count;

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

/// A column as bins of codes, and the predicates that are tried on it.
struct Axis {
    column: usize,
    bin_of_code: Vec<u32>,
    n_bins: usize,
    /// So many first bins are ordered; a predicate of their kind holds from a bin on.
    n_ordered: usize,
    /// Each with the place in a cumulated table where its sum stands.
    predicates: Vec<(Test, usize)>,
}

#[derive(Debug, Clone)]
struct Candidate {
    value: i64,
    rule: CodedRule,
}

/// Searches some rows, given as columns of codes and counts of class 0 and class 1. `counts` may be shorter than the columns:
/// then the first rows are searched.
pub(crate) fn search(columns: &[CodedColumn], counts: &[[u32; 2]]) -> Search {
    let weights: Vec<i64> = counts.iter().map(|[n0, n1]| i64::from(*n1) - i64::from(*n0)).collect();
    let n_ones: u64 = counts.iter().map(|[_, n1]| u64::from(*n1)).sum();
    let mut not_searched = Vec::new();
    let mut rules: Vec<Refined> = Vec::new();
    let per_column = (MOST_FOR_PAIRS / columns.len().max(1)).max(4);
    let axes: Vec<Axis> = (0..columns.len()).map(|at| Axis::new(columns, at, counts, per_column, &[])).collect();
    note_thinned(columns, &axes, "", &mut not_searched);

    let refined = |candidates: Vec<Candidate>| -> Vec<Refined> {
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
    let pairs: Vec<Candidate> =
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
    let triples: Vec<Candidate> = triples
        .par_iter()
        .filter_map(|[a, b, c]| triple([&axes[*a], &axes[*b], &axes[*c]], of_weights, of_columns))
        .collect();
    rules.extend(refined(best(triples)));
    Search { rules, not_searched }
}

/// How many rules of `n` conditions there are, each cut between two neighbouring values counted: the natural logarithm of it.
pub(crate) fn log_rules(columns: &[CodedColumn], n: usize) -> f64 {
    let predicates: usize = columns.iter().map(|column| all_predicates(&column.values)).sum();
    let b = predicates as f64;
    match n {
        1 => (2.0 * b).ln(),
        2 => (8.0 * b * (b + 1.0) / 2.0).ln(),
        _ => (64.0 * b * (b + 1.0) * (b + 2.0) / 6.0).ln(),
    }
}

fn all_predicates(values: &CodedValues) -> usize {
    match values.n_numbers() {
        Some(n) => n.saturating_sub(1) + values.len() - n,
        None if values.len() == 2 => 1,
        None => values.len(),
    }
}

/// Some of the rows, picked by a rule that has nothing to do with their order; `None` where there are not more than `most`.
pub(crate) fn some_rows(
    columns: &[CodedColumn],
    counts: &[[u32; 2]],
    most: usize,
) -> Option<(Vec<CodedColumn>, Vec<[u32; 2]>)> {
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
        counts: &[[u32; 2]],
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
        Some(Self { columns, weights: some.iter().map(|[n0, n1]| i64::from(*n1) - i64::from(*n0)).collect() })
    }
}

/// Tells of columns whose cuts or levels were not all tried.
fn note_thinned(columns: &[CodedColumn], axes: &[Axis], what: &str, not_searched: &mut Vec<String>) {
    let sizes = |axis: &Axis| (axis.predicates.len(), all_predicates(&columns[axis.column].values));
    let thinned: Vec<&Axis> = axes.iter().filter(|axis| sizes(axis).0 < sizes(axis).1).collect();
    let coarsest = thinned.iter().min_by(|a, b| {
        let share = |axis: &Axis| sizes(axis).0 as f64 / sizes(axis).1 as f64;
        share(a).total_cmp(&share(b))
    });
    let Some(coarsest) = coarsest else { return };
    let (tried, all) = sizes(coarsest);
    let column = &columns[coarsest.column];
    let kind = if column.values.n_numbers().is_some() { "cuts" } else { "levels" };
    let others = match thinned.len() - 1 {
        0 => String::new(),
        1 => ", and not all of 1 other column".to_owned(),
        n => format!(", and not all of {n} other columns"),
    };
    let moved = if column.values.n_numbers().is_some() { "; the best were then moved among all" } else { "" };
    not_searched.push(format!("{tried} of {all} {kind} of `{}`{others} were tried{what}{moved}", column.name));
}

impl Axis {
    /// A column with at most `most` predicates; those in `kept` are among them.
    fn new(columns: &[CodedColumn], column: usize, counts: &[[u32; 2]], most: usize, kept: &[Test]) -> Self {
        let CodedColumn { values, codes, .. } = &columns[column];
        let mut seen = vec![0_u64; values.len()];
        for (code, [n0, n1]) in codes.iter().zip(counts) {
            seen[*code as usize] += u64::from(*n0) + u64::from(*n1);
        }
        if let Some(n) = values.n_numbers() {
            let cuts = thinned_cuts(&seen[..n], most, kept);
            let mut bin_of_code: Vec<u32> = Vec::with_capacity(values.len());
            let mut bin = 0;
            for code in 0..n {
                bin += u32::from(cuts.binary_search(&narrow(code)).is_ok());
                bin_of_code.push(bin);
            }
            let n_ordered = cuts.len() + 1;
            let mut predicates: Vec<(Test, usize)> =
                cuts.iter().enumerate().map(|(at, cut)| (Test::From(*cut), at + 1)).collect();
            let has_missing = values.len() > n;
            if has_missing {
                bin_of_code.push(narrow(n_ordered));
                predicates.push((Test::Is(narrow(n)), n_ordered));
            }
            Self { column, bin_of_code, n_bins: n_ordered + usize::from(has_missing), n_ordered, predicates }
        } else {
            let mut by_count: Vec<usize> = (0..values.len()).collect();
            by_count
                .sort_by_key(|code| (!kept.contains(&Test::Is(narrow(*code))), std::cmp::Reverse(seen[*code]), *code));
            // The second of two levels is the first one's absence.
            by_count.truncate(if values.len() == 2 { 1 } else { most });
            by_count.sort_unstable();
            let mut bin_of_code = vec![narrow(by_count.len()); values.len()];
            by_count.iter().zip(0..).for_each(|(code, bin)| bin_of_code[*code] = bin);
            let predicates = by_count.iter().enumerate().map(|(bin, code)| (Test::Is(narrow(*code)), bin)).collect();
            Self { column, bin_of_code, n_bins: by_count.len() + 1, n_ordered: 0, predicates }
        }
    }

    fn predicate(&self, at: usize) -> Predicate {
        Predicate { column: self.column, test: self.predicates[at].0 }
    }

    /// The place of the conjunction of two predicates; `None` where no row can fulfil both.
    fn both(&self, a: usize, b: usize) -> Option<usize> {
        let (a, b) = (self.predicates[a].1, self.predicates[b].1);
        if a < self.n_ordered && b < self.n_ordered { Some(a.max(b)) } else { (a == b).then_some(a) }
    }
}

/// Cuts between codes: all, or those that part the observations most evenly, and those in `kept`.
fn thinned_cuts(seen: &[u64], most: usize, kept: &[Test]) -> Vec<u32> {
    let n = seen.len();
    if n <= most + 1 {
        return (1..narrow(n.max(1))).collect();
    }
    let total: u64 = seen.iter().sum();
    let mut cuts: Vec<u32> =
        kept.iter().filter_map(|test| if let Test::From(code) = test { Some(*code) } else { None }).collect();
    let wanted = most.saturating_sub(cuts.len()).max(1) as u64;
    let (mut before, mut next) = (0, 1);
    for (code, count) in seen.iter().enumerate() {
        if code > 0 && before * (wanted + 1) >= next * total {
            cuts.push(narrow(code));
            next = before * (wanted + 1) / total.max(1) + 1;
        }
        before += count;
    }
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).expect("codes have 32 bits")
}

/// The best candidates, best first; each combination of columns gives at most one.
fn best(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.value));
    candidates.truncate(CANDIDATES);
    candidates
}

/// Sums over rows by bins, and then over all bins from one on, along each ordered axis.
fn cumulated(axes: &[&Axis], weights: &[i64], columns: &[CodedColumn]) -> Vec<i64> {
    let size = axes.iter().map(|axis| axis.n_bins).product();
    let mut table = vec![0_i64; size];
    match axes {
        [a] => {
            let a = (&a.bin_of_code, &columns[a.column].codes);
            for (code, weight) in a.1.iter().zip(weights) {
                table[a.0[*code as usize] as usize] += weight;
            }
        }
        [a, b] => {
            let n_b = b.n_bins;
            let (a, b) = ((&a.bin_of_code, &columns[a.column].codes), (&b.bin_of_code, &columns[b.column].codes));
            for ((code_a, code_b), weight) in a.1.iter().zip(b.1).zip(weights) {
                table[a.0[*code_a as usize] as usize * n_b + b.0[*code_b as usize] as usize] += weight;
            }
        }
        _ => {
            let [a, b, c] = [axes[0], axes[1], axes[2]];
            let codes = [a, b, c].map(|axis| &columns[axis.column].codes);
            for (row, weight) in weights.iter().enumerate() {
                let bin = |axis: &Axis, codes: &[u32]| axis.bin_of_code[codes[row] as usize] as usize;
                table[(bin(a, codes[0]) * b.n_bins + bin(b, codes[1])) * c.n_bins + bin(c, codes[2])] += weight;
            }
        }
    }
    let mut stride = 1;
    for axis in axes.iter().rev() {
        for block in table.chunks_mut(stride * axis.n_bins) {
            for bin in (1..axis.n_ordered).rev() {
                for at in 0..stride {
                    let later = if bin + 1 < axis.n_ordered { block[(bin + 1) * stride + at] } else { 0 };
                    block[bin * stride + at] += later;
                }
            }
            // The first place is that of no predicate; it holds the sum over all ordered bins.
            if axis.n_ordered > 1 {
                for at in 0..stride {
                    block[at] += block[stride + at];
                }
            }
        }
        stride *= axis.n_bins;
    }
    table
}

fn single(axis: &Axis, weights: &[i64], columns: &[CodedColumn]) -> Option<Candidate> {
    let total: i64 = weights.iter().sum();
    let sums = cumulated(&[axis], weights, columns);
    let of = |at: usize| sums[axis.predicates[at].1];
    let at = (0..axis.predicates.len()).max_by_key(|at| (of(*at).max(total - of(*at)), std::cmp::Reverse(*at)))?;
    let (value, table) = if of(at) >= total - of(at) { (of(at), 0b10) } else { (total - of(at), 0b01) };
    Some(Candidate { value, rule: CodedRule { predicates: vec![axis.predicate(at)], table } })
}

fn pair(a: &Axis, b: &Axis, weights: &[i64], columns: &[CodedColumn]) -> Option<Candidate> {
    let total: i64 = weights.iter().sum();
    let of_a = cumulated(&[a], weights, columns);
    let is_same = a.column == b.column;
    let of_b = if is_same { of_a.clone() } else { cumulated(&[b], weights, columns) };
    let joint = if is_same { Vec::new() } else { cumulated(&[a, b], weights, columns) };
    let both = |i: usize, j: usize| {
        if is_same {
            a.both(i, j).map_or(0, |at| of_a[at])
        } else {
            joint[a.predicates[i].1 * b.n_bins + b.predicates[j].1]
        }
    };
    let outcomes = |i: usize, j: usize| {
        let (s1, s2, s12) = (of_a[a.predicates[i].1], of_b[b.predicates[j].1], both(i, j));
        [total - s1 - s2 + s12, s1 - s12, s2 - s12, s12]
    };
    let mut best: Option<(i64, [usize; 2])> = None;
    for i in 0..a.predicates.len() {
        let first = if is_same { i + 1 } else { 0 };
        for j in first..b.predicates.len() {
            let outcomes = outcomes(i, j);
            let (low, high) = outcomes.iter().fold((i64::MAX, i64::MIN), |(low, high), w| (low.min(*w), high.max(*w)));
            let value = high.max(total - low);
            if best.is_none_or(|(best, _)| value > best) {
                best = Some((value, [i, j]));
            }
        }
    }
    let (_, [i, j]) = best?;
    Some(chosen(&outcomes(i, j), vec![a.predicate(i), b.predicate(j)]))
}

/// The formula with the greatest sum over the outcomes of its predicates.
fn chosen(outcomes: &[i64], predicates: Vec<Predicate>) -> Candidate {
    let value = |table: u8| -> i64 {
        outcomes.iter().enumerate().filter(|(outcome, _)| table >> outcome & 1 == 1).map(|(_, weight)| weight).sum()
    };
    let tables = formulas(predicates.len()).iter().map(|formula| formula.table);
    // Of equal ones the first: shapes come from the simple to the nested.
    let best = tables.reduce(|best, next| if value(next) > value(best) { next } else { best });
    let table = best.expect("there are formulas");
    Candidate { value: value(table), rule: CodedRule { predicates, table } }
}

/// Sums over the eight outcomes of three predicates, from those over their conjunctions.
#[inline]
fn outcomes_of_three(total: i64, [s1, s2, s3]: [i64; 3], [s12, s13, s23]: [i64; 3], s123: i64) -> [i64; 8] {
    [
        total - s1 - s2 - s3 + s12 + s13 + s23 - s123,
        s1 - s12 - s13 + s123,
        s2 - s12 - s23 + s123,
        s12 - s123,
        s3 - s13 - s23 + s123,
        s13 - s123,
        s23 - s123,
        s123,
    ]
}

/// The greatest sum that a formula of three predicates has. `a AND (b OR c)` is a half of the outcomes without one of it, and
/// `a OR (b AND c)` is all without such a set.
#[inline]
fn greatest(outcomes: &[i64; 8], total: i64) -> i64 {
    /// The outcomes for which a predicate holds, and those for which it does not.
    const HALVES: [[usize; 4]; 6] =
        [[1, 3, 5, 7], [0, 2, 4, 6], [2, 3, 6, 7], [0, 1, 4, 5], [4, 5, 6, 7], [0, 1, 2, 3]];
    let (mut low, mut high) = (i64::MAX, i64::MIN);
    for weight in outcomes {
        low = low.min(*weight);
        high = high.max(*weight);
    }
    let mut best = high.max(total - low);
    for half in HALVES {
        let weights = half.map(|outcome| outcomes[outcome]);
        let sum = weights[0] + weights[1] + weights[2] + weights[3];
        let least = weights[0].min(weights[1]).min(weights[2].min(weights[3]));
        let most = weights[0].max(weights[1]).max(weights[2].max(weights[3]));
        best = best.max(sum - least).max(total - (sum - most));
    }
    best
}

fn triple([a, b, c]: [&Axis; 3], weights: &[i64], columns: &[CodedColumn]) -> Option<Candidate> {
    let total: i64 = weights.iter().sum();
    let singles = [a, b, c].map(|axis| cumulated(&[axis], weights, columns));
    let pair_table =
        |x: &Axis, y: &Axis| if x.column == y.column { Vec::new() } else { cumulated(&[x, y], weights, columns) };
    let (ab, ac, bc) = (pair_table(a, b), pair_table(a, c), pair_table(b, c));
    let all_differ = a.column != b.column && b.column != c.column;
    let abc = if all_differ { cumulated(&[a, b, c], weights, columns) } else { Vec::new() };
    let of_pair = |x: &Axis, y: &Axis, single: &[i64], table: &[i64], i: usize, j: usize| {
        if x.column == y.column {
            x.both(i, j).map_or(0, |at| single[at])
        } else {
            table[x.predicates[i].1 * y.n_bins + y.predicates[j].1]
        }
    };
    let of_all = |i: usize, j: usize, k: usize| {
        if all_differ {
            return abc[(a.predicates[i].1 * b.n_bins + b.predicates[j].1) * c.n_bins + c.predicates[k].1];
        }
        // Columns are in order, so equal ones are neighbours.
        let [pa, pb, pc] = [a.predicates[i].1, b.predicates[j].1, c.predicates[k].1];
        match (a.column == b.column, b.column == c.column) {
            (true, true) => {
                let is_ordered = |place: usize| place < a.n_ordered;
                if [pa, pb, pc].into_iter().all(is_ordered) {
                    singles[0][pa.max(pb).max(pc)]
                } else if pa == pb && pb == pc {
                    singles[0][pa]
                } else {
                    0
                }
            }
            (true, false) => a.both(i, j).map_or(0, |at| bc[at * c.n_bins + pc]),
            _ => b.both(j, k).map_or(0, |at| ab[pa * b.n_bins + at]),
        }
    };
    let outcomes = |i: usize, j: usize, k: usize| {
        let single = [singles[0][a.predicates[i].1], singles[1][b.predicates[j].1], singles[2][c.predicates[k].1]];
        let pairs = [
            of_pair(a, b, &singles[0], &ab, i, j),
            of_pair(a, c, &singles[0], &ac, i, k),
            of_pair(b, c, &singles[1], &bc, j, k),
        ];
        outcomes_of_three(total, single, pairs, of_all(i, j, k))
    };
    let mut best: Option<(i64, [usize; 3])> = None;
    for i in 0..a.predicates.len() {
        for j in if a.column == b.column { i + 1 } else { 0 }..b.predicates.len() {
            for k in if b.column == c.column { j + 1 } else { 0 }..c.predicates.len() {
                let value = greatest(&outcomes(i, j, k), total);
                if best.is_none_or(|(best, _)| value > best) {
                    best = Some((value, [i, j, k]));
                }
            }
        }
    }
    let (_, [i, j, k]) = best?;
    Some(chosen(&outcomes(i, j, k), vec![a.predicate(i), b.predicate(j), c.predicate(k)]))
}

/// The columns and predicates that triples are made of: all, if they are few; else the columns that do best alone and in
/// pairs, with fewer cuts.
fn axes_for_triples(
    columns: &[CodedColumn],
    counts: &[[u32; 2]],
    axes: Vec<Axis>,
    singles: &[Candidate],
    pairs: &[Candidate],
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
