//! The best rule of one, two or three columns, from one table of counts for each combination: the sums over all conjunctions
//! of their predicates, from which those of every other formula follow.

use super::axis::Axis;
use super::coded_rule::{CodedRule, Predicate};
use super::formulas::formulas;
use crate::coded::CodedColumn;

/// The best rule of some columns.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) value: i64,
    pub(crate) rule: CodedRule,
}

pub(crate) fn single(axis: &Axis, weights: &[i64], columns: &[CodedColumn]) -> Option<Found> {
    let total: i64 = weights.iter().sum();
    let sums = cumulated(&[axis], weights, columns);
    let of = |at: usize| sums[axis.predicates[at].1];
    let at = (0..axis.predicates.len()).max_by_key(|at| (of(*at).max(total - of(*at)), std::cmp::Reverse(*at)))?;
    let (value, table) = if of(at) >= total - of(at) { (of(at), 0b10) } else { (total - of(at), 0b01) };
    Some(Found { value, rule: CodedRule { predicates: vec![axis.predicate(at)], table } })
}

pub(crate) fn pair(a: &Axis, b: &Axis, weights: &[i64], columns: &[CodedColumn]) -> Option<Found> {
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
fn chosen(outcomes: &[i64], predicates: Vec<Predicate>) -> Found {
    let value = |table: u8| -> i64 {
        outcomes.iter().enumerate().filter(|(outcome, _)| table >> outcome & 1 == 1).map(|(_, weight)| weight).sum()
    };
    let tables = formulas(predicates.len()).iter().map(|formula| formula.table);
    // Of equal ones the first: shapes come from the simple to the nested.
    let best = tables.reduce(|best, next| if value(next) > value(best) { next } else { best });
    let table = best.expect("there are formulas");
    Found { value: value(table), rule: CodedRule { predicates, table } }
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

pub(crate) fn triple([a, b, c]: [&Axis; 3], weights: &[i64], columns: &[CodedColumn]) -> Option<Found> {
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
