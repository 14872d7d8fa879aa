//! A rule's cuts moved to where it has the fewest exceptions, and how far each may be moved without another one.

use rayon::prelude::*;

use super::coded_rule::{CodedRule, Test};
use super::literal::digits;
use crate::coded::{CodedColumn, CodedValues};

/// Rows that one thread looks at at a time.
const ROWS: usize = 1 << 16;
/// Rounds over the cuts; two settle nearly every rule.
const ROUNDS: usize = 8;

/// A rule with its cuts where it has the fewest exceptions.
#[derive(Debug, Clone)]
pub(crate) struct Refined {
    pub(crate) rule: CodedRule,
    /// For each predicate the first and the last code of which its cut may be without another exception, the others in place.
    pub(crate) cuts: Vec<[u32; 2]>,
    pub(crate) exceptions: u64,
}

/// Moves each cut in turn, the others fixed, as long as exceptions become fewer. `weights` are the observations of class 1 less
/// those of class 0 of each row, `n_ones` the observations of class 1.
pub(crate) fn refine(rule: &CodedRule, columns: &[CodedColumn], weights: &[i64], n_ones: u64) -> Refined {
    let mut rule = rule.clone();
    let mut cuts: Vec<[u32; 2]> = rule.predicates.iter().map(|_| [0, 0]).collect();
    let mut value = value_of(&rule, columns, weights);
    for round in 0..ROUNDS {
        let before = rule.predicates.clone();
        for (at, cut) in cuts.iter_mut().enumerate() {
            let Test::From(_) = rule.predicates[at].test else { continue };
            let (best, ties) = best_cut(&rule, at, columns, weights);
            // The end that will be printed: what is counted is what is reported. The other cuts are looked for with it in place.
            rule.predicates[at].test = Test::From(rounder_end(&columns[rule.predicates[at].column], ties));
            (*cut, value) = (ties, best);
        }
        // An interval holds for where the other cuts are, so it is looked for again after each move.
        if rule.predicates == before && round > 0 {
            break;
        }
    }
    let exceptions = u64::try_from(i64::try_from(n_ones).unwrap_or(i64::MAX) - value).unwrap_or(0);
    Refined { rule, cuts, exceptions }
}

/// Of the first and the last code of which a cut may be the one whose number is rounder: `> low` is from the first one on,
/// `>= high` from the last.
fn rounder_end(column: &CodedColumn, [first, last]: [u32; 2]) -> u32 {
    match &column.values {
        CodedValues::Numbers(values) if digits(values[first as usize - 1]) < digits(values[last as usize]) => first,
        _ => last,
    }
}

fn value_of(rule: &CodedRule, columns: &[CodedColumn], weights: &[i64]) -> i64 {
    let chunks = weights.par_chunks(ROWS).enumerate();
    chunks
        .map(|(chunk, weights)| {
            let rows = weights.iter().enumerate();
            rows.filter(|(at, _)| rule.holds(columns, chunk * ROWS + at)).map(|(_, weight)| weight).sum::<i64>()
        })
        .sum()
}

/// The greatest sum over the rows for which the rule predicts class 1, over all cuts of one predicate, and the first and the last
/// of neighbouring cuts that reach it.
fn best_cut(rule: &CodedRule, at: usize, columns: &[CodedColumn], weights: &[i64]) -> (i64, [u32; 2]) {
    let column = &columns[rule.predicates[at].column];
    let n = column.values.n_numbers().unwrap_or(0);
    // What a row adds if the predicate does not hold for it, and how much more if it does, by code.
    let of_chunk = |(chunk, weights): (usize, &[i64])| {
        let mut gains: Vec<(usize, i64)> = Vec::new();
        let mut base = 0;
        for (offset, weight) in weights.iter().enumerate() {
            let row = chunk * ROWS + offset;
            let mut outcome = 0;
            for (other, predicate) in rule.predicates.iter().enumerate().filter(|(other, _)| *other != at) {
                let column = &columns[predicate.column];
                outcome |= u8::from(predicate.holds(column, column.codes[row])) << other;
            }
            let says = |outcome: u8| i64::from(rule.table >> outcome & 1);
            let (without, with) = (says(outcome), says(outcome | 1 << at));
            base += without * weight;
            let code = column.codes[row] as usize;
            if with != without && code < n {
                gains.push((code, (with - without) * weight));
            }
        }
        (base, gains)
    };
    let chunks: Vec<(i64, Vec<(usize, i64)>)> = weights.par_chunks(ROWS).enumerate().map(of_chunk).collect();
    let mut gain_of_code = vec![0_i64; n];
    let mut base = 0;
    for (of_chunk, gains) in chunks {
        base += of_chunk;
        gains.into_iter().for_each(|(code, gain)| gain_of_code[code] += gain);
    }
    // From the last code down; a cut before the first code would be none.
    let mut sum = base;
    let mut sums = vec![base; n];
    for code in (1..n).rev() {
        sum += gain_of_code[code];
        sums[code] = sum;
    }
    let best = sums[1..].iter().copied().max().unwrap_or(base);
    let places: Vec<usize> = (1..n).filter(|code| sums[*code] == best).collect();
    // Of several stretches of equal cuts the longest.
    let mut longest = (0, 1, 1);
    let mut start = 0;
    for at in 0..places.len() {
        if at > 0 && places[at] != places[at - 1] + 1 {
            start = at;
        }
        if at - start + 1 > longest.0 {
            longest = (at - start + 1, places[start], places[at]);
        }
    }
    let code = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
    (best, [code(longest.1), code(longest.2)])
}
